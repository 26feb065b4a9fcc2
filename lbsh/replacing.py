"""Replaces files of the system, whose old text is kept beside them. Decides nothing about their content.

The way to a file is walked folder by folder, each opened below the one before, and the file is written in the folder that
was reached: nobody can lead the way elsewhere between a look and a write. A symbolic link is followed only where none but
root and the user of this process can have placed it.
"""

from __future__ import annotations

import errno
import os
import secrets
import stat
from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from itertools import count

from lbsh.files import FileError
from lbsh.reading import reason_of

_MOST_LINKS = 40
"""As many as Linux follows: path_resolution(7)."""

_FOLDER = os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC

NEW = 0o640
"""The mode of a new file, as netfilter-persistent has it."""

_NO_LINKS = frozenset({errno.EPERM, errno.EOPNOTSUPP, errno.ENOSYS, errno.EMLINK})
"""What link(2) says where there can be no further name: of file systems without hard links, or with too many of them."""

KEPT = ".before-lbsh"
"""The end of the name of an old file; if there is one already, a number follows."""


class Target:
    """A file to be replaced, in an open folder. `path` is where it really lies, `old` its content, None without a file."""

    def __init__(self, folder: int, name: str, path: str) -> None:
        self._folder, self._name, self.path = folder, name, path
        self._status = _status(folder, name)
        self.old = None if self._status is None else self._read(self._status)
        self._prepared = ""

    def _read(self, status: os.stat_result) -> bytes:
        if not stat.S_ISREG(status.st_mode):
            raise FileError(f"{self.path}: is no regular file")
        with os.fdopen(
            os.open(self._name, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK, dir_fd=self._folder), "rb"
        ) as file:
            return file.read()

    def prepare(self, content: bytes) -> None:
        """Writes the new content beside the file, complete and on the disk, with its mode and owner. Raises `OSError`.

        A new file is not for everybody: rules tell what a network has.
        """
        name = f".lbsh-{secrets.token_hex(8)}"
        self._write(name, content)
        self._prepared = name

    def _write(self, name: str, content: bytes) -> None:
        """Makes a file, complete or not at all, with the mode and the owner of the old one.

        Raises `OSError`, among them `FileExistsError`.
        """
        flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC
        handle = os.open(name, flags, 0o600, dir_fd=self._folder)
        try:
            with os.fdopen(handle, "wb") as file:
                file.write(content)
                file.flush()
                if self._status is not None:
                    own = os.fstat(handle)
                    if (own.st_uid, own.st_gid) != (self._status.st_uid, self._status.st_gid):
                        os.fchown(handle, self._status.st_uid, self._status.st_gid)
                os.fchmod(handle, NEW if self._status is None else stat.S_IMODE(self._status.st_mode))
                os.fsync(handle)
        except BaseException:
            os.unlink(name, dir_fd=self._folder)
            raise

    def replace(self) -> str:
        """Puts the new file in place of the old one; the path of the old one, empty if there was none. Raises `OSError`."""
        if _stamp(_status(self._folder, self._name)) != _stamp(self._status):
            raise FileError(f"{self.path}: was changed by others in the meantime: nothing was written there; try again")
        kept = self._keep() if self.old is not None else ""
        os.rename(self._prepared, self._name, src_dir_fd=self._folder, dst_dir_fd=self._folder)
        self._prepared = ""
        self._settle()
        return os.path.join(os.path.dirname(self.path), kept) if kept else ""  # noqa: PTH118, PTH120 -- texts

    def _settle(self) -> None:
        """Brings the new name to the disk. Raises `FileError`."""
        try:
            os.fsync(self._folder)
        except OSError as error:
            raise FileError(
                f"{self.path}: the new file is in its place, but after a loss of power the old one may be there again: "
                f"{reason_of(error)}"
            ) from error

    def _keep(self) -> str:
        """Gives the old file a further name, which no file has; an older one with the same content is enough.

        Where it can have only one name, a copy gets the other.
        """
        for number in count():
            kept = f"{self._name}{KEPT}{f'.{number}' if number else ''}"
            try:
                self._link_or_copy(kept)
            except FileExistsError:
                if self._content_of(kept) == self.old:
                    return kept
            else:
                return kept
        raise AssertionError

    def _link_or_copy(self, kept: str) -> None:
        try:
            os.link(self._name, kept, src_dir_fd=self._folder, dst_dir_fd=self._folder, follow_symlinks=False)
        except OSError as error:
            if error.errno not in _NO_LINKS:
                raise
            assert self.old is not None
            self._write(kept, self.old)

    def _content_of(self, name: str) -> bytes | None:
        status = _status(self._folder, name)
        if status is None or not stat.S_ISREG(status.st_mode):
            return None
        with os.fdopen(os.open(name, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK, dir_fd=self._folder), "rb") as file:
            return file.read()

    def discard(self) -> None:
        """Removes a new file that did not come to its place."""
        if self._prepared:
            with suppress(OSError):
                os.unlink(self._prepared, dir_fd=self._folder)


@contextmanager
def target_at(path: str) -> Iterator[Target]:
    """The file of a name, which need not be there. Raises `FileError`, for all that goes wrong with it as well."""
    folder = -1
    try:
        folder, name, found = _walk(os.path.abspath(path))  # noqa: PTH100 -- `Path.absolute` keeps `..`
        target = Target(folder, name, found)
        try:
            yield target
        finally:
            target.discard()
    except PermissionError as error:
        raise FileError(
            f"{path}: lbsh lacks the right to write there: run it as root, or name a file of your own"
        ) from error
    except OSError as error:
        raise FileError(f"{path}: {reason_of(error)}; the file there is as it was") from error
    finally:
        if folder >= 0:
            os.close(folder)


def _walk(path: str) -> tuple[int, str, str]:
    """The folder of a path, open, the name in it, and the real path. Raises `OSError` and `FileError`."""
    parts, way, links = deque(_parts(path)), list[str](), 0
    folder = os.open("/", _FOLDER)
    try:
        while parts:
            part = parts.popleft()
            status = _status(folder, part)
            if status is not None and stat.S_ISLNK(status.st_mode):
                links += 1
                leads = _followed(folder, part, way, links)
                parts.extendleft(reversed(_parts(leads)))
                if leads.startswith("/"):
                    folder, way = _entered(folder, "/"), []
            elif parts:
                if status is None:
                    raise FileError(f"{path}: there is no folder `/{'/'.join([*way, part])}`: make it first")
                folder = _entered(folder, part)
                way = way[:-1] if part == ".." else [*way, part]
            else:
                return folder, part, "/" + "/".join([*way, part])
        raise FileError(f"{path}: is a folder")
    except BaseException:
        os.close(folder)
        raise


def _parts(path: str) -> list[str]:
    return [part for part in path.split("/") if part not in ("", ".")]


def _followed(folder: int, part: str, way: list[str], links: int) -> str:
    """Where a link leads, if it may be followed."""
    shown = "/" + "/".join([*way, part])
    status = os.fstat(folder)
    if status.st_uid not in (0, os.geteuid()) or status.st_mode & (stat.S_IWGRP | stat.S_IWOTH):
        raise FileError(
            f"{shown}: is a symbolic link in a folder that others may write to, and is not followed: name its target"
        )
    if links > _MOST_LINKS:
        raise FileError(f"{shown}: leads through too many symbolic links")
    return os.readlink(part, dir_fd=folder)


def _entered(folder: int, part: str) -> int:
    inner = os.open(part, _FOLDER, dir_fd=folder)
    os.close(folder)
    return inner


def _status(folder: int, name: str) -> os.stat_result | None:
    try:
        return os.stat(name, dir_fd=folder, follow_symlinks=False)
    except FileNotFoundError:
        return None


def _stamp(status: os.stat_result | None) -> tuple[int, ...]:
    return () if status is None else (status.st_dev, status.st_ino, status.st_size, status.st_mtime_ns)
