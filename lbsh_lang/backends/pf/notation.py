"""How PF writes families, protocols, ports and lists."""

from __future__ import annotations

from collections.abc import Iterable

from lbsh_lang.site.model import Stated
from lbsh_lang.values import Family, PortRange, Protocol


def family_word(family: Family) -> str:
    return "inet" if family == 4 else "inet6"


def protocol_match(protocols: Iterable[Protocol]) -> str:
    return "proto " + list_text([protocol.value for protocol in Protocol if protocol in protocols])


def port_list(ports: Iterable[PortRange]) -> str:
    return list_text([str(port.first) if port.is_single else f"{port.first}:{port.last}" for port in ports])


def list_text(items: list[str]) -> str:
    """A single item as it is, several in braces: PF makes a rule of each."""
    return items[0] if len(items) == 1 else "{ " + " ".join(items) + " }"


def named(name: str, origin: Stated) -> str:
    """A name and where it was stated, safe in a comment: nothing that could end the line or join the next to it."""
    place = origin.place
    if not place.isprintable() or "\\" in place:
        place = "".join(char if char.isprintable() and char != "\\" else "?" for char in place)
    return f"{name} ({place})"
