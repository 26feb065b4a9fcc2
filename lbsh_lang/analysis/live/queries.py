"""What checks ask about the script as a whole, remembered: after an edit only those look again who would hear otherwise.

Theory of operation. Most checks look at one entity and at what it is linked with. A few ask beyond that: is there a service
with a similar name, was some statement meant for this pool but missed it, may the name be defined in a line that cannot be
read? Such questions are asked where something is wrong already, so they are few. Each is kept with its answer and with
whose check asked it. After an edit the questions are asked again whose tables changed.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Hashable
from dataclasses import dataclass, field
from enum import Enum
from typing import TypeVar

from oyster.near import NearMisses, deletions

Answer = TypeVar("Answer", bound=Hashable)
Key = tuple[Hashable, ...]
"""Whose check asks: an entity of the script."""


class Table(Enum):
    """What answers are taken from."""

    SERVICES = "the names of services"
    POOLS = "the names of pools"
    STRAYS = "statements that did not reach the entity that they name"
    UNREAD = "the words of lines that could not be read"


@dataclass(slots=True)
class _Query:
    """A question that was asked: how to ask it again, what the answer was, and who wanted to know."""

    ask: Callable[[], Hashable]
    answer: Hashable
    askers: set[Key] = field(default_factory=set)


class Queries:
    """All questions that the findings of now rest on."""

    def __init__(self) -> None:
        self._asker: Key = ()
        self._queries: dict[Table, dict[Hashable, _Query]] = {table: {} for table in Table}
        self._asked: dict[Key, list[tuple[Table, Hashable]]] = {}

    def begin(self, asker: Key) -> None:
        """Whoever asks from now on is this one, whose earlier questions are forgotten."""
        self._asker = asker
        for table, words in self._asked.pop(asker, ()):
            question = self._queries[table][words]
            question.askers.discard(asker)
            if not question.askers:
                del self._queries[table][words]

    def ask(self, table: Table, words: Hashable, ask: Callable[[], Answer]) -> Answer:
        """The answer to a question; the same words are the same question."""
        answer = ask()
        questions = self._queries[table]
        question = questions.get(words)
        if question is None:
            question = questions[words] = _Query(ask, answer)
        if self._asker not in question.askers:
            question.askers.add(self._asker)
            self._asked.setdefault(self._asker, []).append((table, words))
        return answer

    def changed_askers(self, tables: Collection[Table]) -> set[Key]:
        """Who would now get another answer from these tables, which have changed."""
        found: set[Key] = set()
        for table in tables:
            for question in self._queries[table].values():
                answer = question.ask()
                if answer != question.answer:
                    question.answer = answer
                    found |= question.askers
        return found


class Names(NearMisses):
    """Names that come and go, of which a mistyped word may be one. Filed on the first question, and kept so from then on."""

    def __init__(self, questions: Queries, table: Table) -> None:
        super().__init__(())
        self._queries = questions
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
        """The answer, of which nothing is remembered."""
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
