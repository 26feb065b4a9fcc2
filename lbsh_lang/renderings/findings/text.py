"""Findings for people: the message, the line with carets under the span, related places, and advice."""

from __future__ import annotations

import unicodedata
from typing import NamedTuple

from lbsh_lang.diagnostics import Diagnostic, Label
from lbsh_lang.renderings.terminal import PLAIN, Style, printable
from lbsh_lang.source import Span

_WIDEST = 160
"""The most columns of a line that are shown. Of a longer line, the part around the span is shown."""


class _Mark(NamedTuple):
    """The signs that point at a place."""

    arrow: str
    line: str
    colour: str


def render_text(diagnostic: Diagnostic, style: Style = PLAIN) -> str:
    """A finding as a block of lines, without a last line end."""
    colour = style.of(diagnostic.severity)
    places = [diagnostic.span, *(label.span for label in diagnostic.labels)]
    margin = len(str(max(place.start.line for place in places) + 1))
    head = f"{colour}{diagnostic.severity.value}[{diagnostic.code}]{style.reset}"
    lines = [f"{head}{style.strong}: {printable(diagnostic.message)}{style.reset}"]
    lines += _place(Label(diagnostic.span, ""), _Mark("-->", "^", colour), margin, style)
    for label in diagnostic.labels:
        lines += _place(label, _Mark(":::", "-", style.faint), margin, style)
    lines += [f"{' ' * margin} {style.faint}={style.reset} help: {printable(text)}" for text in diagnostic.help]
    return "\n".join(lines)


def _place(label: Label, mark: _Mark, margin: int, style: Style) -> list[str]:
    span = label.span
    bar = f"{' ' * margin} {style.faint}|{style.reset}"
    number = f"{style.faint}{span.start.line + 1:>{margin}} |{style.reset}"
    shown, indent, width = _excerpt(span)
    note = f" {label.message}" if label.message else ""
    place = f"{printable(span.source.name)}:{span.start.line + 1}:{span.start.column + 1}"
    return [
        f"{' ' * margin}{style.faint}{mark.arrow}{style.reset} {place}",
        bar,
        f"{number} {shown}".rstrip(),
        f"{bar} {' ' * indent}{mark.colour}{mark.line * width}{note}{style.reset}",
    ]


def _excerpt(span: Span) -> tuple[str, int, int]:
    """The part of the line to show, and the columns of a terminal that lie before the span and under it."""
    line = span.source.lines[span.start.line]
    start = span.start.column
    end = span.end.column if span.end.line == span.start.line else len(line)
    first = max(0, min(start - _WIDEST // 4, len(line) - _WIDEST)) if len(line) > _WIDEST else 0
    last = min(len(line), first + _WIDEST)
    before, inside, after = (
        printable(part)
        for part in (line[first:start], line[start : min(end, last)], line[max(start, min(end, last)) : last])
    )
    lead = "…" if first else ""
    tail = "…" if last < len(line) else ""
    return f"{lead}{before}{inside}{after}{tail}", len(lead) + _width(before), max(1, _width(inside))


def _width(text: str) -> int:
    """Terminal columns of a text: wide characters take two, combining ones none (Unicode annex 11)."""
    if text.isascii():
        return len(text)
    wide = sum(unicodedata.east_asian_width(character) in "WF" for character in text)
    return len(text) + wide - sum(unicodedata.combining(character) != 0 for character in text)
