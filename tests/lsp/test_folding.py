"""Folding ranges as a client gets them."""

from __future__ import annotations

import pytest
from lbsh_lsp.folding import largest
from lsprotocol import types

from lbsh_lang.analysis import Fold, FoldKind
from tests.lsp.editor import ODD, Editor


@pytest.mark.asyncio(loop_scope="package")
async def test_folds(editor: Editor) -> None:
    uri = editor.open('include "a.lb"\r\ninclude "b.lb"\r\n# x\r\n# y \N{PILE OF POO}\r\n' + ODD[1:])
    found = await editor.client.text_document_folding_range_async(types.FoldingRangeParams(editor.document(uri)))
    assert found is not None
    assert [(one.start_line, one.end_line, one.kind) for one in found] == [
        (0, 1, "imports"),
        (2, 4, "comment"),
        (9, 13, "region"),
        (11, 13, "region"),
    ]


def test_a_client_that_wants_few_gets_thelargest() -> None:
    found = [Fold(first, last, FoldKind.REGION) for first, last in ((0, 2), (3, 9), (4, 5), (7, 9))]
    assert largest(found, None) == found
    assert largest(found, 2) == [found[0], found[1]]
