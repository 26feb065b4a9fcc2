"""Derived files, each a path with the text that a generator makes for it, and regions, which are derived parts of a file."""

from __future__ import annotations

import re
from pathlib import Path
from typing import NamedTuple

ROOT = Path(__file__).parents[2]


class Derived(NamedTuple):
    """A file with its derived text. A file without a text is a leftover, and is deleted."""

    path: Path
    text: str | None


class CannotGenerateError(Exception):
    """A file is stale, and its generator lacks what it needs; `mend` is the command that helps."""

    def __init__(self, path: Path, reason: str, mend: str) -> None:
        super().__init__(reason)
        self.path = path
        self.mend = mend


def is_stale(file: Derived) -> bool:
    """Whether the file on the disk differs from the derived one."""
    if file.text is None or not file.path.exists():
        return file.path.exists() or file.text is not None
    return file.path.read_bytes() != file.text.encode()


def write(file: Derived) -> None:
    """Writes the derived text to the disk, or deletes the file."""
    if file.text is None:
        file.path.unlink()
    else:
        file.path.parent.mkdir(parents=True, exist_ok=True)
        file.path.write_bytes(file.text.encode())


def left_over(folder: Path, wanted: set[Path]) -> list[Derived]:
    """The files of a folder that no generator makes any more."""
    return [Derived(path, None) for path in sorted(folder.rglob("*")) if path.is_file() and path not in wanted]


def fill(text: str, begin: str, end: str, region: str) -> str:
    """A text with the lines between two marks exchanged; other text on the line of a mark, such as `#`, stays."""
    pattern = rf"(^[^\n]*{re.escape(begin)}[^\n]*\n).*?(^[^\n]*{re.escape(end)}[^\n]*$)"
    filled, count = re.subn(pattern, lambda match: match[1] + region + match[2], text, flags=re.DOTALL | re.MULTILINE)
    assert count == 1, f"{begin}: {count} regions to fill, not one"
    return filled
