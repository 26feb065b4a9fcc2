"""The reference shell typed into tmux, a terminal that is none of ours: Tab, colours, usage, paste, width."""

from __future__ import annotations

import shutil
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.tmux import Tmux

ROOT = Path(__file__).parents[2]

pytestmark = pytest.mark.skipif(shutil.which("tmux") is None, reason="tmux is not installed")


@pytest.fixture
def tmux(tmp_path: Path) -> Iterator[Tmux]:
    tmux = Tmux(tmp_path, 80, f"env PYTHONPATH={ROOT} {sys.executable} -m oyster")
    yield tmux
    tmux.close()


def test_a_session(tmux: Tmux) -> None:
    tmux.until(">>")
    tmux.keys("-l", "hel")
    tmux.keys("Tab")
    tmux.keys("-l", "ali")
    tmux.keys("Tab")
    lines = tmux.until("'help' [NAME]")
    lines = tmux.until(">> help alias")
    assert lines.index("'help' [NAME]") == lines.index(">> help alias") + 1
    (written,) = [line for line in tmux.screen("-e") if "help" in line and ">>" in line]
    assert "\x1b[1mhelp" in written  # the command is bold
    tmux.keys("Enter")
    tmux.until("name: sh.alias")
    tmux.keys("-l", "e?")
    lines = tmux.until("ends the session")
    place = lines.index("echo  shows words")
    assert lines[place - 1] == ">> e"
    assert lines[place + 1] == "exit  ends the session"


def test_a_paste_gives_the_rest_back(tmux: Tmux) -> None:
    tmux.until(">>")
    tmux.run("set-buffer", "echo one\nnonsense\necho two\necho three")
    tmux.run("paste-buffer", "-p")
    tmux.until("echo three")
    tmux.keys("Enter")
    tmux.until("unknown command `nonsense`")
    tmux.until("echo three")
    tmux.keys("-l", "!")  # at the end of what was given back
    lines = tmux.until("echo three!")
    assert "one" in lines
    assert "two" not in lines
    tmux.keys("Enter")
    assert "two" in tmux.until_line("three!")
