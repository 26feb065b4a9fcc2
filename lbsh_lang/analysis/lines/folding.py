"""Folding: groups of lines that belong together, which an editor can hide. Reads one document, without its meaning.

Theory of operation. A *paragraph* is a run of lines that are not blank. A paragraph that starts with a comment leads a
section, which ends before the next such paragraph. A comment of several lines that is a paragraph of its own leads nothing:
it is prose about its surroundings. Within a paragraph, a fold begins at a `service` and takes in the following lines about
that service and its pool; another begins at a `pool` and takes in the following lines about that pool.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from enum import Enum, auto
from typing import NamedTuple

from lbsh_lang.analysis.live.documents import Document
from lbsh_lang.syntax import nodes
from lbsh_lang.syntax.extensions import acting
from lbsh_lang.syntax.nodes import ENTITIES, FORM_OF, Name
from lbsh_lang.syntax.parser import Parsed
from lbsh_lang.syntax.statement import ExtensionStatement, Statement
from lbsh_lang.syntax.terminals import NameKind, Role


class FoldKind(Enum):
    """The kind of folded text."""

    REGION = auto()
    COMMENT = auto()
    IMPORTS = auto()


class Fold(NamedTuple):
    """Lines that can be folded into the first; `last` is the number of the last line."""

    first: int
    last: int
    kind: FoldKind


class Row(Enum):
    """The kind of a line, for its layout."""

    BLANK = auto()
    COMMENT = auto()
    STATEMENT = auto()


def folds(document: Document) -> list[Fold]:
    """All folds, by their first lines; of two with the same first line the larger comes first."""
    rows = rows_of(document)
    found = [Fold(first, last, FoldKind.REGION) for first, last in sections(rows)]
    found += _comments(rows)
    found += _imports(document.parsed)
    found += _entities(document.parsed, rows)
    found = [fold for fold in found if fold.last > fold.first]
    return sorted(found, key=lambda fold: (fold.first, -fold.last, fold.kind is FoldKind.COMMENT))


def rows_of(document: Document) -> list[Row]:
    """The kind of each line of a document."""
    return [row_of(text, parsed) for text, parsed in zip(document.lines, document.parsed, strict=True)]


def row_of(text: str, parsed: Parsed) -> Row:
    """The kind of a line; an unreadable line counts as a statement."""
    if parsed.node is not None or parsed.faults:
        return Row.STATEMENT
    return Row.COMMENT if "#" in text else Row.BLANK


def sections(rows: Sequence[Row]) -> Iterator[tuple[int, int]]:
    """The first and the last line of each section, without blank lines at its end."""
    start, last = None, -1
    for line, row in enumerate(rows):
        if row is Row.BLANK:
            continue
        if row is Row.COMMENT and (line == 0 or rows[line - 1] is Row.BLANK):
            if start is not None:
                yield start, last
            start = line if _leads(rows, line) else None
        last = line
    if start is not None:
        yield start, last


def _leads(rows: Sequence[Row], line: int) -> bool:
    """Whether a comment at the start of a paragraph leads a section."""
    end = line
    while end < len(rows) and rows[end] is Row.COMMENT:
        end += 1
    return end == line + 1 or (end < len(rows) and rows[end] is Row.STATEMENT)


def _comments(rows: Sequence[Row]) -> Iterator[Fold]:
    start = None
    for line, row in enumerate([*rows, Row.BLANK]):
        if row is Row.COMMENT:
            start = line if start is None else start
        elif start is not None:
            yield Fold(start, line - 1, FoldKind.COMMENT)
            start = None


def _imports(parsed: Sequence[Parsed]) -> Iterator[Fold]:
    start = None
    for line, one in enumerate([*parsed, None]):
        if one is not None and type(one.node) is nodes.IncludeStatement:
            start = line if start is None else start
        elif start is not None:
            yield Fold(start, line - 1, FoldKind.IMPORTS)
            start = None


class _Open:
    """A fold that still grows, with the service and the pool of its lines."""

    def __init__(self, first: int, service: str | None, pool: str | None) -> None:
        self.first = self.last = first
        self.service = service
        self.pool = pool

    def takes(self, service: str | None, pool: str | None) -> bool:
        """Whether a line is about the same service or pool; the line that defines a pool adds it to its service's fold."""
        if self.service is not None and service == self.service:
            self.pool = pool or self.pool
            return True
        return self.pool is not None and pool == self.pool

    def fold(self) -> Fold:
        return Fold(self.first, self.last, FoldKind.REGION)


def _entities(parsed: Sequence[Parsed], rows: Sequence[Row]) -> Iterator[Fold]:
    """Services with their pools, and pools with their servers. Comments do not end a fold."""
    service: _Open | None = None
    pool: _Open | None = None
    for line, (one, row) in enumerate(zip(parsed, rows, strict=True)):
        if row is Row.COMMENT:
            continue
        node = one.node
        names = _names(node)
        if pool is not None and not (names and pool.takes(None, names[1])):
            yield pool.fold()
            pool = None
        if service is not None and not (names and service.takes(*names)):
            yield service.fold()
            service = None
        for fold in filter(None, (service, pool)):
            fold.last = line
        if service is None and names and _defines(node, nodes.ServiceStatement):
            service = _Open(line, names[0], None)
        elif pool is None and names and names[1] and _defines(node, nodes.PoolStatement):
            pool = _Open(line, None, names[1])
    yield from (fold.fold() for fold in (service, pool) if fold is not None)


def _defines(node: Statement | None, kind: type[Statement]) -> bool:
    """Whether a line defines an entity by a statement of this class."""
    return isinstance(node, kind) or (
        isinstance(node, ExtensionStatement) and any(isinstance(meant, kind) for meant in acting(node))
    )


def _names(node: Statement | None) -> tuple[str | None, str | None] | None:
    """The service and the pool of a statement; None if it concerns neither, or removes a service."""
    if node is None:
        return None
    if type(node) is nodes.AddStatement:
        return None, _text(node.pool)  # by far the most frequent case
    if isinstance(node, ExtensionStatement):
        return next(filter(None, map(_names, acting(node))), None)
    found: dict[NameKind, str | None] = {NameKind.SERVICE: None, NameKind.POOL: None}
    for kind, role, field in ENTITIES[type(node)]:
        if role is Role.ENDS:
            return None
        if field not in FORM_OF[type(node)].many:
            found[kind] = _text(getattr(node, field))
    return (found[NameKind.SERVICE], found[NameKind.POOL]) if ENTITIES[type(node)] else None


def _text(name: Name | None) -> str | None:
    return name.text if name is not None and name.text else None
