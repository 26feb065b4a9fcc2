"""Runs docs/tutorial.md: `python -m tests.tutorial` (as root) rewrites the outputs of its commands.

The page is a run of code blocks. `lbsh` with a note `file: NAME` is a file that appears, in place of an earlier one;
`console` is one command and what it prints on both streams, with a note `status: N` where that is not 0. Outputs with a
line `…` are written by hand; it matches any lines.
"""

from __future__ import annotations

import os
import re
import shlex
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple

from tests.limits import LONGEST
from tests.system.lab import Lab
from tests.test_docs import Block
from tools.generate.derived import ROOT

PAGE = ROOT / "docs" / "tutorial.md"
DEVICE_PAGE = ROOT / "docs" / "device.md"
"""Runs in the same way, in a store of its own; its outputs are written by hand."""

STAND_INS = Path(__file__).parent / "stand_ins"
"""In place of programs that only FreeBSD has. They are all that is not run as it is."""

IN_THE_KERNEL = ("ip", "nft", "sysctl")
"""Programs that change the device, and need one."""

ON_THE_DEVICE = ("apply", "run", "status", "drain", "confirm", "rollback", "history")
"""Commands of lbsh that do so too."""

_BLOCK = re.compile(r"((?:<!-- [^\n]* -->\n)*)```(lbsh|console)\n(.*?)^```$", re.DOTALL | re.MULTILINE)


class Ran(NamedTuple):
    """A command of the page, what it shows, and what came of it."""

    block: Block
    command: list[str]
    shown: str
    status: int
    printed: str


def blocks(text: str) -> Iterator[Block]:
    """The code blocks of the page that act, in order."""
    for match in _BLOCK.finditer(text):
        notes = dict(re.findall(r"<!-- (\w+):? ?(.*?) -->", match[1]))
        yield Block(match[2], match[3], notes, text.count("\n", 0, match.start(3)) + 1)


Prefix = Callable[[list[str]], list[str]]


def run_page(text: str, folder: Path, wanted: Callable[[list[str]], bool], prefix: Prefix = list) -> Iterator[Ran]:
    """Runs the commands that are wanted, in order, between them making the files; `prefix` says where."""
    environment = {**os.environ, "PATH": f"{STAND_INS}:{os.environ['PATH']}", "PYTHONPATH": str(ROOT)}
    environment |= {"STAND_IN_STATE": str(folder / ".pf"), "STAND_IN_PYTHON": sys.executable}
    environment |= {"LBSH_STORE": str(folder / ".store")}
    for block in blocks(text):
        if block.language == "lbsh":
            (folder / block.notes["file"]).write_text(block.text)
            continue
        line, _, shown = block.text.removeprefix("$ ").partition("\n")
        command = shlex.split(line)
        if not wanted(command):
            continue
        program = [sys.executable, "-m", "lbsh"] if command[0] == "lbsh" else command[:1]
        done = subprocess.run(
            prefix([*program, *command[1:]]),
            cwd=folder,
            env=environment,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            timeout=LONGEST,
            check=False,
        )
        yield Ran(block, command, shown, done.returncode, done.stdout)


_AGE = re.compile(r"\[\d+ days, \d\d:\d\d:\d\d\]")


def matches(shown: str, printed: str) -> bool:
    """Whether a command printed what the page shows, but for times since something."""
    shown, printed = (_AGE.sub("[AGE]", text) for text in (shown, printed))
    return bool(re.fullmatch(".*".join(map(re.escape, shown.split("…\n"))), printed, re.DOTALL))


@contextmanager
def ready(lab: Lab) -> Iterator[Lab]:
    """A laboratory that has the device's address, and in the end none of those that the page gives it."""
    lab["device"].configure(f"address add {ADDRESS}/32 dev xl0")
    lab["client1"].configure("route add 62.103.127.152/29 via 203.0.113.1")
    try:
        yield lab
    finally:
        lab["client1"].configure("route del 62.103.127.152/29 via 203.0.113.1")
        lab["device"].configure("address flush dev xl0 to 62.103.127.152/29")


ADDRESS = "62.103.127.153"


def renew(text: str) -> str:
    """The page with the outputs of its commands as they are now."""
    outputs = {}
    with Lab() as running, ready(running) as lab, tempfile.TemporaryDirectory() as folder:
        inside = lab["device"].inside
        for ran in run_page(text, Path(folder), lambda _: True, lambda command: list(inside(*command))):
            outputs[ran.block.line] = ran.printed

    def written(match: re.Match[str]) -> str:
        line = text.count("\n", 0, match.start(3)) + 1
        command, _, shown = match[3].partition("\n")
        if match[2] != "console" or "…\n" in shown:
            return match[0]
        return f"{match[1]}```console\n{command}\n{outputs[line]}```"

    return _BLOCK.sub(written, text)


if __name__ == "__main__":
    PAGE.write_text(renew(PAGE.read_text(encoding="utf-8")), encoding="utf-8")
