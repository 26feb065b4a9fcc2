"""The real `lbsh poll` of a device, with passive signs, metrics and the status socket, as an operator runs it."""

from __future__ import annotations

import contextlib
import fcntl
import json
import re
import signal
import socket
import subprocess
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

from bench.programs import lbsh
from bench.runs import RunError
from bench.served import Heard, memory, processor, started
from lbsh.lab.namespaces import Namespace

_METRICS = ("127.0.0.1", 9115)
_PIPE = 1 << 20
"""Bytes of the log that wait for this process."""
_BUCKET = re.compile(r'lbsh_poller_start_lateness_seconds_bucket\{le="([^"]+)"\} (\d+)')
_LONGEST = 300.0


class Starts(NamedTuple):
    """Starts of probes so far, and those that were late by at most so many seconds, less the wait for a core."""

    all: int
    within: int

    def since(self, before: Starts) -> float:
        """The share of starts since then that were later than that."""
        return 1 - (self.within - before.within) / max(self.all - before.all, 1)


class Poll:
    """A running poller."""

    def __init__(self, net: Namespace, process: subprocess.Popen[str]) -> None:
        self.events: Counter[str] = Counter()
        self.down: dict[str, float] = {}
        """When each server's removal was in the rules, by its address; the log says it only then."""
        self.process, self._net = process, net
        self.log = Heard(process, self._take)

    @property
    def processor(self) -> float:
        return processor(self.process.pid)

    @property
    def memory(self) -> int:
        return memory(self.process.pid)

    def wait_for(self, event: str, count: int, seconds: float = _LONGEST) -> None:
        """Waits until so many events of a kind have happened."""
        self.log.need(lambda: self.events[event] >= count, seconds, f"{count} times {event}")

    def starts(self, bound: str) -> Starts:
        """The probes so far; `bound` is one of those in the metrics, in seconds."""
        found = {name: int(count) for name, count in _BUCKET.findall(self._asked())}
        if bound not in found:
            raise RunError("the poller shows no metrics")
        return Starts(found["+Inf"], found[bound])

    def _asked(self) -> str:
        with self._net.socket(socket.AF_INET, socket.SOCK_STREAM) as link:
            link.settimeout(_LONGEST)
            link.connect(_METRICS)
            link.sendall(b"GET /metrics?scope=poller HTTP/1.1\r\nHost: bench\r\nConnection: close\r\n\r\n")
            return b"".join(iter(lambda: link.recv(1 << 16), b"")).decode()

    def _take(self, line: str, now: float) -> None:
        event = json.loads(line)
        self.events[event["event"]] += 1
        if event["event"] == "server-down":
            self.down[event["address"]] = now
        elif event["event"] == "server-up":
            self.down.pop(event["address"], None)


def apply(net: Namespace, folder: Path, script: str) -> None:
    """Makes a script of the folder the one that the device runs; the store is `store` beside it."""
    act(net, folder, lbsh(), "apply", "--store", "store", "--driver", "nftables", "--no-addresses", script)


def act(net: Namespace, folder: Path, *command: str) -> None:
    """Runs a command on the device to its end. Raises `RunError` if it fails."""
    with started(net, command, folder) as process:
        said, _ = process.communicate(timeout=_LONGEST)
        if process.returncode:
            raise RunError(f"{' '.join(command)}: exit status {process.returncode}: {said[-200:]}")


@contextlib.contextmanager
def polled(net: Namespace, folder: Path) -> Iterator[Poll]:
    """A poller of the store in a folder; it ends as it should, or there is no figure."""
    address = ":".join(map(str, _METRICS))
    command = (lbsh(), "poll", "--store", "store", "--log", "json", "--metrics", address)
    with started(net, command, folder) as process:
        _widen(process)
        yield Poll(net, process)
        process.send_signal(signal.SIGTERM)
        if process.wait(_LONGEST):
            raise RunError(f"lbsh poll: exit status {process.returncode}")


def _widen(process: subprocess.Popen[str]) -> None:
    assert process.stdout is not None
    fcntl.fcntl(process.stdout, fcntl.F_SETPIPE_SZ, _PIPE)
