"""What checks read besides their subject and the views of it, remembered: dependencies, by which an edit reaches findings.

Theory of operation. Most checks read one entity and what it is linked with, and `incremental` knows these links. The rest is
recorded while a check runs, under the key of the entity that is being checked, in one of two ways:

- A *query* reads a table of the whole script. Is there a service with a similar name, was some statement meant for this pool
  but missed it, may the name be defined in a line that cannot be read? Queries are made where something is wrong already,
  so they are few. Each is kept with its answer and its askers. After an edit the queries of the tables that changed are made
  again, and the askers of those whose answer is another now are invalidated.
- A *read* is of one other entity: the service that has the name of this pool. Its readers are invalidated whenever that
  entity is recomputed. This is for what is read often, and costs nothing after edits elsewhere.

For example, in `pool a for A` the check of shared names reads the service `a`, which does not exist. As soon as a line
`service a is ...` comes, that service is recomputed, so the pool `a` is checked again.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Hashable, Iterable
from dataclasses import dataclass, field
from enum import Enum
from typing import TypeVar

from lbsh_lang.checks.keys import BACKEND, Key
from oyster.near import NearMisses, deletions

Answer = TypeVar("Answer", bound=Hashable)


class Table(Enum):
    """What queries read."""

    SERVICES = "the names of services"
    POOLS = "the names of pools"
    STRAYS = "statements that did not reach the entity that they name"
    UNREAD = "the words of lines that could not be read"
    NEEDS = "the plug-ins that comments name"


@dataclass(slots=True)
class _Query:
    """How to compute an answer, the answer at the last time, and the entities whose checks depend on it."""

    compute: Callable[[], Hashable]
    answer: Hashable
    askers: set[Key] = field(default_factory=set)


class Queries:
    """The queries and reads that the present findings depend on."""

    def __init__(self) -> None:
        self._asker: Key = BACKEND
        self._queries: dict[Table, dict[Hashable, _Query]] = {table: {} for table in Table}
        self._asked: dict[Key, list[tuple[Table, Hashable]]] = {}
        self._readers: dict[Key, set[Key]] = {}
        self._read: dict[Key, list[Key]] = {}

    def begin(self, asker: Key) -> None:
        """Records what follows as dependencies of this entity, in place of those that it had."""
        self._asker = asker
        self.forget(asker)

    def forget(self, asker: Key) -> None:
        """Drops the dependencies of an entity."""
        for table, words in self._asked.pop(asker, ()):
            query = self._queries[table][words]
            query.askers.discard(asker)
            if not query.askers:
                del self._queries[table][words]
        for key in self._read.pop(asker, ()):
            readers = self._readers[key]
            readers.discard(asker)
            if not readers:
                del self._readers[key]

    def ask(self, table: Table, words: Hashable, compute: Callable[[], Answer]) -> Answer:
        """The answer of a query; the same words on one table are the same query."""
        answer = compute()
        queries = self._queries[table]
        query = queries.get(words)
        if query is None:
            query = queries[words] = _Query(compute, answer)
        if self._asker not in query.askers:
            query.askers.add(self._asker)
            self._asked.setdefault(self._asker, []).append((table, words))
        return answer

    def note_read(self, key: Key) -> None:
        """Records that the check under way reads another entity, which need not exist."""
        readers = self._readers.setdefault(key, set())
        if self._asker not in readers:
            readers.add(self._asker)
            self._read.setdefault(self._asker, []).append(key)

    def invalidated(self, tables: Collection[Table]) -> set[Key]:
        """The askers of queries that have another answer, now that these tables have changed."""
        found: set[Key] = set()
        for table in tables:
            for query in self._queries[table].values():
                answer = query.compute()
                if answer != query.answer:
                    query.answer = answer
                    found |= query.askers
        return found

    def readers(self, keys: Iterable[Key]) -> set[Key]:
        """The entities whose checks read one of these."""
        return {reader for key in keys for reader in self._readers.get(key, ())}


class Names(NearMisses):
    """Names that come and go, of which a mistyped word may be one. Their index is made on first use, and maintained then."""

    def __init__(self, queries: Queries, table: Table) -> None:
        super().__init__(())
        self._queries = queries
        self._table = table
        self._known: set[str] = set()
        self._forms: dict[str, set[str]] | None = None

    def __contains__(self, name: str) -> bool:
        return name in self._known

    def add(self, name: str) -> None:
        self._known.add(name)
        if self._forms is not None:
            self._file(self._forms, name)

    def discard(self, name: str) -> None:
        self._known.discard(name)
        if self._forms is not None:
            for form in set(deletions(name)):
                self._forms[form].discard(name)
                if not self._forms[form]:
                    del self._forms[form]

    def of(self, word: str) -> str | None:
        return self._queries.ask(self._table, word, lambda: self.look_up(word))

    def look_up(self, word: str) -> str | None:
        """The name that a word was probably meant to be, without recording a query."""
        if len(word) > 64:
            return None
        if self._forms is None:
            self._forms = {}
            for name in self._known:
                self._file(self._forms, name)
        nearest = (min(self._forms[form]) for form in deletions(word) if form in self._forms)
        return next((name for name in nearest if name != word), None)

    def _file(self, forms: dict[str, set[str]], name: str) -> None:
        for form in deletions(name):
            forms.setdefault(form, set()).add(name)
