"""The action handler: what is handed over gets into store and rules, in order, whatever fails in between."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from threading import Event

from lbsh.poller.actions import Actions, Deed, in_one, status_of
from lbsh.poller.parts import Change
from lbsh.poller.results import Reason
from lbsh.store.protocol import StoreError
from lbsh_lang.site.status import ServerId, State, Status
from lbsh_lang.values import Address
from tests.limits import LONGEST

ONE, OTHER = (ServerId("pool", "WEB", Address(4, number), 0) for number in (1, 2))


class Recorder:
    """A device that remembers what it was told; it fails as often as `failures` says, and stops where a test holds it."""

    def __init__(self, failures: int = 0) -> None:
        self.failures = failures
        self.statuses: dict[ServerId, Status] = {}
        self.done: list[str] = []
        self.applied: list[dict[ServerId, State]] = []
        self.audited: list[str] = []
        self.begun, self.may_go_on = Event(), Event()
        self.may_go_on.set()
        self.looked = Event()

    def note(self, statuses: Mapping[ServerId, Status]) -> None:
        self.done.append("note")
        self.statuses |= statuses

    def apply(self, servers: Collection[ServerId]) -> Sequence[str]:
        self.begun.set()
        assert self.may_go_on.wait(LONGEST)
        self.done.append("apply")
        if self.failures:
            self.failures -= 1
            raise StoreError("the filter refuses the rules")
        self.applied.append({server: self.statuses[server].state for server in servers})
        return ()

    def attend(self) -> tuple[float, Sequence[str]]:
        self.looked.set()
        return LONGEST, ()

    def audit(self, lines: Sequence[str]) -> None:
        self.done.append("audit")
        self.audited += lines


class NoLog(Recorder):
    """A device whose log takes nothing."""

    def audit(self, lines: Sequence[str]) -> None:
        raise OSError("no log")


def change(server: ServerId, new: State, time: int = 0) -> Change:
    old = State.UP if new is State.DOWN else State.DOWN
    return Change(server, old, new, Reason.REFUSED if new is State.DOWN else Reason.ANSWERED, "", 10, time)


@contextmanager
def acting(device: Recorder) -> Iterator[tuple[Actions, list[Deed]]]:
    deeds: list[Deed] = []
    actions = Actions(device, deeds.append)
    actions.start()
    try:
        yield actions, deeds
    finally:
        device.may_go_on.set()
        actions.stop()


def test_a_change_is_noted_then_applied_then_audited() -> None:
    device = Recorder()
    with acting(device) as (actions, deeds):
        actions.act([change(ONE, State.DOWN, 7)])
        assert actions.wait(LONGEST)
    assert device.done == ["note", "apply", "audit"]
    assert device.statuses == {ONE: Status(State.DOWN, 7, "refused")}
    assert device.audited == ["poller: 0.0.0.1 in pool for WEB: DOWN (refused)"]
    assert [deed.trouble for deed in deeds] == [""]


def test_changes_that_come_during_a_load_follow_it_together() -> None:
    device = Recorder()
    device.may_go_on.clear()
    with acting(device) as (actions, _):
        actions.act([change(ONE, State.DOWN)])
        assert device.begun.wait(LONGEST)
        actions.act([change(OTHER, State.DOWN)])
        actions.act([change(ONE, State.UP)])
        device.may_go_on.set()
        assert actions.wait(LONGEST)
    assert device.applied == [{ONE: State.DOWN}, {ONE: State.UP, OTHER: State.DOWN}]
    assert len(device.audited) == 3


def test_a_server_is_under_way_until_its_rules_are_loaded() -> None:
    device = Recorder()
    device.may_go_on.clear()
    with acting(device) as (actions, _):
        assert actions.under_way() == frozenset()
        actions.act([change(ONE, State.DOWN)])
        assert device.begun.wait(LONGEST)
        actions.act([change(OTHER, State.DOWN)])
        assert actions.under_way() == {ONE, OTHER}
        device.may_go_on.set()
        assert actions.wait(LONGEST)
        assert actions.under_way() == frozenset()


def test_what_fails_is_tried_again_with_what_came_since() -> None:
    device = Recorder(failures=2)
    device.may_go_on.clear()
    with acting(device) as (actions, deeds):
        actions.act([change(ONE, State.DOWN), change(OTHER, State.DOWN)])
        assert device.begun.wait(LONGEST)
        actions.act([change(ONE, State.UP)])
        device.may_go_on.set()
        assert actions.wait(LONGEST)
    assert device.applied == [{ONE: State.UP, OTHER: State.DOWN}]
    assert [deed.trouble for deed in deeds] == ["the filter refuses the rules"] * 2 + [""]
    assert len(device.audited) == 3


def test_a_status_says_what_the_server_said() -> None:
    held = Change(ONE, State.UP, State.DOWN, Reason.BAD_STATUS, "503", 10, 20, 30)
    assert status_of(held) == Status(State.DOWN, 20, "bad-status: 503", 30)


def test_the_device_is_looked_at_first_and_whenever_it_is_asked_for() -> None:
    device = Recorder()
    with acting(device) as (actions, _):
        assert device.looked.wait(LONGEST)
        device.looked.clear()
        actions.look()
        assert device.looked.wait(LONGEST)


def test_a_lock_that_is_held_is_waited_for() -> None:
    device = Recorder()
    apply, tries = device.apply, 3

    def locked(servers: Collection[ServerId]) -> Sequence[str]:
        nonlocal tries
        tries -= 1
        if tries:
            raise TimeoutError("the store is being changed by process 7 (apply)")
        return apply(servers)

    device.apply = locked  # type: ignore[method-assign]
    with acting(device) as (actions, deeds):
        actions.act([change(ONE, State.DOWN)])
        assert actions.wait(LONGEST)
    assert [deed.trouble for deed in deeds] == ["the store is being changed by process 7 (apply)"] * 2 + [""]
    assert device.applied == [{ONE: State.DOWN}]


def test_a_store_that_takes_no_status_keeps_no_rules_from_being_loaded() -> None:
    device = Recorder()
    note = device.note

    def full(statuses: Mapping[ServerId, Status]) -> None:
        note(statuses)
        raise StoreError("no space left")

    device.note = full  # type: ignore[method-assign]
    with acting(device) as (actions, deeds):
        actions.act([change(ONE, State.DOWN)])
        assert actions.wait(LONGEST)
    assert device.applied == [{ONE: State.DOWN}]
    assert deeds[0].remarks == ("no space left",)


def test_an_error_that_nobody_has_foreseen_is_told_and_all_is_tried_again() -> None:
    device = Recorder()
    apply, errors = device.apply, [KeyError("a fault")]

    def faulty(servers: Collection[ServerId]) -> Sequence[str]:
        if errors:
            raise errors.pop()
        return apply(servers)

    device.apply = faulty  # type: ignore[method-assign]
    with acting(device) as (actions, deeds):
        actions.act([change(ONE, State.DOWN)])
        assert actions.wait(LONGEST)
    assert [deed.trouble for deed in deeds] == ["KeyError: 'a fault'", ""]
    assert device.applied == [{ONE: State.DOWN}]


def test_a_look_that_goes_well_again_is_told() -> None:
    device = Recorder()
    errors = [StoreError("damaged")]

    def attend() -> tuple[float, Sequence[str]]:
        if errors:
            raise errors.pop()
        device.looked.set()
        return LONGEST, ()

    device.attend = attend  # type: ignore[method-assign]
    with acting(device) as (actions, deeds):
        actions.look()
        while not device.looked.wait(0.01):
            actions.look()
    assert [(deed.trouble, deed.is_look) for deed in deeds] == [("damaged", True), ("", True)]


def test_a_log_that_takes_nothing_keeps_nobody_from_acting() -> None:
    device, deeds = NoLog(), list[Deed]()
    actions = Actions(device, deeds.append)
    actions.start()
    try:
        for server in (ONE, OTHER):
            actions.act([change(server, State.DOWN)])
            assert actions.wait(LONGEST)
    finally:
        actions.stop()
    assert device.applied == [{ONE: State.DOWN}, {OTHER: State.DOWN}]
    assert [deed.remarks for deed in deeds if not deed.is_look] == [("OSError: no log",)] * 2


def test_what_could_not_be_done_is_kept_once_for_each_server() -> None:
    many = [
        change(ONE, State.DOWN, 1),
        change(OTHER, State.DOWN, 2),
        change(ONE, State.UP, 3),
        change(ONE, State.DOWN, 4),
    ]
    kept = in_one(many)
    assert [(one.server, one.old, one.new, one.time) for one in kept] == [
        (OTHER, State.UP, State.DOWN, 2),
        (ONE, State.UP, State.DOWN, 4),
    ]
