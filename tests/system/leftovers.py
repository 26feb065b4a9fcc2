"""Runs a laboratory again and again, ends it in a way at many moments, and says what is left of it.

Usage: python leftovers.py WAY RUNS COMMAND..., as the first process of a namespace of processes with mounts of its own.
There every process that is left is a child of this one, every namespace of networks that is held by a mount is in its
mountinfo, and /run is empty.

The ways: `kill` and `kill-inner` end the outer and the inner process by SIGKILL, `interrupt` is Ctrl-C, `hang-up` a closed
terminal, `itself` none of these.
"""

from __future__ import annotations

import os
import random
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

RUN, MOMENTS = Path("/run"), 1.0
"""The moments are within so many seconds from the start: in one, a laboratory has come up, done its commands and ended."""


def main(way: str, runs: int, command: list[str]) -> None:
    subprocess.run(["mount", "-t", "tmpfs", "tmpfs", str(RUN)], check=True)
    statuses = set()
    for _ in range(runs):
        with subprocess.Popen(
            command, start_new_session=True, stdin=subprocess.DEVNULL, stdout=-3, stderr=-3
        ) as process:
            if way != "itself":
                with suppress(subprocess.TimeoutExpired):
                    process.wait(random.random() * MOMENTS)
                end(process, way)
            statuses.add(process.wait())
        wait_for_all()
        for found in left():
            sys.exit(f"left behind: {found}")
    print("statuses", *sorted(statuses))


def end(process: subprocess.Popen[bytes], way: str) -> None:
    """Ends a laboratory, if it has not ended yet."""
    with suppress(ProcessLookupError, FileNotFoundError):
        match way:
            case "kill":
                process.kill()
            case "kill-inner":
                children = Path(f"/proc/{process.pid}/task/{process.pid}/children").read_text(encoding="ascii")
                for child in children.split() or [str(process.pid)]:
                    os.kill(int(child), signal.SIGKILL)
            case "interrupt":
                os.killpg(process.pid, signal.SIGINT)
            case "hang-up":
                os.killpg(process.pid, signal.SIGHUP)


def wait_for_all() -> None:
    """Waits until no process is left but this one. What does not end keeps this waiting for ever."""
    with suppress(ChildProcessError):
        while True:
            os.waitpid(-1, 0)


def left() -> Iterator[str]:
    """What is there that was not before."""
    yield from (path.name for path in Path("/proc").glob("[0-9]*") if path.name != str(os.getpid()))
    yield from (line for line in Path("/proc/self/mountinfo").read_text().splitlines() if " - nsfs " in line)
    yield from (str(path) for path in RUN.rglob("*"))
    yield from (str(path) for path in Path(os.environ["TMPDIR"]).rglob("*"))


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]), sys.argv[3:])
