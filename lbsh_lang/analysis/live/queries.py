"""Dependencies of checks: recorded reads beyond a check's subject and views, by which an edit reaches stored findings.

Theory of operation. Findings are stored and recomputed only if an edit changes an input of their check. Most checks read
one entity and the entities linked with it, and `incremental` knows these links. All other reads are recorded while a check
runs, under the key of the checked entity (the asker), in one of two forms:

- A *query* reads a relation, in which the whole script takes part. Is there a service with a similar name, was some
  statement meant for this pool but missed it, may the name be defined in an unreadable line? Queries are made only where
  something is wrong already, so they are few. Each is stored with its answer and its askers. After an edit the queries on
  changed relations are recomputed, and the askers of those with a different answer are invalidated.
- A *read* is of one other entity, such as the service that has the name of this pool. Its readers are invalidated whenever
  that entity is recomputed. Frequent reads take this form: they cost nothing after edits elsewhere.

For example, in `pool a for A` the check of shared names reads the service `a`, which does not exist. When a line
`service a is ...` comes, that service is recomputed, and its reader, the pool `a`, is checked again.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Hashable, Iterable
from dataclasses import dataclass, field
from enum import Enum
from typing import TypeVar

from lbsh_lang.checks.keys import BACKEND, Key
from oyster.near import NearMisses, deletions

Answer = TypeVar("Answer", bound=Hashable)


class Relation(Enum):
    """The relations that queries read: what all lines of a script say about one matter."""

    SERVICES = "the names of services"
    POOLS = "the names of pools"
    STRAYS = "statements that did not reach the entity that they name"
    UNREAD = "the words of lines that could not be read"
    NEEDS = "the plug-ins that comments name"


@dataclass(slots=True)
class _Query:
    """A function that computes an answer, the last answer, and the entities whose checks depend on it."""

    compute: Callable[[], Hashable]
    answer: Hashable
    askers: set[Key] = field(default_factory=set)


class Queries:
    """The queries and reads on which the present findings depend."""

    def __init__(self) -> None:
        self._asker: Key = BACKEND
        self._queries: dict[Relation, dict[Hashable, _Query]] = {relation: {} for relation in Relation}
        self._asked: dict[Key, list[tuple[Relation, Hashable]]] = {}
        self._readers: dict[Key, set[Key]] = {}
        self._read: dict[Key, list[Key]] = {}

    def begin(self, asker: Key) -> None:
        """Starts the recording of an entity's dependencies, and drops its old ones."""
        self._asker = asker
        self.forget(asker)

    def forget(self, asker: Key) -> None:
        """Drops the dependencies of an entity."""
        for relation, words in self._asked.pop(asker, ()):
            query = self._queries[relation][words]
            query.askers.discard(asker)
            if not query.askers:
                del self._queries[relation][words]
        for key in self._read.pop(asker, ()):
            readers = self._readers[key]
            readers.discard(asker)
            if not readers:
                del self._readers[key]

    def ask(self, relation: Relation, words: Hashable, compute: Callable[[], Answer]) -> Answer:
        """The answer of a query; equal words on one relation are the same query."""
        answer = compute()
        queries = self._queries[relation]
        query = queries.get(words)
        if query is None:
            query = queries[words] = _Query(compute, answer)
        if self._asker not in query.askers:
            query.askers.add(self._asker)
            self._asked.setdefault(self._asker, []).append((relation, words))
        return answer

    def note_read(self, key: Key) -> None:
        """Records that the current check reads another entity, which need not exist."""
        readers = self._readers.setdefault(key, set())
        if self._asker not in readers:
            readers.add(self._asker)
            self._read.setdefault(self._asker, []).append(key)

    def invalidated(self, relations: Collection[Relation]) -> set[Key]:
        """Recomputes the queries on changed relations; returns the askers of those with a different answer."""
        found: set[Key] = set()
        for relation in relations:
            for query in self._queries[relation].values():
                answer = query.compute()
                if answer != query.answer:
                    query.answer = answer
                    found |= query.askers
        return found

    def readers(self, keys: Iterable[Key]) -> set[Key]:
        """The entities whose checks read any of these entities."""
        return {reader for key in keys for reader in self._readers.get(key, ())}


class Names(NearMisses):
    """The known names, among which a mistyped word is looked up. The index is built on first use, then maintained."""

    def __init__(self, queries: Queries, relation: Relation) -> None:
        super().__init__(())
        self._queries = queries
        self._relation = relation
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
        return self._queries.ask(self._relation, word, lambda: self.look_up(word))

    def look_up(self, word: str) -> str | None:
        """The known name that a word probably misspells, without recording a query."""
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
