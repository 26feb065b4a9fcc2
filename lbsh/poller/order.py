"""A server's results in the order in which their probes started, and the state that follows from them. Pure.

Theory of operation. Probes of a server overlap, so results come in any order. The state follows from the sequence of results
by the starts of their probes: `fall` failures in a row make a server down, `rise` successes make it up, and the last such
run counts. A probe that is still open breaks a run, since nobody knows what will come of it; once its result is there, a run
can only be longer. Results in front of the first open probe are settled: a state and a number remain of them.

Example, `fall 3`: probe 1 is open, 2, 3 and 4 were refused. The server is down, whatever will come of 1. Had 1 failed, with
2 open and 3 and 4 refused, nothing would follow yet.
"""

from __future__ import annotations

from dataclasses import dataclass, field

UNKNOWN, UP, DOWN = 0, 1, 2
"""The states by their number in the column `state` of the board."""
_MOST = 64
"""Entries at most. Of more, the first open probe counts as if it had never been made: all later ones have waited for it."""


@dataclass(slots=True)
class Entry:
    """A probe: its number, the time of its start, whether it went well (None: it is open), whether it was one besides the
    server's turn."""

    serial: int
    start: int
    extra: bool
    good: bool | None = None


@dataclass(slots=True)
class Order:
    """The settled results as a state and a run (successes in a row, or failures as a negative number), and the others."""

    rise: int
    fall: int
    state: int
    run: int = 0
    settled: int = -1
    """The number of the last settled probe."""
    entries: list[Entry] = field(default_factory=list)

    def add(self, entry: Entry) -> Entry | None:
        """Enters a probe at its place; mostly at the end. The open probe that is given up for it, None if none is."""
        entries = self.entries
        place = len(entries)
        while place and entries[place - 1].serial > entry.serial:
            place -= 1
        entries.insert(place, entry)
        given_up = next((one for one in entries if one.good is None), None) if len(entries) > _MOST else None
        if given_up is not None:
            entries.remove(given_up)
        return given_up

    def find(self, serial: int) -> Entry | None:
        """The probe with this number, None if it is not entered, or settled."""
        for entry in self.entries:
            if entry.serial == serial:
                return entry
        return None

    def settle(self) -> None:
        """Folds results in front of the first open probe into state and run."""
        entries = self.entries
        number = 0
        for entry in entries:
            if entry.good is None:
                break
            self.state, self.run = self._after(self.state, self.run, entry.good)
            self.settled = entry.serial
            number += 1
        del entries[:number]

    def decided(self) -> int:
        """The state that follows from all results so far."""
        return self.folded()[0] if self.entries else self.state

    def folded(self) -> tuple[int, int]:
        """State and run after all results so far."""
        state, run = self.state, self.run
        for entry in self.entries:
            if entry.good is None:
                run = 0
            else:
                state, run = self._after(state, run, entry.good)
        return state, run

    def contrary(self, state: int) -> tuple[int, list[Entry]]:
        """What speaks against a state since the last result in its favour: the length of the settled run, and the later
        entries, contrary or open."""
        favours = state != DOWN
        for place in range(len(self.entries) - 1, -1, -1):
            if self.entries[place].good is favours:
                return 0, self.entries[place + 1 :]
        run = -self.run if favours else self.run
        return max(run, 0), self.entries

    def forget(self, state: int) -> None:
        """Goes back to a state, as if the probes that had results had never been made."""
        self.state, self.run = state, 0
        self.entries = [entry for entry in self.entries if entry.good is None]

    def excuse(self, before: int) -> None:
        """Drops failures of probes that started before a time, as if these had never been made."""
        self.entries = [entry for entry in self.entries if entry.good is not False or entry.start >= before]

    def _after(self, state: int, run: int, good: bool) -> tuple[int, int]:
        run = max(run, 0) + 1 if good else min(run, 0) - 1
        if good and (run >= self.rise or state == UNKNOWN):
            return UP, run
        if not good and -run >= self.fall:
            return DOWN, run
        return state, run
