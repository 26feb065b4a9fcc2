"""The statements `drain` and `resume` in the life of a pool."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from typing import cast

from lbsh_lang.site.faults import NoClients
from lbsh_lang.site.pool_lives import Effect, PoolHistory, PoolLife, named_servers, target_with, targets_of, value_of
from lbsh_lang.site.script import AnyFound, Found
from lbsh_lang.site.server_keys import ServerKey, keys_in
from lbsh_lang.syntax.nodes import DrainEverywhereStatement, DrainFact, DrainStatement, ResumeFact
from lbsh_lang.syntax.statement import AnyStated, Stated


def change_drains(history: PoolHistory, life: PoolLife, stated: AnyStated, node: DrainFact | ResumeFact) -> None:
    """Drains or resumes the servers of a statement that are in the pool, and records the effect of each target."""
    port = node.port.value if node.port is not None else None
    if node.port is not None and port is None:
        return  # which of the servers is meant cannot be read
    effects = history.effects.setdefault(stated.rank, {})
    sticky = not life.services or any(one.node.sticky is not None for one in life.services)
    for token, target in targets_of(node.targets):
        effect = effects.setdefault(token.start, Effect(token=token, blurred=life.blurred, sticky=sticky))
        for address in keys_in(target):
            for member in named_servers(life, address, port):
                effect.found += 1
                if isinstance(node, DrainStatement | DrainEverywhereStatement):
                    _drain(history, life, cast("Stated[DrainFact]", stated), effect, member)
                else:
                    _resume(history, life, cast("Stated[ResumeFact]", stated), effect, member)


def _drain(history: PoolHistory, life: PoolLife, stated: Stated[DrainFact], effect: Effect, member: ServerKey) -> None:
    """Drains a server. Of two statements that differ, the second takes the place of the first."""
    before = life.drained.get(member)
    if before is not None and _same_drain(before.node, stated.node):
        effect.other = before
        return
    _undo(history, life, member, stated)
    life.drained[member] = stated
    effect.lasting += 1


def _resume(
    history: PoolHistory, life: PoolLife, stated: Stated[ResumeFact], effect: Effect, member: ServerKey
) -> None:
    if _undo(history, life, member, stated):
        effect.lasting += 1


def _undo(history: PoolHistory, life: PoolLife, member: ServerKey, by: AnyStated) -> bool:
    """Takes the `drain` of a server back, if there is one."""
    before = life.drained.pop(member, None)
    if before is None:
        return False
    target = target_with(before, member)
    assert target is not None
    effect = history.effects[before.rank][target.start]
    effect.lasting -= 1
    effect.other = by
    return True


def _same_drain(one: DrainFact, other: DrainFact) -> bool:
    return (one.keep is None, value_of(one.time), value_of(one.reason)) == (
        other.keep is None,
        value_of(other.time),
        value_of(other.reason),
    )


def keeps_nobody(stated: AnyStated, node: DrainFact, effects: Collection[Effect]) -> Iterator[AnyFound]:
    """The fault of `keep clients` where no service of the drained servers remembers clients."""
    lasting = [effect for effect in effects if effect.lasting]
    if node.keep is not None and lasting and not any(effect.sticky for effect in lasting):
        yield Found(stated, NoClients(node.keep))
