"""Code actions. What takes long is worked out when a client that can wait for it asks."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING

from lsprotocol import types
from pygls.capabilities import get_capability

from lbsh_lang.analysis.actions import Action, ActionKind, actions, fix_all, has_safe_fixes
from lbsh_lang.analysis.regions import Edits
from lbsh_lang.analysis.view import View
from lbsh_lsp.diagnostics import to_diagnostic

if TYPE_CHECKING:
    from lbsh_lsp.server import LbshServer

_OPTIONS = types.CodeActionOptions([kind.value for kind in ActionKind], resolve_provider=True)
_FIX_ALL = "make all safe fixes"


def register(server: LbshServer) -> None:
    @server.feature(types.TEXT_DOCUMENT_CODE_ACTION, _OPTIONS)
    async def act(params: types.CodeActionParams) -> list[types.CodeAction] | None:
        view = server.documents.view(params.text_document.uri)
        if view is None:
            return None
        region = server.conversion.from_range(view.document, params.range)
        only = params.context.only
        found = [_converted(server, view, one) for one in actions(view, region, only)]
        if ActionKind.FIX_ALL.is_asked(only):
            found += _fix_all(server, view, params)
        return found

    @server.feature(types.CODE_ACTION_RESOLVE)
    async def resolve(params: types.CodeAction) -> types.CodeAction:
        data = params.data if isinstance(params.data, Mapping) else {}
        view = server.documents.view(str(data.get("uri")))
        if view is None or server.documents.version(view.document.identity) != data.get("version"):
            return params
        action = fix_all(view)
        params.edit = to_workspace_edit(server, action.edits if action is not None else {})
        return params


def _fix_all(server: LbshServer, view: View, params: types.CodeActionParams) -> Iterator[types.CodeAction]:
    """All safe fixes; what they come to only if they were asked for, or if there is no asking later."""
    if not has_safe_fixes(view):
        return
    able = get_capability(server.client_capabilities, "text_document.code_action.resolve_support.properties")
    if params.context.only is None and "edit" in (able or ()):
        data = {"uri": params.text_document.uri, "version": server.documents.version(view.document.identity)}
        yield types.CodeAction(_FIX_ALL, types.CodeActionKind.SourceFixAll, data=data)
        return
    action = fix_all(view)
    if action is not None:
        yield _converted(server, view, action)


def _converted(server: LbshServer, view: View, action: Action) -> types.CodeAction:
    return types.CodeAction(
        action.title,
        types.CodeActionKind(action.kind.value),
        [to_diagnostic(server, one) for one in action.found] or None,
        action.preferred or None,
        edit=to_workspace_edit(server, action.edits),
    )


def to_workspace_edit(server: LbshServer, edits: Edits) -> types.WorkspaceEdit:
    """Edits of documents of scripts, with their versions where the client can check these."""
    documents = server.documents
    converted = {
        identity: [server.conversion.to_edit(documents.workspace.known(identity), edit) for edit in each]
        for identity, each in edits.items()
    }
    if not server.supports("workspace.workspace_edit.document_changes"):
        return types.WorkspaceEdit({documents.uri(identity): each for identity, each in converted.items()})
    return types.WorkspaceEdit(
        document_changes=[
            types.TextDocumentEdit(
                types.OptionalVersionedTextDocumentIdentifier(documents.uri(identity), documents.version(identity)),
                each,
            )
            for identity, each in converted.items()
        ]
    )
