"""Properties of health: any interleaving of overlapping probes, the longest time to a removal, and time that stood still."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from heapq import heappop, heappush
from typing import NamedTuple

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lbsh.poller import timing
from lbsh.poller.board import Board
from lbsh.poller.clock import Clock
from lbsh.poller.flapping import Flapping
from lbsh.poller.health import Health
from lbsh.poller.order import DOWN, UNKNOWN, UP, Entry, Order
from lbsh.poller.parts import Probed
from lbsh.poller.results import Reason
from lbsh.poller.settings import Settings
from lbsh.poller.suspicion import QUICK, round_of
from lbsh.poller.watch import Watch
from lbsh_lang.site.model import Probe
from tests.poller.playing import REAL, board_of, probe_of

Outcomes = list[bool | None]
NEVER = Flapping(free=1_000_000)
"""No server is held down."""


def expected(outcomes: Outcomes, rise: int, fall: int, state: int) -> int:
    """The state after results in the order of starts: the last whole run counts, and an open probe breaks a run."""
    for end in range(1, len(outcomes) + 1):
        seen = outcomes[:end]
        if len(seen) >= fall and all(one is False for one in seen[-fall:]):
            state = DOWN
        if (state == UNKNOWN and seen[-1] is True) or (len(seen) >= rise and all(one is True for one in seen[-rise:])):
            state = UP
    return state


@given(
    st.lists(st.booleans(), min_size=1, max_size=20).flatmap(
        lambda outcomes: st.tuples(st.just(outcomes), st.permutations(range(len(outcomes))))
    ),
    st.integers(1, 4),
    st.integers(1, 4),
    st.sampled_from((UP, DOWN)),
    st.data(),
)
@settings(max_examples=500)
def test_results_count_in_the_order_in_which_their_probes_started(
    case: tuple[list[bool], list[int]], rise: int, fall: int, state: int, data: st.DataObject
) -> None:
    outcomes, arrival = case
    order = Order(rise, fall, state)
    known: Outcomes = [None] * len(outcomes)
    for serial in range(len(outcomes)):
        order.add(Entry(serial, serial, False))
    for serial in arrival:
        entry = order.find(serial)
        assert entry is not None
        entry.good = known[serial] = outcomes[serial]
        if data.draw(st.booleans()):
            order.settle()
        assert order.decided() == expected(known, rise, fall, state)


@given(st.integers(1, 8), st.integers(50, 5000), st.integers(0, QUICK), st.integers(0, QUICK))
def test_rounds_of_quick_servers_are_the_same(fall: int, timeout: int, one: int, other: int) -> None:
    probe = probe_of(fall=fall, timeout=timeout)
    assert round_of(probe, 0, one) == round_of(probe, 0, other)


@given(st.integers(1, 8), st.booleans(), st.integers(0, 300_000), st.integers(0, 2_000_000))
def test_the_only_open_probe_of_a_calm_server_is_looked_at_when_it_is_late(
    fall: int, recheck: bool, usual: int, excused_until: int
) -> None:
    board = board_of(probe_of(fall=fall, recheck=recheck))
    health = Health(board, interfaces=["em1"])
    board.duration[0] = usual
    health.paths._excused_until["em1"] = excused_until
    health.started(0, 1, 1_000_000)
    assert health.watches[0].wake == health.watches[0].next_review(usual)


def test_a_server_whose_removal_waits_is_suspected() -> None:
    watch = Watch(probe_of(fall=1), Order(2, 1, UP))
    watch.enter(Entry(1, 0, False))
    watch.review(1000, GOOD)
    assert not watch.is_suspected()
    watch.order.entries[0].good = False
    watch.review(2000, GOOD)
    assert watch.order.decided() == DOWN
    assert watch.is_suspected()


def test_a_further_probe_that_is_given_up_since_many_results_wait_for_it_is_ended() -> None:
    """It is open longer than a hundred turns of its server last, and no longer counts among the open ones."""
    board = board_of(probe_of(every=1000, timeout=500_000))
    health = Health(board)
    health.finished(Probed(0, 0, Reason.ANSWERED, 1000), 0)
    health.suspect(0, 1_000_000)
    assert health.turn(1_000_000, REAL).starts == [0]
    health.started(0, 1, 1_000_000)
    assert health.extras.open == 1
    abandons = list[tuple[int, int]]()
    for serial in range(2, 103):
        now = 1_000_000 * serial
        health.started(0, serial, now)
        health.finished(Probed(0, serial, Reason.ANSWERED, 1000), now + 1000)
        abandons += health.turn(now + 1000, REAL + now // 1000).abandons
    assert abandons == [(0, 1)]
    assert health.extras.open == 0
    assert 0 not in health.watches


class Event(NamedTuple):
    """A probe starts, or its result comes."""

    time: int
    serial: int
    server: int
    reason: Reason | None


class Farm:
    """Health, and servers that answer probes as a function says: the delay in microseconds and the reason, or silence.

    Regular probes start at the phase of a server and an interval apart; of silent ones the result comes after the timeout.
    """

    def __init__(self, board: Board, answer: Callable[[int, int], tuple[int, Reason] | None]) -> None:
        self.board = board
        self.health = Health(board, Settings(gather=0))
        self.answer = answer
        self.now = 0
        self.down_at: dict[int, int] = {}
        self.history: dict[int, list[tuple[int, bool | None]]] = {}
        self.most_open = 0
        self._events: list[Event] = []
        self._cut: set[int] = set()
        self._open: dict[int, set[int]] = {server: set() for server in range(len(board.targets))}
        self._serial = 0

    def begin(self, server: int, phase: int, until: int) -> None:
        """Probes a server in its turn."""
        every = 1000 * self.board.targets[server].probe.every
        for time in range(phase, until, every):
            heappush(self._events, Event(time, 0, server, None))

    def run(self, until: int, step: int = 0) -> None:
        """Time goes on; with a step, health turns no more often."""
        while True:
            wanted = self.health.next_time(self.now)
            times = [time for time in (wanted, self._events[0].time if self._events else None) if time is not None]
            if not times or min(times) > until:
                return
            self.now = max(min(times), self.now + step)
            self.turn()

    def turn(self) -> None:
        due = []
        while self._events and self._events[0].time <= self.now:
            event = heappop(self._events)
            if event.reason is None:
                due.append(event.server)
            elif event.serial not in self._cut:
                self._open[event.server].discard(event.serial)
                probe = 1000 * self.board.targets[event.server].probe.timeout
                self.health.finished(Probed(event.server, event.serial, event.reason, probe), self.now)
        effects = self.health.turn(self.now, REAL + self.now // 1000)
        for server, serial in effects.abandons:
            self._cut.add(serial)
            self._open[server].discard(serial)
        for change in effects.changes:
            if change.new.value == "DOWN":
                self.down_at.setdefault(self.board.index_of[change.server], self.now)
        for server in (*effects.starts, *due):
            self._start(server)

    def _start(self, server: int) -> None:
        self._serial += 1
        self._open[server].add(self._serial)
        self.most_open = max(self.most_open, len(self._open[server]))
        self.health.started(server, self._serial, self.now)
        answer = self.answer(server, self.now)
        delay, reason = answer or (1000 * self.board.targets[server].probe.timeout, Reason.TIMEOUT)
        heappush(self._events, Event(self.now + delay, self._serial, server, reason))


GOOD = 300
"""Microseconds in which a server answers."""
PHASES = 40
PROBES = {
    "default": probe_of(),
    "fall 1": probe_of(fall=1),
    "fall 2, short timeout": probe_of(fall=2, timeout=100),
    "fall 5": probe_of(fall=5),
    "fall 5, short interval": probe_of(fall=5, every=600, timeout=500),
    "fall 6": probe_of(fall=6),
    "fall 13, long timeout": probe_of(fall=13, every=5000, timeout=2500),
    "no re-checks": probe_of(recheck=False),
    "no re-checks, fall 1": probe_of(recheck=False, fall=1),
}


@pytest.mark.parametrize("silent", [False, True], ids=["refused", "black-holed"])
@pytest.mark.parametrize("probe", [pytest.param(probe, id=key) for key, probe in PROBES.items()])
def test_the_longest_time_to_a_removal_is_that_of_the_formula(probe: Probe, silent: bool) -> None:
    """Servers at all phases fail at one time. Without jitter and the time of the loop, the formula is met exactly by one
    that becomes silent just after its probe, and never exceeded."""
    board = board_of(*[probe] * PHASES)
    every = 1000 * probe.every
    failure = 3 * every

    def answer(server: int, time: int) -> tuple[int, Reason] | None:
        if time <= failure - GOOD:
            return GOOD, Reason.ANSWERED
        return None if silent else (GOOD, Reason.REFUSED)

    farm = Farm(board, answer)
    until = failure + 20 * every
    for server in range(PHASES):
        farm.begin(server, server * every // PHASES, until)
    farm.run(until)
    longest = max(farm.down_at[server] - failure for server in range(PHASES))
    bound = 1000 * (probe.every + timing.patience(probe))
    assert longest <= bound
    assert farm.most_open <= timing.MOST_OPEN
    if silent:  # the last probe of a round may end before its step does
        early = 1000 * max(timing.STEP - probe.timeout, 0) if probe.recheck else 0
        assert longest >= bound - early - every // PHASES - GOOD
    formula = 1000 * timing.detection_time(probe)
    assert formula == bound + every // timing.JITTER_SHARE + 1000 * timing.SETTLING


@pytest.mark.parametrize("probe", [probe_of(fall=1), probe_of(), probe_of(fall=5, every=1200)], ids=["1", "3", "5"])
@pytest.mark.parametrize("usual", [300, 60_000, 150_000, 400_000, 900_000])
def test_a_slow_healthy_server_is_never_taken_out(probe: Probe, usual: int) -> None:
    board = board_of(*[probe] * 10)
    farm = Farm(board, lambda server, time: (usual, Reason.ANSWERED))
    for server in range(10):
        farm.begin(server, server * 100_000, 60_000_000)
    farm.run(60_000_000, step=7_000)
    assert not farm.down_at


@given(st.lists(st.tuples(st.integers(1, 4000), st.integers(1, 20_000)), max_size=12), st.booleans(), st.integers(1, 3))
@settings(max_examples=60)
def test_time_that_stands_still_takes_nobody_out(pauses: list[tuple[int, int]], servers_too: bool, fall: int) -> None:
    """The poller is stopped for any stretches (milliseconds after each other, and lengths); servers answer meanwhile, or
    are stopped as well. Answers are read first, and the poller's own clock goes forward by a step a turn."""
    probe = probe_of(fall=fall)
    health = Health(board_of(*[probe] * 20), Settings(gather=0))
    clock, real, awake = Clock(0), 0, 0
    stops = list(_stops(pauses))
    open_probes: dict[int, tuple[int, int, int]] = {}
    due = [server * 150_000 for server in range(20)]
    serial = 0
    for _ in range(3000):
        pause = stops.pop(0)[1] if stops and real >= stops[0][0] else 0
        real += 10_000 + pause
        awake += 10_000 + (0 if servers_too else pause)
        now = clock.forward(real)
        for number, (server, start, answered) in list(open_probes.items()):
            if awake >= answered:
                del open_probes[number]
                health.finished(Probed(server, number, Reason.ANSWERED, 150_000), now)
            elif now >= start + 1_000_000:
                del open_probes[number]
                health.finished(Probed(server, number, Reason.NO_ANSWER, 1_000_000), now)
        effects = health.turn(now, REAL + real // 1000)
        for _, number in effects.abandons:
            open_probes.pop(number, None)
        assert all(change.new.value == "UP" for change in effects.changes)
        regular = [server for server in range(20) if due[server] <= now]
        for server in regular:
            due[server] += 3_000_000
        for server in (*effects.starts, *regular):
            serial += 1
            open_probes[serial] = (server, now, awake + 150_000)
            health.started(server, serial, now)


def _stops(pauses: list[tuple[int, int]]) -> Iterator[tuple[int, int]]:
    time = 0
    for after, length in pauses:
        time += 1000 * (after + length)
        yield time - 1000 * length, 1000 * length


@given(
    st.lists(st.sampled_from(("good", "bad", "silent")), min_size=10, max_size=60), st.integers(1, 6), st.integers(1, 6)
)
@settings(max_examples=200)
def test_statuses_follow_from_runs_of_results(kinds: list[str], rise: int, fall: int) -> None:
    """Whatever the answers: a server is not up after `fall` failures in a row, nor down after `rise` successes in a row."""
    probe = probe_of(rise=rise, fall=fall, every=1500)
    board = board_of(probe)
    health = Health(board, Settings(gather=0, flapping=NEVER))
    results: dict[int, bool | None] = {}
    answers: list[tuple[int, int, bool]] = []
    now, serial, due = 0, 0, 0
    while now < 20_000_000:
        wanted = health.next_time(now)
        now = max(min(time for time in (wanted, due, answers[0][0] if answers else None) if time is not None), now)
        while answers and answers[0][0] <= now:
            _, number, good = heappop(answers)
            if number in results:
                results[number] = good
                health.finished(Probed(0, number, Reason.ANSWERED if good else Reason.REFUSED, 1000), now)
        effects = health.turn(now, REAL + now // 1000)
        for _, number in effects.abandons:  # what is unanswered has failed, or was one too many
            if results.pop(number, True) is None:
                results[number] = False
                answers = [answer for answer in answers if answer[1] != number]
        seen = [results[number] for number in sorted(results)]
        assert board.state[0] == expected(seen, rise, fall, UNKNOWN)
        starts = list(effects.starts)
        if now >= due:
            due += 1_500_000
            starts.append(0)
        for _ in starts:
            serial += 1
            results[serial] = None
            kind = kinds[serial % len(kinds)]
            delay = 1_000_000 if kind == "silent" else 1 + 97_000 * (serial % 7)
            heappush(answers, (now + delay, serial, kind == "good"))
            health.started(0, serial, now)
