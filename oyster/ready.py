"""A line language for a shell, made of a grammar: rules with actions, words for its terminals, all else from the automaton.

The grammar is one of lines (`oyster.grammar`): a line is a statement, and no statement nests in another. `oyster.compile`
makes the automaton of it, with Lark, or a module that was generated holds it. Faults say what could stand at the place.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import NamedTuple

from oyster.automaton import COMMA, END, STRING, Automaton
from oyster.commands import Call, Refused
from oyster.near import NearMisses
from oyster.offers import Candidate, Completion, Finding, Mark, Severity, Usage
from oyster.quoting import unquoted
from oyster.words import Words, split_words

_CLOSED = re.compile(r'"(?:\\.|[^"\\])*"', re.DOTALL)


class Statement(NamedTuple):
    """A statement without faults: its words in their order, without quotes, each with its terminal."""

    words: tuple[tuple[str, str], ...]

    def has(self, terminal: str) -> bool:
        """Whether a word of a terminal stands in the statement."""
        return any(name == terminal for name, _ in self.words)

    def word(self, terminal: str) -> str:
        """The first word of a terminal. Raises KeyError if there is none."""
        for name, text in self.words:
            if name == terminal:
                return text
        raise KeyError(terminal)

    def all(self, terminal: str) -> tuple[str, ...]:
        """All words of a terminal."""
        return tuple(text for name, text in self.words if name == terminal)


class Rule(NamedTuple):
    """The statements that begin with a keyword: how to write them, a line on them, what they do."""

    head: str
    usage: str
    summary: str
    action: Callable[[Statement, Call], None]
    example: str = ""


class Part(NamedTuple):
    """The words of a terminal: a phrase for them, those that can be offered, their colour, and whether they are secret."""

    phrase: str
    names: Callable[[], Iterable[str]] = tuple
    kind: str = ""
    is_secret: bool = False


class _Read(NamedTuple):
    """A line as far as it is a statement; `expected` is empty if it is one."""

    words: Words
    terminals: tuple[str, ...]
    expected: tuple[str, ...]


class ReadyLanguage:
    """A language for `oyster.session.Session` (see `oyster.statements.LineLanguage`)."""

    def __init__(
        self,
        namespace: str,
        summary: str,
        automaton: Automaton,
        rules: Iterable[Rule],
        parts: Mapping[str, Part] | None = None,
    ) -> None:
        self.namespace = namespace
        self.summary = summary
        self._automaton = automaton
        self._rules = {rule.head: rule for rule in rules}
        self._parts = dict(parts or {})
        commas = {terminal: COMMA for terminal, classes in automaton.terminals.items() if classes == '","'}
        self._keywords = {terminal: word for word, terminal in automaton.keywords.items()} | commas

    def owns(self, line: str) -> bool:
        """Whether a line begins with the head of a rule."""
        return self._rule_of(line) is not None

    def run(self, line: str, call: Call) -> None:
        """Hands the words of a statement to the action of its rule."""
        read = self._read(line)
        rule = self._rule_of(line)
        if rule is None or read.expected:
            raise Refused("this is no statement")
        texts = map(unquoted, read.words.texts)
        rule.action(Statement(tuple(zip(read.terminals, texts, strict=True))), call)

    def findings(self, line: str) -> Sequence[Finding]:
        """What keeps a line from being a statement."""
        read = self._read(line)
        for text, start in zip(read.words.texts, read.words.starts, strict=True):
            if text[0] == STRING[0] and not _CLOSED.fullmatch(text):
                return [Finding(start, start + len(text), Severity.ERROR, "a text is not closed", ('`"` ends it',))]
        if not read.expected:
            return []
        help_ = (f"expected: {', '.join(map(self._phrase, read.expected))}",)
        place = len(read.terminals)
        if place == len(read.words.texts):
            end = len(line[: read.words.comment.start] if read.words.comment else line)
            return [Finding(end, end, Severity.ERROR, "the statement is not complete", help_)]
        word, start = read.words.texts[place], read.words.starts[place]
        near = NearMisses([self._keywords[name] for name in read.expected if name in self._keywords]).of(word)
        similar = (f"a similar word can: `{near}`",) if near else ()
        return [Finding(start, start + len(word), Severity.ERROR, f"`{word}` cannot stand here", (*similar, *help_))]

    def complete(self, line: str, place: int) -> Completion:
        """The keywords and names that may follow the words before a place."""
        words, starts, comment = split_words(line[:place])
        if comment is not None:
            return Completion(place)
        is_begun = bool(words) and starts[-1] + len(words[-1]) == place and words[-1] != ","
        start = starts[-1] if is_begun else place
        expected = self._automaton.following(self._automaton.shape_of(words[:-1] if is_begun else words))
        candidates = [candidate for terminal in expected for candidate in self._offered(terminal)]
        parts = [Candidate(name, self._parts[name].phrase) for name in expected if name in self._parts]
        return Completion(start, tuple(candidates), tuple(parts))

    def usage(self, line: str, place: int) -> Usage | None:
        """The usage of the rule; the active part is the first one that may stand at the place."""
        rule = self._rule_of(line)
        if rule is None:
            return None
        words, starts, _ = split_words(line[:place])
        is_begun = bool(words) and starts[-1] + len(words[-1]) == place
        for terminal in self._automaton.following(self._automaton.shape_of(words[:-1] if is_begun else words)):
            name = f"'{self._keywords[terminal]}'" if terminal in self._keywords else terminal
            found = re.search(rf"(?<!\w){re.escape(name)}(?!\w)", rule.usage)
            if found is not None:
                return Usage(rule.usage, found.start(), found.end())
        return Usage(rule.usage)

    def tokens(self, line: str) -> Sequence[Mark]:
        """Keywords, texts, the kinds of parts, and the comment."""
        read = self._read(line)
        kinds = [self._kind(terminal) for terminal in read.terminals]
        placed = zip(read.words.texts, read.words.starts, kinds, strict=False)
        marks = [
            Mark(start, start + len(text), kind or "string") for text, start, kind in placed if kind or text[0] == '"'
        ]
        comment = read.words.comment
        return [*marks, Mark(comment.start, len(line), "comment")] if comment else marks

    def topics(self) -> Sequence[Candidate]:
        """The heads of the rules."""
        return [Candidate(rule.head, rule.summary) for rule in self._rules.values()]

    def help(self, topic: str) -> Sequence[str]:
        """The usage of a rule, its parts, and an example."""
        rule = self._rules.get(topic)
        if rule is None:
            return ()
        named = [name for name in self._parts if re.search(rf"(?<!\w){re.escape(name)}(?!\w)", rule.usage)]
        where = [f"where: {name}: {self._parts[name].phrase}" for name in named]
        example = [f"Example: {rule.example}"] if rule.example else []
        return [f"Syntax: {rule.usage}", rule.summary, *where, *example]

    def is_secret(self, line: str) -> bool:
        """Whether a word of a secret part stands in a line, or may stand where the line stops being a statement."""
        read = self._read(line)
        return any(name in self._parts and self._parts[name].is_secret for name in (*read.terminals, *read.expected))

    def _rule_of(self, line: str) -> Rule | None:
        words = split_words(line).texts
        return self._rules.get(words[0]) if words else None

    def _read(self, line: str) -> _Read:
        words = split_words(line)
        reading = self._automaton.read_shape(self._automaton.shape_of(words.texts))
        return _Read(words, reading.terminals, reading.expected or ())

    def _offered(self, terminal: str) -> Iterable[Candidate]:
        if terminal in self._keywords:
            word = self._keywords[terminal]
            yield Candidate(word, self._rules[word].summary if word in self._rules else "")
        elif terminal in self._parts:
            part = self._parts[terminal]
            yield from (Candidate(name, part.phrase) for name in part.names())

    def _phrase(self, terminal: str) -> str:
        if terminal == END:
            return "the end of the line"
        if terminal in self._keywords:
            return f"`{self._keywords[terminal]}`"
        return self._parts[terminal].phrase if terminal in self._parts else terminal

    def _kind(self, terminal: str) -> str:
        if terminal in self._keywords:
            return "keyword"
        return self._parts[terminal].kind if terminal in self._parts else ""
