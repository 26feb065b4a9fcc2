"""Servers that are asked for connections and give none, from counters that only grow. Pure but for what it remembers."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

UNANSWERED = 3
"""So many requests in a row without an answer are a sign."""

Place = tuple[bytes, int]
Counters = Mapping[Place, int]


class Counts:
    """What was counted at the last look. The first look, and one after counters began anew, say nothing."""

    def __init__(self) -> None:
        self._asked: Counters = {}
        self._answered: Counters = {}
        self._silent: dict[Place, int] = {}

    def silent(self, asked: Counters, answered: Counters) -> Iterator[Place]:
        """The places that were asked `UNANSWERED` times or more since they last answered, or were last named here."""
        before, answered_before = self._asked, self._answered
        self._asked, self._answered = asked, answered
        for place, count in asked.items():
            more = count - before.get(place, count)
            if answered.get(place, 0) != answered_before.get(place, 0) or more < 0:
                self._silent.pop(place, None)
            elif more:
                since = self._silent.get(place, 0) + more
                self._silent[place] = since if since < UNANSWERED else 0
                if since >= UNANSWERED:
                    yield place
