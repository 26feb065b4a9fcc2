"""Several processes with one store: killed at any moment, and all at once."""

from __future__ import annotations

import random
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from lbsh.store.disk import DiskStore
from lbsh.store.protocol import Node
from lbsh_lang.site.status import State
from tests import profiles
from tests.limits import LONGEST
from tests.store.examples import ACT, FIRST, MX, ROOT, SECOND

ROOT_OF_CODE = Path(__file__).parents[2]


@contextmanager
def writing(kind: str, folder: Path, name: str, numbers: int) -> Iterator[subprocess.Popen[str]]:
    """A program of `tests.store.writers`, which ends with the block at the latest."""
    command = [sys.executable, "-m", "tests.store.writers", kind, str(folder), name, str(numbers)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, cwd=ROOT_OF_CODE) as program:
        try:
            yield program
        finally:
            program.kill()


def acknowledged(program: subprocess.Popen[str]) -> list[int]:
    """The numbers that a program printed whole, until it ended."""
    assert program.stdout is not None
    return [int(line) for line in program.stdout.read().splitlines(keepends=True) if line.endswith("\n")]


def last_of(store: DiskStore, name: str) -> int:
    """The last number that a program appended; -1 for none."""
    return max(
        (int(one.text.split()[1]) for one in store.running().statements if one.text.startswith(f"{name} ")), default=-1
    )


def test_what_was_acknowledged_survives_sigkill(tmp_path: Path) -> None:
    """Each run is killed after a random number of acknowledgements and a random time more, in the middle of anything."""
    chance, folder = random.Random(), tmp_path / "store"
    for run in range(250 if profiles.is_gate() else 4):
        name = f"run{run}"
        with writing("apply", folder, name, 0) as program:
            assert program.stdout is not None
            seen = [int(program.stdout.readline()) for _ in range(chance.randrange(1, 12))]
            try:
                program.wait(chance.random() * 0.02)
            except subprocess.TimeoutExpired:
                program.kill()
            seen += acknowledged(program)
        store = DiskStore(folder)
        assert last_of(store, name) in (seen[-1], seen[-1] + 1), run
        with store.lock("one more") as writer:
            revision = writer.running().revision
            assert writer.append(["one more"], ACT).revision == revision + 1
        if run % 50 == 49:  # or the last runs would read the statements of all
            with store.lock("fresh") as writer:
                writer.replace((), ACT)


def test_writers_at_once_lose_nothing(tmp_path: Path) -> None:
    folder = tmp_path / "store"
    store = DiskStore(folder)
    with store.lock("first") as writer:
        writer.write_tree({"mx_pool": MX}, ROOT)
    numbers = 1500 if profiles.is_gate() else 25
    with (
        writing("append", folder, "one", numbers) as one,
        writing("apply", folder, "two", numbers) as two,
        writing("probe", folder, "poller", 4 * numbers) as poller,
    ):
        rounds = 0
        while any(program.poll() is None for program in (one, two, poller)):
            statuses = store.statuses("mx_pool")
            assert set(statuses) == {FIRST, SECOND}
            with store.lock("tree", LONGEST) as writer:  # definitions change while statuses are written
                rounds += 1
                writer.write_tree({"mx_pool": MX, "other": MX if rounds % 2 else Node({}, {})})
            assert store.wait_for_change(1) or rounds
        done = [acknowledged(program)[-1] for program in (one, two, poller)]
        assert [program.returncode for program in (one, two, poller)] == [0, 0, 0]
    assert done == [numbers - 1, numbers - 1, 4 * numbers - 1]
    assert (last_of(store, "one"), last_of(store, "two")) == (numbers - 1, numbers - 1)
    assert store.running().revision == 2 * numbers + len(range(0, numbers, 5))
    found = store.statuses("mx_pool")
    assert (found[FIRST].state, found[FIRST].since, found[SECOND].since) == (State.DOWN, done[2], done[2])


@pytest.mark.gate
def test_a_lock_ends_with_its_holder_alone(tmp_path: Path) -> None:
    """A program that the holder started does not keep the lock, since no descriptor is inherited."""
    program = (
        "import subprocess, sys\nfrom lbsh.store.disk import DiskStore\n"
        "with DiskStore(sys.argv[1]).lock('holder'):\n"
        " child = subprocess.Popen([sys.executable, '-c', 'import time; time.sleep(300)'], close_fds=False)\n"
        " print(child.pid, flush=True)\n sys.stdin.read()\n import os\n os._exit(1)\n"
    )
    command = [sys.executable, "-c", program, str(tmp_path / "store")]
    with subprocess.Popen(
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, cwd=ROOT_OF_CODE
    ) as holder:
        assert holder.stdout is not None
        child = int(holder.stdout.readline())
        try:
            holder.kill()
            holder.wait(LONGEST)
            with DiskStore(tmp_path / "store").lock("next", LONGEST) as writer:
                writer.append(["a"], ACT)
            assert Path(f"/proc/{child}").exists() or not sys.platform.startswith("linux")
        finally:
            subprocess.run(["kill", str(child)], check=False)
