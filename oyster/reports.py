"""How answers look: refusals, findings under their line, lists in columns, help on a command."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from oyster.commands import Command, Place, Refused
from oyster.offers import Candidate, Finding, Severity
from oyster.shown import Piece, Text, clean

_INDENT = "  "
_WIDEST = 4096
_GAP = 2


def refusal_lines(refused: Refused) -> Iterator[Text]:
    """The lines that say why a line was not run."""
    yield (Piece("ERROR:", "error"), Piece(f" {refused.message}"))
    for line in refused.help:
        yield _INDENT + line


def refusal_of(line: str, errors: Sequence[Finding], columns: int | None) -> Refused:
    """The refusal of a line with errors."""
    first, *others = errors
    further = [line_ for finding in others for line_ in (f"ERROR: {finding.message}", *_below(line, finding, columns))]
    return Refused(first.message, *_below(line, first, columns), *further)


def finding_lines(line: str, finding: Finding, columns: int | None) -> Iterator[Text]:
    """A finding, its place under the line, and its help."""
    kind = "error" if finding.severity is Severity.ERROR else "warning"
    yield (Piece(f"{finding.severity.value}:", kind), Piece(f" {finding.message}"))
    yield from (_INDENT + text for text in _below(line, finding, columns))


def placed(refused: Refused, place: Place) -> Refused:
    """A refusal of a line in a file."""
    return Refused(refused.message, *refused.help, f"in {place.source}, line {place.line}")


def help_lines(command: Command) -> Iterator[str]:
    """The help on a command: name, class, usage, where."""
    yield f"name: {command.full_name}"
    yield f"class: {type(command).__name__}"
    yield f"usage: {command.synopsis}"
    for number, (part, meaning) in enumerate(command.where):
        yield f"{'       ' if number else 'where: '}{part}: {meaning}"
    yield command.summary
    yield from command.help
    if command.example:
        yield f"example: {command.example}"


def in_columns(words: Sequence[str], columns: int | None) -> Iterator[str]:
    """Words side by side, from left to right, in as few lines as the width allows."""
    line = ""
    for word in words:
        if line and columns is not None and len(line) + 1 + len(word) > columns:
            yield line
            line = ""
        line += (" " if line else "") + word
    if line:
        yield line


def explained(candidates: Sequence[Candidate], columns: int | None = None) -> Iterator[Text]:
    """A line for each candidate, with what it is as far as there is room."""
    width = min(max((len(candidate.text) for candidate in candidates), default=0), 24) + _GAP
    for candidate in candidates:
        word = clean(candidate.text).ljust(width)
        help_ = clean(candidate.help)
        if columns is not None and len(word) + len(help_) > columns:
            help_ = help_[: max(columns - len(word) - 1, 0)] + "…"
        yield (Piece(word, "active"), Piece(help_)) if help_ else word.rstrip()


def _below(line: str, finding: Finding, columns: int | None) -> Iterator[str]:
    """The line with carets under the finding's place, then the help. Of a line that is too wide, the part around it."""
    start = len(clean(line[: finding.start]))
    width = max(len(clean(line[finding.start : finding.end])), 1)
    shown = clean(line)
    room = max((columns or _WIDEST) - 2 * len(_INDENT) - 1, 20)
    if len(shown) > room:
        left = max(min(start - room // 3, len(shown) - room), 0)
        shown, start = shown[left : left + room], start - left
        width = min(width, max(room - start, 1))
    yield shown
    yield " " * start + "^" * width
    yield from finding.help
