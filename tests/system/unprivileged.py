"""Runs a command as the user nobody, who must be able to read Python and this repository, wherever they lie.

Usage: python unprivileged.py COMMAND..., as root. Folders that nobody may enter are replaced, in a namespace of mounts of
this process alone, by empty ones with only what the command reads.
"""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).parents[2]
NOBODY = 65534
STASH = Path("/mnt")
MARK = "LBSH_TESTS_UNSHARED"


def main(command: list[str]) -> None:
    if MARK not in os.environ:
        again = ["unshare", "--mount", "--propagation", "private", sys.executable, __file__, *command]
        os.execvpe(again[0], again, {**os.environ, MARK: "1"})
    mount("-t", "tmpfs", "tmpfs", str(STASH))
    for number, path in enumerate(dict.fromkeys((Path(sys.base_prefix).resolve(), Path(sys.prefix).resolve(), ROOT))):
        for closed in list(closed_above(path))[:1]:
            kept = STASH / str(number)
            kept.mkdir()
            mount("--bind", str(path), str(kept))
            mount("-t", "tmpfs", "-o", "mode=755", "tmpfs", str(closed))
            path.mkdir(parents=True)
            mount("--bind", str(kept), str(path))
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


def mount(*arguments: str) -> None:
    subprocess.run(["mount", "--no-mtab", *arguments], check=True)


if __name__ == "__main__":
    main(sys.argv[1:])
