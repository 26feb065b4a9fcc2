"""Definitions, references, highlights, linked editing and rename, in all scripts that a document is part of."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from functools import partial
from typing import TYPE_CHECKING, TypeVar

from lsprotocol import types
from pygls.exceptions import JsonRpcException

from lbsh_lang.analysis import (
    NAME_PATTERN,
    Access,
    Document,
    Highlight,
    Location,
    Position,
    Refusal,
    Target,
    View,
    definition,
    edits_of,
    highlights,
    linked_regions,
    plan_rename,
    prepare_rename,
    references,
    references_and_definitions,
)
from lbsh_lsp.actions import to_workspace_edit
from lbsh_lsp.documents import Places
from lbsh_lsp.prepared import Prepared

if TYPE_CHECKING:
    from lbsh_lsp.server import LbshServer

T = TypeVar("T")

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
        targets = dict.fromkeys(target for one, _ in found for target in one.targets)
        if server.supports("text_document.definition.link_support"):
            origin = server.conversion.to_range(found[0][1].document, found[0][0].origin)
            return [_link(server.documents.places, target, origin) for target in targets]
        return [server.documents.places.location(target.location) for target in targets]

    @server.feature(types.TEXT_DOCUMENT_REFERENCES)
    async def refer(params: types.ReferenceParams) -> Prepared:
        find = references_and_definitions if params.context.include_declaration else references
        asked = list(_asked(server, params.text_document, params.position))
        found = _distinct([find(view, at) for view, at in asked])
        places = server.documents.places_now(one.identity for one in found)
        return await server.aside.answer_each(params.text_document.uri, found, places.location)

    @server.feature(types.TEXT_DOCUMENT_DOCUMENT_HIGHLIGHT)
    async def highlight(params: types.DocumentHighlightParams) -> Prepared | None:
        asked = list(_asked(server, params.text_document, params.position))
        if not asked:
            return None
        found = _distinct([highlights(view, at) for view, at in asked])
        now = asked[0][0].document.copy()
        return await server.aside.answer_each(params.text_document.uri, found, partial(_highlight, server, now))


def _distinct(each: list[list[T]]) -> list[T]:
    """What was found in any of the scripts, once."""
    return each[0] if len(each) == 1 else list(dict.fromkeys(itertools.chain.from_iterable(each)))


def _highlight(server: LbshServer, document: Document, highlight: Highlight) -> Prepared:
    """A `DocumentHighlight`; of a large pool there are very many, at each move of the cursor."""
    range_ = server.conversion.range_json(document, highlight.region)
    return Prepared(f'{{"range":{range_},"kind":{_ACCESS[highlight.access].value}}}')


def _link(places: Places, target: Target, origin: types.Range) -> types.LocationLink:
    identity = target.location.identity
    statement = places.range(Location(identity, target.statement))
    return types.LocationLink(places.uri(identity), statement, places.range(target.location), origin)


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
    async def change(params: types.RenameParams) -> Prepared | None:
        sessions = list(server.documents.workspace.all_sessions())
        view, at = next(_asked(server, params.text_document, params.position), (None, None))
        if view is None or at is None:
            return None
        planned = plan_rename(view, at, params.new_name, sessions)
        if isinstance(planned, Refusal):
            raise _refused(planned)
        places = server.documents.places_now(one.identity for one in planned.places)

        def make() -> types.WorkspaceEdit:
            edits = edits_of(planned, places.document)
            if isinstance(edits, Refusal):
                raise _refused(edits)
            return to_workspace_edit(server, places, edits)

        return await server.aside.answer_many(params.text_document.uri, len(planned.places), make)


def _asked(
    server: LbshServer, document: types.TextDocumentIdentifier, at: types.Position
) -> Iterator[tuple[View, Position]]:
    """The place that a request is about, in each script that its document is part of."""
    for view in server.documents.views(document.uri):
        yield view, server.conversion.from_position(view.document, at)


def _refused(refusal: Refusal) -> JsonRpcException:
    return JsonRpcException(refusal.reason, types.LSPErrorCodes.RequestFailed.value)
