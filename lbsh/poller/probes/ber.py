"""Values of LDAP as bytes: the part of BER that RFC 4511, section 5.1, allows (definite lengths, one-byte tags). Bounded."""

from __future__ import annotations

from typing import NamedTuple

LARGEST = 60 * 1024
"""Bytes of a value that is read."""

INTEGER, OCTETS, ENUMERATED, BOOLEAN, SEQUENCE = 0x02, 0x04, 0x0A, 0x01, 0x30


class BerError(ValueError):
    """The bytes are no value that is allowed."""


class Value(NamedTuple):
    """A value with its tag, and the place behind it."""

    tag: int
    content: bytes
    end: int


def encode(tag: int, *contents: bytes) -> bytes:
    """A value of this tag; of a constructed one the contents are its parts."""
    content = b"".join(contents)
    size = len(content)
    if size < 0x80:
        return bytes((tag, size)) + content
    length = size.to_bytes((size.bit_length() + 7) // 8, "big")
    return bytes((tag, 0x80 | len(length))) + length + content


def encode_integer(number: int, tag: int = INTEGER) -> bytes:
    """A number that is not negative."""
    return encode(tag, number.to_bytes(number.bit_length() // 8 + 1, "big"))


def read(data: bytes, at: int = 0) -> Value | None:
    """The value at a place, None if its end is not there yet. Raises `BerError`."""
    if len(data) < at + 2:
        return None
    tag, size = data[at], data[at + 1]
    start = at + 2
    if tag & 0x1F == 0x1F:
        raise BerError("a tag of several bytes")
    if size & 0x80:
        count = size & 0x7F
        if not 1 <= count <= 4:
            raise BerError("a length of a kind that LDAP has not")
        start += count
        if len(data) < start:
            return None
        size = int.from_bytes(data[at + 2 : start], "big")
    if size > LARGEST:
        raise BerError("a value without end")
    if len(data) < start + size:
        return None
    return Value(tag, data[start : start + size], start + size)


def parts(content: bytes) -> list[Value]:
    """The parts of a constructed value. Raises `BerError`."""
    found, at = [], 0
    while at < len(content):
        value = read(content, at)
        if value is None:
            raise BerError("a value that is cut off")
        found.append(value)
        at = value.end
    return found


def integer(value: Value, tag: int = INTEGER) -> int:
    """The number that a value is. Raises `BerError`."""
    if value.tag != tag or not 1 <= len(value.content) <= 4:
        raise BerError("a number was expected")
    return int.from_bytes(value.content, "big", signed=True)
