"""The device through its real command: `python -m lbsh` in a network namespace, with a store of its own."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple

from lbsh.lab.namespaces import Namespace
from tests.limits import LONGEST

ROOT = Path(__file__).parents[2]
PROGRAM = (sys.executable, "-m", "lbsh")

UNPOLLED = 5
"""The exit status of `status` where no poller runs, and nothing worse is to be said."""


class Done(NamedTuple):
    """What a command said, and its exit status."""

    status: int
    out: str
    errors: str


class Device(NamedTuple):
    """A namespace, a folder for the store, and one for stand-ins of the filter's programs, which come first on the path."""

    namespace: Namespace
    folder: Path

    @property
    def store(self) -> Path:
        return self.folder / "store"

    @property
    def programs(self) -> Path:
        return self.folder / "programs"

    def run(self, *statements: str, status: int | None = 0) -> Done:
        """Carries out statements by `run -c` as one change, with this exit status."""
        return self.lbsh("run", *(word for statement in statements for word in ("-c", statement)), status=status)

    def lbsh(
        self,
        *arguments: str,
        stdin: str = "",
        environment: Mapping[str, str] | None = None,
        status: int | None = 0,
        before: tuple[str, ...] = (),
    ) -> Done:
        """Runs a command, which ends with this exit status and without a traceback; None
        stands for any status. `before` is what starts it."""
        with self.started(*arguments, environment=environment, before=before) as program:
            out, errors = program.communicate(stdin, LONGEST)
        assert "Traceback" not in out + errors, errors
        assert status in (program.returncode, None), f"{arguments}: exit {program.returncode}\n{out}{errors}"
        return Done(program.returncode, out, errors)

    @contextmanager
    def started(
        self,
        *arguments: str,
        environment: Mapping[str, str] | None = None,
        before: tuple[str, ...] = (),
        program: tuple[str, ...] = PROGRAM,
    ) -> Iterator[subprocess.Popen[str]]:
        """A command that runs; it ends with the block at the latest."""
        running = self.namespace.call(self._start, [*before, *program, *arguments], self._environment(environment))
        try:
            yield running
        finally:
            running.kill()
            running.communicate()

    def nft(self, text: str) -> str:
        """Has the real nft carry out commands."""
        return self.namespace.run("nft", "-f", "-", text=text)

    def rules(self) -> str:
        """All rules of the device, without counters: equal texts are equal rules."""
        return self.namespace.run("nft", "-s", "list", "ruleset")

    def statements(self) -> list[str]:
        """The statements that the store keeps."""
        said = self.lbsh("save", "--script", "-").out
        return [line for line in said.splitlines() if not line.startswith("#")]

    def put(self, name: str, script: str) -> Path:
        """A stand-in for a program of the filter, as a script of sh."""
        self.programs.mkdir(exist_ok=True)
        path = self.programs / name
        path.write_text(f"#!/bin/sh\n{script}\n")
        path.chmod(0o755)
        return path

    def _environment(self, more: Mapping[str, str] | None) -> dict[str, str]:
        path = f"{self.programs}{os.pathsep}{os.environ['PATH']}"
        return {**os.environ, "LBSH_STORE": str(self.store), "PATH": path, **(more or {})}

    @staticmethod
    def _start(command: list[str], environment: dict[str, str]) -> subprocess.Popen[str]:
        return subprocess.Popen(
            command,
            cwd=ROOT,
            env=environment,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            errors="surrogateescape",
        )


def without_capabilities(*names: str) -> tuple[str, ...]:
    """The words before a command that take capabilities from root: capabilities(7)."""
    return ("setpriv", f"--bounding-set={','.join([f'-{name}' for name in names])}")
