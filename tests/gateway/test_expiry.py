"""Drains with a time end by themselves: the next change, or whoever looks after the device, ends them."""

from __future__ import annotations

import pytest

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
