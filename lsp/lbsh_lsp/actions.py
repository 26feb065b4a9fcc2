"""Code actions. Finding all safe fixes takes long, so a client that can resolve actions gets them on request."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence

from lsprotocol import types
from pygls.capabilities import get_capability

from lbsh_lang.analysis import Action, ActionKind, Edits, View, code_actions, fix_all, has_safe_fixes, take_snapshot
from lbsh_lsp.client import Client
from lbsh_lsp.diagnostics import to_diagnostic
from lbsh_lsp.documents import Places
from lbsh_lsp.serialization import Serialized

OPTIONS = types.CodeActionOptions([kind.value for kind in ActionKind], resolve_provider=True)
_FIX_ALL = "make all safe fixes"


async def offer_actions(client: Client, params: types.CodeActionParams) -> list[types.CodeAction] | Serialized | None:
    uri, only = params.text_document.uri, params.context.only
    views = client.documents.views(uri)
    if not views:
        return None
    region = client.conversion.from_range(views[0].document, params.range)
    found = [_action(client, client.documents.places, one) for one in code_actions(views, region, only)]
    if not ActionKind.FIX_ALL.is_asked(only) or not has_safe_fixes(views):
        return found
    resolvable = get_capability(client.capabilities, "text_document.code_action.resolve_support.properties")
    if only is None and "edit" in (resolvable or ()):
        data = {"uri": uri, "version": client.documents.version_of(uri)}
        return [*found, types.CodeAction(_FIX_ALL, types.CodeActionKind.SourceFixAll, data=data)]
    make = _prepare_fix_all(client, views)
    return await client.background.answer(uri, lambda: [*found, *(_action(client, *one) for one in make())])


async def resolve_action(client: Client, params: types.CodeAction) -> types.CodeAction | Serialized:
    data = params.data if isinstance(params.data, Mapping) else {}
    uri = str(data.get("uri"))
    views = client.documents.views(uri)
    if not views or client.documents.version_of(uri) != data.get("version"):
        return params
    make = _prepare_fix_all(client, views)

    def resolve() -> types.CodeAction:
        params.edit = next((to_workspace_edit(client, places, one.edits) for places, one in make()), None)
        return params

    return await client.background.answer(uri, resolve)


def _prepare_fix_all(client: Client, views: Sequence[View]) -> Callable[[], Iterator[tuple[Places, Action]]]:
    """Returns a function that finds all safe fixes of a document as it is now; that function takes long."""
    scripts = [take_snapshot(view.session) for view in views]
    identity = views[0].document.identity
    places = client.documents.snapshot_places([identity])

    def make() -> Iterator[tuple[Places, Action]]:
        action = fix_all(scripts, identity)
        if action is not None:
            yield places, action

    return make


def _action(client: Client, places: Places, action: Action) -> types.CodeAction:
    return types.CodeAction(
        action.title,
        types.CodeActionKind(action.kind.value),
        [to_diagnostic(client.documents, one) for one in action.found] or None,
        action.preferred or None,
        edit=to_workspace_edit(client, places, action.edits),
    )


def to_workspace_edit(client: Client, places: Places, edits: Edits) -> types.WorkspaceEdit:
    """Converts edits of documents, with the documents' versions if the client can check these."""
    converted = places.edits(edits)
    if not client.supports("workspace.workspace_edit.document_changes"):
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
