"""The counters of elements in what the kernel lists of a set (nf_tables.h). Pure.

Elements of one set have one form: where key and counter lie is found out from the first, and then all are read at once.
"""

from __future__ import annotations

import struct
from collections.abc import Iterable, Iterator

from lbsh.drivers.netlink import attributes
from lbsh.poller.signs.counts import Place

_ELEMENTS, _KEY, _EXPRESSION, _EXPRESSIONS = 3, 1, 7, 11
_VALUE, _LISTED, _DATA, _PACKETS = 1, 1, 2, 2
_TO_KEY, _TO_COUNTS = (_KEY, _VALUE), ((_EXPRESSION, _DATA, _PACKETS), (_EXPRESSIONS, _LISTED, _DATA, _PACKETS))
_HEAD = struct.Struct("=HH")
_KIND = 0x3FFF
"""A type without the flags of nested and ordered ones (netlink.h)."""


def counters_in(answer: bytes) -> Iterable[tuple[Place, int]]:
    """Places with the packets counted for each, of sets of addresses and ports."""
    elements = attributes(answer).get(_ELEMENTS, b"")
    size = _size_at(elements, 0)
    form = _form(elements, 0, size)
    if form is not None and _is_of_one_form(elements, size):
        return form.iter_unpack(elements)
    return _one_by_one(elements)


def _one_by_one(elements: bytes) -> Iterator[tuple[Place, int]]:
    at = 0
    while size := _size_at(elements, at):
        form = _form(elements, at, size)
        if form is not None:
            yield form.unpack_from(elements, at)
        at += size


def _size_at(elements: bytes, at: int) -> int:
    """The bytes of the element there with its padding; 0 if there is no whole one."""
    length = _HEAD.unpack_from(elements, at)[0] if at + 4 <= len(elements) else 0
    size: int = length + -length % 4
    return size if length >= 4 and at + size <= len(elements) else 0


def _form(elements: bytes, at: int, size: int) -> struct.Struct | None:
    """How to read key and counter of the element there; None if it lacks them."""
    end = at + size
    key = _spot(elements, at + 4, end, _TO_KEY)
    counts = (_spot(elements, at + 4, end, way) for way in _TO_COUNTS)
    count = next((spot for spot in counts if spot is not None), None)
    if key is None or count is None or len(key) not in (8, 20) or len(count) != 8 or key.stop > count.start:
        return None
    return struct.Struct(f">{key.start - at}x{len(key)}s{count.start - key.stop}xQ{end - count.stop}x")


def _spot(data: bytes, at: int, end: int, kinds: tuple[int, ...]) -> range | None:
    """Where the value of a nested attribute lies."""
    while at + 4 <= end:
        length, kind = _HEAD.unpack_from(data, at)
        if length < 4 or at + length > end:
            return None
        if kind & _KIND == kinds[0]:
            return _spot(data, at + 4, at + length, kinds[1:]) if kinds[1:] else range(at + 4, at + length)
        at += length + -length % 4
    return None


def _is_of_one_form(elements: bytes, size: int) -> bool:
    """Whether all elements are as long as the first: those of a set then have the same parts."""
    count, rest = divmod(len(elements), size)
    return not rest and all(elements[at::size] == elements[at : at + 1] * count for at in (0, 1))
