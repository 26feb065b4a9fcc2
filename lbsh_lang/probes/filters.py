"""Search filters of LDAP as people write them, `(&(objectClass=person)(uid=a*))`: RFC 4515."""

from __future__ import annotations

import re
from enum import Enum
from typing import NamedTuple, Union

DEEPEST, LONGEST = 20, 1000


class FilterError(ValueError):
    """A text is no search filter."""


class Comparison(Enum):
    """How a value is compared."""

    EQUAL = "="
    LIKE = "~="
    AT_LEAST = ">="
    AT_MOST = "<="


class Every(NamedTuple):
    """All parts hold."""

    parts: tuple[Filter, ...]


class Any(NamedTuple):
    """One part holds."""

    parts: tuple[Filter, ...]


class Not(NamedTuple):
    """The part does not hold."""

    part: Filter


class Present(NamedTuple):
    """An entry has the attribute."""

    attribute: str


class Compare(NamedTuple):
    """A value of the attribute compares so."""

    attribute: str
    how: Comparison
    value: bytes


class Substrings(NamedTuple):
    """A value has these pieces in this order; the first and the last are empty if it may begin or end anyhow."""

    attribute: str
    first: bytes
    middle: tuple[bytes, ...]
    last: bytes


class Extensible(NamedTuple):
    """A value matches by a rule; `of_name` tells that the parts of an entry's name count as well."""

    attribute: str
    of_name: bool
    rule: str
    value: bytes


Filter = Union[Every, Any, Not, Present, Compare, Substrings, Extensible]  # noqa: UP007 -- classes above name it

_OPTION = r"(?:;[A-Za-z0-9-]+)*"
_TYPE = r"(?:[A-Za-z][A-Za-z0-9-]*|[0-9]+(?:\.[0-9]+)*)"
_ITEM = re.compile(rf"({_TYPE}{_OPTION})(=|~=|>=|<=)([^()\0]*)", re.ASCII)
_EXTENSIBLE = re.compile(rf"({_TYPE}{_OPTION})?(:dn)?(?::({_TYPE}))?:=([^()*\0]*)", re.ASCII)
_ESCAPE = re.compile(rb"\\([0-9A-Fa-f]{2})?")


def parse_filter(text: str) -> Filter:
    """The filter that a text is. Raises `FilterError`."""
    if len(text) > LONGEST:
        raise FilterError("too long")
    found, end = _filter(text, 0, DEEPEST)
    if end != len(text):
        raise FilterError("words behind it")
    return found


def _filter(text: str, at: int, depth: int) -> tuple[Filter, int]:
    """The filter in parentheses at a place, and the place behind it."""
    if text[at : at + 1] != "(":
        raise FilterError("no parenthesis")
    if depth == 0:
        raise FilterError("too deep")
    sign = text[at + 1 : at + 2]
    if sign in ("&", "|"):
        parts, end = _filters(text, at + 2, depth - 1)
        return (Every(parts) if sign == "&" else Any(parts)), _closed(text, end)
    if sign == "!":
        part, end = _filter(text, at + 2, depth - 1)
        return Not(part), _closed(text, end)
    end = text.find(")", at)
    if end < 0:
        raise FilterError("no closing parenthesis")
    return _item(text[at + 1 : end]), end + 1


def _filters(text: str, at: int, depth: int) -> tuple[tuple[Filter, ...], int]:
    found = []
    while text[at : at + 1] == "(":
        part, at = _filter(text, at, depth)
        found.append(part)
    if not found:
        raise FilterError("nothing to combine")
    return tuple(found), at


def _closed(text: str, at: int) -> int:
    if text[at : at + 1] != ")":
        raise FilterError("no closing parenthesis")
    return at + 1


def _item(text: str) -> Filter:
    match = _ITEM.fullmatch(text)
    if match is None:
        return _extensible(text)
    attribute, sign, value = match.groups()
    if "*" not in value:
        return Compare(attribute, Comparison(sign), _value(value))
    if sign != "=":
        raise FilterError("a star in an ordering")
    if value == "*":
        return Present(attribute)
    first, *middle, last = map(_value, value.split("*"))
    if not all(middle):
        raise FilterError("two stars")
    return Substrings(attribute, first, tuple(middle), last)


def _extensible(text: str) -> Filter:
    match = _EXTENSIBLE.fullmatch(text)
    if match is None or not (match[1] or match[3]):
        raise FilterError("no comparison")
    return Extensible(match[1] or "", match[2] is not None, match[3] or "", _value(match[4]))


def _value(text: str) -> bytes:
    r"""The bytes of a value, in which `\2a` is a star."""
    data = text.encode()
    if any(match[1] is None for match in _ESCAPE.finditer(data)):
        raise FilterError("a backslash without two digits")
    return _ESCAPE.sub(lambda match: bytes.fromhex(match[1].decode()), data)
