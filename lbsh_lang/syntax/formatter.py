"""The canonical form of a script: one spacing, one order of options, comments and blank lines kept.

Owns what a well-written line looks like. Judges nothing, and respells nothing but `as`, which is `is`. Knows no file.

Theory of operation. Lines are formatted one by one. A line on which the parser finds any fault, whatever its code, stays as
it is to the byte, its line end too: somebody is still at work on it, and a value that is wrong by itself is often the trace
of a blank or a comma that stands in the wrong place, which nobody but its author can put right. What other lines make of a
line (an undefined name, an address taken twice) does not count. A line that would grow beyond what the parser reads stays
as well. Everything else is written anew from its words. The order of options is the order of the slots in `FORMS`, that of a
probe's own options the order in its method's record; like the parser's derivations it depends on the shape of a line, and is
worked out once for each.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from functools import lru_cache
from typing import NamedTuple

from lbsh_lang.source import split_lines
from lbsh_lang.syntax.language import LBSH, Lbsh
from lbsh_lang.syntax.methods import METHODS
from lbsh_lang.syntax.nodes import ProbeStatement
from lbsh_lang.syntax.parser import LONGEST_LINE, LineParser, Parsed
from lbsh_lang.syntax.statement import AnyForm, Statement, form_of, tokens_in
from oyster.automaton import Shape
from oyster.words import split_words

_BLANKS = " \t\f\v"
_BEFORE_COMMENT = "  "
_INSTEAD = {"AS": "is"}
"""Keywords that another one stands for in the canonical form."""

_TIGHT = frozenset({"PORT"})
"""Terminals that follow the comma of a list without a blank: ports are `80,443`, servers `192.168.1.2, 192.168.1.3`."""


class FormattedLine(NamedTuple):
    """A line of a text with its end, and what it becomes: nothing for a blank line too many."""

    before: str
    after: str


class Formatted(NamedTuple):
    """A text line by line, and the numbers, from 0, of the lines that were kept as they are for what is wrong with them."""

    lines: tuple[FormattedLine, ...]
    kept: tuple[int, ...]

    @property
    def text(self) -> str:
        return "".join([line.after for line in self.lines])

    @property
    def kept_after(self) -> tuple[int, ...]:
        """The numbers that the kept lines then have."""
        left = (number for number, line in enumerate(self.lines) if line.after)
        places = {number: place for place, number in enumerate(left)}
        return tuple([places[number] for number in self.kept])


class _Read(NamedTuple):
    """A line, its end, and its canonical form: empty for a blank line, None for one that stays as it is."""

    text: str
    end: str
    form: str | None


class _Part(NamedTuple):
    """Words that stay together, as a template for `str.format`: a value with the keywords that lead to it.

    `rank` is the slot of the value among those of its form, `first` the index of its word.
    """

    rank: int
    first: int
    template: str


def format_text(text: str) -> str:
    """The canonical form of any text; of a canonical text, itself."""
    return format_script(text).text


def format_script(text: str, language: Lbsh = LBSH) -> Formatted:
    """The canonical form of any text, line by line."""
    parser = LineParser(language)
    read = [_Read(line, end, line_form(language, line, parser.parse(line))) for line, end in _lines(text)]
    kept = tuple([number for number, line in enumerate(read) if line.form is None])
    written = list(_written(read, _usual_end(read)))
    while written and not written[-1].strip("\r\n"):  # blank lines before the end of the text, and what led to them
        written.pop()
    written += [""] * (len(read) - len(written))
    return Formatted(
        tuple([FormattedLine(line.text + line.end, after) for line, after in zip(read, written, strict=True)]), kept
    )


def line_form(language: Lbsh, line: str, parsed: Parsed) -> str | None:
    """The canonical form of one line, given what it is: empty for a blank one, None for one that stays as it is."""
    node, faults = parsed
    if not line:
        return ""
    if faults:
        return None
    if node is not None and line.isascii() and not ("#" in line or '"' in line or "," in line):
        texts, remark = line.split(), ""  # what the parser finds no fault with has no other blanks either
    else:
        texts, _, comment = split_words(line)
        remark = comment.text.rstrip(_BLANKS) if comment else ""
    if node is None:
        return remark
    form = form_of(node)
    joined = next(iter(tokens_in(node, form.joined)), None) if form.joined else None
    if joined is not None:  # handed on as written: the blanks inside are part of the value
        texts = line[: joined.start].split()
    written = _template(language, node, form, texts).format(*texts)
    if joined is not None:
        written += " " + line[joined.start : joined.end]
    if remark:
        written += _BEFORE_COMMENT + remark
    return written if len(written) <= LONGEST_LINE else None


def _lines(text: str) -> Iterator[tuple[str, str]]:
    """The lines of a text, each with its end; behind the last end there is none."""
    offset = 0
    for line in split_lines(text):
        offset += len(line)
        end = "\r\n" if text.startswith("\r\n", offset) else text[offset : offset + 1]
        offset += len(end)
        if line or end:
            yield line, end


def _usual_end(lines: list[_Read]) -> str:
    """The line end that most lines of a text have, and all get.

    Lines count that will be written anew, so that the next run counts the same; where there are none, those that stay.
    """
    ends = (
        [line.end for line in lines if line.form],
        [line.end for line in lines if line.form is None],
        [line.end for line in lines],
    )
    counts = (Counter(filter(None, each)) for each in ends)
    return next((count.most_common(1)[0][0] for count in counts if count), "\n")


def _written(lines: list[_Read], usual: str) -> Iterator[str]:
    """What each line becomes, its end included; blank lines at the end of the text are still there."""
    before = ""
    for line in lines:
        if line.form is None:
            after = line.text + (line.end or usual)
        elif line.form:
            after = line.form + usual
        elif not before.strip("\r\n"):
            after = ""
        else:
            # Behind a lone `\r` that stays, `\n` would become its second half.
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

    A keyword that fills no slot belongs to the word behind it. Of fields that are filled in turns, as by the name of a
    probe's option, the word `file` and the value, the words stay together.
    """
    ranks = {slot.terminal: rank for rank, slot in enumerate(form.slots)}
    parts: list[_Part] = []
    template, before, last = "", "", -1
    for index, terminal in enumerate(language.automaton.read_shape(shape).terminals):
        tight = terminal == "COMMA" or (before == "COMMA" and terminal in _TIGHT)
        template += ("" if tight else " ") + _INSTEAD.get(terminal, f"{{{index}}}")
        before = terminal
        rank = ranks.get(terminal)
        if rank is None:
            continue
        fields = (form.slots[last].field, form.slots[rank].field)
        if 0 <= last < rank and fields[0] != fields[1] and form.many.issuperset(fields):
            parts[-1] = parts[-1]._replace(template=parts[-1].template + template)
        else:
            parts.append(_Part(rank, index, template))
        template, last = "", rank
    if template:
        parts.append(_Part(len(form.slots), len(shape), template))
    return sorted(parts, key=lambda part: part.rank)
