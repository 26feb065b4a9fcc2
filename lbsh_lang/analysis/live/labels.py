"""Labels: numbers for lines that stay the same when other lines come and go.

Theory of operation. What is known of a script refers to its lines: a statement stands on one, a finding points at several.
If it did so by line numbers, a new line at the top would falsify all of it. So each line of a script, through all of its
files in the order in which they are read, has a label: an integer that grows from line to line and leaves large gaps. A
line keeps its label while it is edited; a new line gets a label out of the gap that it falls into. In a session labels stand
for line numbers and for ranks alike, since they are in the order of the statements. Behind each label there is room for the
ranks of the statements that an extension's statement on its line means. The line of a label is found by
bisection.

The gaps must not run out where somebody types line by line. A label in the middle of its gap would halve the gap each time:
after 320 lines at one place nothing would be left of a step of 2^320. But typing goes on above or below the line typed last.
So labels have levels, which show in their trailing zeros: a multiple of 2^320 is of level 16, one of 2^300 of level 15, and
so on. A new label lies one step of the finer neighbour's level away from that neighbour, and only a line between two of one
level takes a step of the level below. For example, with steps of 1000, 10 and 1 instead:

    1000            2000      a script has been read
    1000  1500      2000      a line between: its neighbours are of one level, so it is of the next, in the middle
    1000  1500 1510 2000      a line below it: one step of ten behind the finer neighbour, 1500
    1000  1500 1510 1520 2000 and so on, a million times with steps of 2^300
    1000  1500 1505 1510 1520 2000    a line between two of ten: of the next level

Where even that runs out, the script is read anew, with new labels.
"""

from __future__ import annotations

from typing import NewType, cast

from lbsh_lang.syntax.extensions import MOST_MEANT

LineLabel = NewType("LineLabel", int)
"""The label of a line of a script in a session. To mypy no line number is one; at run time it is a plain integer."""

_LEVELS, _BITS = 16, 20
"""How often a line can come between two of one fineness, and how many lines can follow each other then (as a power of 2)."""

ROOM = 1 << MOST_MEANT.bit_length()
"""All labels are multiples of it: the numbers in between are ranks of the statements that a line means."""

STEP = (1 << _LEVELS * _BITS) * ROOM
"""The gap between the labels of a script that has just been read. Python's integers know no bound."""


def labels_between(low: LineLabel, high: LineLabel, count: int) -> list[LineLabel] | None:
    """A number of labels between two others, None if there is no room for them."""
    between = _between(low // ROOM, high // ROOM, count)
    return None if between is None else cast("list[LineLabel]", [label * ROOM for label in between])


def last_rank(label: LineLabel) -> int:
    """The highest rank that a statement of a line may have."""
    return label + ROOM - 1


def _between(low: int, high: int, count: int) -> list[int] | None:
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


def labels_behind(low: LineLabel, count: int) -> list[LineLabel]:
    """A number of labels behind the last one."""
    start = low // STEP
    return cast("list[LineLabel]", [STEP * (start + number) for number in range(1, count + 1)])


def _fineness(label: int) -> int:
    """The number of zeros that a label ends in, in whole levels; the start of the script is of the highest level."""
    zeros = (label & -label).bit_length() - 1 if label else _LEVELS * _BITS
    return min(zeros // _BITS, _LEVELS) * _BITS
