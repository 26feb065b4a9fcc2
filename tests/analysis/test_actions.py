"""Code actions: a text with a cursor or a selection, the title of an action, and the resulting text."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator, Sequence

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lbsh_lang.analysis.actions.actions import Action, ActionKind, actions, fix_all, has_safe_fixes
from lbsh_lang.analysis.live.documents import Document
from lbsh_lang.analysis.live.regions import Region
from lbsh_lang.analysis.live.session import Session
from lbsh_lang.analysis.live.snapshots import take_snapshot
from lbsh_lang.analysis.live.view import View
from lbsh_lang.check import check_resolved
from lbsh_lang.diagnostics import Severity
from lbsh_lang.site.model import Server, Site
from lbsh_lang.source import Position
from lbsh_lang.syntax.parser import LineParser
from tests.analysis.marked import view_of, views_of
from tests.analysis.test_formatting import applied, document_of
from tests.sites import scripts
from tests.test_properties import TEXTS

SORT, JOIN, RANGE, PART = (
    "sort the servers by their addresses",
    "join the statements into one",
    "write consecutive servers as ranges",
    "add each server by a statement of its own",
)
EVERYTHING = Region(Position(0, 0), Position(1 << 20, 0))


def opened(marked: str) -> tuple[View, Region]:
    """A text without its marks (`|` at a cursor or at both ends of a selection), and the marked region."""
    places = []
    text = ""
    for part in marked.split("|")[:-1]:
        text += part
        places.append(document_of(text).end)
    view = view_of(text + marked.rpartition("|")[2])
    return view, Region(places[0], places[-1])


def offered(marked: str, only: list[str] | None = None) -> tuple[View, dict[str, Action]]:
    view, region = opened(marked)
    return view, {one.title: one for one in actions([view], region, only)}


def all_fixes(views: Sequence[View]) -> Action | None:
    return fix_all([take_snapshot(view.session) for view in views], views[0].document.identity)


def after(view: View, action: Action) -> str:
    (identity,) = action.edits
    assert identity == view.document.identity
    return applied(view.document, action.edits[identity])


POOL = "service S is 10.1.0.1 tcp 80\npool p for S\n"

CHANGES = [
    # Fixes of findings
    ("add 10.0.0.1 t|oo p", "write `to`", "add 10.0.0.1 to p"),
    ("|internal net 10.0.0.1/8\nstatus|", "write `10.0.0.0/8`", "internal net 10.0.0.0/8\nstatus"),
    ("pool ppq for S\n|add 10.0.0.1 to ppp", "write `ppq`", "pool ppq for S\nadd 10.0.0.1 to ppq"),
    # Pools that are missing
    ("service Sv is 10.1.0.1 tcp 80|", "add a pool for `Sv`", "service Sv is 10.1.0.1 tcp 80\npool sv_pool for Sv"),
    (
        "ser|vice S is 10.1.0.1 tcp 80\r\n",
        "add a pool for `S`",
        "service S is 10.1.0.1 tcp 80\r\npool s_pool for S\r\n",
    ),
    (
        "service A is 10.1.0.1 tcp 80\npool b_pool for A\nservice B is 10.1.0.1 tcp 81|\nstatus",
        "add a pool for `B`",
        "service A is 10.1.0.1 tcp 80\npool b_pool for A\nservice B is 10.1.0.1 tcp 81\npool b_pool2 for B\nstatus",
    ),
    ("service S is 10.1.0.1 tcp 80|\npool p for S", "add a pool for `S`", None),
    ("pool p for S\nservice S is 10.1.0.1 tcp 80|", "add a pool for `S`", None),
    ("service S is 10.1.0.1 tcp 80|\nremove S", "add a pool for `S`", None),
    (
        "service S is 10.1.0.1 tcp 80  # lbsh: allow LB311|\n",
        "add a pool for `S`",
        "service S is 10.1.0.1 tcp 80  # lbsh: allow LB311\npool s_pool for S\n",
    ),
    (
        "service S is 10.1.0.1 tcp 80\n\nadd 10.0.0.1 to p\nadd 10.0.0.2 to p|\n",
        "define `p` for `S`",
        "service S is 10.1.0.1 tcp 80\n\npool p for S\nadd 10.0.0.1 to p\nadd 10.0.0.2 to p\n",
    ),
    (POOL + "add 10.0.0.2 to quite|", "define `quite` for `S`", None),
    (
        "service S is 10.1.0.2 tcp 80\nservice A is 10.1.0.1 tcp 80\npool p for A\nremove A\nadd 10.0.0.2 to p|",
        "define `p` for `S`",
        None,
    ),
    # Servers in order
    (
        POOL + "add 10.0.0.3 to p\nad|d 10.0.0.2 to p # x\nadd fd00::1 to p\nadd 10.0.0.1 to p weight 2\nstatus",
        SORT,
        POOL + "add 10.0.0.1 to p weight 2\nadd 10.0.0.2 to p # x\nadd 10.0.0.3 to p\nadd fd00::1 to p\nstatus",
    ),
    (
        POOL.rstrip("\n") + "|\n# all\nadd 10.0.0.3 to p\n# two\n# lines\nadd 10.0.0.2-1 to p\n",
        SORT,
        None,
    ),
    (
        "pool |p for S\n# all\nadd 10.0.0.3 to p\n# two\n# lines\nadd 10.0.0.2 to p\n# next\n",
        SORT,
        "pool p for S\n# all\n# two\n# lines\nadd 10.0.0.2 to p\nadd 10.0.0.3 to p\n# next\n",
    ),
    ("add 10.0.0.3 to p|\nremove 10.0.0.3 from p\nadd 10.0.0.1 to p", SORT, None),
    ("add 10.0.0.3 to p|\nadd 10.0.0.1 to q", SORT, None),
    ("add 10.0.0.3 to p|\n\nadd 10.0.0.1 to p", SORT, None),
    ("add 10.0.0.3 to p|\nadd 10.0.0.1-9 to p", SORT, None),
    ("add 10.0.0.1 to p|\nadd 10.0.0.2 to p", SORT, None),
    (
        "\ufeffadd 10.0.0.3 to p\nadd 10.0.0.2 to p|\nadd 10.0.0.1 to p",
        SORT,
        "\ufeffadd 10.0.0.3 to p\nadd 10.0.0.1 to p\nadd 10.0.0.2 to p",
    ),
    ("add 10.0.0.3 to p\radd 10.0.0.2 to p|", SORT, "add 10.0.0.2 to p\radd 10.0.0.3 to p"),
    (POOL + "add 10.0.0.9, 10.0.0.3  to p|", SORT, POOL + "add 10.0.0.3, 10.0.0.9  to p"),
    (
        POOL + "add fd00::1, 10.0.0.9 to p|\n# x\nadd 10.0.0.5-6,10.0.0.3 to p # y",
        SORT,
        POOL + "# x\nadd 10.0.0.3, 10.0.0.5-6 to p # y\nadd 10.0.0.9, fd00::1 to p",
    ),
    ("add 10.0.0.3, 10.0.0.2-4 to p|", SORT, None),
    # Shorter statements
    ("add 10.0.0.3, 10.0.0.4, 10.0.0.5, 10.0.0.9 to p  # x|", RANGE, "add 10.0.0.3-5, 10.0.0.9 to p  # x"),
    ("add 10.0.0.3, 10.0.0.2, 10.0.0.4 to p|", RANGE, None),
    ("add 10.0.0.2-4 to p|", RANGE, None),
    ("|add 10.0.0.3, 10.0.0.4 to p\nadd 10.0.0.5 to p|", RANGE, None),
    # Fewer statements
    (
        "add 10.0.0.1 to p\nadd 10.0.0.2 to p|\nadd 10.0.0.3-5 to p\nadd 10.0.0.9, 10.0.0.10 to p\n",
        JOIN,
        "add 10.0.0.1-5, 10.0.0.9-10 to p\n",
    ),
    ("add 10.0.0.255 to p\nadd 10.0.1.0 to p|", JOIN, "add 10.0.0.255-10.0.1.0 to p"),
    ("add fd00::9 to p|\nadd fd00::a to p\nadd 10.0.0.1 to p", JOIN, "add fd00::9-fd00::a, 10.0.0.1 to p"),
    ("add 10.0.0.2 to p|\nadd 10.0.0.1 to p", JOIN, "add 10.0.0.2, 10.0.0.1 to p"),
    (
        "add 10.0.0.1 to p weight 2 backup\nadd  10.0.0.2 to p backup  weight 2|\nadd 10.0.0.3 to p backup",
        JOIN,
        "add 10.0.0.1-2 to p weight 2 backup\nadd 10.0.0.3 to p backup",
    ),
    ("add 10.0.0.1 to p|\nadd 10.0.0.2 to p weight 2", JOIN, None),
    ("add 10.0.0.1 to p|\nadd 10.0.0.2 to p # x", JOIN, None),
    ("add 10.0.0.1 to p|\n# x\nadd 10.0.0.2 to p", JOIN, None),
    ("add 10.0.0.0/22 to p|\nadd 10.1.0.0/29 to p", JOIN, None),
    (
        "add 10.0.0.1 to p\n|add 10.0.0.2 to p\nadd 10.0.0.3 to p\n|add 10.0.0.4 to p",
        JOIN,
        "add 10.0.0.1 to p\nadd 10.0.0.2-3 to p\nadd 10.0.0.4 to p",
    ),
    # More statements
    (
        " add 10.0.0.1-2, fd00::1 to p weight 2  # x|\r\nstatus\r\n",
        PART,
        " add 10.0.0.1 to p weight 2  # x\r\n add 10.0.0.2 to p weight 2\r\n add fd00::1 to p weight 2\r\nstatus\r\n",
    ),
    ("add 10.0.0.0/30 to p|", PART, "add 10.0.0.1 to p\nadd 10.0.0.2 to p"),
    ("add 10.0.0.1 to p|", PART, None),
    ("add 10.0.0.1-9 to p  # lbsh: allow LB315|", PART, None),
    # Allowances
    (
        "service S is 10.1.0.1 tcp 80 |\nstatus",
        "allow LB311 on this line",
        "service S is 10.1.0.1 tcp 80  # lbsh: allow LB311\nstatus",
    ),
    (
        "|service S is 10.1.0.1 udp 80 # why # lbsh: allow LB311 x",
        "allow LB501 on this line",
        "service S is 10.1.0.1 udp 80 # why # lbsh: allow LB311, LB501 x",
    ),
    ("status|", "allow LB701 on this line", "status  # lbsh: allow LB701"),
    ("status # 😀|", "allow LB701 on this line", "status # 😀  # lbsh: allow LB701"),
    ("service S is 10.1.0.300 tcp 80|", "allow LB201 on this line", None),
    (POOL + "# lbsh: allow LB312|", "allow LB702 on this line", None),
]


@pytest.mark.parametrize(("marked", "title", "expected"), CHANGES)
def test_changes(marked: str, title: str, expected: str | None) -> None:
    view, found = offered(marked)
    if expected is None:
        assert title not in found
    else:
        assert title in found, list(found)
        assert after(view, found[title]) == expected


def test_what_an_editor_wants() -> None:
    marked = POOL + "add 10.0.0.3 to p\nadd 10.0.0.2 too p|"
    assert {one.kind for one in offered(marked)[1].values()} == {ActionKind.FIX}
    both = POOL + "add 10.0.0.3 to p\nadd 10.0.0.2-300 to p\nstatus|\n" + "add 10.0.0.2 to p\n"
    assert {one.kind for one in offered(both, ["quickfix"])[1].values()} == {ActionKind.FIX}
    rewrite = POOL + "add 10.0.0.3 to p|\nadd 10.0.0.2 to p"
    for only in (["refactor"], ["refactor.rewrite"], ["quickfix", "refactor"], [""]):
        assert SORT in offered(rewrite, only)[1], only
    for only in (["refactor.extract"], ["quickfix"], ["source"], ["refactor.rewrite.sort"], []):
        assert SORT not in offered(rewrite, only)[1], only


def test_a_fix_that_follows_from_what_is_written_is_preferred() -> None:
    for marked, preferred in (("external net 10.0.0.1/8|", True), ("ad 10.0.0.1 to p|", False)):
        found = [one for one in offered(marked)[1].values() if one.title.startswith("write")]
        assert [one.preferred for one in found[:1]] == [preferred], marked
        assert all(len(one.found) == 1 for one in found)


MENDED = [
    ("internal net 10.0.0.1/8\ninternal gw 10.0.0.1  \n", "internal net 10.0.0.0/8\ninternal gw 10.0.0.1  \n"),
    (
        "external net 10.1.0.0/16\nexternal net 10.1.0.0/16\nservice S as 10.1.0.1 TCP 80\r\nstatus\r\nPOOL p for S",
        "external net 10.1.0.0/16\nservice S as 10.1.0.1 tcp 80\r\nstatus\r\npool p for S",
    ),
    ("status\n", None),
    ("add 10.0.0.1 too p", None),
]


@pytest.mark.parametrize(("text", "expected"), MENDED)
def test_all_fixes(text: str, expected: str | None) -> None:
    view = view_of(text)
    action = all_fixes([view])
    assert (action and after(view, action)) == expected
    assert has_safe_fixes([view]) == (expected is not None)


def test_fixes_of_other_files_are_left_to_them() -> None:
    parser = LineParser()
    below = Document("b", "b.lb", "EXTERNAL net 10.0.0.0/8\n", parser)
    root = Document("a", "a.lb", 'INCLUDE "b.lb"\ninternal gw 10.0.0.1\n', parser)
    session = Session(root, lambda path, includer: below if path == "b.lb" else "no such file")
    action = all_fixes([View(session, root)])
    assert action is not None
    assert {identity: applied(root, edits) for identity, edits in action.edits.items()} == {
        "a": 'include "b.lb"\ninternal gw 10.0.0.1\n'
    }


def test_servers_in_no_order_become_one_range_in_three_steps() -> None:
    text = "add 10.0.0.3 to p\nadd 10.0.0.2 to p\nadd 10.0.0.4 to p"
    for title in (JOIN, SORT, RANGE):
        view, found = offered("|" + text)
        text = after(view, found[title])
    assert text == "add 10.0.0.2-4 to p"


# Files of several scripts

FIRST = '== r1.lb\nservice WEBSITE is 10.1.0.1 tcp 80\nservice WEBSITES is 10.1.0.2 tcp 80\ninclude "site.lb"\n'
SECOND = '== r2.lb\nservice WEBSITE is 10.1.0.1 tcp 80\ninclude "site.lb"\n'


def all_actions(views: Sequence[View]) -> list[str]:
    return [one.title for one in actions(views, EVERYTHING)]


def test_fixes_are_those_of_all_scripts() -> None:
    views = views_of("pool p for WEBSITES\n" + FIRST + SECOND)
    assert "write `WEBSITE`" in all_actions(views)
    assert "write `WEBSITE`" not in all_actions(views[:1])


def test_each_fix_is_offered_once() -> None:
    views = views_of("pool p for WEBSITE\nadd 10.0.0.4, 10.0.0.2 too p\n" + FIRST + SECOND)
    titles = all_actions(views)
    assert "write `to`" in titles
    assert len(titles) == len(set(titles))


def test_a_pool_is_missing_only_if_it_is_in_all_scripts() -> None:
    text = 'service S is 10.1.0.3 tcp 80\n== r1.lb\npool s_pool for X\ninclude "site.lb"\n== r2.lb\ninclude "site.lb"\n'
    views = views_of(text)
    (action,) = (one for one in actions(views, EVERYTHING) if one.title == "add a pool for `S`")
    assert [edit.text for edit in action.edits["site.lb"]] == ["pool s_pool2 for S\n"]
    assert "add a pool for `S`" not in all_actions(views_of(text + "pool other for S\n"))


def test_all_fixes_are_those_that_all_scripts_agree_on() -> None:
    """The second network is superfluous in the first script, where it can be removed; the other script needs it."""
    views = views_of(
        "internal net 10.9.0.1/16\nexternal net 10.1.0.0/16\n"
        '== r1.lb\nexternal net 10.1.0.0/16\ninclude "site.lb"\n== r2.lb\ninclude "site.lb"\n'
    )
    assert has_safe_fixes(views[:1])
    only_first, both = all_fixes(views[:1]), all_fixes(views)
    assert only_first is not None
    assert after(views[0], only_first) == "internal net 10.9.0.0/16\n"
    assert both is not None
    assert after(views[0], both) == "internal net 10.9.0.0/16\nexternal net 10.1.0.0/16\n"
    assert both.title == "make the safe fix"


# Properties of any text


def all_places(document: Document) -> Iterator[Region]:
    for line, text in enumerate(document.lines):
        yield Region(Position(line, 0), Position(line, 0))
        yield Region(Position(line, len(text)), Position(line + 2, 0))


@given(TEXTS)
@settings(max_examples=150, deadline=None)
def test_actions_of_any_text(text: str) -> None:
    view = view_of(text)
    for region in (*all_places(view.document), EVERYTHING):
        for action in actions([view], region):
            for edits in action.edits.values():
                for edit in edits:
                    assert edit.region == Region(*map(view.document.clamp, edit.region))


@given(TEXTS)
@settings(max_examples=100, deadline=None)
def test_all_fixes_of_any_text_add_no_error(text: str) -> None:
    view = view_of(text)
    action = all_fixes([view])
    if action is not None:
        mended = view_of(after(view, action))
        assert errors(mended) <= errors(view)
        assert all_fixes([mended]) is None


def errors(view: View) -> int:
    found = check_resolved(view.session.snapshot()).diagnostics
    return sum(one.severity is Severity.ERROR for one in found)


def meaning(view: View) -> object:
    """The site without origins, the servers of each pool in the order of their addresses."""
    site = view.session.snapshot().site
    return dataclasses.asdict(_plain(site))


def order(view: View) -> list[list[object]]:
    """The servers of each service in the order of their turns."""
    services = view.session.snapshot().site.services
    return [[server.address for server in one.pool.servers] if one.pool else [] for one in services]


def _plain(site: Site) -> Site:
    services = []
    for one in site.services:
        servers = tuple(map(_plain_server, one.pool.servers)) if one.pool else ()
        pool = one.pool and dataclasses.replace(
            one.pool,
            servers=tuple(sorted(servers, key=lambda server: server.address)),
            origin=None,  # type: ignore[arg-type]
        )
        probe = one.probe and dataclasses.replace(one.probe, origin=None)  # type: ignore[arg-type]
        services.append(dataclasses.replace(one, pool=pool, probe=probe, origin=None, changes=()))  # type: ignore[arg-type]
    return Site(services=tuple(services), internal_nets=site.internal_nets, gateways=site.gateways)


def _plain_server(server: Server) -> Server:
    drain = server.drain and dataclasses.replace(server.drain, origin=None)  # type: ignore[arg-type]
    down = server.down_by_hand and dataclasses.replace(server.down_by_hand, origin=None)  # type: ignore[arg-type]
    return dataclasses.replace(server, drain=drain, down_by_hand=down, origin=None, changes=())  # type: ignore[arg-type]


@st.composite
def crowded(draw: st.DrawFn) -> str:
    """A script with a pool whose servers come in any order and notation, with other lines between them."""
    starts = draw(st.lists(st.integers(1, 30), min_size=1, max_size=12, unique=True))
    lines = []
    for start in starts:
        size = draw(st.integers(1, 3))
        words = draw(st.sampled_from([f"10.1.0.{8 * start}-{8 * start + size}", f"10.1.0.{start}, 10.1.1.{start}"]))
        option = draw(st.sampled_from(["", "", " weight 2", " backup"]))
        comment = draw(st.sampled_from(["", "", "", "  # x"]))
        lines.append(draw(st.sampled_from([f"add 10.1.0.{start} to p{option}{comment}", f"add {words} to p{option}"])))
        between = [
            "# y",
            "",
            f"remove 10.1.0.{start} from p",
            f"drain 10.1.0.{start} from p",
            f"set 10.1.0.{start} in p backup",
        ]
        lines += draw(st.lists(st.sampled_from(between), max_size=1)) if draw(st.booleans()) else []
    return "\n".join(["service S is 203.0.113.3 tcp 25", "pool p for S", *lines])


REWRITE = ActionKind.REWRITE.value


@given(st.one_of(scripts(), crowded()))
@settings(max_examples=150, deadline=None)
def test_servers_written_otherwise_mean_the_same(text: str) -> None:
    view = view_of(text)
    before, order_before, errors_before = meaning(view), order(view), errors(view)
    offered = (action for region in all_places(view.document) for action in actions([view], region, [REWRITE]))
    for (title, rewritten), action in {(one.title, after(view, one)): one for one in offered}.items():
        if title in {SORT, JOIN, RANGE, PART}:
            other = view_of(rewritten)
            assert meaning(other) == before, action
            assert title == SORT or order(other) == order_before, action
            assert (errors(other) > 0) == (errors_before > 0), action
