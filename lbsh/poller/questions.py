"""Open probes of those probers that ask all servers by one socket, and know an answer by a number that nobody can guess."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from typing import Generic, NamedTuple, TypeVar

from lbsh.poller.deadlines import Deadlines
from lbsh.poller.failures import reason_of_call, words_of
from lbsh.poller.parts import Probed
from lbsh.poller.results import Reason

Number = TypeVar("Number", int, bytes)


class Question(NamedTuple, Generic[Number]):
    """A probe that is open: the number that its answer has, and its start in nanoseconds of the monotonic clock."""

    server: int
    serial: int
    number: Number
    began: int


class Questions(Generic[Number]):
    """What was asked and has no answer. `silence` is the reason of what has none when its time is over."""

    def __init__(self, silence: Reason, on_silence: Callable[[int], None] = lambda server: None) -> None:
        self._silence, self._on_silence = silence, on_silence
        self._open: dict[Number, Question[Number]] = {}
        self._numbers: dict[tuple[int, int], Number] = {}
        self._deadlines: Deadlines[Question[Number]] = Deadlines()
        self._results: list[Probed] = []

    def ask(self, server: int, serial: int, number: Number, now: int, limit: int) -> None:
        """Notes that a server is asked now; `limit` is in microseconds."""
        question = Question(server, serial, number, time.monotonic_ns())
        self._open[number] = question
        self._numbers[server, serial] = number
        self._deadlines.add(now, limit, question)

    def find(self, number: Number) -> Question[Number] | None:
        """The open probe with a number."""
        return self._open.get(number)

    def answer(self, question: Question[Number], reason: Reason, waited: int) -> None:
        """Ends a probe by an answer, which has waited so many nanoseconds to be read."""
        del self._open[question.number], self._numbers[question.server, question.serial]
        duration = max(time.monotonic_ns() - question.began - waited, 0) // 1000
        self._results.append(Probed(question.server, question.serial, reason, duration))

    def fail(self, server: int, serial: int, failure: int) -> None:
        """Ends a probe that could not be sent."""
        self.abandon(server, serial)
        self._results.append(Probed(server, serial, reason_of_call(failure), 0, words_of(failure)))

    def abandon(self, server: int, serial: int) -> None:
        """Forgets a probe."""
        number = self._numbers.pop((server, serial), None)
        if number is not None:
            self._open.pop(number, None)

    def end_overdue(self, now: int) -> None:
        """Ends those whose time is over. To be called when all answers have been read."""
        for question in self._deadlines.over(now):
            if self._open.get(question.number) is question:
                self._on_silence(question.server)
                self.answer(question, self._silence, 0)

    def taken(self) -> Sequence[Probed]:
        """The results since the last call."""
        results, self._results = self._results, []
        return results

    def next_time(self, now: int) -> int | None:
        """When something is to be done, None if nothing is open."""
        return now if self._results else self._deadlines.next_time() if self._open else None

    def clear(self) -> None:
        """Forgets all."""
        self._open.clear()
        self._numbers.clear()
