"""What a code action is: a change that an editor offers at a place. Knows no single action."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import Enum

from lbsh_lang.analysis.live.documents import Document
from lbsh_lang.analysis.live.regions import Edits, Region, TextEdit
from lbsh_lang.diagnostics import Diagnostic
from lbsh_lang.source import Position


class ActionKind(Enum):
    """Why somebody would want a change, in the words that editors have for it."""

    FIX = "quickfix"
    REWRITE = "refactor.rewrite"
    FIX_ALL = "source.fixAll"

    def is_asked(self, only: Sequence[str] | None) -> bool:
        """Whether an editor that wants these kinds only, or any if None, wants this one; a kind includes those below."""
        return only is None or any(self.value == one or self.value.startswith(one + ".") or not one for one in only)


@dataclass(frozen=True, slots=True)
class Action:
    """A change with its title. `found` are the findings it mends; a preferred one may be made without a choice."""

    title: str
    kind: ActionKind
    edits: Edits
    found: tuple[Diagnostic, ...] = ()
    preferred: bool = False


def insert_line(document: Document, line: int, text: str) -> TextEdit:
    """Puts a line in front of another; behind the last one too, whether that has an end or not."""
    end = document.usual_end
    if line < len(document.lines):
        return TextEdit(Region(Position(line, 0), Position(line, 0)), text + end)
    return TextEdit(Region(document.end, document.end), end + text)


def replace_lines(document: Document, first: int, last: int, lines: Sequence[str]) -> TextEdit:
    """Puts other lines in the place of some, both ends included; the last one keeps its end."""
    region = Region(Position(first, 0), Position(last, len(document.lines[last])))
    return TextEdit(region, document.usual_end.join(lines))
