"""Numbers for lines that stay when other lines come and go.

Theory of operation. What is known of a script refers to its lines: statements stand on one, findings point at several. If
it did so by line numbers, a new line at the top would make all of that untrue. So each line of a script, through all of its
files in the order in which they are read, has a label: an integer that grows from line to line and leaves large gaps. A
line keeps its label while it is edited; a new one gets a label out of the gap that it falls into. Labels order statements
as ranks do, and which line has a label now is found by bisection. Should a gap be used up, the script is read anew.
"""

from __future__ import annotations

STEP = 1 << 256
"""The gap between the labels of a script that has just been read. Python's integers know no bound."""

_SHARE = 4
"""A single new line takes a sixteenth of the gap: most often the next new line comes behind it."""


def labels_between(low: int, high: int, count: int) -> list[int] | None:
    """So many labels between two others, None if there is no room for them."""
    gap = high - low
    if gap <= count:
        return None
    if count == 1:
        return [low + max(gap >> _SHARE, 1)]
    step = gap // (count + 1)
    return [low + step * number for number in range(1, count + 1)]


def labels_behind(low: int, count: int) -> list[int]:
    """So many labels behind the last one."""
    return [low + STEP * number for number in range(1, count + 1)]
