"""A script as a sequence of statements, files that it includes in their places. Opens no file: a loader is handed in."""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from typing import Generic, NamedTuple, TypeVar

from lbsh_lang.site.faults import (
    Circular,
    Fault,
    IncludedAlready,
    IncludesTooDeep,
    NoMeaning,
    Refusal,
    TooManyFiles,
    Unreadable,
)
from lbsh_lang.source import Source
from lbsh_lang.syntax.extensions import Failure, acts_of, meaning_of
from lbsh_lang.syntax.faults import ReadingEnded
from lbsh_lang.syntax.language import LBSH, Lbsh
from lbsh_lang.syntax.nodes import IncludeStatement
from lbsh_lang.syntax.parser import LineParser, Parsed
from lbsh_lang.syntax.statement import AnyStated, ExtensionStatement, Node, Stated
from oyster.faults import Token

MOST_SOURCES = 1000
"""How many files one script may consist of, so that files that include each other twice cannot fill the memory."""

MOST_FAULTS = 100_000
"""After how many faults reading ends, so that a faulty text of any size is answered in bounded time and memory."""

DEEPEST_INCLUDE = 32
"""How many files may stand above an included one."""

Loader = Callable[[str, Source], "Source | str"]
"""Finds the text of an included path, relative to the source that includes it; a `str` says why it cannot be read."""


Fault_co = TypeVar("Fault_co", bound=Fault, covariant=True)


class Found(NamedTuple, Generic[Fault_co]):
    """A fault in its place. `other` is the other statement that takes part in it, None if there is none."""

    at: Stated[Node]
    fault: Fault_co
    other: AnyStated | None = None


AnyFound = Found[Fault]
"""Any fault in its place."""


@dataclass(frozen=True, slots=True)
class Script:
    """All statements in the order in which they act, all sources in the order of their first line, faults of lines."""

    sources: tuple[Source, ...]
    statements: tuple[AnyStated, ...]
    faults: tuple[AnyFound, ...]
    language: Lbsh = LBSH
    """The language in which it was read."""


def no_files(path: str, source: Source) -> Source | str:
    """The loader of texts that stand alone."""
    return "included files are not available here"


def read_script(source: Source, loader: Loader = no_files, language: Lbsh = LBSH) -> Script:
    """Parses a source and all that it includes."""
    reader = _Reader(loader, LineParser(language))
    reader.read(source, ())
    return Script(tuple(reader.sources), tuple(reader.statements), tuple(reader.faults), language)


_new = tuple.__new__
"""Makes a named tuple without going through its own constructor, which takes twice as long."""


class _Reader:
    """Gathers the sources, statements and faults of a script; gone when `read_script` returns."""

    def __init__(self, loader: Loader, parser: LineParser) -> None:
        self.sources: list[Source] = []
        self.statements: list[AnyStated] = []
        self.faults: list[AnyFound] = []
        self._known: set[str] = set()
        self._loader = loader
        self._parser = parser

    def read(self, source: Source, above: tuple[Source, ...]) -> None:
        """Takes the statements of a source; `above` are the files whose `include` led here."""
        self.sources.append(source)
        self._known.add(source.identity)
        parse, statements = self._parser.parse, self.statements
        for number, text in enumerate(source.lines):
            parsed = parse(text)
            node, faults = parsed
            if node is not None:
                stated = _new(Stated, (len(statements), source, number, node))
                statements.append(stated)
            if faults:
                place = stated if node is not None else Stated(len(statements), source, number, None)
                self.faults.extend([Found(place, fault) for fault in faults])
            if type(node) is IncludeStatement and node.path is not None and node.path.value is not None:
                self._include(stated, node.path, (*above, source))
            elif type(node) is ExtensionStatement:
                self.statements += acts_of(stated)
                self.faults.extend([Found(stated, fault) for fault in faults_of(parsed)[len(faults) :]])
            if len(self.faults) > MOST_FAULTS:
                self._give_up(source, number)
                return

    def _include(self, stated: AnyStated, path: Token[str], above: tuple[Source, ...]) -> None:
        assert path.value is not None
        found = self._loader(path.value, stated.source)
        reason = found if isinstance(found, str) else refusal(found, above, self._known)
        if isinstance(found, Source) and reason is None:
            self.read(found, above)
        else:
            self.faults.append(Found(stated, Unreadable(path, reason or "")))

    def _give_up(self, source: Source, number: int) -> None:
        """Stops at a text that is faulty throughout, such as a picture saved as text."""
        place = Stated(len(self.statements), source, number, None)
        self.faults.append(Found(place, reading_ended(MOST_FAULTS)))


def reading_ended(most: int) -> ReadingEnded:
    """The fault of a place at which reading ends."""
    return ReadingEnded(Token("", 0, None), most)


def faults_of(parsed: Parsed) -> Sequence[Fault]:
    """The faults of a line by itself, be it that its extension fails to say what it means."""
    node, faults = parsed
    meaning = meaning_of(node) if isinstance(node, ExtensionStatement) and not faults else None
    if isinstance(node, ExtensionStatement) and isinstance(meaning, Failure):
        return (NoMeaning(Token("", 0, None), node.form.head, meaning.words),)
    return faults


def refusal(found: Source, above: Sequence[Source], known: Collection[str]) -> Refusal | None:
    """Why a file cannot be included where it is asked for, None if it can.

    `above` are the files whose `include` led there, from the first on, `known` the identities of all read so far.
    """
    if any(found.identity == source.identity for source in above):
        first = next(index for index, source in enumerate(above) if source.identity == found.identity)
        return Circular(tuple(source.name for source in (*above[first:], found)))
    if found.identity in known:
        return IncludedAlready(found.name)
    if len(above) > DEEPEST_INCLUDE:
        return IncludesTooDeep(DEEPEST_INCLUDE)
    if len(known) >= MOST_SOURCES:
        return TooManyFiles(MOST_SOURCES)
    return None
