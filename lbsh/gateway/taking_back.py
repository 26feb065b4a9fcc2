"""Takes a change back: the statements of the running script without it, whatever has followed it since. Pure.

A change appends statements, and may drop earlier ones that became needless. So to take it back is to leave out what it
appended, and to put what it dropped back in its place. Whether others build on it, the script that comes out says itself:
it has an error then.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import NamedTuple

from lbsh.store.protocol import Statement


class Change(NamedTuple):
    """The statements of the running script before a change and after it."""

    before: tuple[Statement, ...]
    after: tuple[Statement, ...]


class GoneError(ValueError):
    """Some statements of the change are not in the script any more."""


def taken_back(change: Change, now: Sequence[Statement]) -> tuple[Statement, ...]:
    """The statements of now without a change. Raises `GoneError`.

    Statements are told apart by their acts: two sessions never make the same one.
    """
    appended, dropped = _without(change.after, change.before), _without(change.before, change.after)
    left = list(now)
    for statement in reversed(appended):
        at = _last(left, statement)
        if at is None:
            raise GoneError(statement.text)
        del left[at]
    for statement in dropped:
        left.insert(_place(change.before, statement, left), statement)
    return tuple(left)


def _without(these: Sequence[Statement], others: Sequence[Statement]) -> list[Statement]:
    """What is in the first sequence, and not in the other, as often as it is there."""
    rest, found = Counter(others), []
    for statement in these:
        if rest[statement]:
            rest[statement] -= 1
        else:
            found.append(statement)
    return found


def _place(before: Sequence[Statement], statement: Statement, left: Sequence[Statement]) -> int:
    """Behind the nearest statement that stood before it and is still there."""
    for earlier in reversed(before[: before.index(statement)]):
        at = _last(left, earlier)
        if at is not None:
            return at + 1
    return 0


def _last(these: Sequence[Statement], statement: Statement) -> int | None:
    return next((at for at in range(len(these) - 1, -1, -1) if these[at] == statement), None)
