"""Pushes findings to the client as they change, or has a client that pulls them pull again."""

from __future__ import annotations

import asyncio
from typing import NamedTuple

from lsprotocol import types
from pygls.capabilities import get_capability

from lbsh_lang.analysis import Diagnostic
from lbsh_lsp.client import Client, Shown
from lbsh_lsp.diagnostics import to_diagnostic

REFRESH_DELAY = 0.3
"""Seconds from an edit until the client is asked to refresh the findings of other documents."""


class _Published(NamedTuple):
    """The findings of a document that were sent last, with its URI and version at that time."""

    uri: str
    version: int | None
    found: list[Diagnostic]


class Publisher:
    """Sends the findings of documents once they have changed. Its state is the waiting and the last sent findings."""

    def __init__(self, client: Client) -> None:
        self._client = client
        self._affected: set[str] = set()
        self._edited: set[str] = set()
        self._published: dict[str, _Published] = {}
        self._refresh_timer: asyncio.TimerHandle | None = None

    def schedule(self, affected: set[str], edited: str | None) -> None:
        """Takes documents whose findings may have changed, and the one that the client itself has edited.

        They are sent once all received messages are read: of several versions only the newest is analysed.
        """
        if not self._affected:
            asyncio.get_running_loop().call_soon(self._send)
        self._affected |= affected
        if edited is not None:
            self._edited.add(edited)

    def close(self) -> None:
        """Sends nothing any more."""
        self._affected, self._edited = set(), set()
        if self._refresh_timer is not None:
            self._refresh_timer.cancel()

    def _send(self) -> None:
        affected, self._affected = self._affected, set()
        unedited, self._edited = affected - self._edited, set()
        documents = self._client.documents
        if any(documents.version(identity) is not None for identity in unedited):
            self._refresh_soon()
        if not pulls_diagnostics(self._client):
            for identity in sorted(affected):
                self._push(identity)
        elif self._client.results.changed(unedited):  # an edited document is pulled again anyway
            self._client.refresh(Shown.DIAGNOSTICS)

    def _push(self, identity: str) -> None:
        """Sends the findings of a document unless the client has them."""
        documents = self._client.documents
        found, version = documents.workspace.diagnostics(identity), documents.version(identity)
        before, now = self._published.get(identity), _Published(documents.uri(identity), version, found)
        if before is not None and before.uri != now.uri and before.found:  # it was opened or closed under another URI
            self._publish(_Published(before.uri, None, []))
            before = None
        if now[1:] != (before or _Published(now.uri, None, []))[1:]:
            self._publish(now)
            self._published[identity] = now
        if version is None and not found:
            self._published.pop(identity, None)

    def _publish(self, what: _Published) -> None:
        converted = [to_diagnostic(self._client.documents, one) for one in what.found]
        self._client.publish(types.PublishDiagnosticsParams(what.uri, converted, what.version))

    def _refresh_soon(self) -> None:
        """Has the client refresh the findings of documents that were not edited; not for each letter typed."""
        if self._refresh_timer is None:
            self._refresh_timer = asyncio.get_running_loop().call_later(REFRESH_DELAY, self._refresh)

    def _refresh(self) -> None:
        self._refresh_timer = None
        for shown in (Shown.CODE_LENSES, Shown.INLAY_HINTS, Shown.SEMANTIC_TOKENS):
            self._client.refresh(shown)


def pulls_diagnostics(client: Client) -> bool:
    """Whether the client pulls findings, and can be asked to pull again; other clients have them pushed."""
    pulls = get_capability(client.capabilities, "text_document.diagnostic") is not None
    return pulls and client.supports(Shown.DIAGNOSTICS.value)
