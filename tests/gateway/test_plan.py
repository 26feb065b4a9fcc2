"""Plans on a device of fakes: what would change, and what becomes of open connections."""

from __future__ import annotations

import json
from collections.abc import Iterable

import pytest

from lbsh.drivers.states import State
from lbsh.gateway.fates import Fate, Portion, Step, fates_of
from lbsh.gateway.plan import Plan, plan_of, with_lines
from lbsh.gateway.plan_json import plan_json
from lbsh.gateway.plan_text import plan_text, rules_text
from lbsh_lang.site.model import Site
from lbsh_lang.site.script import read_script
from lbsh_lang.site.uplinks import DEFAULT_MARKS
from lbsh_lang.source import Source
from lbsh_lang.values import Address, Protocol
from tests.costs import calls_of
from tests.gateway.world import FIG_7, World, choice
from tests.reading import site_of

CLIENT = Address(4, 0xC6336407)
SMTP = Address(4, 0x3E677F9A)


def server(last: int) -> Address:
    return Address(4, 0xC0A80100 + last)


def state(number: int, last: int | None, protocol: Protocol = Protocol.TCP, *, is_over: bool = False) -> State:
    """A connection to SMTP."""
    there = None if last is None else (server(last), 25)
    return State(number.to_bytes(4, "big"), protocol, SMTP, 25, there, is_over, (CLIENT, 40000))


def planned(world: World, text: str | None, driver: str | None = None, *, resume_all: bool = False) -> Plan:
    script = None if text is None else read_script(Source.of("/etc/site.lb", text))
    ahead = world.gateway.look_ahead(script, choice(driver) if driver else None, resume_all=resume_all)
    return with_lines(ahead, plan_of(ahead))


@pytest.fixture
def world() -> World:
    made = World()
    made.apply(FIG_7)
    made.filter.done.clear()
    return made


def lines(plan: Plan) -> str:
    return "\n".join(plan_text(plan))


def test_the_same_script_changes_nothing(world: World) -> None:
    plan = planned(world, FIG_7)
    assert not plan.is_pending
    assert lines(plan) == "nothing would change"
    assert [*rules_text(plan)] == []
    assert world.filter.done == []


def test_a_plan_only_looks(world: World) -> None:
    before = world.store.running(), world.store.loaded()
    plan = planned(world, FIG_7 + "remove LDAP\n")
    assert plan.is_pending
    assert (world.store.running(), world.store.loaded()) == before
    assert world.filter.verbs == ["test"]
    assert world.audited == world.audited[:1]


def test_connections_by_fate(world: World) -> None:
    world.filter.open = [state(1, 2), state(2, 2), state(3, 3), state(4, 3, is_over=True), state(5, None)]
    plan = planned(world, FIG_7 + "remove 192.168.1.2 from mx_pool\n")
    assert (
        lines(plan)
        == """\
- SMTP loses 192.168.1.2
Connections that are open stay with the servers they have.
rules: the driver `nftables` changes those that are loaded
open connections: 3 stay, 0 move, 0 are cut
  SMTP tcp on 192.168.1.2: 2 stay: its server leaves the pool"""
    )


def test_drains_by_statement_are_listed_or_ended(world: World) -> None:
    world.run("drain 192.168.1.2 from mx_pool")
    plan = planned(world, FIG_7)
    assert lines(plan) == "stays drained: drain 192.168.1.2 from mx_pool\nnothing would change"
    plan = planned(world, FIG_7, resume_all=True)
    assert plan.is_pending
    assert "no longer drained: drain 192.168.1.2 from mx_pool" in lines(plan)
    script = read_script(Source.of("/etc/site.lb", FIG_7))
    assert world.gateway.apply(script, world.store.running().statements[0].act, resume_all=True).kept == ()
    assert not world.store.running().statements


def test_what_is_down_by_hand_is_listed_and_its_connections_are_cut(world: World) -> None:
    world.filter.open = [state(1, 2), state(2, 2), state(3, 3)]
    plan = planned(world, FIG_7 + "down 192.168.1.2 from mx_pool\n")
    assert (
        lines(plan)
        == """\
~ 192.168.1.2 of SMTP is now down by hand
Open connections to servers that are down by hand end on a device; all others stay with the servers they have.
rules: the driver `nftables` changes those that are loaded
open connections: 1 stays, 0 move, 2 are cut
  SMTP tcp on 192.168.1.2: 2 are cut: its server is down"""
    )
    world.run("down 192.168.1.2 from mx_pool")
    assert lines(planned(world, FIG_7)).splitlines()[0] == "stays down: down 192.168.1.2 from mx_pool"
    assert "no longer down: down 192.168.1.2 from mx_pool" in lines(planned(world, FIG_7, resume_all=True))


def test_the_running_script_is_pending_after_trouble(world: World) -> None:
    assert not planned(world, None).is_pending
    world.filter.broken = "nft hangs"
    world.run("remove LDAP")
    plan = planned(world, None)
    assert plan.is_pending
    assert "not loaded now: nft hangs" in lines(plan)
    assert plan.unknown == ("whether the filter accepts the rules: nft hangs",)


def test_the_running_script_is_pending_after_a_start_of_the_machine(world: World) -> None:
    world.boot = "second"
    assert planned(world, None).is_pending


def test_a_script_with_errors_is_refused(world: World) -> None:
    plan = planned(world, FIG_7 + "add 192.168.1.9 to nowhere\n")
    assert plan.is_refused
    assert plan.connections is None


def test_connections_that_cannot_be_counted_are_unknown(world: World) -> None:
    world.filter.unreadable = "operation not permitted"
    plan = planned(world, FIG_7 + "remove LDAP\n")
    assert plan.connections is None
    assert "unknown what becomes of open connections: operation not permitted" in lines(plan)


def test_without_a_driver_nothing_translates(world: World) -> None:
    world.filter.open = [state(1, 2)]
    assert planned(world, FIG_7, "none").connections == (
        Portion("SMTP", "192.168.1.2", Protocol.TCP, Fate.CUT, "nothing translates IPv4 afterwards", 1),
    )
    world.filter.others = frozenset({4})
    found = planned(world, FIG_7, "none").connections
    assert found is not None
    assert [one.fate for one in found] == [Fate.STAYS]


def test_json_has_all_fields(world: World) -> None:
    world.filter.open = [state(1, 2)]
    plan = planned(world, FIG_7 + "remove 192.168.1.2 from mx_pool\n")
    whole = json.loads(json.dumps(plan_json(plan, [*rules_text(plan)])))
    assert list(whole) == FIELDS
    assert whole["connections"] == {
        "stays": 1,
        "moves": 0,
        "cut": 0,
        "by_server": [
            {
                "service": "SMTP",
                "server": "192.168.1.2",
                "protocol": "tcp",
                "fate": "stays",
                "reason": "its server leaves the pool",
                "number": 1,
            }
        ],
    }
    assert whole["rules"]["load"] == "change"
    assert any(line.startswith("-\t62.103.127.154") for line in whole["rules"]["difference"])


FIELDS = [
    "version",
    "pending",
    "revision",
    "driver",
    "findings",
    "refused",
    "changes",
    "kept",
    "ended",
    "trouble",
    "drift",
    "rules",
    "addresses",
    "connections",
    "remembered",
    "session",
    "unknown",
]


UPLINKS = """\
interface external wan0
interface external wan1
interface internal xl1
internal net 192.168.1.0/24
internal gw 192.168.1.1
external net 203.0.113.0/24 on wan0
external net 192.0.2.0/24 on wan1
external gw 203.0.113.2 on wan0
external gw 192.0.2.2 on wan1
service SMTP is 62.103.127.154 tcp 25
pool mx_pool for SMTP
add 192.168.1.2 to mx_pool
"""
NO_MORE = "its answers leave by the default route, not by `wan1`"


@pytest.mark.parametrize(
    ("after", "fates"),
    [
        (UPLINKS, {1: (Fate.STAYS, ""), 2: (Fate.STAYS, "")}),
        (
            UPLINKS.replace("external gw 203.0.113.2 on wan0\n", ""),
            {
                1: (Fate.MOVES, "its answers leave by `wan1`, not by `wan0`"),
                2: (Fate.MOVES, NO_MORE),
            },
        ),
    ],
)
def test_answers_of_open_connections_find_the_uplink_of_their_mark(
    after: str, fates: dict[int, tuple[Fate, str]]
) -> None:
    """Marks are numbers of uplinks, so that one less makes another one of the next."""
    step = Step(site_of(UPLINKS), site_of(after), (), DEFAULT_MARKS, DEFAULT_MARKS)
    for number, expected in fates.items():
        (one,) = fates_of([state(1, 2)._replace(mark=number << 24)], step)
        assert (one.fate, one.reason) == expected


@pytest.mark.parametrize(
    ("after", "expected"),
    [
        ("", ()),
        (
            "remove 192.168.1.2 from mx_pool\n",
            ("the clients that `SMTP` remembers for 192.168.1.2 reach another server",),
        ),
        ("drain 192.168.1.2 from mx_pool keep clients\n", ()),
        ("set SMTP no sticky\n", ("`SMTP` forgets the clients that it remembers",)),
        ("remove SMTP\n", ("`SMTP` forgets the clients that it remembers",)),
    ],
)
def test_remembered_clients(after: str, expected: tuple[str, ...]) -> None:
    made, sticky = World(), FIG_7.replace("tcp 25", "tcp 25 sticky")
    made.apply(sticky)
    assert planned(made, sticky + after).remembered == expected


def test_many_connections_cost_their_number() -> None:
    step = Step(Site(), Site(), (), DEFAULT_MARKS, DEFAULT_MARKS)

    def cost(number: int) -> int:
        states: Iterable[State] = [state(one, 2) for one in range(number)]
        return calls_of(lambda: fates_of(states, step))

    few, many = cost(10), cost(100_000)
    assert many <= few * 10_000


def test_many_servers_cost_their_number() -> None:
    """A connection finds its server without a look at the others of the pool."""

    def cost(number: int) -> int:
        servers = [Address(4, (10 << 24) + one) for one in range(2, number + 2)]
        added = "".join([f"add {one} to mx_pool\n" for one in servers])
        site = site_of(FIG_7.replace("192.168.1.0/24", "10.0.0.0/8").replace("gw 192.168.1.1", "gw 10.0.0.1") + added)
        step = Step(site, site, (), DEFAULT_MARKS, DEFAULT_MARKS)
        states = [state(one.value, 2)._replace(server=(one, 25)) for one in servers]
        found: list[Portion] = []
        calls = calls_of(lambda: found.extend(fates_of(states, step)))
        assert [one.number for one in found] == [1] * number
        return calls

    few, many = cost(20), cost(200)
    assert many <= few * 12
