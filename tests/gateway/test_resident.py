"""The gateway in a process that lives long: what a status costs, what others may do meanwhile, and what is never lost."""

from __future__ import annotations

import time
from collections.abc import Sequence
from threading import Event

import pytest

from lbsh.drivers.protocol import Drift, DriverError, Observed
from lbsh.gateway.known import Known
from lbsh.gateway.rereading import Rereading
from lbsh.gateway.resident import READING, Resident
from lbsh.programs import CommandError
from lbsh.store.protocol import StoreError
from lbsh_lang.backends.base import Options
from lbsh_lang.site.model import Service
from lbsh_lang.site.status import ServerId, State, Status
from lbsh_lang.values import Address
from tests.gateway.world import FIG_7, NOW, World
from tests.limits import LONGEST


def server(last: int, pool: str = "mx_pool", service: str = "SMTP") -> ServerId:
    return ServerId(pool, service, Address(4, 192 << 24 | 168 << 16 | 1 << 8 | last), 0)


def down(*servers: ServerId) -> dict[ServerId, Status]:
    return {one: Status(State.DOWN, NOW, "refused") for one in servers}


def up(*servers: ServerId) -> dict[ServerId, Status]:
    return {one: Status(State.UP, NOW, "answered") for one in servers}


class Living:
    """A world with a resident, and the sites that it has told of."""

    def __init__(self, script: str = FIG_7, driver: str | None = None) -> None:
        self.world = World()
        self.world.apply(script, driver)
        self.sites: list[Known] = []
        machine = self.world.gateway._machine
        self.resident = Resident(self.world.store, self.world.gateway, machine, self.sites.append)
        self.resident._patience = LONGEST
        self.resident.known()
        self.done = self.world.filters[driver or "nftables"].done
        self.done.clear()

    def find(self, statuses: dict[ServerId, Status]) -> tuple[str, ...]:
        """Has statuses noted and their rules loaded; what the operator should know."""
        self.resident.note(statuses)
        return tuple(self.resident.apply(statuses))


def test_a_status_changes_the_rules_of_its_service_alone() -> None:
    living = Living()
    assert living.find(down(server(2))) == ()
    ((verb, text),) = living.done
    assert verb == "change"
    assert "62.103.127.154 . tcp . 25" in text
    assert "62.103.127.157" not in text
    loaded = living.world.store.loaded()
    assert loaded is not None
    assert loaded.down == {server(2)}
    assert living.world.store.statuses()[server(2)].state is State.DOWN


def test_a_site_that_could_not_be_told_is_told_again() -> None:
    living, told = Living(), list[int]()

    def tell(known: Known) -> None:
        told.append(known.revision)
        if len(told) == 1:
            raise StoreError("the disk is away")

    resident = Resident(living.world.store, living.world.gateway, living.world.gateway._machine, tell)
    with pytest.raises(StoreError):
        resident.known()
    revision = resident.known().revision
    resident.known()
    assert told == [revision, revision]


def test_the_rules_come_to_be_those_that_a_whole_load_makes() -> None:
    living, other = Living(), Living()
    living.find(down(server(2)))
    living.find(down(server(3), server(4, "ldap_pool", "LDAP")))
    living.find(up(server(2)))
    other.world.store.set_statuses(down(server(3), server(4, "ldap_pool", "LDAP")))
    other.resident.apply(())
    one, two = living.world.store.loaded(), other.world.store.loaded()
    assert one is not None
    assert two is not None
    assert one.down == two.down
    rules, others = living.world.gateway.rules(), other.world.gateway.rules()
    assert rules is not None
    assert others is not None
    assert {line.text for line in rules.lines} == {line.text for line in others.lines}


def test_the_last_server_is_taken_out_and_one_that_comes_back_serves() -> None:
    living = Living()
    living.find(down(server(2), server(3)))
    living.world.filter.forgotten.clear()
    living.find(up(server(3)))
    assert [target.server for target in living.world.filter.forgotten] == [None]


def test_an_operator_hears_that_a_service_has_no_server_and_that_it_has_some_again() -> None:
    """Once each, however often its servers change: what is drained serves nobody either."""
    living = Living()
    living.world.run("drain 192.168.1.2 from mx_pool")
    said = [living.find(found) for found in (down(server(3)), down(server(2)), up(server(2)), up(server(3)))]
    assert said == [("SMTP has no server that serves",), (), (), ("SMTP has servers that serve again",)]
    living.find(down(server(3)))
    living.world.run("resume 192.168.1.2 in mx_pool")
    assert living.resident.attend()[1] == ["SMTP has servers that serve again"]


def test_states_of_a_failed_server_go_after_its_rules() -> None:
    living = Living()
    living.find(down(server(2)))
    (target,) = living.world.filter.forgotten
    assert (str(target.service), str(target.server), target.ports) == ("62.103.127.154", "192.168.1.2", ((25, 25),))


def test_states_of_a_server_that_comes_back_or_is_drained_stay() -> None:
    living = Living()
    living.find(down(server(2)))
    living.world.filter.forgotten.clear()
    living.find(up(server(2)))
    living.world.run("drain 192.168.1.3 from mx_pool")
    living.resident.apply(())
    assert living.world.filter.forgotten == []


def test_what_is_loaded_already_is_not_loaded_again() -> None:
    living = Living()
    living.find(down(server(2)))
    living.find(down(server(2)))
    living.find(up(server(9)))
    assert [verb for verb, _ in living.done] == ["change"]


def test_statements_of_others_are_taken_over() -> None:
    living = Living()
    living.world.run("add 192.168.1.9 to mx_pool")
    living.done.clear()
    living.find(down(server(9)))
    assert [known.revision for known in living.sites] == [1, 2]
    loaded = living.world.store.loaded()
    assert loaded is not None
    assert loaded.down == {server(9)}


@pytest.mark.parametrize("driver", ["iptables", "pf"])
def test_filters_without_exchanges_get_whole_rules(driver: str) -> None:
    living = Living(driver=driver)
    before = living.world.gateway.rules()
    living.find(down(server(2)))
    ((verb, after),) = living.done
    assert verb == "change"
    assert before is not None
    assert after.count("192.168.1.3") == before.text.count("192.168.1.3")
    assert 0 < after.count("192.168.1.2") < before.text.count("192.168.1.2")


def test_a_filter_that_refuses_is_asked_again() -> None:
    living = Living()
    living.world.filter.broken = "nft: no"
    with pytest.raises(StoreError, match="nft: no"):
        living.find(down(server(2)))
    living.world.filter.broken = ""
    living.resident.apply([server(2)])
    loaded = living.world.store.loaded()
    assert loaded is not None
    assert (loaded.down, loaded.trouble) == (frozenset({server(2)}), "")


def test_a_store_that_takes_no_status_keeps_no_failed_server_in_the_rules(monkeypatch: pytest.MonkeyPatch) -> None:
    living = Living()
    store = living.resident._store

    def full(statuses: object) -> None:
        raise StoreError("no space")

    with monkeypatch.context() as context:
        context.setattr(store, "set_statuses", full)
        with pytest.raises(StoreError):
            living.resident.note(down(server(2)))
        living.resident.apply([server(2)])
    loaded = store.loaded()
    assert loaded is not None
    assert loaded.down == {server(2)}
    assert store.statuses()[server(2)].state is State.UNKNOWN
    living.resident.attend()
    assert store.statuses()[server(2)].state is State.DOWN


def test_a_lock_that_another_process_holds_is_no_trouble_of_rules() -> None:
    living = Living()
    with living.world.store.lock("apply"), pytest.raises(TimeoutError, match="apply"):
        living.find(down(server(2)))
    living.resident.apply([server(2)])
    loaded = living.world.store.loaded()
    assert loaded is not None
    assert loaded.down == {server(2)}


def test_rules_that_others_changed_are_loaded_again() -> None:
    living = Living()
    living.world.filter.touched = (Drift("nft (process 7) changed the rules", is_ours=True),)
    _, said = living.resident.attend()
    assert said == ["changed by others: nft (process 7) changed the rules"]
    assert [verb for verb, _ in living.done] == ["load"]
    assert living.resident.attend()[1] == []


def test_a_status_after_a_change_by_others_loads_whole_rules() -> None:
    living = Living()
    living.world.filter.touched = (Drift("somebody", is_ours=True),)
    assert living.find(down(server(2))) == ("changed by others: somebody",)
    assert [verb for verb, _ in living.done] == ["load"]


def test_a_drain_ends_by_itself() -> None:
    living = Living()
    living.world.run("drain 192.168.1.2 from mx_pool for 60s")
    assert living.resident.attend()[1] == []
    living.world.now += 60_000
    assert living.resident.attend()[1] == ["a drain is over"]
    assert living.resident.known().next_end is None
    assert not any(one.drained for one in living.resident.known().services["SMTP"].pool.servers)  # type: ignore[union-attr]
    assert living.resident.attend()[1] == []


def test_a_change_that_nobody_confirms_is_put_back() -> None:
    living = Living()
    living.world.apply(FIG_7 + "add 192.168.1.9 to mx_pool\n", confirm=60_000)
    seconds, _ = living.resident.attend()
    assert seconds <= 60
    living.find(down(server(9)))
    living.world.ticks += 60_000
    living.resident.attend()
    loaded = living.world.store.loaded()
    assert loaded is not None
    assert (loaded.revision, living.resident.known().revision, loaded.down) == (3, 3, frozenset())


def test_statuses_that_a_process_left_without_their_rules_are_loaded_at_the_first_look() -> None:
    living = Living()
    living.world.store.set_statuses(down(server(2)))
    living.resident.attend()
    assert [verb for verb, _ in living.done] == ["change"]
    loaded = living.world.store.loaded()
    assert loaded is not None
    assert loaded.down == frozenset({server(2)})
    living.resident.attend()
    assert [verb for verb, _ in living.done] == ["change"]


def test_sticky_clients_are_kept_at_the_first_look() -> None:
    living = Living(FIG_7.replace("tcp 25", "tcp 25 sticky 600s"))
    living.resident.attend()
    living.resident.attend()
    assert living.world.filter.remembered == [["SMTP"]]


def test_lists_of_sticky_clients_that_cannot_be_written_are_one_lasting_trouble() -> None:
    living = Living(FIG_7.replace("tcp 25", "tcp 25 sticky 600s"))
    remember = living.world.filter.remember

    def refuse(services: Sequence[Service], options: Options) -> None:
        raise DriverError("the lists of sticky clients cannot be written")

    living.world.filter.remember = refuse  # type: ignore[method-assign]
    for _ in range(3):
        with pytest.raises(DriverError):
            living.resident.attend()
    living.world.filter.touched = (OTHERS,)
    living.resident._next_look = 0.0
    with pytest.raises(DriverError):
        living.resident.attend()
    living.resident._looking.wait()
    assert living.resident.attend()[1] == [OTHERS.words], "rules are looked at in spite of it"
    with pytest.raises(DriverError):
        living.resident.attend()
    living.world.filter.remember = remember  # type: ignore[method-assign]
    living.resident._next_renewal = 0.0
    assert living.resident.attend()[1] == []


RAMPED = FIG_7.replace("add 192.168.1.3 to mx_pool", "add 192.168.1.3 to mx_pool ramp 40s")


def test_a_server_that_comes_back_climbs_to_its_share() -> None:
    living, whole = Living(RAMPED), Living(RAMPED)
    living.find(down(server(3)))
    living.find(up(server(3)))
    shares = [_turns(living)]
    for _ in range(4):
        living.world.now += 10_000
        seconds, _ = living.resident.attend()
        shares.append(_turns(living))
    assert shares == [(5, 1), (5, 2), (5, 3), (5, 4), (1, 1)]
    assert seconds > 0
    rules, others = living.world.gateway.rules(), whole.world.gateway.rules()
    assert rules is not None
    assert others is not None
    assert sorted(line.text for line in rules.lines if "dnat" in line.text) == sorted(
        line.text for line in others.lines if "dnat" in line.text
    )


def _turns(living: Living) -> tuple[int, int]:
    """The turns of both servers of SMTP in the rules that are loaded."""
    rules = living.world.gateway.rules()
    assert rules is not None
    text = [line.text for line in rules.lines if "62.103.127.154" in line.text]
    first, second = (sum(f": 192.168.1.{last}" in line for line in text) for last in (2, 3))
    return first, second


def test_a_server_that_was_never_down_has_its_whole_share_at_once() -> None:
    living = Living(RAMPED)
    living.find(up(server(3)))
    assert living.done == []


def test_a_server_that_fails_on_its_way_is_out_and_begins_again() -> None:
    living = Living(RAMPED)
    living.find(down(server(3)))
    living.find(up(server(3)))
    living.world.now += 20_000
    living.resident.attend()
    living.find(down(server(3)))
    assert _turns(living) == (1, 0)
    living.find(up(server(3)))
    assert _turns(living) == (5, 1)


def test_a_statement_during_a_return_is_loaded_and_the_return_goes_on() -> None:
    living = Living(RAMPED)
    living.find(down(server(3)))
    living.find(up(server(3)))
    living.world.run("set 192.168.1.2 in mx_pool weight 2")
    living.world.now += 10_000
    living.resident.attend()
    assert _turns(living) == (5, 1)


def test_a_look_at_all_rules_keeps_nobody_waiting_and_what_it_sees_is_mended() -> None:
    living = Living()
    living.world.filter.touched = (OTHERS,)
    assert living.resident.attend()[1] == []
    living.resident._looking.wait()
    assert living.resident.attend()[1] == [OTHERS.words]
    living.world.filter.touched = (OTHERS, Drift("a rule is missing", is_ours=True))
    living.world.filter.is_told = False
    living.resident._next_look = 0.0
    assert living.resident.attend()[1] == []
    assert living.find(down(server(2))) == ()
    living.resident._looking.wait()
    assert living.resident.attend()[1] == [], "what was loaded meanwhile is another matter"
    living.resident._looking.wait()
    assert living.resident.attend()[1] == ["changed by others: a rule is missing"]
    assert [verb for verb, _ in living.done] == ["change", "load"]


class Slow:
    """A reading that takes until it may go on."""

    def __init__(self, living: Living) -> None:
        self.may_go_on, self.begun = Event(), Event()
        self._read = living.resident._read
        living.resident._rereading = Rereading(self.read)
        living.resident._patience = 0.0

    def read(self) -> Known:
        self.begun.set()
        assert self.may_go_on.wait(LONGEST)
        return self._read()


@pytest.mark.parametrize("statement", ["add 192.168.1.77 to ldap_pool", "probe LDAP with tcp every 9s"])
def test_a_server_leaves_while_a_changed_script_is_read_that_does_not_touch_it(statement: str) -> None:
    living, other = Living(), Living()
    slow = Slow(living)
    living.world.run(statement)
    other.world.run(statement)
    seconds, _ = living.resident.attend()
    assert seconds <= READING
    assert slow.begun.wait(LONGEST)
    living.done.clear()
    living.find(down(server(2)))
    assert [verb for verb, _ in living.done] == ["change"]
    living.find(down(server(3)))
    loaded = living.world.store.loaded()
    assert loaded is not None
    assert (loaded.revision, loaded.down) == (2, frozenset({server(2), server(3)}))
    assert living.resident._known.revision == 1, "it is read still"
    slow.may_go_on.set()
    living.resident._patience = LONGEST
    living.resident.attend()
    assert living.resident._known.revision == 2
    other.find(down(server(2), server(3)))
    assert _rules(living) == _rules(other)


def test_a_server_of_a_touched_pool_leaves_once_the_script_is_read() -> None:
    living, other = Living(), Living()
    slow = Slow(living)
    for one in (living, other):
        one.world.run("add 192.168.1.77 to mx_pool")
    living.resident.attend()
    slow.may_go_on.set()
    living.find(down(server(2)))
    other.find(down(server(2)))
    assert living.resident._known.revision == 2
    assert _rules(living) == _rules(other)


def test_a_reading_that_fails_is_one_lasting_trouble_and_begun_again() -> None:
    living, errors, may_go_on = Living(), [StoreError("damaged")], Event()
    may_go_on.set()

    def read() -> Known:
        assert may_go_on.wait(LONGEST)
        if errors:
            raise errors.pop()
        return whole()

    whole = living.resident._read
    living.resident._rereading = Rereading(read)
    living.world.run("add 192.168.1.77 to mx_pool")
    with pytest.raises(StoreError, match="damaged"):
        living.resident.attend()
    living.resident._patience = 0.0
    may_go_on.clear()
    for _ in range(3):
        with pytest.raises(StoreError, match="damaged"):
            living.resident.attend()
    may_go_on.set()
    living.resident._patience = LONGEST
    living.resident.attend()
    assert living.resident._known.revision == 2


def _rules(living: Living) -> set[str]:
    rules = living.world.gateway.rules()
    assert rules is not None
    return {line.text for line in rules.lines}


OTHERS = Drift("a chain of others comes first", is_ours=False)


@pytest.mark.parametrize("error", [DriverError("nft fails"), OSError("no memory"), CommandError("killed"), KeyError(1)])
def test_a_look_that_fails_is_one_lasting_trouble(error: Exception) -> None:
    living, errors = Living(), [error] * 2
    looks: list[bool] = []

    def observe() -> Observed:
        looks.append(True)
        if errors:
            raise errors.pop()
        return living.world.gateway.observe()

    living.resident._observe = observe
    living.world.filter.touched = (OTHERS,)
    living.resident._next_look = 0.0
    assert living.resident.attend()[1] == []
    living.resident._looking.wait()
    for count in (2, 3):
        living.resident._looking._rests_until = 0.0
        with pytest.raises(type(error)):
            living.resident.attend()
        living.resident._looking.wait()
        assert len(looks) == count
    living.resident._looking._rests_until = LONGEST + time.monotonic()
    assert living.resident.attend()[1] == [OTHERS.words]
    assert len(looks) == 3


def test_a_look_that_fails_keeps_no_server_from_its_next_step() -> None:
    living = Living(RAMPED)
    living.find(down(server(3)))
    living.find(up(server(3)))
    before = _turns(living)

    def observe() -> Observed:
        raise OSError("no memory")

    living.resident._observe = observe
    living.world.filter.touched = (OTHERS,)
    living.resident._next_look = 0.0
    assert living.resident.attend()[1] == []
    living.resident._looking.wait()
    living.world.now += 20_000
    with pytest.raises(OSError, match="no memory"):
        living.resident.attend()
    assert _turns(living) != before


def test_a_script_that_is_incomplete_is_noted_once() -> None:
    living = Living()
    living.world.run("remove internal gw 192.168.1.1")
    for _ in range(2):
        with pytest.raises(StoreError, match="incomplete"):
            living.find(down(server(2)))
        count = living.world.memory.count
    with pytest.raises(StoreError, match="incomplete"):
        living.resident.apply([server(2)])
    assert living.world.memory.count == count
