"""The reference shell typed into tmux, a terminal that is none of ours: Tab, colours, usage, paste, width."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]

pytestmark = pytest.mark.skipif(shutil.which("tmux") is None, reason="tmux is not installed")


class Tmux:
    """A tmux server of its own. What the program writes is piped to us, and says when to look at the screen."""

    def __init__(self, folder: Path, columns: int) -> None:
        self._socket = str(folder / "socket")
        fifo = folder / "written"
        os.mkfifo(fifo)
        start = folder / "start"
        os.mkfifo(start)
        command = f"read line < {start}; exec env PYTHONPATH={ROOT} {sys.executable} -m oyster"
        self.run("-f", "/dev/null", "new-session", "-d", "-x", str(columns), "-y", "24", "sh", "-c", command)
        self.run("pipe-pane", f"cat > {fifo}")
        self._written = fifo.open("rb", buffering=0)
        start.write_text("go\n")

    def run(self, *arguments: str) -> str:
        command = ["tmux", "-S", self._socket, *arguments]
        return subprocess.run(command, capture_output=True, text=True, check=True).stdout

    def keys(self, *keys: str) -> None:
        self.run("send-keys", *keys)

    def screen(self, *options: str) -> list[str]:
        return self.run("capture-pane", "-p", *options).splitlines()

    def until(self, text: str) -> list[str]:
        while not any(text in line for line in self.screen()):
            assert self._written.read(65_536), f"the program ended without {text!r}"
        return self.screen()

    def until_line(self, shown: str) -> list[str]:
        while shown not in self.screen():
            assert self._written.read(65_536), f"the program ended without {shown!r}"
        return self.screen()

    def close(self) -> None:
        self.run("kill-server")
        self._written.close()


@pytest.fixture
def tmux(tmp_path: Path) -> Iterator[Tmux]:
    tmux = Tmux(tmp_path, 80)
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
