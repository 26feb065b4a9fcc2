"""After any edits of a client, the server has the same text, with the findings of a fresh analysis."""

from __future__ import annotations

import random
from typing import NamedTuple

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from lbsh_lsp.conversion import Conversion, Encoding
from lbsh_lsp.documents import Documents
from lbsh_lsp.machine import LocalMachine
from lsprotocol import types

from lbsh_lang.analysis import Workspace
from lbsh_lang.check import check_resolved
from lbsh_lang.site.resolve import Resolution
from lbsh_lang.site.script import read_script
from lbsh_lang.source import Source, split_lines
from tests.lsp.editor import ODD, Editor
from tests.profiles import is_gate

URI = "untitled:site.lb"
CODECS = {Encoding.Utf8: ("utf-8", 1), Encoding.Utf16: ("utf-16-le", 2), Encoding.Utf32: ("utf-32-le", 4)}
PIECES = st.one_of(
    st.text("ab \n\r\x0c\x0b\u2028\x85\ufeff\N{PILE OF POO}\u0301\xe9", max_size=6),
    st.sampled_from(
        [*ODD.splitlines(keepends=True), "pool q for SMTP\r\n", "add 10.9.9.9 to mx_pool\r", 'include "x"\n']
    ),
)


class Edit(NamedTuple):
    """Two places as shares of the text, in any order, and the text between them."""

    start: float
    end: float
    text: str
    whole: bool


EDITS = st.builds(Edit, st.floats(0, 1), st.floats(0, 1), PIECES, st.sampled_from([False] * 9 + [True]))


def units(text: str, encoding: Encoding) -> int:
    codec, size = CODECS[encoding]
    return len(text.encode(codec)) // size


def position(text: str, offset: int, encoding: Encoding) -> types.Position:
    """An index into a text in a client's units; the place between `\\r` and `\\n` does not exist and is moved back."""
    offset -= text[offset - 1 : offset + 1] == "\r\n"
    lines = split_lines(text[:offset])
    return types.Position(len(lines) - 1, units(lines[-1], encoding))


def applied(text: str, edit: Edit, encoding: Encoding) -> tuple[str, types.TextDocumentContentChangeEvent]:
    """The text after an edit, and the client's notification of it."""
    if edit.whole:
        return edit.text, types.TextDocumentContentChangeWholeDocument(edit.text)
    start, end = sorted(int(share * len(text)) for share in (edit.start, edit.end))
    start, end = (place - (text[place - 1 : place + 1] == "\r\n") for place in (start, end))
    told = types.Range(position(text, start, encoding), position(text, end, encoding))
    return text[:start] + edit.text + text[end:], types.TextDocumentContentChangePartial(told, edit.text)


def findings(text: str) -> list[tuple[str, str, int, int]]:
    """The findings of a fresh analysis: codes, messages, lines and columns in code points."""
    resolution = Resolution(read_script(Source.of(URI, text), lambda path, source: "unsaved"))
    return [
        (one.code, one.message, one.span.start.line, one.span.start.column)
        for one in check_resolved(resolution).diagnostics
        if one.code != "LB004"
    ]


@settings(max_examples=300, deadline=None)
@given(
    encoding=st.sampled_from(list(CODECS)),
    steps=st.lists(st.lists(EDITS, min_size=1, max_size=4), max_size=5),
)
def test_texts_are_the_same_after_any_edits(encoding: Encoding, steps: list[list[Edit]]) -> None:
    machine = LocalMachine()
    documents = Documents(Workspace(machine), machine, lambda changed, typed: None)
    documents.conversion = Conversion(encoding)
    text = ODD
    documents.open(types.TextDocumentItem(URI, "lbsh", 0, text))
    for version, step in enumerate(steps, 1):
        changes = []
        for edit in step:
            text, change = applied(text, edit, encoding)
            changes.append(change)
        documents.apply_changes(types.VersionedTextDocumentIdentifier(version, URI), changes)
        document = documents.document(URI)
        assert document is not None
        assert document.text == text
        found = documents.workspace.diagnostics(document.identity)
        told = [(one.code, one.message, one.span.start.line, one.span.start.column) for one in found]
        assert [one for one in told if one[0] != "LB004"] == findings(text)


@pytest.mark.asyncio(loop_scope="package")
async def test_a_served_document_follows_its_client(editor: Editor) -> None:
    """The same over the wire, where the findings show which text the server has."""
    dice = random.Random(editor.encoding.value)
    pieces = [
        *ODD.splitlines(keepends=True),
        "\N{PILE OF POO}",
        "\r",
        "\n",
        "x",
        " ",
        "\ufeff",
        "add 10.9.9.9 to mx_pool\r",
    ]
    uri = editor.open(ODD)
    for _ in range(40 if is_gate() else 15):
        for _ in range(dice.randrange(1, 4)):
            edit = Edit(dice.random(), dice.random(), dice.choice(pieces), whole=dice.random() < 0.05)
            near = edit._replace(end=edit.start + 4 / max(len(editor.texts[uri]), 1))
            text, change = applied(editor.texts[uri], near if near.end < 1 else edit, editor.encoding)
            if isinstance(change, types.TextDocumentContentChangePartial):
                editor.change(uri, change.range, change.text)
            else:
                editor.replace(uri, change.text)
            assert editor.texts[uri] == text
        found = await editor.published(uri)
        lines = split_lines(editor.texts[uri])
        told = [(str(one.code), one.message.split("\n")[0], one.range.start) for one in found]
        assert told == [
            (code, message, types.Position(line, editor.units(lines[line][:column])))
            for code, message, line, column in findings(editor.texts[uri])
        ]
