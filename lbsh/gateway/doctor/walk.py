"""What chains of rules do to a packet of which not everything is known. Pure; knows neither nft nor iptables.

Theory of operation. A test of a rule holds, fails, or cannot be decided, since a packet stands for many packets. A chain is
walked as the kernel walks it. A verdict that is looked for (`eager`) counts as soon as some packet may meet it; any other
verdict counts only if all packets do. So "the chain drops" is said only where nothing may let the packets pass, and "a rule
translates" wherever one may.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from enum import Enum
from fnmatch import fnmatchcase
from ipaddress import IPv4Network, IPv6Network, ip_network
from typing import NamedTuple

from lbsh_lang.values import Address, Ports


class Verdict(Enum):
    """What a rule does if its tests hold."""

    ACCEPT = "accept"
    DROP = "drop"
    TRANSLATE = "translate"
    RETURN = "return"
    JUMP = "jump"
    GOTO = "goto"


class Field(Enum):
    """What a test looks at."""

    INPUT = "the interface that it came by"
    OUTPUT = "the interface that it leaves by"
    STATE = "the state of its connection"
    PROTOCOL = "its protocol"
    PORT = "its destination port"
    DESTINATION = "its destination"
    FAMILY = "its address family"
    KIND = "whether its destination is an address of the device"
    UNKNOWN = "something else"


class Test(NamedTuple):
    """A test: some of the values must be those of the packet, or none if it is negated."""

    field: Field
    values: tuple[str, ...] = ()
    is_negated: bool = False


class Rule(NamedTuple):
    """A rule; `target` is the chain of a jump, `text` the rule for people."""

    tests: tuple[Test, ...]
    verdict: Verdict
    target: str = ""
    text: str = ""


Chains = Mapping[str, Sequence[Rule]]
"""The rules of the chains of a table."""


class Base(NamedTuple):
    """A chain that the kernel calls: who keeps it (`nft`, `iptables`, `ip6tables`), its table, as `ip filter`, its name,
    type, hook and priority, its policy, and the chains of its table."""

    keeper: str
    table: str
    name: str
    kind: str
    hook: str
    priority: int
    policy: Verdict
    chains: Chains

    @property
    def family(self) -> str:
        return self.table.partition(" ")[0]


class Packet(NamedTuple):
    """Packets of one family that rules are asked about. An empty collection stands for anything."""

    family: int
    inputs: Collection[str]
    outputs: Collection[str]
    states: Collection[str]
    protocols: Collection[str]
    ports: Ports
    destinations: Collection[Address]
    is_local: bool


class Met(NamedTuple):
    """The verdict that packets meet, and the rule that has it, None for the policy."""

    verdict: Verdict
    rule: Rule | None


_DEEPEST = 16
"""Jumps in jumps, as many as the kernel allows (NFT_JUMP_STACK_SIZE)."""


def walk(base: Base, packet: Packet, eager: Verdict) -> Met:
    """What packets meet in a chain that the kernel calls."""
    return _walk(base.chains.get(base.name, ()), base.chains, packet, eager, _DEEPEST) or Met(base.policy, None)


def _walk(rules: Sequence[Rule], chains: Chains, packet: Packet, eager: Verdict, depth: int) -> Met | None:
    for rule in rules:
        holds = _all(rule.tests, packet)
        if holds is False:
            continue
        met: Met | None = Met(rule.verdict, rule)
        if rule.verdict in {Verdict.JUMP, Verdict.GOTO}:
            met = _walk(chains.get(rule.target, ()), chains, packet, eager, depth - 1) if depth else None
            if met is None and holds and rule.verdict is Verdict.GOTO:
                return None
        elif rule.verdict is Verdict.RETURN:
            if holds:
                return None
            continue
        if met is not None and (holds or met.verdict is eager):
            return met
    return None


def _all(tests: Sequence[Test], packet: Packet) -> bool | None:
    """Whether all tests hold; None if that cannot be decided."""
    found = [_one(test, packet) for test in tests]
    return False if False in found else None if None in found else True


def _one(test: Test, packet: Packet) -> bool | None:
    holds = _holds(test, packet)
    return holds if holds is None or not test.is_negated else not holds


def _holds(test: Test, packet: Packet) -> bool | None:
    match test.field:
        case Field.INPUT:
            return _names(test.values, packet.inputs)
        case Field.OUTPUT:
            return _names(test.values, packet.outputs)
        case Field.STATE:
            return any(one in test.values for one in packet.states)
        case Field.PROTOCOL:
            return _some([one in test.values for one in packet.protocols])
        case Field.PORT:
            return _ports(test.values, packet.ports)
        case Field.DESTINATION:
            return _destinations(test.values, packet.destinations)
        case Field.FAMILY:
            return str(packet.family) in test.values
        case Field.KIND:
            return packet.is_local if "local" in test.values else None
        case _:
            return None


def _some(found: Sequence[bool]) -> bool | None:
    """Whether something holds for all, for none (False), or for some."""
    return None if not found or (any(found) and not all(found)) else all(found)


def _names(patterns: Sequence[str], names: Collection[str]) -> bool | None:
    return _some([any(fnmatchcase(name, one) for one in patterns) for name in names])


def _ports(texts: Sequence[str], ports: Ports) -> bool | None:
    spans = []
    for text in texts:
        first, _, last = text.partition("-")
        if not (first.isdigit() and (last or first).isdigit()):
            return None
        spans.append((int(first), int(last or first)))
    found: list[bool] = []
    for port in ports:
        inside = any(first <= port.first and port.last <= last for first, last in spans)
        touched = any(first <= port.last and port.first <= last for first, last in spans)
        found += [True] if inside else [True, False] if touched else [False]
    return _some(found)


def _destinations(texts: Sequence[str], addresses: Collection[Address]) -> bool | None:
    try:
        nets = [ip_network(text, strict=False) for text in texts]
    except ValueError:
        return None
    return _some([any(_is_in(address, net) for net in nets) for address in addresses])


def _is_in(address: Address, net: IPv4Network | IPv6Network) -> bool:
    first, last = int(net.network_address), int(net.broadcast_address)
    return net.version == address.family and first <= address.value <= last
