"""Changes that are put back unless somebody confirms them, on a device of fakes with a clock that is set."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import pytest

from lbsh.drivers.protocol import DriverError
from lbsh.gateway.confirm import ROLLBACK, PendingError
from lbsh.gateway.deadline import Confirmation, Moment, State, left, state_of
from lbsh.gateway.notices import PutBack, notices_of, put_back_in
from lbsh.store.memory import MemoryStore
from lbsh.store.protocol import Record, StoreError
from tests.gateway.world import FIG_7, WHO, World, choice

MINUTE = 60_000
OTHER = FIG_7 + "add 192.168.1.9 to mx_pool\n"
START = Moment("first", 1000)
PENDING = Confirmation(5, 4, 4, START, 61_000, WHO, "nftables", choice("nftables").as_json())


@pytest.fixture
def world() -> World:
    world = World()
    world.apply(FIG_7)
    return world


def text(world: World) -> str:
    return "".join(one.text for one in world.store.running().files)


def pending(world: World) -> object:
    return world.store.record(Record.CONFIRMATION)


@pytest.mark.parametrize(
    ("revision", "now", "state", "rest"),
    [
        (4, Moment("first", 1000), State.BEGUN, 60_000),
        (4, Moment("first", 99_000), State.BEGUN, 0),
        (5, Moment("first", 1000), State.OPEN, 60_000),
        (5, Moment("first", 60_999), State.OPEN, 1),
        (5, Moment("first", 61_000), State.OVER, 0),
        (6, Moment("first", 61_000), State.OVER, 0),
        (6, Moment("first", 1000), State.OVER, 60_000),
        (5, Moment("second", 1000), State.OVER, 0),
        (5, Moment("second", 60_000), State.OVER, 0),
        (5, Moment("first", 999), State.OVER, 0),
        (5, Moment("", 2000), State.OVER, 0),
    ],
)
def test_a_moment_decides(revision: int, now: Moment, state: State, rest: int) -> None:
    assert (state_of(PENDING, revision, now), left(PENDING, now)) == (state, rest)


@pytest.mark.parametrize("one", [PENDING, PENDING._replace(driver="", options={}, previous=0, probes={"services": {}})])
def test_the_record_is_read_as_it_was_written(one: Confirmation) -> None:
    assert Confirmation.of_json(one.as_json()) == one


@pytest.mark.parametrize("field", [*PENDING.as_json()])
def test_a_damaged_record_is_an_error_with_advice(field: str) -> None:
    for kept in ({**PENDING.as_json(), field: None}, {k: v for k, v in PENDING.as_json().items() if k != field}):
        with pytest.raises(StoreError, match="damaged"):
            Confirmation.of_json(kept)


def test_what_was_put_back_is_read_as_it_was_written() -> None:
    one = PutBack(WHO.time, 5, 6, "why", WHO)
    assert put_back_in(one.as_json()) == one
    assert put_back_in({**one.as_json(), "act": 3}) is None


def test_a_change_waits_and_is_confirmed(world: World) -> None:
    outcome = world.apply(OTHER, confirm=MINUTE)
    assert outcome.waiting is not None
    assert (outcome.revision, world.guards) == (2, 1)
    assert world.gateway.keeper.keep_deadline() == 60
    assert world.gateway.keeper.confirm(WHO) is not None
    assert pending(world) is None
    world.ticks += 2 * MINUTE
    assert world.gateway.keeper.keep_deadline() is None
    assert text(world) == OTHER


def test_a_change_that_nobody_confirms_is_put_back(world: World) -> None:
    world.apply(OTHER, confirm=MINUTE)
    world.ticks += MINUTE
    assert world.gateway.keeper.keep_deadline() is None
    assert (text(world), world.store.revision()) == (FIG_7, 3)
    loaded = world.store.loaded()
    assert loaded is not None
    assert (loaded.revision, loaded.trouble) == (3, "")
    assert world.filter.verbs[-1] == "change"
    (line,) = notices_of(world.store, Moment("first", world.ticks)).lines
    assert line.startswith("put back: revision 2, test by alice from 192.0.2.7, not confirmed in time (")
    assert any("by put back, revision 3" in line for line in world.audited)


def test_the_time_counts_from_when_the_rules_are_loaded(world: World) -> None:
    load = world.filter.change

    def slowly(*arguments: object) -> object:
        world.ticks += 2 * MINUTE
        return load(*arguments)  # type: ignore[arg-type]

    world.filter.change = slowly  # type: ignore[assignment,method-assign]
    world.apply(OTHER, confirm=MINUTE)
    assert world.gateway.keeper.keep_deadline() == 60


@pytest.mark.parametrize(
    "change",
    [
        lambda world: world.apply(FIG_7),
        lambda world: world.run("drain 192.168.1.2"),
        lambda world: world.apply(FIG_7, confirm=MINUTE),
        lambda world: world.gateway.rollback(1, WHO),
    ],
)
def test_others_are_refused_while_a_change_waits(world: World, change: Callable[[World], object]) -> None:
    world.apply(OTHER, confirm=MINUTE)
    world.ticks += 18_500
    with pytest.raises(PendingError, match=r"test by alice from 192.0.2.7 waits for confirmation, 42 s are left"):
        change(world)
    assert (text(world), world.store.revision()) == (OTHER, 2)


def test_settling_goes_on_while_a_change_waits_and_ends_no_drain(world: World) -> None:
    world.run("drain 192.168.1.2 from mx_pool for 2h")
    world.apply(OTHER, confirm=MINUTE)
    revision = world.store.revision()
    world.now += 7_300_000
    assert not world.gateway.settle(WHO).trouble
    assert world.store.revision() == revision
    world.gateway.keeper.confirm(WHO)
    world.gateway.settle(WHO)
    assert world.store.running().statements == ()


def test_whoever_comes_after_the_deadline_puts_back_first(world: World) -> None:
    world.apply(OTHER, confirm=MINUTE)
    world.ticks += MINUTE
    outcome = world.run("drain 192.168.1.2 from mx_pool")
    assert outcome.revision == 4
    assert text(world) == FIG_7
    assert [line.split(",")[0] for line in outcome.notices] == ["put back: revision 2"]
    assert world.run("drain 192.168.1.3 from ldap_pool").notices == ()


def test_a_refused_change_leaves_the_notice(world: World) -> None:
    world.apply(OTHER, confirm=MINUTE)
    world.ticks += MINUTE
    assert world.run("pool x for y").notices
    assert world.run("drain 192.168.1.3 from ldap_pool").notices


def test_a_confirmation_that_comes_too_late_puts_back(world: World) -> None:
    world.apply(OTHER, confirm=MINUTE)
    world.ticks += MINUTE
    assert world.gateway.keeper.confirm(WHO) is None
    assert text(world) == FIG_7


def test_nothing_can_be_confirmed_without_a_change(world: World) -> None:
    assert world.gateway.keeper.confirm(WHO) is None


def test_another_start_of_the_machine_puts_back_before_anything_is_loaded(world: World) -> None:
    world.apply(OTHER, confirm=MINUTE)
    world.boot, world.ticks = "second", 10
    world.filter.done.clear()
    world.gateway.settle(WHO)
    assert text(world) == FIG_7
    assert all("192.168.1.9" not in rules for _, rules in world.filter.done)
    assert "before the machine stopped" in notices_of(world.store, Moment("second", 20)).lines[0]


def test_rollback_puts_back_at_once(world: World) -> None:
    world.apply(OTHER, confirm=MINUTE)
    done = world.gateway.rollback(None, WHO)
    assert done.entry is not None
    assert (done.entry.revision, done.outcome.revision, text(world)) == (1, 3, FIG_7)
    assert (pending(world), notices_of(world.store, START).lines) == (None, ())


def test_a_rollback_whose_rules_are_not_loaded_leaves_nothing_to_confirm(world: World) -> None:
    world.apply(OTHER, confirm=MINUTE)
    world.filter.broken = "nft hangs"
    assert world.gateway.rollback(None, WHO).outcome.trouble == "nft hangs"
    with pytest.raises(StoreError, match="nft hangs"):
        world.gateway.keeper.keep_deadline()
    assert world.gateway.keeper.confirm(WHO) is None
    assert "is being put back" in world.gateway.keeper.notices().lines[0]
    world.filter.broken = ""
    assert world.gateway.keeper.keep_deadline() is None
    assert (text(world), pending(world)) == (FIG_7, None)
    assert "taken back before its time was over" in world.gateway.keeper.notices().lines[0]


def load_later(world: World) -> str:
    """Lets the filter take rules again, at the end of the hour; what everybody is told of the change."""
    world.filter.broken = ""
    world.ticks += 60 * MINUTE
    assert world.gateway.keeper.keep_deadline() is None
    assert (text(world), pending(world)) == (FIG_7, None)
    return world.gateway.keeper.notices().lines[0]


def test_a_guard_that_ends_is_the_reason_also_if_the_rules_come_later(world: World) -> None:
    world.apply(OTHER, confirm=60 * MINUTE)
    world.filter.broken = "nft hangs"
    with pytest.raises(StoreError, match="nft hangs"):
        world.gateway.keeper.put_back_now()
    assert "not confirmed when its guard was told to end" in load_later(world)


def test_a_rollback_is_the_reason_also_if_the_rules_come_later(world: World) -> None:
    world.apply(OTHER, confirm=60 * MINUTE)
    world.filter.broken = "nft hangs"
    world.gateway.rollback(None, WHO)
    assert "taken back before its time was over" in load_later(world)


def test_rollback_goes_back_by_the_history(world: World) -> None:
    world.run("add 192.168.1.8 to mx_pool")
    world.apply(OTHER)
    world.run("drain 192.168.1.2 from mx_pool")
    done = world.gateway.rollback(None, WHO)
    assert done.entry is not None
    assert done.entry.revision == 2
    assert text(world) == FIG_7
    wanted = ["add 192.168.1.8 to mx_pool", "drain 192.168.1.2 from mx_pool"]
    assert [one.text for one in world.store.running().statements] == wanted
    assert done.outcome.kept == ("drain 192.168.1.2 from mx_pool",)
    with pytest.raises(StoreError, match="no script 7 before"):
        world.gateway.rollback(7, WHO)


@pytest.mark.parametrize("go_back", ["deadline", "rollback"])
def test_rollback_does_not_go_forward(world: World, go_back: str) -> None:
    world.apply(OTHER, confirm=MINUTE)
    if go_back == "deadline":
        world.ticks += MINUTE
    else:
        world.gateway.rollback(None, WHO._replace(way=ROLLBACK))
    with pytest.raises(StoreError, match="the running script came by going back"):
        world.gateway.rollback(None, WHO)
    assert text(world) == FIG_7
    world.gateway.rollback(1, WHO)
    assert text(world) == OTHER


def test_rollback_may_wait_for_confirmation_too(world: World) -> None:
    world.apply(OTHER)
    world.gateway.rollback(1, WHO, confirm=MINUTE)
    assert text(world) == FIG_7
    world.ticks += MINUTE
    world.gateway.keeper.keep_deadline()
    assert text(world) == OTHER


def test_the_driver_is_put_back_too(world: World) -> None:
    world.apply(OTHER, driver="iptables", confirm=MINUTE)
    world.ticks += MINUTE
    world.gateway.keeper.keep_deadline()
    assert world.gateway.choice() == choice("nftables")
    assert world.filters["iptables"].verbs[-1] == "unload"
    assert world.filter.verbs[-1] == "load"


def test_the_first_script_is_taken_out_again() -> None:
    world = World()
    world.apply(FIG_7, confirm=MINUTE)
    world.ticks += MINUTE
    assert world.gateway.keeper.keep_deadline() is None
    assert world.filter.verbs[-1] == "unload"
    assert (text(world), world.store.running().statements) == ("", ())
    assert pending(world) is None
    world.gateway.settle(WHO)
    assert world.filter.verbs[-1] == "unload"
    world.apply(FIG_7)
    assert world.filter.verbs[-1] == "load"


def test_a_load_that_fails_changes_nothing(world: World) -> None:
    change = world.filter.change

    def fail(*arguments: object) -> object:
        world.filter.change = change  # type: ignore[method-assign]
        raise DriverError("nft hangs")

    world.filter.change = fail  # type: ignore[assignment,method-assign]
    outcome = world.apply(OTHER, confirm=MINUTE)
    assert (outcome.revision, outcome.trouble, pending(world), text(world)) == (0, "nft hangs", None, FIG_7)
    loaded = world.store.loaded()
    assert loaded is not None
    assert (loaded.revision, loaded.trouble) == (world.store.revision(), "")


def test_a_filter_that_fails_at_the_deadline_is_tried_again(world: World) -> None:
    world.apply(OTHER, confirm=MINUTE)
    world.ticks += MINUTE
    world.filter.broken = "nft hangs"
    for _ in range(2):
        with pytest.raises(StoreError, match="nft hangs"):
            world.gateway.keeper.keep_deadline()
    assert (text(world), world.store.revision()) == (FIG_7, 3)
    world.filter.broken = ""
    assert world.gateway.keeper.keep_deadline() is None
    assert (pending(world), world.store.revision()) == (None, 3)


def test_a_later_change_takes_the_place_of_one_that_cannot_be_put_back(world: World) -> None:
    world.apply(OTHER, confirm=MINUTE)
    world.ticks += MINUTE
    world.filter.broken = "nft hangs"
    with pytest.raises(StoreError, match="nft hangs"):
        world.gateway.keeper.keep_deadline()
    outcome = world.apply(OTHER, driver="iptables")
    world.filter.broken = ""
    assert world.gateway.keeper.keep_deadline() is None
    assert (text(world), world.gateway.choice().driver, pending(world)) == (OTHER, "iptables", None)
    assert "is being put back" in outcome.notices[0]


def test_a_full_disk_at_the_deadline_does_not_keep_the_rules(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    world.apply(OTHER, confirm=MINUTE)
    world.ticks += MINUTE
    gateway = world.gateway

    def full(*_: object) -> object:
        raise StoreError("no space left on device")

    with monkeypatch.context() as patch:
        patch.setattr(MemoryStore, "replace", full)
        for _ in range(2):
            with pytest.raises(StoreError, match="no space"):
                gateway.keeper.keep_deadline()
        assert world.filter.verbs.count("load") == 2  # the first script, and once to be put back
        assert "192.168.1.9" not in world.filter.done[-1][1]
    assert gateway.keeper.keep_deadline() is None
    assert text(world) == FIG_7


def test_a_former_script_that_is_lost_leaves_a_way_out(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    world.apply(OTHER, confirm=MINUTE)
    world.ticks += MINUTE

    def damaged(*_: object) -> object:
        raise StoreError("the index is damaged")

    monkeypatch.setattr(MemoryStore, "script_of", damaged)
    with pytest.raises(
        StoreError, match=r"cannot be put back: the index is damaged \(to keep what runs instead, remove"
    ):
        world.run("drain 192.168.1.2 from mx_pool")
    world.store.note_record(Record.CONFIRMATION, None)
    assert world.run("drain 192.168.1.2 from mx_pool").revision == 3


def test_a_change_whose_process_died_before_it_was_made_is_none(world: World) -> None:
    world.store.note_record(Record.CONFIRMATION, PENDING._replace(revision=2, previous=1).as_json())
    assert notices_of(world.store, Moment("first", world.ticks)).lines == ()
    assert world.run("drain 192.168.1.2 from mx_pool").revision == 2
    assert pending(world) is None


def test_a_guard_that_does_not_start_leaves_all_as_it_was(world: World) -> None:
    world.guard_trouble = "no guard"
    with pytest.raises(StoreError, match="no guard"):
        world.apply(OTHER, confirm=MINUTE)
    assert (text(world), pending(world)) == (FIG_7, None)


def test_a_guard_that_is_told_to_end_puts_back(world: World) -> None:
    world.apply(OTHER, confirm=MINUTE)
    world.gateway.keeper.put_back_now()
    assert text(world) == FIG_7
    assert "told to end" in notices_of(world.store, START).lines[0]


def test_an_incomplete_script_gets_the_rules_back_that_were_loaded() -> None:
    world = World()
    world.run("service SMTP is 62.103.127.154 tcp 25")
    world.apply(FIG_7, confirm=MINUTE)
    world.ticks += MINUTE
    world.gateway.keeper.keep_deadline()
    loaded = world.store.loaded()
    assert loaded is not None
    assert (loaded.revision, loaded.trouble[:10], pending(world)) == (0, "incomplete", None)
    assert [one.text for one in world.store.running().statements] == ["service SMTP is 62.103.127.154 tcp 25"]
    assert world.filter.verbs[-1] == "unload"


def test_the_same_script_again_changes_nothing(world: World) -> None:
    for confirm in (None, MINUTE):
        outcome = world.apply(FIG_7, confirm=confirm)
        assert (outcome.is_change, outcome.revision, outcome.waiting) == (False, 1, None)
    assert world.guards == 0
    world.run("drain 192.168.1.2 from mx_pool")
    assert not world.apply(FIG_7).is_change
    world.run("add 192.168.1.8 to mx_pool")
    assert world.apply(FIG_7).is_change


def test_the_same_script_is_loaded_where_it_is_not(world: World) -> None:
    world.filter.broken = "nft hangs"
    world.run("add 192.168.1.8 to mx_pool")
    world.filter.broken = ""
    assert world.apply(FIG_7).is_change
    world.boot = "second"
    outcome = world.apply(FIG_7)
    assert (outcome.is_change, outcome.revision, world.filter.verbs[-1]) == (True, 3, "load")


def test_the_same_script_that_was_never_loaded_waits_too(world: World) -> None:
    change = world.filter.change

    def fail(*arguments: object) -> object:
        raise DriverError("nft hangs")

    world.filter.change = fail  # type: ignore[assignment,method-assign]
    world.apply(OTHER)
    world.filter.change = change  # type: ignore[method-assign]
    assert world.apply(OTHER, confirm=MINUTE).waiting is not None
    world.ticks += MINUTE
    world.gateway.keeper.keep_deadline()
    assert text(world) == FIG_7


FAST, SLOW, STRICT = (FIG_7 + f"probe SMTP with tcp every {time} timeout 1s\n" for time in ("2s", "9s", "3s"))


@pytest.mark.parametrize("reports", [False, True])
@pytest.mark.parametrize("end", ["deadline", "rollback", "trouble", "confirm"])
def test_shadow_probes_come_back_with_the_script_and_go_with_a_confirmation(
    world: World, end: str, *, reports: bool
) -> None:
    """On the script that is put back, the strict probes that only reported must not decide."""
    world.apply(FAST)
    world.apply(SLOW, shadow_probes=True)
    kept = world.store.record(Record.PROBES)
    assert kept is not None
    if end == "trouble":
        world.filter.load = world.filter.change = _fail  # type: ignore[method-assign, assignment]
        refused = world.apply(STRICT + "add 192.168.1.9 to mx_pool\n", confirm=MINUTE, shadow_probes=reports)
        assert refused.revision == 0
        assert world.store.record(Record.PROBES) == kept
        return
    world.apply(STRICT, confirm=MINUTE, shadow_probes=reports)
    assert (
        world.store.record(Record.PROBES) is not None
    ) is reports  # the new script's probes decide, unless they report
    if end == "confirm":
        world.gateway.keeper.confirm(WHO)
    elif end == "rollback":
        world.gateway.rollback(None, WHO)
    else:
        world.ticks += MINUTE
        world.gateway.keeper.keep_deadline()
    if end == "confirm":
        assert (text(world), world.store.record(Record.PROBES) is not None) == (STRICT, reports)
    else:
        assert (text(world), world.store.record(Record.PROBES)) == (SLOW, kept)


def _fail(*_: object) -> Mapping[str, object]:
    raise DriverError("the filter refuses the rules")
