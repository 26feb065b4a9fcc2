"""Sessions in the laboratory, as texts: the command that starts one, then all that it shows.

`python -m tests.system.transcripts`, as root, runs all of them and writes what they show now, in pages too.
"""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

from tests.limits import LONGEST

ROOT = Path(__file__).parents[2]
FOLDER = Path(__file__).with_name("transcripts")
TRANSCRIPTS = sorted(FOLDER.glob("*.txt"))

PAGES = (ROOT / "README.md", ROOT / "docs" / "lab.md")
SESSION = re.compile(r"^```text\n(\$ lbsh lab .*?)^```$", re.MULTILINE | re.DOTALL)
"""A session in a page."""

UNPRIVILEGED = (sys.executable, str(Path(__file__).with_name("unprivileged.py")))

_PROMPT, _STARTED = "lab> ", "$ lbsh lab "
_AGE = re.compile(r"\[\d+ days, [\d:]+\]")


def replay(text: str, *before: str) -> str:
    """What a session shows, when it is repeated by a command that runs others."""
    first, *lines = text.splitlines()
    options = first.removeprefix(_STARTED).split()
    for line in lines if len(options) == 1 else ():  # else its commands are in a file
        if line.startswith(_PROMPT):
            options += ["-c", line.removeprefix(_PROMPT)]
    command = [*before, sys.executable, "-m", "lbsh", "lab", *options]
    done = subprocess.run(
        command, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, timeout=LONGEST, check=False
    )
    shown = _AGE.sub("[AGE]", done.stdout)
    assert done.returncode < 2, shown  # a session that breaks off would lose its other commands
    return f"{first}\n{shown}exit status {done.returncode}\n"


def renew(page: Path) -> None:
    """Writes what the sessions of a page show now."""
    text = page.read_text(encoding="utf-8")
    page.write_text(SESSION.sub(lambda found: f"```text\n{shown_by(found[1])}```", text), encoding="utf-8")


def shown_by(text: str) -> str:
    """What a session shows now, without its exit status."""
    return "".join(replay(text).splitlines(keepends=True)[:-1])


if __name__ == "__main__":
    for page in PAGES:
        renew(page)
    for path in TRANSCRIPTS:
        path.write_text(replay(path.read_text(encoding="utf-8")), encoding="utf-8")
