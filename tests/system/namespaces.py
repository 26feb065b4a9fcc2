"""Network namespaces as Python objects: made, entered, and always deleted. Knows no topology.

A namespace has one thread of this process that lives in it for good and opens sockets and files there: a socket belongs
to the namespace in which it was opened, whoever uses it later, so a connection costs no process. Programs run in it
through `ip netns exec`.
"""

from __future__ import annotations

import ctypes
import os
import socket
import subprocess
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

PREFIX = "lbsh-test-"
RUN_DIRECTORY = Path("/run/netns")
CLONE_NEWNET = 0x40000000

COMMAND_TIMEOUT = 60.0
"""Seconds that any program may take; none of them waits for anything."""


class CommandError(Exception):
    """A program failed; the text holds its name and its words."""


class Namespace:
    """One network namespace, named after its role and this process."""

    def __init__(self, role: str) -> None:
        self.role = role
        self.name = f"{PREFIX}{os.getpid()}-{role}"
        run("ip", "netns", "add", self.name)
        self._inside = ThreadPoolExecutor(1, thread_name_prefix=self.name, initializer=_enter, initargs=(self.name,))

    def delete(self) -> None:
        self._inside.shutdown()
        run("ip", "netns", "delete", self.name)

    def run(self, *command: str, text: str = "") -> str:
        """Run a program in the namespace, `text` being its standard input; its standard output."""
        return run(*self.inside(*command), text=text)

    def inside(self, *command: str) -> tuple[str, ...]:
        """The argument vector that runs a command in the namespace."""
        return ("ip", "netns", "exec", self.name, *command)

    def configure(self, *lines: str) -> None:
        """Arguments of `ip`, one command a line, in one run of the program."""
        run("ip", "-n", self.name, "-force", "-batch", "-", text="\n".join(lines) + "\n")

    def set_sysctl(self, key: str, value: int) -> None:
        path = Path("/proc/sys") / key.replace(".", "/")
        self._inside.submit(path.write_text, str(value)).result(COMMAND_TIMEOUT)

    def sockets(self, kinds: Sequence[tuple[int, int]]) -> list[socket.socket]:
        """Many sockets at once, each by its family and kind."""
        return self._inside.submit(lambda: [socket.socket(*kind) for kind in kinds]).result(COMMAND_TIMEOUT)

    def command(self, *command: str, text: str = "") -> str:
        """Run a program as `run` does, in half the time: its network is the namespace's, but not its view of /sys."""
        return self._inside.submit(run, *command, text=text).result(COMMAND_TIMEOUT)

    def socket(self, family: int, kind: int, protocol: int = 0) -> socket.socket:
        return self._inside.submit(socket.socket, family, kind, protocol).result(COMMAND_TIMEOUT)


def run(*command: str, text: str = "") -> str:
    """Run a program by its argument vector; its standard output. `CommandError` when it fails or takes too long."""
    environment = {**os.environ, "LC_ALL": "C"}
    try:
        done = subprocess.run(
            command, input=text, capture_output=True, text=True, timeout=COMMAND_TIMEOUT, env=environment, check=False
        )
    except (OSError, subprocess.TimeoutExpired) as error:
        raise CommandError(f"{' '.join(command)}: {error}") from error
    if done.returncode != 0:
        raise CommandError(f"{' '.join(command)}: exit {done.returncode}\n{done.stderr}{done.stdout}")
    return done.stdout


def delete_abandoned() -> None:
    """Delete what earlier runs left behind when they were killed: namespaces whose process is gone."""
    for path in sorted(RUN_DIRECTORY.glob(f"{PREFIX}*")):
        owner = path.name.removeprefix(PREFIX).partition("-")[0]
        if owner.isdigit() and not Path(f"/proc/{owner}").exists():
            run("ip", "netns", "delete", path.name)


def _enter(name: str) -> None:
    """Move the calling thread into a namespace (`os.setns` comes with Python 3.12)."""
    libc = ctypes.CDLL(None, use_errno=True)
    with (RUN_DIRECTORY / name).open() as handle:
        if libc.setns(handle.fileno(), CLONE_NEWNET) != 0:
            raise OSError(ctypes.get_errno(), os.strerror(ctypes.get_errno()), name)
