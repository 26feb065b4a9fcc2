"""Semantic tokens as a client gets them, and their deltas."""

from __future__ import annotations

from collections.abc import Sequence

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from lbsh_lsp.token_encoding import MODIFIERS, TYPES, Delta, EncodedLine, delta_of, encode
from lsprotocol import types

from lbsh_lang.analysis import TokenModifier
from lbsh_lang.source import split_lines
from tests.lsp.editor import ODD, Editor

LINES = st.lists(
    st.sampled_from([(), (), (0, 3, 0, 0), (4, 3, 0, 0), (0, 3, 1, 0, 0, 4, 2, 2, 1), (0, 1, 0, 0, 0, 2, 1, 0, 0)]),
    max_size=12,
)


def applied(numbers: list[int], delta: Delta | None) -> list[int]:
    if delta is None:
        return numbers
    return [*numbers[: delta.start], *delta.data, *numbers[delta.start + delta.deleted :]]


@given(LINES, LINES)
@settings(max_examples=1000)
def test_a_delta_leads_to_the_new_numbers(old: list[EncodedLine], new: list[EncodedLine]) -> None:
    delta = delta_of(old, new)
    assert applied(encode(old), delta) == encode(new)
    assert (delta is None) == (encode(old) == encode(new))
    if delta is not None:
        assert delta.start % 5 == delta.deleted % 5 == len(delta.data) % 5 == 0


@given(LINES.filter(len), st.data())
@settings(max_examples=500)
def test_a_small_change_makes_a_small_delta(old: list[EncodedLine], data: st.DataObject) -> None:
    line = data.draw(st.integers(0, len(old) - 1))
    delta = delta_of(old, [*old[:line], (9, 9, 2, 0), *old[line + 1 :]])
    assert delta is not None
    assert len(delta.data) <= 10


def test_the_delta_of_large_texts_looks_at_what_changed_only() -> None:
    old: list[EncodedLine] = [(0, 3, 0, 0)] * 5000
    new = [*old[:4000], (0, 3, 0, 0, 0, 4, 2, 1, 0), *old[4001:]]
    assert delta_of(old, new) == Delta(20005, 0, [0, 4, 2, 1, 0])


LEGEND = list(dict.fromkeys(one.value for one in TYPES.values()))
DRAINED = 1 << list(MODIFIERS).index(TokenModifier.DRAINED)


def words(editor: Editor, uri: str, data: Sequence[int]) -> list[tuple[str, str]]:
    """The texts and types of tokens, with an exclamation mark for each unit of their modifiers."""
    found = []
    line = column = 0
    for down, right, length, kind, marks in zip(*[iter(data)] * 5, strict=True):
        line, column = line + down, right if down else column + right
        start = types.Position(line, column)
        text = editor.covered(uri, types.Range(start, types.Position(line, column + length)))
        found.append((text, LEGEND[kind] + "!" * marks))
    return found


with_editor = pytest.mark.asyncio(loop_scope="package")


@with_editor
async def test_tokens_are_counted_as_the_client_counts(editor: Editor) -> None:
    uri = editor.open(ODD)
    answer = await editor.client.text_document_semantic_tokens_full_async(
        types.SemanticTokensParams(editor.document(uri))
    )
    assert answer is not None
    found = words(editor, uri, answer.data)
    assert found[0] == (split_lines(ODD)[0][1:], "comment")
    assert ("SMTP", "class!") in found
    assert ('"\N{MATHEMATICAL BOLD CAPITAL A}x"', "string") in found
    assert found[found.index(('"\N{MATHEMATICAL BOLD CAPITAL A}x"', "string")) + 1] == ("every", "property")
    assert found[-3:] == [("192.168.1.4-192.168.1.9", "number"), ("to", "keyword"), ("mx_pool", "variable")]
    assert ("# behind a form feed", "comment") in found


@with_editor
async def test_a_range_has_the_tokens_of_its_lines(editor: Editor) -> None:
    uri = editor.open(ODD)
    part = types.Range(types.Position(7, 3), types.Position(8, 0))
    answer = await editor.client.text_document_semantic_tokens_range_async(
        types.SemanticTokensRangeParams(editor.document(uri), part)
    )
    assert answer is not None
    found = words(editor, uri, answer.data)
    assert [text for text, _ in found][:4] == ["pool", "mx_pool", "for", "SMTP"]
    assert found[-1] == ("mx_pool", "variable")
    assert len(found) == 9


@with_editor
async def test_deltas_follow_the_text(editor: Editor) -> None:
    uri = editor.open(ODD)
    client, document = editor.client, editor.document(uri)
    first = await client.text_document_semantic_tokens_full_async(types.SemanticTokensParams(document))
    assert first is not None
    data, name = list(first.data), first.result_id
    for change, new in (("match", "watch"), ("pool mx_pool", "\r\n\r\npool mx_pool"), ("# \N{GRINNING FACE}", "")):
        editor.change(uri, editor.over(uri, change), new)
        answer = await client.text_document_semantic_tokens_full_delta_async(
            types.SemanticTokensDeltaParams(document, name or "")
        )
        assert isinstance(answer, types.SemanticTokensDelta)
        for edit in answer.edits:
            data[edit.start : edit.start + edit.delete_count] = edit.data or []
        name = answer.result_id
        whole = await client.text_document_semantic_tokens_full_async(types.SemanticTokensParams(document))
        assert whole is not None
        assert data == list(whole.data)
        name = whole.result_id
    stale = await client.text_document_semantic_tokens_full_delta_async(
        types.SemanticTokensDeltaParams(document, "of another day")
    )
    assert isinstance(stale, types.SemanticTokens)
    assert list(stale.data) == data


@with_editor
async def test_drained_servers_are_marked(editor: Editor) -> None:
    uri = editor.open(ODD + "\ndrain 192.168.1.2 from mx_pool")
    answer = await editor.client.text_document_semantic_tokens_full_async(
        types.SemanticTokensParams(editor.document(uri))
    )
    assert answer is not None
    assert ("192.168.1.2", "number" + "!" * DRAINED) in words(editor, uri, answer.data)
