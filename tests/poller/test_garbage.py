"""A changed script leaves nothing that only the garbage collector could find: a poller keeps what it has out of its sight.

What it misses stays for good, at a hundred thousand servers a hundred megabytes a change.
"""

from __future__ import annotations

import gc
from collections.abc import Callable, Iterator

import pytest

from lbsh.poller.board import Board
from lbsh.poller.health import Health
from lbsh.poller.inheritance import take_over
from lbsh.poller.parts import Probed
from lbsh.poller.results import Reason
from lbsh_lang.checks.context import Context
from lbsh_lang.checks.run import check_script
from lbsh_lang.site.resolve import Resolution
from lbsh_lang.site.script import read_script
from lbsh_lang.source import Source
from tests.gateway.world import FIG_7
from tests.poller.stand_ins import targets


@pytest.fixture(autouse=True)
def uncollected() -> Iterator[None]:
    gc.collect()
    gc.disable()
    try:
        yield
    finally:
        gc.enable()


def reading() -> None:
    """A script is read and checked, and only its site is kept."""
    resolution = Resolution(read_script(Source.of("site.lb", FIG_7)))
    check_script(Context(resolution))
    assert resolution.site.services


def probing() -> None:
    """Servers are probed, some fail, and another script comes."""
    places = [(f"192.0.2.{last}", 80) for last in range(20)]
    old, new = (Health(Board(targets(places)), interfaces=["eth0"] * 20) for _ in range(2))
    for serial, reason in enumerate([Reason.ANSWERED, Reason.REFUSED, Reason.REFUSED, Reason.REFUSED], 1):
        for server in range(20):
            old.started(server, serial, 1000 * serial)
        for server in range(20):
            old.finished(Probed(server, serial, reason, 100), 1000 * serial + 500)
        old.turn(1000 * serial + 500, 1000)
    for _ in take_over(new, old):
        pass
    new.turn(10_000, 1001)


@pytest.mark.parametrize("work", [reading, probing])
def test_nothing_is_left_for_the_collector(work: Callable[[], None]) -> None:
    work()  # what is made once, such as caches, is there then
    gc.collect()
    work()
    gc.set_debug(gc.DEBUG_SAVEALL)
    try:
        gc.collect()
        left = [type(one).__name__ for one in gc.garbage if not callable(one)]
    finally:
        gc.set_debug(0)
        gc.garbage.clear()
    assert left == []
