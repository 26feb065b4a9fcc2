"""Transactions that a crash of the program or a loss of power interrupts: old or new, never a mixture."""

from __future__ import annotations

import errno
import random
import shutil
from collections.abc import Callable, Mapping
from itertools import count
from pathlib import Path
from typing import NamedTuple

import pytest

from lbsh.store import scripts
from lbsh.store.disk import DiskStore, DiskWriter
from lbsh.store.protocol import Entry, Loaded, Record, Running, Statement, StoreError
from lbsh_lang.site.status import ServerId, State, Status
from lbsh_lang.values import Address
from tests import profiles
from tests.store.examples import ACT, DOWN, FILES, FIRST, GONE, LATER, MX, OTHER, ROOT, SECOND
from tests.store.machine import WITHOUT_WAITING, Kernel, Recorder, Stopped, Tree, unlike, write_disk

KEPT = 3
"""Scripts in these tests, which are copied for each call."""

LOADED = Loaded(1, frozenset({FIRST}), "nftables", {}, {"mark": "a" * 5000})

Act = Callable[[DiskWriter], object]


class Case(NamedTuple):
    """A transaction, and what comes before it."""

    before: tuple[Act, ...]
    act: Act


def spoil(writer: DiskWriter) -> None:
    """An earlier transaction was interrupted in the middle of its line."""
    journal = max(Path(writer._folder, "scripts").glob("0*")) / "journal"
    with journal.open("ab") as file:
        file.write(b'0000abcd [2,[1,"')


def bloat(writer: DiskWriter) -> None:
    writer.append(["a 0"], ACT)
    for number in range(1, 260):
        writer.append([f"a {number}"], ACT, dropped=[0])


CASES = {
    "the first script": Case((), lambda one: one.replace(FILES, ACT, [Statement("a", ACT)])),
    "the first statement": Case((), lambda one: one.append(["a"], ACT)),
    "another script": Case(
        (lambda one: one.replace(FILES, ACT),), lambda one: one.replace(OTHER, LATER, [Statement("b", ACT)])
    ),
    "one script too many": Case((lambda one: one.replace(FILES, ACT),) * KEPT, lambda one: one.replace(OTHER, LATER)),
    "statements": Case((lambda one: one.replace(FILES, ACT),), lambda one: one.append(["a", "b" * 9000], LATER)),
    "an undone statement": Case(
        (lambda one: one.append(["a"], ACT), lambda one: one.append(["b"], ACT)),
        lambda one: one.append(["c"], LATER, dropped=[0]),
    ),
    "a statement after a torn one": Case(
        (lambda one: one.append(["a"], ACT), lambda one: one.append(["b"], ACT), spoil),
        lambda one: one.append(["c"], LATER),
    ),
    "a statement in a bloated journal": Case((bloat,), lambda one: one.append(["c"], LATER)),
    "the first rules": Case((lambda one: one.append(["a"], ACT),), lambda one: one.note_loaded(LOADED)),
    "other rules": Case(
        (lambda one: one.append(["a"], ACT), lambda one: one.note_loaded(LOADED)),
        lambda one: one.note_loaded(LOADED._replace(trouble="no table", revision=2)),
    ),
    "a record": Case(
        (lambda one: one.append(["a"], ACT),), lambda one: one.note_record(Record.NETWORK, {"mtu": "1500"})
    ),
    "no record": Case(
        (lambda one: one.append(["a"], ACT), lambda one: one.note_record(Record.NETWORK, {"mtu": "1500"})),
        lambda one: one.note_record(Record.NETWORK, None),
    ),
}

View = tuple[Running, tuple[Entry, ...], Loaded | None, Mapping[str, object] | None]


def view(store: DiskStore) -> View:
    return store.running(), store.history(), store.loaded(), store.record(Record.NETWORK)


def prepared(case: Case, folder: Path) -> View:
    store = DiskStore(folder, WITHOUT_WAITING)
    if case.before:
        with store.lock("before") as writer:
            for act in case.before:
                act(writer)
    return view(store)


def run(case: Case, folder: Path, kernel: Kernel) -> None:
    try:
        with DiskStore(folder, kernel.calls()).lock("act") as writer:
            case.act(writer)
    finally:
        kernel.close()


def takes_one_more(folder: Path) -> None:
    """The store opens, and one more statement is the last one."""
    store = DiskStore(folder, WITHOUT_WAITING)
    before, loaded = store.running(), store.loaded()
    with store.lock("one more") as writer:
        after = writer.append(["one more"], LATER)
    assert after == store.running()
    assert [one.text for one in after.statements] == [*(one.text for one in before.statements), "one more"]
    assert (after.revision, after.files, store.loaded()) == (before.revision + 1, before.files, loaded)


class Outcome(NamedTuple):
    """A case with a folder before it, and what is there before and after it."""

    case: Case
    start: Path
    old: View
    new: View


@pytest.fixture(params=CASES)
def outcome(request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Outcome:
    monkeypatch.setattr(scripts, "KEPT", KEPT)
    case, start, end = CASES[request.param], tmp_path / "start", tmp_path / "end"
    old = prepared(case, start / "store")
    start.mkdir(exist_ok=True)
    shutil.copytree(start, end, symlinks=True)
    run(case, end / "store", Kernel())
    return Outcome(case, start, old, view(DiskStore(end / "store")))


@pytest.mark.sampled
def test_a_program_that_ends_after_any_call_leaves_old_or_new(outcome: Outcome, tmp_path: Path) -> None:
    assert outcome.old != outcome.new
    seen = []
    for limit in count():
        folder, kernel = tmp_path / str(limit), Kernel(limit)
        shutil.copytree(outcome.start, folder, symlinks=True)
        try:
            run(outcome.case, folder / "store", kernel)
        except Stopped:
            pass
        else:
            break
        seen.append(view(DiskStore(folder / "store")))
        assert seen[-1] in (outcome.old, outcome.new), limit
        takes_one_more(folder / "store")
        shutil.rmtree(folder)
    assert (seen[0], seen[-1]) == (outcome.old, outcome.new)
    assert seen == sorted(seen, key=lambda one: one == outcome.new), "a change that is there stays"


@pytest.mark.sampled
@pytest.mark.parametrize("error", [errno.ENOSPC, errno.EIO])
def test_a_change_that_fails_does_not_count(outcome: Outcome, tmp_path: Path, error: int) -> None:
    for limit in count():
        folder, kernel = tmp_path / str(limit), Kernel(limit, error)
        shutil.copytree(outcome.start, folder, symlinks=True)
        try:
            run(outcome.case, folder / "store", kernel)
        except StoreError:
            found = view(DiskStore(folder / "store"))
            assert found[:2] == outcome.old[:2], "a change of the script that failed counts"
            assert found in (outcome.old, outcome.new), limit
            if kernel.count > limit + 1:
                assert not list(folder.rglob(".new-[0-9]*")), "what nobody needs takes room"
        else:
            assert view(DiskStore(folder / "store")) == outcome.new, limit
        takes_one_more(folder / "store")
        shutil.rmtree(folder)
        if kernel.count <= limit:
            break


@pytest.mark.sampled
def test_a_loss_of_power_leaves_old_or_new(outcome: Outcome, tmp_path: Path) -> None:
    kernel, chance = Kernel(), random.Random(1)
    work = tmp_path / "work"
    shutil.copytree(outcome.start, work, symlinks=True)
    recorder = kernel.recorder = Recorder(str(work))
    run(outcome.case, work / "store", kernel)
    places, samples = range(len(recorder.events) + 1), profiles.share(40)
    if not profiles.is_gate():
        places = range(random.randrange(3), len(recorder.events) + 1, 3)
    last, known = len(recorder.events), set[Tree]()
    for until in {*places, last}:
        disks = recorder.disks(until, samples, chance)
        for number, disk in enumerate(unlike(disks, known if until < last else set())):
            folder = tmp_path / f"{until}-{number}"
            write_disk(disk, folder)
            found = view(DiskStore(folder / "store"))
            assert found in (outcome.old, outcome.new), (until, number)
            if until == last:
                assert found == outcome.new, "what was acknowledged is lost"
            takes_one_more(folder / "store")
            shutil.rmtree(folder)


def tree(writer: DiskWriter) -> None:
    writer.write_tree({"mx_pool": MX, "gone": MX, "empty": GONE}, ROOT)


def another_tree(writer: DiskWriter) -> None:
    writer.write_tree(
        {"mx_pool": MX._replace(attributes={"service": "SMTP, IMAP"}), "gone": GONE, "new": MX}, {"a": "b"}
    )
    DiskStore(writer._folder, writer._handle.calls).set_statuses({FIRST: UP_SINCE, SECOND: DOWN})


UP_SINCE = Status(State.UP, 5)
TREE = Case((lambda one: one.append(["a"], ACT), tree), another_tree)


def test_a_leaf_is_never_torn_by_a_program_that_ends(tmp_path: Path) -> None:
    start, known = tmp_path / "start", {DOWN: 0, UP_SINCE: 0}
    prepared(TREE, start)
    old = DiskStore(start).statuses()
    for limit in count():
        folder, kernel = tmp_path / str(limit), Kernel(limit)
        shutil.copytree(start, folder, symlinks=True)
        try:
            run(TREE, folder, kernel)
        except Stopped:
            pass
        else:
            break
        for server, status in DiskStore(folder).statuses("mx_pool").items():
            assert status in known or status in old.values() or status.state is State.UNKNOWN, (limit, server)
        with DiskStore(folder, WITHOUT_WAITING).lock("repair") as writer:
            another_tree(writer)
        assert_repaired(DiskStore(folder))
        shutil.rmtree(folder)


def test_a_tree_that_lost_power_is_written_anew(tmp_path: Path) -> None:
    kernel, chance, work = Kernel(), random.Random(2), tmp_path / "work"
    prepared(TREE, work / "store")
    recorder = kernel.recorder = Recorder(str(work))
    run(TREE, work / "store", kernel)
    known = set[Tree]()
    for until in range(0, len(recorder.events) + 1, 1 if profiles.is_gate() else 9):
        for number, disk in enumerate(unlike(recorder.disks(until, profiles.share(20), chance), known)):
            folder = tmp_path / f"{until}-{number}"
            write_disk(disk, folder)
            store = DiskStore(folder / "store", WITHOUT_WAITING)
            assert [one.text for one in store.running().statements] == ["a"]
            store.statuses()
            with store.lock("repair") as writer:
                another_tree(writer)
            assert_repaired(store)
            shutil.rmtree(folder)


def assert_repaired(store: DiskStore) -> None:
    found = store.statuses()
    assert {server.pool for server in found} == {"mx_pool", "new"}
    assert (found[FIRST], found[SECOND]) == (UP_SINCE, DOWN)
    assert found[ServerId("mx_pool", "IMAP", Address(4, 0xC0A80102))].state is State.UNKNOWN
    assert store.tree([]).attributes == {"a": "b"}
