"""What health bounds and mentions: further probes of a farm that is slow as a whole, certificates that end."""

from __future__ import annotations

from lbsh.poller.expiring import DAY
from lbsh.poller.health import Health
from lbsh.poller.parts import Probed
from lbsh.poller.results import Reason
from lbsh.poller.settings import Settings
from tests.poller.playing import REAL, board_of, probe_of


def test_further_probes_of_a_slow_farm_are_few_and_it_is_said_once() -> None:
    health = Health(board_of(*[probe_of()] * 100), Settings(least_extra=7))
    for server in range(100):
        health.started(server, server, 0)
    asked = 0
    said: list[str] = []
    for now in range(0, 900_000, 50_000):
        effects = health.turn(now, REAL + now // 1000)
        said += effects.notices
        for server in effects.starts:
            asked += 1
            health.started(server, 1000 + asked, now)
    assert asked == health.extras.open == health.extras.most == 7
    assert len(said) == 1
    for server in range(100):
        health.finished(Probed(server, server, Reason.ANSWERED, 900_000), 900_000)
    for number in range(asked):
        health.finished(Probed(number, 1001 + number, Reason.ANSWERED, 300_000), 900_000)
    assert not any(change.new.value == "DOWN" for change in health.turn(900_000, REAL + 900).changes)
    assert health.extras.open == 0


def test_a_certificate_that_ends_is_mentioned_once_a_day_and_takes_nobody_out() -> None:
    health = Health(board_of(probe_of()), Settings(warning=14))
    said = []
    for serial, days in enumerate((20, 13, 13, 1, 0)):
        expiry = REAL + days * DAY + 1000 if days else REAL - 1
        health.finished(Probed(0, serial, Reason.ANSWERED, 1000, expiry=expiry), 0)
        said.append(health.turn(0, REAL).notices)
    words = [notice.rpartition(" for service S ")[2] for notices in said for notice in notices]
    assert words == ["expires in 13 days", "expires in 1 day", "has expired"]
    assert health.board.expiry == {0: REAL - 1}
    assert health.turn(2_000_000, REAL + 2000).changes[0].new.value == "UP"
