"""Servers whose last probe this machine could not make, by the cause: their statuses are held. Pure."""

from __future__ import annotations

from collections import Counter

MOST_TOLD = 5
"""Causes of which each is told; a method may have a text of its own for each server."""


class Spoilt:
    """The servers with their causes, and how many servers each cause has."""

    def __init__(self) -> None:
        self.causes: dict[int, str] = {}
        self._counts = Counter[str]()

    def note(self, server: int, cause: str) -> None:
        """The last probe of a server could not be made."""
        self.forget(server)
        self.causes[server] = cause
        self._counts[cause] += 1

    def forget(self, server: int) -> None:
        """A server has had a result."""
        cause = self.causes.pop(server, None)
        if cause is not None:
            self._counts[cause] -= 1
            if not self._counts[cause]:
                del self._counts[cause]

    def held(self) -> tuple[str, ...]:
        """Why statuses are held, a phrase for each cause, the most frequent first; of many, for the first."""
        told = self._counts.most_common(MOST_TOLD)
        rest = len(self.causes) - sum(count for _, count in told)
        more = [f"probes of {_servers(rest)} cannot be made for other causes"] if rest else []
        return (*[f"probes of {_servers(count)} cannot be made{_why(cause)}" for cause, count in told], *more)


def _servers(count: int) -> str:
    return f"{count} server{'' if count == 1 else 's'}"


def _why(cause: str) -> str:
    return f" ({cause})" if cause else ""
