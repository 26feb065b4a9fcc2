"""A trace for people: the outcome, then numbered steps with the statements of the script behind them."""

from __future__ import annotations

from collections.abc import Iterator

from lbsh_lang.renderings.terminal import PLAIN, Style, printable
from lbsh_lang.renderings.trace.rows import Row
from lbsh_lang.renderings.trace.steps import Step, headline, steps_of
from lbsh_lang.site.model import Origin
from lbsh_lang.site.places import Places
from lbsh_lang.site.trace.values import Trace
from oyster.words import split_words

_LONGEST_STATEMENT = 100
_WIDEST = 100
"""The largest number of columns of a sentence. Statements and tables are not broken."""

_INDENT = "     "


def render_trace(trace: Trace, places: Places, style: Style = PLAIN) -> str:
    """A whole trace, with a last line end."""
    lines = [f"{style.strong}{headline(trace)}{style.reset}"]
    for number, step in enumerate(steps_of(trace, places), 1):
        first, *rest = _wrapped(step.text)
        lines += ["", f"{number:>3}. {first}", *(f"{_INDENT}{line}" for line in rest), *_below(step, style)]
    return "".join(f"{line}\n" for line in lines)


def statement_text(stated: Origin) -> str:
    """A statement as written in the script, without its comment, and cut if it is very long."""
    line = stated.source.lines[stated.line]
    comment = split_words(line).comment
    text = printable(line[: comment.start if comment else None].strip())
    return text if len(text) <= _LONGEST_STATEMENT else text[: _LONGEST_STATEMENT - 1] + "…"


def _wrapped(text: str) -> list[str]:
    """The lines of a sentence, broken between words."""
    lines = [""]
    for word in text.split(" "):
        if lines[-1] and len(lines[-1]) + 1 + len(word) > _WIDEST:
            lines.append(word)
        else:
            lines[-1] = f"{lines[-1]} {word}".lstrip()
    return lines


def _below(step: Step, style: Style) -> Iterator[str]:
    origins = list(dict.fromkeys(step.origins))
    width = max((len(_place(one)) for one in origins), default=0)
    for one in origins:
        yield f"{_INDENT}  {style.faint}{_place(one):<{width}}  {statement_text(one)}{style.reset}"
    yield from _table(step.rows, style)


def _table(rows: tuple[Row, ...], style: Style) -> Iterator[str]:
    widths = [max(map(len, column)) for column in zip(*[row.cells for row in rows], strict=True)]
    for row in rows:
        cells = [cell.ljust(width) for cell, width in zip(row.cells, widths, strict=True) if width]
        behind = f"  {style.faint}{_place(row.origin)}  {statement_text(row.origin)}{style.reset}" if row.origin else ""
        yield f"{_INDENT}  {'  '.join(cells)}{behind}".rstrip()


def _place(stated: Origin) -> str:
    return printable(stated.place)
