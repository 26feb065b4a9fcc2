"""The version of what lies in a store's folder: checked by readers, written when a folder becomes a store, and migrated.

A newer version is refused. An older one is migrated by a writer, step by step. First everything is copied beside, and the
copy stays. A step reads the copy and replaces files in the folder, and the version is written last: so an interrupted
migration is begun again, with the same result.
"""

from __future__ import annotations

import stat
from collections.abc import Callable, Mapping
from contextlib import suppress
from typing import NamedTuple

from lbsh.store.files import NEW, Files
from lbsh.store.protocol import StoreError

_VERSION = "schema"
_COPY = "before-schema-"
_LOCKS = frozenset({"lock", "tree-lock", "poller"})
_RUN = "run"
"""The folder of the poller's socket."""
_OWN = (
    _LOCKS | {_RUN} | {_VERSION, "changed", "lost+found"}
)  # the last is in each folder where a file system is mounted

Step = Callable[[Files, str, str], None]
"""Changes the folder of a store, given second, from a copy of its former state, given first, to the next version."""


class Schema(NamedTuple):
    """The version that this program knows, and the steps from each older version to the next."""

    version: int
    steps: Mapping[int, Step]


SCHEMA = Schema(1, {})


def is_store(files: Files, folder: str, schema: Schema) -> bool:
    """Whether a folder is a store of a known version; false if it is missing or empty. Raises `StoreError` otherwise."""
    version = _version_of(files, folder)
    if version is None:
        return False
    if version > schema.version:
        raise StoreError(
            f"{folder}: the store has schema {version}, and this lbsh knows {schema.version} at most; "
            "nothing was changed: use the newer lbsh, or another folder with --store"
        )
    if version < schema.version:
        raise StoreError(
            f"{folder}: the store has the older schema {version}; the next change migrates it, and keeps a copy"
        )
    return True


def prepare(files: Files, folder: str, schema: Schema) -> None:
    """Makes a folder a store of this version; for the holder of the lock."""
    version = _version_of(files, folder)
    if version is not None and version < schema.version:
        _migrate(files, folder, version, schema)
    elif version is None:
        files.sync(folder.rpartition("/")[0] or "/")  # it may be new there
        _write_version(files, folder, schema.version)
    is_store(files, folder, schema)


def require_ours(files: Files, folder: str) -> None:
    """Raises `StoreError` if a folder has files, but is no store."""
    _version_of(files, folder)


def _version_of(files: Files, folder: str) -> int | None:
    try:
        return int(files.read(f"{folder}/{_VERSION}"))
    except ValueError as error:
        raise StoreError(f"{folder}/{_VERSION} is damaged: it should be a number") from error
    except FileNotFoundError:
        pass
    names: list[str] = []
    with suppress(FileNotFoundError):
        names = sorted(set(files.names(folder)) - _OWN)
    if names:
        raise StoreError(
            f"{folder} is no store: it has files (`{names[0]}`), but no `{_VERSION}`; name another folder with --store"
        )
    return None


def _write_version(files: Files, folder: str, version: int) -> None:
    files.replace(f"{folder}/{_VERSION}", f"{version}\n".encode())


def _migrate(files: Files, folder: str, version: int, schema: Schema) -> None:
    for older in range(version, schema.version):
        copy = f"{folder}/{_COPY}{older}"
        if f"{_COPY}{older}" not in files.names(folder):
            new = f"{folder}/{NEW}copy"
            files.remove(new)
            _copy(files, folder, new)
            files.calls.rename(new, copy)
            files.sync(folder)
        schema.steps[older](files, copy, folder)
        _write_version(files, folder, older + 1)


def _copy(files: Files, source: str, target: str) -> None:
    """Copies files and folders; no links, which people alone follow, no locks, no sockets and no earlier copies."""
    files.make_folder(target)
    for name in files.names(source):
        mode = files.calls.lstat(f"{source}/{name}").st_mode
        if name in _LOCKS or name == _RUN or name.startswith(_COPY):
            continue
        if stat.S_ISDIR(mode):
            _copy(files, f"{source}/{name}", f"{target}/{name}")
        elif stat.S_ISREG(mode):
            files.create(f"{target}/{name}", files.read(f"{source}/{name}"))
    files.sync(target)
