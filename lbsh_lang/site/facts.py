"""Facts: the statements of a script, indexed by the entities that they concern.

An entity is a service, a pool, or the device. Each statement states facts about the one or two entities that it names, and
order matters within one entity alone. A statement about servers in all their pools names none of these: the pools find it
by their servers (`everywhere`). So the meaning of an entity follows from its own facts, and after an edit only the
entities that the old and the new line name must be recomputed.
"""

from __future__ import annotations

from bisect import bisect_left, insort
from collections.abc import Iterable, Iterator
from enum import Enum
from typing import NamedTuple, TypeVar, assert_never, cast, get_args

from lbsh_lang.site.everywhere import Everywhere
from lbsh_lang.syntax import nodes
from lbsh_lang.syntax.nodes import (
    ENTITIES,
    FORM_OF,
    DeviceFact,
    EverywhereFact,
    PoolFact,
    ServiceFact,
    ShellCommand,
    Token,
)
from lbsh_lang.syntax.statement import AnyStated, ExtensionStatement, Stated, Statement
from lbsh_lang.syntax.terminals import NameKind


class About(Enum):
    """The kinds of entities that statements concern."""

    SERVICE = "service"
    POOL = "pool"
    EVERYWHERE = "everywhere"
    """All pools that some servers are in."""
    DEVICE = "device"
    SHELL = "shell"
    LOST = "lost"
    """An entity whose name could not be read: the fact is known, but not its entity."""


class Subject(NamedTuple):
    """An entity that a statement names; only services and pools have a name."""

    about: About
    name: str = ""


class Facts:
    """Statements filed under the entities they name, each list in the order of the script.

    Filled at construction; in a session `insert` and `withdraw` maintain it.
    """

    def __init__(self, statements: Iterable[AnyStated] = ()) -> None:
        self.services: dict[str, list[Stated[ServiceFact]]] = {}
        self.pools: dict[str, list[Stated[PoolFact]]] = {}
        self.everywhere = Everywhere()
        self.device: list[Stated[DeviceFact]] = []
        self.shell: list[Stated[ShellCommand]] = []
        self.lost: list[AnyStated] = []
        for stated in statements:
            node = stated.node
            if type(node) is nodes.AddStatement and node.pool is not None and node.pool.value in self.pools:
                self.pools[node.pool.value].append(cast("Stated[PoolFact]", stated))  # by far the most frequent case
            else:
                for subject in subjects(node):
                    self._list(subject).append(stated)
                if isinstance(node, EverywhereFact):
                    self.everywhere.index(cast("Stated[EverywhereFact]", stated))

    def insert(self, stated: AnyStated) -> None:
        """Files a statement at its place in the order of the script."""
        for subject in subjects(stated.node):
            insort(self._list(subject), stated, key=_rank)
        if isinstance(stated.node, EverywhereFact):
            self.everywhere.index(cast("Stated[EverywhereFact]", stated))

    def withdraw(self, rank: int, node: Statement) -> None:
        """Removes the filed statement of this rank."""
        for subject in subjects(node):
            facts = self._list(subject)
            del facts[bisect_left(facts, rank, key=_rank)]
            if not facts:
                self._drop(subject)
        if isinstance(node, EverywhereFact):
            self.everywhere.forget(rank, node)

    def _list(self, subject: Subject) -> list[AnyStated]:
        """The facts about an entity. `subjects` decides which statements concern it; the types of the lists repeat this."""
        match subject.about:
            case About.SERVICE:
                return cast("list[AnyStated]", _listed(self.services, subject.name))
            case About.POOL:
                return cast("list[AnyStated]", _listed(self.pools, subject.name))
            case About.EVERYWHERE:
                return cast("list[AnyStated]", self.everywhere.statements)
            case About.DEVICE:
                return cast("list[AnyStated]", self.device)
            case About.SHELL:
                return cast("list[AnyStated]", self.shell)
            case About.LOST:
                return self.lost
            case _:
                assert_never(subject.about)

    def _drop(self, subject: Subject) -> None:
        """Forgets an entity without facts."""
        if subject.about is About.SERVICE:
            del self.services[subject.name]
        elif subject.about is About.POOL:
            del self.pools[subject.name]


def subjects(node: Statement) -> tuple[Subject, ...]:
    """The entities of a statement: the services and pools that it names; the device or the shell if it concerns these."""
    kind = type(node)
    named = _NAMED[kind]
    if not named:
        return _UNNAMED[kind]
    found = [_named(about, getattr(node, field)) for about, field in named if field not in _MANY[kind]]
    several = [
        subject for about, field in named if field in _MANY[kind] for subject in _each(about, getattr(node, field))
    ]
    return (*(dict.fromkeys((*found, *several)) if several else found), *_UNNAMED[kind])


_EVERYWHERE, _DEVICE, _SHELL, _LOST = map(Subject, (About.EVERYWHERE, About.DEVICE, About.SHELL, About.LOST))
_ABOUT = {NameKind.SERVICE: About.SERVICE, NameKind.POOL: About.POOL}

_NAMED: dict[type[Statement], tuple[tuple[About, str], ...]] = {
    ExtensionStatement: (),
    **{node: tuple((_ABOUT[one.kind], one.field) for one in named) for node, named in ENTITIES.items()},
}
"""The fields of each statement that name a service or a pool."""

_MANY: dict[type[Statement], frozenset[str]] = {kind: FORM_OF[kind].many for kind in FORM_OF}
"""The fields of each statement that hold several words."""

_UNNAMED: dict[type[Statement], tuple[Subject, ...]] = {
    **dict.fromkeys(_NAMED, ()),
    **dict.fromkeys(get_args(EverywhereFact), (_EVERYWHERE,)),
    **dict.fromkeys(get_args(DeviceFact), (_DEVICE,)),
    **dict.fromkeys(get_args(ShellCommand), (_SHELL,)),
}
"""The entities of statements besides those that they name. An `include`, and an extension's statement, concern none."""

Fact = TypeVar("Fact")


def _listed(index: dict[str, list[Fact]], name: str) -> list[Fact]:
    facts = index.get(name)
    if facts is None:
        facts = index[name] = []
    return facts


def _named(about: About, name: nodes.Name | None) -> Subject:
    return _LOST if name is None or name.value is None else Subject(about, name.value)


def _each(about: About, words: tuple[Token[object], ...]) -> Iterator[Subject]:
    """The entities that are named in a list, in which other words may stand, too."""
    return (Subject(about, word.value) for word in words if isinstance(word.value, str))


def _rank(stated: AnyStated) -> int:
    return stated.rank
