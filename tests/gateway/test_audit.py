"""Every change leaves a line in the system's log, which says who made it, from where, by what, and what it was."""

from __future__ import annotations

import syslog

import pytest

from lbsh import device
from lbsh.gateway.audit import LONGEST, audit_lines
from lbsh.store.protocol import Act
from tests.gateway.world import FIG_7, NOW, World

ALICE = Act(NOW, "alice", "192.0.2.7", "run -c")


def test_a_line_says_who_from_where_by_what_and_what() -> None:
    assert audit_lines(ALICE, 12, ["drain 192.168.1.2"]) == [
        "alice from 192.0.2.7 by run -c, revision 12: drain 192.168.1.2"
    ]
    assert audit_lines(ALICE._replace(origin="", way="apply site.lb"), 3, []) == ["alice by apply site.lb, revision 3"]


def test_a_line_stays_one_line() -> None:
    hostile = Act(NOW, "a\nb", "\x1b[2J", "apply x\r\ny")
    assert audit_lines(hostile, 1, ['drain 192.168.1.2 because "\u2028"']) == [
        'a?b from ?[2J by apply x??y, revision 1: drain 192.168.1.2 because "?"'
    ]
    assert len(audit_lines(ALICE, 1, ["x" * 5000])[0]) == LONGEST


def test_changes_are_audited_and_nothing_else() -> None:
    world = World()
    world.apply(FIG_7)
    world.run("drain 192.168.1.2 from mx_pool", "status")
    world.run("resume 192.168.1.2 in mx_pool")
    world.run("pool x for y")
    world.run("status")
    assert [line.partition(", ")[2] for line in world.audited] == [
        "revision 1",
        "revision 2: drain 192.168.1.2 from mx_pool",
        "revision 3: resume 192.168.1.2 in mx_pool",
    ]


def test_lines_reach_the_log_of_the_system(monkeypatch: pytest.MonkeyPatch) -> None:
    said: list[tuple[int, str]] = []
    monkeypatch.setattr(syslog, "syslog", lambda priority, line: said.append((priority, line)))
    device.audit(["one", "two"])
    assert said == [(syslog.LOG_NOTICE, "one"), (syslog.LOG_NOTICE, "two")]
