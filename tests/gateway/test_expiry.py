"""Drains with a time end by themselves: the next change, or whoever looks after the device, ends them."""

from __future__ import annotations

import pytest

from lbsh.gateway.running import read_running
from lbsh.gateway.servers import drained_by, servers_of
from lbsh_lang.site.resolve import Resolution
from lbsh_lang.syntax.language import LBSH
from lbsh_lang.syntax.nodes import DrainStatement
from tests.gateway.world import FIG_7, NOW, WHO, World

HOUR = 3_600_000


@pytest.fixture
def world() -> World:
    world = World()
    world.apply(FIG_7)
    return world


def statements(world: World) -> list[str]:
    return [one.text for one in world.store.running().statements]


def test_a_drain_ends_when_its_time_is_over(world: World) -> None:
    world.run("drain 192.168.1.2 from mx_pool for 2h")
    world.now = NOW + 2 * HOUR - 1
    world.run("add 192.168.1.9 to mx_pool")
    assert statements(world) == ["drain 192.168.1.2 from mx_pool for 2h", "add 192.168.1.9 to mx_pool"]
    world.now += 1
    world.run("add 192.168.1.9 to ldap_pool")
    assert statements(world) == ["add 192.168.1.9 to mx_pool", "add 192.168.1.9 to ldap_pool"]
    assert world.filter.verbs[-1] == "change"
    assert "192.168.1.2" in world.filter.done[-1][1]


def test_a_refused_statement_ends_it_too(world: World) -> None:
    world.run("drain 192.168.1.2 from mx_pool for 2h")
    world.now = NOW + 3 * HOUR
    assert world.run("pool x for y").verdict.refused
    assert statements(world) == []
    loaded = world.store.loaded()
    assert loaded is not None
    assert (loaded.revision, loaded.trouble) == (world.store.revision(), "")


def test_settling_ends_it(world: World) -> None:
    world.run("drain 192.168.1.2 for 2h")
    world.now = NOW + 3 * HOUR
    world.gateway.settle(WHO)
    assert statements(world) == [
        "drain 192.168.1.2 for 2h",
        "resume 192.168.1.2 in mx_pool",
        "resume 192.168.1.2 in ldap_pool",
    ]
    acts = [one.act for one in world.store.running().statements]
    assert [one.user for one in acts] == ["alice", "lbsh", "lbsh"]


def test_the_time_of_a_file_counts_from_its_application() -> None:
    world = World()
    world.apply(FIG_7 + "drain 192.168.1.2 from mx_pool for 2h\n")
    world.now = NOW + 2 * HOUR
    world.gateway.settle(WHO)
    assert statements(world) == ["resume 192.168.1.2 in mx_pool"]


PORT_25, PORT_2525 = "drain 192.168.1.2 port 25 from mx_pool", "drain 192.168.1.2 port 2525 from mx_pool"


def test_the_end_of_a_drain_is_no_end_of_another_at_the_same_address(world: World) -> None:
    world.run("add 192.168.1.2 to mx_pool port 2525", f"{PORT_25} for 2h", PORT_2525)
    world.now = NOW + 2 * HOUR
    world.gateway.settle(WHO)
    site = Resolution(read_running(world.store.running(), LBSH)).site
    drained = {server.port for pool, server, _ in servers_of(site) if pool.name == "mx_pool" and server.drain}
    assert drained == {2525}


@pytest.mark.parametrize("line", [PORT_25, PORT_2525])
def test_a_drain_that_outlives_a_new_file_is_of_one_server_at_an_address(line: str) -> None:
    world = World()
    script = f"{FIG_7}add 192.168.1.2 to mx_pool port 2525\n"
    world.apply(script)
    world.run(line)
    assert world.apply(script).kept == (line,)


@pytest.mark.parametrize("earlier", ["drain 192.168.1.2", "drain 192.168.1.2 from mx_pool"])
def test_who_drains_again_is_told_of_the_same_servers(world: World, earlier: str) -> None:
    first = world.run(earlier).verdict
    verdict = world.run("drain 192.168.1.2 from mx_pool").verdict
    nodes = [one.node for one in verdict.new if isinstance(one.node, DrainStatement)]
    found = drained_by(verdict.resolution.site, nodes)
    assert not first.refused
    assert [(one.pool, one.service, str(one.address)) for one in found] == [("mx_pool", "SMTP", "192.168.1.2")]
