"""The words about a change that waits for confirmation, and about the last one that was put back. Pure.

`status`, later changes, the greeting of a shell and the message of the day all say these.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple, cast

from lbsh.gateway.audit import time_of, words_of
from lbsh.gateway.deadline import Confirmation, Moment, State, act_of, left, state_of
from lbsh.store.protocol import Act, Reader, Record

_SECOND = 1000


class PutBack(NamedTuple):
    """The last change that was put back because nobody confirmed it: the moment in milliseconds since 1970, the revision
    that was not confirmed, the one that runs since, why, and the act that had made the change."""

    time: int
    revision: int
    instead: int
    reason: str
    act: Act

    def as_json(self) -> dict[str, object]:
        """The record, as the store keeps it."""
        return {**self._asdict(), "act": self.act._asdict()}


class Notices(NamedTuple):
    """What everybody should know who looks at the device or changes it."""

    confirmation: Confirmation | None
    seconds: int
    """Those that are left to confirm; 0 where there is nothing to confirm, or when the time is over."""
    put_back: PutBack | None

    @property
    def lines(self) -> tuple[str, ...]:
        """The words, a line each."""
        return (*self.waiting, *self.past)

    def as_json(self) -> dict[str, object]:
        """The same for programs, null where there is nothing to say; times are in milliseconds since 1970 (UTC)."""
        pending = self.confirmation
        waiting = None
        if pending is not None:
            waiting = {"revision": pending.revision, "previous": pending.previous, "seconds": self.seconds}
            waiting |= pending.act._asdict()
        return {"confirmation": waiting, "put_back": self.put_back.as_json() if self.put_back is not None else None}

    @property
    def waiting(self) -> tuple[str, ...]:
        """The words about a change that waits."""
        if self.confirmation is None:
            return ()
        what = f"unconfirmed: revision {self.confirmation.revision}, {words_of(self.confirmation.act)}"
        if not self.seconds:
            return (f"{what}: the time is over, and the script before it is being put back",)
        return (f"{what}: put back in {self.seconds} s unless `lbsh confirm` comes before",)

    @property
    def past(self) -> tuple[str, ...]:
        """The words about a change that was put back."""
        one = self.put_back
        if one is None:
            return ()
        when = time_of(Act(one.time, "", "", ""))
        return (f"put back: revision {one.revision}, {words_of(one.act)}, {one.reason} ({when})",)


def notices_of(reader: Reader, now: Moment) -> Notices:
    """What there is to know now. Raises `StoreError`."""
    put_back = put_back_in(reader.record(Record.PUT_BACK))
    kept = reader.record(Record.CONFIRMATION)
    pending = Confirmation.of_json(kept) if kept is not None else None
    state = None if pending is None else state_of(pending, reader.revision(), now)
    if pending is None or state is State.BEGUN:
        return Notices(None, 0, put_back)
    return Notices(pending, seconds_left(pending, now) if state is State.OPEN else 0, put_back)


def put_back_in(kept: Mapping[str, object] | None) -> PutBack | None:
    """The record of the last change that was put back; None if there is none, or it is damaged."""
    try:
        if kept is None:
            return None
        time, revision, instead = (int(str(kept[one])) for one in ("time", "revision", "instead"))
        act = act_of(cast("dict[str, object]", kept["act"]))
        return PutBack(time, revision, instead, str(kept["reason"]), act)
    except (KeyError, TypeError, ValueError):
        return None


def seconds_left(pending: Confirmation, now: Moment) -> int:
    """The seconds that are left to confirm a change, rounded up: 0 only when the time is over."""
    return -(-left(pending, now) // _SECOND)
