"""The scheduler: when probes are due."""

from __future__ import annotations

from collections import Counter

from hypothesis import given
from hypothesis import strategies as st

from lbsh.poller.timing import JITTER_SHARE
from lbsh.poller.wheel import SLOT, Wheel

INTERVALS = st.lists(st.sampled_from([100, 1000, 1500, 3000, 30_000]), min_size=1, max_size=20)


def run(wheel: Wheel, end: int) -> list[tuple[int, int]]:
    """What is due until a time, if a turn comes whenever something is: times with servers."""
    found, now = [], 0
    while (time := wheel.next_time(now)) is not None and time <= end:
        now = max(time, now)
        found += [(now, server) for server in wheel.due(now)]
    return found


@given(INTERVALS, st.integers(0, 1000))
def test_two_probes_of_a_server_are_an_interval_apart_give_or_take_a_twentieth(intervals: list[int], seed: int) -> None:
    last: dict[int, int] = {}
    for time, server in run(Wheel(intervals, seed), 100_000_000):
        if server in last:
            share = 1000 * intervals[server] // JITTER_SHARE
            assert abs(time - last[server] - 1000 * intervals[server]) <= share + SLOT
        last[server] = time
    assert len(last) == len(intervals)


@given(INTERVALS, st.integers(0, 1000))
def test_the_first_probe_comes_within_the_interval(intervals: list[int], seed: int) -> None:
    first: dict[int, int] = {}
    for time, server in run(Wheel(intervals, seed), 40_000_000):
        first.setdefault(server, time)
    assert all(first[server] <= 1000 * interval for server, interval in enumerate(intervals))


def test_probes_are_spread_evenly_and_stay_so() -> None:
    """Thirty rounds later, each half of a second has its share of the probes, give or take a quarter."""
    wheel = Wheel([3000] * 3000)
    found = run(wheel, 100_000_000)
    for begin in (0, 90_000_000):
        counts = Counter(time // 500_000 for time, _ in found if begin <= time < begin + 6_000_000)
        assert len(counts) == 12
        assert all(375 <= count <= 625 for count in counts.values()), counts


def test_in_a_small_farm_each_server_has_a_time_of_its_own() -> None:
    first = {server: time for time, server in run(Wheel([3000] * 100), 2_990_000)}
    assert len(set(first.values())) == 100


def test_servers_of_one_pool_are_not_probed_at_one_moment() -> None:
    wheel = Wheel([3000] * 1000)
    first = {server: time for time, server in reversed(run(wheel, 3_000_000))}
    assert all(abs(first[server] - first[server + 1]) >= 900_000 for server in range(999))


@given(INTERVALS, st.lists(st.integers(0, 20_000_000), max_size=20))
def test_what_was_missed_is_not_caught_up(intervals: list[int], pauses: list[int]) -> None:
    """After a pause of any length each server is due at most once, and no server is forgotten."""
    wheel, now = Wheel(intervals), 0
    for pause in pauses:
        now += pause
        due = wheel.due(now)
        assert len(set(due)) == len(due)
        assert not wheel.due(now)
    later = wheel.due(now + 31_000_000)
    assert sorted(later) == list(range(len(intervals)))


def test_nothing_is_due_before_its_time() -> None:
    wheel = Wheel([1000])
    assert list(wheel.due(0)) == [0]
    time = wheel.next_time(0)
    assert time is not None
    assert time >= 950_000
    assert not wheel.due(time - 1)
    assert list(wheel.due(time)) == [0]


def test_without_servers_nothing_is_ever_due() -> None:
    wheel = Wheel([])
    assert wheel.next_time(0) is None
    assert not wheel.due(10**12)


@given(INTERVALS, st.integers(0, 60_000_000))
def test_a_wheel_that_goes_on_with_the_times_of_another_leaves_no_gap(intervals: list[int], now: int) -> None:
    former = Wheel(intervals, 1)
    last = {server: time for time, server in run(former, now)}
    wheel = Wheel(intervals, 2, now, former.times())
    first: dict[int, int] = {}
    for time, server in run(wheel, now + 61_000_000):
        first.setdefault(server, time)
    for server, time in last.items():
        interval = 1000 * intervals[server]
        assert first[server] - time <= interval + interval // JITTER_SHARE + SLOT


def test_what_goes_on_keeps_its_phase_and_what_is_new_is_spread() -> None:
    former = Wheel([3000] * 100)
    run(former, 10_000_000)
    wheel = Wheel([3000] * 200, 0, 10_000_000, former.times())
    times = wheel.times()
    assert all(times[server] == time for server, time in former.times().items())
    assert all(10_000_000 <= times[server] <= 13_000_000 for server in range(100, 200))
    assert len({times[server] for server in range(100, 200)}) == 100


def test_a_time_that_has_passed_is_due_at_once_and_the_phase_stays() -> None:
    wheel = Wheel([1000], 0, 5_000_000, {0: 4_700_000})
    assert list(wheel.due(5_000_000)) == [0]
    assert wheel.times() == {0: 5_700_000}


@given(INTERVALS, st.integers(0, 60_000_000), st.integers(0, 40_000_000), st.integers(0, 1))
def test_a_wheel_that_begins_later_than_it_was_made_leaves_no_gap(
    intervals: list[int], made: int, later: int, calls: int
) -> None:
    """The former one goes on meanwhile, and it may catch up with that in several steps."""
    former = Wheel(intervals, 1)
    last = {server: time for time, server in run(former, made)}
    wheel = Wheel(intervals, 2, made, former.times())
    for begun in (made + later // 2, made + later)[1 - calls :]:
        last.update({server: time for time, server in run(former, begun)})
        wheel.begin(begun)
    first: dict[int, int] = {}
    for time, server in run(wheel, made + later + 40_000_000):
        first.setdefault(server, max(time, made + later))
    for server, interval in enumerate(intervals):
        latest = last.get(server, 0) + 1000 * interval + 1000 * interval // JITTER_SHARE
        assert first[server] <= max(latest, made + later) + 2 * SLOT


def test_servers_that_are_new_are_asked_one_after_another_though_their_wheel_begins_late() -> None:
    wheel = Wheel([3000] * 3000)
    wheel.begin(2_000_000)
    found = [(now, server) for now in range(2_000_000, 5_000_000, SLOT) for server in wheel.due(now)]
    counts = Counter(now // 500_000 for now, _ in found)
    assert {server for _, server in found} == {*range(3000)}
    assert all(count <= 1100 for count in counts.values()), counts
