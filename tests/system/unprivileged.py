"""Runs a command as the user nobody, who must be able to read Python and this repository, wherever they lie.

Usage: python unprivileged.py COMMAND..., as root. Folders that nobody may enter are replaced, in a namespace of mounts of
this process alone, by empty ones with only what the command reads.
"""

from __future__ import annotations

import ctypes
import os
import sys
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).parents[2]
NOBODY = 65534
STASH = Path("/mnt")
MS_BIND = 4096
"""mount(2)."""
MARK = "LBSH_TESTS_UNSHARED"


def main(command: list[str]) -> None:
    if MARK not in os.environ:
        again = ["unshare", "--mount", "--propagation", "private", sys.executable, __file__, *command]
        os.execvpe(again[0], again, {**os.environ, MARK: "1"})
    mount("tmpfs", STASH, "tmpfs")
    for number, path in enumerate(dict.fromkeys((Path(sys.base_prefix).resolve(), Path(sys.prefix).resolve(), ROOT))):
        for closed in list(closed_above(path))[:1]:
            kept = STASH / str(number)
            kept.mkdir()
            mount(str(path), kept, "", MS_BIND)
            mount("tmpfs", closed, "tmpfs", options="mode=755")
            path.mkdir(parents=True)
            mount(str(kept), path, "", MS_BIND)
    os.setgroups([])
    os.setgid(NOBODY)
    os.setuid(NOBODY)
    environment = {name: value for name, value in os.environ.items() if name not in (MARK, "HOME")}
    os.execvpe(command[0], command, environment)


def closed_above(path: Path) -> Iterator[Path]:
    """The folders above a path that others may not enter, the outermost first."""
    for folder in reversed(path.parents):
        if not folder.stat().st_mode & 0o001:
            yield folder


def mount(source: str, target: Path, kind: str, flags: int = 0, options: str = "") -> None:
    """mount(2). A program for it would be a child of this process, which tests that end children may meet."""
    libc = ctypes.CDLL(None, use_errno=True)
    words = [word.encode() for word in (source, str(target), kind)]
    if libc.mount(*words, ctypes.c_ulong(flags), options.encode()) != 0:
        raise OSError(ctypes.get_errno(), os.strerror(ctypes.get_errno()), str(target))


if __name__ == "__main__":
    main(sys.argv[1:])
