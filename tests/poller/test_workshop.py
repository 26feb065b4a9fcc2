"""The parts of a poller, as the composition makes them for another script."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator
from dataclasses import replace

import pytest

from lbsh.poll.workshop import Options, Workshop
from lbsh.poller.board import Board
from lbsh.poller.health import Health
from lbsh.poller.loop import Loop
from lbsh.poller.order import DOWN, UP
from lbsh.poller.parts import Opened
from lbsh.poller.readings import Reading
from lbsh.poller.sockets import Budget
from lbsh.poller.team import Crew
from lbsh.poller.turning import Turning
from lbsh.poller.wheel import Wheel
from lbsh_lang.site.status import State, Status
from tests.poller.stand_ins import Noted, fail, targets

SERVERS = targets([(f"192.0.2.{number}", 80) for number in range(1, 6)])
NOW = 100_000_000


@pytest.fixture
def workshop() -> Iterator[Workshop]:
    loop, budget = Loop(fail), Budget(100)
    made = Workshop(Crew(loop, budget), Crew(loop, budget), Options(), pytest.fail)
    yield made
    made.dissolve()
    loop.close()


def turning(workshop: Workshop, reading: Reading, former: Turning | None, now: int) -> Turning:
    board = Board(reading.targets)
    health = workshop.judge(board, reading, former.board if former is not None else None, now)
    scheduler = workshop.scheduler(board, former, now)
    made = Turning(board, health, scheduler, workshop.team(board, health.special), Noted(), lambda _: None)
    if former is not None:
        deque(workshop.inherit(made, former), 0)
        made.go_on(former)
    made.begin(now)
    return made


def reading(revision: int, numbers: range, statuses: State | None = None) -> Reading:
    chosen = SERVERS[numbers.start : numbers.stop]
    found = {one.server: Status(statuses, 5) for one in chosen} if statuses is not None else {}
    return Reading(revision, chosen, [""] * len(chosen), found)


def times(one: Turning) -> dict[str, int]:
    assert isinstance(one.scheduler, Wheel)
    return {str(one.board.targets[index].address): time for index, time in one.scheduler.times().items()}


def test_servers_that_stay_keep_their_times_and_states_and_new_ones_begin_with_the_store(workshop: Workshop) -> None:
    first = turning(workshop, reading(1, range(3), State.UP), None, NOW)
    assert list(first.board.state) == [UP] * 3
    before = times(first)
    second = turning(workshop, reading(2, range(1, 5), State.DOWN), first, NOW + 500_000)
    after = times(second)
    assert {place: after[place] for place in ("192.0.2.2", "192.0.2.3")} == {
        place: before[place] for place in ("192.0.2.2", "192.0.2.3")
    }
    assert list(second.board.state) == [UP, UP, DOWN, DOWN]
    assert all(NOW + 500_000 <= after[place] <= NOW + 3_500_000 for place in ("192.0.2.4", "192.0.2.5"))


def test_an_open_probe_of_a_changed_one_is_made_anew_at_once_and_its_server_keeps_its_phase(workshop: Workshop) -> None:
    first = turning(workshop, reading(1, range(3), State.UP), None, NOW)
    assert isinstance(first.health, Health)
    for server in range(2):
        first.health.started(*Opened(server, server, NOW))
    probe = replace(SERVERS[1].probe, fall=5)
    changed = reading(2, range(3))._replace(targets=[SERVERS[0], SERVERS[1]._replace(probe=probe), SERVERS[2]])
    second = turning(workshop, changed, first, NOW + 1)
    assert second.health.turn(NOW + 1, 0).starts == [1]
    assert times(second) == times(first)
