"""Completion in comments: `lbsh: allow`, and the codes that may be allowed on the line."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import NamedTuple

from lbsh_lang.analysis.completion.items import CompletionItem, CompletionKind, Spot
from lbsh_lang.analysis.prose.blocks import paragraph
from lbsh_lang.checks import catalog
from lbsh_lang.checks.base import Over
from lbsh_lang.diagnostics import Severity

ALLOW = "lbsh: allow"
_CODES = re.compile(r"#\s*lbsh:?\s+allow\s+(?P<given>(?:[A-Za-z]+[0-9]+[\s,]+)*)(?P<typed>[A-Za-z]*[0-9]*)", re.DOTALL)
_BEGINNING = re.compile(r"#\s*(?P<typed>.*)", re.DOTALL)


class Typed(NamedTuple):
    """A typed part of a comment: the column in the comment where it starts, and the offers in its place."""

    start: int
    items: tuple[CompletionItem, ...]


def offers_in_comment(spot: Spot) -> Typed:
    """The offers in the comment that ends at the cursor."""
    if not spot.cursor.words:
        return Typed(len(spot.cursor.typed), ())  # a line without a statement has no findings to allow
    text = spot.cursor.typed
    codes = _CODES.fullmatch(text)
    if codes is not None:
        return Typed(codes.start("typed"), tuple(_codes(spot, set(re.findall(r"[A-Za-z]+[0-9]+", codes["given"])))))
    beginning = _BEGINNING.fullmatch(text)
    if beginning is not None and ALLOW.startswith(beginning["typed"]):
        prose = (
            paragraph("Suppresses the findings of the codes behind it on this line; errors cannot be suppressed."),
        )
        item = CompletionItem(ALLOW, CompletionKind.KEYWORD, f"{ALLOW} ", "suppress findings on this line", None, prose)
        return Typed(beginning.start("typed"), (item,))
    return Typed(len(text), ())


def _codes(spot: Spot, given: set[str]) -> Iterator[CompletionItem]:
    """The codes except errors, those found on the line first."""
    session, document = spot.view.session, spot.view.document
    here = [one.code for one in session.diagnostics(document) if one.span.start.line == spot.cursor.line]
    for code in sorted(catalog.PAGES, key=lambda code: (code not in here, code)):
        check = catalog.PAGES[code]
        if check.severity is Severity.ERROR or code in given or check.over is Over.COMMENT:
            continue
        prose = (paragraph(f"{check.title[0].upper()}{check.title[1:]} ({check.severity.value})."),)
        detail = f"{check.title}, found on this line" if code in here else check.title
        yield CompletionItem(code, CompletionKind.CODE, code, detail, None, prose)
