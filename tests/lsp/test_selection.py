"""Selection ranges as a client gets them."""

from __future__ import annotations

import pytest
from lsprotocol import types

from tests.lsp.editor import ODD, Editor

pytestmark = pytest.mark.asyncio(loop_scope="package")


async def test_selections_grow(editor: Editor) -> None:
    uri = editor.open(ODD)
    places = [editor.at(uri, "192.168.1.3 to", "3"), editor.at(uri, "http match", "match"), types.Position(99, 99)]
    found = await editor.client.text_document_selection_range_async(
        types.SelectionRangeParams(editor.document(uri), places)
    )
    assert found is not None
    grown = []
    for one in found:
        texts = []
        step: types.SelectionRange | None = one
        while step is not None:
            texts.append(editor.covered(uri, step.range))
            step = step.parent
        grown.append(texts)
    assert grown[0][:3] == [
        "192.168.1.3",
        "192.168.1.2, 192.168.1.3",
        "add 192.168.1.2, 192.168.1.3 to mx_pool",
    ]
    assert grown[1][:3] == [
        "match",
        'match "\N{MATHEMATICAL BOLD CAPITAL A}x"',
        'probe SMTP with http match "\N{MATHEMATICAL BOLD CAPITAL A}x" every 5s',
    ]
    assert all(texts[-1] == ODD for texts in grown)
