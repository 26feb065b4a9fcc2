"""Drains that end by themselves (`drain ... for 2h`): which are over, and the statements that end them. Pure.

The time of a drain that was typed counts from then on; that of a line of a file from the moment when the file was applied.
"""

from __future__ import annotations

from lbsh.gateway.running import STATEMENTS, indices
from lbsh.gateway.servers import servers_of
from lbsh.store.protocol import Act, Running
from lbsh_lang.site.model import DownByHand, Drain, Site
from lbsh_lang.site.resolve import Resolution
from lbsh_lang.site.script import Script
from lbsh_lang.syntax.nodes import DrainEverywhereStatement, DrainStatement


def by_itself(now: int) -> Act:
    """The act that ends drains; `now` is in milliseconds since 1970 (UTC)."""
    return Act(now, "lbsh", "", "a drain is over")


def may_be_over(script: Script) -> bool:
    """Whether any drain of a script ends by itself: a quick look, without its meaning."""
    return any(
        isinstance(one.node, DrainStatement | DrainEverywhereStatement) and one.node.time is not None
        for one in script.statements
    )


def overdue(resolution: Resolution, running: Running, applied: int, now: int) -> tuple[str, ...]:
    """The statements that end the drains whose time is over; `applied` is when the files were applied."""
    return tuple(
        f"resume {server.address}{'' if port is None else f' port {port}'} in {pool.name}"
        for pool, server, port in servers_of(resolution.site)
        if server.drain is not None and is_over(server.drain, running, applied, now)
    )


def next_end(site: Site, running: Running, applied: int) -> int | None:
    """When the next drain ends by itself, None if none does. Times are in milliseconds."""
    drains = [server.drain for _, server, _ in servers_of(site) if server.drain is not None]
    return min([end for drain in drains if (end := end_of(drain, running, applied)) is not None], default=None)


def is_over(drain: Drain, running: Running, applied: int, now: int) -> bool:
    """Whether the time of a drain is over; `applied` is when the files were applied. All are in milliseconds."""
    end = end_of(drain, running, applied)
    return end is not None and end <= now


def end_of(drain: Drain, running: Running, applied: int) -> int | None:
    """When a drain ends by itself, None if it does not."""
    if drain.time is None:
        return None
    act = act_of(drain, running)
    return (applied if act is None else act.time) + drain.time


def act_of(wish: Drain | DownByHand, running: Running) -> Act | None:
    """The act of a drain or a down that was typed; None for one in a file."""
    if wish.origin.source.name != STATEMENTS:
        return None
    return running.statements[indices(running.statements)[wish.origin.line]].act
