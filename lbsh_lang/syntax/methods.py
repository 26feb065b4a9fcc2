"""The probe methods that a script may name, and the values of their options."""

from __future__ import annotations

import re
from typing import assert_never

from lbsh_lang.probes.base import QUOTED, Method, OptionKind
from lbsh_lang.probes.filters import FilterError, parse_filter
from lbsh_lang.probes.registry import BUILT_IN, Methods
from lbsh_lang.syntax import lowering
from lbsh_lang.syntax.automaton import AUTOMATON

METHODS = Methods(AUTOMATON.reserved)
"""All probe methods, including those of plug-ins."""

DEFAULT_EVERY, DEFAULT_TIMEOUT, DEFAULT_RISE, DEFAULT_FALL = 3000, 1000, 1, 1
"""The defaults of a probe; times in milliseconds."""

SWITCHES = tuple(lowering.SWITCHES)

RECORD_TYPES = ("A", "AAAA", "CNAME", "MX", "NS", "PTR", "SOA", "SRV", "TXT")

RESPONSE_CODES = ("NOERROR", "FORMERR", "SERVFAIL", "NXDOMAIN", "NOTIMP", "REFUSED")

_PATH = re.compile(r"/[!-~]{0,2000}")
_WORD = r"[A-Za-z0-9_](?:[A-Za-z0-9_-]{0,61}[A-Za-z0-9_])?"
_HOST = re.compile(rf"(?=.{{1,253}}\Z){_WORD}(?:\.{_WORD})*")
_PORT = re.compile(r":[0-9]{1,5}\Z")
_ADDRESS_6 = re.compile(r"\[[0-9A-Fa-f:.]{2,45}\]")
_LABEL = re.compile(r"[A-Za-z0-9_*/-]{1,63}")
_STATUSES = re.compile(r"([1-5][0-9]{2})(?:-([1-5][0-9]{2}))?")


def method_at(port: int) -> Method | None:
    """The built-in method of the protocol that servers usually speak on a port."""
    return next((METHODS[name] for name in BUILT_IN if port in METHODS[name].usual_ports), None)


def is_of_kind(kind: OptionKind, text: str, value: str) -> bool:
    """Whether a word is a value of this kind; `value` is what it means, without quotes if it has any."""
    if kind in QUOTED | {OptionKind.FILE} and not text.startswith('"'):
        return False
    match kind:
        case OptionKind.STATUSES:
            match = _STATUSES.fullmatch(text)
            return match is not None and (match[2] is None or match[1] <= match[2])
        case OptionKind.SWITCH:
            return text in SWITCHES
        case OptionKind.RECORD:
            return text in RECORD_TYPES
        case OptionKind.CODE:
            return text in RESPONSE_CODES
        case OptionKind.PATH:
            return _PATH.fullmatch(value) is not None
        case OptionKind.HOST:
            return _HOST.fullmatch(value) is not None
        case OptionKind.SITE:
            host = _PORT.sub("", value)
            return _HOST.fullmatch(host) is not None or _ADDRESS_6.fullmatch(host) is not None
        case OptionKind.DOMAIN:
            return _is_domain(value)
        case OptionKind.FILTER:
            return _is_filter(value)
        case OptionKind.TEXT | OptionKind.FILE:
            return True
        case _:
            assert_never(kind)


def _is_domain(text: str) -> bool:
    """Whether a text is a name of DNS (RFC 1035): the root, or labels of at most 63 printable characters."""
    if text == ".":
        return True
    labels = text.removesuffix(".").split(".")
    return len(text) <= 253 and all(_LABEL.fullmatch(label) for label in labels)


def _is_filter(text: str) -> bool:
    try:
        parse_filter(text)
    except FilterError:
        return False
    return True
