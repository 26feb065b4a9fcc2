"""Whether a program may be run on behalf of a script or an option: only root can change it, or what stands at its path."""

from __future__ import annotations

import os
import stat
from collections.abc import Iterator
from pathlib import Path

from lbsh_lang.reported import ReportedError

_MOST_LINKS = 40
"""path_resolution(7)."""


class ProgramError(ReportedError):
    """A program may not be run; the text says why."""


def require_safe(path: str) -> None:
    """Raises `ProgramError` unless a program belongs to root, and so does all that leads to it, symbolic links too."""
    whole = Path(path)
    if not whole.is_absolute():
        raise ProgramError(f"`{path}` is not an absolute path")
    try:
        for place in _on_the_way(whole):
            found = place.lstat()
            shared = stat.S_ISDIR(found.st_mode) and found.st_mode & stat.S_ISVTX
            writable = not stat.S_ISLNK(found.st_mode) and found.st_mode & 0o022 and not shared
            if found.st_uid != 0 or writable:
                raise ProgramError(f"`{path}` is not run: others than root can change `{place}`")
        if not stat.S_ISREG(whole.stat().st_mode):
            raise ProgramError(f"`{path}` is no program")
    except (OSError, ValueError) as error:
        words = getattr(error, "strerror", None) or "no such path"
        raise ProgramError(f"`{path}` cannot be run: {words.lower()}") from error


def _on_the_way(path: Path) -> Iterator[Path]:
    """All that the kernel looks at on the way to a path: folders, links, and what these lead to. Raises `OSError`."""
    for _ in range(_MOST_LINKS):
        steps = [*reversed(path.parents), path]
        link = next((step for step in steps if step.is_symlink()), None)
        yield from steps if link is None else steps[: steps.index(link) + 1]
        if link is None:
            return
        path = Path(os.path.normpath(link.parent / link.readlink() / path.relative_to(link)))
    raise OSError(0, "too many symbolic links")
