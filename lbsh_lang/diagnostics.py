"""Findings about a script, as values. Knows no statement and no check; renderings live beside it, in `renderings`."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum

from lbsh_lang.codes import Code
from lbsh_lang.source import Span


class Severity(Enum):
    """The weight of a finding: only errors stop a script from becoming rules."""

    ERROR = "error"
    WARNING = "warning"
    INFORMATION = "information"


@dataclass(frozen=True, slots=True)
class Label:
    """A related place of a finding, with a few words on its part."""

    span: Span
    message: str


@dataclass(frozen=True, slots=True)
class Edit:
    """Replace what a span covers by a text."""

    span: Span
    text: str


class Applicability(Enum):
    """Whether a fix may be made without asking: it follows from the script, or guesses at its intention."""

    SAFE = "safe"
    UNSAFE = "unsafe"


@dataclass(frozen=True, slots=True)
class Fix:
    """Edits that together mend a finding."""

    title: str
    edits: tuple[Edit, ...]
    applicability: Applicability = Applicability.UNSAFE


@dataclass(frozen=True, slots=True)
class Diagnostic:
    """A finding: a stable code, a message of one line, the smallest span to edit, and help."""

    code: Code
    severity: Severity
    message: str
    span: Span
    labels: tuple[Label, ...] = ()
    help: tuple[str, ...] = ()
    fixes: tuple[Fix, ...] = ()
