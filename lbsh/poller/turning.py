"""A turn of probing: results are collected, health decides, re-checks and due probes start, the handler acts. Pure."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from itertools import chain, repeat

from lbsh.poller.board import Board
from lbsh.poller.clock import Clock
from lbsh.poller.lateness import Lateness
from lbsh.poller.leaving import Leaving
from lbsh.poller.parts import Effects, Fast, Handler, Judge, Prober, Scheduler, Team
from lbsh_lang.site.status import ServerId


@dataclass(slots=True)
class _Queue:
    """Servers that wait for a descriptor, in order."""

    waiting: deque[int] = field(default_factory=deque)
    members: set[int] = field(default_factory=set)


class Turning:
    """The parts of a poller, and what happens in a turn. `remark` gets what concerns neither rules nor probes."""

    def __init__(
        self,
        board: Board,
        health: Judge,
        scheduler: Scheduler,
        team: Team,
        handler: Handler,
        remark: Callable[[Effects], None],
    ) -> None:
        self.board, self.health, self.scheduler, self.team = board, health, scheduler, team
        self.lateness = Lateness()
        self._handler, self._remark = handler, remark
        self._serial = 0
        self._leaving: list[Leaving] = []
        self._queues = {id(prober): _Queue() for prober in team.probers}
        self._intervals = {1000 * target.probe.every for target in board.targets}
        self._longest = max(self._intervals, default=0)

    def go_on(self, former: Turning) -> None:
        """Goes on with the figures and the serials of what probed before, its open probes, and who waits for a descriptor.

        From then on the former one starts nothing, and health, not its probers, counts what comes of its probes.
        """
        self.lateness = former.lateness
        self._serial = former._serial
        former.health.special[:] = b"\1" * len(former.health.special)
        former.team.retire()
        self._leaving = [*former._leaving, Leaving(former.board, former.team, former._serial)]
        for server in [server for queue in former._queues.values() for server in queue.waiting]:
            index = self.board.index_of.get(former.board.targets[server].server)
            if index is not None:
                _wait(self._queues[id(self._prober(index))], index)

    def begin(self, now: int) -> None:
        """Begins, as late as it may be after the making."""
        self.team.begin()
        self.scheduler.begin(now)

    def close(self) -> None:
        """Gives up all probes."""
        for team in (*[leaving.team for leaving in self._leaving], self.team):
            team.close()

    @property
    def starved(self) -> int:
        """Probes that wait for a descriptor."""
        return sum(len(queue.waiting) for queue in self._queues.values())

    def suspect(self, servers: Iterable[ServerId], now: int) -> None:
        """Servers that are to be probed at once."""
        for server in servers:
            index = self.board.index_of.get(server)
            if index is not None:
                self.health.suspect(index, now)

    def turn(self, clock: Clock, real_ms: int, waited: int, lost: int) -> None:
        """One turn at the clock's time; `waited` is the time without a core since the last, `lost` did not count."""
        now = clock.now
        self.lateness.lost(now, lost, waited, self._longest)
        self._collect(now)
        effects = self.health.turn(now, real_ms)
        for server, serial in effects.abandons:
            self._abandon(server, serial)
        self._start_waiting(now)
        for server in effects.starts:
            self._start(server, now)
        self._start_due(now, waited)
        self.team.flush()
        if effects.changes:
            self._handler.act(effects.changes)
        if effects.path_tests or effects.notices:
            self._remark(effects)

    def next_time(self, now: int) -> tuple[int | None, bool]:
        """When the next turn is due if nothing happens before, and whether a probe is open."""
        due, probing = self.scheduler.next_time(now), False
        wanted = self.health.next_time(now)
        if wanted is not None and (due is None or wanted < due):
            due = wanted
        for one in chain[Prober | Leaving](self.team.probers, self._leaving):
            wanted = one.next_time(now)
            if wanted is not None:
                probing = True
                if due is None or wanted < due:
                    due = wanted
        return due, probing

    def _collect(self, now: int) -> None:
        """Gives results to health, which first hears of the probes that were due: one may start and end at once."""
        health, fast = self.health, self.team.fast
        for prober in self.team.probers:
            results = prober.collect(now)
            for opened in fast.opened() if fast is prober else ():
                health.started(*opened)
            for probed in results:
                health.finished(probed, now)
        if self._leaving:
            self._collect_leaving(now)

    def _collect_leaving(self, now: int) -> None:
        """The same from teams of former scripts, which end with their last probe."""
        for leaving in self._leaving:
            opened, results = leaving.collect(now, self.board)
            for one in opened:
                self.health.started(*one)
            for probed in results:
                self.health.finished(probed, now)
        ended = [leaving for leaving in self._leaving if leaving.next_time(now) is None]
        for leaving in ended:
            leaving.team.close()
            self._leaving.remove(leaving)

    def _abandon(self, server: int, serial: int) -> None:
        for leaving in self._leaving:
            if serial <= leaving.last:
                leaving.abandon(self.board.targets[server], serial)
                return
        self._prober(server).abandon(server, serial)

    def _prober(self, server: int) -> Prober:
        return self.team.probers[self.team.of[server]]

    def _start_due(self, now: int, waited: int) -> None:
        """Starts what is due; all of it counts as being as late as the latest."""
        due_since = self.scheduler.next_time(now)
        servers = self.scheduler.due(now)
        if not servers or due_since is None:
            return
        intervals = self._intervals_of(servers)
        self.lateness.started(intervals, len(servers), now, now - due_since, waited)
        fast = self.team.fast
        if fast is not None and len(self.team.probers) == 1:
            self._start_fast(fast, servers, now)
            return
        number = self.team.probers.index(fast) if fast is not None else -1
        of = self.team.of
        for server in servers:
            if of[server] != number:
                self._start(server, now)
        if fast is not None:
            self._start_fast(fast, [server for server in servers if of[server] == number], now)

    def _intervals_of(self, servers: Sequence[int]) -> Iterable[int]:
        """The intervals of servers; mostly all have the same."""
        if len(self._intervals) == 1:
            return repeat(self._longest, len(servers))
        targets = self.board.targets
        return (1000 * targets[server].probe.every for server in servers)

    def _start_fast(self, fast: Fast, servers: Sequence[int], now: int) -> None:
        """Starts many at once."""
        queue, serial = self._queues[id(fast)], self._serial
        started = 0 if queue.waiting else fast.start_all(servers, serial + 1, now)
        self._serial += started
        for server in servers[started:]:
            _wait(queue, server)

    def _start(self, server: int, now: int) -> None:
        """Starts one, or has it wait behind those that wait already."""
        prober = self._prober(server)
        queue = self._queues[id(prober)]
        if queue.waiting or not self._started(prober, server, now):
            _wait(queue, server)

    def _started(self, prober: Prober, server: int, now: int) -> bool:
        serial = self._serial + 1
        if not prober.start(server, serial, now):
            return False
        self._serial = serial
        self.health.started(server, serial, now)
        return True

    def _start_waiting(self, now: int) -> None:
        for prober in self.team.probers:
            queue = self._queues[id(prober)]
            while queue.waiting and self._started(prober, queue.waiting[0], now):
                queue.members.discard(queue.waiting.popleft())


def _wait(queue: _Queue, server: int) -> None:
    """A server waits once, however often it was due meanwhile."""
    if server not in queue.members:
        queue.members.add(server)
        queue.waiting.append(server)
