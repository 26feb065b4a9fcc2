"""One round over all servers, with a scripted prober; and words for systemd."""

from __future__ import annotations

import socket
from pathlib import Path

from lbsh.poller.notify import Notifier
from lbsh.poller.once import PAUSE, WIDTH, RoundRobin, Tally
from lbsh.poller.parts import Probed
from lbsh.poller.playbook import GOOD, Line, Playbook
from lbsh.poller.results import Reason


def test_each_server_is_due_once_in_its_order() -> None:
    scheduler, now, seen = RoundRobin(2 * WIDTH + 1), 0, list[int]()
    while (time := scheduler.next_time(now)) is not None:
        now = max(now, time)
        part = scheduler.due(now)
        assert len(part) <= WIDTH
        assert not scheduler.due(now + PAUSE - 1)
        seen += part
    assert seen == list(range(2 * WIDTH + 1))


def test_a_tally_keeps_the_first_result_of_each() -> None:
    tally = Tally(2)
    tally.finished(Probed(0, 1, Reason.REFUSED, 10), 0)
    tally.finished(Probed(0, 2, Reason.ANSWERED, 10), 0)
    assert not tally.is_complete
    tally.finished(Probed(1, 3, Reason.ANSWERED, 10), 0)
    assert tally.is_complete
    assert tally.results[0].reason is Reason.REFUSED


def test_a_playbook_gives_what_is_written_and_then_good_results() -> None:
    book = Playbook({0: [Line(Reason.TIMEOUT, 1000)]})
    assert book.start(0, 1, 0)
    assert book.start(1, 2, 0)
    assert book.start(0, 3, 0)
    book.abandon(0, 3)
    assert [one.server for one in book.collect(GOOD.duration)] == [1]
    assert [(one.serial, one.reason) for one in book.collect(1000)] == [(1, Reason.TIMEOUT)]
    assert book.next_time(1000) is None


def test_the_manager_of_the_system_hears_of_the_service(tmp_path: Path) -> None:
    path = str(tmp_path / "notify")
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as manager:
        manager.bind(path)
        notifier = Notifier({"NOTIFY_SOCKET": path, "WATCHDOG_USEC": "3000000", "WATCHDOG_PID": "7"}, 7)
        assert notifier.watchdog == 3.0
        notifier.say("READY=1", "STATUS=probes")
        assert manager.recv(100) == b"READY=1\nSTATUS=probes"
    notifier.say("STOPPING=1")  # nobody hears it, and that is no trouble


def test_nobody_is_told_where_nobody_listens_and_the_watchdog_is_of_its_process() -> None:
    assert Notifier({}, 7).watchdog is None
    assert Notifier({"NOTIFY_SOCKET": "/x", "WATCHDOG_USEC": "3000000", "WATCHDOG_PID": "8"}, 7).watchdog is None
    Notifier({}, 7).say("READY=1")
