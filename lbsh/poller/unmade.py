"""A prober for servers whose probe this machine cannot make: each result is SPOILT, which holds the status and says why."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from lbsh.poller.parts import Probed
from lbsh.poller.results import Reason


class Unmade:
    """`reasons` says for each of its servers why there is no probe."""

    def __init__(self, reasons: Mapping[int, str]) -> None:
        self._reasons = reasons
        self._results: list[Probed] = []

    def start(self, index: int, serial: int, now: int) -> bool:
        self._results.append(Probed(index, serial, Reason.SPOILT, 0, self._reasons[index]))
        return True

    def collect(self, now: int) -> Iterable[Probed]:
        results, self._results = self._results, []
        return results

    def abandon(self, index: int, serial: int) -> None:
        self._results = [one for one in self._results if (one.server, one.serial) != (index, serial)]

    def next_time(self, now: int) -> int | None:
        return now if self._results else None

    def close(self) -> None:
        self._results.clear()
