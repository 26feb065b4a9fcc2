"""When further probes start beside one that is late or fails, and when what is unanswered counts as failed. Pure.

Theory of operation. A server that seems to have failed is under suspicion. Its `fall` probes are then made in rounds of at
most five that overlap, `STEP` apart, the first of which is the probe that was late or failed. A round has one deadline, the
longer of the timeout and a step for each of its probes, counted from the start of the first: what is unanswered then has
failed. Up to `fall 5` there is one round. The next round begins when the last has failed altogether.

A late probe starts a round while it is open itself. It is late after four times the server's usual duration, but early
enough that the last probe of the round has time for an answer, too: twice the usual, as far as the round allows.

All times are in microseconds.
"""

from __future__ import annotations

from typing import NamedTuple

from lbsh.poller import timing
from lbsh_lang.site.model import Probe

STEP = 1000 * timing.STEP
_LATE = 1000 * timing.LATE
QUICK = _LATE // timing.LATE_FACTOR
"""The rounds of servers whose usual duration is no longer than this are the same."""
_SLACK = STEP // 2
"""A re-check may start so much later than planned, since the loop turns at its own times."""


class Round(NamedTuple):
    """The times of a round, counted from the start of its first probe.

    `late` is when the first probe is late, None if that starts nothing; `last` is when a probe may start at the latest to
    be one of the round; those that are fail at `deadline`.
    """

    size: int
    late: int | None
    last: int
    deadline: int


def round_of(probe: Probe, failed: int, usual: int) -> Round:
    """The round of a server with so many failures in a row already; `usual` is the duration of its good probes."""
    size = max(timing.round_size(probe.fall - failed), 1)
    deadline = 1000 * timing.round_patience(probe, size)
    spare = deadline - (size - 1) * STEP
    room = min(max(STEP, 2 * usual), spare)
    last = deadline - min(max(_SLACK, usual), max(room - _SLACK, 0))
    if size == 1 and failed + 1 >= probe.fall:
        return Round(size, None, last, deadline)
    late = min(max(_LATE, timing.LATE_FACTOR * usual), deadline - room - max(size - 2, 0) * STEP)
    return Round(size, late, last, deadline)
