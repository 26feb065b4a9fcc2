"""The life of a service: from its definition to its removal, with the pool and the probe that it gets on the way."""

from __future__ import annotations

from dataclasses import dataclass, field

from lbsh_lang.site.script import Found
from lbsh_lang.syntax.nodes import (
    Fault,
    Name,
    PoolStatement,
    ProbeStatement,
    RemoveServiceStatement,
    ServiceStatement,
    Stated,
)


@dataclass(slots=True)
class ServiceLife:
    """A service while it is defined; a name may have several lives, one after another."""

    defined: Stated
    node: ServiceStatement
    pool: Stated | None = None
    probe: Stated | None = None
    removed: Stated | None = None


@dataclass(slots=True)
class ServiceHistory:
    """All lives of one name, the faults met on the way, and which statements used it while it lived."""

    lives: list[ServiceLife] = field(default_factory=list)
    found: list[Found] = field(default_factory=list)
    uses: dict[int, ServiceLife] = field(default_factory=dict)

    @property
    def current(self) -> ServiceLife | None:
        """The life that lasts to the end of the script."""
        return self.lives[-1] if self.lives and self.lives[-1].removed is None else None


def fold_service(facts: list[Stated]) -> ServiceHistory:
    """Goes through the facts about one service in their order."""
    history = ServiceHistory()
    definitions = [fact for fact in facts if type(fact.node) is ServiceStatement]
    last = definitions[-1] if definitions else None
    for stated in facts:
        node = stated.node
        life = history.current
        if isinstance(node, ServiceStatement):
            if life is None:
                history.lives.append(ServiceLife(stated, node))
            else:
                history.found.append(_clash("LB104", stated, node.name, life.defined, life.node.name))
        else:
            _use(history, stated, life, last)
    for life in history.lives:
        if life.removed is not None:
            history.found.append(Found(life.defined, Fault("LB316", _word(life.node.name)), life.removed))
    return history


def _use(history: ServiceHistory, stated: Stated, life: ServiceLife | None, last: Stated | None) -> None:
    node = stated.node
    assert isinstance(node, PoolStatement | ProbeStatement | RemoveServiceStatement)
    if life is None:
        gone = history.lives[-1].removed if history.lives else None
        history.found.append(_undefined(stated, node.service, last, gone))
        return
    history.uses[stated.rank] = life
    if isinstance(node, RemoveServiceStatement):
        life.removed = stated
    elif isinstance(node, PoolStatement):
        if life.pool is None:
            life.pool = stated
        else:
            first = life.pool.node
            assert isinstance(first, PoolStatement)
            history.found.append(_clash("LB106", stated, node.service, life.pool, first.name))
    elif life.probe is None:
        life.probe = stated
    else:
        first_probe = life.probe.node
        assert isinstance(first_probe, ProbeStatement)
        history.found.append(_clash("LB505", stated, node.service, life.probe, first_probe.service))


def _clash(code: str, at: Stated, name: Name | None, other: Stated, other_name: Name | None) -> Found:
    """Two statements that cannot both stand, found at the second."""
    return Found(at, Fault(code, _word(name), "", None, _word(other_name)), other)


def _undefined(at: Stated, name: Name | None, last: Stated | None, gone: Stated | None) -> Found:
    """A name in use that is defined further down only (LB103), not any more, or nowhere."""
    if last is not None and last.rank > at.rank:
        assert isinstance(last.node, ServiceStatement)
        return Found(at, Fault("LB103", _word(name), "service", None, _word(last.node.name)), last)
    return Found(at, Fault("LB101", _word(name)), gone)


def _word(name: Name | None) -> Name:
    assert name is not None  # facts are filed under names that were read
    return name
