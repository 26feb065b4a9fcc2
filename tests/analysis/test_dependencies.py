"""A session recomputes the findings of a check when any value that the check reads in its context changes.

Each test check shows one field of one context: a field of a view by its value, a function by its answers to the questions in
`PROBES`. There is a test check for every field, so that a new field is tested from the start, and a new function fails until
it has a probe. One script goes through every kind of edit, and after each edit the findings of the session must be those of
a fresh analysis. Sessions without a field or a dependency show that the edits would find such a fault.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from enum import Enum
from itertools import chain
from typing import NamedTuple, get_type_hints

import pytest

from lbsh_lang.analysis.live.context import LiveContext
from lbsh_lang.analysis.live.documents import Document, Splice
from lbsh_lang.analysis.live.incremental import Analysis
from lbsh_lang.analysis.live.regions import Region
from lbsh_lang.analysis.live.session import Session
from lbsh_lang.checks import faults
from lbsh_lang.checks.base import INFORMATION, AnyCheck, Check, Finding, Findings
from lbsh_lang.checks.context import Context
from lbsh_lang.checks.keys import AddressKey
from lbsh_lang.checks.scopes import DEVICE, FAULT, POOL, SERVICE, Checks, sorted_by_kind
from lbsh_lang.checks.views import (
    DeviceContext,
    DeviceOfPools,
    DeviceOfServices,
    FaultContext,
    PoolContext,
    ServiceContext,
    ServicesOfDevice,
)
from lbsh_lang.codes import Code
from lbsh_lang.diagnostics import Diagnostic, Label
from lbsh_lang.site.device import AnyGiven, DeviceState, Given
from lbsh_lang.site.faults import Fault, code_of
from lbsh_lang.site.pool_lives import PoolLife
from lbsh_lang.site.script import AnyFound, Found
from lbsh_lang.site.services import ServiceLife
from lbsh_lang.source import Position
from lbsh_lang.syntax.language import Lbsh
from lbsh_lang.syntax.nodes import AddStatement, PoolStatement, ProbeStatement
from lbsh_lang.syntax.parser import LineParser
from lbsh_lang.syntax.statement import Node, Stated, Statement
from lbsh_lang.values import Address
from tests.analysis.test_session import LINES, Told, fresh, told
from tests.profiles import is_gate, sample_of

# The output of a test check

NAMES = ("A", "B", "AB", "a", "b", "ab", "c", "SERVER")
FORMS: tuple[type[Statement], ...] = (PoolStatement, ProbeStatement, AddStatement)


def shown(value: object) -> Iterator[str | Label]:
    """The texts in a value, and the places that it shows."""
    match value:
        case Given():
            yield str(value.value)
            yield Label(value.at.span(value.token), "given here")
        case Stated():
            yield Label(value.span(None), type(value.node).__name__)
        case ServiceLife():
            yield from shown((value.defined, value.pool, value.probe, value.removed))
        case PoolLife():
            yield from shown((value.defined, value.service, list(value.members.items())))
        case Mapping():
            yield from shown(sorted(value.items()))
        case Lbsh():  # the same for the life of a session
            yield from sorted(value.extensions)
        case frozenset():
            yield from sorted(str(one) for one in value)
        case tuple() | list():
            for one in value:
                yield from shown(one)
        case None | bool() | int() | str() | Enum():
            yield str(value)
        case _:
            raise AssertionError(f"nothing is known of how to show {value!r}: a function needs a probe")


def missed(context: ServiceContext | PoolContext | FaultContext, names: Iterable[str]) -> list[bool]:
    return [context.missed(form, name) for form in FORMS for name in names]


def no_names(context: object, subject: object) -> object:
    raise AssertionError("never asked")


class Probe(NamedTuple):
    """The calls of a context's function, given the subject of a check."""

    service: Callable[[ServiceContext, ServiceLife], object] = no_names
    pool: Callable[[PoolContext, PoolLife], object] = no_names
    device: Callable[[DeviceContext, DeviceState], object] = no_names
    fault: Callable[[FaultContext, AnyFound], object] = no_names


def word_of(found: AnyFound) -> str:
    return found.fault.token.text


PROBES = {
    "missed": Probe(
        service=lambda context, life: missed(context, NAMES),
        pool=lambda context, life: missed(context, NAMES),
        fault=lambda context, found: missed(context, [word_of(found), *NAMES]),
    ),
    "missed_server": Probe(fault=lambda context, found: context.missed_server()),
    "service_named": Probe(pool=lambda context, life: [context.service_named(name) for name in NAMES]),
    "pool_used": Probe(
        device=lambda context, device: [
            context.pool_used(name, given.at.rank) for given in device.sources for name in NAMES
        ]
    ),
    "services_among": Probe(pool=lambda context, life: context.services_among(life)),
    "faults_at": Probe(fault=lambda context, found: [code_of(one) for one in context.faults_at(found.at)]),
    "near_service": Probe(fault=lambda context, found: [context.near_service(one) for one in (word_of(found), "AA")]),
    "near_pool": Probe(fault=lambda context, found: [context.near_pool(one) for one in (word_of(found), "abb")]),
    "needed": Probe(fault=lambda context, found: context.needed()),
    "unread": Probe(fault=lambda context, found: [context.unread(found.at, one) for one in (word_of(found), "AA")]),
}


# The test checks


def paths(context: type) -> Iterator[tuple[str, ...]]:
    """The fields of a context; for a view in it, each field by itself."""
    for name, kind in get_type_hints(context).items():
        if hasattr(kind, "_fields"):
            yield from ((name, *path) for path in paths(kind))
        else:
            yield (name,)


def value_at(path: tuple[str, ...], context: object) -> object:
    for name in path:
        context = getattr(context, name)
    return context


def finding(at: Stated[Node], path: tuple[str, ...], value: object) -> Finding:
    parts = list(shown(value))
    words = [part for part in parts if isinstance(part, str)]
    labels = tuple(part for part in parts if isinstance(part, Label))
    return Finding(at, None, f"{'.'.join(path)}: {' '.join(words)}", labels)


def of_service(path: tuple[str, ...]) -> AnyCheck:
    probe = PROBES.get(path[-1])

    @SERVICE.check(Code.LB701, INFORMATION, "test", met_by=())
    def check(life: ServiceLife, context: ServiceContext) -> Findings:
        value = probe.service(context, life) if probe is not None else value_at(path, context)
        yield finding(life.defined, path, value)

    return check


def of_pool(path: tuple[str, ...]) -> AnyCheck:
    probe = PROBES.get(path[-1])

    @POOL.check(Code.LB701, INFORMATION, "test", met_by=())
    def check(life: PoolLife, context: PoolContext) -> Findings:
        value = probe.pool(context, life) if probe is not None else value_at(path, context)
        yield finding(life.defined, path, value)

    return check


def of_device(path: tuple[str, ...]) -> AnyCheck:
    probe = PROBES.get(path[-1])

    @DEVICE.check(Code.LB701, INFORMATION, "test", met_by=())
    def check(device: DeviceState, context: DeviceContext) -> Findings:
        every: list[AnyGiven] = [*device.external, *device.internal, *device.internal_nets]
        given = next(iter(every), None)
        if given is not None:
            value = probe.device(context, device) if probe is not None else value_at(path, context)
            yield finding(given.at, path, value)

    return check


def of_fault(path: tuple[str, ...]) -> Check[Found[Fault], FaultContext]:
    probe = PROBES.get(path[-1])

    @FAULT.check(Code.LB701, INFORMATION, "test", met_by=())
    def check(found: Found[Fault], context: FaultContext) -> Findings:
        value = probe.fault(context, found) if probe is not None else value_at(path, context)
        yield finding(found.at, path, value)

    return check


class FieldChecks(NamedTuple):
    """The test checks of some fields. Those of faults are not listed: each class of fault leads to its own."""

    listed: Checks
    of_faults: tuple[Check[Found[Fault], FaultContext], ...]

    def find(self, found: AnyFound, context: FaultContext) -> list[Diagnostic]:
        """The findings of test checks about a fault, in place of those of `faults.find`."""
        return [one for check in self.of_faults for one in check.diagnose(found, context)]


CONTEXTS = (ServiceContext, PoolContext, DeviceContext, FaultContext)
PATHS = tuple(dict.fromkeys(path for context in CONTEXTS for path in paths(context)))


def checks_of(chosen: Collection[tuple[str, ...]]) -> FieldChecks:
    """The test checks of these fields, in all contexts with them."""
    listed = [
        *[of_service(path) for path in paths(ServiceContext) if path in chosen],
        *[of_pool(path) for path in paths(PoolContext) if path in chosen],
        *[of_device(path) for path in paths(DeviceContext) if path in chosen],
    ]
    return FieldChecks(sorted_by_kind(listed), tuple(of_fault(path) for path in paths(FaultContext) if path in chosen))


# Edits

SITE = """\
interface external em0
interface internal em1
internal net 10.0.0.0/8
internal net 192.168.1.0/24
internal gw 192.168.1.1
external net 203.0.113.0/24
external addr 203.0.113.2
service A is 203.0.113.10 tcp 80 reflect
service B is 203.0.113.11 udp 53
service C is 2001:db8::1 tcp 25
include "a.lb"
external addr 203.0.113.3 for ab
failover device gw1
failover device gw2 skew 0
failover sync em2
failover password file "/x"
probe A with tcp
add 10.0.0.x to b
status A
pool b for BB
"""
INCLUDED = """\
pool a for A
pool ab for B
add 10.0.0.2-10.0.0.9 to a weight 2
add 192.168.1.2 to ab
drain 10.0.0.2 from a
resume 10.0.0.2 in a
remove 10.0.0.3 from a
drain 10.0.0.77 from ab
"""
MORE_LINES = (
    "service A is 10.0.0.2 tcp 80",
    "service a is 203.0.113.14 tcp 80",
    "service C is 192.168.1.2 tcp 25",
    "service BB is 2001:db8::2 tcp 25",
    "internal gw fd00::1",
    "internal gw 10.0.0.2",
    "external net 198.51.100.0/24",
    "external addr 203.0.113.3 for ab, 10.0.0.2",
    "external net 2001:db8::/64",
    "external net 203.0.113.0/2x",
    "interface internl em3",
    "failover sync em3",
    "failover watch 203.0.113.9",
    'failover key file "/k"',
    "failover device gw3",
    'failover password file "/y"',
    "save",
    "remove 10.0.0.4 from a",
)
FORMS_OF_LINES = (*LINES, *MORE_LINES)


class Edit(NamedTuple):
    """A replacement of lines, from one number up to another, by a text; and its undoing."""

    file: str
    first: int
    stop: int
    text: str


def edits() -> Iterator[tuple[Edit, Edit]]:
    """Every kind of edit, each with its undoing."""
    for file, text in (("site.lb", SITE), ("a.lb", INCLUDED)):
        lines = text.splitlines()
        for line in FORMS_OF_LINES:
            for place in (0, len(lines)):
                end = place + len(line.splitlines())
                yield Edit(file, place, place, line + "\n"), Edit(file, place, end, "")
        for number, line in enumerate(lines):
            yield Edit(file, number, number + 1, ""), Edit(file, number, number, line + "\n")
            for other in FORMS_OF_LINES:
                if other.split()[:1] == line.split()[:1]:
                    undoing = Edit(file, number, number + 1, line + "\n")
                    yield Edit(file, number, number + 1, other + "\n"), undoing


EDITS = tuple(edits())


def documents_of_site() -> dict[str, Document]:
    parser = LineParser()
    texts = {"site.lb": SITE, "a.lb": INCLUDED, "b.lb": "pool c for C\n"}
    return {name: Document(name, name, text, parser) for name, text in texts.items()}


def make(edit: Edit, document: Document) -> Splice:
    return document.edit(Region(Position(edit.first, 0), Position(edit.stop, 0)), edit.text)


class Expected:
    """The findings of a fresh analysis of documents, with all test checks. It keeps them: every other edit undoes one."""

    def __init__(self) -> None:
        self._checks = checks_of(PATHS)
        self._known: dict[tuple[str, ...], dict[str, list[Told]]] = {}

    def of(self, documents: dict[str, Document]) -> dict[str, list[Told]]:
        texts = tuple(document.text for document in documents.values())
        if texts not in self._known:
            with pytest.MonkeyPatch.context() as patch:
                patch.setattr(faults, "find", self._checks.find)
                analysed = fresh(documents, None, self._checks.listed)
            self._known[texts] = {name: told(diagnostics) for name, diagnostics in analysed.items()}
        return self._known[texts]


@pytest.fixture(scope="module")
def expected() -> Expected:
    return Expected()


@pytest.fixture(scope="module")
def tried() -> Sequence[tuple[Edit, Edit]]:
    """Edits, in the quick profile some of them, others each time."""
    return EDITS if is_gate() else random.sample(EDITS, sample_of(len(EDITS)))


def disagreement(
    chosen: Collection[tuple[str, ...]], expected: Expected, tried: Sequence[tuple[Edit, Edit]] = EDITS
) -> str | None:
    """The first edit after which a session and a fresh analysis differ in some fields."""
    checks, documents = checks_of(chosen), documents_of_site()
    starts = tuple(f"{'.'.join(path)}: " for path in chosen)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(faults, "find", checks.find)
        session = Session(documents["site.lb"], lambda path, _: documents.get(path, "no such file"), (), checks.listed)
        for edit in chain.from_iterable(tried):
            part = edit.file in session.documents
            splice = make(edit, documents[edit.file])
            if part:
                session.splice(documents[edit.file], splice)
            fresh_ones = expected.of(documents)
            for name in session.documents:
                wanted = [one for one in fresh_ones[name] if one.message.startswith(starts)]
                found = told(session.diagnostics(documents[name]))
                if [one for one in found if one.message.startswith(starts)] != wanted:
                    return f"in {name} after {edit}"
    return None


FUNCTIONS = [path for path in PATHS if path[-1] in PROBES]
VALUES = [path for path in PATHS if path[-1] not in PROBES]


@pytest.mark.parametrize("chosen", [VALUES, *[[path] for path in FUNCTIONS]], ids=["views", *map(".".join, FUNCTIONS)])
def test_what_checks_read_is_recomputed(
    chosen: list[tuple[str, ...]], expected: Expected, tried: Sequence[tuple[Edit, Edit]]
) -> None:
    """Each function is tested alone: the dependencies of one would have the findings of another recomputed, too."""
    assert disagreement(chosen, expected, tried) is None


VIEWS: tuple[type, ...] = (DeviceOfServices, DeviceOfPools, ServicesOfDevice)
FIELDS = [(view, field) for view in VIEWS for field in get_type_hints(view)]


@pytest.mark.sampled
@pytest.mark.parametrize(("view", "field"), FIELDS, ids=[f"{view.__name__}.{field}" for view, field in FIELDS])
def test_a_field_that_is_not_compared_is_noticed(
    view: type, field: str, expected: Expected, monkeypatch: pytest.MonkeyPatch
) -> None:
    compared = [name for name in get_type_hints(view) if name != field]

    def differ(one: object, other: object) -> bool:
        return any(getattr(one, name) != getattr(other, name) for name in compared)

    monkeypatch.setattr(view, "__ne__", differ, raising=False)
    assert disagreement(VALUES, expected) is not None


UNTRACKED: dict[str, Callable[..., object]] = {
    "missed": Context.missed,
    "service_named": Context.service_named,
    "pool_used": Context.pool_used,
    "unread": Context.unread,
    "needed": LiveContext.look_up_needed,
    "near_service": lambda context, word: context._live_service_names.look_up(word),
    "near_pool": lambda context, word: context._live_pool_names.look_up(word),
}


@pytest.mark.sampled
@pytest.mark.parametrize("function", UNTRACKED)
def test_a_dependency_that_is_not_recorded_is_noticed(
    function: str, expected: Expected, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(LiveContext, function, UNTRACKED[function])
    assert disagreement([(function,)], expected) is not None


def test_pools_whose_servers_are_not_followed_are_noticed(expected: Expected, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Analysis, "_look_at_addresses", lambda analysis, addresses, pools: _note(analysis, addresses))
    assert disagreement([("services_among",)], expected) is not None


def _note(analysis: Analysis, addresses: set[Address]) -> Iterator[AddressKey]:
    for address in addresses:
        analysis.context.note_address(address)
        yield AddressKey(address)
