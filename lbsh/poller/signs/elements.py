"""The counters of elements in what the kernel lists of a set (nf_tables.h). Pure."""

from __future__ import annotations

import struct
from collections.abc import Iterator

from lbsh.drivers.netlink import attributes
from lbsh.poller.signs.counts import Place

_ELEMENTS, _KEY, _EXPRESSION, _EXPRESSIONS = 3, 1, 7, 11
_VALUE, _LISTED, _DATA, _PACKETS = 1, 1, 2, 2
_PORT = struct.Struct(">H")
_COUNT = struct.Struct(">Q")


def counters_in(answer: bytes) -> Iterator[tuple[Place, int]]:
    """Places with the packets counted for each, of sets of addresses and ports."""
    elements = attributes(answer).get(_ELEMENTS, b"")
    at = 0
    while at + 4 <= len(elements):
        (length,) = struct.unpack_from("=H", elements, at)
        if length < 4:
            return
        found = _counter(elements[at + 4 : at + length])
        if found is not None:
            yield found
        at += length + -length % 4


def _counter(element: bytes) -> tuple[Place, int] | None:
    parts = attributes(element)
    key = attributes(parts.get(_KEY, b"")).get(_VALUE, b"")
    expression = parts.get(_EXPRESSION) or attributes(parts.get(_EXPRESSIONS, b"")).get(_LISTED, b"")
    count = attributes(attributes(expression).get(_DATA, b"")).get(_PACKETS, b"")
    if len(key) not in (8, 20) or len(count) != 8:
        return None
    return (key[:-4], _PORT.unpack_from(key, len(key) - 4)[0]), _COUNT.unpack(count)[0]
