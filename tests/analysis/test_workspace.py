"""Several files: includes, open and saved texts, and the documents affected by a change."""

from __future__ import annotations

from collections.abc import Iterable

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lbsh_lang.analysis.live import documents
from lbsh_lang.analysis.live.regions import Region
from lbsh_lang.analysis.live.workspace import MOST_SPARE_FILES, Unreadable, Workspace
from lbsh_lang.source import Position
from tests.profiles import share

DEVICE = "interface external em0\n"
MAIN = DEVICE + 'include "farm.lb"\nadd 10.0.0.9 to p\n'
FARM = "service A is 203.0.113.1 tcp 80\npool p for A\nadd 10.0.0.1 to p\n"


class Disk:
    """Files in memory, all in one folder."""

    def __init__(self, **files: str) -> None:
        self.texts = {f"{name}.lb": text for name, text in files.items()}

    def find(self, path: str, includer: str) -> str | Unreadable:
        return path

    def may_include(self, identity: str, root: str) -> bool:
        return True

    def read(self, identity: str) -> str | Unreadable:
        return self.texts.get(identity, Unreadable("no such file"))

    def stamp(self, identity: str) -> str | None:
        return self.texts.get(identity)

    def exists(self, identity: str) -> bool:
        return identity in self.texts

    def name(self, identity: str) -> str:
        return identity

    def scripts(self) -> Iterable[str]:
        return sorted(self.texts)


class Fenced(Disk):
    """A disk on which only the named roots may include files."""

    def __init__(self, *roots: str, **files: str) -> None:
        super().__init__(**files)
        self.roots = set(roots)

    def may_include(self, identity: str, root: str) -> bool:
        return root in self.roots


def codes(workspace: Workspace, identity: str) -> list[str]:
    return [one.code for one in workspace.diagnostics(identity)]


def test_an_included_file_is_read_from_the_disk() -> None:
    workspace = Workspace(Disk(site=MAIN, farm=FARM))
    workspace.open("site.lb", MAIN)
    assert codes(workspace, "site.lb") == []


def test_an_unsaved_text_wins_over_the_disk() -> None:
    workspace = Workspace(Disk(site=MAIN, farm=FARM))
    workspace.open("site.lb", MAIN)
    workspace.open("farm.lb", FARM.replace("pool p", "pool q"))
    assert codes(workspace, "site.lb") == ["LB102"]
    workspace.close("farm.lb")
    assert codes(workspace, "site.lb") == []


def test_a_change_in_an_included_file_reaches_those_that_include_it() -> None:
    workspace = Workspace(Disk(site=MAIN, farm=FARM))
    workspace.open("site.lb", MAIN)
    workspace.open("farm.lb", FARM)
    assert codes(workspace, "site.lb") == []
    workspace.edit("farm.lb", Region(Position(1, 5), Position(1, 6)), "q")
    assert codes(workspace, "site.lb") == ["LB102"]
    assert codes(workspace, "farm.lb") == ["LB312", "LB102"]


def test_an_included_file_alone_is_seen_as_a_part_of_its_script() -> None:
    """Without the others, the names that the file uses would be undefined."""
    workspace = Workspace(
        Disk(site='include "farm.lb"\ninclude "more.lb"\n', farm=DEVICE + FARM, more="add 10.0.0.2 to p")
    )
    workspace.open("more.lb", "add 10.0.0.2 to p")
    assert codes(workspace, "more.lb") == []
    view = workspace.view("more.lb")
    assert view is not None
    assert view.session.root.identity == "site.lb"


def test_what_the_disk_says_later_counts_once_it_is_told() -> None:
    disk = Disk(site=MAIN)
    workspace = Workspace(disk)
    workspace.open("site.lb", MAIN)
    assert codes(workspace, "site.lb") == ["LB004"]
    disk.texts["farm.lb"] = FARM
    workspace.refresh(["farm.lb"])
    assert codes(workspace, "site.lb") == []
    disk.texts["farm.lb"] = ""
    workspace.refresh(["farm.lb"])
    assert codes(workspace, "site.lb") == ["LB102"]
    del disk.texts["farm.lb"]
    workspace.refresh(["farm.lb"])
    assert codes(workspace, "site.lb") == ["LB004"]


def test_an_include_that_comes_and_goes_joins_and_parts_scripts() -> None:
    workspace = Workspace(Disk())
    workspace.open("site.lb", DEVICE)
    workspace.open("farm.lb", FARM)
    assert codes(workspace, "farm.lb") == ["LB307"]
    workspace.edit("site.lb", Region(Position(1, 0), Position(1, 0)), 'include "farm.lb"\n')
    assert codes(workspace, "farm.lb") == []
    assert len(list(workspace.sessions())) == 1
    workspace.edit("site.lb", Region(Position(1, 0), Position(2, 0)), "")
    assert codes(workspace, "farm.lb") == ["LB307"]
    assert len(list(workspace.sessions())) == 2


def test_a_file_of_two_scripts_is_told_of_each_finding_once() -> None:
    disk = Disk(one=DEVICE + 'include "farm.lb"', two='include "farm.lb"', farm=FARM + "nonsense")
    workspace = Workspace(disk)
    workspace.open("farm.lb", disk.texts["farm.lb"])
    assert codes(workspace, "farm.lb") == ["LB307", "LB003"]
    assert len(workspace.views("farm.lb")) == 2


@pytest.mark.parametrize("first", ["a.lb", "b.lb"])
def test_files_that_include_each_other(first: str) -> None:
    disk = Disk(a='include "b.lb"\n' + DEVICE, b='include "a.lb"\n' + FARM)
    workspace = Workspace(disk)
    workspace.open(first, disk.texts[first])
    other = "b.lb" if first == "a.lb" else "a.lb"
    assert codes(workspace, other) == ["LB004"]
    workspace.open(other, disk.texts[other])
    assert "LB004" in codes(workspace, "a.lb") + codes(workspace, "b.lb")


def test_sessions_end_with_the_last_document_that_needs_them() -> None:
    disk = Disk(site=MAIN, farm=FARM)
    workspace = Workspace(disk)
    workspace.open("farm.lb", FARM)
    workspace.close("farm.lb")
    assert list(workspace.sessions()) == []
    assert codes(workspace, "farm.lb") == []


def test_whole_texts_are_taken_as_changes_too() -> None:
    workspace = Workspace(Disk())
    workspace.open("site.lb", DEVICE)
    workspace.edit("site.lb", None, DEVICE + FARM)
    assert codes(workspace, "site.lb") == []
    workspace.edit("site.lb", None, FARM)
    assert codes(workspace, "site.lb") == ["LB307"]


def test_the_root_of_a_ring_is_the_file_that_includes_the_others() -> None:
    disk = Disk(
        r='include "farm.lb"\ninclude "more.lb"\ninclude "r.lb"\n', farm=DEVICE + FARM, more="add 10.0.0.2 to p"
    )
    workspace = Workspace(disk)
    workspace.open("more.lb", disk.texts["more.lb"])
    assert codes(workspace, "more.lb") == []


def test_of_very_many_findings_the_errors_come_first_and_few_are_told() -> None:
    """Also in a file of two scripts."""
    farm = "status x\n" * 1500 + "nonsense\n"
    disk = Disk(one='include "farm.lb"', two='include "farm.lb"', farm=farm)
    workspace = Workspace(disk)
    workspace.open("farm.lb", farm)
    found = codes(workspace, "farm.lb")
    assert len(found) == 1000
    assert found[-1] == "LB003"


def test_a_text_that_is_faulty_throughout_is_read_in_part(monkeypatch: pytest.MonkeyPatch) -> None:
    most = share(documents.MOST_FAULTS)
    monkeypatch.setattr(documents, "MOST_FAULTS", most)
    workspace = Workspace(Disk(site='include "log.lb"\n'))
    workspace.open("site.lb", 'include "log.lb"\n')
    workspace.open("log.lb", "x y\n" * (5 * most))
    document = workspace.known("log.lb")
    assert [one.faults[0] for one in document.parsed if one.faults][-1][1:] == (most,)
    assert document.parsed[-1].faults == ()
    assert len(codes(workspace, "log.lb")) == 1000


def test_files_that_change_unannounced_are_noticed_at_the_next_look() -> None:
    disk = Disk(site=MAIN, farm=FARM)
    workspace = Workspace(disk)
    workspace.open("site.lb", MAIN)
    disk.texts["farm.lb"] = ""
    assert workspace.refresh() == {"site.lb", "farm.lb"}
    assert codes(workspace, "site.lb") == ["LB102"]


def test_new_scripts_are_found_once_they_are_told_of() -> None:
    disk = Disk(site=DEVICE)
    workspace = Workspace(disk)
    workspace.open("site.lb", DEVICE)
    disk.texts["new.lb"] = "nonsense"
    workspace.refresh(["new.lb"])
    assert [session.root.identity for session in workspace.all_sessions()] == ["site.lb", "new.lb"]
    assert codes(workspace, "new.lb") == ["LB003"]
    del disk.texts["new.lb"]
    workspace.refresh(["new.lb"])
    assert [session.root.identity for session in workspace.all_sessions()] == ["site.lb"]


def test_a_folder_that_goes_has_no_say_any_more() -> None:
    disk = Disk(site=DEVICE + 'include "farm.lb"', farm=FARM)
    workspace = Workspace(disk)
    workspace.open("farm.lb", FARM)
    assert codes(workspace, "farm.lb") == []
    del disk.texts["site.lb"]
    workspace.survey()
    assert codes(workspace, "farm.lb") == ["LB307"]


NAMES = ("site.lb", "a.lb", "b.lb", "c.lb")
LINES = (
    *("interface external em0", "service A is 203.0.113.1 tcp 80", "service B is 203.0.113.1 tcp 80", "pool p for A"),
    *("add 10.0.0.1 to p", "add 10.0.0.2 to p", "nonsense", "", "# lbsh: allow LB311"),
    *(f'include "{name}"' for name in (*NAMES, "none.lb")),
)
TEXTS = st.lists(st.sampled_from(LINES), max_size=5).map("\n".join)
STEPS = st.tuples(
    st.sampled_from(["open", "close", "type", "save", "remove", "look", "ask"]),
    st.sampled_from(NAMES),
    TEXTS,
)


@settings(max_examples=300, deadline=None)
@given(
    st.dictionaries(st.sampled_from([name.removesuffix(".lb") for name in NAMES]), TEXTS), st.lists(STEPS, max_size=12)
)
def test_what_went_before_makes_no_difference(files: dict[str, str], steps: list[tuple[str, str, str]]) -> None:
    """After any history the findings of a workspace are those of a new one with the same texts."""
    disk = Disk(**files)
    workspace = Workspace(disk)
    texts: dict[str, str] = {}
    for what, name, text in steps:
        match what:
            case "open" if name not in texts:
                texts[name] = text
                workspace.open(name, text)
            case "close" if name in texts:
                del texts[name]
                workspace.close(name)
            case "type" if name in texts:
                texts[name] = text
                workspace.edit(name, None, text)
            case "save" | "remove":
                disk.texts[name] = text
                if what == "remove":
                    del disk.texts[name]
                workspace.refresh([name])
            case "look":
                workspace.survey()
            case "ask":
                list(workspace.all_sessions())
        fresh = Workspace(disk)
        for one, content in texts.items():
            fresh.open(one, content)
        assert said(workspace) == said(fresh)


def said(workspace: Workspace) -> dict[str, list[tuple[str, Position, str]]]:
    """All findings in all files of all scripts."""
    identities = {identity for session in workspace.all_sessions() for identity in session.documents}
    return {
        identity: [(one.code, one.span.start, one.message) for one in workspace.diagnostics(identity)]
        for identity in sorted(identities)
    }


def test_names_that_were_only_typed_are_forgotten() -> None:
    workspace = Workspace(Disk())
    workspace.open("site.lb", 'include "x"')
    for number in range(3 * MOST_SPARE_FILES):
        workspace.edit("site.lb", None, f'include "{number}.lb"')
        workspace.diagnostics("site.lb")
    workspace.refresh()
    assert len(workspace._disk) <= MOST_SPARE_FILES + 1
    assert len(workspace._stamps) <= MOST_SPARE_FILES + 1


def test_a_document_that_no_script_may_include_is_a_root_itself() -> None:
    disk = Fenced(site=MAIN, farm=FARM)
    workspace = Workspace(disk)
    workspace.open("farm.lb", FARM)
    assert [one.session.root.identity for one in workspace.views("farm.lb")] == ["farm.lb"]
    workspace.open("site.lb", MAIN)
    assert codes(workspace, "site.lb") == ["LB004"]
    disk.roots.add("site.lb")
    assert workspace.reassess() == {"site.lb", "farm.lb"}
    assert [one.session.root.identity for one in workspace.views("farm.lb")] == ["site.lb"]
    assert codes(workspace, "site.lb") == []
    disk.roots.clear()
    assert workspace.reassess() == {"site.lb", "farm.lb"}
    assert [one.session.root.identity for one in workspace.views("farm.lb")] == ["farm.lb"]
    workspace.close("farm.lb")
    assert [one.root.identity for one in workspace.sessions()] == ["site.lb"]


def test_a_document_below_too_many_others_is_a_root_itself() -> None:
    files = {f"f{number}": f'include "f{number + 1}.lb"\n' for number in range(40)}
    workspace = Workspace(Disk(**files, f40="nonsense"))
    workspace.open("f40.lb", "nonsense")
    assert codes(workspace, "f40.lb") == ["LB003"]


def test_a_file_without_a_statement_is_included_only_while_it_is_open() -> None:
    workspace = Workspace(Disk(site=MAIN, farm="x y\n"))
    workspace.open("site.lb", MAIN)
    assert codes(workspace, "site.lb") == ["LB004"]
    workspace.open("farm.lb", "x y\n")
    assert (codes(workspace, "site.lb"), codes(workspace, "farm.lb")) == (["LB102"], ["LB003"])
    workspace.edit("farm.lb", None, FARM)
    assert codes(workspace, "farm.lb") == []
    workspace.close("farm.lb")
    assert codes(workspace, "site.lb") == ["LB004"]
