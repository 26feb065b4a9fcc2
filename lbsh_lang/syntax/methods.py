"""The probe methods that a script may name, and the values of their options."""

from __future__ import annotations

import re
from typing import assert_never

from lbsh_lang.probes.base import OptionKind
from lbsh_lang.probes.registry import Methods
from lbsh_lang.syntax import lowering
from lbsh_lang.syntax.automaton import AUTOMATON

METHODS = Methods(AUTOMATON.reserved)
"""All probe methods, including those of plug-ins."""

DEFAULT_EVERY, DEFAULT_TIMEOUT, DEFAULT_RISE, DEFAULT_FALL = 3000, 1000, 1, 1
"""The defaults of a probe; times in milliseconds."""

SWITCHES = tuple(lowering.SWITCHES)

RECORD_TYPES = ("A", "AAAA", "CNAME", "MX", "NS", "PTR", "SOA", "SRV", "TXT")

_STATUSES = re.compile(r"([1-5][0-9]{2})(?:-([1-5][0-9]{2}))?")


def is_of_kind(kind: OptionKind, text: str) -> bool:
    """Whether the text of a word is a value of this kind."""
    match kind:
        case OptionKind.STATUSES:
            match = _STATUSES.fullmatch(text)
            return match is not None and (match[2] is None or match[1] <= match[2])
        case OptionKind.SWITCH:
            return text in SWITCHES
        case OptionKind.RECORD:
            return text in RECORD_TYPES
        case OptionKind.TEXT | OptionKind.FILE:
            return text.startswith('"')
        case _:
            assert_never(kind)
