"""The server's view of its machine: files, and names of network interfaces.

An identity names a document, by whatever path or URI it is opened: the real path of a file, or the URI of a document that
is no file.
"""

from __future__ import annotations

import contextlib
import os
import socket
from collections.abc import Iterator, Sequence
from itertools import islice
from pathlib import Path
from typing import Protocol

from lbsh.reading import ReadError, lies_below, read_regular, text_of
from lbsh_lang.analysis import Files, Unreadable
from lbsh_lsp.uris import path_of

MOST_SCRIPTS = 1000
MOST_TEXT = 64 * 1024 * 1024
MOST_ENTRIES = 20_000
DEEPEST_FOLDER = 8
"""Bounds on the search for scripts in a folder, which may be the root of a whole disk."""

MOST_SUGGESTED = 2000
"""Bound on the entries of a folder among which completion looks for files."""

_SUFFIX = ".lb"
_NO_FOLDER = Unreadable("a script that is not saved yet lies in no folder from which a path could lead on")


class Machine(Files, Protocol):
    """The files and interfaces that a server may see."""

    folders: list[str]
    """The folders that the editor has open, by identity."""

    include_from: list[str]
    """Further folders whose files scripts may include. A relative path leads on from each folder that is open."""

    def identity(self, uri: str) -> str:
        """The identity of the document with a URI."""

    def paths(self, includer: str, typed: str, root: str) -> Iterator[str]:
        """Paths that begin with a text, relative to the document that includes them: of the scripts that the script with a
        root may include, and of the folders on the way to such scripts."""

    def interfaces(self) -> Sequence[str]:
        """The names of network interfaces, which completion suggests."""


class LocalMachine:
    """This machine, with the rights of the server's user."""

    def __init__(self) -> None:
        self.folders: list[str] = []
        self.include_from: list[str] = []

    def identity(self, uri: str) -> str:
        path = path_of(uri)
        try:
            return os.path.realpath(path) if path is not None else uri
        except (OSError, ValueError):
            return uri

    def find(self, path: str, includer: str) -> str | Unreadable:
        base = path_of(includer) or includer
        if not Path(base).is_absolute() and not Path(path).is_absolute():
            return _NO_FOLDER
        try:
            return os.path.realpath(Path(base).parent / path)
        except (OSError, ValueError):  # a NUL, half a character, links in a ring
            return Unreadable("no file can have that name")

    def may_include(self, identity: str, root: str) -> bool:
        return lies_below(identity, self._allowed(root))

    def stamp(self, identity: str) -> tuple[int, int, int] | None:
        try:
            status = os.stat(identity)  # noqa: PTH116 -- an identity may be a URI
        except (OSError, ValueError):
            return None
        return status.st_mtime_ns, status.st_size, status.st_ino

    def exists(self, identity: str) -> bool:
        inside = any(identity.startswith(folder + os.sep) for folder in self.folders)
        return inside and identity.endswith(_SUFFIX) and self.stamp(identity) is not None

    def read(self, identity: str) -> str | Unreadable:
        try:
            return text_of(read_regular(identity))
        except ReadError as error:
            return Unreadable(str(error))

    def name(self, identity: str) -> str:
        return _name(identity, self.folders)

    def scripts(self) -> Iterator[str]:
        left, room = MOST_SCRIPTS, MOST_TEXT
        allowed = self._allowed()
        for folder in self.folders:
            for path, size in _scripts_below(folder):
                if not lies_below(path, allowed):  # a link, which may be somebody else's
                    continue
                room -= size
                if left == 0 or room < 0:
                    return
                left -= 1
                yield path

    def paths(self, includer: str, typed: str, root: str) -> Iterator[str]:
        if not Path(includer).is_absolute() or "\0" in typed:
            return
        folder = typed[: typed.rfind("/") + 1]
        try:
            with os.scandir(Path(includer).parent / folder) as entries:
                found = sorted(islice(entries, MOST_SUGGESTED), key=lambda entry: entry.name)
        except (OSError, ValueError):
            return
        allowed = self._allowed(root)
        for entry in found:
            if entry.name.startswith(".") or not entry.name.isprintable():
                continue
            target = os.path.realpath(entry.path)
            inside = lies_below(target, allowed)
            if entry.is_dir():
                if inside or any(lies_below(one, (target,)) for one in allowed):
                    yield f"{folder}{entry.name}/"
            elif inside and entry.name.endswith(_SUFFIX) and target != includer:
                yield folder + entry.name

    def interfaces(self) -> Sequence[str]:
        """All but the loopback."""
        try:
            return [name for _, name in socket.if_nameindex() if name != "lo"]
        except (AttributeError, OSError):  # the system does not list them
            return []

    def _allowed(self, root: str | None = None) -> list[str]:
        """The folders whose files a script with a root may include; the root of a script that is not saved has none."""
        path = (path_of(root) or root) if root is not None else ""
        own = [os.path.realpath(Path(path).parent)] if Path(path).is_absolute() else []
        further = [Path(folder).expanduser() for folder in self.include_from]
        absolute = [one for one in further if one.is_absolute()]
        relative = [Path(folder) / one for one in further if not one.is_absolute() for folder in self.folders]
        return [*own, *self.folders, *map(os.path.realpath, (*absolute, *relative))]


class IsolatedMachine:
    """Nothing of the machine: for clients that must not see its files. Open documents can include each other."""

    def __init__(self) -> None:
        self.folders: list[str] = []
        self.include_from: list[str] = []

    def identity(self, uri: str) -> str:
        path = path_of(uri)
        return os.path.normpath(path) if path is not None else uri

    def find(self, path: str, includer: str) -> str | Unreadable:
        if not Path(includer).is_absolute() and not Path(path).is_absolute():
            return _NO_FOLDER
        return os.path.normpath(Path(includer).parent / path)

    def may_include(self, identity: str, root: str) -> bool:
        return True

    def read(self, identity: str) -> str | Unreadable:
        return Unreadable("is not open in the editor, and this server reads no files")

    def stamp(self, identity: str) -> None:
        return None

    def exists(self, identity: str) -> bool:
        return False

    def name(self, identity: str) -> str:
        return _name(identity, self.folders)

    def scripts(self) -> Iterator[str]:
        return iter(())

    def paths(self, includer: str, typed: str, root: str) -> Iterator[str]:
        return iter(())

    def interfaces(self) -> Sequence[str]:
        return ()


def _name(identity: str, folders: list[str]) -> str:
    """A path relative to the editor's folder that holds it; else the whole path, since two files may share a name."""
    for folder in folders:
        if identity.startswith(folder + os.sep):
            return identity[len(folder) + 1 :]
    return path_of(identity) or identity


def _scripts_below(folder: str) -> Iterator[tuple[str, int]]:
    """The scripts in a folder and in those below it, with their sizes. Skips hidden folders and links to folders."""
    entries, waiting = 0, [(folder, 0)]
    while waiting:
        here, depth = waiting.pop()
        try:
            found = sorted(os.scandir(here), key=lambda entry: entry.name)
        except OSError:
            continue
        for entry in found:
            entries += 1
            if entries > MOST_ENTRIES:
                return
            with contextlib.suppress(OSError):  # a link that leads nowhere, a file that is gone again
                if entry.is_dir(follow_symlinks=False):
                    if depth < DEEPEST_FOLDER and not entry.name.startswith((".", "node_modules")):
                        waiting.append((entry.path, depth + 1))
                elif entry.name.endswith(_SUFFIX) and entry.is_file():
                    yield os.path.realpath(entry.path), entry.stat().st_size
