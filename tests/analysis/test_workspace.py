"""Several files: what is included, whose text counts, and who hears of a change."""

from __future__ import annotations

from collections.abc import Iterable

import pytest

from lbsh_lang.analysis.regions import Region
from lbsh_lang.analysis.workspace import Unreadable, Workspace
from lbsh_lang.source import Position

DEVICE = "interface external em0\n"
MAIN = DEVICE + 'include "farm.lb"\nadd 10.0.0.9 to p\n'
FARM = "service A is 203.0.113.1 tcp 80\npool p for A\nadd 10.0.0.1 to p\n"


class Disk:
    """Files in memory, all in one folder."""

    def __init__(self, **files: str) -> None:
        self.texts = {f"{name}.lb": text for name, text in files.items()}

    def find(self, path: str, includer: str) -> str | Unreadable:
        return path

    def read(self, identity: str) -> str | Unreadable:
        return self.texts.get(identity, Unreadable("no such file"))

    def name(self, identity: str) -> str:
        return identity

    def scripts(self) -> Iterable[str]:
        return sorted(self.texts)


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
    workspace.change("farm.lb", Region(Position(1, 5), Position(1, 6)), "q")
    assert codes(workspace, "site.lb") == ["LB102"]
    assert codes(workspace, "farm.lb") == ["LB312", "LB102"]


def test_an_included_file_alone_is_seen_as_a_part_of_its_script() -> None:
    """Otherwise nothing that the file uses of the others would be defined."""
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
    workspace.change("site.lb", Region(Position(1, 0), Position(1, 0)), 'include "farm.lb"\n')
    assert codes(workspace, "farm.lb") == []
    assert len(list(workspace.sessions())) == 1
    workspace.change("site.lb", Region(Position(1, 0), Position(2, 0)), "")
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
    workspace.change("site.lb", None, DEVICE + FARM)
    assert codes(workspace, "site.lb") == []
    workspace.change("site.lb", None, FARM)
    assert codes(workspace, "site.lb") == ["LB307"]
