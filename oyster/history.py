"""The lines that were typed, in memory and in a file that its owner alone reads.

Two sessions may write one file: each line is appended at once, in one piece. The file is bounded. A line that is not
printable comes from elsewhere and is left out.
"""

from __future__ import annotations

import os
import stat
from pathlib import Path

from oyster.saving import save

LONGEST_HISTORY = 1000
"""In lines; the file may have twice as many."""
LONGEST_KEPT = 4096
_LARGEST = 4 << 20


class History:
    """Typed lines, the oldest first. With no path, or one that cannot be used safely, they are kept in memory alone.

    `trouble` says why the file is not used.
    """

    def __init__(self, path: Path | None = None) -> None:
        self._path = path
        self._lines: list[str] = []
        self.trouble = ""
        if path is not None:
            self._load(path)

    @property
    def lines(self) -> tuple[str, ...]:
        """The lines, the oldest first."""
        return tuple(self._lines)

    def add(self, line: str) -> None:
        """Keeps a line, unless it is the last one again, very long, or not printable."""
        if not _is_kept(line) or self._lines[-1:] == [line]:
            return
        self._lines.append(line)
        del self._lines[:-LONGEST_HISTORY]
        if self._path is not None:
            try:
                descriptor = self._open(self._path, os.O_WRONLY | os.O_APPEND | os.O_CREAT)
                try:
                    os.write(descriptor, f"{line}\n".encode())
                finally:
                    os.close(descriptor)
            except OSError as error:
                self._give_up(error)

    def _load(self, path: Path) -> None:
        try:
            descriptor = self._open(path, os.O_RDONLY)
        except FileNotFoundError:
            return
        except OSError as error:
            self._give_up(error)
            return
        with os.fdopen(descriptor, "rb") as file:
            file.seek(-min(os.fstat(descriptor).st_size, _LARGEST), os.SEEK_END)
            lines = [line for line in file.read().decode("utf-8", "replace").split("\n") if _is_kept(line)]
        self._lines = lines[-LONGEST_HISTORY:]
        if len(lines) > 2 * LONGEST_HISTORY:
            try:
                save(str(path), "".join([f"{line}\n" for line in self._lines]))
            except OSError as error:
                self._give_up(error)

    def _open(self, path: Path, flags: int) -> int:
        """A descriptor of the file. Raises OSError if it is not a file of this user."""
        descriptor = os.open(path, flags | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC, 0o600)
        status = os.fstat(descriptor)
        if not stat.S_ISREG(status.st_mode) or status.st_uid != os.geteuid():
            os.close(descriptor)
            raise PermissionError(f"{path} is not a file of this user")
        if stat.S_IMODE(status.st_mode) & 0o077:
            os.fchmod(descriptor, 0o600)
        return descriptor

    def _give_up(self, error: OSError) -> None:
        self._path = None
        self.trouble = f"the history is not kept: {error}"


def _is_kept(line: str) -> bool:
    return 0 < len(line) <= LONGEST_KEPT and line.isprintable() and not line.isspace()
