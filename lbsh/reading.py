"""Reads files, and decides which of them are opened at all. Commands and the language server share these rules.

A script names the files that it includes, and its author need not be the user who reads it. So an included file must be a
regular file that ends: a read from a pipe or a terminal waits for a writer, and some files of the system do so too. The file
that a user names may be anything.
"""

from __future__ import annotations

import os
import stat
from collections.abc import Iterable
from io import FileIO

from lbsh_lang.source import LARGEST_FILE, DecodeError, decode

_FLAGS = (
    os.O_RDONLY | getattr(os, "O_CLOEXEC", 0) | getattr(os, "O_NOCTTY", 0) | getattr(os, "O_BINARY", 0)
)  # Windows lacks some, others lack O_BINARY
_AT_ONCE = getattr(os, "O_NONBLOCK", 0)


class ReadError(Exception):
    """A file cannot be read; the text says why, in a few words."""


def read_named(path: str) -> bytes:
    """The content of a file that the user named. Waits for a pipe or a terminal. Raises `ReadError`."""
    try:
        with os.fdopen(os.open(path, _FLAGS), "rb") as file:
            return bounded(file.read(LARGEST_FILE + 1))
    except IsADirectoryError as error:
        raise ReadError("is a folder, not a file") from error
    except (OSError, ValueError) as error:
        raise ReadError(reason_of(error)) from error


def read_regular(path: str) -> bytes:
    """The content of a regular file that ends. Never waits. Raises `ReadError`, also for any other kind of file.

    Looks at the file before it is opened, since to open a device or a pipe may already have an effect, and again when it
    is open, since another file may have its name by then.
    """
    try:
        _require_regular(os.stat(path))  # noqa: PTH116 -- `Path` refuses what is no path, such as a URI with a NUL
        with FileIO(os.open(path, _FLAGS | _AT_ONCE)) as file:
            _require_regular(os.fstat(file.fileno()))
            return _read_to_end(file)
    except (OSError, ValueError) as error:
        raise ReadError(reason_of(error)) from error


def text_of(content: bytes) -> str:
    """The text of a file's content, a byte order mark at its start left out. Raises `ReadError`."""
    try:
        return decode(content)
    except DecodeError as error:
        raise ReadError(str(error)) from error


def lies_below(path: str, folders: Iterable[str]) -> bool:
    """Whether a real path leads to a file or folder within one of these folders, or to one of them."""
    return any(_holds(folder, path) for folder in folders)


def bounded(content: bytes) -> bytes:
    """Content of a file, unless it is larger than any script. Raises `ReadError`."""
    if len(content) > LARGEST_FILE:
        raise ReadError(f"is larger than {LARGEST_FILE >> 20} MiB, which no script is")
    return content


def reason_of(error: Exception) -> str:
    """The reason for which the system refuses something, in a few words."""
    return (error.strerror or str(error)).lower() if isinstance(error, OSError) else str(error)


def _require_regular(status: os.stat_result) -> None:
    if stat.S_ISDIR(status.st_mode):
        raise ReadError("is a folder, not a file")
    if not stat.S_ISREG(status.st_mode):
        raise ReadError("is no regular file")


def _read_to_end(file: FileIO) -> bytes:
    """All of a file, which may grow meanwhile.

    Linux presents streams of its kernel as regular files, such as `/proc/kmsg`. They have no size, and what is read from
    them is lost to other readers; so of a file without a size no more than a byte is read.
    """
    parts: list[bytes] = []
    length = 0
    while length <= LARGEST_FILE:
        size = min(os.fstat(file.fileno()).st_size, LARGEST_FILE)
        part = file.read(max(size - length, 0) + 1)
        if part is None:
            raise ReadError("does not end: there is nothing to read now, and may be later")
        if not part:
            break
        if os.fstat(file.fileno()).st_size == 0:
            raise ReadError("has no size, so it may not end")
        parts.append(part)
        length += len(part)
    return bounded(b"".join(parts))


def _holds(folder: str, path: str) -> bool:
    try:
        return os.path.commonpath((folder, path)) == folder
    except ValueError:  # on Windows: on another drive
        return False
