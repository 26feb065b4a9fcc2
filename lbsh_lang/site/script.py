"""A script as a sequence of statements, files that it includes in their places. Opens no file: a loader is handed in."""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from lbsh_lang.source import Source
from lbsh_lang.syntax.nodes import Fault, IncludeStatement, Stated, Statement, Token
from lbsh_lang.syntax.parser import LineParser

MOST_SOURCES = 1000
"""How many files one script may consist of, so that files that include each other twice cannot fill the memory."""

MOST_FAULTS = 100_000
"""After how many faults reading ends, so that a faulty text of any size is answered in bounded time and memory."""

DEEPEST_INCLUDE = 32
"""How many files may stand above an included one."""

Loader = Callable[[str, Source], "Source | str"]
"""Finds the text of an included path, relative to the source that includes it; a `str` says why it cannot be read."""


class Found(NamedTuple):
    """A fault in its place. `other` is the statement that holds `fault.other`, None if it is the same one."""

    at: Stated
    fault: Fault
    other: Stated | None = None


@dataclass(frozen=True, slots=True)
class Script:
    """All statements in the order in which they act, all sources in the order of their first line, faults of lines."""

    sources: tuple[Source, ...]
    statements: tuple[Stated, ...]
    faults: tuple[Found, ...]


def no_files(path: str, source: Source) -> Source | str:
    """The loader of texts that stand alone."""
    return "included files are not available here"


def read_script(source: Source, loader: Loader = no_files, parser: LineParser | None = None) -> Script:
    """Parses a source and all that it includes."""
    reader = _Reader(loader, parser or LineParser())
    reader.read(source, ())
    return Script(tuple(reader.sources), tuple(reader.statements), tuple(reader.faults))


_new = tuple.__new__
"""Makes a named tuple without going through its own constructor, which takes twice as long."""


class _Reader:
    def __init__(self, loader: Loader, parser: LineParser) -> None:
        self.sources: list[Source] = []
        self.statements: list[Stated] = []
        self.faults: list[Found] = []
        self._known: set[str] = set()
        self._loader = loader
        self._parser = parser

    def read(self, source: Source, above: tuple[Source, ...]) -> None:
        """Takes the statements of a source; `above` are the files whose `include` led here."""
        self.sources.append(source)
        self._known.add(source.identity)
        parse, statements = self._parser.parse, self.statements
        for number, text in enumerate(source.lines):
            node, faults = parse(text)
            if node is not None:
                stated = _new(Stated, (len(statements), source, number, node))
                statements.append(stated)
            if faults:
                place = stated if node is not None else Stated(len(statements), source, number, Statement())
                self.faults.extend([Found(place, fault) for fault in faults])
            if type(node) is IncludeStatement and node.path is not None and node.path.value is not None:
                self._include(stated, node.path, (*above, source))
            if len(self.faults) > MOST_FAULTS:
                self._give_up(source, number)
                return

    def _include(self, stated: Stated, path: Token[str], above: tuple[Source, ...]) -> None:
        assert path.value is not None
        found = self._loader(path.value, stated.source)
        reason = found if isinstance(found, str) else refusal(found, above, self._known)
        if reason is not None:
            self._refuse(stated, path, reason)
        else:
            assert isinstance(found, Source)
            self.read(found, above)

    def _give_up(self, source: Source, number: int) -> None:
        """Stops at a text that is faulty throughout, such as a picture saved as text."""
        place = Stated(len(self.statements), source, number, Statement())
        self.faults.append(Found(place, too_many_faults(MOST_FAULTS)))

    def _refuse(self, stated: Stated, path: Token[str], reason: str) -> None:
        self.faults.append(Found(stated, unreadable(path, reason)))


def too_many_faults(most: int) -> Fault:
    """The fault of a place at which reading ends."""
    return Fault("LB001", Token("", 0, None), f"there are more than {most} faults; the rest is not read")


def unreadable(path: Token[str], reason: str) -> Fault:
    """The fault of an `include` whose file is not read."""
    return Fault("LB004", path, reason)


def refusal(found: Source, above: Sequence[Source], known: Collection[str]) -> str | None:
    """Why a file cannot be included where it is asked for, None if it can.

    `above` are the files whose `include` led there, from the first on, `known` the identities of all read so far.
    """
    if any(found.identity == source.identity for source in above):
        first = next(index for index, source in enumerate(above) if source.identity == found.identity)
        way = " includes ".join(f"`{source.name}`" for source in (*above[first:], found))
        return f"it would include itself: {way}"
    if found.identity in known:
        return "it is included already, and would define everything twice"
    if len(above) > DEEPEST_INCLUDE:
        return f"files include each other more than {DEEPEST_INCLUDE} deep"
    if len(known) >= MOST_SOURCES:
        return f"a script consists of at most {MOST_SOURCES} files"
    return None
