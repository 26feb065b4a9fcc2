"""What lines state about entities: the index between statements and meaning.

An entity is a service, a pool, or the device. Each statement states facts about the one or two entities that it names, and
order matters within one entity alone. So the meaning of an entity follows from its own facts, and after an edit only the
entities that the old and the new line name need another look.
"""

from __future__ import annotations

from bisect import bisect_left, insort
from collections.abc import Iterable
from enum import Enum
from typing import NamedTuple

from lbsh_lang.syntax import nodes
from lbsh_lang.syntax.nodes import Stated, Statement


class Kind(Enum):
    """What a statement may be about."""

    SERVICE = "service"
    POOL = "pool"
    DEVICE = "device"
    SHELL = "shell"
    LOST = "lost"
    """An entity that could not be read: what is stated is unknown, but that it is stated is known."""


class Subject(NamedTuple):
    """An entity that a statement names; only services and pools have a name."""

    kind: Kind
    name: str = ""


class Facts:
    """Statements filed under the entities they name, each list in the order of the script."""

    def __init__(self, statements: Iterable[Stated] = ()) -> None:
        self.services: dict[str, list[Stated]] = {}
        self.pools: dict[str, list[Stated]] = {}
        self.device: list[Stated] = []
        self.shell: list[Stated] = []
        self.lost: list[Stated] = []
        for stated in statements:
            node = stated.node
            if type(node) is nodes.AddStatement and node.pool is not None and node.pool.value in self.pools:
                self.pools[node.pool.value].append(stated)  # by far the most frequent case
            else:
                for subject in subjects(node):
                    self._list(subject).append(stated)

    def insert(self, stated: Stated) -> None:
        """Files a statement among others that may stand behind it."""
        for subject in subjects(stated.node):
            insort(self._list(subject), stated, key=_rank)

    def withdraw(self, rank: int, node: Statement) -> None:
        """Takes out the statement of this rank, which was filed."""
        for subject in subjects(node):
            facts = self._list(subject)
            del facts[bisect_left(facts, rank, key=_rank)]
            if not facts and subject.kind in (Kind.SERVICE, Kind.POOL):
                del self._index(subject.kind)[subject.name]

    def _list(self, subject: Subject) -> list[Stated]:
        kind, name = subject
        if kind is Kind.SERVICE or kind is Kind.POOL:
            index = self._index(kind)
            facts = index.get(name)
            if facts is None:
                facts = index[name] = []
            return facts
        if kind is Kind.DEVICE:
            return self.device
        return self.shell if kind is Kind.SHELL else self.lost

    def _index(self, kind: Kind) -> dict[str, list[Stated]]:
        return self.services if kind is Kind.SERVICE else self.pools


def subjects(node: Statement) -> tuple[Subject, ...]:
    """Whom a statement is about."""
    match node:
        case nodes.AddStatement(pool=pool):
            return (_named(Kind.POOL, pool),)
        case nodes.ServiceStatement(name=service) | nodes.RemoveServiceStatement(service=service):
            return (_named(Kind.SERVICE, service),)
        case nodes.ProbeStatement(service=service):
            return (_named(Kind.SERVICE, service),)
        case nodes.PoolStatement(name=pool, service=service):
            return (_named(Kind.POOL, pool), _named(Kind.SERVICE, service))
        case nodes.RemoveStatement(pool=pool) | nodes.DrainStatement(pool=pool) | nodes.ResumeStatement(pool=pool):
            return (_named(Kind.POOL, pool),)
        case nodes.StatusStatement() | nodes.SaveStatement() | nodes.HelpStatement():
            return (_SHELL,)
        case nodes.IncludeStatement():
            return ()
        case _:
            return (_DEVICE,)


_DEVICE, _SHELL, _LOST = Subject(Kind.DEVICE), Subject(Kind.SHELL), Subject(Kind.LOST)


def _named(kind: Kind, name: nodes.Name | None) -> Subject:
    return _LOST if name is None or name.value is None else Subject(kind, name.value)


def _rank(stated: Stated) -> int:
    return stated.rank
