"""The times of probing, and the longest time from a server's failure to its removal, which `status` shows. Pure.

Times are in milliseconds, as in a site.
"""

from __future__ import annotations

from lbsh_lang.site.model import Probe

JITTER_SHARE = 20
"""The time from one probe of a server to the next differs from `every` by at most this part of it."""
STEP = 200
"""From one re-check to the next."""
LATE, LATE_FACTOR = 50, 4
"""An answer is late after so many times the server's usual duration, at least so many milliseconds."""
MOST_OPEN = 5
"""Probes of one server that are open at a time."""
SETTLING = 100
"""From the deciding answer to the rules in the kernel, and the granularity of the loop."""


def round_size(needed: int) -> int:
    """How many probes of a server that seems to have failed overlap, where so many failures are needed."""
    return min(needed, MOST_OPEN)


def round_patience(probe: Probe, size: int) -> int:
    """The deadline of a round of so many overlapping probes, from the start of its first: what is unanswered has failed."""
    return max(probe.timeout, size * STEP)


def patience(probe: Probe) -> int:
    """From the start of a failed server's first probe to the last failure that it takes to be down."""
    if not probe.recheck:
        return (probe.fall - 1) * probe.every + probe.timeout
    full, rest = divmod(probe.fall, MOST_OPEN)
    return full * round_patience(probe, MOST_OPEN) + (round_patience(probe, rest) if rest else 0)


def interval(probe: Probe) -> int:
    """The longest time from one probe of a server to the next."""
    return probe.every + probe.every // JITTER_SHARE


def detection_time(probe: Probe) -> int:
    """The longest time from a server's failure to its removal, without passive signs, while no more servers seem to have
    failed than are checked again at a time, and the way to the servers is not in doubt."""
    return interval(probe) + patience(probe) + SETTLING
