"""The prompt says what is not as usual, and nothing else."""

from __future__ import annotations

from lbsh.shell.prompting import prompt
from lbsh.store.protocol import StoreError
from oyster.shown import plain
from tests.gateway.world import FIG_7, World
from tests.shell.test_session import Shell


def shown(shell: Shell) -> str:
    return plain(prompt(shell.desk, shell.world.gateway.keeper.notices))


def test_nothing_stands_before_it_while_all_is_as_it_should_be() -> None:
    world = World()
    shell = Shell(world)
    assert shown(shell) == ">> "
    world.apply(FIG_7)
    assert shown(shell) == ">> "


def test_gathered_statements_are_counted() -> None:
    world = World()
    world.apply(FIG_7)
    shell = Shell(world)
    shell.say("begin", "add 192.168.1.9 to mx_pool")
    assert shown(shell) == "[1 gathered] >> "
    shell.say("commit")
    assert shown(shell) == ">> "


def test_a_change_that_waits_says_how_long_it_still_does() -> None:
    world = World()
    world.apply(FIG_7)
    shell = Shell(world)
    shell.say("begin", "add 192.168.1.9 to mx_pool", "commit confirm 60s")
    world.ticks += 17_000
    assert shown(shell) == "[unconfirmed, 43 s left] >> "


def test_rules_that_could_not_be_loaded_are_said() -> None:
    world = World()
    world.apply(FIG_7)
    world.filter.broken = "no memory"
    shell = Shell(world)
    shell.say("drain 192.168.1.2 from mx_pool")
    assert shown(shell) == "[not loaded] >> "


def test_a_store_that_cannot_be_read_ends_no_session() -> None:
    world = World()
    shell = Shell(world)

    def fail() -> None:
        raise StoreError("damaged")

    assert plain(prompt(shell.desk, fail)) == "[the store cannot be read] >> "  # type: ignore[arg-type]
