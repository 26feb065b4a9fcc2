"""Findings as the client shows them, and the requests of clients that pull them."""

from __future__ import annotations

import asyncio
from functools import cache
from pathlib import Path

from lsprotocol import types

from lbsh_lang.analysis import IDLE, Diagnostic, Region, Severity, Span
from lbsh_lsp.client import Client
from lbsh_lsp.documents import Documents

OPTIONS = types.DiagnosticOptions(inter_file_dependencies=True, workspace_diagnostics=True, identifier="lbsh")

_SEVERITIES = {
    Severity.ERROR: types.DiagnosticSeverity.Error,
    Severity.WARNING: types.DiagnosticSeverity.Warning,
    Severity.INFORMATION: types.DiagnosticSeverity.Information,
}


async def diagnose_document(client: Client, params: types.DocumentDiagnosticParams) -> types.DocumentDiagnosticReport:
    view = client.documents.view(params.text_document.uri)
    if view is None:
        return types.RelatedFullDocumentDiagnosticReport(items=[])
    name, found = client.results.result(view.document.identity)
    if name == params.previous_result_id:
        return types.RelatedUnchangedDocumentDiagnosticReport(name)
    items = [to_diagnostic(client.documents, one) for one in found]
    return types.RelatedFullDocumentDiagnosticReport(items=items, result_id=name)


async def diagnose_workspace(
    client: Client, params: types.WorkspaceDiagnosticParams
) -> types.WorkspaceDiagnosticReport:
    known = {one.uri: one.value for one in params.previous_result_ids}
    reports = {}
    for session in client.documents.workspace.all_sessions():
        await asyncio.sleep(0)  # other requests come first
        for identity in session.documents:
            reports[identity] = _report(client, identity, known)
    gone = known.keys() - {one.uri for one in reports.values()}
    missing = [types.WorkspaceFullDocumentDiagnosticReport(uri=uri, items=[]) for uri in sorted(gone)]
    return types.WorkspaceDiagnosticReport([*reports.values(), *missing])


def _report(client: Client, identity: str, known: dict[str, str]) -> types.WorkspaceDocumentDiagnosticReport:
    uri, version = client.documents.uri(identity), client.documents.version(identity)
    name, found = client.results.result(identity)
    if known.get(uri) == name:
        return types.WorkspaceUnchangedDocumentDiagnosticReport(uri=uri, result_id=name, version=version)
    items = [to_diagnostic(client.documents, one) for one in found]
    return types.WorkspaceFullDocumentDiagnosticReport(uri=uri, items=items, version=version, result_id=name)


def to_diagnostic(documents: Documents, found: Diagnostic) -> types.Diagnostic:
    """Converts a finding; its help stands below the message."""
    page = page_of(found.code)
    return types.Diagnostic(
        range=_range(documents, found.span),
        message="\n".join((found.message, *(f"help: {one}" for one in found.help))),
        severity=_SEVERITIES[found.severity],
        code=found.code,
        code_description=types.CodeDescription(page) if page else None,
        source="lbsh",
        tags=[types.DiagnosticTag.Unnecessary] if found.code in IDLE else None,
        related_information=[_related(documents, label.span, label.message) for label in found.labels] or None,
    )


def _related(documents: Documents, span: Span, message: str) -> types.DiagnosticRelatedInformation:
    location = types.Location(documents.uri(span.source.identity), _range(documents, span))
    return types.DiagnosticRelatedInformation(location, message)


def _range(documents: Documents, span: Span) -> types.Range:
    document = documents.workspace.known(span.source.identity)
    return documents.conversion.to_range(document, Region(span.start, span.end))


@cache
def page_of(code: str) -> str | None:
    """The URI of the page on a code: installed beside this module, or in the source tree that it runs from."""
    here = Path(__file__).resolve()
    for folder in (here.parent / "codes", here.parents[2] / "docs" / "codes"):
        page = folder / f"{code}.md"
        if page.is_file():
            return page.as_uri()
    return None
