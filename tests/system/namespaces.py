"""Network namespaces as Python objects: created, entered, and always deleted. Knows no topology.

Several runs of these tests may share a machine. So the name of a namespace contains its process, and no name occurs
twice: neither in a process that creates several laboratories, nor in a later process with the same number. A run
deletes namespaces whose process has ended, and no others.

A namespace has one thread of this process that stays in it and opens sockets and files there: a socket belongs to the
namespace in which it was opened, whichever thread uses it later, so a connection costs no process. The thread also starts
programs, in half the time of `ip netns exec`.
"""

from __future__ import annotations

import ctypes
import os
import re
import socket
import subprocess
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from itertools import count
from pathlib import Path
from typing import TypeVar

from tests.limits import LONGEST

PREFIX = "lbsh-test-"
RUN_DIRECTORY = Path("/run/netns")
CLONE_NEWNET = 0x40000000

CLIENT_PORTS = range(32768, 57344)
"""Source ports for clients, to be taken in turn; nothing listens on them.

The kernel draws free ports at random, and now and then one that was in use a moment ago. A datagram from such a port belongs
to a connection that the device remembers: it goes to the server of that connection and takes no turn.
"""

DRAWN_PORTS = range(57344, 61000)
"""The ports that a kernel draws in a namespace. A connection that ended by FIN keeps its port for a minute (TIME_WAIT of
tcp(7)), and no other socket may then bind it; so none of these is a client's.
"""

T = TypeVar("T")

_NAME = re.compile(rf"{PREFIX}(\d+)-(\d+)-")
_numbers = count(1)


class CommandError(Exception):
    """A program failed; the text holds its name and its message."""


class Namespace:
    """One network namespace. Its name contains this process, a number, and the role."""

    def __init__(self, role: str) -> None:
        self.role = role
        self.name = unique_name(role)
        run("ip", "netns", "add", self.name)
        self._inside = ThreadPoolExecutor(1, thread_name_prefix=self.name, initializer=_enter, initargs=(self.name,))
        self.set_sysctl("net.ipv4.ip_local_port_range", f"{DRAWN_PORTS[0]} {DRAWN_PORTS[-1]}")

    def delete(self) -> None:
        self._inside.shutdown()
        run("ip", "netns", "delete", self.name)

    def run(self, *command: str, text: str = "") -> str:
        """Run a program in the namespace, `text` being its standard input; its standard output.

        Its network is the namespace's, and so is its /proc/sys/net; its /sys is that of the tests.
        """
        return self._inside.submit(run, *command, text=text).result(LONGEST)

    def call(self, function: Callable[..., T], *arguments: object) -> T:
        """The result of a function that is called in the namespace, with what it opens and starts."""
        return self._inside.submit(function, *arguments).result(LONGEST)

    def inside(self, *command: str) -> tuple[str, ...]:
        """The argument vector that runs a command in the namespace, for what is to go on while the tests do."""
        return ("ip", "netns", "exec", self.name, *command)

    def configure(self, *lines: str) -> None:
        """Arguments of `ip`, one command a line, in one run of the program."""
        run("ip", "-n", self.name, "-force", "-batch", "-", text="\n".join(lines) + "\n")

    def set_sysctl(self, key: str, value: int | str) -> None:
        path = Path("/proc/sys") / key.replace(".", "/")
        self._inside.submit(path.write_text, str(value)).result(LONGEST)

    def sockets(self, kinds: Sequence[tuple[int, int]]) -> list[socket.socket]:
        """Many sockets at once, each by its family and kind."""
        return self._inside.submit(lambda: [socket.socket(*kind) for kind in kinds]).result(LONGEST)

    def socket(self, family: int, kind: int, protocol: int = 0) -> socket.socket:
        return self._inside.submit(socket.socket, family, kind, protocol).result(LONGEST)


def run(*command: str, text: str = "") -> str:
    """Run a program by its argument vector; its standard output. `CommandError` when it fails or takes too long."""
    environment = {**os.environ, "LC_ALL": "C"}
    try:
        done = subprocess.run(
            command, input=text, capture_output=True, text=True, timeout=LONGEST, env=environment, check=False
        )
    except (OSError, subprocess.TimeoutExpired) as error:
        raise CommandError(f"{' '.join(command)}: {error}") from error
    if done.returncode != 0:
        raise CommandError(f"{' '.join(command)}: exit {done.returncode}\n{done.stderr}{done.stdout}")
    return done.stdout


def unique_name(role: str) -> str:
    """A name that no other namespace has: `lbsh-test-PROCESS-START-NUMBER-ROLE`."""
    process = os.getpid()
    return f"{PREFIX}{process}-{_start_of(process)}-{next(_numbers)}-{role}"


def delete_abandoned() -> None:
    """Delete the namespaces that earlier runs left behind when they were killed: their process has ended."""
    for path in sorted(RUN_DIRECTORY.glob(f"{PREFIX}*")):
        if is_abandoned(path.name):
            try:
                run("ip", "netns", "delete", path.name)
            except CommandError:
                if path.exists():  # otherwise another run was faster
                    raise


def is_abandoned(name: str) -> bool:
    """Whether the process in a namespace's name has ended; false for names of any other form."""
    owner = _NAME.match(name)
    return owner is not None and _start_of(int(owner[1])) != int(owner[2])


def _start_of(process: int) -> int | None:
    """The start of a process, in ticks since boot (field 22 in proc_pid_stat(5)); None if there is none.

    Numbers of processes are reused; a number with its start is not.
    """
    try:
        status = Path(f"/proc/{process}/stat").read_text(encoding="utf-8", errors="replace")
    except (FileNotFoundError, ProcessLookupError):
        return None
    return int(status.rpartition(")")[2].split()[19])


def _enter(name: str) -> None:
    """Move the calling thread into a namespace (`os.setns` comes with Python 3.12)."""
    libc = ctypes.CDLL(None, use_errno=True)
    with (RUN_DIRECTORY / name).open() as handle:
        if libc.setns(handle.fileno(), CLONE_NEWNET) != 0:
            raise OSError(ctypes.get_errno(), os.strerror(ctypes.get_errno()), name)
