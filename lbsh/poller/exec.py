"""Programs as probes: the exit status says whether a server is up.

A program is started by a thread, since that takes milliseconds, and looked at in each turn. It has no rights and no
terminal, and where lbsh is root it runs as the user nobody. Only a program that root alone can change is run.
"""

from __future__ import annotations

import time
from collections.abc import Iterable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor

from lbsh.poller.deadlines import Deadlines
from lbsh.poller.parts import Probed
from lbsh.poller.results import Reason
from lbsh.poller.safe import ProgramError, require_safe
from lbsh.poller.targets import Target
from lbsh.programs import CommandError, Watched, start_watched
from lbsh_lang.probes.command import words_of

MOST_OUTPUT = 4096
"""Bytes of a program's output that are kept; the rest is read and thrown away."""
_PART = 1 << 16
LONGEST_DETAIL = 200


class _Running:
    """A program under way, or about to be."""

    def __init__(self, index: int, serial: int, future: Future[Watched]) -> None:
        self.index, self.serial, self.future = index, serial, future
        self.began = time.monotonic_ns()
        self.output = b""
        self.due: int | None = None
        """When its time is over, once it has started."""


class ExecProber:
    """A prober by programs, which are to be safe (`require_safe`)."""

    def __init__(self, targets: Sequence[Target], most: int = 32) -> None:
        self._targets, self._most = targets, most
        self._threads = ThreadPoolExecutor(1, thread_name_prefix="exec")
        self._running: dict[tuple[int, int], _Running] = {}
        self._unwanted: list[_Running] = []
        self._deadlines: Deadlines[_Running] = Deadlines()
        self._results: list[Probed] = []

    def start(self, index: int, serial: int, now: int) -> bool:
        if len(self._running) + len(self._unwanted) >= self._most:
            return False
        target = self._targets[index]
        future = self._threads.submit(start_checked, arguments_of(target), environment_of(target))
        running = _Running(index, serial, future)
        self._running[index, serial] = running
        self._deadlines.add(now, 1000 * target.probe.timeout, running)
        return True

    def collect(self, now: int) -> Iterable[Probed]:
        for running in [*self._running.values()]:
            if running.future.done():
                self._look(running, now)
        for running in self._deadlines.over(now):
            if self._running.get((running.index, running.serial)) is not running:
                continue
            if running.due is None:  # this machine kept it back
                self._finish(running, Reason.SPOILT, "could not be started in time")
            elif running.due <= now:
                self._finish(running, Reason.NO_ANSWER, "did not end in time")
        self._unwanted = [running for running in self._unwanted if not _ended(running)]
        results, self._results = self._results, []
        return results

    def abandon(self, index: int, serial: int) -> None:
        running = self._running.pop((index, serial), None)
        if running is not None and not _ended(running):
            self._unwanted.append(running)

    def next_time(self, now: int) -> int | None:
        return self._deadlines.next_time() if self._running else None

    def close(self) -> None:
        """Ends all programs, and starts no further one."""
        self._threads.shutdown(cancel_futures=True)
        for running in (*self._running.values(), *self._unwanted):
            _ended(running)
        self._running.clear()
        self._unwanted.clear()

    def _look(self, running: _Running, now: int) -> None:
        """Reads what a program has said, and whether it has ended. Its time begins when it has started."""
        try:
            program = running.future.result()
        except (CommandError, ProgramError) as error:
            self._finish(running, Reason.SPOILT, str(error))
            return
        if running.due is None:
            limit = 1000 * self._targets[running.index].probe.timeout
            running.due = now + limit
            self._deadlines.add(now, limit, running)
        is_over = program.is_over()  # before its output is read, so that none is missed
        running.output = (running.output + program.read(_PART))[:MOST_OUTPUT]
        if not is_over:
            return
        status, said = program.end(), _first_line(running.output)
        if status == 0:
            self._finish(running, Reason.ANSWERED, said)
        else:
            end = f"exit status {status}" if status > 0 else f"ended by signal {-status}"
            self._finish(running, Reason.EXEC_FAILED, f"{end}: {said}" if said else end)

    def _finish(self, running: _Running, reason: Reason, detail: str) -> None:
        duration = (time.monotonic_ns() - running.began) // 1000
        self._results.append(Probed(running.index, running.serial, reason, duration, detail[:LONGEST_DETAIL]))
        self.abandon(running.index, running.serial)


def start_checked(arguments: tuple[str, ...], environment: dict[str, str]) -> Watched:
    """Starts a program if it is safe. Raises `CommandError` and `ProgramError`."""
    require_safe(arguments[0])
    return start_watched(arguments, environment)


def arguments_of(target: Target) -> tuple[str, ...]:
    """The path of a probe's program and its plain words."""
    return words_of(target.probe.argument or "") or ("",)


def environment_of(target: Target) -> dict[str, str]:
    """What a program is told of the server that it is to probe."""
    return {
        "LBSH_SERVICE": target.server.service,
        "LBSH_ADDRESS": str(target.address),
        "LBSH_PORT": str(target.port),
    }


def _ended(running: _Running) -> bool:
    """Ends a program if it has been started; whether nothing of it is left."""
    if running.future.cancel():
        return True
    if not running.future.done():
        return False
    if running.future.exception() is None:
        running.future.result().end()
    return True


def _first_line(output: bytes) -> str:
    text = output.decode(errors="replace").strip()
    return text.splitlines()[0] if text else ""
