"""PF's notation of families, protocols, ports and lists."""

from __future__ import annotations

from collections.abc import Iterable

from lbsh_lang.values import Family, PortRange, Protocol


def family_word(family: Family) -> str:
    return "inet" if family == 4 else "inet6"


def protocol_match(protocols: Iterable[Protocol]) -> str:
    return "proto " + list_text([protocol.value for protocol in Protocol if protocol in protocols])


def port_list(ports: Iterable[PortRange]) -> str:
    return list_text([str(port.first) if port.is_single else f"{port.first}:{port.last}" for port in ports])


def list_text(items: list[str]) -> str:
    """A single item as it is, several in braces: PF expands them to a rule for each."""
    return items[0] if len(items) == 1 else "{ " + " ".join(items) + " }"
