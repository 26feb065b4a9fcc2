"""The files around open documents, and what editors call them. An identity is a file's real path, or the URI of a document
that is no file.
"""

from __future__ import annotations

import contextlib
import os
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import unquote, urlsplit

from lbsh_lang.analysis import LARGEST_FILE, DecodeError, Unreadable, decode

MOST_SCRIPTS = 1000
MOST_TEXT = 64 * 1024 * 1024
MOST_ENTRIES = 20_000
DEEPEST_FOLDER = 8
"""Bounds on the search for scripts in a folder, which may be somebody's whole disk."""

_SUFFIX = ".lb"


class DiskFiles:
    """Reads what scripts include, and finds the scripts in the editor's folders."""

    def __init__(self) -> None:
        self.folders: list[str] = []
        """Real paths."""

    def find(self, path: str, includer: str) -> str | Unreadable:
        base = path_of(includer) or includer
        if not Path(base).is_absolute() and not Path(path).is_absolute():
            return Unreadable("a script that is not saved yet lies in no folder from which a path could lead on")
        try:
            return os.path.realpath(Path(base).parent / path)
        except (OSError, ValueError):  # a NUL, half a character, links in a ring
            return Unreadable("no file can have that name")

    def stamp(self, identity: str) -> tuple[int, int, int] | None:
        try:
            status = os.stat(identity)  # noqa: PTH116 -- an identity need be no path
        except (OSError, ValueError):
            return None
        return status.st_mtime_ns, status.st_size, status.st_ino

    def exists(self, identity: str) -> bool:
        inside = any(identity.startswith(folder + os.sep) for folder in self.folders)
        return inside and identity.endswith(_SUFFIX) and self.stamp(identity) is not None

    def read(self, identity: str) -> str | Unreadable:
        try:
            path = Path(identity)
            if path.exists() and not path.is_file() and not path.is_dir():
                return Unreadable("is no regular file")
            with path.open("rb") as file:
                content = file.read(LARGEST_FILE + 1)
        except IsADirectoryError:
            return Unreadable("is a folder, not a file")
        except (OSError, ValueError) as error:
            return Unreadable((getattr(error, "strerror", None) or str(error)).lower())
        if len(content) > LARGEST_FILE:
            return Unreadable(f"is larger than {LARGEST_FILE >> 20} MiB, which no script is")
        try:
            return decode(content)
        except DecodeError as error:
            return Unreadable(str(error))

    def name(self, identity: str) -> str:
        """A path relative to the folder of the editor that holds it; else all of it, since two files may share a name."""
        for folder in self.folders:
            if identity.startswith(folder + os.sep):
                return identity[len(folder) + 1 :]
        return path_of(identity) or identity

    def scripts(self) -> Iterator[str]:
        left, room = MOST_SCRIPTS, MOST_TEXT
        for folder in self.folders:
            for path, size in _scripts_below(folder):
                room -= size
                if left == 0 or room < 0:
                    return
                left -= 1
                yield path


def identity_of(uri: str) -> str:
    """The identity of the document that an editor calls by a URI."""
    path = path_of(uri)
    try:
        return os.path.realpath(path) if path is not None else uri
    except (OSError, ValueError):
        return uri


def path_of(uri: str) -> str | None:
    """The path that a URI of a file holds, None if it is the URI of something else, or none at all."""
    try:
        parts = urlsplit(uri)
    except ValueError:
        return None
    if parts.scheme != "file":
        return None
    path = unquote(parts.path)
    return path.lstrip("/") if os.name == "nt" else path


def uri_of(identity: str) -> str:
    """The URI of a file, or of a document that is none."""
    return Path(identity).as_uri() if Path(identity).is_absolute() else identity


def _scripts_below(folder: str) -> Iterator[tuple[str, int]]:
    """The scripts in a folder and those below it, with their sizes; hidden folders and links to folders are left out."""
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
