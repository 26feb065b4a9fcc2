"""Settings of the user, and files that change on the disk.

The settings are the packet filter whose limits count while typing, and the folders from which scripts may include files.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Mapping

from lsprotocol import types
from pygls.exceptions import JsonRpcException

from lbsh_lsp.client import Client

logger = logging.getLogger(__name__)

SECTION = "lbsh"


async def start(client: Client, params: types.InitializedParams) -> None:
    if client.supports("workspace.did_change_watched_files.dynamic_registration"):
        client.watch_files("**/*.lb")
    await _fetch(client)


async def configure(client: Client, params: types.DidChangeConfigurationParams) -> None:
    if isinstance(params.settings, Mapping) and isinstance(params.settings.get(SECTION), Mapping):
        apply_settings(client, params.settings[SECTION])
    await _fetch(client)


async def change_files(client: Client, params: types.DidChangeWatchedFilesParams) -> None:
    client.documents.files_changed(change.uri for change in params.changes)


async def save(client: Client, params: types.DidSaveTextDocumentParams) -> None:
    # For clients that watch no files, and for included files whose names do not end in `.lb`.
    client.documents.files_changed()


def apply_settings(client: Client, settings: object) -> None:
    """Applies the settings of a client; ignores unknown settings, and logs values that mean nothing."""
    if not isinstance(settings, Mapping):
        return
    if "includeFrom" in settings:
        _allow_folders(client, settings["includeFrom"])
    if "backend" in settings:
        _choose_backend(client, settings)


def _allow_folders(client: Client, value: object) -> None:
    folders = [] if value is None else value
    if not isinstance(folders, list | tuple) or not all(isinstance(folder, str) for folder in folders):
        logger.warning('the setting `includeFrom` must be a list of folders, such as ["/srv/farms"], not %r', value)
        folders = []
    client.documents.allow_folders([folder for folder in folders if folder])


def _choose_backend(client: Client, settings: Mapping[str, object]) -> None:
    name, target = settings.get("backend") or None, settings.get("target") or None
    backend = next((one for one in client.backends if one.name == name), None)
    if name is not None and backend is None:
        logger.warning("there is no backend %r", name)
    if backend is not None and target is not None and target not in backend.targets:
        logger.warning("%s has no target %r", backend.name, target)
    targets = backend.targets if backend is not None else ()
    client.documents.choose(backend, next((one for one in targets if one == target), None))


async def _fetch(client: Client) -> None:
    """Requests the settings of a client that keeps them."""
    if not client.supports("workspace.configuration"):
        return
    try:
        settings = await client.fetch_settings(SECTION)
    except asyncio.CancelledError:  # the connection ends
        return
    except JsonRpcException as error:
        logger.warning("the client has no settings: %s", error)
        return
    apply_settings(client, settings)
