"""Health: which servers are up, from the results of probes and from time. Pure; a `parts.Judge`.

Theory of operation. A server is UNKNOWN, UP or DOWN on the board; UNKNOWN and UP ones serve. Results count in the order of
their probes' starts (`order.py`); further probes and deadlines of a suspicion are planned by `watch.py` and `suspicion.py`.
In a turn all results come first; then every server that had one, or whose time has come, is looked at once, so that
decisions see all answers. A decision becomes a change on the board by `changing.py`, unless the poller's own path to the
server is in doubt (`paths.py`). Up to then the server has its old state.

Own times are in microseconds, real ones (`_ms`) in milliseconds since 1970.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import partial
from heapq import heappop, heappush
from itertools import chain

from lbsh.poller import timing
from lbsh.poller.board import Board
from lbsh.poller.changing import Changing
from lbsh.poller.extras import Extras
from lbsh.poller.notices import Notices
from lbsh.poller.order import DOWN, UP, Entry, Order
from lbsh.poller.parts import Effects, Probed
from lbsh.poller.paths import Outcome, Paths
from lbsh.poller.recording import Record
from lbsh.poller.settings import Settings
from lbsh.poller.suspicion import QUICK, STEP, round_of
from lbsh.poller.watch import Watch

_NOTHING = Effects()
_SPECIAL = bytes(state != UP for state in range(256))
"""Whether servers in a state are special in any case."""


class Health:
    """The health of the servers of a board, which it alone changes, but for what a fast prober counts.

    `interfaces` names the interface towards each server, empty if nobody knows.
    """

    def __init__(self, board: Board, settings: Settings | None = None, interfaces: Sequence[str] = ()) -> None:
        self.board, self.settings = board, settings or Settings()
        self.special = bytearray(b"\1") * len(board.targets)
        self.watches: dict[int, Watch] = {}
        self.changing = Changing(board, self.settings)
        self.extras = Extras(board.targets, self.settings.least_extra)
        machines = [target.address for target in board.targets]
        has_answered = partial(
            _has_answered, board, self.watches
        )  # no method: health would have to be found by the collector
        self.paths = Paths(interfaces or [""] * len(machines), machines, has_answered, self.settings)
        self.record, self.notices = Record(board, self.changing.failed_after), Notices(self.settings.warning)
        self._dirty: dict[int, None] = {}
        self._timers: list[tuple[int, int]] = []
        self._real_ms, self._real_at = 0, 0
        self._starts: list[int] = []
        self._late: dict[int, int | None] = {}
        self._abandons: list[tuple[int, int]] = []

    # What happens

    def started(self, server: int, serial: int, time: int) -> None:
        """A probe started; of a calm server's fast probe health hears at the first look, if it is open then.

        That of a server that is down says nothing before its result, unless others are open.
        """
        watch = self.watches.get(server)
        if watch is None:
            if self.board.state[server] == DOWN:
                return
            self._first_started(server, serial, time)
            return
        extra, watch.asked = watch.asked, False
        if watch.open >= timing.MOST_OPEN:
            self._abandons.append((server, serial))
            self._ended(extra)
        else:
            self._enter(server, watch, Entry(serial, time, extra))
        self._dirty[server] = None

    def finished(self, probed: Probed, now: int) -> None:
        """A result. It may be of a fast probe that was never open at a look."""
        server, reason = probed.server, probed.reason
        if probed.expiry is not None:
            self.board.expiry[server] = probed.expiry
            self.notices.certificate(server, self.board.targets[server].server, probed.expiry, self._ms(now))
        if not reason.counts:
            self._spoilt(probed, now)
            return
        self.record.count(server, reason, probed.detail, probed.duration, self._ms(now))
        if reason.is_good and self.paths.doubts:
            self.paths.answered(server, now)
        watch = self.watches.get(server)
        if watch is None:
            state = self.board.state[server]
            if state == (UP if reason.is_good else DOWN):  # it says no more than the board
                self.special[server] = state == DOWN
                return
            watch = self._watch(server)
        entry = watch.order.find(probed.serial)
        if entry is None:
            if probed.serial <= watch.order.settled:
                return
            entry = Entry(probed.serial, now - probed.duration, False)
            self._enter(server, watch, entry)
        if reason.is_good and self.board.state[server] == UP and watch.is_calm(entry):
            del self.watches[server]
            self.special[server] = 0
            return
        entry.good = reason.is_good
        self._ended(entry.extra)
        self._dirty[server] = None

    def suspect(self, server: int, now: int) -> None:
        """A sign hints that a server has failed: it is probed at once, at most once a step."""
        if self.board.state[server] == DOWN:
            return
        watch = self.watch(server)
        if not watch.asked and now >= watch.last_start + STEP and watch.open < timing.MOST_OPEN and self.extras.is_free:
            self._ask(server, watch, now)
        self._dirty[server] = None

    def path_tested(self, interface: str, works: bool, now: int) -> None:
        """The result of a test of the poller's own path through an interface."""
        self.paths.tested(interface, works, now, self._ms(now))

    def link_lost(self, interface: str, now: int) -> None:
        """An interface of this machine carries nothing."""
        self.paths.lost(interface, now, self._ms(now))

    def held(self) -> tuple[str, ...]:
        """Why statuses are held now, a phrase each."""
        return (*self.paths.held(), *self.record.spoilt.held())

    # Taking over

    def watch(self, server: int) -> Watch:
        """The watch over a server, which begins if there is none."""
        return self.watches.get(server) or self._watch(server)

    def keep(self, server: int, watch: Watch) -> None:
        """Goes on with the watch of another health, and with the open probes in it."""
        self.watches[server] = watch
        self._dirty[server] = None
        self.extras.open += watch.extras
        if watch.wake is not None:
            heappush(self._timers, (watch.wake, server))

    def go_on(self, old: Health, kept: Mapping[int, int], asked: Sequence[int]) -> None:
        """Goes on with the real time of another health, what it has said already, what it knew of paths, and what it has
        not brought to an end; `kept` has the servers whose watches were kept, by their former indexes. Those in `asked` are
        probed at once. What the board says has been copied."""
        self.special[:] = self.board.state.translate(_SPECIAL)
        for server in chain(self.watches, self.board.reason):
            self.special[server] = 1
        self._real_ms, self._real_at = old._real_ms, old._real_at
        self.notices.take_over(old.notices)
        self.paths.take_over(old.paths)
        self.changing.go_on(old.changing, kept)
        self.extras.waiting.extend(kept[server] for server in old.extras.waiting if server in kept)
        self._starts += [*asked, *[kept[server] for server in old._starts if server in kept]]
        self._abandons += [(kept[server], serial) for server, serial in old._abandons if server in kept]

    # A turn

    def turn(self, now: int, real_ms: int) -> Effects:
        """Decides what follows from all that happened, and from the time."""
        self._real_ms, self._real_at = real_ms, now
        timers = self._timers
        while timers and timers[0][0] <= now:
            self._dirty[heappop(timers)[1]] = None
        self._dirty.update(dict.fromkeys(self.changing.released(now)))
        self.paths.look(now)
        before = self.paths.taken()
        self._follow(before, now)
        dirty, self._dirty = self._dirty, {}
        for server in dirty:
            self._review(server, now)
        after = self.paths.taken()
        self._follow(after, now)
        self._serve_waiting(now)
        for server in self.changing.gather(now, real_ms):
            self._tidy(server)
        tests, notices = [*before.tests, *after.tests], [*self.notices.taken(), *before.notices, *after.notices]
        return self._effects(tests, notices)

    def next_time(self, now: int) -> int | None:
        """When it wants the next turn, if nothing comes before; `now` if something has happened since the last."""
        if self._dirty:
            return now
        times = [self.changing.next_time(), self.paths.next_time(now), self._timers[0][0] if self._timers else None]
        return min((time for time in times if time is not None), default=None)

    def _effects(self, tests: list[str], notices: list[str]) -> Effects:
        changes = self.changing.taken()
        if not (self._starts or self._abandons or changes or tests or notices):
            return _NOTHING
        found = Effects(self._starts, self._abandons, changes, tests, notices)
        self._starts, self._abandons = [], []
        return found

    # One server

    def _watch(self, server: int) -> Watch:
        probe = self.board.targets[server].probe
        watch = self.watches[server] = Watch(probe, Order(probe.rise, probe.fall, self.board.state[server]))
        watch.excused_until = self.paths.excused_until(server)
        self.special[server] = 1
        return watch

    def _first_started(self, server: int, serial: int, time: int) -> None:
        """A probe of a server that serves and has no other open: nothing is to be done before it is late."""
        watch = self._watch(server)
        watch.enter(Entry(serial, time, False))
        late = self._late_after(watch, self.board.duration[server]) if time >= watch.excused_until else None
        if late is not None:
            watch.wake = time + late
            heappush(self._timers, (watch.wake, server))

    def _late_after(self, watch: Watch, usual: int) -> int | None:
        """When the only open probe of a calm server is late; every conversation asks, and nearly all get one answer."""
        probe = watch.probe
        if not probe.recheck:
            return None
        if usual > QUICK:
            return round_of(probe, 0, usual).late
        if id(probe) not in self._late:  # the board keeps it
            self._late[id(probe)] = round_of(probe, 0, usual).late
        return self._late[id(probe)]

    def _enter(self, server: int, watch: Watch, entry: Entry) -> None:
        given_up = watch.enter(entry)
        if given_up is not None:
            self._abandons.append((server, given_up.serial))
            self._ended(given_up.extra)

    def _review(self, server: int, now: int) -> None:
        """Looks at a server after a result, or when its time has come."""
        watch = self.watches.get(server)
        if watch is None:
            self._tidy(server)
            return
        if watch.wake is not None and watch.wake <= now:
            watch.wake = None
        for entry in watch.review(now, self.board.duration[server]):
            self._unanswered(server, entry, now)
        self._decide(server, watch, now)
        self._plan(server, watch, now)
        self._tidy(server)

    def _decide(self, server: int, watch: Watch, now: int) -> None:
        decided, published = watch.order.decided(), self.board.state[server]
        if decided == UP and published != UP:
            self.changing.rise(server, now)
        else:
            self.changing.stay(server)
        if decided == DOWN and published != DOWN:
            if not self.paths.must_wait(server, now, self._ms(watch.failing_since)):
                self.changing.down(server, now, self._real_ms)
        else:
            self.paths.leave(server)

    def _plan(self, server: int, watch: Watch, now: int) -> None:
        """Asks for a further probe where one is due, and sets the time of the next look."""
        extra = watch.extra_at()
        if extra is not None and extra <= now:
            if self.extras.is_free:
                self._ask(server, watch, now)
                extra = watch.extra_at()
            else:
                self._wait(server, watch, now)
                extra = None
        times = [time for time in (extra, watch.next_review(self.board.duration[server])) if time is not None]
        wake = min(times, default=None)
        if wake is not None and (watch.wake is None or wake < watch.wake):
            watch.wake = max(wake, now)
            heappush(self._timers, (watch.wake, server))

    def _tidy(self, server: int) -> None:
        """Drops a watch that says no more than the board."""
        watch, published = self.watches.get(server), self.board.state[server]
        if watch is not None and watch.is_over(published):
            del self.watches[server]
            watch = None
        self.special[server] = watch is not None or published != UP or server in self.board.reason

    # Further probes

    def _ask(self, server: int, watch: Watch, now: int) -> None:
        watch.ask(now)
        self.extras.open += 1
        self._starts.append(server)

    def _ended(self, extra: bool) -> None:
        self.extras.open -= extra

    def _wait(self, server: int, watch: Watch, now: int) -> None:
        if not watch.queued:
            watch.queued = True
            self.extras.waiting.append(server)
        self.notices.mention(
            "extras", "more servers are late or fail than are checked again at a time; others wait", now
        )

    def _serve_waiting(self, now: int) -> None:
        while self.extras.waiting and self.extras.is_free:
            server = self.extras.waiting.popleft()
            watch = self.watches.get(server)
            if watch is not None and watch.queued:
                watch.queued = False
                self._review(server, now)

    # Results

    def _unanswered(self, server: int, entry: Entry, now: int) -> None:
        """A probe has failed because the time of its round is over."""
        self.record.unanswered(server, now - entry.start, self._ms(now))
        self._abandons.append((server, entry.serial))
        self._ended(entry.extra)

    def _spoilt(self, probed: Probed, now: int) -> None:
        """A probe that this machine could not make: it says nothing of the server, as if it had never been."""
        server = probed.server
        watch = self.watches.get(server)
        entry = watch.order.find(probed.serial) if watch is not None else None
        if watch is not None and entry is not None:
            watch.order.entries.remove(entry)
            self._ended(entry.extra)
        self.record.not_made(server, probed.detail)
        self._dirty[server] = None
        self.special[server] = 1
        why = f" ({probed.detail})" if probed.detail else ""
        self.notices.mention("spoilt", f"probes cannot be made{why}: statuses are held", now)

    # Paths

    def _follow(self, outcome: Outcome, now: int) -> None:
        """Does what came of doubts about paths."""
        for server in outcome.down:
            self.changing.down(server, now, self._real_ms)
            self._tidy(server)
        for server in self.paths.are_behind(self.watches, outcome.back) if outcome.back else ():
            watch, published = self.watches[server], self.board.state[server]
            if published != DOWN:
                watch.forgive(published, self.paths.excused_until(server))
                self._plan(server, watch, now)
                self._tidy(server)

    # Time

    def _ms(self, now: int) -> int:
        """Real time at an own time, by what the last turn was told."""
        return self._real_ms + (now - self._real_at) // 1000


def _has_answered(board: Board, watches: Mapping[int, Watch], server: int, since_ms: int) -> bool:
    """Whether a server has shown since a real time that the way to it is good, and nothing speaks against it now."""
    if board.state[server] == DOWN or server in board.reason or board.last[server] < since_ms:
        return False
    watch = watches.get(server)
    return watch is None or not watch.is_suspected()
