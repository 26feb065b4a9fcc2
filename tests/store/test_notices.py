"""Notices of changes: with and without the kernel, after an overflow of its queue, and after writers that were killed."""

from __future__ import annotations

import errno
import os
import select
import struct
import sys
import threading
from collections.abc import Callable
from pathlib import Path

import pytest

from lbsh.store import watch
from lbsh.store.disk import DiskStore
from tests.limits import LONGEST
from tests.store.examples import ACT, DOWN, FILES, FIRST, LATER, MX, OTHER, ROOT


def filled(folder: Path) -> DiskStore:
    store = DiskStore(folder)
    with store.lock("apply") as writer:
        writer.replace(FILES, ACT)
        writer.write_tree({"mx_pool": MX}, ROOT)
    return store


def test_a_change_by_a_program_that_was_killed_is_noticed(tmp_path: Path) -> None:
    store = filled(tmp_path)
    store.set_statuses({FIRST: DOWN})
    reader = DiskStore(tmp_path)
    (tmp_path / "tree-lock").write_text("4242\ntree\n")  # as a killed process leaves it
    store.set_statuses({FIRST: DOWN})
    assert reader.wait_for_change(0)
    store.set_statuses({FIRST: DOWN})
    assert not reader.wait_for_change(0)
    (tmp_path / "lock").write_text("4242\nrun\n")
    with store.lock("next"):
        assert reader.wait_for_change(0)
    with store.lock("next"):
        assert not reader.wait_for_change(0)


def wakes(store: DiskStore, change: Callable[[], object]) -> bool:
    found: list[bool] = []
    thread = threading.Thread(target=lambda: found.append(store.wait_for_change(LONGEST)))
    thread.start()
    change()
    thread.join(LONGEST)
    return found == [True]


def replace_scripts(folder: Path) -> Callable[[], None]:
    def change() -> None:
        with DiskStore(folder).lock("apply") as writer:
            writer.replace(OTHER, LATER)

    return change


def test_changes_are_noticed_without_notices_of_the_kernel(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def none(_: str) -> tuple[int, watch.Wait]:
        raise OSError(errno.EMFILE, "too many watches")

    monkeypatch.setattr(watch, "inotify", none)
    monkeypatch.setattr(watch, "kqueue", none)
    assert wakes(filled(tmp_path), replace_scripts(tmp_path))


def test_a_store_that_appears_is_noticed(tmp_path: Path) -> None:
    assert wakes(DiskStore(tmp_path / "store"), replace_scripts(tmp_path / "store"))


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="the queue of inotify is Linux' own")
def test_an_overflow_of_notices_loses_nothing(tmp_path: Path) -> None:
    """The kernel drops what does not fit into its queue; the one event that says so is as good as any other."""
    store = filled(tmp_path)
    file, wait = watch.inotify(str(tmp_path))
    names = [str(tmp_path / name) for name in (".new-0", ".new-1")]
    Path(names[0]).touch()
    for number in range(int(Path("/proc/sys/fs/inotify/max_queued_events").read_text()) + 2):
        os.rename(names[number % 2], names[1 - number % 2])  # noqa: PTH104 -- a few microseconds each
    replace_scripts(tmp_path)()
    wait(LONGEST)
    dropped = b"".join(iter(lambda: os.read(file, 1 << 16) if select.select([file], [], [], 0)[0] else b"", b""))
    os.close(file)
    assert struct.pack("iIII", -1, 0x4000, 0, 0) in dropped, "IN_Q_OVERFLOW of inotify(7)"
    assert store.wait_for_change(0)
