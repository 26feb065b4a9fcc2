"""Runs programs and reads their costs from the kernel's accounts.

Theory of operation. Machines are noisy: other work slows a program down, by a little or by half. So programs under
comparison are run in turns, several times, and time is processor time (user and system), which does not count waiting.
Noise only ever adds to it, so the minimum of all runs is the best estimate; where single runs are too short for that,
the median is.

A new process counts the memory of the one that started it as its own until it has more, so this one stays small.
"""

from __future__ import annotations

import os
import resource
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import median

LONGEST_RUN = 60.0
"""Seconds after which a program is stopped, and its measurement fails."""

MAXRSS_UNIT = 1 if sys.platform == "darwin" else 1024

ENVIRONMENT = {"PATH": os.environ.get("PATH", os.defpath) + ":/usr/sbin:/sbin", "LC_ALL": "C"}
"""Minimal, so that settings of the caller (such as PYTHONPATH or PERL5OPT) do not change the measurements."""


class RunError(Exception):
    """A measured program failed; the text says which and why."""


@dataclass(frozen=True, slots=True)
class Command:
    """A program with its arguments, the folder it runs in, and the file in it that takes its output.

    `statuses` are the exit statuses of a run that is a success.
    """

    words: tuple[str, ...]
    folder: Path
    output: str = os.devnull
    statuses: tuple[int, ...] = (0,)


@dataclass(frozen=True, slots=True)
class Cost:
    """The cost of one run: seconds of processor time and by the clock, bytes of memory at its peak."""

    processor: float
    elapsed: float
    memory: int


@dataclass(frozen=True, slots=True)
class Costs:
    """The costs of several runs of one command."""

    runs: tuple[Cost, ...]

    @property
    def processor(self) -> float:
        """The least processor time."""
        return min(run.processor for run in self.runs)

    @property
    def memory(self) -> int:
        """The greatest memory."""
        return max(run.memory for run in self.runs)

    @property
    def median_processor(self) -> float:
        return median(run.processor for run in self.runs)

    @property
    def median_elapsed(self) -> float:
        return median(run.elapsed for run in self.runs)


def run(command: Command) -> Cost:
    """Runs a program to its end. Raises `RunError` if it fails or takes too long."""
    complaints = command.folder / "complaints"
    with (command.folder / command.output).open("wb") as output, complaints.open("wb") as errors:
        start = time.monotonic()
        try:
            child = subprocess.Popen(
                command.words,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=errors,
                cwd=command.folder,
                env=ENVIRONMENT,
            )
        except OSError as error:
            raise RunError(f"{command.words[0]}: {error.strerror}") from error
        status, usage = _wait(child)
        elapsed = time.monotonic() - start
    if status not in command.statuses:
        words = complaints.read_text(encoding="utf-8", errors="replace").strip().splitlines()[:1]
        reason = "stopped, it took too long" if status == -signal.SIGKILL else f"exit status {status}"
        raise RunError(": ".join([" ".join(command.words), reason, *words]))
    return Cost(usage.ru_utime + usage.ru_stime, elapsed, usage.ru_maxrss * MAXRSS_UNIT)


def run_in_turns(commands: Sequence[Command], rounds: int, seconds: float) -> tuple[Costs, ...]:
    """Runs each command once a round; when the time is up no further round begins."""
    runs: list[list[Cost]] = [[] for _ in commands]
    end = time.monotonic() + seconds
    for done in range(rounds):
        if done and time.monotonic() > end:
            break
        order = range(len(commands)) if done % 2 == 0 else reversed(range(len(commands)))
        for index in order:
            runs[index].append(run(commands[index]))
    return tuple(Costs(tuple(of_one)) for of_one in runs)


def _wait(child: subprocess.Popen[bytes]) -> tuple[int, resource.struct_rusage]:
    """The exit status of a child and its resources, including those of its own children."""
    stop = threading.Timer(LONGEST_RUN, os.kill, (child.pid, signal.SIGKILL))
    stop.start()
    try:
        _, status, usage = os.wait4(child.pid, 0)
    finally:
        stop.cancel()
    child.returncode = os.waitstatus_to_exitcode(status)
    return child.returncode, usage
