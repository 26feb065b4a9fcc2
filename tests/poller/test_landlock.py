"""What a program may do to files, and to other processes, that runs as the user to whom the store belongs."""

from __future__ import annotations

import ctypes
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest

from tests.limits import LONGEST
from tests.system.unprivileged import NOBODY, ROOT

UNPRIVILEGED = ROOT / "tests" / "system" / "unprivileged.py"
STARTS = """\
import sys, time
from lbsh.programs import start_watched
program, said = start_watched(("/bin/sh", "-c", sys.argv[1]), {}), b""
while not program.is_over():
    time.sleep(0.01)
said = program.read(4096)
print(program.end(), said.decode())
"""


def version() -> int:
    """The version of Landlock in this kernel, less than 1 where there is none (landlock_create_ruleset(2))."""
    libc = ctypes.CDLL(None, use_errno=True)
    number = libc.syscall(444, None, 0, 1) if sys.platform.startswith("linux") else 0
    assert isinstance(number, int)
    return number


pytestmark = pytest.mark.skipif(os.geteuid() != 0 or version() < 3, reason="needs root, and Landlock of Linux 6.2")


@pytest.fixture
def store() -> Iterator[Path]:
    """A folder with a file, both of the user as whom programs run, where not everybody may write."""
    with TemporaryDirectory(dir="/var/lib", prefix="lbsh-test-") as name:
        folder = Path(name)
        (folder / "status").write_text("kept\n")
        for path in (folder, folder / "status"):
            os.chown(path, NOBODY, NOBODY)
        yield folder


def said(store: Path, command: str) -> str:
    """The exit status and the output of a command that a process of the store's user starts in the store."""
    python = [sys.executable, "-c", STARTS, f"cd {store} && {command}"]
    done = subprocess.run(
        [sys.executable, str(UNPRIVILEGED), *python],
        cwd=ROOT,
        stdout=subprocess.PIPE,
        text=True,
        timeout=LONGEST,
        check=True,
    )
    return done.stdout.strip()


@pytest.mark.parametrize(
    "command",
    [
        "echo forged > status",
        "echo forged >> status",
        ": > status",
        "truncate -s 0 status",
        "rm status",
        "mv status other",
        "ln status other",
        "ln -s status other",
        "mkdir other",
        "mkfifo other",
        "mv status /tmp/lbsh-test-moved",
    ],
)
def test_the_store_cannot_be_changed(store: Path, command: str) -> None:
    assert not said(store, command).startswith("0 ")
    assert [path.name for path in store.iterdir()] == ["status"]
    assert (store / "status").read_text() == "kept\n"


def test_the_store_can_be_read_and_folders_for_all_can_be_written(store: Path) -> None:
    own = "a=$(mktemp) && cat status > $a && cat $a && mv $a $a.moved && rm $a.moved && echo fine > /dev/null && echo done"
    assert said(store, own).split() == ["0", "kept", "done"]


@pytest.mark.skipif(version() < 6, reason="needs Landlock of Linux 6.12")
def test_the_poller_cannot_be_sent_signals(store: Path) -> None:
    assert said(store, "kill -9 $PPID").startswith("1 ")
    assert said(store, "sleep 60 & kill $! && echo done").split() == ["0", "done"]
