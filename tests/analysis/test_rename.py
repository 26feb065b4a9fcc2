"""Renaming: allowed and refused names, the edits, and the meaning of a script, which must stay the same."""

from __future__ import annotations

from collections.abc import Sequence

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lbsh_lang.analysis.live.documents import Document
from lbsh_lang.analysis.live.regions import Edits, Region
from lbsh_lang.analysis.live.session import Session
from lbsh_lang.analysis.live.view import View
from lbsh_lang.analysis.names.calls import outgoing_calls
from lbsh_lang.analysis.names.hints import hints
from lbsh_lang.analysis.names.references import definition, references_and_definitions
from lbsh_lang.analysis.names.rename import Refusal, Renaming, edits_of, plan_rename, prepare_rename
from lbsh_lang.source import Position
from lbsh_lang.syntax.parser import LONGEST_LINE, LineParser
from tests.analysis.marked import Marked, read_marked, view_of
from tests.test_properties import TEXTS


def rename(view: View, at: Position, new: str, sessions: Sequence[Session] = ()) -> Edits | Refusal:
    """The edits of a rename, or the reason why there are none."""
    planned = plan_rename(view, at, new, sessions)
    if isinstance(planned, Refusal):
        return planned
    documents = {key: one for session in (view.session, *sessions) for key, one in session.documents.items()}
    return edits_of(planned, documents.__getitem__)


PLACES = {
    "service {A|} is 10.0.0.1 tcp 80": "A",
    "pool p for {|A}": "A",
    "remove {|A}": "A",
    "failover device {gw|1}": "gw1",
    "interface external {em|0} mtu 9000": "em0",
    "\ufeff\x0cadd 10.0.0.2 to {mx_|pool} # \U0001f600": "mx_pool",
    "serv|ice A is 10.0.0.1 tcp 80": "`service` is a word of the language",
    "service A is 10.0.0.1 tcp 8|0": "`80` is no name that could be changed",
    "service A is 10.0.0.1 tcp 80, | 81": "there is no name here",
    "service A is 10.0.0.1 tcp 80 # about |A": "a comment holds no names",
    "add 10.0.|0.2 to p": "`10.0.0.2` is an address, which has no name of its own",
    "external addr 203.0.113.1 for 10.0.|0.2, p": "`10.0.0.2` is an address, which has no name of its own",
    "external addr 203.0.113.1 for 10.0.0.2, {p|p}": "pp",
    "external addr 203.0.113.1 on {em|0}": "em0",
    'include "A|"': "a text in quotes is no name",
    "|": "there is no name here",
    "service 1|A is 10.0.0.1 tcp 80": "`1A` is no name that could be changed",
    "nonsense| A": "`nonsense` is no name that could be changed",
    "service \x01x| is 10.0.0.1 tcp 80": "`\N{REPLACEMENT CHARACTER}x` is no name that could be changed",
}


@pytest.mark.parametrize(("text", "expected"), PLACES.items())
def test_what_can_be_renamed(text: str, expected: str) -> None:
    marked = read_marked(text)
    ((view, at),) = marked.cursors
    if marked.definitions:
        assert prepare_rename(view, at) == Renaming(marked.definitions[0].region, expected)
    else:
        assert prepare_rename(view, at) == Refusal(expected)


BASE = "service A is 10.0.0.1 tcp 80\npool p for |A\nprobe B with tcp\nfailover device gw1\nfailover device gw2\n"

REFUSED = {
    "service": "`service` is a reserved word",
    "1A": "`1A` is no name: a name starts with a letter or `_`",
    "": "`` is no name: a name starts with a letter or `_`",
    "A B": "`A B` is no name: a name consists of letters, digits, `_`, `.` and `-`",
    "A\n": "`A\N{REPLACEMENT CHARACTER}` is no name: a name consists of letters, digits, `_`, `.` and `-`",
    "x" * 64: "`" + "x" * 62 + "\N{HORIZONTAL ELLIPSIS}` is no name: a name has at most 63 characters, this one 64",
    "B": "there is a service `B` already, in `site.lb` line 3",
}


@pytest.mark.parametrize(("new", "reason"), REFUSED.items())
def test_names_that_cannot_be(new: str, reason: str) -> None:
    ((view, at),) = read_marked(BASE).cursors
    assert rename(view, at, new) == Refusal(reason)


RENAMED = {
    "all places of one life": (
        "service A is 10.0.0.1 tcp 80\nremove A\nservice |A is 10.0.0.1 tcp 80 # A\npool A for A\nstatus A\n",
        "service A is 10.0.0.1 tcp 80\nremove A\nservice new is 10.0.0.1 tcp 80 # A\npool A for new\nstatus new\n",
    ),
    "two names on a line": ("pool A for |A", "pool A for new"),
    "a pool": (
        "pool p for A\nadd 10.0.0.2 to |p weight 2\nadd 10.0.0.2 to pp",
        "pool new for A\nadd 10.0.0.2 to new weight 2\nadd 10.0.0.2 to pp",
    ),
    "a name that is used above": (
        "pool p for |A\nservice A is 10.0.0.1 tcp 80",
        "pool p for new\nservice new is 10.0.0.1 tcp 80",
    ),
    "a pool with a source of its own": (
        "pool p for A\nadd 10.0.0.2 to |p\nexternal addr 203.0.113.1 for 10.0.0.2, p, q\n",
        "pool new for A\nadd 10.0.0.2 to new\nexternal addr 203.0.113.1 for 10.0.0.2, new, q\n",
    ),
    "an interface of nets and addresses": (
        "interface external e|m0\nexternal net 203.0.113.0/24 on em0\nexternal gw 203.0.113.9 on em0\n"
        "external addr of em0\nexternal addr 203.0.113.1 on em0",
        "interface external new\nexternal net 203.0.113.0/24 on new\nexternal gw 203.0.113.9 on new\n"
        "external addr of new\nexternal addr 203.0.113.1 on new",
    ),
    "a device": ("failover device |gw1 skew 2", "failover device new skew 2"),
    "an interface": ("interface external e|m0 em0\nfailover sync em0", "interface external new em0\nfailover sync new"),
    "a reserved word": (
        "service addr| is 10.0.0.1 tcp 80\nprobe addr with tcp",
        "service new is 10.0.0.1 tcp 80\nprobe new with tcp",
    ),
    "a service and a pool that are changed": (
        "service |A is 10.0.0.1 tcp 80\npool p for A\nset A no sticky reflect\nset 10.0.0.2 in p weight 2\n",
        "service new is 10.0.0.1 tcp 80\npool p for new\nset new no sticky reflect\nset 10.0.0.2 in p weight 2\n",
    ),
    "a pool in which servers change": (
        "service A is 10.0.0.1 tcp 80\npool p for A\nadd 10.0.0.2 to p\nset 10.0.0.2 in |p weight 2\n",
        "service A is 10.0.0.1 tcp 80\npool new for A\nadd 10.0.0.2 to new\nset 10.0.0.2 in new weight 2\n",
    ),
    "a word that means something else behind `remove`": (
        "service |keep is 10.0.0.1 tcp 80\nremove keep # keep\n",
        "service new is 10.0.0.1 tcp 80\nremove new # keep\n",
    ),
    "among odd characters": (
        "\ufeffpool\x0c|p for A\r\nadd 10.0.0.2 to p #\U0001f600\rdrain 10.0.0.2 from p\n",
        "\ufeffpool\x0cnew for A\r\nadd 10.0.0.2 to new #\U0001f600\rdrain 10.0.0.2 from new\n",
    ),
    "in other files": (
        'include "b.lb"\npool p for |A\n== b.lb\nservice A is 10.0.0.1 tcp 80\nprobe A with tcp',
        'include "b.lb"\npool p for new\n== b.lb\nservice new is 10.0.0.1 tcp 80\nprobe new with tcp',
    ),
}


@pytest.mark.parametrize(("text", "expected"), RENAMED.values(), ids=list(RENAMED))
def test_renamed(text: str, expected: str) -> None:
    marked = read_marked(text)
    ((view, at),) = marked.cursors
    assert changed(marked, rename(view, at, "new")) == read_marked(expected).texts()


def test_the_same_name_changes_nothing() -> None:
    ((view, at),) = read_marked(BASE).cursors
    assert rename(view, at, "A") == {}


def test_a_line_that_would_be_read_in_another_way_is_not_renamed() -> None:
    line = "add 10.0.0.2 to |p # and a very long comment "
    ((view, at),) = read_marked(line.ljust(LONGEST_LINE + 1, ".")).cursors
    assert rename(view, at, "longer") == Refusal("`site.lb` line 1 would be read in another way")


CHANGED_MEANING = {
    "interface |em0": "external",
    "add 10.0.0.2 weight |p": "weight",
}
"""Names that would change the reading of a line; correct lines have no such names."""


@pytest.mark.parametrize(("text", "new"), CHANGED_MEANING.items())
def test_a_broken_line_that_would_be_read_in_another_way_is_not_renamed(text: str, new: str) -> None:
    ((view, at),) = read_marked(text).cursors
    assert isinstance(rename(view, at, "other"), dict)
    assert rename(view, at, new) == Refusal("`site.lb` line 1 would be read in another way")


TAKEN = {
    "service |A is 10.0.0.1 tcp 80\npool q for A\nstatus q": "there is a pool `q` already, in `site.lb` line 2",
    "service q is 10.0.0.1 tcp 80\npool |p for q\nstatus q": "there is a service `q` already, in `site.lb` line 1",
    "service q is 10.0.0.1 tcp 80\npool q for B\npool |p for q": "there is a pool `q` already, in `site.lb` line 2",
    "failover device |gw1\nfailover device q": "there is a device `q` already, in `site.lb` line 2",
    "interface external |em0\ninterface internal q": "there is an interface `q` already, in `site.lb` line 2",
}


@pytest.mark.parametrize(("text", "reason"), TAKEN.items())
def test_names_that_are_taken(text: str, reason: str) -> None:
    """Services and pools count as one kind: `status` could not distinguish two with one name (LB108)."""
    ((view, at),) = read_marked(text).cursors
    assert rename(view, at, "q") == Refusal(reason)


def test_a_file_of_two_scripts_is_renamed_in_both() -> None:
    shared = "pool p for A\nadd 10.0.0.2 to p\n"
    first = 'service A is 10.0.0.1 tcp 80\ninclude "shared.lb"\n'
    second = 'service A is 10.0.0.9 tcp 80\nprobe A with tcp\ninclude "shared.lb"\n'
    parser = LineParser()
    texts = {"first.lb": first, "second.lb": second, "shared.lb": shared}
    documents = {name: Document(name, name, text, parser) for name, text in texts.items()}
    one, two = (Session(documents[name], lambda path, _: documents[path]) for name in ("first.lb", "second.lb"))
    edits = rename(View(one, documents["first.lb"]), Position(0, 8), "new", [one, two])
    assert not isinstance(edits, Refusal)
    assert {name: [edit.region.start for edit in found] for name, found in edits.items()} == {
        "first.lb": [Position(0, 8)],
        "second.lb": [Position(0, 8), Position(1, 6)],
        "shared.lb": [Position(0, 11)],
    }
    second_only = View(two, documents["second.lb"])
    assert rename(second_only, Position(1, 6), "new", [one, two]) == edits


ACTS = st.sampled_from(
    [
        "service {0} is 10.0.0.1 tcp 80",
        "pool {1} for {0}",
        "add 192.168.1.2, 192.168.1.4 to {1}",
        "add 192.168.1.3 to {1}",
        "remove 192.168.1.2 from {1}",
        "drain 192.168.1.3 from {1}",
        "resume 192.168.1.3 in {1}",
        "probe {0} with tcp",
        "remove {0}",
        "status {0}",
        "status {1}",
        "ad 192.168.1.5 to {1}",
        "pool {1} for {0} prot 80",
        'include "b.lb"',
    ]
)
NAMES = st.sampled_from("AB")
LINES = st.builds(str.format, ACTS, NAMES, NAMES)
FILES = st.lists(LINES, max_size=14).map("\n".join)


@given(FILES, FILES, st.data())
@settings(max_examples=300)
def test_a_script_means_the_same_after_a_rename(root: str, other: str, data: st.DataObject) -> None:
    """The new name is as long as the old one, so all places stay the same."""
    marked = read_marked(f"{root}\n== b.lb\n{other}")
    identity = data.draw(st.sampled_from(sorted(marked.session.documents)))
    document = marked.session.documents[identity]
    line = data.draw(st.integers(0, len(document.lines) - 1))
    columns = [column for column, letter in enumerate(document.lines[line]) if letter in "AB"] or [0]
    at = Position(line, data.draw(st.sampled_from(columns)))
    edits = rename(View(marked.session, document), at, "Z")
    if isinstance(edits, Refusal):
        return
    texts = changed(marked, edits)
    after = read_marked(f"{texts['site.lb']}\n== b.lb\n{texts.get('b.lb', other)}".replace("\n\n==", "\n=="))
    assert meaning(after) == meaning(marked)


def meaning(marked: Marked) -> object:
    """The meaning of a script without the names: the definition of each use, the servers of each pool, and the findings."""
    session = marked.session
    resolution = session.resolution
    uses = sorted(
        (*session.location(one.used_at, one.use), *session.location(one.defined_at, one.definition))
        for one in resolution.references()
    )
    pools = sorted(
        (session.location(life.defined), list(life.members), list(life.drained), life.service is None)
        for history in resolution.pools.values()
        for life in history.lives
    )
    found = {name: session.diagnostics(document) for name, document in session.documents.items()}
    wrong = {name: sorted((one.code, one.span.start) for one in each) for name, each in found.items()}
    codes = {code for each in wrong.values() for code, _ in each}
    passed_over = {"LB108"} | (ABOUT_UNREAD if codes & {"LB001", "LB003"} else set())
    return uses, pools, {name: [one for one in each if one[0] not in passed_over] for name, each in wrong.items()}


ABOUT_UNREAD = {"LB101", "LB102", "LB311", "LB312"}
"""Findings that do not apply to a name in an unreadable line, which may define it."""


def changed(marked: Marked, edits: Edits | Refusal) -> dict[str, str]:
    """The files of a script after edits."""
    assert not isinstance(edits, Refusal), edits
    for identity, found in edits.items():
        document = marked.session.documents[identity]
        for edit in sorted(found, reverse=True):
            marked.session.splice(document, document.edit(edit.region, edit.text))
    return marked.texts()


@given(
    FILES, FILES, st.lists(st.tuples(st.integers(0, 14), st.integers(0, 2), st.lists(LINES, max_size=3)), max_size=5)
)
@settings(max_examples=200)
def test_after_edits_all_is_as_if_read_anew(root: str, other: str, edits: list[tuple[int, int, list[str]]]) -> None:
    marked = read_marked(f"{root}\n== b.lb\n{other}")
    for number, (line, gone, lines) in enumerate(edits):
        document = list(marked.session.documents.values())[number % len(marked.session.documents)]
        region = Region(Position(line, 0), Position(line + gone, 0))
        marked.session.splice(document, document.edit(region, "".join(f"{one}\n" for one in lines)))
    texts = marked.texts()
    fresh = read_marked(f"{texts['site.lb']}\n== b.lb\n{texts.get('b.lb', other)}")
    for identity, document in marked.session.documents.items():
        view, again = View(marked.session, document), View(fresh.session, fresh.session.documents[identity])
        for line, text in enumerate(document.lines):
            for at in (Position(line, column) for column, letter in enumerate(text) if letter in "AB1"):
                assert definition(view, at) == definition(again, at)
                assert references_and_definitions(view, at) == references_and_definitions(again, at)
                assert outgoing_calls([view], at) == outgoing_calls([again], at)
        whole = Region(Position(0, 0), document.end)
        assert hints([view], whole) == hints([again], whole)


@given(TEXTS, st.integers(0, 12), st.integers(0, 40))
@settings(max_examples=300)
def test_any_place_of_any_text_has_an_answer(text: str, line: int, column: int) -> None:
    view = view_of(text)
    prepared = prepare_rename(view, Position(line, column))
    assert isinstance(rename(view, Position(line, column), "fresh"), Refusal if isinstance(prepared, Refusal) else dict)
