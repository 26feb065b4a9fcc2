"""The statement `set` in the life of a pool: weights, backups, ramps and ports of servers."""

from __future__ import annotations

from collections.abc import Iterator

from lbsh_lang.site.faults import NoEffect
from lbsh_lang.site.pool_lives import (
    Difference,
    Effect,
    PoolHistory,
    PoolLife,
    Setting,
    Value,
    already_there,
    forget_port,
    named_servers,
    target_with,
    targets_of,
    usual_port,
    value_of,
)
from lbsh_lang.site.script import AnyFound, Found
from lbsh_lang.site.server_keys import ServerKey, keys_in, own_part, without_port
from lbsh_lang.syntax.nodes import AddStatement, SetStatement, Token
from lbsh_lang.syntax.statement import Stated


def set_servers(history: PoolHistory, life: PoolLife, stated: Stated[SetStatement]) -> None:
    """Changes the servers of a statement that are in the pool, and records the effect of each target."""
    node = stated.node
    life.blurred |= node.new_port is not None and node.new_port.value is None
    port = node.port.value if node.port is not None else None
    if node.port is not None and port is None:
        return  # which of the servers is meant cannot be read
    own = None
    if node.new_port is not None and node.new_port.value is not None:
        own = 0 if node.new_port.value == usual_port(life) else own_part(node.new_port.value.first)
    effects = history.effects.setdefault(stated.rank, {})
    for token, target in targets_of(node.targets):
        effect = effects.setdefault(token.start, Effect(token=token, blurred=life.blurred))
        taken = None
        for address in keys_in(target):
            for member in named_servers(life, address, port):
                effect.found += 1
                _set_share(history, life, stated, effect, member)
                if own is not None and not _set_port(history, life, stated, effect, member, address + own):
                    taken = address + own if taken is None else taken
        if taken is not None:
            history.found.append(already_there(life, stated, token, taken))


def _set_share(
    history: PoolHistory, life: PoolLife, stated: Stated[SetStatement], effect: Effect, member: ServerKey
) -> None:
    """Sets the weight of a server, whether it is a backup, and how it gets its share."""
    node = stated.node
    if node.weight is not None and node.weight.value is not None:
        before = value_of(life.weight_of(member)) or 1
        _note(history, life, stated, effect, member, "weight", is_new=before != node.weight.value)
    absent = {token.value for token in node.absent}
    if node.backup is not None or "backup" in absent:
        is_new = life.is_backup(member) != (node.backup is not None)
        _note(history, life, stated, effect, member, "backup", is_new=is_new)
    if value_of(node.ramp) is not None or "ramp" in absent:
        _note(history, life, stated, effect, member, "ramp", is_new=life.ramp_of(member) != value_of(node.ramp))


def _set_port(
    history: PoolHistory,
    life: PoolLife,
    stated: Stated[SetStatement],
    effect: Effect,
    member: ServerKey,
    there: ServerKey,
) -> bool:
    """Makes a server the one with another port, unless the pool has that one already."""
    if there != member and there in life.members:
        effect.settings.setdefault("port", Difference()).lasting += 1  # it is a fault of its own
        return False
    _note(history, life, stated, effect, member, "port", is_new=there != member)
    if there != member:
        _move(life, stated, member, there)
    return True


def _note(
    history: PoolHistory,
    life: PoolLife,
    stated: Stated[SetStatement],
    effect: Effect,
    member: ServerKey,
    setting: Setting,
    *,
    is_new: bool,
) -> None:
    """Notes that a statement sets something of a server, or that it was so before."""
    before = life.changed.get(member, {}).get(setting)
    difference = effect.settings.setdefault(setting, Difference())
    if not is_new:
        difference.other = life.stated(member, setting)
        return
    if before is not None:
        target = target_with(before, member)
        assert target is not None
        earlier = history.effects[before.rank][target.start].settings[setting]
        earlier.lasting -= 1
        earlier.other = stated
    life.changed.setdefault(member, {})[setting] = stated
    difference.lasting += 1


def set_in_vain(stated: Stated[SetStatement], effect: Effect) -> Iterator[AnyFound]:
    """The settings of a target that change none of its servers, or that a later `set` replaces on all of them."""
    for setting, difference in effect.settings.items():
        if not difference.lasting:
            what = f"`{setting}` of {effect.token.text}"
            yield Found(stated, NoEffect(_word_of(stated.node, setting), what), difference.other)


def _word_of(node: SetStatement, setting: Setting) -> Token[object]:
    """The word that gives a setting, or takes it away."""
    words: dict[Setting, Token[object] | None] = {
        "port": node.new_port,
        "weight": node.weight,
        "backup": node.backup,
        "ramp": node.ramp,
    }
    return words[setting] or next(token for token in node.absent if token.value == setting)


def _move(life: PoolLife, stated: Stated[SetStatement], member: ServerKey, there: ServerKey) -> None:
    """Gives a server another port, under which it has its state from then on."""
    life.moving.setdefault(stated.rank, stated)
    life.members[there] = life.members.pop(member)
    forget_port(life, member)
    if there != without_port(there):
        life.ported.setdefault(without_port(there), []).append(there)
    _rename(life.drained, member, there)
    _rename(life.downed, member, there)
    _rename(life.changed, member, there)


def _rename(states: dict[ServerKey, Value], member: ServerKey, there: ServerKey) -> None:
    if member in states:
        states[there] = states.pop(member)


def in_order(members: dict[ServerKey, Stated[AddStatement]]) -> dict[ServerKey, Stated[AddStatement]]:
    """Servers in the order in which they were added, which a change of ports disturbs."""
    places: dict[tuple[int, ServerKey], int] = {}
    for stated in {stated.rank: stated for stated in members.values()}.values():
        for _, target in targets_of(stated.node.targets):
            for address in keys_in(target):
                places.setdefault((stated.rank, address), len(places))

    def place(one: tuple[ServerKey, Stated[AddStatement]]) -> tuple[int, int]:
        return one[1].rank, places[one[1].rank, without_port(one[0])]

    return dict(sorted(members.items(), key=place))
