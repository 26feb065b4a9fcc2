"""Why statuses are held: probes that could not be made, and paths in doubt."""

from __future__ import annotations

from collections import deque

from lbsh.poller.health import Health
from lbsh.poller.inheritance import take_over
from lbsh.poller.parts import Probed
from lbsh.poller.results import Reason
from lbsh.poller.spoilt import MOST_TOLD, Spoilt
from tests.poller.playing import REAL, board_of, probe_of

FILES, ROUTE = "too many open files", "network is unreachable"


def test_causes_are_counted_and_the_most_frequent_comes_first() -> None:
    spoilt = Spoilt()
    for server, cause in enumerate([ROUTE, FILES, FILES, ""]):
        spoilt.note(server, cause)
    assert spoilt.held() == (
        "probes of 2 servers cannot be made (too many open files)",
        "probes of 1 server cannot be made (network is unreachable)",
        "probes of 1 server cannot be made",
    )
    spoilt.note(1, ROUTE)
    spoilt.forget(2)
    spoilt.forget(3)
    spoilt.forget(7)
    assert spoilt.held() == ("probes of 2 servers cannot be made (network is unreachable)",)


def test_of_many_causes_some_are_told() -> None:
    spoilt = Spoilt()
    for server in range(MOST_TOLD + 2):
        spoilt.note(server, f"cause {server}")
    assert len(spoilt.held()) == MOST_TOLD + 1
    assert spoilt.held()[-1] == "probes of 2 servers cannot be made for other causes"


def test_health_says_why_until_results_come_also_after_a_changed_script() -> None:
    health = Health(board_of(*[probe_of()] * 2))
    for server in range(2):
        health.finished(Probed(server, server, Reason.SPOILT, 0, FILES), 0)
    health.turn(0, REAL)
    assert health.held() == ("probes of 2 servers cannot be made (too many open files)",)
    after = Health(board_of(*[probe_of()] * 2))
    deque(take_over(after, health), 0)
    assert after.held() == health.held()
    for server, reason in enumerate((Reason.ANSWERED, Reason.REFUSED)):
        after.finished(Probed(server, 2 + server, reason, 1000), 3_000_000)
        after.turn(3_000_000, REAL + 3000)
    assert after.held() == ()


def test_a_path_in_doubt_holds_statuses_and_so_does_a_broken_one() -> None:
    probe = probe_of(fall=1, recheck=False)
    health = Health(board_of(probe, probe), interfaces=["em1", "em1"])
    for server in range(2):
        health.finished(Probed(server, 1 + server, Reason.ANSWERED, 1000), 0)
        health.finished(Probed(server, 3 + server, Reason.ANSWERED, 1000), 0)
    health.turn(0, REAL)
    health.turn(1_000_000, REAL + 1000)
    for server in range(2):
        health.finished(Probed(server, 5 + server, Reason.TIMEOUT, 1000), 9_000_000)
    assert health.turn(9_000_000, REAL + 9000).path_tests == ["em1"]
    assert health.held() == ("the path through `em1` is in doubt, and is being tested",)
    health.path_tested("em1", False, 9_010_000)
    assert health.held() == ("the path through `em1` is broken",)
