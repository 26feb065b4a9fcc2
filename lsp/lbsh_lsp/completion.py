"""Completion, and what it needs of the machine: names of interfaces, and files that may be included."""

from __future__ import annotations

import os
import socket
from collections.abc import Iterator
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING

from lsprotocol import types
from pygls.capabilities import get_capability

from lbsh_lang.analysis import Completion, CompletionItem, CompletionKind, View, complete
from lbsh_lsp.markup import to_markup

if TYPE_CHECKING:
    from lbsh_lsp.server import LbshServer

MOST_ENTRIES = 2000
"""How many entries of a folder are looked at."""

_OPTIONS = types.CompletionOptions(trigger_characters=[" ", ",", '"', "/"])
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


def register(server: LbshServer) -> None:
    @server.feature(types.TEXT_DOCUMENT_COMPLETION, _OPTIONS)
    async def suggest(params: types.CompletionParams) -> types.CompletionList | None:
        view = server.documents.view(params.text_document.uri)
        if view is None:
            return None
        at = server.conversion.from_position(view.document, params.position)
        identity = view.document.identity
        found = complete(view, at, interfaces(), lambda typed: paths(identity, typed))
        convert = _Converter(server, view, found)
        return types.CompletionList(
            found.incomplete, [convert(number, item) for number, item in enumerate(found.items)]
        )


class _Converter:
    """Makes the items of one answer; what the client can do is asked once."""

    def __init__(self, server: LbshServer, view: View, found: Completion) -> None:
        self._snippets = server.supports(f"{_ITEM}.snippet_support")
        self._inserts = server.supports(f"{_ITEM}.insert_replace_support")
        self._formats = get_capability(server.client_capabilities, f"{_ITEM}.documentation_format")
        self._region = server.conversion.to_range(view.document, found.region)
        self._whole = server.conversion.to_range(view.document, found.whole)

    def __call__(self, number: int, item: CompletionItem) -> types.CompletionItem:
        snippet = item.snippet if self._snippets else None
        return types.CompletionItem(
            label=item.label,
            kind=_KINDS[item.kind],
            detail=item.detail or None,
            documentation=to_markup(item.documentation, self._formats) if item.documentation else None,
            sort_text=f"{number:04}",
            filter_text=item.matched,
            insert_text_format=types.InsertTextFormat.Snippet if snippet else types.InsertTextFormat.PlainText,
            text_edit=self._edit(snippet or item.text),
        )

    def _edit(self, text: str) -> types.TextEdit | types.InsertReplaceEdit:
        """In the place of the whole word, or as the user of the client has it: up to the cursor or the whole."""
        if self._inserts:
            return types.InsertReplaceEdit(text, insert=self._region, replace=self._whole)
        return types.TextEdit(self._whole, text)


def interfaces() -> list[str]:
    """The network interfaces of this machine, less the loopback."""
    try:
        return [name for _, name in socket.if_nameindex() if name != "lo"]
    except (AttributeError, OSError):  # the system does not tell
        return []


def paths(includer: str, typed: str) -> Iterator[str]:
    """Scripts and folders whose paths begin with what has been typed, seen from the file that is to include them."""
    if not Path(includer).is_absolute() or "\0" in typed:
        return
    folder = typed[: typed.rfind("/") + 1]
    try:
        with os.scandir(Path(includer).parent / folder) as entries:
            found = sorted(islice(entries, MOST_ENTRIES), key=lambda entry: entry.name)
    except (OSError, ValueError):
        return
    for entry in found:
        if entry.name.startswith(".") or not entry.name.isprintable():
            continue
        if entry.is_dir():
            yield f"{folder}{entry.name}/"
        elif entry.name.endswith(".lb") and os.path.realpath(entry.path) != includer:
            yield folder + entry.name
