"""The network of a device: noted before it is made, new before the rules, old after them, for every way to a script."""

from __future__ import annotations

import pytest

from lbsh.drivers.network.items import OnLink, address_of
from lbsh.drivers.protocol import DriverError
from lbsh.gateway.loader import LOADS_NOTHING
from lbsh.gateway.network import moved_addresses, recorded
from lbsh.gateway.plan import plan_of
from lbsh.gateway.status import network_trouble
from lbsh.store.protocol import Record
from lbsh_lang.site.script import read_script
from lbsh_lang.source import Source
from lbsh_lang.values import Address
from tests.gateway.world import FIG_7, World, choice
from tests.reading import site_of

MORE = "service IMAP is 62.103.127.160 tcp 143\npool imap for IMAP\nadd 192.168.1.2 to imap\n"
IMAP = address_of("62.103.127.160")


def addresses(world: World) -> set[str]:
    return {str(item.address) for item in world.network.items if isinstance(item, OnLink)}


ALL = {"192.168.1.1", "62.103.127.153", "62.103.127.154", "62.103.127.157"}


def test_the_wish_stays_until_it_is_taken_back() -> None:
    world = World()
    assert world.apply(FIG_7, addresses=True).network.said == "set 4 addresses and 3 settings"
    assert addresses(world) == ALL
    assert world.run("service IMAP is 62.103.127.160 tcp 143").network.said == "set 1 address"
    assert world.apply(FIG_7).network.said == "took back 1 address"
    assert addresses(world) == ALL
    assert world.apply(FIG_7, addresses=False).network.said == "took back 4 addresses and 4 settings"
    assert not world.network.items
    assert set(world.network.settings.values()) == {"0"}
    looks = world.network.looks
    world.apply(FIG_7)
    assert world.network.looks == looks


@pytest.mark.parametrize("wish", [True, False])
def test_without_rules_only_what_the_script_needs_stays(wish: bool) -> None:
    world = World()
    world.apply(FIG_7 + MORE, addresses=True)
    outcome = world.apply(FIG_7, "none", addresses=wish)
    assert outcome.trouble == LOADS_NOTHING
    assert addresses(world) == (ALL if wish else set())


def test_without_the_wish_nobody_looks() -> None:
    world = World()
    world.apply(FIG_7)
    world.run("drain 192.168.1.2")
    assert (world.network.looks, world.store.record(Record.NETWORK)) == (0, None)


def test_a_change_that_touches_no_address_costs_no_look() -> None:
    world = World()
    world.apply(FIG_7, addresses=True)
    looks = world.network.looks
    world.run("drain 192.168.1.2")
    assert world.network.looks == looks


def test_all_is_noted_before_it_is_made() -> None:
    """A process that dies in the midst: the next change takes back what the running script does not need."""
    world = World()
    world.apply(FIG_7, addresses=True)
    made: list[bool] = []

    class Killed(BaseException):
        pass

    real = world.network.carry_out

    def dying(steps):  # type: ignore[no-untyped-def]
        noted = set(recorded(world.store, "first").items)
        made.extend(step.item in noted for step in steps)
        real(steps)
        raise Killed

    world.network.carry_out = dying  # type: ignore[method-assign]
    with pytest.raises(Killed):
        world.apply(FIG_7 + MORE)
    world.network.carry_out = real  # type: ignore[method-assign]
    assert made == [True]
    assert addresses(world) == {*ALL, "62.103.127.160"}
    world.run("add 192.168.1.9 to mx_pool", "service POP is 62.103.127.161 tcp 110")
    assert addresses(world) == {*ALL, "62.103.127.161"}


def test_a_part_that_fails_changes_nothing() -> None:
    world = World()
    world.apply(FIG_7, addresses=True)
    world.network.broken = frozenset({f"value={IMAP.value}"})
    before = (set(world.network.items), world.store.revision(), world.filter.verbs.count("load"))
    with pytest.raises(DriverError, match="the network cannot be configured"):
        world.apply(FIG_7.replace("external addr 62.103.127.153", "external addr 62.103.127.152") + MORE)
    assert (set(world.network.items), world.store.revision(), world.filter.verbs.count("load")) == before


@pytest.mark.parametrize("steps", range(7))
def test_a_change_that_hangs_notes_only_what_is_there(steps: int) -> None:
    """A part that was never made may be made by others later: it must not be taken from them."""
    world = World()
    world.network.steps = steps
    with pytest.raises(DriverError, match="`ip` does not end"):
        world.apply(FIG_7, addresses=True)
    assert world.network.items == set(recorded(world.store, "first").items)
    assert {name for name, value in world.network.settings.items() if value != "0"} == {
        one.name for one in recorded(world.store, "first").settings if one.old != one.value
    }
    world.network.steps = None
    world.apply(FIG_7, addresses=True)
    world.apply(FIG_7, addresses=False)
    assert not world.network.items


@pytest.mark.parametrize("steps", range(3))
def test_what_hangs_later_notes_only_what_is_there(steps: int) -> None:
    world = World()
    world.apply(FIG_7, addresses=True)
    world.network.steps = steps
    outcome = world.run("service IMAP is 62.103.127.160 tcp 143", "service POP is 62.103.127.161 tcp 110")
    assert ("`ip` does not end" in outcome.network.trouble) == (steps < 2)
    assert world.network.items == set(recorded(world.store, "first").items)
    world.network.steps = None
    world.apply(FIG_7 + MORE + MORE.replace("IMAP", "POP").replace("imap", "pop").replace("160", "161"))
    world.network.steps = steps
    assert ("`ip` does not end" in world.apply(FIG_7).network.trouble) == (steps < 2)
    assert world.network.items == set(recorded(world.store, "first").items)


def test_where_nobody_can_look_all_stays_noted() -> None:
    world = World()
    world.apply(FIG_7, addresses=True)
    world.network.steps = 1
    observe = world.network.observe

    def blind(*arguments):  # type: ignore[no-untyped-def]
        seen = observe(*arguments)
        world.network.blind = "nobody can look"
        return seen

    world.network.observe = blind  # type: ignore[method-assign]
    world.run("service IMAP is 62.103.127.160 tcp 143", "service POP is 62.103.127.161 tcp 110")
    noted = {str(one.address) for one in recorded(world.store, "first").items if isinstance(one, OnLink)}
    assert noted == {*ALL, "62.103.127.160", "62.103.127.161"}


def test_a_single_part_that_fails_is_not_noted_as_made() -> None:
    world = World()
    world.apply(FIG_7, addresses=True)
    noted = world.store.record(Record.NETWORK)
    world.network.broken = frozenset({f"value={IMAP.value}"})
    with pytest.raises(DriverError, match="the network cannot be configured"):
        world.apply(FIG_7 + MORE)
    assert world.store.record(Record.NETWORK) == noted


def test_a_change_that_is_not_made_leaves_what_status_says() -> None:
    world = World()
    world.apply(FIG_7, addresses=True)
    world.network.broken = frozenset({f"value={IMAP.value}"})
    assert world.run("service IMAP is 62.103.127.160 tcp 143").network.trouble
    said = network_trouble(world.store, world.boot)
    with pytest.raises(DriverError, match="the network cannot be configured"):
        world.apply(FIG_7 + MORE)
    assert said
    assert network_trouble(world.store, world.boot) == said


def test_old_parts_stay_while_the_old_rules_do() -> None:
    world = World()
    world.apply(FIG_7 + MORE, addresses=True)
    world.filter.broken = "it is broken"
    assert world.run("remove IMAP").trouble
    assert "62.103.127.160" in addresses(world)
    world.filter.broken = ""
    world.run("add 192.168.1.9 to mx_pool")
    assert addresses(world) == ALL


def test_a_filter_that_fails_at_first_forgets_no_wish() -> None:
    world = World()
    world.apply(FIG_7)
    world.filter.done.clear()
    chosen = world.gateway.choice()._replace(addresses=True)
    assert chosen.as_json() != choice("nftables").as_json()
    world.apply(FIG_7, addresses=True)
    assert world.gateway.choice().addresses
    assert "load" not in world.filter.verbs


def test_another_start_of_the_machine_begins_anew() -> None:
    """What is there after a start was made by others: lbsh uses it, and never takes it."""
    world = World()
    world.apply(FIG_7, addresses=True)
    world.boot, world.network.items = "second", {one for one in world.network.items if "xl0" in str(one)}
    kept = set(world.network.items)
    world.run("add 192.168.1.9 to mx_pool")
    assert addresses(world) == ALL
    world.apply(FIG_7, addresses=False)
    assert world.network.items == kept


def test_a_script_with_a_parameter_without_meaning_is_refused() -> None:
    world = World()
    text = FIG_7.replace("xl1\n", "xl1 media 100baseTX\n", 1)
    outcome = world.apply(text, addresses=True)
    assert [one.code.value for one in outcome.verdict.refused] == ["LB113", "LB113"]
    assert not world.network.items
    assert [one.code.value for one in world.apply(text).verdict.told] == ["LB113", "LB113"]


PAIR = """\
external net 62.103.127.144/28
failover device gw1
failover device gw2
failover password file "/etc/lbsh/pass"
"""


def test_of_a_pair_only_what_stays_is_configured() -> None:
    world = World()
    outcome = world.apply(FIG_7.replace("xl1\n", "xl1 mtu 9000\n", 1) + PAIR, addresses=True)
    assert not outcome.verdict.refused
    assert not addresses(world)
    assert "9000" in world.network.settings.values()


def test_the_addresses_that_a_change_moves() -> None:
    world = World()
    world.apply(FIG_7 + MORE, addresses=True)
    record = recorded(world.store, "first")
    chosen = world.gateway.choice()
    after = site_of(FIG_7.replace("62.103.127.157", "62.103.127.158"))
    moved = moved_addresses(record, after, chosen)
    assert {str(one) for one in moved.gone} == {"62.103.127.157", "62.103.127.160"}
    assert {str(one) for one in moved.new} == {"62.103.127.158"}
    assert moved_addresses(record, after, chosen._replace(addresses=False)).new == frozenset[Address]()


def test_what_is_put_back_takes_the_network_along() -> None:
    world = World()
    world.apply(FIG_7, addresses=True)
    world.apply(FIG_7.replace("62.103.127.157", "62.103.127.158") + MORE, confirm=60_000)
    assert addresses(world) == ALL - {"62.103.127.157"} | {"62.103.127.158", "62.103.127.160"}
    world.ticks += 60_000
    world.gateway.keeper.keep_deadline()
    assert addresses(world) == ALL


@pytest.mark.parametrize("before", [True, False])
def test_what_is_put_back_takes_the_wish_along(before: bool) -> None:
    world = World()
    world.apply(FIG_7, addresses=before)
    there = set(world.network.items)
    world.apply(FIG_7, addresses=not before, confirm=60_000)
    assert bool(world.network.items) != before
    world.ticks += 60_000
    world.gateway.keeper.keep_deadline()
    assert (world.network.items, world.gateway.choice().addresses) == (there, before)


def test_the_first_script_leaves_no_network_behind() -> None:
    world = World()
    world.apply(FIG_7, addresses=True, confirm=60_000)
    world.ticks += 60_000
    world.gateway.keeper.keep_deadline()
    assert not world.network.items
    assert world.store.record(Record.NETWORK) is None


def test_another_start_of_the_machine_forgets_what_was_wrong() -> None:
    world = World()
    world.apply(FIG_7, addresses=True)
    world.network.interfaces = frozenset({"xl0"})
    assert world.run("service IMAP is 62.103.127.160 tcp 143").network.trouble
    world.boot = "second"
    assert network_trouble(world.store, world.boot) == ""
    ahead = world.gateway.look_ahead(read_script(Source.of("/etc/site.lb", FIG_7)))
    assert plan_of(ahead).trouble == ""


def test_status_says_that_the_network_could_not_be_looked_at() -> None:
    world = World()
    world.apply(FIG_7, addresses=True)
    made = recorded(world.store, "first")
    world.network.blind = "`ip` does not end"
    assert world.run("service IMAP is 62.103.127.160 tcp 143").network.trouble == "`ip` does not end"
    assert network_trouble(world.store, world.boot) == "`ip` does not end"
    assert recorded(world.store, "first") == made
    world.network.blind = ""
    world.run("service POP is 62.103.127.161 tcp 110")
    assert network_trouble(world.store, world.boot) == ""


def test_status_says_that_the_note_is_damaged() -> None:
    world = World()
    world.apply(FIG_7, addresses=True)
    damaged = {"version": 1, "boot": "first", "made": [{"kind": "tunnel"}]}
    with world.store.lock("test") as writer:
        writer.note_record(Record.NETWORK, damaged)
    said = world.run("service IMAP is 62.103.127.160 tcp 143").network.trouble
    assert "the note of what lbsh made of the network is damaged" in said
    assert world.store.record(Record.NETWORK) == {**damaged, "trouble": said}


def test_status_says_what_the_network_lacks() -> None:
    world = World()
    world.apply(FIG_7, addresses=True)
    world.network.interfaces = frozenset({"xl0"})
    outcome = world.run("service IMAP is 62.103.127.160 tcp 143")
    assert outcome.network.trouble == "the interface `xl1` is not there" == network_trouble(world.store, world.boot)
    world.network.interfaces = frozenset({"xl0", "xl1"})
    world.run("service POP is 62.103.127.161 tcp 143")
    assert network_trouble(world.store, world.boot) == ""
