"""Definitions, references, highlights, linked editing and rename, in all scripts that a document is part of."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from functools import partial
from typing import TypeVar

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
from lbsh_lsp.client import Client
from lbsh_lsp.conversion import Conversion
from lbsh_lsp.documents import Places
from lbsh_lsp.serialization import Serialized

T = TypeVar("T")

_ACCESS = {
    Access.READ: types.DocumentHighlightKind.Read,
    Access.WRITE: types.DocumentHighlightKind.Write,
}


async def find_definition(
    client: Client, params: types.DefinitionParams
) -> list[types.Location] | list[types.LocationLink] | None:
    found = [
        (one, view)
        for view, at in _places_in_scripts(client, params.text_document, params.position)
        if (one := definition(view, at)) is not None
    ]
    if not found:
        return None
    targets = dict.fromkeys(target for one, _ in found for target in one.targets)
    if client.supports("text_document.definition.link_support"):
        origin = client.conversion.to_range(found[0][1].document, found[0][0].origin)
        return [_link(client.documents.places, target, origin) for target in targets]
    return [client.documents.places.location(target.location) for target in targets]


async def find_references(client: Client, params: types.ReferenceParams) -> Serialized:
    find = references_and_definitions if params.context.include_declaration else references
    asked = list(_places_in_scripts(client, params.text_document, params.position))
    found = _distinct([find(view, at) for view, at in asked])
    places = client.documents.snapshot_places(one.identity for one in found)
    return await client.background.answer_each(params.text_document.uri, found, places.location)


async def find_highlights(client: Client, params: types.DocumentHighlightParams) -> Serialized | None:
    asked = list(_places_in_scripts(client, params.text_document, params.position))
    if not asked:
        return None
    found = _distinct([highlights(view, at) for view, at in asked])
    convert = partial(_highlight, client.conversion, asked[0][0].document.copy())
    return await client.background.answer_each(params.text_document.uri, found, convert)


def _distinct(each: list[list[T]]) -> list[T]:
    """Merges the results of all scripts without duplicates."""
    return each[0] if len(each) == 1 else list(dict.fromkeys(itertools.chain.from_iterable(each)))


def _highlight(conversion: Conversion, document: Document, highlight: Highlight) -> Serialized:
    """A `DocumentHighlight`; a large pool has very many, at each move of the cursor."""
    range_ = conversion.range_json(document, highlight.region)
    return Serialized(f'{{"range":{range_},"kind":{_ACCESS[highlight.access].value}}}')


def _link(places: Places, target: Target, origin: types.Range) -> types.LocationLink:
    identity = target.location.identity
    statement = places.range(Location(identity, target.statement))
    return types.LocationLink(places.uri(identity), statement, places.range(target.location), origin)


async def find_linked_ranges(
    client: Client, params: types.LinkedEditingRangeParams
) -> types.LinkedEditingRanges | None:
    answers = [
        (view, linked_regions(view, at))
        for view, at in _places_in_scripts(client, params.text_document, params.position)
    ]
    if not answers or any(regions != answers[0][1] for _, regions in answers) or not answers[0][1]:
        return None
    view, regions = answers[0]
    ranges = [client.conversion.to_range(view.document, region) for region in regions]
    return types.LinkedEditingRanges(ranges, NAME_PATTERN)


async def check_rename(client: Client, params: types.PrepareRenameParams) -> types.PrepareRenamePlaceholder | None:
    for view, at in _places_in_scripts(client, params.text_document, params.position):
        found = prepare_rename(view, at)
        if isinstance(found, Refusal):
            raise _refused(found)
        return types.PrepareRenamePlaceholder(client.conversion.to_range(view.document, found.region), found.name)
    return None


async def rename(client: Client, params: types.RenameParams) -> Serialized | None:
    sessions = list(client.documents.workspace.all_sessions())
    asked = next(_places_in_scripts(client, params.text_document, params.position), None)
    if asked is None:
        return None
    view, at = asked
    plan = plan_rename(view, at, params.new_name, sessions)
    if isinstance(plan, Refusal):
        raise _refused(plan)
    places = client.documents.snapshot_places(one.identity for one in plan.places)

    def make() -> types.WorkspaceEdit:
        edits = edits_of(plan, places.document)
        if isinstance(edits, Refusal):
            raise _refused(edits)
        return to_workspace_edit(client, places, edits)

    return await client.background.answer_many(params.text_document.uri, len(plan.places), make)


def _places_in_scripts(
    client: Client, document: types.TextDocumentIdentifier, at: types.Position
) -> Iterator[tuple[View, Position]]:
    """The place of a request, in each script that its document is part of."""
    for view in client.documents.views(document.uri):
        yield view, client.conversion.from_position(view.document, at)


def _refused(refusal: Refusal) -> JsonRpcException:
    return JsonRpcException(refusal.reason, types.LSPErrorCodes.RequestFailed.value)
