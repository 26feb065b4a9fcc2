"""Statements that later ones undo leave the running script, and the site stays the same."""

from __future__ import annotations

import random

import pytest

from lbsh.gateway.running import read_running
from lbsh_lang.site.model import Site
from lbsh_lang.site.resolve import Resolution
from lbsh_lang.syntax.language import LBSH
from tests.costs import calls_of
from tests.extensions import WITH_ALL
from tests.gateway import world as world_of_tests
from tests.gateway.world import FIG_7, WHO, World

CASES = {
    "a drain and its resume": (("drain 192.168.1.2 from mx_pool", "resume 192.168.1.2 in mx_pool"), ()),
    "a down and its up": (("down 192.168.1.2 from mx_pool", "up 192.168.1.2 in mx_pool"), ()),
    "a down that is not its resume": (
        ("drain 192.168.1.2", "down 192.168.1.2", "resume 192.168.1.2"),
        ("down 192.168.1.2",),
    ),
    "in all pools": (("drain 192.168.1.2", "resume 192.168.1.2"), ()),
    "an added server that is removed": (("add 192.168.1.9 to mx_pool", "remove 192.168.1.9 from mx_pool"), ()),
    "with all that was said of it": (
        ("add 192.168.1.9 to mx_pool", "drain 192.168.1.9 from mx_pool", "remove 192.168.1.9 from mx_pool"),
        (),
    ),
    "a server of which a statement about all pools has said something": (
        ("add 192.168.1.9 to mx_pool", "drain 192.168.1.9", "remove 192.168.1.9 from mx_pool"),
        ("add 192.168.1.9 to mx_pool", "drain 192.168.1.9", "remove 192.168.1.9 from mx_pool"),
    ),
    "a drain with another reason": (
        ('drain 192.168.1.2 from mx_pool because "a"', 'drain 192.168.1.2 from mx_pool because "b"'),
        ('drain 192.168.1.2 from mx_pool because "b"',),
    ),
    "the last of several settings": (
        ("set 192.168.1.2 in mx_pool weight 2", "set 192.168.1.2 in mx_pool weight 3"),
        ("set 192.168.1.2 in mx_pool weight 3",),
    ),
    "two settings of different options": (
        ("set 192.168.1.2 in mx_pool weight 2", "set 192.168.1.2 in mx_pool backup"),
        ("set 192.168.1.2 in mx_pool weight 2", "set 192.168.1.2 in mx_pool backup"),
    ),
    "a service that came and went": (
        ("service A is 62.103.127.150 tcp 80", "pool a for A", "add 192.168.1.9 to a", "remove A"),
        (),
    ),
    "a server of the file that is removed": (
        ("remove 192.168.1.2 from mx_pool",),
        ("remove 192.168.1.2 from mx_pool",),
    ),
    "and added again": (
        ("remove 192.168.1.2 from mx_pool", "add 192.168.1.2 to mx_pool weight 2"),
        ("remove 192.168.1.2 from mx_pool", "add 192.168.1.2 to mx_pool weight 2"),
    ),
    "a server that was drained in one pool and resumed in all": (
        ("drain 192.168.1.2 from mx_pool", "drain 192.168.1.2 from ldap_pool", "resume 192.168.1.2"),
        ("drain 192.168.1.2 from mx_pool", "drain 192.168.1.2 from ldap_pool", "resume 192.168.1.2"),
    ),
}


def site(world: World) -> Site:
    return Resolution(read_running(world.store.running(), LBSH)).site


@pytest.mark.parametrize("name", CASES)
@pytest.mark.parametrize("at_once", [False, True])
def test_what_is_undone_is_not_kept(name: str, *, at_once: bool) -> None:
    lines, left = CASES[name]
    world = World()
    world.apply(FIG_7)
    for one in [lines] if at_once else [(line,) for line in lines]:
        assert world.run(*one).verdict.refused == ()
    assert tuple(one.text for one in world.store.running().statements) == left


def test_lines_of_files_are_never_left_out() -> None:
    world = World()
    world.apply(FIG_7 + "drain 192.168.1.2 from mx_pool\n")
    world.run("resume 192.168.1.2 in mx_pool")
    running = world.store.running()
    assert running.files[0].text.endswith("drain 192.168.1.2 from mx_pool\n")
    assert [one.text for one in running.statements] == ["resume 192.168.1.2 in mx_pool"]


def test_a_line_of_a_plugin_is_left_out_as_a_whole_only(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(world_of_tests, "language_for", lambda faults: WITH_ALL if faults else LBSH)
    world = World()
    world.apply(FIG_7)
    lines = ("move 192.168.1.4 from ldap_pool to mx_pool", "remove 192.168.1.4 from mx_pool")
    for line in lines:
        assert world.run(line).verdict.refused == ()
    assert tuple(one.text for one in world.store.running().statements) == lines


def brief(site: Site) -> object:
    """What a site means, without the statements behind it."""
    return [
        (
            service.name,
            service.pool
            and sorted((*one.identity, one.weight, one.backup, one.drained, one.down) for one in service.pool.servers),
        )
        for service in site.services
    ]


def test_any_statements_mean_the_same_with_the_needless_left_out() -> None:
    chance = random.Random(7)
    patterns = (
        "add 192.168.1.{n} to {p}",
        "remove 192.168.1.{n} from {p}",
        "drain 192.168.1.{n} from {p}",
        "resume 192.168.1.{n} in {p}",
        "drain 192.168.1.{n}",
        "resume 192.168.1.{n}",
        "down 192.168.1.{n} from {p}",
        "up 192.168.1.{n}",
        "set 192.168.1.{n} in {p} weight {w}",
        "set 192.168.1.{n} in {p} backup",
        "set 192.168.1.{n} in {p} no backup",
    )
    for _ in range(4):
        world, all_kept = World(), World()
        world.apply(FIG_7)
        accepted = []
        for _ in range(30):
            pattern = chance.choice(patterns)
            line = pattern.format(
                n=chance.randint(2, 6), p=chance.choice(("mx_pool", "ldap_pool")), w=chance.randint(1, 3)
            )
            if not world.run(line).verdict.refused:
                accepted.append(line)
        all_kept.apply(FIG_7 + "\n".join(accepted) + "\n")
        assert brief(site(world)) == brief(site(all_kept)), accepted
        assert not world.gateway.settle(WHO).verdict.refused, accepted
        assert len(world.store.running().statements) < len(accepted)


def test_many_statements_cost_their_number() -> None:
    def cost(number: int) -> int:
        world = World()
        world.apply(FIG_7)
        lines = [f"add 10.{n >> 8}.{n & 255}.1 to mx_pool" for n in range(number)]
        return calls_of(lambda: world.run(*lines))

    cost(10)
    assert cost(1000) < 12 * cost(100)


def test_the_search_ends() -> None:
    """What is undone in a very long change is kept, as long as the site is right."""
    world = World()
    world.apply(FIG_7)
    servers = [f"10.0.{n >> 8}.{n & 255}" for n in range(600)]
    lines = [f"add {one} to mx_pool" for one in servers] + [f"remove {one} from mx_pool" for one in servers]
    assert world.run(*lines).verdict.refused == ()
    assert 0 < len(world.store.running().statements) < len(lines)
    assert brief(site(world)) == brief(site(applied()))


def applied() -> World:
    world = World()
    world.apply(FIG_7)
    return world
