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


def patience(probe: Probe) -> int:
    """The deadline of a suspicion after its first probe: what is unanswered then has failed."""
    return max(probe.timeout, probe.fall * STEP)


def detection_time(probe: Probe) -> int:
    """The longest time from a server's failure to its removal, without passive signs."""
    return probe.every + probe.every // JITTER_SHARE + patience(probe) + SETTLING
