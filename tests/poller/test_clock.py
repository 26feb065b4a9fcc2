"""The poller's own clock: time in which the poller did not run does not pass."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lbsh.poller.clock import LONGEST_TURN, STEP, Clock

TURNS = {
    "a turn at work": [(10_000, 0, 10_000, 0)],
    "a turn that takes as long as it may": [(50_000, 0, 50_000, 0)],
    "a stop of five seconds": [(5_000_000, 0, 50_000, 4_950_000)],
    "a planned sleep counts whole": [(1_000_000, 1_000_000, 1_000_000, 0)],
    "a planned sleep that ended a little late": [(1_030_000, 1_000_000, 1_030_000, 0)],
    "a planned sleep that ended very late": [(9_000_000, 1_000_000, 1_050_000, 7_950_000)],
    "a planned sleep that something ended early": [(2_000, 1_000_000, 2_000, 0)],
    "time that goes back does not": [(10_000, 0, 10_000, 0), (-4_000, 0, 10_000, 0), (4_000, 0, 10_000, 0)],
    "stops add up": [(150_000, 0, 50_000, 100_000), (150_000, 0, 100_000, 200_000)],
}


@pytest.mark.parametrize("turns", TURNS.values(), ids=TURNS)
def test_turns(turns: list[tuple[int, int, int, int]]) -> None:
    clock, real = Clock(7), 7
    for elapsed, planned, now, lag in turns:
        real += elapsed
        assert (clock.forward(real, planned), clock.lag) == (now, lag)


@given(st.lists(st.tuples(st.integers(0, 10_000_000), st.integers(0, 1_000_000))))
def test_own_time_and_what_was_left_out_make_up_real_time(turns: list[tuple[int, int]]) -> None:
    clock, real = Clock(0), 0
    for elapsed, planned in turns:
        before, real = clock.now, real + elapsed
        clock.forward(real, planned)
        assert clock.now - before <= planned + STEP
        assert clock.now + clock.lag == real


def test_the_time_before_the_first_turn_is_no_lag() -> None:
    clock = Clock(0)
    clock.resume(5_000_000)
    assert (clock.forward(5_010_000), clock.lag) == (10_000, 0)


def test_a_poller_of_one_server_is_not_in_slow_motion() -> None:
    """Every sleep ends 50 ms late, an hour long, with one probe of 40 ms every 3 s: less than 1 % of the time is lost."""
    clock, real, late = Clock(0), 0, 50_000
    for _ in range(1200):
        real += LONGEST_TURN + late
        clock.forward(real)  # the probe is open
        real += 2_925_000 + late
        clock.forward(real, 2_925_000)
    assert clock.lag < real / 100
