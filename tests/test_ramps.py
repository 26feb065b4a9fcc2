"""Servers that return by steps: the steps of a time, and the weights meanwhile."""

from __future__ import annotations

import pytest

from lbsh_lang.site.ramps import WHOLE, next_step, step_at, with_steps
from lbsh_lang.site.status import ServerId
from tests.reading import site_of

SERVICE = site_of("""\
interface external xl0
interface internal xl1
internal net 192.168.1.0/24
internal gw 192.168.1.1
service WEB is 203.0.113.150 tcp 80
pool web for WEB
add 192.168.1.2 to web weight 3
add 192.168.1.3 to web ramp 60s
""").services[0]


@pytest.mark.parametrize(
    ("elapsed", "step", "left"),
    [(0, 1, 15_000), (14_999, 1, 1), (15_000, 2, 15_000), (30_000, 3, 15_000), (59_999, 4, 1), (60_000, 5, 0)],
)
def test_steps_come_at_quarters_of_the_time(elapsed: int, step: int, left: int) -> None:
    assert step_at(60_000, elapsed) == step
    if step < WHOLE:
        assert next_step(60_000, elapsed) == left
        assert step_at(60_000, elapsed + left) == step + 1


@pytest.mark.parametrize(
    ("ramp", "elapsed", "step"),
    [(500, 0, 1), (500, 499, 1), (500, 500, 5), (2_000, 999, 1), (2_000, 1_000, 3), (2_000, 2_000, 5)],
)
def test_no_step_is_shorter_than_a_second(ramp: int, elapsed: int, step: int) -> None:
    assert step_at(ramp, elapsed) == step


@pytest.mark.parametrize("ramp", [1, 700, 1_500, 3_001, 60_000, 7_777])
def test_steps_follow_when_they_are_said_to(ramp: int) -> None:
    elapsed, seen = 0, [step_at(ramp, 0)]
    while seen[-1] < WHOLE:
        left = next_step(ramp, elapsed)
        assert step_at(ramp, elapsed + left - 1) == seen[-1]
        elapsed += left
        seen.append(step_at(ramp, elapsed))
    assert seen == sorted(set(seen))
    assert elapsed == ramp
    assert next_step(ramp, elapsed) == 0


def test_a_clock_that_goes_back_begins_the_time_anew() -> None:
    assert step_at(60_000, -5) == 1


@pytest.mark.parametrize(("step", "weights"), [(1, [15, 1]), (4, [15, 4]), (WHOLE, [3, 1])])
def test_a_step_is_a_part_of_the_share(step: int, weights: list[int]) -> None:
    pool = SERVICE.pool
    assert pool is not None
    steps = {ServerId("web", "WEB", *pool.servers[1].identity): step}
    changed = with_steps(SERVICE, steps).pool
    assert changed is not None
    assert [one.weight for one in changed.servers] == weights
    assert (with_steps(SERVICE, steps) is SERVICE) is (step == WHOLE)


def test_servers_of_other_services_are_no_matter() -> None:
    pool = SERVICE.pool
    assert pool is not None
    assert with_steps(SERVICE, {ServerId("web", "OTHER", *pool.servers[1].identity): 1}) is SERVICE
