"""Labels: stable numbers for lines, which insertions and deletions elsewhere do not change.

Theory of operation. The data of a script refer to lines: a statement stands on one, a finding points at several. With line
numbers, a new line at the top would falsify all of these references. So each line of a script, through all of its files in
reading order, has a label: an integer that grows from line to line and leaves large gaps. A line keeps its label while it
is edited; a new line gets a label from the gap at its place. The line number of a label is found by bisection, when an
answer needs it. In a session labels also serve as ranks, since they are in the order of the statements. Behind each label
there is room for the ranks of the statements that an extension's statement on its line means.

The gaps must last while a user types line by line. A label in the middle of its gap would halve the gap each time: after 320
lines at one place, a gap of 2^320 would be used up. But typing goes on above or below the line typed last. So labels have
levels, which show in their trailing zeros (not counting the room for ranks): a multiple of 2^320 is of level 16, another
multiple of 2^300 of level 15, and so on. Between two labels of different levels, the new label lies one step of the finer
level away from the finer neighbour. Between two labels of one level, it lies in the middle, and is of the level below. For
example, with steps of 1000, 10 and 1 instead:

    1000            2000          a script has been read
    1000  1500      2000          a line between: its neighbours are of one level, so it is of the next, in the middle
    1000  1500 1510 2000          a line below it: one step of 10 behind the finer neighbour, 1500
    1000  1500 1510 1520 2000     and so on, half a million times with steps of 2^300
    1000  1500 1505 1510 1520 2000    a line between two of step 10: of the next level

The cost: a label is an integer of about 70 bytes, and a new one takes constant time. Where a gap is used up even so, the
script is read anew, with new labels.
"""

from __future__ import annotations

from typing import NewType, cast

from lbsh_lang.syntax.extensions import MOST_MEANT

LineLabel = NewType("LineLabel", int)
"""The label of a line of a script in a session. A type of its own for mypy; at run time a plain integer."""

_LEVELS, _BITS = 16, 20
"""The number of levels below the highest, and the binary logarithm of the ratio of a level's step to the next level's."""

ROOM = 1 << MOST_MEANT.bit_length()
"""All labels are multiples of it: the numbers in between are ranks of the statements that a line means."""

STEP = (1 << _LEVELS * _BITS) * ROOM
"""The gap between labels right after the script was read. Python's integers have no bound."""


def labels_between(low: LineLabel, high: LineLabel, count: int) -> list[LineLabel] | None:
    """`count` labels between two others, None if there is no room for them."""
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
    """`count` labels behind the last one."""
    start = low // STEP
    return cast("list[LineLabel]", [STEP * (start + number) for number in range(1, count + 1)])


def _fineness(label: int) -> int:
    """The trailing zeros of a label, rounded down to whole levels; the start of the script is of the highest level."""
    zeros = (label & -label).bit_length() - 1 if label else _LEVELS * _BITS
    return min(zeros // _BITS, _LEVELS) * _BITS
