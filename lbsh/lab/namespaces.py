"""Network namespaces without a name, each with a thread of this process that stays in it. Knows no topology.

The thread leaves the process's namespace by unshare(2), and the new namespace lives as long as something is in it: the
thread, its sockets, the programs that it started. So nothing stands under /run/netns, runs at the same time never meet, and
whatever ends the process, SIGKILL too, ends its namespaces. Programs of iproute2 take the path of the thread's entry in
/proc in place of a name.

A socket belongs to the namespace in which it was opened, whichever thread uses it later, so a connection costs no process.
"""

from __future__ import annotations

import socket
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TypeVar

from lbsh.programs import CommandError, Rights, run_program
from lbsh.unshare import CLONE_NEWNET, unshare

LONGEST = 300.0
"""Seconds until a program in a namespace is given up; it takes milliseconds, and longer on a machine that has much to do."""

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


class Namespace:
    """One network namespace. `role` says what for, `path` names it for `ip`, as `netns PATH`.

    Raises `OSError` if the kernel refuses a namespace.
    """

    def __init__(self, role: str) -> None:
        self.role = role
        self._inside = ThreadPoolExecutor(1, thread_name_prefix=role)
        try:
            self.path = self._inside.submit(_leave).result()
            self.set_sysctl("net.ipv4.ip_local_port_range", f"{DRAWN_PORTS[0]} {DRAWN_PORTS[-1]}")
        except BaseException:
            self.delete()
            raise

    def delete(self) -> None:
        """Ends the thread; the kernel removes the namespace when nothing else is in it."""
        self._inside.shutdown()

    def run(self, *command: str, text: str = "") -> str:
        """Runs a program in the namespace, `text` being its standard input; its standard output. Raises `CommandError`.

        Its network is the namespace's, and so is its /proc/sys/net; its /sys is that of the process.
        """
        return self.call(run, *command, text=text)

    def call(self, function: Callable[..., T], *arguments: object, **options: object) -> T:
        """The result of a function that is called in the namespace, with what it opens and starts.

        A program that it starts is the thread's child: one that is to end with its parent (PR_SET_PDEATHSIG of prctl(2))
        ends when the namespace is deleted.
        """
        return self._inside.submit(function, *arguments, **options).result(LONGEST)

    def inside(self, *command: str) -> tuple[str, ...]:
        """The argument vector that runs a command in the namespace from elsewhere."""
        return ("nsenter", f"--net={self.path}", "--", *command)

    def configure(self, *lines: str, options: tuple[str, ...] = ()) -> None:
        """Has `ip` carry out commands, one a line, in one run of the program with options. Raises `CommandError`.

        Lines behind one that fails are carried out, too.
        """
        self.run("ip", *options, "-force", "-batch", "-", text="\n".join(lines) + "\n")

    def set_sysctl(self, key: str, value: int | str) -> None:
        """Sets a parameter of the kernel, `net.ipv4.ip_forward`. Raises `OSError`."""
        self.call((Path("/proc/sys") / key.replace(".", "/")).write_text, str(value))

    def sockets(self, kinds: Sequence[tuple[int, int]]) -> list[socket.socket]:
        """Many sockets at once, each by its family and kind."""
        return self.call(lambda: [socket.socket(*kind) for kind in kinds])

    def socket(self, family: int, kind: int, protocol: int = 0) -> socket.socket:
        """A socket of the namespace."""
        return self.call(socket.socket, family, kind, protocol)


def run(*command: str, text: str = "") -> str:
    """Runs a program by its argument vector; its standard output. `CommandError` when it fails or takes too long."""
    outcome = run_program(command, text, LONGEST, Rights.OF_FILTER)
    if outcome.status != 0:
        raise CommandError(f"`{' '.join(command)}` failed: {outcome.words.strip() or f'exit status {outcome.status}'}")
    return outcome.output


def _leave() -> str:
    """Moves the calling thread into a namespace of its own; the path of that.

    /proc tells the thread's number as all readers of the same /proc see it, which may be another one than the process sees.
    """
    unshare(CLONE_NEWNET)
    return f"/proc/{Path('/proc/thread-self').readlink()}/ns/net"
