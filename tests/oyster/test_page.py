"""The page on oyster: its shell runs as shown."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest

from oyster.pipes import LONGEST_MATCHED, PIPES
from oyster.session import DEEPEST
from tests.limits import LONGEST
from tests.oyster.test_terminal import Screen

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs" / "oyster.md").read_text(encoding="utf-8")


def block(note: str) -> str:
    found = re.search(rf"<!-- {note} -->\n```\w+\n(.*?)^```$", PAGE, re.DOTALL | re.MULTILINE)
    assert found
    return found[1]


@pytest.fixture
def program(tmp_path: Path) -> Path:
    path = tmp_path / "house.py"
    path.write_text(block("shell"))
    return path


def test_the_shell_has_forty_lines() -> None:
    lines = [line for line in block("shell").splitlines() if line.strip()]
    assert len(lines) <= 42


def test_the_shell_answers_as_shown(program: Path) -> None:
    done = subprocess.run(
        [sys.executable, str(program)],
        input=block("lines"),
        capture_output=True,
        text=True,
        env={"PYTHONPATH": str(ROOT), "LANG": "C.UTF-8"},
        timeout=LONGEST,
        check=False,
    )
    assert (done.stdout, done.stderr, done.returncode) == (block("answers"), "", 1)


def test_the_shell_completes_at_a_terminal(program: Path) -> None:
    shell = Screen(False, program=[str(program)])
    shell.until(">>")
    shell.child.send("on \t")
    shell.until("hall kitchen porch")
    shell.child.send("k\tfor ?")
    lines = shell.until("MINUTES  a number of minutes")
    assert "usage: 'on' LAMP ['for' MINUTES]" in lines
    shell.child.send("5\r")
    shell.until("The lamp kitchen is on")
    assert shell.end() == 0


def test_pipes_and_bounds_are_those_of_the_code() -> None:
    assert re.findall(r"^\| `\\\| (.*?)` \|", PAGE, re.MULTILINE) == [
        pipe.usage.replace("'", "") for pipe in PIPES.values()
    ]
    assert f"the first {LONGEST_MATCHED:,} characters" in PAGE
    assert f"files may do that {DEEPEST} deep" in PAGE
