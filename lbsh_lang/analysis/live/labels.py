"""Numbers for lines that stay when other lines come and go.

Theory of operation. What is known of a script refers to its lines: statements stand on one, findings point at several. If
it did so by line numbers, a new line at the top would make all of that untrue. So each line of a script, through all of its
files in the order in which they are read, has a label: an integer that grows from line to line and leaves large gaps. A
line keeps its label while it is edited; a new one gets a label out of the gap that it falls into. Labels order statements
as ranks do, and which line has a label now is found by bisection.

How fine a label is, its trailing zeros tell. Whoever types goes on above or below the line typed last, so a new label lies
one step of its finer neighbour's size away from that one: such steps hardly run out. Only a line between two of one
fineness takes a finer step. Should even these be used up, the script is read anew.
"""

from __future__ import annotations

_LEVELS, _BITS = 16, 20
"""How often a line can come between two of one fineness, and how many lines can follow each other then (as a power of 2)."""

STEP = 1 << (_LEVELS * _BITS)
"""The gap between the labels of a script that has just been read. Python's integers know no bound."""


def labels_between(low: int, high: int, count: int) -> list[int] | None:
    """So many labels between two others, None if there is no room for them."""
    if count == 1 and _fineness(low) != _fineness(high):
        step = 1 << min(_fineness(low), _fineness(high))
        label = low + step if _fineness(low) < _fineness(high) else high - step
        if low < label < high:
            return [label]
    gap = high - low
    fineness = min(_fineness(low), _fineness(high)) - _BITS
    while fineness > 0 and (count + 1) << fineness >= gap:
        fineness -= _BITS
    fineness = max(fineness, 0)
    if (count + 1) << fineness > gap:
        return None
    middle = (low + (gap - (count << fineness)) // 2) >> fineness << fineness
    first = max(middle, low + (1 << fineness))
    return [first + (number << fineness) for number in range(count)]


def labels_behind(low: int, count: int) -> list[int]:
    """So many labels behind the last one."""
    start = low // STEP
    return [STEP * (start + number) for number in range(1, count + 1)]


def _fineness(label: int) -> int:
    """How many zeros a label ends in, in whole levels; the start of the script is as coarse as can be."""
    zeros = (label & -label).bit_length() - 1 if label else _LEVELS * _BITS
    return min(zeros // _BITS, _LEVELS) * _BITS
