"""Faults between the words of one line that are right by themselves: a repeated port, an option of another method."""

from __future__ import annotations

from itertools import zip_longest

from lbsh_lang.codes import Code
from lbsh_lang.probes.base import COMMON_OPTIONS, QUOTED, Method, OptionKind
from lbsh_lang.probes.command import fault_of
from lbsh_lang.syntax.extensions import acting
from lbsh_lang.syntax.faults import (
    BadCommand,
    BadOptionValue,
    BadValue,
    Choice,
    IntervalTooShort,
    Mismatch,
    MissingArgument,
    MissingOption,
    NoArgument,
    NoPort,
    Problem,
    RepeatedPort,
    TimeoutTooLong,
    TooManyAddresses,
    UnknownOption,
    WordFault,
)
from lbsh_lang.syntax.lowering import MOST_ADDRESSES
from lbsh_lang.syntax.methods import DEFAULT_EVERY, DEFAULT_TIMEOUT, METHODS, is_of_kind
from lbsh_lang.syntax.nodes import (
    SERVICE_OPTIONS,
    AddStatement,
    ProbeStatement,
    RemoveStatement,
    ServiceStatement,
    SetServiceStatement,
    SetStatement,
    Token,
    option_word,
)
from lbsh_lang.syntax.statement import ExtensionStatement, Statement
from lbsh_lang.values import BITS, Address, PortRange
from oyster.faults import RepeatedOption
from oyster.near import NearMisses

_NO_PORT = PortRange(0, 0)
_near_method = NearMisses(METHODS)


def faults_between(node: Statement) -> list[WordFault]:
    """The faults of a statement that no single word of it shows."""
    if isinstance(node, AddStatement | RemoveStatement):  # by far the most frequent cases
        return _targets(node)
    if isinstance(node, ServiceStatement):
        return _service(node)
    if isinstance(node, SetStatement):
        return _contradictions(node.absent, {"backup": node.backup, "ramp": node.ramp})
    if isinstance(node, SetServiceStatement):
        return _contradictions(node.absent, {one.keyword: option_word(node, one) for one in SERVICE_OPTIONS})
    if isinstance(node, ExtensionStatement):
        return [fault for meant in acting(node) for fault in faults_between(meant)]
    return _probe(node) if isinstance(node, ProbeStatement) else []


def _contradictions(absent: tuple[Token[str], ...], stated: dict[str, Token[object] | None]) -> list[WordFault]:
    """The options that are taken away, but are given too, or taken away twice."""
    found: list[WordFault] = []
    for token in absent:
        first = stated.get(token.value or "")
        if first is not None:
            found.append(RepeatedOption(token, first))
        elif token.value is not None:
            stated[token.value] = token
    return found


def _service(node: ServiceStatement) -> list[WordFault]:
    return [*long_prefix(node.address and node.address.value, node.prefix), *_ports(node)]


def long_prefix(address: Address | None, prefix: Token[int] | None) -> list[WordFault]:
    """The fault of a network of clients that is longer than their addresses."""
    if address is None or prefix is None or prefix.value is None or prefix.value <= BITS[address.family]:
        return []
    return [BadValue(prefix, Problem(Code.LB206, Mismatch.COUNT, None, ("prefix length", 1, BITS[address.family])))]


def _ports(node: ServiceStatement) -> list[WordFault]:
    if len(node.ports) < 2:
        return []
    found: list[WordFault] = []
    furthest: Token[PortRange] | None = None
    for token in sorted((token for token in node.ports if token.value), key=lambda token: token.value or _NO_PORT):
        assert token.value is not None
        if furthest is not None and furthest.value is not None and furthest.value.last >= token.value.first:
            first, again = sorted((furthest, token), key=lambda one: one.start)
            found.append(RepeatedPort(again, first))
        if furthest is None or furthest.value is None or furthest.value.last < token.value.last:
            furthest = token
    return found


def _targets(node: AddStatement | RemoveStatement) -> list[WordFault]:
    if len(node.targets) < 2:  # the reader of the word bounds a single target
        return []
    total = sum(token.value.size for token in node.targets if token.value is not None)
    if total <= MOST_ADDRESSES:
        return []
    return [TooManyAddresses(node.targets[-1], total, MOST_ADDRESSES)]


def _probe(node: ProbeStatement) -> list[WordFault]:
    found = _times(node)
    if node.method is None or node.method.value is None:
        return found
    method = METHODS.get(node.method.value)
    if method is None:
        return [*found, BadValue(node.method, _unknown(node.method.text))]
    if node.port is not None and not method.has_port:
        found.append(NoPort(node.port, method.name))
    return found + _argument(node, method) + _options(node, method) + _missing(node, method)


def _unknown(name: str) -> Problem:
    """The problem of an unknown method's name."""
    refused = METHODS.refused().get(name)
    return Problem(Code.LB205, refused) if refused else Problem(Code.LB205, Choice.METHOD, _near_method.of(name))


def _times(node: ProbeStatement) -> list[WordFault]:
    every = node.every.value if node.every else DEFAULT_EVERY
    timeout = node.timeout.value if node.timeout else DEFAULT_TIMEOUT
    misspelled = {NearMisses(COMMON_OPTIONS).of(option.text) for option in node.options} - {None}
    if every is None or timeout is None or timeout < every or misspelled & {"every", "timeout"}:
        return []
    if node.timeout is None:
        assert node.every is not None  # the defaults are consistent
        return [IntervalTooShort(node.every, f"{node.every.text} timeout {max(1, every // 2)}ms")]
    return [TimeoutTooLong(node.timeout, node.every)]


def _argument(node: ProbeStatement, method: Method) -> list[WordFault]:
    assert node.method is not None
    if node.argument is not None and method.argument is None:
        return [NoArgument(node.argument, method.name)]
    if node.argument is None and method.argument is not None:
        return [MissingArgument(node.method, method.name, method.argument.phrase)]
    if method.argument is not None and method.argument.is_command:
        assert node.argument is not None
        fault = fault_of(node.argument.value) if node.argument.value is not None else None
        return [] if fault is None else [BadCommand(node.argument, fault)]
    return []


def _options(node: ProbeStatement, method: Method) -> list[WordFault]:
    found: list[WordFault] = []
    seen: dict[str, Token[str]] = {}
    for option, value in zip_longest(node.options, node.option_values):
        if option is None:
            break
        known = method.options.get(option.text)
        if option.text in seen:
            found.append(RepeatedOption(option, seen[option.text]))
        elif known is None:
            names = (*method.options, *method.common)
            found.append(UnknownOption(option, method.name, names, NearMisses(names).of(option.text)))
        elif value is not None and value.value is not None:
            found += _value(node, option, value, known.kind)
        seen.setdefault(option.text, option)
    return found


def _value(node: ProbeStatement, option: Token[str], value: Token[str], kind: OptionKind) -> list[WordFault]:
    """The fault of an option's value, or of a secret that is written in the script itself."""
    filed = any(option.start < file.start < value.start for file in node.files)
    assert value.value is not None
    if is_of_kind(kind, value.text, value.value) and filed == (kind is OptionKind.FILE):
        return []
    instead = f'"{value.text}"' if kind in QUOTED and not value.text.startswith('"') else None
    return [BadOptionValue(value, option.text, kind.value, instead)]


def _missing(node: ProbeStatement, method: Method) -> list[WordFault]:
    assert node.method is not None
    given = {option.text for option in node.options}
    meant = {NearMisses(method.options).of(name) for name in given}
    return [MissingOption(node.method, method.name, name) for name in method.required if name not in given | meant]
