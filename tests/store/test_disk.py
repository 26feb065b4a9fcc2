"""The store in a folder: what lies where, for whom, and what is said where it cannot be used."""

from __future__ import annotations

import errno
import os
import shutil
import stat
import subprocess
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

import pytest

from lbsh.store import disk
from lbsh.store.disk import DiskStore
from lbsh.store.loaded import loaded_text
from lbsh.store.protocol import Act, File, Loaded, Node, Record, Running, Statement, StoreError
from lbsh_lang.site.status import ServerId
from tests.costs import calls_of
from tests.store.examples import ACT, DOWN, FILES, FIRST, LATER, MX, ROOT, SECOND
from tests.store.machine import WITHOUT_WAITING, Kernel


def filled(folder: Path) -> DiskStore:
    store = DiskStore(folder)
    with store.lock("apply") as writer:
        writer.replace(FILES, ACT)
        writer.append(["add 10.0.0.1 to mx_pool"], LATER)
        writer.write_tree({"mx_pool": MX}, ROOT)
        writer.note_loaded(Loaded(2, frozenset(), "none", {}, {}))
    return store


def test_the_script_lies_there_as_it_was_read_with_statements_as_text(tmp_path: Path) -> None:
    filled(tmp_path / "store")
    running = tmp_path / "store" / "scripts" / "running"
    assert sorted(path.name for path in running.iterdir()) == [
        "01-site.lb",
        "02-farm.lb",
        "index",
        "journal",
        "statements",
    ]
    assert (running / "01-site.lb").read_bytes() == FILES[0].text.encode()
    assert (running / "02-farm.lb").read_bytes() == FILES[1].text.encode()
    assert (running / "statements").read_text() == (
        "add 10.0.0.1 to mx_pool  # 2023-11-14 22:13:21 UTC, daphne, run -c\n"
    )


@pytest.mark.parametrize("umask", [0o077, 0o000])
def test_all_is_for_owner_and_group_whatever_the_umask(tmp_path: Path, umask: int) -> None:
    before = os.umask(umask)
    try:
        filled(tmp_path / "above" / "store")
    finally:
        os.umask(before)
    for path in (tmp_path / "above" / "store", *(tmp_path / "above" / "store").rglob("*")):
        mode = stat.S_IMODE(path.stat().st_mode)
        assert mode == (0o750 if path.is_dir() else 0o640), path


@pytest.mark.skipif(os.geteuid() != 0, reason="needs root, to give files away")
def test_what_root_writes_belongs_to_the_owner_of_the_store(tmp_path: Path) -> None:
    folder = tmp_path / "store"
    folder.mkdir()
    os.chown(folder, 12345, 54321)
    filled(folder)
    assert {(path.lstat().st_uid, path.lstat().st_gid) for path in folder.rglob("*") if not path.is_symlink()} == {
        (12345, 54321)
    }


def test_hostile_file_names_are_kept_and_stay_in_the_folder(tmp_path: Path) -> None:
    names = ("../../x", "/", "", "a\n;$(id)", "-rf", "\udcff", "x" * 300, "é" * 80, "index", "journal")
    files = tuple(File(name, f"/{name}", f"{name}\n") for name in names)
    store = DiskStore(tmp_path / "store")
    with store.lock("apply") as writer:
        writer.replace(files, Act(-1, "a\nb", "\udcff", "apply '\n'"), [Statement("x\u2028", ACT)])
    assert store.running().files == files
    assert store.history()[0].act == Act(-1, "a\nb", "\udcff", "apply '\n'")
    assert [path.name for path in tmp_path.iterdir()] == ["store"]


def test_a_journal_with_undone_statements_does_not_grow(tmp_path: Path) -> None:
    store = DiskStore(tmp_path, WITHOUT_WAITING)
    with store.lock("run") as writer:
        writer.append(["first"], ACT)
        sizes = []
        for number in range(600):
            writer.append([f"drain {number}"], LATER, dropped=[1] if number else [])
            sizes.append((tmp_path / "scripts" / "running" / "journal").stat().st_size)
    assert max(sizes[300:]) <= 1.1 * max(sizes[:300])
    assert [one.text for one in store.running().statements] == ["first", "drain 599"]
    assert store.script_of(601) == store.running()
    with pytest.raises(StoreError, match="revision 5 is not kept"):
        store.script_of(5)


Spoil = Callable[[Path], object]


def cut_line(folder: Path) -> None:
    journal = folder / "scripts" / "running" / "journal"
    text = journal.read_bytes()
    journal.write_bytes(text.replace(b"10.0.0.1", b"10.0.0.9", 1))


DAMAGED: dict[str, tuple[Spoil, str]] = {
    "a line": (cut_line, "journal: line 1 is damaged"),
    "an index": (lambda one: (one / "scripts/running/index").write_text("{"), "index is damaged"),
    "a missing file": (
        lambda one: (one / "scripts/running/01-site.lb").unlink(),
        "01-site.lb: the store cannot be read",
    ),
    "the driver in use": (
        lambda one: (one / "loaded").write_text(
            loaded_text(Loaded(2, frozenset(), "none", {}, {})).replace('"none"', "7")
        ),
        "loaded is damaged; remove it",
    ),
    "what is loaded": (lambda one: (one / "loaded").write_text("[]"), "loaded is damaged; remove it"),
    "a record": (lambda one: (one / "confirmation").write_text("[]"), "confirmation is damaged; remove it"),
    "the version": (lambda one: (one / "schema").write_text("\0"), "schema is damaged"),
    "a newer version": (lambda one: (one / "schema").write_text("2\n"), "has schema 2, and this lbsh knows 1 at most"),
    "no version": (lambda one: (one / "schema").unlink(), "is no store: it has files .`ROOT`., but no `schema`"),
}


@pytest.mark.parametrize(("spoil", "words"), DAMAGED.values(), ids=DAMAGED)
def test_damage_is_said_in_one_line(tmp_path: Path, spoil: Spoil, words: str) -> None:
    store = filled(tmp_path)
    with store.lock("run") as writer:
        writer.append(["a second one"], LATER)
    spoil(tmp_path)
    with pytest.raises(StoreError, match=words) as found:
        (store.running(), store.loaded(), store.record(Record.CONFIRMATION))
    assert "\n" not in str(found.value)
    assert str(found.value).startswith(str(tmp_path))


CONTENTS = (
    b"",
    b"\0" * 10,
    b"\xff\xfe\n",
    b"{}",
    b"[]\n",
    b"null",
    b"5",
    b'{"act": 5, "files": [], "statements": []}',
    b'"a"\n',
    None,
)
"""Of a file that was damaged; None if there is a folder in its place."""


@pytest.mark.parametrize("content", CONTENTS)
def test_no_damage_is_a_fault_of_the_program(tmp_path: Path, content: bytes | None) -> None:
    start = tmp_path / "start"
    filled(start)
    for path in [
        path.relative_to(start) for path in start.rglob("*") if path.is_file() and "running" not in path.parts
    ]:
        folder = tmp_path / "work"
        shutil.copytree(start, folder, symlinks=True)
        (folder / path).unlink()
        if content is None:
            (folder / path).mkdir()
        else:
            (folder / path).write_bytes(content)
        store = DiskStore(folder, WITHOUT_WAITING)
        for read in (store.revision, store.running, store.loaded, store.statuses, store.tree, store.history):
            with suppress(StoreError):
                read()
        with suppress(StoreError), store.lock("repair") as writer:
            writer.write_tree({"mx_pool": MX}, ROOT)
            assert set(store.statuses()) == {FIRST, SECOND}, path
            writer.replace(FILES, ACT)
            assert store.running().files == FILES, path
        shutil.rmtree(folder)


def test_a_change_that_cannot_be_counted_is_made_nevertheless(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    store = filled(tmp_path)
    monkeypatch.setattr(disk, "_TREE_WAIT", 0.0)
    with store.lock("run") as writer, writer._tree_lock():
        assert writer.append(["a"], LATER).revision == store.revision() == 3


@pytest.mark.parametrize("name", ["passwd", "site.lb", "scripts"])
def test_a_folder_of_something_else_is_left_alone(tmp_path: Path, name: str) -> None:
    (tmp_path / name).write_text("mine")
    store = DiskStore(tmp_path)
    with pytest.raises(StoreError, match=f"is no store: it has files .`{name}`"), store.lock("apply"):
        pass
    with pytest.raises(StoreError, match="is no store"):
        store.running()
    assert [path.name for path in tmp_path.iterdir()] == [name]


def test_a_file_is_no_folder(tmp_path: Path) -> None:
    (tmp_path / "store").write_text("mine")
    store = DiskStore(tmp_path / "store")
    for use in (store.running, store.lock("apply").__enter__):
        with pytest.raises(
            StoreError, match=r"the store cannot be .*: not a directory; name another folder with --store"
        ):
            use()


ERRORS = {
    errno.ENOSPC: "no space left on device; free some space, and repeat",
    errno.EROFS: "read-only file system; remount it",
    errno.EACCES: "permission denied; it is for its owner and its group",
    errno.EIO: "input/output error",
}


@pytest.mark.parametrize(("number", "words"), ERRORS.items())
def test_errors_of_the_system_are_said_in_one_line(tmp_path: Path, number: int, words: str) -> None:
    filled(tmp_path)
    found = []
    for limit in range(30):
        kernel = Kernel(limit, number)
        try:
            with DiskStore(tmp_path, kernel.calls()).lock("run") as writer:
                writer.append(["a"], LATER)
        except StoreError as error:
            found.append(str(error))
    assert found
    assert {text.partition(": the store cannot be written: ")[2].startswith(words) for text in found} == {True}
    assert not any("\n" in text for text in found)


def test_an_error_of_its_user_is_not_one_of_the_store(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError), DiskStore(tmp_path).lock("run"):
        (tmp_path / "nothing").read_text()
    with DiskStore(tmp_path).lock("next"):
        pass


def test_a_reader_makes_nothing(tmp_path: Path) -> None:
    store = DiskStore(tmp_path / "store")
    assert store.running() == Running(0, (), ())
    assert not store.wait_for_change(0)
    assert list(tmp_path.iterdir()) == []


def test_a_lock_file_that_was_removed_locks_again(tmp_path: Path) -> None:
    store = filled(tmp_path)
    with store.lock("first"):
        (tmp_path / "lock").unlink()
        with store.lock("second"), pytest.raises(StoreError, match="second"), store.lock("third"):
            pass


def test_a_question_about_one_pool_costs_the_same_among_many(tmp_path: Path) -> None:
    store, costs = filled(tmp_path), []
    for number in (5, 50):
        with store.lock("apply") as writer:
            writer.write_tree({f"p{pool}": MX for pool in range(number)})
        found = ServerId("p1", *FIRST[1:])
        store.set_statuses({found: DOWN})
        store.statuses("p1")  # times are read once
        status = DOWN._replace(since=7_000_000 + number)
        costs.append(
            [
                calls_of(store.statuses, "p1"),
                calls_of(store.tree, ["p1"]),
                calls_of(store.set_statuses, {found: status}),
            ]
        )
    assert costs[0] == costs[1]


def test_opening_a_tree_costs_a_constant_for_each_leaf(tmp_path: Path) -> None:
    store, costs = filled(tmp_path), []
    for leaves in (20, 40, 60):
        with store.lock("apply") as writer:
            writer.write_tree({"p": Node({"service": "S"}, {f"10.0.0.{one}": Node({}, None) for one in range(leaves)})})
        store.statuses("p")
        costs.append(calls_of(store.statuses, "p"))
    assert costs[2] - costs[1] == costs[1] - costs[0]
    assert (costs[1] - costs[0]) / 20 < 50


def test_no_descriptor_is_left_open(tmp_path: Path) -> None:
    kernel = Kernel()
    store = DiskStore(tmp_path, kernel.calls())
    with store.lock("apply") as writer:
        writer.replace(FILES, ACT)
        writer.append(["a"], ACT)
        writer.write_tree({"mx_pool": MX}, ROOT)
        with pytest.raises(StoreError), store.lock("other"):
            pass
    (store.history(), store.statuses(), store.running(), store.wait_for_change(0))
    assert kernel.opened == set()


def test_descriptors_are_not_inherited(tmp_path: Path) -> None:
    with DiskStore(tmp_path).lock("apply"):
        command = ["ls", "-l", "/proc/self/fd"]
        listed = subprocess.run(command, close_fds=False, capture_output=True, text=True, check=False)
    assert str(tmp_path) not in listed.stdout


def test_links_lead_to_no_file_of_others(tmp_path: Path) -> None:
    """The owner of the store may be another user than root, who writes to it."""
    store, others = filled(tmp_path / "store"), []
    names = (".new-loaded", ".new-changed", "ROOT/.new-attributes", "lock", "tree-lock", "scripts/running/journal")
    for number, name in enumerate(names):
        other, path = tmp_path / f"{number}", tmp_path / "store" / name
        other.write_bytes(path.read_bytes() if name.endswith("journal") else b"of others")
        path.unlink(missing_ok=True)
        path.hardlink_to(other)
        others.append((other, other.read_bytes(), other.stat().st_mode))
    for name in ("ROOT/pools/mx_pool/.new-attributes", "scripts/running/.new-statements"):
        (tmp_path / "store" / name).symlink_to(tmp_path / "0")
    with store.lock("run") as writer:
        writer.append(["add 10.0.0.2 to mx_pool"], LATER)
        writer.write_tree({"mx_pool": MX._replace(attributes={"service": "A"})}, {**ROOT, "interface_internal": "xl9"})
        writer.note_loaded(Loaded(3, frozenset(), "none", {}, {}))
    assert [(other, other.read_bytes(), other.stat().st_mode) for other, _, _ in others] == others
    assert [one.text for one in store.running().statements] == ["add 10.0.0.1 to mx_pool", "add 10.0.0.2 to mx_pool"]
    with store.lock("run") as writer:
        assert writer.append(["add 10.0.0.3 to mx_pool"], LATER).revision == 4
