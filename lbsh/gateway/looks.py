"""What a server is in a service, as `status` shows it: by the operator's wish, the tree, and the poller, if any. Pure.

What the tree has is what was found last. It counts only while a poller answers that goes on with the probing: otherwise the
state is STALE, with the old one beside it. A server in a service without a probe is `not probed`.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

from lbsh.live.answers import Found, Live, Probing
from lbsh_lang.site.status import ServerId, State, Status

DRAINED, BY_HAND, STALE, NOT_PROBED = "DRAINED", "DOWN (by hand)", "STALE", "not probed"
"""Words in place of a state; the second is for a server that a statement has taken down."""
_GRACE = 2000
"""Milliseconds beyond two intervals and timeouts without a result, after which a state is stale in spite of a poller."""


class Cell(NamedTuple):
    """A server in one of its services: the word for its state, the time since when, and the reason, if there is one.

    `found` is what probes found, STALE or not. `last` is the time of the last result, `until` the time until which a server
    that flaps is held down, `expiry` the end of its certificate: milliseconds since 1970, None if there is none.
    `milliseconds` is the duration of the last good probe.
    """

    state: str
    since: int | None
    reason: str = ""
    found: str = ""
    last: int | None = None
    until: int | None = None
    expiry: int | None = None
    milliseconds: float | None = None

    @property
    def word(self) -> str:
        """The word for people: with STALE, the state that was found last."""
        return f"{STALE} ({self.found})" if self.state == STALE else self.state

    @property
    def serves(self) -> bool:
        """Whether rules lead new connections to it."""
        return self.state not in (DRAINED, BY_HAND) and self.found != State.DOWN.value


class Look(NamedTuple):
    """A look at the device: what the poller answered, or why none did; the services with a probe, and the present time.

    The time is in milliseconds since 1970.
    """

    live: Live | None = None
    silence: str = ""
    probed: frozenset[str] = frozenset()
    now: int = 0

    def probing(self, pool: str, service: str) -> Probing | None:
        """How the poller probes a service, None if it does not."""
        return self.live.services.get((pool, service)) if self.live is not None else None


def cell_of(server: ServerId | None, status: Status | None, wish: str, look: Look) -> Cell:
    """A server in a service, by its status in the tree and its wish there."""
    kept = status or Status(State.UNKNOWN, -1)
    found = look.live.servers.get(server) if look.live is not None and server is not None else None
    cell = _of_tree(kept) if found is None else _of_poller(found, kept)
    return cell._replace(state=_state(server, cell, wish, look))


def _state(server: ServerId | None, cell: Cell, wish: str, look: Look) -> str:
    """The wish of the operator comes before what probes found, and that, before whether anybody probes."""
    if wish:
        return BY_HAND if wish == "down" else DRAINED
    probing = look.probing(server.pool, server.service) if server is not None else None
    if probing is None and (server is None or server.service not in look.probed):
        return cell.found if cell.found == State.DOWN.value else NOT_PROBED
    if cell.found == State.UNKNOWN.value:
        return cell.found
    return STALE if probing is None or _is_overdue(cell, probing, look) else cell.found


def _is_overdue(cell: Cell, probing: Probing, look: Look) -> bool:
    """Whether the poller answers, but has had no result for too long."""
    assert look.live is not None
    seen = max(cell.last or 0, look.live.facts.started)
    return look.live.ended - seen > 2 * (probing.every + probing.timeout) + _GRACE


def _of_tree(status: Status) -> Cell:
    since = status.since if status.since >= 0 else None
    return Cell("", since, status.reason, status.state.value, None, status.until)


def _of_poller(found: Found, kept: Status) -> Cell:
    since = found.since or (kept.since if kept.since >= 0 and kept.state.value == found.state else 0)
    said = f"{found.reason}: {found.detail}" if found.detail else found.reason
    duration = found.duration / 1000 if found.duration else None
    return Cell(
        "", since or None, said, found.state, found.last or None, found.until or None, found.expiry or None, duration
    )


class Finding(NamedTuple):
    """What somebody should look at: its name for programs, and the words."""

    name: str
    message: str


UNSERVED, STALE_NAME = "no-server", "stale"
"""The names of findings with exit statuses of their own."""


def findings_of(cells: Mapping[tuple[str, str], Mapping[str, Cell]], look: Look) -> tuple[Finding, ...]:
    """What is wrong with servers, by pool and service: the worst first."""
    found = [
        Finding(UNSERVED, f"`{service}` has no server that serves")
        for (_, service), servers in cells.items()
        if servers and not any(cell.serves for cell in servers.values())
    ]
    if look.live is None and any(service in look.probed for _, service in cells):
        found.append(Finding(STALE_NAME, look.silence))
    for (_, service), servers in cells.items():
        stale = [server for server, cell in servers.items() if cell.state == STALE and look.live is not None]
        found += [Finding(STALE_NAME, f"`{service}` on {server} has not been probed for long") for server in stale]
    for (_, service), servers in cells.items():
        down = [server for server, cell in servers.items() if cell.state == State.DOWN.value]
        found += [Finding("down", f"`{service}` on {server} is down") for server in down]
    return (*found, *_of_facts(look))


def _of_facts(look: Look) -> list[Finding]:
    if look.live is None:
        return []
    facts = look.live.facts
    found = [Finding("held", f"statuses are held because {why}") for why in facts.held]
    if facts.trouble:
        found.append(Finding("not-applied", f"what probes found is not in the rules: {facts.trouble}"))
    if facts.starved:
        found.append(Finding("waiting", f"{facts.starved} probes wait for a descriptor"))
    if facts.shadow:
        found.append(Finding("shadow", "the poller changes nothing (--shadow)"))
    return found
