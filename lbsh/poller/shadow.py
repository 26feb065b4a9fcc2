"""A handler that acts on nothing: it keeps the changes, and says what a poller would have done."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from lbsh.poller.parts import Change
from lbsh_lang.site.status import State

_WORDS = {
    State.UP: "would let {} serve again",
    State.DOWN: "would take {} out",
    State.UNKNOWN: "would count {} as unknown",
}


class Recording:
    """A handler (`parts.Handler`) in front of another one, or of none; `changes` grows."""

    def __init__(self, said: Callable[[str], None], then: Callable[[Sequence[Change]], None] | None = None) -> None:
        self.changes: list[Change] = []
        self._said, self._then = said, then

    def act(self, changes: Sequence[Change]) -> None:
        self.changes += changes
        for change in changes:
            self._said(words_of(change))
        if self._then is not None:
            self._then(changes)


def words_of(change: Change) -> str:
    """What a poller would do about a change."""
    server = change.server
    place = f"{server.address}{f' port {server.port}' if server.port else ''} in {server.pool} for {server.service}"
    detail = f": {change.detail}" if change.detail else ""
    return f"{_WORDS[change.new].format(place)} ({change.reason.value}{detail})"
