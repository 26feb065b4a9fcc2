"""The statements in the life of a pool by which an operator takes servers out of service, and takes that back.

There are two such wishes, and a server may have both: `drain`, which `resume` takes back, and `down`, which `up` takes back.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator
from typing import assert_never, cast

from lbsh_lang.site.faults import NoClients
from lbsh_lang.site.pool_lives import Effect, PoolHistory, PoolLife, named_servers, target_with, targets_of, value_of
from lbsh_lang.site.script import AnyFound, Found
from lbsh_lang.site.server_keys import ServerKey, keys_in
from lbsh_lang.syntax.nodes import DownFact, DrainFact, ReleaseFact, ResumeFact, UpFact, WishFact
from lbsh_lang.syntax.statement import AnyStated, Stated

_Wished = dict[ServerKey, Stated[WishFact]]
"""The servers that have one of the wishes, each with its statement."""


def change_wishes(history: PoolHistory, life: PoolLife, stated: AnyStated, node: WishFact | ReleaseFact) -> None:
    """Carries out a statement for its servers that are in the pool, and records the effect of each target."""
    port = node.port.value if node.port is not None else None
    if node.port is not None and port is None:
        return  # which of the servers is meant cannot be read
    effects = history.effects.setdefault(stated.rank, {})
    wished = _wished_by(life, node)
    sticky = not life.services or any(one.node.sticky is not None for one in life.services)
    for token, target in targets_of(node.targets):
        effect = effects.setdefault(token.start, Effect(token=token, blurred=life.blurred, sticky=sticky))
        for address in keys_in(target):
            for member in named_servers(life, address, port):
                effect.found += 1
                if isinstance(node, WishFact):
                    _give(history, wished, cast("Stated[WishFact]", stated), effect, member)
                elif _take_back(history, wished, member, stated):
                    effect.lasting += 1


def _wished_by(life: PoolLife, node: WishFact | ReleaseFact) -> _Wished:
    """The servers with the wish that a statement gives or takes back."""
    if isinstance(node, DrainFact | ResumeFact):
        return cast("_Wished", life.drained)
    if isinstance(node, DownFact | UpFact):
        return cast("_Wished", life.downed)
    assert_never(node)


def _give(history: PoolHistory, wished: _Wished, stated: Stated[WishFact], effect: Effect, member: ServerKey) -> None:
    """Gives a server the wish. Of two statements that differ, the second takes the place of the first."""
    before = wished.get(member)
    if before is not None and _options(before.node) == _options(stated.node):
        effect.other = before
        return
    _take_back(history, wished, member, stated)
    wished[member] = stated
    effect.lasting += 1


def _take_back(history: PoolHistory, wished: _Wished, member: ServerKey, by: AnyStated) -> bool:
    """Takes the wish of a server back, if it has it."""
    before = wished.pop(member, None)
    if before is None:
        return False
    target = target_with(before, member)
    assert target is not None
    effect = history.effects[before.rank][target.start]
    effect.lasting -= 1
    effect.other = by
    return True


def _options(node: WishFact) -> tuple[object, ...]:
    if isinstance(node, DrainFact):
        return node.keep is None, value_of(node.time), value_of(node.reason)
    if isinstance(node, DownFact):
        return (value_of(node.reason),)
    assert_never(node)


def keeps_nobody(stated: AnyStated, node: DrainFact, effects: Collection[Effect]) -> Iterator[AnyFound]:
    """The fault of `keep clients` where no service of the drained servers remembers clients."""
    lasting = [effect for effect in effects if effect.lasting]
    if node.keep is not None and lasting and not any(effect.sticky for effect in lasting):
        yield Found(stated, NoClients(node.keep))
