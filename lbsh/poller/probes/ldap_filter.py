"""A search filter as bytes (RFC 4511, section 4.5.1.7)."""

from __future__ import annotations

from typing import assert_never

from lbsh.poller.probes.ber import encode
from lbsh_lang.probes import filters

_AND, _OR, _NOT, _SUBSTRINGS, _PRESENT, _EXTENSIBLE = 0xA0, 0xA1, 0xA2, 0xA4, 0x87, 0xA9
_COMPARISONS = {
    filters.Comparison.EQUAL: 0xA3,
    filters.Comparison.AT_LEAST: 0xA5,
    filters.Comparison.AT_MOST: 0xA6,
    filters.Comparison.LIKE: 0xA8,
}
_INITIAL, _ANY, _FINAL = 0x80, 0x81, 0x82
_OCTETS, _SEQUENCE = 0x04, 0x30


def encode_filter(found: filters.Filter) -> bytes:
    """A filter's bytes."""
    match found:
        case filters.Every(parts):
            return encode(_AND, *map(encode_filter, parts))
        case filters.Any(parts):
            return encode(_OR, *map(encode_filter, parts))
        case filters.Not(part):
            return encode(_NOT, encode_filter(part))
        case filters.Present(attribute):
            return encode(_PRESENT, attribute.encode())
        case filters.Compare(attribute, how, value):
            return encode(_COMPARISONS[how], encode(_OCTETS, attribute.encode()), encode(_OCTETS, value))
        case filters.Substrings():
            return _substrings(found)
        case filters.Extensible():
            return _extensible(found)
        case _:
            assert_never(found)


def _substrings(found: filters.Substrings) -> bytes:
    pieces = [encode(_ANY, piece) for piece in found.middle]
    if found.first:
        pieces.insert(0, encode(_INITIAL, found.first))
    if found.last:
        pieces.append(encode(_FINAL, found.last))
    return encode(_SUBSTRINGS, encode(_OCTETS, found.attribute.encode()), encode(_SEQUENCE, *pieces))


def _extensible(found: filters.Extensible) -> bytes:
    parts = []
    if found.rule:
        parts.append(encode(0x81, found.rule.encode()))
    if found.attribute:
        parts.append(encode(0x82, found.attribute.encode()))
    parts.append(encode(0x83, found.value))
    if found.of_name:
        parts.append(encode(0x84, b"\xff"))
    return encode(_EXTENSIBLE, *parts)
