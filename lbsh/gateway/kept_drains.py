"""Drains that outlive a new file: those that were made by statement, and that the file does not have. Pure.

A statement may drain several servers, of which some were resumed since, or are gone with the new file. So it is written
anew, for the servers that it still drains. It keeps its act, which says who drained them, and when its time began.
"""

from __future__ import annotations

from collections.abc import Collection

from lbsh.gateway.expiry import act_of, is_over
from lbsh.gateway.running import STATEMENTS
from lbsh.gateway.servers import servers_of
from lbsh.store.protocol import Running, Statement
from lbsh_lang.site.model import Drain, Site


def kept_drains(old: Site, running: Running, new: Site, now: int) -> tuple[Statement, ...]:
    """The drains of a running script, which means the site `old`, to keep behind a file that means the site `new`.

    `now` is in milliseconds since 1970 (UTC).
    """
    serving = {(pool.name, *server.identity) for pool, server, _ in servers_of(new) if server.drain is None}
    drained: dict[tuple[int, str, int], tuple[Drain, dict[str, None]]] = {}
    for pool, server, port in servers_of(old):
        drain = server.drain
        if drain is None or drain.origin.source.name != STATEMENTS or is_over(drain, running, 0, now):
            continue
        if (pool.name, *server.identity) in serving:
            key = (drain.origin.rank, pool.name, port or 0)
            drained.setdefault(key, (drain, {}))[1][str(server.address)] = None
    found = []
    for (_, name, port), (drain, addresses) in sorted(drained.items(), key=lambda item: item[0][0]):
        act = act_of(drain, running)
        assert act is not None, "it is a drain of the running script"
        found.append(Statement(_text(drain, name, port, addresses), act))
    return tuple(found)


def _text(drain: Drain, pool: str, port: int, addresses: Collection[str]) -> str:
    """A statement that drains servers of one pool; time and reason stand there as they were typed."""
    node = drain.origin.node
    words = ["drain", ", ".join(addresses), *(["port", str(port)] if port else []), "from", pool]
    words += ["keep clients"] if node.keep else []
    words += [f"for {node.time.text}"] if node.time else []
    words += [f"because {node.reason.text}"] if node.reason else []
    return " ".join(words)
