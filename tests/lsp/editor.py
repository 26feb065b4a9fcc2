"""An editor for tests: opens texts, finds places in them, and reads answers back in code points."""

from __future__ import annotations

import asyncio
import itertools

from lsprotocol import types
from pygls.protocol import default_converter
from pytest_lsp import LanguageClient
from pytest_lsp.client import register_lsp_features

from lbsh_lang.source import split_lines
from tests.limits import LONGEST

_numbers = itertools.count(1)

ODD = (
    "\ufeff# a farm \N{PILE OF POO} with all that is odd\r\n"
    "interface external em0 # \N{GRINNING FACE}\r\n"
    "interface internal em1\n"
    "internal net 192.168.1.0/24\r"
    "\x0c# behind a form feed\r\n"
    "service SMTP is 62.103.127.154 tcp 25 # \N{ENVELOPE}\N{VARIATION SELECTOR-16} mail\r\n"
    'probe SMTP with http match "\N{MATHEMATICAL BOLD CAPITAL A}x" every 5s\r\n'
    "pool mx_pool for SMTP\x0c\r\n"
    "add 192.168.1.2, 192.168.1.3 to mx_pool\n"
    "add 192.168.1.4-192.168.1.9 to mx_pool"
)
"""A correct script with a byte order mark, emoji, form feeds, and all three kinds of line ends."""


REFRESHES = (
    types.WORKSPACE_CODE_LENS_REFRESH,
    types.WORKSPACE_INLAY_HINT_REFRESH,
    types.WORKSPACE_SEMANTIC_TOKENS_REFRESH,
)
"""Requests of the server that come some time after a change, whatever the client does then."""


class RecordingClient(LanguageClient):
    """Remembers the last published findings with their versions, and the requests for notifications by the server."""

    def __init__(self) -> None:
        super().__init__(converter_factory=default_converter)
        register_lsp_features(self)
        self.published: dict[str, types.PublishDiagnosticsParams] = {}
        self.registered: list[types.Registration] = []
        self.arrived = asyncio.Event()
        """Set whenever findings come, so that findings just before a wait are not missed."""

        @self.feature(types.CLIENT_REGISTER_CAPABILITY)  # type: ignore[untyped-decorator]
        def register(params: types.RegistrationParams) -> None:
            self.registered.extend(params.registrations)

        def publish(params: types.PublishDiagnosticsParams) -> None:
            self.published[params.uri] = params
            self.arrived.set()

        # An editor would refresh its view at this request; here only the answer is needed.
        for method in REFRESHES:
            self.feature(method)(lambda params: None)
        # The handler of pytest-lsp forgets the versions.
        self.protocol.fm.features[types.TEXT_DOCUMENT_PUBLISH_DIAGNOSTICS] = publish


class Editor:
    """A client with documents. `encoding` is its unit of columns."""

    def __init__(self, client: RecordingClient, encoding: types.PositionEncodingKind) -> None:
        self.client = client
        self.encoding = encoding
        self.texts: dict[str, str] = {}
        self._versions: dict[str, int] = {}

    def open(self, text: str, uri: str | None = None) -> str:
        """Opens a document, under a generated name if none is given; returns its URI."""
        uri = uri or f"untitled:script-{next(_numbers)}.lb"
        self.texts[uri], self._versions[uri] = text, 1
        item = types.TextDocumentItem(uri, "lbsh", 1, text)
        self.client.text_document_did_open(types.DidOpenTextDocumentParams(item))
        return uri

    def change(self, uri: str, range_: types.Range, new: str) -> None:
        """Replaces a part of a document, in the server and here."""
        lines = split_lines(self.texts[uri])
        start, end = (self._offset(uri, lines, at) for at in (range_.start, range_.end))
        self.texts[uri] = self.texts[uri][:start] + new + self.texts[uri][end:]
        self._send(uri, types.TextDocumentContentChangePartial(range_, new))

    def replace(self, uri: str, text: str) -> None:
        """Replaces the whole text of a document."""
        self.texts[uri] = text
        self._send(uri, types.TextDocumentContentChangeWholeDocument(text))

    def close(self, uri: str) -> None:
        self.client.text_document_did_close(types.DidCloseTextDocumentParams(types.TextDocumentIdentifier(uri)))

    def units(self, text: str) -> int:
        """The length of a text in this client's units."""
        codec = {"utf-8": ("utf-8", 1), "utf-16": ("utf-16-le", 2), "utf-32": ("utf-32-le", 4)}[self.encoding.value]
        return len(text.encode(codec[0])) // codec[1]

    def position(self, uri: str, line: int, column: int) -> types.Position:
        """A position given in code points."""
        return types.Position(line, self.units(split_lines(self.texts[uri])[line][:column]))

    def at(self, uri: str, words: str, inside: str | None = None) -> types.Position:
        """The place of the first character of `inside` (or of `words`), at the first occurrence of `words`."""
        offset = self.texts[uri].index(words) + (words.index(inside) if inside else 0)
        before = split_lines(self.texts[uri][:offset])
        return types.Position(len(before) - 1, self.units(before[-1]))

    def over(self, uri: str, words: str, part: str | None = None) -> types.Range:
        """The range of `part` (or of `words`), at the first occurrence of `words`; all on one line."""
        start = self.at(uri, words, part)
        return types.Range(start, types.Position(start.line, start.character + self.units(part or words)))

    def covered(self, uri: str, range_: types.Range) -> str:
        """The text that a range of an answer covers."""
        lines = split_lines(self.texts[uri])
        return self.texts[uri][self._offset(uri, lines, range_.start) : self._offset(uri, lines, range_.end)]

    def document(self, uri: str) -> types.TextDocumentIdentifier:
        return types.TextDocumentIdentifier(uri)

    def apply(self, uri: str, edits: list[types.TextEdit]) -> str:
        """The text of a document after edits, whose places are those of the text before."""
        lines, text = split_lines(self.texts[uri]), self.texts[uri]
        places = [
            (self._offset(uri, lines, e.range.start), self._offset(uri, lines, e.range.end), e.new_text) for e in edits
        ]
        for start, end, new in sorted(places, reverse=True):
            text = text[:start] + new + text[end:]
        return text

    async def published(self, uri: str) -> list[types.Diagnostic]:
        """The findings for the newest version of a document; waits for them."""
        published = self.client.published
        while uri not in published or published[uri].version != self._versions[uri]:
            self.client.arrived.clear()
            await asyncio.wait_for(self.client.arrived.wait(), timeout=LONGEST)
        return list(published[uri].diagnostics)

    def _send(self, uri: str, change: types.TextDocumentContentChangeEvent) -> None:
        self._versions[uri] += 1
        item = types.VersionedTextDocumentIdentifier(self._versions[uri], uri)
        self.client.text_document_did_change(types.DidChangeTextDocumentParams(item, [change]))

    def _offset(self, uri: str, lines: list[str], at: types.Position) -> int:
        """A place of this client as an index into the text."""
        text = self.texts[uri]
        offset = 0
        for line in lines[: at.line]:
            offset += len(line)
            offset += 2 if text.startswith("\r\n", offset) else 1
        column = next(
            column for column in range(len(lines[at.line]) + 1) if self.units(lines[at.line][:column]) >= at.character
        )
        return offset + column
