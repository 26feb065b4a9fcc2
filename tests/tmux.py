"""Programs in tmux, a terminal that is none of ours."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path


class Tmux:
    """A tmux server of its own with a command of sh. What that writes is piped to us, and says when to look."""

    def __init__(self, folder: Path, columns: int, command: str) -> None:
        self._socket = str(folder / "socket")
        fifo = folder / "written"
        os.mkfifo(fifo)
        start = folder / "start"
        os.mkfifo(start)
        waiting = f"read line < {start}; exec {command}"
        self.run("-f", "/dev/null", "new-session", "-d", "-x", str(columns), "-y", "24", "sh", "-c", waiting)
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
        """Ends the server, unless it has ended with its program."""
        subprocess.run(["tmux", "-S", self._socket, "kill-server"], capture_output=True, check=False)
        self._written.close()
