"""What checks may look at, kept true while the script changes: `Context` with its indexes maintained rather than made."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

from lbsh_lang.analysis.live.queries import Names, Queries, Table
from lbsh_lang.analysis.live.reading import Reading
from lbsh_lang.analysis.live.resolution import LiveResolution
from lbsh_lang.analysis.live.script_files import ScriptFile
from lbsh_lang.backends.base import Backend
from lbsh_lang.checks.base import UNREACHED, UNREAD, Context
from lbsh_lang.site.faults import Fault, code_of
from lbsh_lang.site.pools import PoolHistory, member_of
from lbsh_lang.site.services import ServiceHistory
from lbsh_lang.syntax.nodes import Node, Stated, Statement
from lbsh_lang.values import Address
from oyster.words import split_words


class LiveContext(Context):
    """The context of a script that changes. `changed` are the tables that did since the questions were asked again."""

    def __init__(self, resolution: LiveResolution, reading: Reading) -> None:
        super().__init__(resolution)
        self.queries = Queries()
        self.changed: set[Table] = set()
        self._include_faults = reading.include_faults
        self._members = reading.members
        self._live = resolution
        self._service_names = Names(self.queries, Table.SERVICES)
        self._pool_names = Names(self.queries, Table.POOLS)
        self._unreached_services: set[str] = set()
        self._unreached_pools: set[str] = set()
        self._words_at: dict[int, list[str]] = {}
        self._words: dict[str, set[tuple[str, int]]] = {}
        self.service_at = {}

    # What is told of changes

    def choose(self, backend: Backend | None, target: str | None, others: tuple[Backend, ...]) -> None:
        """Says which backend is to render the site, and which others there are."""
        self.backend, self.target, self._others = backend, target, others

    def note_service(self, name: str, after: ServiceHistory | None) -> None:
        """A service was folded anew."""
        self._note_name(self._service_names, Table.SERVICES, name, after)
        self._note_unreached(self._unreached_services, name, after)

    def note_pool(self, name: str, after: PoolHistory | None) -> None:
        """A pool was folded anew."""
        self._note_name(self._pool_names, Table.POOLS, name, after)
        self._note_unreached(self._unreached_pools, name, after)

    def note_device(self) -> None:
        """The device was folded anew."""
        self.device = self._live.device
        self.__dict__.pop("nets", None)
        self.__dict__.pop("unfit_members", None)

    def note_address(self, address: Address) -> None:
        """Services came to an address or left it."""
        lives = self._live.at.get(address)
        if lives:
            self.service_at[member_of(address)] = min(lives.values(), key=lambda life: life.defined.rank)
        else:
            self.service_at.pop(member_of(address), None)

    def note_line(self, member: ScriptFile, label: int, faults: Sequence[Fault]) -> None:
        """A line has come that has faults of its own."""
        if any(code_of(fault) in UNREAD for fault in faults):
            self.changed.add(Table.UNREAD)
            words = self._words_at[label] = split_words(member.source.lines[label]).texts
            for word in words:
                self._words.setdefault(word, set()).add((member.source.name, label))

    def forget_line(self, member: ScriptFile, label: int) -> None:
        """A line has gone, or has become another."""
        for word in set(self._words_at.pop(label, ())):
            self.changed.add(Table.UNREAD)
            self._words[word].discard((member.source.name, label))
            if not self._words[word]:
                del self._words[word]

    def note_lost(self) -> None:
        """Statements whose entity could not be read have come or gone."""
        self.changed.add(Table.STRAYS)

    def settle(self) -> set[Table]:
        """Which tables have changed, for their questions to be asked again."""
        changed, self.changed = self.changed, set()
        if Table.STRAYS in changed:
            self.__dict__.pop("_lost_kinds", None)
            self.__dict__.pop("_missed", None)
        return changed

    # What checks ask

    @property
    def near_service(self) -> Names:
        return self._service_names

    @property
    def near_pool(self) -> Names:
        return self._pool_names

    def missed(self, kind: type[Statement], name: str | None) -> bool:
        plain = super().missed
        return self.queries.ask(Table.STRAYS, (kind, name), lambda: plain(kind, name))

    def unread(self, at: Stated[Node], name: str) -> bool:
        plain = super().unread
        return self.queries.ask(Table.UNREAD, (at.source.name, at.line, name), lambda: plain(at, name))

    def faults_at(self, at: Stated[Node]) -> list[Fault]:
        member = self._members[at.source.identity]
        found: list[Fault] = list(member.document.parsed[member.line_of(at.line)].faults)
        included = self._include_faults.get(at.line)
        return [*found, included] if included is not None else found

    @property
    def unread_files(self) -> bool:
        return bool(self._include_faults)

    @property
    def _unread_words(self) -> dict[str, set[tuple[str, int]]]:
        return self._words

    def _unreached(self) -> Iterator[tuple[str, ServiceHistory | PoolHistory, Callable[[str], str | None]]]:
        for name in self._unreached_services:
            yield name, self.resolution.services[name], self._service_names.look_up
        for name in self._unreached_pools:
            yield name, self.resolution.pools[name], self._pool_names.look_up

    def _note_name(self, names: Names, table: Table, name: str, history: ServiceHistory | PoolHistory | None) -> None:
        """Keeps the names that are defined somewhere."""
        defined = history is not None and bool(history.lives)
        if defined != (name in names):
            self.changed |= {table, Table.STRAYS}
            if defined:
                names.add(name)
            else:
                names.discard(name)

    def _note_unreached(self, unreached: set[str], name: str, history: ServiceHistory | PoolHistory | None) -> None:
        """Keeps the names that statements used in vain."""
        missed = history is not None and any(code_of(one.fault) in UNREACHED for one in history.found)
        if missed or name in unreached:
            self.changed.add(Table.STRAYS)
            if missed:
                unreached.add(name)
            else:
                unreached.discard(name)
