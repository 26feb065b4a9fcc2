"""A laboratory leaves nothing behind: no process, no namespace, no file, however and whenever it ends."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.limits import LONGEST
from tests.profiles import is_gate
from tests.system.transcripts import ROOT, UNPRIVILEGED

LEFTOVERS = str(Path(__file__).with_name("leftovers.py"))
ISOLATED = ("unshare", "--mount", "--propagation", "private", "--pid", "--fork", "--mount-proc")
LAB = (sys.executable, "-m", "lbsh", "lab", "examples/mail.lb", "examples/demo.lab")

STATUSES = {
    "itself": {"0"},
    "kill": {"0", "-9"},
    "kill-inner": {"0", "2", "-9"},
    "interrupt": {"0", "130", "-2", "1"},
    "hang-up": {"0", "-1"},
}
"""The exit statuses in each way: of one that had ended by itself, of the outer process, and of Python that was starting."""

USERS = {"root": (), "nobody": UNPRIVILEGED}


@pytest.mark.sampled
@pytest.mark.parametrize("user", USERS)
@pytest.mark.parametrize("way", STATUSES)
def test_nothing_is_left(way: str, user: str, tmp_path: Path) -> None:
    runs = 1 if way == "itself" else 15 if is_gate() else 2
    done = subprocess.run(
        [*ISOLATED, sys.executable, LEFTOVERS, way, str(runs), *USERS[user], *LAB],
        cwd=ROOT,
        env={**os.environ, "TMPDIR": str(tmp_path)},
        capture_output=True,
        text=True,
        timeout=LONGEST,
        check=False,
    )
    assert done.stderr == ""
    assert done.stdout.startswith("statuses ")
    assert {*done.stdout.split()[1:]} <= STATUSES[way]
