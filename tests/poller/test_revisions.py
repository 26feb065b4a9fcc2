"""Scripts that change often, up to one a second: probes under way go on, and failed servers are known as soon as ever."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace

import pytest

from lbsh.poll.workshop import Options, Workshop
from lbsh.poller.board import Board
from lbsh.poller.clock import Clock
from lbsh.poller.health import Health
from lbsh.poller.leaving import place_in
from lbsh.poller.parts import Team
from lbsh.poller.playbook import GOOD, Line, Playbook
from lbsh.poller.readings import Reading
from lbsh.poller.results import Reason
from lbsh.poller.targets import Target
from lbsh.poller.timing import detection_time
from lbsh.poller.turning import Turning
from lbsh_lang.site.model import Probe
from lbsh_lang.site.status import State
from tests.poller.playing import REAL, board_of, probe_of
from tests.poller.stand_ins import Noted

SECOND = 1_000_000
STEP = 10_000
SLOW = probe_of(every=3000, timeout=3000)
Answers = Callable[[int], Line]
"""What a probe gives that starts at this time."""


class Told(Playbook):
    """Probers of which those of the server `named` give what a test says, by the time of their start."""

    def __init__(self, named: int | None, answers: Answers) -> None:
        super().__init__({})
        self._named, self._answers = named, answers

    def start(self, index: int, serial: int, now: int) -> bool:
        self.lines[index] = [self._answers(now) if index == self._named else GOOD]
        return super().start(index, serial, now)


@dataclass
class Farm:
    """A poller's parts in a time of their own. All servers answer, but for the one of which a test says something."""

    answers: Answers
    named: Target
    closed: int = 0
    handler: Noted = field(default_factory=Noted)
    turning: Turning | None = None

    def __post_init__(self) -> None:
        self.clock = Clock(0)
        self.workshop = Workshop(self, self, Options(), pytest.fail)  # type: ignore[arg-type]

    def team(self, board: Board, special: bytearray) -> Team:
        return Team((Told(place_in(board, self.named), self.answers),), bytes(len(board.targets)), close=self._close)

    def dissolve(self) -> None:
        pass

    def read(self, servers: Sequence[Target]) -> None:
        """Goes over to a script, as the service does."""
        former, now = self.turning, self.clock.now
        board = Board(servers)
        reading = Reading(1, servers, [""] * len(servers), {})
        health = self.workshop.judge(board, reading, former.board if former is not None else None, now)
        scheduler = self.workshop.scheduler(board, former, now)
        team = self.workshop.team(board, health.special)
        self.turning = Turning(board, health, scheduler, team, self.handler, lambda _: None)
        if former is not None:
            for _ in self.workshop.inherit(self.turning, former):
                self._turn(former)  # which goes on until then
            self.turning.go_on(former)
        self.turning.begin(self.clock.now)

    def until(self, time: int) -> None:
        assert self.turning is not None
        while self.clock.now < time:
            self._turn(self.turning)

    @property
    def health(self) -> Health:
        assert self.turning is not None
        assert isinstance(self.turning.health, Health)
        return self.turning.health

    def _turn(self, turning: Turning) -> None:
        self.clock.forward(self.clock.now + STEP)
        turning.turn(self.clock, REAL + self.clock.now // 1000, 0, 0)

    def _close(self) -> None:
        self.closed += 1


def servers(*probes: Probe) -> list[Target]:
    return list(board_of(*probes).targets)


def silent_from(time: int) -> Answers:
    return lambda now: GOOD if now < time else Line(Reason.TIMEOUT, 1000 * SLOW.timeout)


def changes_of(farm: Farm) -> list[tuple[State, int]]:
    """What became of the named server, and when (own time), without its first coming up."""
    return [
        (change.new, 1000 * (change.time - REAL))
        for change in farm.handler.changes
        if change.server == farm.named.server and change.old is not State.UNKNOWN
    ]


@pytest.mark.parametrize("probe", [SLOW, replace(SLOW, fall=1), replace(SLOW, fall=5), replace(SLOW, recheck=False)])
def test_a_silent_server_is_taken_out_in_time_though_the_script_changes_each_second(probe: Probe) -> None:
    """Its timeout is longer than the time between two changes, which add and remove other servers."""
    everyone = servers(*[probe] * 5)
    silent = everyone[2]
    farm = Farm(silent_from(5 * SECOND), silent)
    last = 5 * SECOND + 1000 * detection_time(probe)
    for second in range(last // SECOND + 1):
        farm.read(everyone[second % 3 :] if second % 2 else everyone)
        farm.until(min((second + 1) * SECOND, last))
    ((state, time),) = changes_of(farm)
    assert state is State.DOWN
    assert 5 * SECOND < time <= last
    assert farm.health.extras.open == sum(watch.extras for watch in farm.health.watches.values())


def test_a_server_that_answers_slowly_is_not_taken_out_though_the_script_changes_each_second() -> None:
    """Each answer comes after several changes, and counts."""
    (slow,) = servers(SLOW)
    farm = Farm(lambda now: Line(Reason.ANSWERED, 2_500_000), slow)
    for second in range(30):
        farm.read([slow])
        farm.until((second + 1) * SECOND)
    assert not changes_of(farm)
    assert farm.turning is not None
    assert farm.turning.board.good[0] >= 8
    assert farm.closed >= 26, "teams whose probes have ended are closed"


def test_a_server_comes_up_though_the_script_changes_more_often_than_comings_up_are_gathered() -> None:
    back = servers(SLOW)[0]
    farm = Farm(lambda now: Line(Reason.REFUSED, 1000) if 3 * SECOND <= now < 9 * SECOND else GOOD, back)
    for step in range(50):
        farm.read([back])
        farm.until((step + 1) * SECOND // 2)
    assert [state for state, _ in changes_of(farm)] == [State.DOWN, State.UP]


def test_what_comes_of_a_probe_that_a_change_made_another_one_does_not_count() -> None:
    """The old probe fails; the server is asked otherwise now, and answers that."""
    (before,) = servers(replace(SLOW, fall=1))
    (after,) = servers(replace(SLOW, fall=1, method="http"))
    farm = Farm(lambda now: Line(Reason.TIMEOUT, 2_000_000), before)
    farm.read([before])
    farm.until(STEP)
    assert farm.health.watches[0].open
    farm.read([after])
    farm.until(4 * SECOND)
    assert not changes_of(farm)
    assert not farm.turning.board.bad[0] if farm.turning is not None else False


def test_servers_that_wait_for_a_descriptor_do_so_over_a_change_of_the_script() -> None:
    everyone = servers(SLOW, SLOW)
    farm = Farm(lambda now: GOOD, everyone[0])
    farm.read(everyone)
    former = farm.turning
    assert former is not None
    for prober in former.team.probers:
        prober.start = lambda *_: False  # type: ignore[method-assign]
    farm.until(3 * SECOND)
    assert former.starved == 2
    farm.read(everyone[1:])
    assert farm.turning is not None
    assert farm.turning.starved == 1
    farm.until(farm.clock.now + 3 * STEP)
    assert farm.turning.starved == 0
    assert farm.turning.board.good[0] == 1


def test_the_end_of_a_certificate_is_mentioned_once_a_day_whatever_the_script_does() -> None:
    everyone = servers(SLOW, SLOW)
    farm = Farm(lambda now: GOOD, everyone[1])
    farm.read(everyone)
    farm.until(STEP)
    expiry = REAL + 86_400_000
    farm.health.notices.certificate(1, everyone[1].server, expiry, REAL)
    assert len(farm.health.notices.taken()) == 1
    farm.read(everyone[1:])
    farm.health.notices.certificate(0, everyone[1].server, expiry, REAL)
    assert not farm.health.notices.taken()
