"""Is the clock right? Drains with a time, confirmations and the log go by it."""

from __future__ import annotations

from collections.abc import Iterator

from lbsh.gateway.audit import time_of
from lbsh.gateway.doctor.base import Case, Check, Finding, Kind, Severity
from lbsh.store.protocol import Act

WRONG = Kind("clock-wrong", Severity.ERROR, "The clock shows a time before this version of lbsh was made.")
UNSYNCHRONISED = Kind("clock-unsynchronised", Severity.NOTE, "Nothing keeps the clock right.")
FUTURE = Kind(
    "clock-behind-store", Severity.WARNING, "A statement in the store was said later than now: the clock goes wrong."
)

_FIRST = 1_704_067_200_000
"""2024-01-01, in milliseconds since 1970."""

_SLACK = 60_000
_ADVICE = "set it, and have a service keep it right: chrony, systemd-timesyncd, ntpd"


def _look(case: Case) -> Iterator[Finding]:
    now = case.system.now()
    if now < _FIRST:
        yield Finding(WRONG, f"the clock shows {_shown(now)}", _ADVICE)
    elif case.system.is_clock_synchronised() is False:
        yield Finding(UNSYNCHRONISED, "the kernel says that nothing keeps the clock right", _ADVICE)
    case.require_script()
    last = max([one.act.time for one in case.running.statements], default=0)
    last = max([last, *(entry.act.time for entry in case.store.history()[:1])])
    if last > now + _SLACK:
        yield Finding(FUTURE, f"the clock shows {_shown(now)}, and the store has an act of {_shown(last)}", _ADVICE)


def _shown(time: int) -> str:
    return time_of(Act(time, "", "", ""))


CHECK = Check("clock", (), (WRONG, UNSYNCHRONISED, FUTURE), _look)
