"""The user's cache folder, for results that take long to make. Decides nothing about its content.

A cache never stands in the way. Where it cannot be used, nothing is read and nothing is kept. It lies in `lbsh` below
`XDG_CACHE_HOME` or `~/.cache`, for its user alone. A folder or a file of another user, or writable for others, is not used:
its content would decide the meaning of scripts.
"""

from __future__ import annotations

import os
import stat
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

LARGEST = 4 * 1024 * 1024
"""In bytes; far above anything that is kept."""


def read_cached(name: str) -> str | None:
    """The text that is kept under a name; None if there is none, or if it cannot be trusted."""
    try:
        with _folder() as folder:
            file = os.open(name, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK, dir_fd=folder)
            with os.fdopen(file, "rb") as opened:
                status = os.fstat(file)
                if not stat.S_ISREG(status.st_mode) or not _is_ours(status):
                    return None
                content = opened.read(LARGEST + 1)
        return content.decode() if len(content) <= LARGEST else None
    except (OSError, UnicodeDecodeError):
        return None


def keep_cached(name: str, text: str) -> None:
    """Keeps a text under a name, atomically; does nothing if that fails."""
    with suppress(OSError):
        _make(_place())
        with _folder() as folder:
            _replace(folder, name, text.encode())


def _place() -> Path:
    """The folder of the cache (XDG Base Directory Specification). Raises OSError if the user has no home."""
    base = Path(os.environ.get("XDG_CACHE_HOME", ""))
    if not base.is_absolute():
        base = Path(os.path.expanduser("~/.cache"))  # noqa: PTH111 -- pathlib raises another error without a home
    if not base.is_absolute():
        raise FileNotFoundError(base)
    return base / "lbsh"


@contextmanager
def _folder() -> Iterator[int]:
    """The folder, opened once, so that no other can replace it meanwhile. Raises OSError if it is not this user's alone."""
    folder = os.open(_place(), os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW)
    try:
        if not _is_ours(os.fstat(folder)):
            raise PermissionError
        yield folder
    finally:
        os.close(folder)


def _is_ours(status: os.stat_result) -> bool:
    """Whether a file is this user's, and no other user may write to it."""
    return status.st_uid == os.geteuid() and not status.st_mode & (stat.S_IWGRP | stat.S_IWOTH)


def _make(place: Path) -> None:
    """Makes the folder with those above it, in a folder of this user's. Raises OSError."""
    if place.is_dir():
        return
    if not place.parent.is_dir():
        _make(place.parent)
    if place.parent.stat().st_uid != os.geteuid():
        raise PermissionError  # for root in the home of somebody else
    with suppress(FileExistsError):
        place.mkdir(mode=0o700)


def _replace(folder: int, name: str, content: bytes) -> None:
    """Replaces a file by another one, which is first written beside it."""
    new = f".{name}.{os.urandom(8).hex()}"
    file = os.open(new, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW, 0o600, dir_fd=folder)
    try:
        with os.fdopen(file, "wb") as opened:
            opened.write(content)
        os.replace(new, name, src_dir_fd=folder, dst_dir_fd=folder)
    except OSError:
        with suppress(OSError):
            os.unlink(new, dir_fd=folder)
        raise
