"""The context of checks, maintained while the script changes: a `Context` whose indexes follow the edits."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence

from lbsh_lang.analysis.live.labels import LineLabel
from lbsh_lang.analysis.live.queries import Names, Queries, Relation
from lbsh_lang.analysis.live.reading import Reading
from lbsh_lang.analysis.live.resolution import LiveResolution
from lbsh_lang.analysis.live.script_files import ScriptFile
from lbsh_lang.backends.any import AnyBackend
from lbsh_lang.backends.base import Backend
from lbsh_lang.checks.context import Context
from lbsh_lang.checks.doubts import may_be_another_statement, misses_entity
from lbsh_lang.checks.filters import algorithm_exceeds_all, interfaces_exceed_all
from lbsh_lang.checks.keys import Key, LineKey, PoolKey, ServiceKey
from lbsh_lang.checks.needs import needs_in
from lbsh_lang.checks.views import DeviceViews, ServicesOfDevice, views_of
from lbsh_lang.site.faults import Fault
from lbsh_lang.site.pool_lives import PoolHistory, PoolLife
from lbsh_lang.site.script import AnyFound, Found, faults_of
from lbsh_lang.site.server_keys import ServerKey, server_key
from lbsh_lang.site.services import ServiceHistory, ServiceLife
from lbsh_lang.syntax.statement import Node, Stated, Statement
from lbsh_lang.values import Address
from oyster.words import split_words


class LiveContext(Context):
    """The context of a changing script. `changed` are the relations that changed since the last recomputation of queries."""

    def __init__(self, resolution: LiveResolution, reading: Reading) -> None:
        super().__init__(resolution)
        self.queries = Queries()
        self.changed: set[Relation] = set()
        self._include_faults = reading.include_faults
        self._members = reading.members
        self._live = resolution
        self._live_service_names = Names(self.queries, Relation.SERVICES)
        self._live_pool_names = Names(self.queries, Relation.POOLS)
        self._unreached_services: set[str] = set()
        self._unreached_pools: set[str] = set()
        self._blurred_pools: set[str] = set()
        self._words_at: dict[LineLabel, list[str]] = {}
        self._words: dict[str, set[tuple[str, int]]] = {}
        self._needs: dict[LineLabel, tuple[str, ...]] = {}
        self._first_services: dict[ServerKey, ServiceLife] = {}
        self._chosen: Backend | None = None
        self._excessive_pools: set[str] = set()
        self._excessive_interfaces = False

    # Changes

    def choose(self, backend: Backend | None, target: str | None, others: tuple[Backend, ...]) -> None:
        """Sets the backend that renders the site, if any, and the list of all installed backends."""
        self._chosen, self.target, self._others = backend, target, others

    def note_service(self, name: str, after: ServiceHistory | None) -> None:
        """Files the new history of a service."""
        self._note_name(self._live_service_names, Relation.SERVICES, name, after)
        self._note_unreached(self._unreached_services, name, after)

    def note_pool(self, name: str, after: PoolHistory | None) -> None:
        """Files the new history of a pool."""
        self._note_name(self._live_pool_names, Relation.POOLS, name, after)
        self._note_unreached(self._unreached_pools, name, after)
        if after is not None and algorithm_exceeds_all(after.current):
            self._excessive_pools.add(name)
        else:
            self._excessive_pools.discard(name)
        blurred = after is not None and any(life.blurred for life in after.lives)
        if blurred != (name in self._blurred_pools):
            self._blurred_pools ^= {name}
            self.changed.add(Relation.STRAYS)

    def note_device(self) -> tuple[DeviceViews, DeviceViews]:
        """Recomputes the checks' views of the device; returns the old views and the new ones."""
        before = self.device_views
        self.device_views = views_of(self._live.device)
        self._excessive_interfaces = interfaces_exceed_all(self._live.device)
        return before, self.device_views

    def note_address(self, address: Address) -> None:
        """Updates the index after services came to an address or left it."""
        lives = self._live.at.get(address)
        if lives:
            self._first_services[server_key(address)] = min(lives.values(), key=lambda life: life.defined.rank)
        else:
            self._first_services.pop(server_key(address), None)

    def note_line(self, member: ScriptFile, label: LineLabel, faults: Sequence[Fault]) -> None:
        """Files the faults of a new line."""
        if any(map(may_be_another_statement, faults)):
            self.changed.add(Relation.UNREAD)
            words = self._words_at[label] = split_words(member.source.lines[label]).texts
            for word in words:
                self._words.setdefault(word, set()).add((member.source.name, label))

    def forget_line(self, member: ScriptFile, label: LineLabel) -> None:
        """Drops the faults and the comment of a deleted or replaced line."""
        if self._needs.pop(label, None) is not None:
            self.changed.add(Relation.NEEDS)
        for word in set(self._words_at.pop(label, ())):
            self.changed.add(Relation.UNREAD)
            self._words[word].discard((member.source.name, label))
            if not self._words[word]:
                del self._words[word]

    def note_needs(self, label: LineLabel, text: str) -> None:
        """Files the plug-ins that the comment of a new line names."""
        names = needs_in(text) if "needs" in text else ()
        if names:
            self.changed.add(Relation.NEEDS)
            self._needs[label] = names

    def note_lost(self) -> None:
        """Invalidates the queries about statements whose entity cannot be read, after such a statement came or went."""
        self.changed.add(Relation.STRAYS)

    def recompute(self) -> set[Key]:
        """Recomputes the contexts of checks after a fold; returns the entities with a query whose answer has changed."""
        changed, self.changed = self.changed, set()
        if Relation.STRAYS in changed:
            self.__dict__.pop("_lost_kinds", None)
            self.__dict__.pop("_missed", None)
            self.__dict__.pop("_misses_server", None)
        self.backend = self._chosen or self._any_backend()
        self.contexts = self._make_contexts()
        return self.queries.invalidated(changed)

    def _any_backend(self) -> Backend | None:
        """All installed backends as one, for a site that may ask for more than any of them can do; None for others.

        The findings of a backend concern the whole site, which takes its time to make: most sites do without.
        """
        excessive = self._excessive_interfaces or self._excessive_pools
        return AnyBackend(self._others) if excessive and self._others else None

    # Subjects of checks

    def faulty_lines(self) -> Iterator[LineKey]:
        for identity, member in self._members.items():
            for label, parsed in zip(member.labels, member.document.parsed, strict=True):
                if parsed.faults or label in self._include_faults or faults_of(parsed):
                    yield LineKey(identity, label)

    def noted(self, line: LineKey) -> list[AnyFound]:
        member, label = self._members[line.identity], LineLabel(line.line)
        parsed = member.document.parsed[member.line_of(label)]
        included = self._include_faults.get(label)
        faults = [*faults_of(parsed)] if included is None else [*faults_of(parsed), included]
        at: Stated[Node] = Stated(label, member.source, label, parsed.node)
        return [Found(at, fault) for fault in faults]

    def shared_addresses(self) -> Iterable[Address]:
        return [address for address, lives in self._live.at.items() if len(lives) > 1]

    def services_at(self, address: Address) -> list[ServiceLife]:
        return sorted(self._live.at.get(address, {}).values(), key=lambda life: life.defined.rank)

    # Queries of checks

    def near_service(self, word: str) -> str | None:
        return self._live_service_names.of(word)

    def near_pool(self, word: str) -> str | None:
        return self._live_pool_names.of(word)

    def missed(self, kind: type[Statement], name: str | None) -> bool:
        plain = super().missed
        return self.queries.ask(Relation.STRAYS, (kind, name), lambda: plain(kind, name))

    def missed_server(self) -> bool:
        return self.queries.ask(Relation.STRAYS, (), super().missed_server)

    def unread(self, at: Stated[Node], name: str) -> bool:
        plain = super().unread
        return self.queries.ask(Relation.UNREAD, (at.source.name, at.line, name), lambda: plain(at, name))

    def needed(self) -> frozenset[str]:
        return self.queries.ask(Relation.NEEDS, (), self.look_up_needed)

    def look_up_needed(self) -> frozenset[str]:
        """The answer of `needed`, without recording a query."""
        return frozenset(name for names in self._needs.values() for name in names) - self.language.extensions

    def service_named(self, name: str) -> ServiceLife | None:
        self.queries.note_read(ServiceKey(name))
        return super().service_named(name)

    def pool_used(self, name: str, rank: int) -> PoolLife | None:
        self.queries.note_read(PoolKey(name))
        return super().pool_used(name, rank)

    def services_of_device(self) -> ServicesOfDevice:
        return self._live.services_of_device()

    @property
    def unread_files(self) -> bool:
        return bool(self._include_faults)

    @property
    def service_at(self) -> dict[ServerKey, ServiceLife]:
        return self._first_services

    @property
    def _blurred(self) -> bool:
        return bool(self._blurred_pools)

    @property
    def _unread_words(self) -> dict[str, set[tuple[str, int]]]:
        return self._words

    def _unreached(self) -> Iterator[tuple[str, ServiceHistory | PoolHistory, Callable[[str], str | None]]]:
        for name in self._unreached_services:
            yield name, self.resolution.services[name], self._live_service_names.look_up
        for name in self._unreached_pools:
            yield name, self.resolution.pools[name], self._live_pool_names.look_up

    def _note_name(
        self, names: Names, relation: Relation, name: str, history: ServiceHistory | PoolHistory | None
    ) -> None:
        """Maintains the set of names with a definition."""
        defined = history is not None and bool(history.lives)
        if defined != (name in names):
            self.changed |= {relation, Relation.STRAYS}
            if defined:
                names.add(name)
            else:
                names.discard(name)

    def _note_unreached(self, unreached: set[str], name: str, history: ServiceHistory | PoolHistory | None) -> None:
        """Maintains the set of names that a statement uses without reaching a definition."""
        missed = history is not None and any(misses_entity(one.fault) for one in history.found)
        if missed or name in unreached:
            self.changed.add(Relation.STRAYS)
            if missed:
                unreached.add(name)
            else:
                unreached.discard(name)
