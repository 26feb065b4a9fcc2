"""Comments that allow a finding: `# lbsh: allow LB311` at the end of a line suppresses that code there."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import NamedTuple

from lbsh_lang.checks import catalog
from lbsh_lang.checks.base import Context, Over
from lbsh_lang.diagnostics import Diagnostic, Severity
from lbsh_lang.site.script import Found
from lbsh_lang.source import Source
from lbsh_lang.syntax.nodes import Fault, Stated, Statement, Token
from lbsh_lang.syntax.words import split_words

_CODE = r"[A-Za-z]+[0-9]+"
_ALLOW = re.compile(rf"#\s*lbsh:?\s+allow\s+(?P<codes>{_CODE}(?:[\s,]+LB[0-9]+)*)")


class Allowance(NamedTuple):
    """One code that a comment allows on its line."""

    source: Source
    line: int
    code: Token[str]


def apply_allowances(found: list[Diagnostic], context: Context) -> list[Diagnostic]:
    """The findings less those that are allowed, and one more for each allowance that allowed nothing."""
    allowances = [one for source in context.resolution.script.sources for one in find_allowances(source)]
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
    for allowance in dict.fromkeys(allowances):
        reason = _idle(allowance, context) if by_place[_place(allowance)] not in used else None
        if reason is not None:
            stated = Stated(0, allowance.source, allowance.line, Statement())
            check = catalog.over(Over.COMMENT)[0]
            faults = check.run(Found(stated, Fault(check.code, allowance.code, reason)), context)
            kept += [check.report(finding) for finding in faults]
    return kept


def _place(allowance: Allowance) -> tuple[str, int, str]:
    return (allowance.source.name, allowance.line, allowance.code.text)


def find_allowances(source: Source) -> Iterator[Allowance]:
    """All allowances of a source, in the order of its lines."""
    if "allow" not in source.text:
        return
    for number, text in enumerate(source.lines):
        comment = split_words(text).comment if "allow" in text else None
        match = _ALLOW.search(comment.text) if comment else None
        if comment is not None and match is not None:
            start = comment.start + match.start("codes")
            for code in re.finditer(_CODE, match["codes"]):
                yield Allowance(source, number, Token(code.group(), start + code.start(), code.group()))


def _idle(allowance: Allowance, context: Context) -> str | None:
    """Why an allowance that was not used is worth a word, None if nothing can be said of it."""
    code = allowance.code.text
    check = catalog.PAGES.get(code)
    if check is None:
        return f"there is no code `{code}`"
    if check.severity is Severity.ERROR:
        return f"`{code}` is an error, which cannot be allowed"
    if check.over is Over.BACKEND and context.backend is None:
        return None
    return f"this allows `{code}`, which is not found here"
