"""The facts about a running poller, gathered from its loop."""

from __future__ import annotations

from lbsh.live.facts import Facts
from lbsh.poller.lateness import BOUNDS
from lbsh.poller.loop import Loop
from lbsh.poller.shadow import reports, taken_out
from lbsh.poller.turning import Turning


def facts_of(known: Facts, loop: Loop, turning: Turning | None, shadow: Turning | None = None) -> Facts:
    """What is known of a poller otherwise (its process, revision, what it holds), with the figures of its loop,
    and what shadow probes have found out."""
    clock = loop.clock
    found = known._replace(lag=clock.lag, slow_turns=clock.slow_turns, turns=loop.turns, bounds=BOUNDS)
    if turning is None:
        return found
    lateness = turning.lateness
    if shadow is not None:
        servers = taken_out(shadow.board, turning.board)
        found = found._replace(shadows=reports(shadow.board, servers), shadowed=len(servers))
    return found._replace(lateness=tuple(lateness.own), worst=lateness.worst, starved=turning.starved)
