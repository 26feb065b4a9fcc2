"""The effect of the emitted rules for PF and for iptables on a packet, by the readers of their texts."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import NamedTuple

from tests import iptables_reader, pf_reader
from tests.agreement.claims import Meeting, Trial
from tests.agreement.topology import (
    BESIDE_GATEWAY,
    EXTERNAL,
    EXTERNAL_ADDRESS,
    FAMILIES,
    GATEWAYS,
    INTERNAL,
    SECOND,
    SERVICE_ADDRESSES,
    Family,
    entrance,
    exit_to,
    family_of,
    passes_device,
)

DEVICE = {
    EXTERNAL: tuple(one for family in FAMILIES for one in (EXTERNAL_ADDRESS[family], *SERVICE_ADDRESSES[family])),
    INTERNAL: tuple(one for family in FAMILIES for one in (GATEWAYS[family][0], BESIDE_GATEWAY[family])),
    SECOND: tuple(GATEWAYS[family][1] for family in FAMILIES),
}


class _Way(NamedTuple):
    """The effect of rules on a packet: its possible destinations with their ports, each with the source that it sees."""

    destinations: frozenset[tuple[str, int, str]]


def pf_faults(rules: pf_reader.Ruleset, trials: Sequence[Trial]) -> Iterator[tuple[Trial, str]]:
    """The differences between PF's rules and the tracer. PF needs no connections: its rules name all servers."""
    for trial in trials:
        if passes_device(trial.probe.sender, trial.probe.destination):
            source = trial.sources[0]
            found = _pf_way(rules, trial, source)
            servers: frozenset[tuple[str, int]] = frozenset() if trial.is_nobody else trial.destinations
            right = frozenset((server, port, trial.expected_source(source, server)) for server, port in servers)
            if found != _Way(right):
                told = [f"{server} port {port} seen from {seen}" for server, port, seen in sorted(found.destinations)]
                yield trial, ", ".join(told) or "nobody"


def _pf_way(rules: pf_reader.Ruleset, trial: Trial, source: str) -> _Way:
    probe = trial.probe
    servers, port, tag = frozenset([probe.destination]), probe.port, ""
    enters = entrance(probe.sender)
    if enters is not None:
        arriving = pf_reader.Packet.of(enters, "in", probe.protocol, source, probe.destination, probe.port)
        rdr = rules.rdr(arriving, DEVICE)
        if rdr is not None:
            servers = frozenset(str(one) for one in rules.servers(rdr))
            port, tag = (rdr.port_for(probe.port) if servers else probe.port), rdr.tag
    leaving = {
        one: pf_reader.Packet.of(exit_to(one) or "", "out", probe.protocol, source, one, port) for one in servers
    }
    seen = {one: _pf_source(rules, replace(packet, tag=tag)) for one, packet in leaving.items()}
    return _Way(frozenset((one, port, source) for one, source in seen.items()))


def _pf_source(rules: pf_reader.Ruleset, packet: pf_reader.Packet) -> str:
    nat = rules.nat(packet, DEVICE) if packet.interface else None
    if nat is not None and isinstance(nat.target, pf_reader.InterfaceAddresses):
        return _first_address(nat.target.name, 6 if packet.source.version == 6 else 4)
    return str(nat.target if nat is not None else packet.source)


def _first_address(interface: str, family: Family) -> str:
    return next(one for one in DEVICE[interface] if family_of(one) == family)


def iptables_faults(tables: dict[Family, iptables_reader.Nat], trials: Sequence[Trial]) -> Iterator[tuple[Trial, str]]:
    """The differences between a walk through the rules for iptables and the tracer."""
    for trial in trials:
        if passes_device(trial.probe.sender, trial.probe.destination):
            nat = tables[trial.probe.family]
            for fault in trial.faults([_walked(nat, trial, source) for source in trial.sources]):
                yield trial, fault


def read_iptables(text: str) -> dict[Family, iptables_reader.Nat]:
    tables: dict[Family, iptables_reader.Nat] = {}
    for family in FAMILIES:
        tables[family] = iptables_reader.Nat(family)
        tables[family].restore(text)
    return tables


def _walked(nat: iptables_reader.Nat, trial: Trial, source: str) -> Meeting:
    probe = trial.probe
    server, port, original, original_port = probe.destination, probe.port, "", 0
    enters = entrance(probe.sender)
    if enters is not None:
        arriving = iptables_reader.Packet(source, probe.destination, probe.protocol, probe.port, arrives=enters)
        translation = nat.prerouting(arriving).translation
        if translation is not None:
            server, port = _place(translation, probe.port)
            original, original_port = probe.destination, probe.port
    leaves = exit_to(server)
    if leaves is None:
        return Meeting(server, port, source)
    leaving = iptables_reader.Packet(
        source, server, probe.protocol, port, leaves=leaves, original=original, original_port=original_port
    )
    translation = nat.postrouting(leaving).translation
    if translation == iptables_reader.MASQUERADE:
        return Meeting(server, port, _first_address(leaves, probe.family))
    return Meeting(server, port, translation or source)


def _place(translation: str, port: int) -> tuple[str, int]:
    """An address with or without a port, in the notation of `--to-destination`."""
    if translation.startswith("["):
        address, _, number = translation[1:].partition("]:")
    elif "." in translation:
        address, _, number = translation.partition(":")
    else:
        address, number = translation, ""
    ports, _, base = number.partition("/")
    first, _, last = ports.partition("-")
    if last:  # as far from the first as the port of the request is from the base; the kernel wraps around
        return address, int(first) + (port - int(base)) % (int(last) - int(first) + 1)
    return address, int(first or port)
