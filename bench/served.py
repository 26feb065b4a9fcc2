"""A device of which all servers are addresses of its own, programs that run in it, and the kernel's accounts of these.

The kernel charges the work of both ends of a connection to the program that began it, as all of it happens within its calls.
"""

from __future__ import annotations

import contextlib
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path

from bench.runs import ENVIRONMENT, RunError
from lbsh.lab.namespaces import Namespace

ACCEPTOR = Path(__file__).with_name("acceptor.py")
PORT = 80
_CABLES = (("eth0", "eth8"), ("eth1", "eth9"))
"""The interfaces of a farm's script, with what they are plugged into."""


@contextlib.contextmanager
def served(*program: str, rules: str = "") -> Iterator[Namespace]:
    """A device with a program in Python that answers at every address of the farm, and says so; `rules` are nftables' and
    say who is silent."""
    net = Namespace("device")
    try:
        net.configure(
            "link set lo up",
            "route add local 10.0.0.0/8 dev lo",
            *(f"link add {one} up type veth peer name {other}" for one, other in _CABLES),
            *(f"link set {other} up" for _, other in _CABLES),
        )
        net.set_sysctl("net.ipv4.ip_local_port_range", "10000 64000")
        net.set_sysctl("net.core.somaxconn", 65535)
        if rules:
            net.run("nft", "-f", "-", text=rules)
        with contextlib.ExitStack() as stack:
            if program:
                line_of(stack.enter_context(started(net, (sys.executable, *program))))
            yield net
    finally:
        net.delete()


@contextlib.contextmanager
def started(net: Namespace, command: tuple[str, ...], folder: Path | None = None) -> Iterator[subprocess.Popen[str]]:
    """A program in the namespace, killed at the end. `nsenter` becomes the program, so the number is its own."""
    with subprocess.Popen(
        net.inside(*command),
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        env=ENVIRONMENT,
        cwd=folder or Path(__file__).parents[1],
        text=True,
    ) as process:
        try:
            yield process
        finally:
            process.kill()


class Heard:
    """Reads what a program says, line by line, in a thread; `take` gets each line and its time."""

    def __init__(self, process: subprocess.Popen[str], take: Callable[[str, float], None]) -> None:
        self.process, self._take = process, take
        self._changed = threading.Condition()
        self._is_over = False
        threading.Thread(target=self._read, daemon=True).start()

    def wait(self, happened: Callable[[], bool], seconds: float) -> bool:
        """Waits until the lines say so; whether they do by then."""
        with self._changed:
            self._changed.wait_for(lambda: happened() or self._is_over, seconds)
            return happened()

    def need(self, happened: Callable[[], bool], seconds: float, what: str) -> None:
        """As `wait`; raises `RunError` if it does not happen."""
        if not self.wait(happened, seconds):
            raise RunError(f"{what}: not within {seconds:.0f} s")

    def _read(self) -> None:
        assert self.process.stdout is not None
        for line in self.process.stdout:
            now = time.monotonic()
            with self._changed:
                self._take(line, now)
                self._changed.notify_all()
        with self._changed:
            self._is_over = True
            self._changed.notify_all()


def line_of(process: subprocess.Popen[str]) -> str:
    """The next line that a program prints."""
    assert process.stdout is not None
    line = process.stdout.readline()
    if not line:
        raise RunError(f"{process.args!r} has ended")
    return line


def counted(net: Namespace, name: str) -> int:
    """What the kernel has counted of TCP in the namespace: ActiveOpens are connections begun, OutRsts resets sent."""
    lines = Path(net.path).parents[1].joinpath("net/snmp").read_text(encoding="ascii").splitlines()
    names, values = (line.split() for line in lines if line.startswith("Tcp:"))
    return int(values[names.index(name)])


def processor(pid: int) -> float:
    """Seconds that the threads of a process ran."""
    return sum(_ran(Path(f"/proc/{pid}/task").glob("*/schedstat"))) / 1e9


def memory(pid: int | str = "self") -> int:
    """The memory of a process that is in use, in bytes."""
    for line in Path(f"/proc/{pid}/status").read_text(encoding="ascii").splitlines():
        if line.startswith("VmRSS:"):
            return 1024 * int(line.split()[1])
    return 0


def _ran(paths: Iterable[Path]) -> Iterator[int]:
    for path in paths:
        with contextlib.suppress(OSError):  # a thread that has just ended
            yield int(path.read_text(encoding="ascii").split()[0])
