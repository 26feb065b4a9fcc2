"""The script that checks run on: makes the context of each kind of check. Knows no single check."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Callable, Iterable, Iterator
from functools import cached_property

from lbsh_lang.backends.base import Backend
from lbsh_lang.checks.doubts import may_be_another_statement, misses_entity
from lbsh_lang.checks.keys import LineKey
from lbsh_lang.checks.needs import find_needs
from lbsh_lang.checks.views import (
    BackendContext,
    Contexts,
    DeviceContext,
    DeviceViews,
    FaultContext,
    MachineContext,
    PoolContext,
    ServiceContext,
    ServicesOfDevice,
    views_of,
)
from lbsh_lang.site.everywhere import found_everywhere
from lbsh_lang.site.faults import Fault, Unreadable
from lbsh_lang.site.pool_lives import PoolHistory, PoolLife
from lbsh_lang.site.resolve import Resolution
from lbsh_lang.site.script import AnyFound
from lbsh_lang.site.server_keys import ServerKey, server_key
from lbsh_lang.site.services import ServiceHistory, ServiceLife
from lbsh_lang.syntax.nodes import AddStatement, ShellCommand
from lbsh_lang.syntax.statement import Node, Stated, Statement
from lbsh_lang.values import Address
from oyster.near import NearMisses
from oyster.words import split_words


class Context:
    """The meaning of a script as a whole. All indexes are made on first use.

    Checks never get it: they get one of its `contexts`.
    """

    def __init__(
        self,
        resolution: Resolution,
        backend: Backend | None = None,
        target: str | None = None,
        others: tuple[Backend, ...] = (),
        name: str = "",
        missing: frozenset[str] = frozenset(),
    ) -> None:
        self.resolution = resolution
        self.language = resolution.script.language
        self.backend = backend
        self.target = target
        self._others = others
        self._name = name
        self._missing = missing

    @cached_property
    def contexts(self) -> Contexts:
        """The contexts of all kinds of checks."""
        return self._make_contexts()

    def forget_contexts(self) -> None:
        """Lets the contexts go, which lead back here: a script that was checked then goes without the garbage collector."""
        self.__dict__.pop("contexts", None)

    def _make_contexts(self) -> Contexts:
        views = self.device_views
        faults = FaultContext(
            language=self.language,
            needed=self.needed,
            unread_files=self.unread_files,
            faults_at=self.faults_at,
            near_service=self.near_service,
            near_pool=self.near_pool,
            missed=self.missed,
            missed_server=self.missed_server,
            unread=self.unread,
        )
        return Contexts(
            fault=faults,
            service=ServiceContext(views.services, self.missed),
            machine=MachineContext(self._missing),
            pool=PoolContext(views.pools, self.missed, self.service_named, self.services_among),
            device=DeviceContext(views.internal_nets, self.services_of_device(), self.pool_used),
            backend=BackendContext(self.backend, self.target, self._others, self._name)
            if self.backend is not None
            else None,
        )

    # The subjects of checks

    def faulty_lines(self) -> Iterable[LineKey]:
        """The lines with faults of their own."""
        return self._noted

    def noted(self, line: LineKey) -> list[AnyFound]:
        """The faults of a line by itself."""
        return self._noted.get(line, [])

    def shared_addresses(self) -> Iterable[Address]:
        """The addresses of two and more services."""
        return (address for address, lives in self._by_address.items() if len(lives) > 1)

    def services_at(self, address: Address) -> list[ServiceLife]:
        """The services of an address, in the order of their definitions."""
        return self._by_address.get(address, [])

    def shell_command(self, rank: int) -> Stated[ShellCommand] | None:
        """The shell command of this rank."""
        commands = self.resolution.facts.shell
        index = bisect_left(commands, rank, key=lambda command: command.rank)
        return commands[index] if index < len(commands) and commands[index].rank == rank else None

    def without_effect(self, rank: int) -> list[AnyFound]:
        """The faults of the statement about servers in all pools that has this rank."""
        everywhere = self.resolution.facts.everywhere
        stated = everywhere.at(rank)
        if stated is None:
            return []
        return list(found_everywhere(stated, self.resolution.effects_everywhere(rank), everywhere))

    # For the checks' reading

    @cached_property
    def device_views(self) -> DeviceViews:
        return views_of(self.resolution.device)

    @cached_property
    def unread_files(self) -> bool:
        return any(isinstance(found.fault, Unreadable) for found in self.resolution.script.faults)

    def needed(self) -> frozenset[str]:
        return self._needed

    @cached_property
    def _needed(self) -> frozenset[str]:
        return find_needs(self.resolution.script.sources) - self.language.extensions

    def faults_at(self, at: Stated[Node]) -> list[Fault]:
        return [found.fault for found in self.noted(LineKey(at.source.identity, at.line))]

    def near_service(self, word: str) -> str | None:
        return self._service_names.of(word)

    def near_pool(self, word: str) -> str | None:
        return self._pool_names.of(word)

    def missed(self, kind: type[Statement], name: str | None) -> bool:
        """Whether a statement of this form was probably meant for the entity of this name, but did not reach it.

        Its name is misspelled, or it stands above the definition, or it is unreadable: another finding reports that.
        """
        return name in self._missed.get(kind, ()) or kind in self._lost_kinds

    def missed_server(self) -> bool:
        """Whether some server of some pool could not be read, or did not reach its pool: another finding reports that."""
        return self._misses_server or AddStatement in self._lost_kinds or self._blurred

    def unread(self, at: Stated[Node], name: str) -> bool:
        if self.unread_files or name in self.language.automaton.reserved:
            return True
        return any(place != (at.source.name, at.line) for place in self._unread_words.get(name, ()))

    def service_named(self, name: str) -> ServiceLife | None:
        history = self.resolution.services.get(name)
        return history.current if history is not None else None

    def pool_used(self, name: str, rank: int) -> PoolLife | None:
        history = self.resolution.pools.get(name)
        life = history.current if history is not None else None
        return life if history is not None and history.uses.get(rank) is life else None

    def services_among(self, life: PoolLife) -> dict[ServerKey, ServiceLife]:
        members, services = life.addresses, self.service_at
        if members.isdisjoint(services.keys()):
            return {}
        return {member: services[member] for member in members & services.keys()}

    def services_of_device(self) -> ServicesOfDevice:
        """The view of services for checks of the device."""
        lives = [history.current for history in self.resolution.services.values()]
        there = [life for life in lives if life is not None]
        first = min(there, key=lambda life: life.defined.rank, default=None)
        families = frozenset(address.family for address in self._by_address)
        return ServicesOfDevice(first.defined if first is not None else None, families)

    # Indexes

    @cached_property
    def service_at(self) -> dict[ServerKey, ServiceLife]:
        """The services of the site by their addresses, the first one of each address."""
        return {server_key(address): lives[0] for address, lives in self._by_address.items()}

    @cached_property
    def _by_address(self) -> dict[Address, list[ServiceLife]]:
        found: dict[Address, list[ServiceLife]] = {}
        for life in self.resolution.current_services():
            if life.node.address is not None and life.node.address.value is not None:
                found.setdefault(life.node.address.value, []).append(life)
        return found

    @cached_property
    def _noted(self) -> dict[LineKey, list[AnyFound]]:
        found: dict[LineKey, list[AnyFound]] = {}
        for one in self.resolution.script.faults:
            found.setdefault(LineKey(one.at.source.identity, one.at.line), []).append(one)
        return found

    @cached_property
    def _service_names(self) -> NearMisses:
        return NearMisses(sorted(name for name, history in self.resolution.services.items() if history.lives))

    @cached_property
    def _pool_names(self) -> NearMisses:
        return NearMisses(sorted(name for name, history in self.resolution.pools.items() if history.lives))

    @cached_property
    def _lost_kinds(self) -> set[type[Statement]]:
        return {type(lost.node) for lost in self.resolution.facts.lost}

    @cached_property
    def _misses_server(self) -> bool:
        """Whether an `add` does not reach its pool."""
        found = (one for _, history, _ in self._unreached() for one in history.found)
        return any(isinstance(one.at.node, AddStatement) and misses_entity(one.fault) for one in found)

    @cached_property
    def _blurred(self) -> bool:
        """Whether a pool may have servers that could not be read."""
        return any(life.blurred for history in self.resolution.pools.values() for life in history.lives)

    @cached_property
    def _unread_words(self) -> dict[str, set[tuple[str, int]]]:
        """The words of the lines that are no statements, with their places."""
        found: dict[str, set[tuple[str, int]]] = {}
        for one in self.resolution.script.faults:
            if may_be_another_statement(one.fault):
                place = (one.at.source.name, one.at.line)
                for word in split_words(one.at.source.lines[one.at.line]).texts:
                    found.setdefault(word, set()).add(place)
        return found

    @cached_property
    def _missed(self) -> dict[type[Node], set[str]]:
        found: dict[type[Node], set[str]] = {}
        for name, history, near in self._unreached():
            for one in history.found:
                meant = name if history.lives else near(name)
                if misses_entity(one.fault) and meant is not None:
                    found.setdefault(type(one.at.node), set()).add(meant)
        return found

    def _unreached(self) -> Iterator[tuple[str, ServiceHistory | PoolHistory, Callable[[str], str | None]]]:
        """The entities that statements may have missed, with an index of similar names."""
        for name, services in self.resolution.services.items():
            yield name, services, self._service_names.of
        for name, pools in self.resolution.pools.items():
            yield name, pools, self._pool_names.of
