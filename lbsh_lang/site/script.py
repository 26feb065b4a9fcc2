"""A script as a sequence of statements, with included files in their places. Opens no file: the caller passes a loader."""

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
from oyster.faults import Token, hinders

MOST_SOURCES = 1000
"""The most files of one script, so that files that include each other twice cannot exhaust the memory."""

MOST_FAULTS = 100_000
"""The number of faults after which reading ends, so that a faulty text of any size takes bounded time and memory."""

DEEPEST_INCLUDE = 32
"""The most files above an included one."""

Loader = Callable[[str, Source], "Source | Refusal | str"]
"""Finds the text of an included path, relative to the including source; otherwise returns the reason why there is none."""


Fault_co = TypeVar("Fault_co", bound=Fault, covariant=True)


class Found(NamedTuple, Generic[Fault_co]):
    """A fault and its place. `other` is the other statement involved, None if there is none."""

    at: Stated[Node]
    fault: Fault_co
    other: AnyStated | None = None


AnyFound = Found[Fault]
"""Any fault with its place."""


@dataclass(frozen=True, slots=True)
class Script:
    """All statements in the order in which they act, all sources in the order of their first line, faults of lines."""

    sources: tuple[Source, ...]
    statements: tuple[AnyStated, ...]
    faults: tuple[AnyFound, ...]
    language: Lbsh = LBSH
    """The language of its statements."""


def no_files(path: str, source: Source) -> Source | str:
    """The loader for texts without files around them."""
    return "included files are not available here"


def read_script(source: Source, loader: Loader = no_files, language: Lbsh = LBSH) -> Script:
    """Parses a source and all that it includes."""
    reader = _Reader(loader, LineParser(language))
    reader.read(source, ())
    return Script(tuple(reader.sources), tuple(reader.statements), tuple(reader.faults), language)


def read_behind(script: Script, source: Source, loader: Loader = no_files) -> Script:
    """A script with the statements of a further source, and of all that this includes, behind its own."""
    reader = _Reader(loader, LineParser(script.language), script)
    reader.read(source, ())
    return Script(tuple(reader.sources), tuple(reader.statements), tuple(reader.faults), script.language)


_new = tuple.__new__
"""Makes a named tuple without its own constructor, which takes twice as long."""


class _Reader:
    """Collects the sources, statements and faults of a script; discarded when `read_script` returns."""

    def __init__(self, loader: Loader, parser: LineParser, before: Script | None = None) -> None:
        self.sources: list[Source] = [] if before is None else list(before.sources)
        self.statements: list[AnyStated] = [] if before is None else list(before.statements)
        self.faults: list[AnyFound] = [] if before is None else list(before.faults)
        self._known: set[str] = set()
        self._loader = loader
        self._parser = parser

    def read(self, source: Source, above: tuple[Source, ...]) -> None:
        """Reads the statements of a source; `above` are the files of the includes that led to it."""
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
        reason = refusal(found, above, self._known) if isinstance(found, Source) else found
        if isinstance(found, Source) and reason is None:
            self.read(found, above)
        else:
            self.faults.append(Found(stated, Unreadable(path, reason or "")))

    def _give_up(self, source: Source, number: int) -> None:
        """Stops at a text that is faulty throughout, such as a picture saved as text."""
        place = Stated(len(self.statements), source, number, None)
        self.faults.append(Found(place, reading_ended(MOST_FAULTS)))


def reading_ended(most: int) -> ReadingEnded:
    """The fault at the place where reading ends."""
    return ReadingEnded(Token("", 0, None), most)


def faults_of(parsed: Parsed) -> Sequence[Fault]:
    """The faults of a line by itself, including the failure of its extension to expand it."""
    node, faults = parsed
    meaning = meaning_of(node) if isinstance(node, ExtensionStatement) and not any(map(hinders, faults)) else None
    if isinstance(node, ExtensionStatement) and isinstance(meaning, Failure):
        return (NoMeaning(Token("", 0, None), node.form.head, meaning.words),)
    return faults


def refusal(found: Source, above: Sequence[Source], known: Collection[str]) -> Refusal | None:
    """The reason why a file cannot be included at a place, None if it can.

    `above` are the files of the includes that lead to the place, from the root on; `known` are the identities of all files
    read so far.
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
