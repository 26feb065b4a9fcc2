"""What the user sets for the server: the packet filter whose limits count while typing. Also: files that others change."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Mapping
from typing import TYPE_CHECKING

from lsprotocol import types
from pygls.exceptions import JsonRpcException

if TYPE_CHECKING:
    from lbsh_lsp.server import LbshServer

logger = logging.getLogger(__name__)

SECTION = "lbsh"


def register(server: LbshServer) -> None:
    @server.feature(types.INITIALIZED)
    async def initialized(params: types.InitializedParams) -> None:
        watched = "workspace.did_change_watched_files.dynamic_registration"
        if server.supports(watched):
            _watch(server)
        await _ask(server)

    @server.feature(types.WORKSPACE_DID_CHANGE_CONFIGURATION)
    async def configure(params: types.DidChangeConfigurationParams) -> None:
        if isinstance(params.settings, Mapping) and isinstance(params.settings.get(SECTION), Mapping):
            take(server, params.settings[SECTION])
        await _ask(server)

    @server.feature(types.WORKSPACE_DID_CHANGE_WATCHED_FILES)
    async def files_changed(params: types.DidChangeWatchedFilesParams) -> None:
        server.documents.files_changed(change.uri for change in params.changes)

    @server.feature(types.TEXT_DOCUMENT_DID_SAVE)
    async def saved(params: types.DidSaveTextDocumentParams) -> None:
        # Clients that watch no files, and included files of other kinds than those that are watched.
        server.documents.files_changed()


def take(server: LbshServer, settings: object) -> None:
    """Takes settings from a client; what is no setting is passed over, and what names no backend is logged."""
    if not isinstance(settings, Mapping) or "backend" not in settings:
        return
    name, target = settings["backend"] or None, settings.get("target") or None
    backend = next((one for one in server.backends if one.name == name), None)
    if name is not None and backend is None:
        logger.warning("there is no backend %r", name)
    if backend is not None and target is not None and target not in backend.targets:
        logger.warning("%s has no target %r", backend.name, target)
        target = None
    server.publisher.note(server.documents.workspace.choose(backend, target if backend else None), None)


async def _ask(server: LbshServer) -> None:
    """Asks a client that keeps settings for those of the server."""
    if not server.supports("workspace.configuration"):
        return
    item = types.ConfigurationItem(section=SECTION)
    try:
        answer = await server.workspace_configuration_async(types.ConfigurationParams([item]))
    except (JsonRpcException, asyncio.CancelledError) as error:
        logger.warning("the client has no settings: %s", error)
        return
    take(server, answer[0] if answer else None)


def _watch(server: LbshServer) -> None:
    """Asks the client to tell of scripts that change on the disk."""
    options = types.DidChangeWatchedFilesRegistrationOptions([types.FileSystemWatcher("**/*.lb")])
    registration = types.Registration("scripts", types.WORKSPACE_DID_CHANGE_WATCHED_FILES, options)
    server.client_register_capability(types.RegistrationParams([registration]))
