"""The canonical form of a script: one spacing, one order of options, comments and blank lines kept.

Defines the look of a well-written line. Judges nothing, and respells nothing except `as`, which becomes `is`. Knows no file.

Theory of operation. Lines are formatted one by one. A line with any fault of its own, whatever its code, stays unchanged to
the byte, including its line end. The user may still be at work on it, and a wrong value is often the trace of a misplaced
blank or comma, which only its author can correct. Faults that depend on other lines (an undefined name, an address in use)
do not count. A line whose form would be longer than the parser reads stays unchanged, too.

All other lines are written anew from their words. Options come in the order of the slots in `FORMS`, a probe's own options
in the order of its method's record. Like the parser's derivations, this order depends on the shape of a line, and is
computed once for each shape.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from functools import lru_cache
from itertools import islice
from typing import NamedTuple

from lbsh_lang.syntax.language import LBSH, Lbsh
from lbsh_lang.syntax.methods import METHODS
from lbsh_lang.syntax.nodes import ProbeStatement
from lbsh_lang.syntax.parser import LONGEST_LINE, LineParser, Parsed
from lbsh_lang.syntax.statement import AnyForm, Statement, form_of, tokens_in
from oyster.automaton import Shape
from oyster.faults import hinders
from oyster.words import split_words

_ENDS = "\r\n"
_LINE = re.compile(r"[^\r\n]*(?:\r\n|\r|\n)|[^\r\n]+")
"""A line with its end; there is no line behind the last end."""

_BLANKS = " \t\f\v"
_BEFORE_COMMENT = "  "
_INSTEAD = {"AS": "is"}
"""Keywords with a synonym in the canonical form."""

_TIGHT = frozenset({"PORT", "POOL_PORT"})
"""Terminals without a blank behind the commas of their lists: ports are `80,443`, servers `192.168.1.2, 192.168.1.3`."""


class FormattedLine(NamedTuple):
    """A line of a text with its end, and its form: empty for a superfluous blank line."""

    before: str
    after: str


class Formatted(NamedTuple):
    """A text line by line, and the numbers, from 0, of the lines that stay unchanged because of their faults.

    `before` has each line with its end, `after` its form: the same text where nothing changes, so that it is kept once.
    """

    before: list[str]
    after: list[str]
    kept: tuple[int, ...]

    @property
    def text(self) -> str:
        return "".join(self.after)

    @property
    def lines(self) -> Iterator[FormattedLine]:
        """The lines of both texts side by side, made one by one: a text may have millions."""
        return map(FormattedLine, self.before, self.after)

    @property
    def kept_after(self) -> tuple[int, ...]:
        """The numbers of these lines in the formatted text."""
        place, done = 0, 0
        places = []
        for number in self.kept:
            place += sum(1 for after in islice(self.after, done, number) if after)
            places.append(place)
            done = number
        return tuple(places)


class _Part(NamedTuple):
    """Words that stay together, as a template for `str.format`: a value with the keywords before it.

    `rank` is the slot of the value among those of its form, `first` the index of its word.
    """

    rank: int
    first: int
    template: str


def format_text(text: str) -> str:
    """The canonical form of any text. It is its own canonical form."""
    return format_script(text).text


def format_script(text: str, language: Lbsh = LBSH) -> Formatted:
    """The canonical form of any text, line by line."""
    parser = LineParser(language)
    before = _LINE.findall(text)
    forms = [_form(language, line, parser) for line in before]
    kept = tuple([number for number, form in enumerate(forms) if form is None])
    after = list(_written(before, forms, _usual_end(before, forms)))
    while after and not after[-1].strip(_ENDS):  # blank lines at the end of the text
        after.pop()
    after += [""] * (len(before) - len(after))
    return Formatted(before, after, kept)


def _form(language: Lbsh, line: str, parser: LineParser) -> str | None:
    """The form of a line with its end; the line itself if it has that form, end included, so that it is kept once."""
    bare = line.rstrip(_ENDS)
    form = line_form(language, bare, parser.parse(bare))
    return line if form == bare and form else form


def line_form(language: Lbsh, line: str, parsed: Parsed) -> str | None:
    """The canonical form of a parsed line: empty for a blank line, None for a line that stays unchanged."""
    node, faults = parsed
    if not line:
        return ""
    if any(map(hinders, faults)):
        return None
    if node is not None and line.isascii() and not ("#" in line or '"' in line or "," in line):
        texts, remark = line.split(), ""  # a line without faults has no other kinds of blanks
    else:
        texts, _, comment = split_words(line)
        remark = comment.text.rstrip(_BLANKS) if comment else ""
    if node is None:
        return remark
    form = form_of(node)
    joined = next(iter(tokens_in(node, form.joined)), None) if form.joined else None
    if joined is not None:  # unchanged: the blanks inside are part of the value
        texts = line[: joined.start].split()
    written = _template(language, node, form, texts).format(*texts)
    if joined is not None:
        written += " " + line[joined.start : joined.end]
    if remark:
        written += _BEFORE_COMMENT + remark
    return written if len(written) <= LONGEST_LINE else None


def _usual_end(lines: list[str], forms: list[str | None]) -> str:
    """The most frequent line end of a text, which all lines get.

    Only lines that are written anew count, so that the next run counts the same; without any, those that stay.
    """
    written, staying, every = Counter[str](), Counter[str](), Counter[str]()
    for line, form in zip(lines, forms, strict=True):
        end = line[len(line.rstrip(_ENDS)) :]
        if end:
            every[end] += 1
            if form:
                written[end] += 1
            elif form is None:
                staying[end] += 1
    return next((count.most_common(1)[0][0] for count in (written, staying, every) if count), "\n")


def _written(lines: list[str], forms: list[str | None], usual: str) -> Iterator[str]:
    """The new text of each line, with its end; blank lines at the end of the text are still included."""
    before = ""
    for line, form in zip(lines, forms, strict=True):
        if form is None:
            after = line if line.endswith(("\r", "\n")) else line + usual
        elif form:
            bare = form.rstrip(_ENDS)
            after = line if line == bare + usual else bare + usual
        elif not before.strip(_ENDS):
            after = ""
        else:
            # Behind the lone `\r` of an unchanged line, `\n` would become its second half.
            after = "\r" if before.endswith("\r") and usual == "\n" else usual
        before = after or before
        yield after


def _template(language: Lbsh, node: Statement, form: AnyForm, texts: list[str]) -> str:
    shape = language.automaton.shape_of(texts)
    if isinstance(node, ProbeStatement) and len(node.options) > 1:
        return _probe_template(language, node, texts, shape)
    return _line_template(language, form, shape)


def _probe_template(language: Lbsh, node: ProbeStatement, texts: list[str], shape: Shape) -> str:
    """The template of a probe, its method's own options in the method's order."""
    assert node.method is not None
    order = {name: rank for rank, name in enumerate(METHODS[node.method.text].options)}
    parts = sorted(
        _parts(language, form_of(node), shape), key=lambda part: (part.rank, order.get(texts[part.first], 0))
    )
    return _joined(parts)


@lru_cache(maxsize=4096)
def _line_template(language: Lbsh, form: AnyForm, shape: Shape) -> str:
    return _joined(_parts(language, form, shape))


def _joined(parts: list[_Part]) -> str:
    """The template of a line from those of its parts, each of which starts with a blank."""
    return "".join([part.template for part in parts])[1:]


def _parts(language: Lbsh, form: AnyForm, shape: Shape) -> list[_Part]:
    """The parts of all lines of a shape, in the order of the slots of their form.

    A keyword that fills no slot belongs to the word behind it. A probe's options fill several fields in turns (name, the
    word `file`, value); their words stay together.
    """
    ranks = {slot.terminal: rank for rank, slot in enumerate(form.slots)}
    parts: list[_Part] = []
    template, before, last, is_option = "", "", -1, False
    for index, terminal in enumerate(language.automaton.read_shape(shape).terminals):
        tight = terminal == "COMMA" or (before == "COMMA" and terminal in _TIGHT)
        template += ("" if tight else " ") + _INSTEAD.get(terminal, f"{{{index}}}")
        before = terminal
        rank = ranks.get(terminal)
        if rank is None:
            is_option = terminal != "COMMA"
            continue
        fields = (form.slots[last].field, form.slots[rank].field)
        if 0 <= last < rank and not is_option and fields[0] != fields[1] and form.many.issuperset(fields):
            parts[-1] = parts[-1]._replace(template=parts[-1].template + template)
        else:
            parts.append(_Part(rank, index, template))
        template, last, is_option = "", rank, False
    if template:
        parts.append(_Part(len(form.slots), len(shape), template))
    return sorted(parts, key=lambda part: part.rank)
