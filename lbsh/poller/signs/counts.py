"""Servers that are asked for connections and give none, from counters that only grow. Pure but for what it remembers.

A round hands over all counters in pieces, so that a piece is all that is looked at without a pause.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

UNANSWERED = 3
"""So many requests in a row without an answer are a sign."""

Place = bytes
"""An address, a port, and two bytes of 0, as the kernel puts them together."""
Counters = Iterable[tuple[Place, int]]


class Counts:
    """What was counted at the last look. The first look, and one after counters began anew, say nothing."""

    def __init__(self) -> None:
        self._asked: dict[Place, int] = {}
        self._answered: dict[Place, int] = {}
        """What is above 0: most servers of a large farm may have no client at a time."""
        self._is_first = True
        self._silent: dict[Place, int] = {}
        self.begin()

    def begin(self) -> None:
        """Begins a round; what a round without an end handed over is forgotten."""
        self._newly_asked: dict[Place, int] = {}
        self._newly_answered: dict[Place, int] = {}

    @property
    def were_asked(self) -> bool:
        """Whether any server was asked since the last round."""
        return bool(self._newly_asked)

    def asked(self, counters: Counters) -> None:
        """A piece of how often servers were asked."""
        before = self._asked.get
        self._newly_asked.update([one for one in counters if before(one[0], 0) != one[1]])

    def answered(self, counters: Counters) -> None:
        """A piece of how often they answered, counted later than how often they were asked."""
        before = self._answered.get
        self._newly_answered.update([one for one in counters if before(one[0], 0) != one[1]])

    def silent(self) -> Iterator[Place]:
        """Ends a round: the places that were asked `UNANSWERED` times or more since they last answered, or were last
        named here."""
        asked, answered, before = self._newly_asked, self._newly_answered, self._asked
        found = []
        for place in self._silent.keys() & answered.keys():
            del self._silent[place]
        for place, count in asked.items():
            more = count - before.get(place, count if self._is_first else 0)
            if more < 0:
                self._silent.pop(place, None)
            elif more and place not in answered:
                since = self._silent.get(place, 0) + more
                self._silent[place] = since if since < UNANSWERED else 0
                if since >= UNANSWERED:
                    found.append(place)
        before.update(asked)
        self._answered.update(answered)
        self._is_first = False
        self.begin()
        yield from found
