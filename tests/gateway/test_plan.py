"""Plans on a device of fakes: what would change, and what becomes of open connections."""

from __future__ import annotations

import json
from collections.abc import Iterable

import pytest

from lbsh.drivers.states import State
from lbsh.gateway.fates import Fate, Portion, Step, fates_of
from lbsh.gateway.plan import Plan, plan_of
from lbsh.gateway.plan_json import plan_json
from lbsh.gateway.plan_text import plan_text, rules_text
from lbsh_lang.site.model import Site
from lbsh_lang.site.script import read_script
from lbsh_lang.site.uplinks import DEFAULT_MARKS
from lbsh_lang.source import Source
from lbsh_lang.values import Address, Protocol
from tests.costs import calls_of
from tests.gateway.world import FIG_7, World, choice

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
    return plan_of(world.gateway.look_ahead(script, choice(driver) if driver else None, resume_all=resume_all))


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
    "session",
    "unknown",
]


def test_many_connections_cost_their_number() -> None:
    step = Step(Site(), Site(), (), DEFAULT_MARKS, DEFAULT_MARKS)

    def cost(number: int) -> int:
        states: Iterable[State] = [state(one, 2) for one in range(number)]
        return calls_of(lambda: fates_of(states, step))

    few, many = cost(10), cost(100_000)
    assert many <= few * 10_000
