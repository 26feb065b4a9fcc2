"""Writes a file as a whole or not at all, and follows no link that somebody else may have laid.

A program that runs as root and writes where others may write (`/tmp/rules`) must not be led to another place. So links are
followed only if root or this user made them; the path without links is then opened part by part, none of which may have
become a link. The text goes into a new file beside the old one, which takes its place at once.
"""

from __future__ import annotations

import os
import secrets
import stat
from pathlib import Path

_MOST_LINKS = 40


class UnsafePathError(OSError):
    """A path leads over a link of another user, or to something that is no file."""


def save(path: str, text: str) -> None:
    """Writes a text. A new file is for its owner alone; an old one keeps its permissions. Raises OSError."""
    place = safe_path(path)
    folder = _open_folder(place.parent)
    try:
        _replace(folder, place.name, text)
    finally:
        os.close(folder)


def safe_path(path: str) -> Path:
    """The path without links. Raises UnsafePathError if another user made one of these."""
    ahead = [*Path(path).expanduser().absolute().parts[:0:-1]]
    reached = Path("/")
    links = 0
    while ahead:
        here = reached / ahead.pop()
        if here.name == "..":
            reached = reached.parent
        elif _is_link(here):
            links += 1
            if links > _MOST_LINKS:
                raise UnsafePathError(f"too many links lead to {path}")
            target = here.readlink()
            reached = Path("/") if target.is_absolute() else reached
            ahead += [part for part in reversed(target.parts) if part != "/"]
        else:
            reached = here
    return reached


def _is_link(path: Path) -> bool:
    try:
        status = path.lstat()
    except FileNotFoundError:
        return False
    if not stat.S_ISLNK(status.st_mode):
        return False
    if status.st_uid not in {0, os.geteuid()}:
        raise UnsafePathError(f"{path} is a link of another user")
    return True


def _open_folder(folder: Path) -> int:
    """A descriptor of a folder, reached over no link."""
    flags = os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC
    reached = os.open(folder.anchor, flags)
    for part in folder.parts[1:]:
        try:
            following = os.open(part, flags, dir_fd=reached)
        finally:
            os.close(reached)
        reached = following
    return reached


def _replace(folder: int, name: str, text: str) -> None:
    """Writes aside, then renames."""
    mode = _mode_of_old(folder, name)
    aside = f".{name[:100]}.{secrets.token_hex(8)}"
    descriptor = os.open(
        aside, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC, 0o600, dir_fd=folder
    )
    try:
        with os.fdopen(descriptor, "wb") as file:
            os.fchmod(file.fileno(), mode)
            file.write(text.encode("utf-8", "backslashreplace"))
            file.flush()
            os.fsync(file.fileno())
        os.rename(aside, name, src_dir_fd=folder, dst_dir_fd=folder)
    except BaseException:
        os.unlink(aside, dir_fd=folder)
        raise
    os.fsync(folder)


def _mode_of_old(folder: int, name: str) -> int:
    try:
        status = os.stat(name, dir_fd=folder, follow_symlinks=False)
    except FileNotFoundError:
        return 0o600
    if not stat.S_ISREG(status.st_mode):
        raise UnsafePathError(f"{name} is no file")
    return stat.S_IMODE(status.st_mode) & 0o777
