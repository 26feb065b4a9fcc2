"""Runs the operator's program after changes of statuses (`lbsh poll --on-change PROGRAM`), once their rules are loaded.

One process at a time: what changes while it runs is given to the next one, all of it at once. The program gets each change
as a line of JSON on its standard input, no shell, no capabilities, and ten seconds.
"""

from __future__ import annotations

import json
import os
import threading
from collections import deque
from collections.abc import Callable, Sequence

from lbsh.poller.parts import Change
from lbsh.poller.safe import ProgramError, require_safe
from lbsh.programs import CommandError, Rights, run_program
from lbsh_lang.reported import ReportedError

SECONDS = 10.0
MOST = 10_000
"""Changes that wait for the program; of more, the oldest are left out."""
_MOST_OUTPUT = 4096

Run = Callable[[tuple[str, ...], str], None]
"""Runs a program with a text on its standard input. Raises `CommandError`."""


class NoProgramError(ReportedError):
    """The program cannot be run; the text says why."""


def require_program(path: str) -> None:
    """Raises `NoProgramError` unless a path is absolute and leads to a program that only root can change."""
    if not os.path.isabs(path):  # noqa: PTH117 -- the path is a text
        raise NoProgramError(f"--on-change takes an absolute path, and `{path}` is none")
    if not os.path.isfile(path) or not os.access(path, os.X_OK):  # noqa: PTH113 -- the path is a text
        raise NoProgramError(f"--on-change: `{path}` is not a program that can be run")
    try:
        require_safe(path)
    except ProgramError as error:
        raise NoProgramError(f"--on-change: {error}") from error


def _run(arguments: tuple[str, ...], text: str) -> None:
    require_program(arguments[0])
    outcome = run_program(arguments, text, SECONDS, Rights.NONE, _MOST_OUTPUT)
    if outcome.status:
        said = " ".join(outcome.words.split())[:200]
        raise CommandError(f"`{arguments[0]}` ended with status {outcome.status}{f': {said}' if said else ''}")


class OnChange:
    """Runs a program, in a thread of its own from `start` to `stop`. `trouble` is told, by that thread, what went wrong."""

    def __init__(self, program: str, trouble: Callable[[str], None], run: Run = _run) -> None:
        self._program = program
        self._trouble = trouble
        self._run_program = run
        self._notice = threading.Condition()
        self._waiting: deque[Change] = deque(maxlen=MOST)
        self._left_out = 0
        self._is_busy = False
        self._ends = False
        self._thread = threading.Thread(target=self._run, name="on-change", daemon=True)

    def changed(self, changes: Sequence[Change]) -> None:
        """Hands over changes whose rules are loaded. Never waits."""
        with self._notice:
            self._left_out += max(len(self._waiting) + len(changes) - MOST, 0)
            self._waiting.extend(changes)
            self._notice.notify_all()

    def start(self) -> None:
        """Starts the thread."""
        self._thread.start()

    def stop(self) -> None:
        """Ends the thread after the program that runs, which has its time at most."""
        with self._notice:
            self._ends = True
            self._notice.notify_all()
        self._thread.join()

    def wait(self, seconds: float) -> bool:
        """Waits until the program has got all that was handed over; whether it has."""
        with self._notice:
            return self._notice.wait_for(lambda: not (self._waiting or self._is_busy), seconds)

    def _run(self) -> None:
        while True:
            with self._notice:
                self._is_busy = False
                self._notice.notify_all()
                self._notice.wait_for(lambda: self._waiting or self._ends)
                if self._ends:
                    return
                changes, left_out = tuple(self._waiting), self._left_out
                self._waiting.clear()
                self._left_out, self._is_busy = 0, True
            if left_out:
                self._trouble(f"`{self._program}` did not keep up: {left_out} changes are left out")
            try:
                self._run_program((self._program,), "".join([json_line(change) + "\n" for change in changes]))
            except NoProgramError as error:
                self._trouble(str(error))
            except CommandError as error:
                self._trouble(f"--on-change: {error}")


def json_line(change: Change) -> str:
    """A change as a line of JSON: the server, its states, why, and when, in milliseconds since 1970 (UTC)."""
    pool, service, address, port = change.server
    server = {"pool": pool, "service": service, "address": str(address), "port": port or None}
    states = {"old": change.old.value, "new": change.new.value}
    why = {"reason": change.reason.value, "detail": change.detail, "microseconds": change.duration}
    return json.dumps({"time": change.time, **server, **states, **why, "held_until": change.held_until})
