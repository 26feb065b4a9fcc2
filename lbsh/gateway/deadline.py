"""A change that is put back unless somebody confirms it: the record of it, and what a moment means for it. Pure.

Deadlines are on the clock of the kernel that no setting of the time moves, and that goes on while the machine sleeps
(CLOCK_BOOTTIME of clock_gettime(2)). It begins anew with each start of the machine, so a deadline of another start is over.

The record is written before the script is replaced. So a record whose revision is still to come is that of a change which
is being made, or was never made because its process died.
"""

from __future__ import annotations

from collections.abc import Mapping
from enum import Enum
from typing import NamedTuple, cast

from lbsh.store.protocol import Act, StoreError


class Moment(NamedTuple):
    """A moment of this machine: the name of its start, and the milliseconds since then."""

    boot: str
    ticks: int


class Confirmation(NamedTuple):
    """A change that waits: the revision that it makes, and the one to put back, 0 if there was no script.

    `since` is the moment when the record was written, `deadline` is in milliseconds on the same clock. `driver` is
    the one to put back, empty if there was none, with its options; `rules` is the revision whose rules were loaded, or 0.
    `reason` is why the script before it came back, empty unless its rules are still to be loaded. `probes` is the record of
    shadow probes to put back with the script, empty if there was none.
    """

    revision: int
    previous: int
    rules: int
    since: Moment
    deadline: int
    act: Act
    driver: str
    options: Mapping[str, object]
    reason: str = ""
    probes: Mapping[str, object] = {}

    def as_json(self) -> dict[str, object]:
        """The record, as the store keeps it."""
        return {**self._asdict(), "since": self.since._asdict(), "act": self.act._asdict()}

    @staticmethod
    def of_json(kept: Mapping[str, object]) -> Confirmation:
        """Reads the record. Raises `StoreError` if it is damaged."""
        try:
            since, act, options = (cast("dict[str, object]", kept[one]) for one in ("since", "act", "options"))
            numbers = [int(str(kept[one])) for one in ("revision", "previous", "rules", "deadline")]
            revision, previous, rules, deadline = numbers
            moment = Moment(str(since["boot"]), int(str(since["ticks"])))
            driver, reason = kept["driver"], kept["reason"]
            if not isinstance(driver, str) or not isinstance(reason, str):
                raise ValueError("no text")
            act_then, probes = act_of(act), _probes_in(kept)
            return Confirmation(
                revision, previous, rules, moment, deadline, act_then, driver, {**options}, reason, probes
            )
        except (KeyError, TypeError, ValueError) as error:
            raise StoreError(
                "the record of an open confirmation is damaged: remove the file `confirmation` in the store, then "
                "`lbsh apply` the script that is wanted"
            ) from error


def _probes_in(kept: Mapping[str, object]) -> Mapping[str, object]:
    """The record of shadow probes in that of a change. Raises `KeyError` and `TypeError`."""
    probes = kept["probes"]
    if not isinstance(probes, dict):
        raise TypeError("no record")
    return probes


class State(Enum):
    """What a moment means for a change that waits."""

    BEGUN = "begun"
    """The script is not replaced yet: the change is being made, or its process died."""
    OPEN = "open"
    OVER = "over"
    """Nobody confirmed it in time, or before the machine stopped; or the script before it runs again, while its rules may
    not be loaded yet: no other change is made before that."""


def state_of(pending: Confirmation, revision: int, now: Moment) -> State:
    """The state of a change, where the running script has this revision."""
    if revision < pending.revision:
        return State.BEGUN
    return State.OPEN if revision == pending.revision and left(pending, now) > 0 else State.OVER


def left(pending: Confirmation, now: Moment) -> int:
    """The milliseconds that are left to confirm a change; 0 after another start of the machine.

    Where starts have no names, a clock that went back shows another one.
    """
    if now.boot != pending.since.boot or now.ticks < pending.since.ticks:
        return 0
    return max(pending.deadline - now.ticks, 0)


def act_of(kept: Mapping[str, object]) -> Act:
    """An act as a record has it. Raises `KeyError`, `TypeError` and `ValueError`."""
    return Act(int(str(kept["time"])), str(kept["user"]), str(kept["origin"]), str(kept["way"]))
