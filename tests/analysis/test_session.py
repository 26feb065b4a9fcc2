"""After any edits the findings of a session are those of a fresh analysis, in all documents of a script."""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from lbsh_lang.analysis.live.documents import Document
from lbsh_lang.analysis.live.regions import Region
from lbsh_lang.analysis.live.session import Session
from lbsh_lang.backends.any import AnyBackend
from lbsh_lang.backends.base import Backend, Rename
from lbsh_lang.backends.pf import PfBackend
from lbsh_lang.backends.registry import installed, load_backend
from lbsh_lang.checks.catalog import ALL_CHECKS
from lbsh_lang.checks.context import Context
from lbsh_lang.checks.filters import may_exceed_all
from lbsh_lang.checks.run import check_script
from lbsh_lang.checks.scopes import Checks
from lbsh_lang.codes import Code
from lbsh_lang.diagnostics import Applicability, Diagnostic, Severity
from lbsh_lang.site.everywhere import MOST
from lbsh_lang.site.model import Site
from lbsh_lang.site.resolve import Resolution
from lbsh_lang.site.script import read_script
from lbsh_lang.source import Position, Source, Span
from lbsh_lang.syntax.language import LBSH, Lbsh
from lbsh_lang.syntax.parser import LineParser
from tests.extensions import WITH_ALL, WITH_FARM

FILES = ("site.lb", "a.lb", "b.lb")

LINES = (
    "interface external em0",
    "interface internal em1",
    "interface internal em0",
    "internal net 10.0.0.0/8",
    "internal net 192.168.1.0/24 # lbsh: allow LB316",
    "internal net 192.168.1.0/",
    "internal gw 192.168.1.1",
    "internal gw 192.168.1.1 # again",
    "external net 203.0.113.0/24",
    "external addr 203.0.113.2",
    "service A is 203.0.113.10 tcp 80",
    "service A is 203.0.113.10 tcp 80 reflect",
    "service B is 203.0.113.10 tcp 70-90 sticky",
    "service B is 203.0.113.11 udp 53  # lbsh: allow LB501, LB311",
    "service AB is 10.0.0.2 tcp+udp 53,54",
    "service C is 2001:db8::1 tcp 25 sticky 5m",
    "service is 203.0.113.12 tcp 25",
    "servce AA is 203.0.113.12 tcp 25",
    "pool a for A",
    "pool a for B port 8080",
    "pool A for A balance least-connections",
    "pool ab for AB",
    "pool b for BB",
    "pool c for C balance source-hash",
    "pool for A",
    "pol aa for A",
    "pool a for A, B, BC",
    "remove probe A",
    "remove internal net 192.168.1.0/24",
    "set 10.0.0.2 in a weight 3",
    "set 10.0.0.2-9 in a backup port 81",
    "set 10.0.0.2 port 81 in a port 82 no backup",
    "set 2001:db8::9 in c weight 1",
    "set A sticky 2h reflect",
    "set A no sticky no reflect",
    "set B from 198.51.100.0/24, fd00::/8 helper tftp",
    "set C sticky prefix 64 masquerade",
    "set C no from",
    "set BB no nonsense",
    "remove keep source to 198.51.100.1",
    "remove interface external em0",
    "remove external addr 203.0.113.2",
    "add 10.0.0.2 to a port 81",
    "remove 10.0.0.2 port 81 from a",
    "pool ab for B, A port 81",
    "pool b for B, C, C",
    "external addr 203.0.113.2 for a, ab",
    "external addr 203.0.113.3 on em0 for ab, 10.0.0.2",
    "external addr of em0 for c",
    "external net 203.0.113.0/24 on em1",
    "internal net 10.0.0.0/9 on em0",
    "external gw 203.0.113.254",
    "external gw 203.0.113.254 on em0",
    "keep source to 10.0.0.0/9, 198.51.100.1",
    "add 10.0.0.2 to a",
    "add 10.0.0.2-10.0.0.9 to a weight 2",
    "add 203.0.113.10, 10.0.0.0 to a",
    "add 192.168.1.1, 192.168.1.2 to ab backup",
    "add 192.168.1.2 to bb",
    "add fd00::1 to c",
    "add 10.0.0.x to b",
    "add 10.0.0.3 to",
    "remove 10.0.0.2 from a",
    "remove 10.0.0.77 from ab",
    "remove A",
    "remove B",
    "drain 10.0.0.2 from a",
    "resume 10.0.0.2 in a",
    "drain 10.0.0.2",
    'drain 10.0.0.2-10.0.0.9, 192.168.1.2 for 2h because "disks"',
    "drain 192.168.1.2, 10.0.0.2 keep clients # lbsh: allow LB316",
    "resume 10.0.0.3, 192.168.1.2",
    "resume 10.0.0.2",
    "drain 10.0.0.2 because",
    "down 10.0.0.2 from a",
    'down 10.0.0.2-10.0.0.9, 192.168.1.2 because "disks"',
    "up 10.0.0.2",
    "up 10.0.0.3 in a",
    'probe A with http get "/" every 3s timeout 5s',
    'probe B with dns query "x"',
    "probe BC with tcp",
    "probe B with",
    "failover device gw1",
    "failover device gw2 at 10.0.0.254, 10.9.9.2 skew 0",
    "failover watch 203.0.113.9, 203.0.113.9",
    'failover password file "/x"',
    "status A",
    "help",
    "",
    "# a comment",
    "# lbsh: allow LB311 LB999",
    "\ufeffservice D is 203.0.113.13 tcp 80 # \N{PILE OF POO}",
    "\x0cpool d for D\x0c",
    'include "a.lb"',
    'include "b.lb"',
    'include "site.lb"',
    'include "none.lb"',
    "farm a serves A with 10.0.0.2",
    "farm b serves B with 10.0.0.3, 10.0.0.2-5 spare 10.0.0.9",
    "farm b serves BB with 10.0.0.x",
    "farm a srves A with 10.0.0.0/21 , 10.1.0.0/21",
    "farm d serves",
    "move 10.0.0.2 from a to b",
    "twin A  # lbsh: allow LB316",
    "twin AB sized large",
    "bad loudly",
    "bad  # lbsh: needs lbsh-example, odd",
    "# lbsh: needs lbsh-farm",
)
PIECES = (
    " ",
    "x",
    "A",
    "a",
    "b",
    "0",
    ".",
    ",",
    "#",
    '"',
    "\n",
    "\r",
    "\r\n",
    " to a",
    " for A",
    "1",
    "\ufeff",
    "\N{PILE OF POO}",
)


class Change(NamedTuple):
    """A document, a place in it as a share of its lines and columns, the size of the deleted part, and the inserted text."""

    file: str
    place: float
    column: float
    gone: int
    text: str


def whole_lines(most: int) -> st.SearchStrategy[str]:
    """Some of the lines, in an order in which they make sense."""
    ranks = st.lists(st.integers(0, len(LINES) - 1), max_size=most, unique=True)
    return ranks.map(lambda ranks: "\n".join(LINES[rank] for rank in sorted(ranks)))


TEXTS = st.tuples(whole_lines(40), whole_lines(6), whole_lines(6))
CHANGES = st.builds(
    Change,
    st.sampled_from((*FILES, "site.lb", "site.lb")),
    st.floats(0, 1),
    st.floats(0, 1),
    st.integers(0, 4),
    st.one_of(
        st.sampled_from(PIECES),
        st.sampled_from(LINES).map(lambda line: line + "\n"),
        st.sampled_from(LINES).map(lambda line: line + "\n"),
        whole_lines(4).map(lambda text: text + "\n"),
    ),
)
BACKENDS: tuple[Backend, ...] = tuple(load_backend(name) for name in installed())


def region_of(change: Change, document: Document) -> Region:
    """The replaced region of a change: a few characters of one line, or whole lines, or nothing."""
    line = min(int(change.place * len(document.lines)), len(document.lines) - 1)
    column = int(change.column * len(document.lines[line]))
    if change.gone <= 1:
        return Region(Position(line, column), Position(line, column + change.gone))
    return Region(Position(line, 0), Position(line + change.gone - 1, 0))


def fresh(
    documents: dict[str, Document], backend: Backend | None, checks: Checks = ALL_CHECKS
) -> dict[str, list[Diagnostic]]:
    """The findings of each document in a batch check; without a backend, also what none of them can express."""

    def load(path: str, source: Source) -> Source | str:
        return documents[path].source() if path in documents else "no such file"

    resolution = Resolution(read_script(documents["site.lb"].source(), load, documents["site.lb"].language))
    found: dict[str, list[Diagnostic]] = {name: [] for name in documents}
    chosen = backend or (AnyBackend(BACKENDS) if may_exceed_all(resolution) else None)
    for one in check_script(Context(resolution, chosen, None, BACKENDS if chosen else ()), checks):
        found[one.span.source.name].append(one)
    return found


Place = tuple[str, Position, Position]


class Told(NamedTuple):
    """All parts of a finding, spans by the names of their sources."""

    code: Code
    severity: Severity
    message: str
    place: Place
    labels: list[tuple[Place, str]]
    help: tuple[str, ...]
    fixes: list[tuple[str, Applicability, list[tuple[Place, str]]]]


def told(found: list[Diagnostic]) -> list[Told]:
    def place(span: Span) -> Place:
        return span.source.name, span.start, span.end

    return [
        Told(
            one.code,
            one.severity,
            one.message,
            place(one.span),
            [(place(label.span), label.message) for label in one.labels],
            one.help,
            [
                (fix.title, fix.applicability, [(place(edit.span), edit.text) for edit in fix.edits])
                for fix in one.fixes
            ],
        )
        for one in found
    ]


@settings(max_examples=600, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(
    language=st.sampled_from([LBSH, WITH_FARM, WITH_ALL]),
    texts=TEXTS,
    steps=st.lists(st.lists(CHANGES, min_size=1, max_size=3), max_size=6),
    backend=st.sampled_from([None, *BACKENDS]),
)
def test_edits_lead_to_what_a_fresh_analysis_says(
    language: Lbsh, texts: tuple[str, ...], steps: list[list[Change]], backend: Backend | None
) -> None:
    parser = LineParser(language)
    documents = {name: Document(name, name, text, parser) for name, text in zip(FILES, texts, strict=True)}
    session = Session(documents["site.lb"], lambda path, includer: documents.get(path, "no such file"), BACKENDS)
    session.choose(backend, None)
    agree(session, documents, backend)
    for step in steps:
        for change in step:
            document = documents[change.file]
            part = change.file in session.documents
            splice = document.edit(region_of(change, document), change.text)
            if part:
                session.splice(document, splice)
        agree(session, documents, backend)


EVERYWHERE = (
    "service A is 203.0.113.10 tcp 80 sticky",
    "service B is 203.0.113.11 tcp 80",
    "pool a for A",
    "pool b for B",
    "add 10.0.0.2-10.0.0.4 to a",
    "add 10.0.0.2 to b",
    "add 10.0.0.3 to b port 8080",
    "add 10.0.0.x to b",
    "remove 10.0.0.2 from b",
    "remove B",
    "drain 10.0.0.2 from b for 1h",
    "resume 10.0.0.3 in a",
    "drain 10.0.0.2",
    "drain 10.0.0.2, 10.0.0.9 keep clients",
    "drain 10.0.0.0/29 for 2h",
    "drain 10.0.0.3 port 8080",
    "resume 10.0.0.2",
    "resume 10.0.0.3-4",
)
"""Statements that name servers, and pools that have these or not."""


@settings(max_examples=300, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(
    lines=st.lists(st.sampled_from(EVERYWHERE), max_size=16),
    edits=st.lists(st.tuples(st.floats(0, 1), st.integers(0, 1), st.sampled_from(("", *EVERYWHERE))), max_size=12),
    most=st.sampled_from([1, 2, MOST]),
)
def test_so_they_do_where_statements_concern_all_pools(
    lines: list[str], edits: list[tuple[float, int, str]], most: int
) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("lbsh_lang.site.everywhere.MOST", most)
        document = Document("site.lb", "site.lb", "\n".join([*EVERYWHERE[:6], *lines, ""]), LineParser())
        session = Session(document, lambda path, includer: "no such file", BACKENDS)
        agree(session, {"site.lb": document}, None)
        for place, gone, text in edits:
            line = min(int(place * len(document.lines)), len(document.lines) - 1)
            last = min(line + gone, len(document.lines) - 1)
            region = Region(Position(line, 0), Position(last, 0))
            session.splice(document, document.edit(region, f"{text}\n" if text else ""))
            agree(session, {"site.lb": document}, None)


def agree(session: Session, documents: dict[str, Document], backend: Backend | None) -> None:
    expected = fresh(documents, backend)
    for identity, document in documents.items():
        if identity in session.documents:
            assert told(session.diagnostics(document)) == told(expected[identity])
        else:
            assert expected[identity] == []


def test_a_site_made_for_one_service_has_line_numbers() -> None:
    document = Document("x.lb", "x.lb", "\n\n".join(LINES[:12]), LineParser())
    session = Session(document, lambda path, includer: "none")
    life = session.resolution.services["A"].current
    assert life is not None
    (service,) = session.site_of(life).services
    assert service.origin.place == "x.lb:21"
    assert session.site.services[0].origin.place == "x.lb:21"


FARM = """\
interface external em0
interface internal em1
internal net 192.168.1.0/24
service A is 203.0.113.10 tcp 80
service B is 203.0.113.11 tcp 80
pool a for A
pool b for B
add 192.168.1.2 to a
add 192.168.1.3 to b
"""
LINKS = {
    "a service takes the address of a server": ("B is 203.0.113.11", "B is 192.168.1.2", ["LB302", "LB305"]),
    "a service takes the name of a pool": ("service B is", "service a is", ["LB101", "LB108", "LB311"]),
    "an `add` loses the name of its pool": ("add 192.168.1.3 to b", "add 192.168.1.3 to", ["LB001"]),
    "a pool is for a service with a similar name": ("pool b for B", "pool b for b", ["LB101"]),
    "a pool is for a service with another name": ("pool b for B", "pool b for QQ", ["LB101", "LB311"]),
    "the external interface goes": ("interface external em0", "", ["LB307"]),
    "a net goes": ("internal net 192.168.1.0/24", "internal net 192.168.2.0/24", ["LB301", "LB301"]),
    "a server joins another pool": ("add 192.168.1.3 to b", "add 192.168.1.2 to b", []),
    "a pool serves another service too": ("pool a for A", "pool a for A, B", ["LB106"]),
    "a service leaves a shared pool": ("add 192.168.1.3 to b", "remove B", ["LB316"]),
    "two services meet": ("B is 203.0.113.11", "B is 203.0.113.10", ["LB304"]),
    "a definition can be read no more": ("service B is", "servce B iss", ["LB001", "LB003"]),
}


@pytest.mark.parametrize("name", LINKS)
def test_what_is_linked_is_looked_at_again(name: str) -> None:
    """An edit with an effect elsewhere, and its undoing."""
    old, new, codes = LINKS[name]
    document = Document("site.lb", "site.lb", FARM, LineParser())
    session = Session(document, lambda path, includer: "no such file")
    assert session.diagnostics(document) == []
    line, start = next((line, text.index(old)) for line, text in enumerate(document.lines) if old in text)
    for here, there, expected in ((old, new, codes), (new, old, [])):
        region = Region(Position(line, start), Position(line, start + len(here)))
        session.splice(document, document.edit(region, there))
        assert sorted(one.code for one in session.diagnostics(document)) == expected
        agree(session, {"site.lb": document}, None)


def test_pools_that_go_hide_no_others() -> None:
    """A pool is removed, and a service takes the address of a server of another pool."""
    document = Document("site.lb", "site.lb", FARM + "pool c for C\n", LineParser())
    session = Session(document, lambda path, includer: "no such file")
    assert [one.code for one in session.diagnostics(document)] == ["LB101"]
    line = document.lines.index("service A is 203.0.113.10 tcp 80")
    session.splice(document, document.edit(Region(Position(9, 0), Position(10, 0)), ""))
    session.splice(document, document.edit(Region(Position(line, 13), Position(line, 25)), "192.168.1.3"))
    assert [one.code for one in session.diagnostics(document)] == ["LB305", "LB302"]


@pytest.mark.parametrize(
    ("line", "codes"),
    [
        ('include "a.lb"', []),
        ('include "a.lb" # why', []),
        ('include "aa.lb"', ["LB004"]),
        ('include "a', ["LB001"]),
    ],
)
def test_typing_in_an_include_reads_again_only_what_changes(line: str, codes: list[str]) -> None:
    parser = LineParser()
    texts = {"site.lb": FARM + 'include "a.lb"\n', "a.lb": "add 192.168.1.4 to b\n"}
    documents = {name: Document(name, name, text, parser) for name, text in texts.items()}
    session = Session(documents["site.lb"], lambda path, includer: documents.get(path, "no such file"))
    main = documents["site.lb"]
    before = session.resolution
    for text in (line, 'include "a.lb"', line):
        region = Region(Position(9, 0), Position(9, len(main.lines[9])))
        session.splice(main, main.edit(region, text))
        agree(session, documents, None)
    assert [one.code for one in session.diagnostics(main)] == codes
    assert (session.resolution is before) is (not codes)


BEYOND = {
    "an algorithm": ("pool b for B", "pool b for B balance least-connections"),
    "an alias": ("interface internal em1", "interface internal em1:0"),
}


@pytest.mark.parametrize("name", BEYOND)
def test_what_no_installed_backend_can_express_is_found_without_a_choice(name: str) -> None:
    old, new = BEYOND[name]
    document = Document("site.lb", "site.lb", FARM, LineParser())
    session = Session(document, lambda path, includer: "no such file", BACKENDS)
    line = FARM.splitlines().index(next(one for one in FARM.splitlines() if one.startswith(old)))

    def codes_with(text: str) -> list[str]:
        region = Region(Position(line, 0), Position(line, len(document.lines[line])))
        session.splice(document, document.edit(region, text))
        return [one.code for one in session.diagnostics(document) if one.code == "LB401"]

    assert [codes_with(text) for text in (new, old, new)] == [["LB401"], [], ["LB401"]]
    session.choose(BACKENDS[0], None)
    (found,) = [one for one in session.diagnostics(document) if one.code == "LB401"]
    assert found.message.startswith(BACKENDS[0].name)
    session.choose(None, None)
    (found,) = [one for one in session.diagnostics(document) if one.code == "LB401"]
    assert found.message.startswith("no installed backend can express: ")


class OnceFaulty(PfBackend):
    """A plug-in's backend that fails the first time."""

    asked = False

    def renames(self, site: Site, name: str = "") -> Iterable[Rename]:
        if not OnceFaulty.asked:
            OnceFaulty.asked = True
            raise RuntimeError("not today")
        return super().renames(site, name)


def test_a_fault_of_ours_is_not_built_on() -> None:
    """After an exception the next question gets a correct answer, not a half-changed state."""
    text = FARM.replace("pool b for B", "pool b for B balance least-connections").replace("to b", "to b weight 2")
    document = Document("site.lb", "site.lb", text + "add 192.168.1.4 to b\n", LineParser())
    session = Session(document, lambda path, includer: "no such file", BACKENDS)
    session.choose(OnceFaulty(), None)
    with pytest.raises(RuntimeError):
        session.diagnostics(document)
    agree(session, {"site.lb": document}, PfBackend())
    assert {one.code for one in session.diagnostics(document)} == {"LB401"}
