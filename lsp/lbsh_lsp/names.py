"""Definitions, references, highlights, linked editing and rename, in all scripts that a document is part of."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from lsprotocol import types
from pygls.exceptions import JsonRpcException

from lbsh_lang.analysis.references import (
    Access,
    Target,
    definition,
    highlights,
    linked_regions,
    references,
    references_and_definitions,
)
from lbsh_lang.analysis.rename import Refusal, prepare_rename, rename
from lbsh_lang.analysis.view import View
from lbsh_lang.source import Position
from lbsh_lang.syntax.lowering import NAME_PATTERN
from lbsh_lsp.actions import to_workspace_edit

if TYPE_CHECKING:
    from lbsh_lsp.server import LbshServer

_ACCESS = {
    Access.READ: types.DocumentHighlightKind.Read,
    Access.WRITE: types.DocumentHighlightKind.Write,
}


def register(server: LbshServer) -> None:
    _register_places(server)
    _register_changes(server)


def _register_places(server: LbshServer) -> None:
    @server.feature(types.TEXT_DOCUMENT_DEFINITION)
    async def define(params: types.DefinitionParams) -> list[types.Location] | list[types.LocationLink] | None:
        found = [
            (one, view)
            for view, at in _asked(server, params.text_document, params.position)
            if (one := definition(view, at)) is not None
        ]
        if not found:
            return None
        targets = {target: view for one, view in found for target in one.targets}
        if server.supports("text_document.definition.link_support"):
            origin = server.conversion.to_range(found[0][1].document, found[0][0].origin)
            return [_link(server, view, target, origin) for target, view in targets.items()]
        return [server.documents.to_location(view, *target.location) for target, view in targets.items()]

    @server.feature(types.TEXT_DOCUMENT_REFERENCES)
    async def refer(params: types.ReferenceParams) -> list[types.Location] | None:
        find = references_and_definitions if params.context.include_declaration else references
        places = {
            location: view
            for view, at in _asked(server, params.text_document, params.position)
            for location in find(view, at)
        }
        return [server.documents.to_location(view, *location) for location, view in places.items()]

    @server.feature(types.TEXT_DOCUMENT_DOCUMENT_HIGHLIGHT)
    async def highlight(params: types.DocumentHighlightParams) -> list[types.DocumentHighlight] | None:
        found = {
            one: view.document
            for view, at in _asked(server, params.text_document, params.position)
            for one in highlights(view, at)
        }
        return [
            types.DocumentHighlight(server.conversion.to_range(document, one.region), _ACCESS[one.access])
            for one, document in found.items()
        ]


def _link(server: LbshServer, view: View, target: Target, origin: types.Range) -> types.LocationLink:
    document = view.session.documents[target.location.identity]
    return types.LocationLink(
        server.documents.uri(document.identity),
        server.conversion.to_range(document, target.statement),
        server.conversion.to_range(document, target.location.region),
        origin,
    )


def _register_changes(server: LbshServer) -> None:
    @server.feature(types.TEXT_DOCUMENT_LINKED_EDITING_RANGE)
    async def link(params: types.LinkedEditingRangeParams) -> types.LinkedEditingRanges | None:
        answers = [
            (view, linked_regions(view, at)) for view, at in _asked(server, params.text_document, params.position)
        ]
        if not answers or any(regions != answers[0][1] for _, regions in answers) or not answers[0][1]:
            return None
        view, regions = answers[0]
        ranges = [server.conversion.to_range(view.document, region) for region in regions]
        return types.LinkedEditingRanges(ranges, NAME_PATTERN)

    @server.feature(types.TEXT_DOCUMENT_PREPARE_RENAME)
    async def prepare(params: types.PrepareRenameParams) -> types.PrepareRenamePlaceholder | None:
        for view, at in _asked(server, params.text_document, params.position):
            found = prepare_rename(view, at)
            if isinstance(found, Refusal):
                raise _refused(found)
            return types.PrepareRenamePlaceholder(server.conversion.to_range(view.document, found.region), found.name)
        return None

    @server.feature(types.TEXT_DOCUMENT_RENAME)
    async def change(params: types.RenameParams) -> types.WorkspaceEdit | None:
        sessions = list(server.documents.workspace.all_sessions())
        for view, at in _asked(server, params.text_document, params.position):
            edits = rename(view, at, params.new_name, sessions)
            if isinstance(edits, Refusal):
                raise _refused(edits)
            return to_workspace_edit(server, edits)
        return None


def _asked(
    server: LbshServer, document: types.TextDocumentIdentifier, at: types.Position
) -> Iterator[tuple[View, Position]]:
    """The place that a request is about, in each script that its document is part of."""
    for view in server.documents.views(document.uri):
        yield view, server.conversion.from_position(view.document, at)


def _refused(refusal: Refusal) -> JsonRpcException:
    return JsonRpcException(refusal.reason, types.LSPErrorCodes.RequestFailed.value)
