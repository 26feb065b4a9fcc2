"""Code actions. What takes long is worked out when a client that can wait for it asks."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING

from lsprotocol import types
from pygls.capabilities import get_capability

from lbsh_lang.analysis import Action, ActionKind, Edits, View, code_actions, fix_all, has_safe_fixes, take_snapshot
from lbsh_lsp.diagnostics import to_diagnostic
from lbsh_lsp.documents import Places
from lbsh_lsp.prepared import Prepared

if TYPE_CHECKING:
    from lbsh_lsp.server import LbshServer

_OPTIONS = types.CodeActionOptions([kind.value for kind in ActionKind], resolve_provider=True)
_FIX_ALL = "make all safe fixes"


def register(server: LbshServer) -> None:
    @server.feature(types.TEXT_DOCUMENT_CODE_ACTION, _OPTIONS)
    async def act(params: types.CodeActionParams) -> list[types.CodeAction] | Prepared | None:
        uri, only = params.text_document.uri, params.context.only
        views = server.documents.views(uri)
        if not views:
            return None
        region = server.conversion.from_range(views[0].document, params.range)
        found = [_converted(server, server.documents.places, one) for one in code_actions(views, region, only)]
        if not ActionKind.FIX_ALL.is_asked(only) or not has_safe_fixes(views):
            return found
        able = get_capability(server.client_capabilities, "text_document.code_action.resolve_support.properties")
        if only is None and "edit" in (able or ()):
            data = {"uri": uri, "version": server.documents.version_of(uri)}
            return [*found, types.CodeAction(_FIX_ALL, types.CodeActionKind.SourceFixAll, data=data)]
        make = _fix_all(server, views)
        return await server.aside.answer(uri, lambda: [*found, *(_converted(server, *one) for one in make())])

    @server.feature(types.CODE_ACTION_RESOLVE)
    async def resolve(params: types.CodeAction) -> types.CodeAction | Prepared:
        data = params.data if isinstance(params.data, Mapping) else {}
        uri = str(data.get("uri"))
        views = server.documents.views(uri)
        if not views or server.documents.version_of(uri) != data.get("version"):
            return params
        make = _fix_all(server, views)

        def fill() -> types.CodeAction:
            params.edit = next((to_workspace_edit(server, places, one.edits) for places, one in make()), None)
            return params

        return await server.aside.answer(uri, fill)


def _fix_all(server: LbshServer, views: Sequence[View]) -> Callable[[], Iterator[tuple[Places, Action]]]:
    """What makes all safe fixes of the document as it is now; it takes long."""
    scripts = [take_snapshot(view.session) for view in views]
    identity = views[0].document.identity
    places = server.documents.places_now([identity])

    def make() -> Iterator[tuple[Places, Action]]:
        action = fix_all(scripts, identity)
        if action is not None:
            yield places, action

    return make


def _converted(server: LbshServer, places: Places, action: Action) -> types.CodeAction:
    return types.CodeAction(
        action.title,
        types.CodeActionKind(action.kind.value),
        [to_diagnostic(server, one) for one in action.found] or None,
        action.preferred or None,
        edit=to_workspace_edit(server, places, action.edits),
    )


def to_workspace_edit(server: LbshServer, places: Places, edits: Edits) -> types.WorkspaceEdit:
    """Edits of documents of scripts, with their versions where the client can check these."""
    converted = places.edits(edits)
    if not server.supports("workspace.workspace_edit.document_changes"):
        return types.WorkspaceEdit({places.uri(identity): each for identity, each in converted.items()})
    return types.WorkspaceEdit(
        document_changes=[
            types.TextDocumentEdit(
                types.OptionalVersionedTextDocumentIdentifier(places.uri(identity), places.versions.get(identity)),
                each,
            )
            for identity, each in converted.items()
        ]
    )
