"""Readings: from the thread that waits for changes of the store to the loop."""

from __future__ import annotations

import select
from collections.abc import Iterator
from contextlib import contextmanager
from queue import SimpleQueue
from threading import Event

import pytest

from lbsh.poller import readings as module
from lbsh.poller.readings import Reading, Readings, Stored
from lbsh.store.protocol import StoreError
from tests.limits import LONGEST


class Origin:
    """A store: `waits` are what its waits come to, each as a test puts it there."""

    def __init__(self) -> None:
        self.waits: SimpleQueue[bool | Exception] = SimpleQueue()
        self.reads = 0
        self.has_waited = Event()

    def wait(self, seconds: float) -> bool:
        self.has_waited.set()
        found = self.waits.get(timeout=LONGEST)
        if isinstance(found, Exception):
            raise found
        return found

    def stored(self) -> Stored:
        self.reads += 1
        return Stored({}, self.reads)


@contextmanager
def reading(origin: Origin) -> Iterator[tuple[Readings, list[str]]]:
    troubles: list[str] = []
    made = Readings(origin, troubles.append)
    made.start()
    try:
        yield made, troubles
    finally:
        made.stop()
        origin.waits.put(False)
        made._thread.join(LONGEST)
        assert not made._thread.is_alive()


def taken(made: Readings) -> list[object]:
    """What comes next, once the descriptor says that something did."""
    assert select.select([made.descriptor], [], [], LONGEST)[0]
    return list(made.taken())


def test_what_is_handed_over_is_taken_in_its_order_and_once() -> None:
    made = Readings(Origin(), pytest.fail)
    first, second = Reading(1, (), (), {}), Reading(2, (), (), {})
    assert not select.select([made.descriptor], [], [], 0)[0]
    made.put(first)
    made.put(second)
    assert taken(made) == [first, second]
    assert not made.taken()
    assert not select.select([made.descriptor], [], [], 0)[0]


def test_more_than_the_pipe_holds_is_lost_nowhere() -> None:
    made = Readings(Origin(), pytest.fail)
    for number in range(100_000):
        made.put(Stored({}, number))
    found = list(made.taken())
    assert [one.time for one in found if isinstance(one, Stored)] == list(range(100_000))


def test_a_change_by_others_has_the_statuses_read() -> None:
    origin = Origin()
    with reading(origin) as (made, troubles):
        origin.waits.put(False)
        origin.waits.put(True)
        assert taken(made) == [Stored({}, 1)]
    assert not troubles


def test_a_comparison_that_is_wished_for_is_made_once_without_a_change() -> None:
    origin = Origin()
    with reading(origin) as (made, _):
        made.compare()
        origin.waits.put(False)
        assert taken(made) == [Stored({}, 1)]
        origin.waits.put(False)
        origin.waits.put(True)
        assert taken(made) == [Stored({}, 2)]


def test_trouble_is_told_and_what_was_missed_is_read_later(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "PAUSE", 0.0)
    origin = Origin()
    with reading(origin) as (made, troubles):
        origin.waits.put(StoreError("the disk is gone"))
        origin.waits.put(KeyError("a fault"))
        origin.waits.put(False)
        assert taken(made) == [Stored({}, 1)]
    assert troubles == ["the store cannot be read: the disk is gone", "the store cannot be read: KeyError('a fault')"]
