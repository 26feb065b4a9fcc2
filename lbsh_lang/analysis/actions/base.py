"""The type of code actions: changes that an editor offers at a place. Knows no single action."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import Enum

from lbsh_lang.analysis.live.documents import Document
from lbsh_lang.analysis.live.regions import Edits, Region, TextEdit
from lbsh_lang.diagnostics import Diagnostic
from lbsh_lang.source import Position


class ActionKind(Enum):
    """The purpose of an action, by its LSP name."""

    FIX = "quickfix"
    REWRITE = "refactor.rewrite"
    FIX_ALL = "source.fixAll"

    def is_asked(self, only: Sequence[str] | None) -> bool:
        """Whether a request for these kinds, or for all if None, includes this one; a kind includes those below it."""
        return only is None or any(self.value == one or self.value.startswith(one + ".") or not one for one in only)


@dataclass(frozen=True, slots=True)
class Action:
    """A change with its title. `found` are the findings that it fixes; a preferred one may be applied without a choice."""

    title: str
    kind: ActionKind
    edits: Edits
    found: tuple[Diagnostic, ...] = ()
    preferred: bool = False


def insert_line(document: Document, line: int, text: str) -> TextEdit:
    """Inserts a line in front of another, or behind the last line, whether that has a line end or not."""
    end = document.usual_end
    if line < len(document.lines):
        return TextEdit(Region(Position(line, 0), Position(line, 0)), text + end)
    return TextEdit(Region(document.end, document.end), end + text)


def replace_lines(document: Document, first: int, last: int, lines: Sequence[str]) -> TextEdit:
    """Replaces lines by others, both ends included; the last line keeps its end."""
    region = Region(Position(first, 0), Position(last, len(document.lines[last])))
    return TextEdit(region, document.usual_end.join(lines))
