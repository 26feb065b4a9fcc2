"""The facts about a running poller, gathered from its loop."""

from __future__ import annotations

from lbsh.live.facts import Facts
from lbsh.poller.lateness import BOUNDS
from lbsh.poller.loop import Loop
from lbsh.poller.turning import Turning


def facts_of(known: Facts, loop: Loop, turning: Turning | None) -> Facts:
    """What is known of a poller otherwise (its process, revision, what it holds), with the figures of its loop."""
    clock = loop.clock
    found = known._replace(lag=clock.lag, slow_turns=clock.slow_turns, turns=loop.turns, bounds=BOUNDS)
    if turning is None:
        return found
    lateness = turning.lateness
    return found._replace(lateness=tuple(lateness.own), worst=lateness.worst, starved=turning.starved)
