"""Findings on their way to the client: pushed as they change, or pulled by a client that asks for them."""

from __future__ import annotations

import asyncio
import itertools
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from lsprotocol import types
from pygls.capabilities import get_capability

from lbsh_lang.analysis import IDLE, Diagnostic, Region, Severity, Span

if TYPE_CHECKING:
    from lbsh_lsp.server import LbshServer

REFRESH = 0.3
"""Seconds after an edit until other documents are looked at again."""

_SEVERITIES = {
    Severity.ERROR: types.DiagnosticSeverity.Error,
    Severity.WARNING: types.DiagnosticSeverity.Warning,
    Severity.INFORMATION: types.DiagnosticSeverity.Information,
}
_OPTIONS = types.DiagnosticOptions(inter_file_dependencies=True, workspace_diagnostics=True, identifier="lbsh")


class _Sent(NamedTuple):
    """What a client was sent last about a document, and what it was called then."""

    uri: str
    version: int | None
    found: list[Diagnostic]


class Publisher:
    """Sends the findings of documents as they change. What a client has been sent is the only state."""

    def __init__(self, server: LbshServer) -> None:
        self._server = server
        self._waiting: set[str] = set()
        self._typed: set[str] = set()
        self._sent: dict[str, _Sent] = {}
        self._results: dict[str, tuple[str, list[Diagnostic]]] = {}
        self._numbers = itertools.count(1)
        self._refreshing: asyncio.TimerHandle | None = None

    def note(self, identities: set[str], typed: str | None) -> None:
        """Says of which documents other things may be true now, and which of them the client itself has changed.

        What is sent is what is true once all messages are read that are there: of several versions the newest.
        """
        if not self._waiting:
            asyncio.get_running_loop().call_soon(self._send)
        self._waiting |= identities
        if typed is not None:
            self._typed.add(typed)

    def result(self, identity: str) -> tuple[str, list[Diagnostic]]:
        """The findings of a document under a name that stays while they do."""
        found = self._server.documents.workspace.diagnostics(identity)
        known = self._results.get(identity)
        if known is None or known[1] != found:
            known = self._results[identity] = (str(next(self._numbers)), found)
        return known

    def close(self) -> None:
        """Nothing is sent any more."""
        self._waiting, self._typed = set(), set()
        if self._refreshing is not None:
            self._refreshing.cancel()

    def pulls(self) -> bool:
        """Whether the client asks for findings, and can be told to ask again; others are sent them."""
        capabilities = self._server.client_capabilities
        asks = get_capability(capabilities, "text_document.diagnostic") is not None
        return asks and self._server.supports("workspace.diagnostics.refresh_support")

    def _send(self) -> None:
        identities, self._waiting = self._waiting, set()
        others, self._typed = identities - self._typed, set()
        documents = self._server.documents
        if any(documents.version(identity) is not None for identity in others):
            self._refresh_soon()
        if self.pulls():
            self._have_pulled(others)
            return
        for identity in sorted(identities):
            found, version = documents.workspace.diagnostics(identity), documents.version(identity)
            sent = self._sent.get(identity)
            uri = documents.uri(identity)
            if sent is not None and sent.uri != uri and sent.found:  # it was open, or is now, under another name
                self._publish(_Sent(sent.uri, None, []))
                sent = None
            if (sent.version, sent.found) != (version, found) if sent is not None else found or version is not None:
                self._publish(_Sent(uri, version, found))
                self._sent[identity] = _Sent(uri, version, found)
            if version is None and not found:
                self._sent.pop(identity, None)

    def _publish(self, what: _Sent) -> None:
        converted = [to_diagnostic(self._server, one) for one in what.found]
        self._server.text_document_publish_diagnostics(
            types.PublishDiagnosticsParams(what.uri, converted, what.version)
        )

    def _refresh_soon(self) -> None:
        """Has the client ask again for what it shows of documents that nobody typed in; not for each letter."""
        if self._refreshing is None:
            self._refreshing = asyncio.get_running_loop().call_later(REFRESH, self._refresh)

    def _refresh(self) -> None:
        self._refreshing = None
        server = self._server
        for capability, ask in (
            ("workspace.code_lens.refresh_support", server.workspace_code_lens_refresh),
            ("workspace.inlay_hint.refresh_support", server.workspace_inlay_hint_refresh),
            ("workspace.semantic_tokens.refresh_support", server.workspace_semantic_tokens_refresh),
        ):
            if server.supports(capability):
                ask(None)

    def _have_pulled(self, others: set[str]) -> None:
        """Tells a client to ask again if the findings of documents changed that it has no reason to ask for."""
        known = {identity: self._results[identity][0] for identity in others & self._results.keys()}
        there = {identity for session in self._server.documents.workspace.sessions() for identity in session.documents}
        for identity in known.keys() - there:
            del self._results[identity]
        if any(identity not in there or self.result(identity)[0] != name for identity, name in known.items()):
            self._server.workspace_diagnostic_refresh(None)


def register(server: LbshServer) -> None:
    @server.feature(types.TEXT_DOCUMENT_DIAGNOSTIC, _OPTIONS)
    async def diagnose(params: types.DocumentDiagnosticParams) -> types.DocumentDiagnosticReport:
        view = server.documents.view(params.text_document.uri)
        if view is None:
            return types.RelatedFullDocumentDiagnosticReport(items=[])
        name, found = server.publisher.result(view.document.identity)
        if name == params.previous_result_id:
            return types.RelatedUnchangedDocumentDiagnosticReport(name)
        items = [to_diagnostic(server, one) for one in found]
        return types.RelatedFullDocumentDiagnosticReport(items=items, result_id=name)

    @server.feature(types.WORKSPACE_DIAGNOSTIC)
    async def diagnose_all(params: types.WorkspaceDiagnosticParams) -> types.WorkspaceDiagnosticReport:
        known = {one.uri: one.value for one in params.previous_result_ids}
        reports = {}
        for session in server.documents.workspace.all_sessions():
            await asyncio.sleep(0)  # other requests come first
            for identity in session.documents:
                reports[identity] = _report(server, identity, known)
        gone = known.keys() - {one.uri for one in reports.values()}
        missing = [types.WorkspaceFullDocumentDiagnosticReport(uri=uri, items=[]) for uri in sorted(gone)]
        return types.WorkspaceDiagnosticReport([*reports.values(), *missing])


def _report(server: LbshServer, identity: str, known: dict[str, str]) -> types.WorkspaceDocumentDiagnosticReport:
    uri, version = server.documents.uri(identity), server.documents.version(identity)
    name, found = server.publisher.result(identity)
    if known.get(uri) == name:
        return types.WorkspaceUnchangedDocumentDiagnosticReport(uri=uri, result_id=name, version=version)
    items = [to_diagnostic(server, one) for one in found]
    return types.WorkspaceFullDocumentDiagnosticReport(uri=uri, items=items, version=version, result_id=name)


def to_diagnostic(server: LbshServer, found: Diagnostic) -> types.Diagnostic:
    """A finding as the client shows it; what helps stands below the message."""
    page = page_of(found.code)
    return types.Diagnostic(
        range=_range(server, found.span),
        message="\n".join((found.message, *(f"help: {one}" for one in found.help))),
        severity=_SEVERITIES[found.severity],
        code=found.code,
        code_description=types.CodeDescription(page) if page else None,
        source="lbsh",
        tags=[types.DiagnosticTag.Unnecessary] if found.code in IDLE else None,
        related_information=[_related(server, label.span, label.message) for label in found.labels] or None,
    )


def _related(server: LbshServer, span: Span, message: str) -> types.DiagnosticRelatedInformation:
    location = types.Location(server.documents.uri(span.source.identity), _range(server, span))
    return types.DiagnosticRelatedInformation(location, message)


def _range(server: LbshServer, span: Span) -> types.Range:
    document = server.documents.workspace.known(span.source.identity)
    return server.conversion.to_range(document, Region(span.start, span.end))


@cache
def page_of(code: str) -> str | None:
    """Where the page of a code lies, as a URI: installed beside this module, or in the tree that it is run from."""
    here = Path(__file__).resolve()
    for folder in (here.parent / "codes", here.parents[2] / "docs" / "codes"):
        page = folder / f"{code}.md"
        if page.is_file():
            return page.as_uri()
    return None
