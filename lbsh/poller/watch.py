"""What health keeps of a server that needs attention, and what it plans for it: deadlines and further probes. Pure.

Most servers are up and calm, and have no watch. One begins with a probe that is open at the first look, with a bad result, a
sign, or a result of a server that is not up, and ends when nothing is open or undecided. Times are in microseconds.
"""

from __future__ import annotations

from dataclasses import dataclass

from lbsh.poller.order import DOWN, Entry, Order
from lbsh.poller.suspicion import STEP, Round, round_of
from lbsh.poller.timing import MOST_OPEN
from lbsh_lang.site.model import Probe


@dataclass(slots=True)
class Watch:
    """The results of a server in order, and the round of probes that decides on a suspicion, if there is one."""

    probe: Probe
    order: Order
    asked: bool = False
    """A further probe was asked for and has not started."""
    queued: bool = False
    """It waits until a further probe may start."""
    wake: int | None = None
    last_start: int = -STEP
    round: Round | None = None
    round_start: int = 0
    count: int = 0
    """Probes of the round that have started."""
    next_extra: int = 0
    failing_since: int = 0
    """The start of the first probe that speaks against the state, if any does."""
    excused_until: int = 0
    """Failures of probes that started before do not count."""

    @property
    def open(self) -> int:
        return sum(entry.good is None for entry in self.order.entries)

    @property
    def extras(self) -> int:
        """Its probes besides the server's turn that are open, or asked for."""
        return self.asked + sum(entry.extra and entry.good is None for entry in self.order.entries)

    def enter(self, entry: Entry) -> Entry | None:
        """Enters a probe that has started. The open probe that is given up for it, None if none is."""
        self.last_start = max(self.last_start, entry.start)
        if self.round is not None and entry.start <= self.round_start + self.round.last:
            self.count += 1
        return self.order.add(entry)

    def review(self, now: int, usual: int) -> list[Entry]:
        """Looks at new results and at the time; the open probes that have failed because the time of a round is over."""
        self.order.excuse(self.excused_until)
        run, tail = self.order.contrary(self.order.state)
        if tail and not run:
            self.failing_since = tail[0].start
        if self.probe.recheck and self.order.decided() != DOWN:
            self._suspect(now, usual)
        failed = self._overdue(now)
        for entry in failed:
            entry.good = False
        self.order.settle()
        self._end_round(now)
        if self.probe.recheck and self.order.decided() != DOWN:
            self._suspect(now, usual)
        return failed

    def extra_at(self) -> int | None:
        """When a further probe is to start beside or after the others, None if none is needed."""
        if self.asked or not self.probe.recheck or self.open >= MOST_OPEN:
            return None
        state = self.order.decided()
        run, tail = self.order.contrary(state)
        if state == DOWN:
            shown = run > 0 or any(entry.good for entry in tail)
            return self.last_start + STEP if shown and run + len(tail) < self.probe.rise else None
        if self.round is None:  # a round has ended, and not all failures are there
            return self.last_start + STEP if run and not tail else None
        if self.count >= self.round.size or self.next_extra > self.round_start + self.round.last:
            return None
        return self.next_extra

    def ask(self, now: int) -> None:
        """Notes that a further probe starts in this turn."""
        self.asked = True
        if self.round is not None:
            self.next_extra = max(self.next_extra + STEP, now + STEP // 2)

    def forgive(self, state: int, until: int) -> None:
        """Goes back to a state, as if probes that failed, or fail though they start before then, had never been made."""
        self.order.forget(state)
        self.round, self.excused_until = None, until

    def next_review(self, usual: int) -> int | None:
        """When the next look at it is due, though no result comes."""
        if self.round is not None:
            return self.round_start + self.round.deadline
        first, run = self._candidate()
        if first is None or not self.probe.recheck:
            return None
        late = round_of(self.probe, run, usual).late
        return None if late is None else first.start + late

    def is_suspected(self) -> bool:
        """Whether something speaks against a server that is up on the board, or a decision that waits."""
        state = self.order.decided()
        run, tail = self.order.contrary(state)
        return state == DOWN or self.round is not None or run > 0 or any(entry.good is False for entry in tail)

    def is_over(self, published: int) -> bool:
        """Whether nothing of it is worth keeping, since all that matters is the published state."""
        order = self.order
        if self.asked or order.entries or order.state != published:
            return False
        return order.run <= 0 if published == DOWN else order.run >= 0

    def is_calm(self, entry: Entry) -> bool:
        """Whether nothing but this probe, which was one in the server's turn, is of interest."""
        order = self.order
        return len(order.entries) == 1 and not (entry.extra or self.asked or self.round or order.run < 0)

    def _candidate(self) -> tuple[Entry | None, int]:
        """The first probe that speaks, or may speak, against a server that is not down, and the failures before it."""
        state = self.order.decided()
        if state == DOWN:
            return None, 0
        run, tail = self.order.contrary(state)
        return next((entry for entry in tail if entry.start >= self.excused_until), None), run

    def _suspect(self, now: int, usual: int) -> None:
        """Begins a round where the first probe has failed, is late, or follows a failure."""
        if self.round is not None:
            return
        first, run = self._candidate()
        if first is None:
            return
        plan = round_of(self.probe, run, usual)
        tail = self.order.contrary(self.order.decided())[1]
        is_late = plan.late is not None and now >= first.start + plan.late
        if run or is_late or any(entry.good is False for entry in tail):
            self.round, self.round_start = plan, first.start
            self.count = sum(first.start <= entry.start <= first.start + plan.last for entry in tail)
            self.next_extra = max(first.start + STEP, now if first.good is None and is_late else 0)

    def _overdue(self, now: int) -> list[Entry]:
        if self.round is None or now < self.round_start + self.round.deadline or self.order.decided() == DOWN:
            return []
        last = self.round_start + self.round.last
        return [entry for entry in self.order.entries if entry.good is None and self.round_start <= entry.start <= last]

    def _end_round(self, now: int) -> None:
        """Ends a round that is over: its server is down or has answered since, its time has passed, or all have failed."""
        if self.round is None:
            return
        state = self.order.decided()
        run, tail = self.order.contrary(state)
        relieved = state == DOWN or (run == 0 and not any(entry.start <= self.round_start for entry in tail))
        late = now >= self.round_start + self.round.deadline
        complete = self.count >= self.round.size and not tail
        if relieved or late or complete:
            self.round = None
