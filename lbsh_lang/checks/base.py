"""The class of checks: a code with its properties, and the function that finds it. Knows no single check."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from enum import Enum
from typing import Generic, Never, TypeVar, cast, get_args

from lbsh_lang.codes import Code
from lbsh_lang.diagnostics import Applicability, Diagnostic, Edit, Fix, Label, Severity
from lbsh_lang.docstrings import docstring_of
from lbsh_lang.site.script import AnyFound
from lbsh_lang.syntax.nodes import ENTITIES, BuiltIn, Token
from lbsh_lang.syntax.statement import Meant, Node, Stated
from lbsh_lang.syntax.terminals import NameKind, Role
from oyster.words import split_words

ERROR, WARNING, INFORMATION = Severity.ERROR, Severity.WARNING, Severity.INFORMATION

MOST_LABELS = 2
"""The most places of one kind that a finding shows; more of them would hide it."""


@dataclass(frozen=True, slots=True)
class Finding:
    """The result of a check: the diagnostic without its code and severity."""

    at: Stated[Node]
    token: Token[object] | None
    message: str
    labels: tuple[Label, ...] = ()
    help: tuple[str, ...] = ()
    fixes: tuple[Fix, ...] = ()


class Over(Enum):
    """The kind of subject that a check gets."""

    FAULT = "a fault that parsing or resolving found"
    SERVICE = "a service that the script leaves behind"
    POOL = "a pool that is defined when the script ends"
    ADDRESS = "the services of one address"
    DEVICE = "what the script says of the device"
    STATEMENT = "a statement for the shell"
    MACHINE = "a service, and what is installed on this machine"
    BACKEND = "the site and a backend that is to render it"
    COMMENT = "a comment that allows a finding"
    FILTER = "the answer of the packet filter's own program"
    LISTS = "an address in the lists for the device"


Findings = Iterable[Finding]

MetBy = tuple[type[BuiltIn], ...]
"""Statements, by the classes of their nodes."""

ANY_LINE: MetBy = get_args(BuiltIn)
"""All statements: for what is found at any line, even at one that is no statement."""


def users_of(*kinds: NameKind) -> MetBy:
    """The statements that use a name of these kinds, of a service or a pool, or end what has it."""
    return tuple(
        node
        for node, named in ENTITIES.items()
        if any(one.kind in kinds and one.role is not Role.DEFINES for one in named)
    )


Subject_contra = TypeVar("Subject_contra", contravariant=True)
Context_contra = TypeVar("Context_contra", contravariant=True)
Subject = TypeVar("Subject")
OwnContext = TypeVar("OwnContext")


@dataclass(frozen=True, slots=True)
class Check(Generic[Subject_contra, Context_contra]):
    """A diagnostic code with its properties, and the function that finds it in a subject.

    A code may be found in several kinds of subject. One of its checks holds the page; the others are its parts.
    """

    code: Code
    severity: Severity
    title: str
    """The problem in a few words."""
    over: Over
    run: Callable[[Subject_contra, Context_contra], Findings]
    of_absence: bool
    """Whether it finds that something is missing, which may be in an included file that cannot be read."""
    idle: bool
    """Whether it finds statements without effect, which an editor fades out."""
    met_by: MetBy
    """The statements at which it can be found."""
    part: bool
    """Whether the page of the code stands at another check."""

    @property
    def page(self) -> str:
        """The docstring of the function: the fault, its reason, a failing and a mended example."""
        return docstring_of(self.run)

    def render_page(self) -> str:
        """The page that explains the code, as text with a last line end."""
        return f"{self.code}: {self.title} ({self.severity.value})\n\n{self.page}\n"

    def diagnose(self, subject: Subject_contra, context: Context_contra) -> list[Diagnostic]:
        """The diagnostics of a subject."""
        return [self.report(finding) for finding in self.run(subject, context)]

    def report(self, finding: Finding) -> Diagnostic:
        span, fixes = finding.at.span(finding.token), finding.fixes
        if isinstance(finding.at, Meant):  # its line also has other facts, and must not be deleted
            fixes = tuple(fix for fix in fixes if all(edit.text for edit in fix.edits))
        return Diagnostic(self.code, self.severity, finding.message, span, finding.labels, finding.help, fixes)


AnyCheck = Check[Never, Never]
"""A check of any subject: it has its properties, but cannot be run before its scope is known."""


def part(
    whole: AnyCheck, over: Over, run: Callable[[Subject, OwnContext], Findings], met_by: MetBy
) -> Check[Subject, OwnContext]:
    """A further check of the code of another, in subjects of another kind."""
    return Check(whole.code, whole.severity, whole.title, over, run, whole.of_absence, whole.idle, met_by, part=True)


class Scope(Generic[Subject, OwnContext]):
    """A kind of check: the subject of its checks, and their context. The instances stand in `scopes`."""

    def __init__(self, over: Over) -> None:
        self.over = over

    def check(
        self, code: Code, severity: Severity, title: str, *, met_by: MetBy, of_absence: bool = False, idle: bool = False
    ) -> Callable[[Callable[[Subject, OwnContext], Findings]], Check[Subject, OwnContext]]:
        """Makes a function the check of a code; its docstring is the page of that code."""
        return lambda run: Check(code, severity, title, self.over, run, of_absence, idle, met_by, part=False)

    def part_of(
        self, whole: AnyCheck, met_by: MetBy
    ) -> Callable[[Callable[[Subject, OwnContext], Findings]], Check[Subject, OwnContext]]:
        """Makes a function one more check of a code that is found in subjects of another kind too."""
        return lambda run: part(whole, self.over, run, met_by)

    def among(self, checks: Iterable[AnyCheck]) -> tuple[Check[Subject, OwnContext], ...]:
        """The checks of this kind among others. Only `check` and `part_of` of a scope make checks over its subjects."""
        return tuple(cast("Check[Subject, OwnContext]", check) for check in checks if check.over is self.over)


def label(at: Stated[Node], token: Token[object] | None, message: str) -> Label:
    return Label(at.span(token), message)


def replace(
    at: Stated[Node],
    token: Token[object],
    text: str,
    title: str | None = None,
    applicability: Applicability = Applicability.UNSAFE,
) -> Fix:
    """A fix that writes another text in a token's place."""
    return Fix(title or f"write `{text}`", (Edit(at.span(token), text),), applicability)


def append(at: Stated[Node], option: str) -> tuple[Fix, ...]:
    """A fix that writes an option behind a statement; none for a statement of a plug-in, whose line has other words."""
    if isinstance(at, Meant):
        return ()
    words = split_words(at.source.lines[at.line])
    place: Token[object] = Token("", words.starts[-1] + len(words.texts[-1]), None)
    return (Fix(f"write `{option}` behind it", (Edit(at.span(place), f" {option}"),), Applicability.UNSAFE),)


def delete_line(at: Stated[Node], title: str, applicability: Applicability = Applicability.UNSAFE) -> Fix:
    """A fix that deletes a statement with its line."""
    return Fix(title, (Edit(at.source.whole_line(at.line), ""),), applicability)


def other_place(found: AnyFound, token: Token[object] | None, message: str) -> tuple[Label, ...]:
    """The label on the other place of a fault, if it has one: a word of another statement, or of the same."""
    if found.other is None and token is None:
        return ()
    return (label(found.other or found.at, token, message),)


def near_help(kind: str, name: str | None) -> tuple[str, ...]:
    return (f"a {kind} with a similar name exists: `{name}`",) if name else ()
