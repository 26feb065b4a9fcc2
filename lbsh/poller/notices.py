"""What operators should hear of health: what lasts is mentioned again after a while, a certificate once a day. Pure."""

from __future__ import annotations

from lbsh.poller import expiring
from lbsh_lang.site.status import ServerId

REMINDER = 60_000_000
"""A lasting trouble is mentioned again after this own time, in microseconds."""


class Notices:
    """The lines that nobody has taken yet, and what has been said. `days` before its end a certificate is mentioned."""

    def __init__(self, days: int) -> None:
        self._days = days
        self._lines: list[str] = []
        self._mentioned: dict[str, int] = {}
        self.warned: dict[int, int] = {}
        """The days that were left when the end of a server's certificate was last mentioned."""

    def take_over(self, old: Notices) -> None:
        """Goes on with what another one has mentioned."""
        self._mentioned = dict(old._mentioned)

    def mention(self, topic: str, notice: str, now: int) -> None:
        """Says something that may last, and again after a while."""
        if now >= self._mentioned.get(topic, 0):
            self._mentioned[topic] = now + REMINDER
            self._lines.append(notice)

    def certificate(self, index: int, server: ServerId, expiry: int, now_ms: int) -> None:
        """Warns of the end of a server's certificate, once for each day that is left. Both times are real."""
        found = expiring.warning(server, expiry, now_ms, self._days)
        if found is None:
            self.warned.pop(index, None)
        elif self.warned.get(index) != found[0]:
            self.warned[index] = found[0]
            self._lines.append(found[1])

    def taken(self) -> list[str]:
        """The lines since the last call."""
        lines, self._lines = self._lines, []
        return lines
