"""Figures as tables that read well on a terminal and are Markdown as they stand."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Table:
    """A heading, the names of the columns, rows, and remarks."""

    title: str
    columns: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    notes: tuple[str, ...] = ()

    def render(self) -> str:
        """The table as text. The first column is text, the others stand to the right."""
        parts = [f"### {self.title}"]
        if self.rows:
            lines = (self.columns, *self.rows)
            widths = [max(map(len, column)) for column in zip(*lines, strict=True)]
            rule = [("-" * width)[: -1 if index else None] + ":" * bool(index) for index, width in enumerate(widths)]
            parts.append("\n".join(_row(cells, widths) for cells in (self.columns, rule, *self.rows)))
        return "\n\n".join([*parts, *self.notes])


def _row(cells: Sequence[str], widths: Sequence[int]) -> str:
    first, *others = zip(cells, widths, strict=True)
    return "| " + " | ".join([first[0].ljust(first[1]), *(cell.rjust(width) for cell, width in others)]) + " |"


def seconds(value: float) -> str:
    """A time, with three significant digits."""
    return f"{value * 1000:.1f} ms" if value < 0.1 else f"{value:.2f} s"


def microseconds(value: float) -> str:
    """A time that is given in microseconds."""
    return f"{value:.2f} µs" if value < 10 else f"{value:.1f} µs"


def megabytes(value: int) -> str:
    """An amount of memory, in millions of bytes."""
    return f"{value / 1e6:.0f} MB"
