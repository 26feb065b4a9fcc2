"""Statements become the running script, and the running script becomes rules: whole or not at all."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import pytest

from lbsh.drivers.protocol import Drift, DriverError
from lbsh.gateway import acceptance, writer
from lbsh.gateway.acceptance import Input
from lbsh.gateway.answers import answer
from lbsh.gateway.running import read_running, whole_text
from lbsh.gateway.status import pools_of
from lbsh.gateway.writer import Early, Gateway, Outcome, pools_touched
from lbsh.store.protocol import File, Running
from lbsh_lang.site.resolve import Resolution
from lbsh_lang.site.status import ServerId, State, Status
from lbsh_lang.syntax.language import LBSH
from lbsh_lang.values import Address, Protocol
from tests.costs import calls_of
from tests.gateway.world import FIG_7, NOW, WHO, World

LINES = tuple(FIG_7.splitlines())
SERVER_2, SERVER_3 = (Address(4, 192 << 24 | 168 << 16 | 1 << 8 | last) for last in (2, 3))


@pytest.fixture
def world() -> World:
    return World()


def answers(outcome: Outcome) -> list[str]:
    return [
        answer(one.node, one.source.lines[one.line], pools_touched(outcome.verdict.resolution, one.rank))
        for one in outcome.verdict.lasting
    ]


def statements(world: World) -> list[str]:
    return [one.text for one in world.store.running().statements]


def test_statements_are_kept_and_loaded(world: World) -> None:
    outcome = world.run(*LINES)
    assert (outcome.revision, outcome.trouble, outcome.verdict.refused) == (1, "", ())
    assert statements(world) == list(LINES)
    assert world.filter.verbs == ["load"]
    assert "192.168.1.4" in world.filter.done[0][1]


def test_statements_are_read_and_judged_while_others_may_have_the_lock(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    world.run(*LINES)
    locked: list[bool] = []
    for name in ("judge", "read_behind"):
        real = getattr(acceptance, name)

        def noting(*arguments: object, real: Callable[..., object] = real) -> object:
            locked.append(world.memory.lock.locked())
            return real(*arguments)

        for module in (acceptance, writer):
            monkeypatch.setattr(module, name, noting, raising=False)
    world.run("add 192.168.1.9 to mx_pool")
    assert locked
    assert not any(locked)
    assert world.filter.verbs == ["load", "change"]


def test_statements_are_judged_again_if_another_change_comes_first(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    world.run(*LINES)
    judged, others = Gateway._judged, ["service FOO is 62.103.127.150 tcp 39"]

    def late(gateway: Gateway, running: Running, given: Input) -> Early | None:
        found = judged(gateway, running, given)
        if others:
            world.run(others.pop())
        return found

    monkeypatch.setattr(Gateway, "_judged", late)
    outcome = world.run("pool SOME_POOL for FOO")
    assert (outcome.revision, outcome.verdict.refused) == (3, ())
    assert statements(world)[-2:] == ["service FOO is 62.103.127.150 tcp 39", "pool SOME_POOL for FOO"]
    loaded = world.store.loaded()
    assert loaded is not None
    assert (loaded.revision, loaded.trouble) == (3, "")


def test_answers_are_those_of_the_paper(world: World) -> None:
    world.run(*LINES)
    service = world.run("service FOO is 62.103.127.150 tcp 39", "pool SOME_POOL for FOO")
    assert answers(service)[0] == "Added new service FOO with dedicated IP 62.103.127.150 and TCP Port 39"
    assert answers(world.run("add 192.168.1.100 to SOME_POOL")) == ["Added 192.168.1.100 to pool SOME_POOL"]
    assert answers(world.run("drain 192.168.1.2")) == ["Drained 192.168.1.2 from pools mx_pool, ldap_pool"]


def test_one_fault_applies_nothing(world: World) -> None:
    world.run(*LINES)
    outcome = world.run("add 192.168.1.9 to mx_pool", "pool SOME_POOL for FOO")
    assert [one.message for one in outcome.verdict.refused] == ["undefined service `FOO`"]
    assert (statements(world), world.filter.verbs) == (list(LINES), ["load"])


def test_keep_going_leaves_out_what_is_refused(world: World) -> None:
    world.run(*LINES)
    outcome = world.run("pool X for FOO", "add 192.168.1.9 to X", "add 192.168.1.9 to mx_pool", keep_going=True)
    assert [one.span.start.line for one in outcome.verdict.left_out] == [0, 1]
    assert statements(world)[len(LINES) :] == ["add 192.168.1.9 to mx_pool"]


def test_a_change_of_one_service_loads_a_change(world: World) -> None:
    world.run(*LINES)
    world.run("add 192.168.1.9 to mx_pool")
    assert world.filter.verbs == ["load", "change"]
    assert "389" not in world.filter.done[1][1]


def test_an_incomplete_site_is_kept_and_not_loaded(world: World) -> None:
    outcome = world.run(*LINES[5:10])
    assert outcome.trouble.startswith("incomplete: ")
    assert world.filter.verbs == []
    assert set(pools_of(world.store.tree())) == {"mx_pool"}
    assert world.run(*LINES[:5]).trouble == ""
    assert world.filter.verbs == ["load"]


def test_shell_commands_act_and_are_not_kept(world: World) -> None:
    world.run(*LINES, "status", "help add")
    assert statements(world) == list(LINES)


def test_a_filter_that_fails_keeps_the_wish(world: World) -> None:
    world.run(*LINES)
    world.filter.broken = "nft: killed"
    outcome = world.run("add 192.168.1.9 to mx_pool")
    assert (outcome.trouble, outcome.revision) == ("nft: killed", 2)
    loaded = world.store.loaded()
    assert loaded is not None
    assert (loaded.revision, loaded.trouble) == (1, "nft: killed")
    world.filter.broken = ""
    assert world.run("add 192.168.1.10 to mx_pool").trouble == ""
    assert world.filter.verbs == ["load", "load"]
    assert "192.168.1.9" in world.filter.done[-1][1]


def test_drift_is_said_and_put_back(world: World) -> None:
    world.run(*LINES)
    world.filter.touched = (Drift("the table is gone", is_ours=True),)
    outcome = world.run("add 192.168.1.9 to mx_pool")
    assert [one.words for one in outcome.drift] == ["the table is gone"]
    assert world.filter.verbs == ["load", "load"]


def test_a_foreign_rule_is_said_and_left(world: World) -> None:
    world.run(*LINES)
    world.filter.touched = (Drift("a chain of others comes first", is_ours=False),)
    assert len(world.run("add 192.168.1.9 to mx_pool").drift) == 1
    assert world.filter.verbs == ["load", "change"]
    assert world.filter.noted["seen"], "the change is made from what was observed, so that it is not looked at again"


def test_after_a_start_of_the_machine_everything_is_loaded(world: World) -> None:
    world.run(*LINES)
    world.boot = "second"
    world.run("add 192.168.1.9 to mx_pool")
    assert world.filter.verbs == ["load", "load"]


def test_a_script_is_applied_as_a_whole(world: World) -> None:
    world.run(*LINES)
    assert world.apply(FIG_7).revision == 2
    assert statements(world) == []
    assert world.store.running().files[0].text == FIG_7
    assert world.filter.verbs == ["load", "test"]  # nothing differs, so nothing is loaded


def test_a_script_with_errors_changes_nothing(world: World) -> None:
    world.run(*LINES)
    assert world.apply(FIG_7 + "pool x for y\n").verdict.refused
    assert world.apply("service A is 192.0.2.1 tcp 80\n").verdict.refused  # incomplete is not enough for a file
    assert world.store.running().revision == 1


def test_rules_that_the_filter_refuses_are_not_applied(world: World) -> None:
    world.run(*LINES)
    world.filter.broken = "no such device"
    with pytest.raises(DriverError, match="no such device"):
        world.apply(FIG_7 + "add 192.168.1.9 to mx_pool\n")
    assert world.store.running().revision == 1


def test_drains_by_statement_outlive_a_new_file(world: World) -> None:
    world.run(*LINES, "drain 192.168.1.2 from mx_pool", "drain 192.168.1.4 from ldap_pool")
    shorter = FIG_7.replace("add 192.168.1.4 to ldap_pool\n", "")
    assert world.apply(shorter).kept == ("drain 192.168.1.2 from mx_pool",)
    assert statements(world) == ["drain 192.168.1.2 from mx_pool"]


def test_another_driver_unloads_the_rules_of_the_first(world: World) -> None:
    world.apply(FIG_7)
    world.apply(FIG_7, "iptables")
    assert world.filter.verbs == ["test", "load", "unload"]
    assert world.filters["iptables"].verbs == ["test", "load"]


def test_what_the_driver_none_does_counts_as_not_loaded(world: World) -> None:
    assert world.apply(FIG_7, "none").trouble == "the driver `none` loads nothing"
    world.apply(FIG_7, "nftables")
    assert world.filter.verbs == ["test", "load"]


def test_a_script_that_cannot_be_loaded_says_why_when_it_is_to_be(world: World) -> None:
    assert (world.gateway.settle(WHO).revision, world.gateway.settle(WHO).trouble) == (0, "")
    world.run("service FOO is 62.103.127.150 tcp 39")
    outcome = world.gateway.settle(WHO)
    assert (outcome.revision, outcome.trouble) == (1, "incomplete: there are services, but no external interface")
    with world.store.lock("test") as writer:
        writer.replace([File("site.lb", "/etc/site.lb", "pool mx_pool for NOBODY\n")], WHO)
    assert world.gateway.settle(WHO).trouble == "the running script has errors: undefined service `NOBODY`"
    loaded = world.store.loaded()
    assert loaded is not None
    assert loaded.trouble == "the running script has errors: undefined service `NOBODY`"


def test_a_dead_server_is_taken_out_and_forgotten(world: World) -> None:
    world.run(*LINES)
    world.store.set_statuses({ServerId("mx_pool", "SMTP", SERVER_2): Status(State.DOWN, NOW, "refused")})
    world.gateway.settle(WHO)
    assert "192.168.1.2" not in next(one for one in world.filter.done[-1][1].splitlines() if "add element" in one)
    assert {(one.server, one.protocol, one.ports) for one in world.filter.forgotten} == {
        (SERVER_2, Protocol.TCP, ((25, 25),))
    }


def test_what_died_for_one_service_of_a_pool_is_not_lost_on_a_statement_about_another(world: World) -> None:
    shared = ("service FOO is 62.103.127.150 tcp 39, 40", "pool foos for FOO, SMTP", "add 192.168.1.2-3 to foos")
    world.run(*(line for line in LINES if "mx_pool" not in line), *shared)
    dead = ServerId("foos", "SMTP", SERVER_2)
    world.store.set_statuses({dead: Status(State.DOWN, NOW, "refused")})
    world.run("probe FOO with tcp every 3s")
    assert "delete element ip lbsh servers-2" in world.filter.done[-1][1]
    loaded = world.store.loaded()
    assert loaded is not None
    assert loaded.down == {dead}


def test_statements_of_plugins_act_and_are_read_again(world: World) -> None:
    world.run(*LINES, "service FOO is 62.103.127.150 tcp 39")
    assert world.run("farm foos serves FOO with 192.168.1.7").verdict.refused == ()
    assert "192.168.1.7" in world.filter.done[-1][1]
    assert world.run("add 192.168.1.8 to foos").verdict.refused == ()
    assert "192.168.1.8" in world.filter.done[-1][1]


def test_drift_is_a_difference_from_the_rules_in_use(world: World) -> None:
    """A service keeps its turn counter when another goes; rules that are loaded whole would give it another one."""
    world.run(*LINES)
    world.run("remove SMTP")
    mark = world.filter.done[-1][1].split()[-1]
    world.filter.touched = (Drift("a chain of others comes first", is_ours=False),)
    world.gateway.settle(WHO)
    assert f"counter {mark} " in world.filter.wanted


def test_the_running_script_can_be_saved_as_one_text(world: World) -> None:
    world.run(*LINES)
    running = world.store.running()
    again = World()
    again.apply(whole_text(running, LBSH))
    before, after = (Resolution(read_running(one.store.running(), LBSH)).site for one in (world, again))
    assert [service.pool and len(service.pool.servers) for service in before.services] == [2, 3]
    assert [service.name for service in after.services] == [service.name for service in before.services]


def test_a_resumed_server_stays_in_service_under_a_new_file(world: World) -> None:
    world.apply(FIG_7)
    world.run('drain 192.168.1.2-4 keep clients because "a \\" b"  # all')
    world.run("resume 192.168.1.3 in ldap_pool")
    shorter = FIG_7.replace("add 192.168.1.4 to ldap_pool\n", "drain 192.168.1.3 from mx_pool\n")
    assert world.apply(shorter).kept == (
        'drain 192.168.1.2 from mx_pool keep clients because "a \\" b"',
        'drain 192.168.1.2 from ldap_pool keep clients because "a \\" b"',
    )


def test_servers_with_ports_of_their_own_stay_drained_by_these(world: World) -> None:
    site = FIG_7 + "add 192.168.1.9 to mx_pool port 2525\n"
    world.apply(site)
    world.run("drain 192.168.1.9 port 2525 from mx_pool")
    assert world.apply(site).kept == ("drain 192.168.1.9 port 2525 from mx_pool",)


def test_a_server_stays_down_by_hand_under_a_new_file(world: World) -> None:
    world.apply(FIG_7)
    world.run('down 192.168.1.2-3 from ldap_pool because "bad answers"', "drain 192.168.1.2", "up 192.168.1.3")
    kept = world.apply(FIG_7).kept
    assert kept == (
        'down 192.168.1.2 from ldap_pool because "bad answers"',
        "drain 192.168.1.2 from mx_pool",
        "drain 192.168.1.2 from ldap_pool",
    )
    assert world.apply(FIG_7 + "down 192.168.1.2\n").kept == kept[1:]


def test_what_is_down_by_hand_leaves_rules_and_loses_its_connections(world: World) -> None:
    world.run(*LINES)
    world.run("down 192.168.1.2 from mx_pool")
    assert "192.168.1.2" not in world.filter.wanted.partition("service LDAP")[0].partition("service SMTP")[2]
    assert [(str(one.service), one.protocol, str(one.server)) for one in world.filter.forgotten] == [
        ("62.103.127.154", Protocol.TCP, "192.168.1.2")
    ]


def test_a_new_file_neither_prolongs_a_drain_nor_takes_its_name(world: World) -> None:
    world.apply(FIG_7)
    world.run("drain 192.168.1.2 from mx_pool for 2h")
    begun, world.now = world.now, world.now + 3_600_000
    assert world.apply(FIG_7).kept == ("drain 192.168.1.2 from mx_pool for 2h",)
    assert [one.act.time for one in world.store.running().statements] == [begun]
    world.now += 3_600_000
    assert world.apply(FIG_7).kept == ()


def test_rules_of_a_driver_that_cannot_unload_them_are_removed_by_a_later_change(world: World) -> None:
    world.apply(FIG_7)
    world.filter.broken = "the program `nft` is not installed here"
    trouble = "the rules of the driver `nftables` cannot be removed: the program `nft` is not installed here"
    assert world.apply(FIG_7, "iptables").trouble == trouble
    assert world.run("add 192.168.1.9 to mx_pool").trouble == trouble
    world.filter.broken = ""
    assert world.run("add 192.168.1.10 to mx_pool").trouble == ""
    assert world.filter.verbs == ["test", "load", "unload"]
    assert world.filters["iptables"].verbs == ["test", "load", "load", "load"]


def test_no_rules_outlive_a_start_of_the_machine(world: World) -> None:
    world.apply(FIG_7)
    world.boot = "second"
    world.filter.broken = "the program `nft` is not installed here"
    assert world.apply(FIG_7, "iptables").trouble == ""


def test_rules_of_an_interrupted_change_of_drivers_are_removed(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    world.apply(FIG_7)

    def die(*_: object) -> Mapping[str, object]:
        raise SystemExit

    with monkeypatch.context() as patch, pytest.raises(SystemExit):
        patch.setattr(world.filters["iptables"], "load", die)
        world.apply(FIG_7, "iptables")
    assert world.run("add 192.168.1.9 to mx_pool").trouble == ""
    assert world.filters["iptables"].verbs == ["test", "unload"]
    assert world.filter.verbs == ["test", "load", "load"]


def test_what_is_left_of_a_driver_that_failed_to_load_is_removed(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    world.apply(FIG_7)

    def fail(*_: object) -> Mapping[str, object]:
        raise DriverError("half of it is loaded")

    with monkeypatch.context() as patch:
        patch.setattr(world.filters["iptables"], "load", fail)
        assert world.apply(FIG_7, "iptables").trouble == "half of it is loaded"
    assert world.run("add 192.168.1.9 to mx_pool").trouble == ""
    assert world.filters["iptables"].verbs == ["test", "unload"]


def test_connections_of_what_died_or_left_while_the_filter_failed_are_ended_afterwards(world: World) -> None:
    world.apply(FIG_7 + "service NS is 62.103.127.155 udp 53\npool ns for NS\nadd 192.168.1.2 to ns\n")
    world.filter.broken = "nft: killed"
    world.store.set_statuses({ServerId("mx_pool", "SMTP", SERVER_2): Status(State.DOWN, NOW, "refused")})
    world.gateway.settle(WHO)
    world.run("add 192.168.1.3 to ns", "remove 192.168.1.2 from ns")
    world.filter.broken = ""
    assert world.gateway.settle(WHO).trouble == ""
    assert {(one.server, one.protocol) for one in world.filter.forgotten} == {
        (SERVER_2, Protocol.TCP),
        (SERVER_2, Protocol.UDP),
    }


def test_answers_cost_their_number(world: World) -> None:
    def cost(number: int) -> int:
        lines = [
            line
            for n in range(number)
            for line in (f"service S{n} is 62.103.126.{n} tcp 25", f"pool P{n} for S{n}", f"add 192.168.1.2 to P{n}")
        ]
        outcome = World().run(*LINES, *lines)
        return calls_of(lambda: answers(outcome))

    cost(2)
    assert cost(200) < 12 * cost(20)
