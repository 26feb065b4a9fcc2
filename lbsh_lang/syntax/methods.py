"""The probe methods as data: what they take and what they fit. The parser of `probe`, its checks and the poller read it."""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import Enum

from lbsh_lang.values import Protocol


class OptionKind(Enum):
    """What the value of a probe option is, in the words of a message."""

    TEXT = "a text in quotes"
    STATUSES = "a status or a range of them such as `200-399`"
    SWITCH = "`on` or `off`"
    RECORD = "a record type such as `A`"
    FILE = "`file` and a path in quotes"


@dataclass(frozen=True, slots=True)
class Method:
    """A way to probe: the protocols of the services it fits, its options, and which of them must be given.

    `argument` says what the text right behind the method's name is, None if there is none.
    """

    name: str
    protocols: frozenset[Protocol]
    options: dict[str, OptionKind]
    required: tuple[str, ...] = ()
    argument: str | None = None


_TCP = frozenset({Protocol.TCP})
_ANY = frozenset(Protocol)
_HTTP = {
    "get": OptionKind.TEXT,
    "host": OptionKind.TEXT,
    "expect": OptionKind.STATUSES,
    "match": OptionKind.TEXT,
}

METHODS: dict[str, Method] = {
    method.name: method
    for method in (
        Method("tcp", _TCP, {}),
        Method("http", _TCP, _HTTP),
        Method("https", _TCP, {**_HTTP, "verify": OptionKind.SWITCH}),
        Method("smtp", _TCP, {"helo": OptionKind.TEXT}),
        Method("ldap", _TCP, {"base": OptionKind.TEXT, "filter": OptionKind.TEXT}),
        Method("dns", _ANY, {"query": OptionKind.TEXT, "type": OptionKind.RECORD}, ("query",)),
        Method(
            "radius",
            frozenset({Protocol.UDP}),
            {"user": OptionKind.TEXT, "secret": OptionKind.FILE},
            ("user", "secret"),
        ),
        Method("icmp", _ANY, {}),
        Method("exec", _ANY, {}, (), "the command to run"),
    )
}

DEFAULT_EVERY, DEFAULT_TIMEOUT, DEFAULT_RISE, DEFAULT_FALL = 3000, 1000, 1, 1
"""Of a probe that does not say otherwise; times in milliseconds."""

SWITCHES = ("on", "off")

RECORD_TYPES = ("A", "AAAA", "CNAME", "MX", "NS", "PTR", "SOA", "SRV", "TXT")

_STATUSES = re.compile(r"([1-5][0-9]{2})(?:-([1-5][0-9]{2}))?")


def is_of_kind(kind: OptionKind, text: str) -> bool:
    """Whether the text of a word, as written, is a value of this kind."""
    if kind is OptionKind.STATUSES:
        match = _STATUSES.fullmatch(text)
        return match is not None and (match[2] is None or match[1] <= match[2])
    if kind is OptionKind.SWITCH:
        return text in SWITCHES
    if kind is OptionKind.RECORD:
        return text in RECORD_TYPES
    return text.startswith('"')
