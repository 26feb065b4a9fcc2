"""Completion: statements, names and values that may come next."""

from __future__ import annotations

from lsprotocol import types
from pygls.capabilities import get_capability

from lbsh_lang.analysis import Completion, CompletionItem, CompletionKind, View, complete
from lbsh_lsp.client import Client
from lbsh_lsp.markup import to_markup

OPTIONS = types.CompletionOptions(trigger_characters=[" ", ",", '"', "/"])
_ITEM = "text_document.completion.completion_item"
_KINDS = {
    CompletionKind.STATEMENT: types.CompletionItemKind.Snippet,
    CompletionKind.KEYWORD: types.CompletionItemKind.Keyword,
    CompletionKind.OPTION: types.CompletionItemKind.Property,
    CompletionKind.SERVICE: types.CompletionItemKind.Class,
    CompletionKind.POOL: types.CompletionItemKind.Module,
    CompletionKind.SERVER: types.CompletionItemKind.Field,
    CompletionKind.ADDRESS: types.CompletionItemKind.Value,
    CompletionKind.INTERFACE: types.CompletionItemKind.Interface,
    CompletionKind.PORT: types.CompletionItemKind.Constant,
    CompletionKind.VALUE: types.CompletionItemKind.EnumMember,
    CompletionKind.METHOD: types.CompletionItemKind.Function,
    CompletionKind.CODE: types.CompletionItemKind.Event,
    CompletionKind.FILE: types.CompletionItemKind.File,
}


async def suggest(client: Client, params: types.CompletionParams) -> types.CompletionList | None:
    view = client.documents.view(params.text_document.uri)
    if view is None:
        return None
    at = client.conversion.from_position(view.document, params.position)
    includer, root, machine = view.document.identity, view.session.root.identity, client.documents.machine
    found = complete(view, at, machine.interfaces(), lambda typed: machine.paths(includer, typed, root))
    convert = _Converter(client, view, found)
    return types.CompletionList(found.incomplete, [convert(rank, item) for rank, item in enumerate(found.items)])


class _Converter:
    """Converts the items of one answer; looks up the client's capabilities once for all of them."""

    def __init__(self, client: Client, view: View, found: Completion) -> None:
        self._snippets = client.supports(f"{_ITEM}.snippet_support")
        self._inserts = client.supports(f"{_ITEM}.insert_replace_support")
        self._formats = get_capability(client.capabilities, f"{_ITEM}.documentation_format")
        self._region = client.conversion.to_range(view.document, found.region)
        self._whole = client.conversion.to_range(view.document, found.whole)

    def __call__(self, rank: int, item: CompletionItem) -> types.CompletionItem:
        snippet = item.snippet if self._snippets else None
        return types.CompletionItem(
            label=item.label,
            kind=_KINDS[item.kind],
            detail=item.detail or None,
            documentation=to_markup(item.documentation, self._formats) if item.documentation else None,
            sort_text=f"{rank:04}",
            filter_text=item.matched,
            insert_text_format=types.InsertTextFormat.Snippet if snippet else types.InsertTextFormat.PlainText,
            text_edit=self._edit(snippet or item.text),
        )

    def _edit(self, text: str) -> types.TextEdit | types.InsertReplaceEdit:
        """Replaces the whole word, or lets the client choose between that and the part before the cursor."""
        if self._inserts:
            return types.InsertReplaceEdit(text, insert=self._region, replace=self._whole)
        return types.TextEdit(self._whole, text)
