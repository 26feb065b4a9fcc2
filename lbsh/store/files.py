"""Files and folders of the store: read whole, replaced atomically, made durable. Knows nothing of their content.

A file is replaced by writing another one beside it and renaming that. After a crash of the program the old or the new
content is there. After a loss of power this holds for *durable* replacements alone, which wait for the disk.
Names of files that are not complete yet start with a dot, and readers pass over them.
"""

from __future__ import annotations

import errno
import os
import stat
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import NamedTuple

from lbsh.store.calls import Calls
from lbsh.store.protocol import StoreError

FOLDER_MODE = 0o750
FILE_MODE = 0o640
NEW = ".new-"
"""The start of the names of files and folders that are not complete."""

_CHUNK = 1 << 16


class Files(NamedTuple):
    """The system calls, and the user and group that new files belong to, if not those of this process."""

    calls: Calls
    owner: tuple[int, int] | None = None

    def read(self, path: str) -> bytes:
        """The whole content of a file."""
        calls = self.calls
        file = calls.open(path, os.O_RDONLY | os.O_CLOEXEC, 0)
        try:
            content = calls.read(file, _CHUNK)
            if len(content) < _CHUNK:
                return content
            parts = [content]
            while part := calls.read(file, _CHUNK):
                parts.append(part)
            return b"".join(parts)
        finally:
            calls.close(file)

    def names(self, folder: str) -> list[str]:
        """The names in a folder that are complete."""
        return [name for name in self.calls.listdir(folder) if not name.startswith(".")]

    def create(self, path: str, content: bytes) -> None:
        """Writes a new file, or one that an earlier attempt left, and waits for the disk."""
        with self._created(path) as file:
            self.write_all(file, content)
            self.calls.fsync(file)

    def replace(self, path: str, content: bytes) -> None:
        """Replaces a file durably."""
        new = _beside(path)
        self.create(new, content)
        self.calls.rename(new, path)
        self.sync(os.path.dirname(path))  # noqa: PTH120 -- paths of the store are texts, for speed

    def replace_quickly(self, path: str, content: bytes) -> None:
        """Replaces a file atomically, without waiting for the disk."""
        new = _beside(path)
        with self._created(new) as file:
            self.write_all(file, content)
        self.calls.rename(new, path)

    def link_quickly(self, path: str, target: str) -> None:
        """Replaces a symbolic link atomically."""
        new = _beside(path)
        with suppress(FileNotFoundError):
            self.calls.unlink(new)
        self.calls.symlink(target, new)
        self.calls.rename(new, path)

    def write_all(self, file: int, content: bytes) -> None:
        rest = memoryview(content)
        while rest:
            rest = rest[self.calls.write(file, bytes(rest)) :]

    def sync(self, folder: str) -> None:
        """Waits until the names in a folder are on the disk."""
        file = self.calls.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC, 0)
        try:
            self.calls.fsync(file)
        finally:
            self.calls.close(file)

    def make_folder(self, path: str) -> None:
        """Makes a folder unless it is there. A group that it inherits stays."""
        try:
            self.calls.mkdir(path, FOLDER_MODE)
        except FileExistsError:
            return
        file = self.calls.open(path, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC, 0)
        try:
            mode = stat.S_IMODE(self.calls.fstat(file).st_mode)
            if mode | FOLDER_MODE != mode:
                self.calls.chmod(file, mode | FOLDER_MODE)
            self.own(file)
        finally:
            self.calls.close(file)

    def remove(self, path: str) -> bool:
        """Removes a file, or a folder with all that is in it; whether there was one."""
        try:
            mode = self.calls.lstat(path).st_mode
        except FileNotFoundError:
            return False
        if not stat.S_ISDIR(mode):
            self.calls.unlink(path)
            return True
        for name in self.calls.listdir(path):
            self.remove(f"{path}/{name}")
        self.calls.rmdir(path)
        return True

    @contextmanager
    def _created(self, path: str) -> Iterator[int]:
        file = self._opened(path)
        try:
            self.calls.chmod(file, FILE_MODE)  # whatever the umask is
            self.own(file)
            yield file
        except OSError:
            with suppress(OSError):
                self.calls.unlink(path)  # a full disk has no room for what nobody needs
            raise
        finally:
            self.calls.close(file)

    def _opened(self, path: str) -> int:
        """Opens a new file. What has its name is removed: written to, a link could lead root to a file of the system."""
        flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC
        try:
            return self.calls.open(path, flags, FILE_MODE)
        except FileExistsError:
            self.remove(path)
            return self.calls.open(path, flags, FILE_MODE)

    def own(self, file: int) -> None:
        """Gives an opened file to the owner of the store."""
        if self.owner is not None:
            self.calls.chown(file, *self.owner)


def files_for(folder: str, calls: Calls) -> Files:
    """Files below a folder: what root makes in a folder of somebody else belongs to that user and group."""
    with suppress(OSError):
        status = calls.stat(folder)
        if os.geteuid() == 0 and (status.st_uid, status.st_gid) != (0, os.getegid()):
            return Files(calls, (status.st_uid, status.st_gid))
    return Files(calls)


@contextmanager
def explained(folder: str, doing: str) -> Iterator[None]:
    """Turns an error of the system into a `StoreError` that says what could not be done, why, and what helps."""
    try:
        yield
    except OSError as error:
        place = error.filename if isinstance(error.filename, str) else folder
        reason = (error.strerror or str(error)).lower()
        advice = _ADVICE.get(error.errno or 0, "")
        raise StoreError(f"{place}: the store cannot be {doing}: {reason}{advice}") from error


_NO_RIGHT = "; it is for its owner and its group: run this as that user, or as root"
_NO_ROOM = "; free some space, and repeat"
_ADVICE = {
    errno.ENOSPC: _NO_ROOM,
    errno.EDQUOT: _NO_ROOM,
    errno.EROFS: "; remount it for writing, or name another folder with --store",
    errno.EACCES: _NO_RIGHT,
    errno.EPERM: _NO_RIGHT,
    errno.ENOTDIR: "; name another folder with --store",
}


def _beside(path: str) -> str:
    folder, _, name = path.rpartition("/")
    return f"{folder}/{NEW}{name}"
