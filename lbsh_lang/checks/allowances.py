"""Comments that allow a finding: `# lbsh: allow LB311` at the end of a line suppresses that code there."""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import islice
from typing import NamedTuple

from lbsh_lang.backends.any import AnyBackend
from lbsh_lang.checks import catalog
from lbsh_lang.checks.base import Over, replace
from lbsh_lang.checks.context import Context
from lbsh_lang.checks.scopes import IdleAllowance
from lbsh_lang.checks.shell import idle_allowance
from lbsh_lang.checks.views import NO_CONTEXT
from lbsh_lang.diagnostics import Applicability, Diagnostic, Edit, Fix, Severity
from lbsh_lang.source import Source
from lbsh_lang.syntax.nodes import Token
from lbsh_lang.syntax.statement import Stated
from oyster.words import split_words

MOST_CODES = 64
"""The most codes that a comment allows, so that a line has a bounded number of findings about them."""

_CODE = r"[A-Za-z]+[0-9]+"
_ALLOW = re.compile(rf"#\s*lbsh:?\s+allow\s+(?P<codes>{_CODE}(?:[\s,]+LB[0-9]+)*)")


class Allowance(NamedTuple):
    """A code that a comment allows on its line.

    `gap` has the columns, first and last exclusive, of the code with its separator; None if the comment has no other code. A
    token without a value stands for all codes beyond `MOST_CODES`, which allow nothing.
    """

    source: Source
    line: int
    code: Token[str]
    gap: tuple[int, int] | None


def apply_allowances(found: list[Diagnostic], allowances: list[Allowance], context: Context) -> list[Diagnostic]:
    """The findings without the allowed ones, and one more for each allowance without a finding."""
    if not allowances:
        return found
    used = set()
    kept = []
    by_place = {_place(one): one for one in allowances}
    for diagnostic in found:
        span = diagnostic.span
        allowance = by_place.get((span.source.name, span.start.line, diagnostic.code))
        if allowance is None or diagnostic.severity is Severity.ERROR:
            kept.append(diagnostic)
        else:
            used.add(allowance)
    complete = not context.unread_files and all(one.severity is not Severity.ERROR for one in found)
    for allowance in dict.fromkeys(allowances):
        reason = _idle(allowance, context) if by_place[_place(allowance)] not in used else None
        if reason is not None:
            stated = Stated(0, allowance.source, allowance.line, None)
            fix = _removal(allowance, stated, _applicability(allowance) if complete else Applicability.UNSAFE)
            kept += idle_allowance.diagnose(IdleAllowance(stated, allowance.code, reason, fix), NO_CONTEXT)
    return kept


def _place(allowance: Allowance) -> tuple[str, int, str | None]:
    return (allowance.source.name, allowance.line, allowance.code.value)


def find_allowances(source: Source) -> Iterator[Allowance]:
    """All allowances of a source, in the order of its lines."""
    if "allow" not in source.text:
        return
    for number, text in enumerate(source.lines):
        if "allow" in text:
            yield from allowances_in(source, number, text)


def allowances_in(source: Source, line: int, text: str) -> Iterator[Allowance]:
    """The allowances of one line, whose text is given."""
    comment = split_words(text).comment
    match = _ALLOW.search(comment.text) if comment else None
    if comment is not None and match is not None:
        codes = _codes(match["codes"], comment.start + match.start("codes"))
        yield from (Allowance(source, line, code, _gap(codes, rank)) for rank, code in enumerate(codes))


def _codes(text: str, start: int) -> list[Token[str]]:
    """The codes of a comment, of which this part begins at a column; the last token may stand for very many."""
    found = islice(re.finditer(_CODE, text), MOST_CODES + 1)
    codes = [Token[str](code.group(), start + code.start(), code.group()) for code in found]
    if len(codes) > MOST_CODES:
        first = codes[MOST_CODES].start
        codes[MOST_CODES] = Token(text[first - start :], first, None)
    return codes


def _gap(codes: list[Token[str]], rank: int) -> tuple[int, int] | None:
    if len(codes) == 1:
        return None
    return (codes[0].start, codes[1].start) if rank == 0 else (codes[rank - 1].end, codes[rank].end)


def _idle(allowance: Allowance, context: Context) -> str | None:
    """The reason to report an unused allowance, None if it may still be needed."""
    code = allowance.code.text
    if allowance.code.value is None:
        return f"a comment allows at most {MOST_CODES} codes: from here on they are not read"
    check = catalog.PAGES.get(code)
    if check is None:
        return f"there is no code `{code}`"
    if check.severity is Severity.ERROR:
        return f"`{code}` is an error, which cannot be allowed"
    if check.over is Over.MACHINE:
        return None
    if check.over is Over.BACKEND and (context.backend is None or isinstance(context.backend, AnyBackend)):
        return None
    return f"this allows `{code}`, which is not found here"


def _applicability(allowance: Allowance) -> Applicability:
    """Whether an idle allowance may go unasked, in a script whose errors hide no findings.

    A code that does not exist is a mistyped one; one that a backend needs may be needed by another backend.
    """
    check = catalog.PAGES.get(allowance.code.text)
    certain = check is not None and check.over not in {Over.BACKEND, Over.FILTER, Over.LISTS, Over.MACHINE}
    return Applicability.SAFE if certain else Applicability.UNSAFE


def _removal(allowance: Allowance, at: Stated[None], applicability: Applicability) -> Fix:
    """Removes a code from its comment: with the last code the allowance goes, with the last word the comment, and so on."""
    line = allowance.source.lines[allowance.line]
    several = allowance.code.value is None
    title = f"delete {'these codes' if several else f'`{allowance.code.text}`'}"
    if allowance.gap is not None:
        return _rewriting(at, line, allowance.gap, "", title, applicability)
    comment = split_words(line).comment
    match = _ALLOW.search(comment.text) if comment else None
    assert comment is not None
    assert match is not None
    start, end = comment.start + match.start(), comment.start + match.end()
    if line[end:].strip():  # the comment has other text
        end += len(line[end:]) - len(line[end:].lstrip(" \t,;:"))
        return _rewriting(at, line, (start, end), "# ", title, applicability)
    start = len(line[:start].rstrip())
    if start == 0:
        return Fix(title, (Edit(allowance.source.whole_line(allowance.line), ""),), applicability)
    return _rewriting(at, line, (start, len(line)), "", title, applicability)


def _rewriting(
    at: Stated[None], line: str, columns: tuple[int, int], text: str, title: str, applicability: Applicability
) -> Fix:
    """A fix that writes a text in the place of some columns of a line."""
    start, end = columns
    return replace(at, Token(line[start:end], start, None), text, title, applicability)
