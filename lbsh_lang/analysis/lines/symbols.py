"""The outline of a document, computed from its lines alone, in one pass, independently of the script around it.

Services contain their pools, pools their servers, in the order of the document. The region of a symbol covers its own
statement and those of all its parts, even with other statements between them: editors find the symbols around a cursor by
these regions, so a symbol must cover its parts. The parts of a service or pool of another file are listed separately.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import Enum
from typing import NamedTuple, TypeGuard, assert_never

from lbsh_lang.analysis.live.documents import Document
from lbsh_lang.analysis.live.regions import Region, on_line
from lbsh_lang.source import Position
from lbsh_lang.syntax import nodes
from lbsh_lang.syntax.extensions import acting
from lbsh_lang.syntax.nodes import FORM_OF, Token
from lbsh_lang.syntax.statement import ExtensionStatement, Statement, tokens_in
from lbsh_lang.syntax.terminals import WORDS, NameKind, Naming, Role, TokenType, Word
from oyster.words import split_words


class SymbolKind(Enum):
    """The kind of a symbol."""

    INTERFACE = "interface"
    ADDRESS = "address"
    NETWORK = "network"
    SERVICE = "service"
    POOL = "pool"
    SERVER = "server"
    DEVICE = "device"
    LINK = "link"
    FILE = "file"
    SETTING = "setting"


class Symbol(NamedTuple):
    """An entry of an outline. `region` covers it with its parts, `selection` is the word to which an editor jumps."""

    kind: SymbolKind
    name: str
    detail: str
    region: Region
    selection: Region
    parts: tuple[Symbol, ...]


def document_symbols(document: Document) -> list[Symbol]:
    """The outline of a document."""
    outline = _Outline()
    for number, (parsed, text) in enumerate(zip(document.parsed, document.lines, strict=True)):
        node, line = parsed.node, _Line(number, text)
        if node is not None:
            outline.take(line, node)
    return [draft.finish() for draft in outline.top]


Field = Token[object] | Sequence[Token[object]] | None
"""The content of a node's field."""


class _Line(NamedTuple):
    """A line and its number. `is_meant` is set if an extension's statement made the node: its words may be in any order."""

    number: int
    text: str
    is_meant: bool = False

    @property
    def end(self) -> Position:
        return Position(self.number, len(self.text))

    def words(self, start: int, fields: Sequence[Field]) -> str:
        """The text from a column up to the last word of these fields; empty if they are empty."""
        if not any(fields):
            return ""
        parts = [(field,) if isinstance(field, Token) else field for field in fields if field]
        tokens = [token for part in parts for token in part]
        if self.is_meant:
            return " ".join([token.text for token in tokens])
        return self.text[start : max([token.end for token in tokens])].strip()

    def place(self, token: Token[object]) -> Region:
        """The region of a word; for a word made up by an extension, the word at which it starts."""
        end = token.end
        if self.is_meant:
            words = split_words(self.text)
            ends = (start + len(text) for text, start in zip(words.texts, words.starts, strict=True))
            end = min(end, next((each for each in ends if each > token.start), token.start))
        return on_line(self.number, token.start, end)


@dataclass(slots=True)
class _Draft:
    """A symbol under construction; `last` is the end of the last statement that it covers."""

    kind: SymbolKind
    name: str
    detail: str
    line: int
    selection: Region
    last: Position
    holder: _Draft | None
    parts: list[_Draft | Symbol]

    def stretch(self, last: Position) -> None:
        """Extends this symbol and its holder to a further statement."""
        self.last = last
        if self.holder is not None:
            self.holder.last = last

    def finish(self) -> Symbol:
        self.holder = None  # without this cycle drafts need no garbage collection, which takes long for a large outline
        parts = tuple([part if isinstance(part, Symbol) else part.finish() for part in self.parts])
        return Symbol(
            self.kind, self.name, self.detail, Region(Position(self.line, 0), self.last), self.selection, parts
        )


class _Outline:
    """An outline under construction: the symbols, services and pools so far."""

    def __init__(self) -> None:
        self.top: list[_Draft] = []
        self._services: dict[str, _Draft] = {}
        self._pools: dict[str, _Draft] = {}
        self._served: dict[str, set[str]] = {}
        """The services that are left to each pool."""
        self._pools_of: dict[str, list[str]] = {}

    def take(self, line: _Line, node: Statement) -> None:
        """Adds the symbols of a statement: a service, a pool with its servers, a part of the device, a file.

        Other statements about services and servers have no symbol.
        """
        match node:
            case nodes.AddStatement():
                self.add(line, node)
            case nodes.ServiceStatement():
                self.define_service(line, node)
            case nodes.PoolStatement():
                self.define_pool(line, node)
            case nodes.RemoveServiceStatement():
                self.remove_service(node)
            case ExtensionStatement():
                for meant in acting(node):
                    self.take(line._replace(is_meant=True), meant)
            case _ if isinstance(node, nodes.DeviceFact | nodes.IncludeStatement):
                self.show(line, node)

    def show(self, line: _Line, node: nodes.DeviceFact | nodes.IncludeStatement) -> None:
        """Adds a part of the device, or a file, by the first word of its statement that is no keyword."""
        form = FORM_OF[type(node)]
        head = [form.head]
        for field, terminal in {one.field: one.terminal for one in form.slots}.items():
            token = next(iter(tokens_in(node, field)), None)
            if terminal in WORDS:
                if _shows(token):
                    self._draft(_kind_of(WORDS[terminal]), token, " ".join(head), line)
                return
            head += [token.text] if _shows(token) else []

    def define_service(self, line: _Line, node: nodes.ServiceStatement) -> None:
        if _shows(node.name):
            start = node.address.start if node.address is not None else node.name.end
            detail = line.words(start, node[1:])
            draft = self._draft(SymbolKind.SERVICE, node.name, detail, line)
            self._services.setdefault(node.name.text, draft)

    def define_pool(self, line: _Line, node: nodes.PoolStatement) -> None:
        if _shows(node.name):
            service = self._services.get(node.service.text) if node.service is not None else None
            start = node.name if service is None or node.service is None else node.service
            detail = line.words(start.end, node[1 if service is None else 2 :])
            draft = self._draft(SymbolKind.POOL, node.name, detail, line, service)
            self._pools.setdefault(node.name.text, draft)
            self._served.setdefault(node.name.text, {one.text for one in node.services})
            for one in node.services:
                self._pools_of.setdefault(one.text, []).append(node.name.text)

    def add(self, line: _Line, node: nodes.AddStatement) -> None:
        """Adds the servers of an `add`; the servers of another file's pool go under a symbol of their own."""
        name = node.pool
        if not _shows(name):
            return
        pool = self._pools.get(name.text)
        if pool is None:
            pool = self._pools[name.text] = self._draft(SymbolKind.POOL, name, "not defined in this file", line)
        detail = line.words(name.end, node[2:])
        for token in node.targets:
            if token.text:
                place = line.place(token)
                pool.parts.append(Symbol(SymbolKind.SERVER, token.text, detail, place, place, ()))
        pool.stretch(line.end)

    def remove_service(self, node: nodes.RemoveServiceStatement) -> None:
        """Forgets a service and its pools, whose names may be defined again."""
        name = node.service.text if node.service is not None else ""
        self._services.pop(name, None)
        for pool in self._pools_of.pop(name, ()):
            left = self._served.get(pool, set())
            left.discard(name)
            if not left:
                self._pools.pop(pool, None)
                self._served.pop(pool, None)

    def _draft(
        self, kind: SymbolKind, token: Token[object], detail: str, line: _Line, holder: _Draft | None = None
    ) -> _Draft:
        """Adds a new symbol at the top level or under its holder."""
        name = token.value if isinstance(token.value, str) and token.value.strip() else token.text
        selection, last = line.place(token), line.end
        draft = _Draft(kind, name, detail, line.number, selection, last, holder, [])
        if holder is None:
            self.top.append(draft)
        else:
            holder.parts.append(draft)
            holder.last = last
        return draft


def _kind_of(word: Word) -> SymbolKind:
    """The kind of symbol for a part of the device, by the word with its name."""
    match word.type:
        case TokenType.INTERFACE:
            return SymbolKind.LINK if word.names == Naming(NameKind.INTERFACE, Role.USES) else SymbolKind.INTERFACE
        case TokenType.ADDRESS:
            return SymbolKind.ADDRESS
        case TokenType.NETWORK:
            return SymbolKind.NETWORK
        case TokenType.DEVICE:
            return SymbolKind.DEVICE
        case TokenType.TEXT:
            return SymbolKind.FILE
        case TokenType.SERVICE:
            return SymbolKind.SERVICE
        case TokenType.POOL:
            return SymbolKind.POOL
        case TokenType.PORT | TokenType.DURATION | TokenType.NUMBER | TokenType.PROTOCOL | TokenType.ALGORITHM:
            return SymbolKind.SETTING
        case TokenType.KEYWORD | TokenType.OPTION | TokenType.PARAMETER:
            return SymbolKind.SETTING
        case TokenType.HELPER | TokenType.METHOD | TokenType.VALUE:
            return SymbolKind.SETTING
        case TokenType.COMMENT | TokenType.CODE:
            return SymbolKind.SETTING
        case _:
            assert_never(word.type)


def _shows(token: Token[object] | None) -> TypeGuard[Token[object]]:
    """Whether there is a word to show: the token of a missing word has an empty text."""
    return token is not None and token.text != ""
