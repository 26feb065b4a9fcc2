"""Wishes that outlive a new file: drains and downs that were made by statement, and that the file does not have. Pure.

A statement may be about several servers, of which some were resumed since, or are gone with the new file. So it is written
anew, for the servers that it is still about. It keeps its act, which says who made it, and when the time of a drain began.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator

from lbsh.gateway.expiry import act_of, is_over
from lbsh.gateway.running import STATEMENTS
from lbsh.gateway.servers import servers_of
from lbsh.store.protocol import Running, Statement
from lbsh_lang.site.model import DownByHand, Drain, Server, Site

_Wish = Drain | DownByHand


def kept_drains(old: Site, running: Running, new: Site, now: int) -> tuple[Statement, ...]:
    """The drains and downs of a running script, which means the site `old`, to keep behind a file that means the site `new`.

    `now` is in milliseconds since 1970 (UTC).
    """
    there = {(pool.name, *server.identity): server for pool, server, _ in servers_of(new)}
    given: dict[tuple[int, str, int], tuple[_Wish, dict[str, None]]] = {}
    for pool, server, port in servers_of(old):
        now_there = there.get((pool.name, *server.identity))
        for wish in _lacking(server, now_there) if now_there is not None else ():
            if wish.origin.source.name == STATEMENTS and not _is_over(wish, running, now):
                key = (wish.origin.rank, pool.name, port or 0)
                given.setdefault(key, (wish, {}))[1][str(server.address)] = None
    found = []
    for (_, name, port), (wish, addresses) in sorted(given.items(), key=lambda item: item[0][0]):
        act = act_of(wish, running)
        assert act is not None, "it is a statement of the running script"
        found.append(Statement(_text(wish, name, port, addresses), act))
    return tuple(found)


def _lacking(old: Server, new: Server) -> Iterator[_Wish]:
    """The wishes about a server that a new file does not have."""
    if old.drain is not None and new.drain is None:
        yield old.drain
    if old.down_by_hand is not None and new.down_by_hand is None:
        yield old.down_by_hand


def _is_over(wish: _Wish, running: Running, now: int) -> bool:
    return isinstance(wish, Drain) and is_over(wish, running, 0, now)


def _text(wish: _Wish, pool: str, port: int, addresses: Collection[str]) -> str:
    """A statement about servers of one pool; time and reason stand there as they were typed."""
    words = [", ".join(addresses), *(["port", str(port)] if port else []), "from", pool]
    reason = wish.origin.node.reason
    if isinstance(wish, Drain):
        words = ["drain", *words, *(["keep clients"] if wish.origin.node.keep else [])]
        words += [f"for {wish.origin.node.time.text}"] if wish.origin.node.time else []
    else:
        words = ["down", *words]
    return " ".join([*words, *([f"because {reason.text}"] if reason else [])])
