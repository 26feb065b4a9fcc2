"""Versions of what lies in a folder: newer ones are refused, older ones migrated, with a copy, whatever interrupts it."""

from __future__ import annotations

import json
import shutil
from itertools import count
from pathlib import Path

import pytest

from lbsh.store.disk import DiskStore
from lbsh.store.files import Files
from lbsh.store.protocol import Loaded, Statement, StoreError
from lbsh.store.schema import SCHEMA, Schema
from tests import profiles
from tests.store.examples import ACT, FILES
from tests.store.machine import WITHOUT_WAITING, Kernel, Stopped

LOADED = Loaded(1, frozenset(), "nftables", {}, {})


def rename_driver(files: Files, copy: str, folder: str) -> None:
    """Made up: version 0 called the driver by a number."""
    values = json.loads(files.read(f"{copy}/loaded"))
    files.replace(f"{folder}/loaded", json.dumps({**values, "driver": {7: "nftables"}[values["driver"]]}).encode())


def note(files: Files, copy: str, folder: str) -> None:
    """Made up: version 2 has a note that version 1 lacks."""
    values = json.loads(files.read(f"{copy}/loaded"))
    files.replace(f"{folder}/loaded", json.dumps({**values, "notes": {"is_noted": True}}).encode())


NEXT = Schema(SCHEMA.version + 1, {0: rename_driver, 1: note})


@pytest.fixture
def old(tmp_path: Path) -> Path:
    """A store of version 0."""
    folder = tmp_path / "old"
    with DiskStore(folder).lock("apply") as writer:
        writer.replace(FILES, ACT, [Statement("a", ACT)])
        writer.note_loaded(LOADED)
    values = json.loads((folder / "loaded").read_text())
    (folder / "loaded").write_text(json.dumps({**values, "driver": 7}))
    (folder / "schema").write_text("0\n")
    return folder


def test_an_older_store_is_migrated_step_by_step_with_copies_kept(old: Path) -> None:
    store = DiskStore(old, schema=NEXT)
    before = (old / "loaded").read_text()
    with pytest.raises(StoreError, match="has the older schema 0; the next change migrates it, and keeps a copy"):
        store.running()
    with store.lock("apply") as writer:
        assert writer.running() == store.running()
        assert [one.text for one in store.running().statements] == ["a"]
        assert store.loaded() == LOADED._replace(notes={"is_noted": True})
    assert (old / "schema").read_text() == "2\n"
    assert (old / "before-schema-0" / "loaded").read_text() == before
    copy = DiskStore(old / "before-schema-1")
    assert (copy.running(), copy.loaded()) == (store.running(), LOADED)
    with pytest.raises(StoreError, match="use the newer lbsh"), DiskStore(old).lock("apply"):
        pass


def test_a_migration_that_is_interrupted_is_begun_again(old: Path, tmp_path: Path) -> None:
    for limit in count(0, 1 if profiles.is_gate() else 4):
        folder, kernel = tmp_path / "work", Kernel(limit)
        shutil.copytree(old, folder, symlinks=True)
        try:
            with DiskStore(folder, kernel.calls(), NEXT).lock("apply"):
                pass
        except Stopped:
            kernel.close()
        else:
            break
        with DiskStore(folder, WITHOUT_WAITING, NEXT).lock("again") as writer:
            assert writer.loaded() == LOADED._replace(notes={"is_noted": True}), limit
            assert [one.text for one in writer.running().statements] == ["a"]
        shutil.rmtree(folder)
    assert limit > 20


def test_the_copy_has_all_that_counts_and_nothing_more(old: Path) -> None:
    with DiskStore(old, schema=NEXT).lock("apply"):
        pass
    names = {str(path.relative_to(old / "before-schema-0")) for path in (old / "before-schema-0").rglob("*")}
    script = {f"scripts/000000000001/{name}" for name in ("01-site.lb", "02-farm.lb", "index", "journal", "statements")}
    assert names == script | {"scripts", "scripts/000000000001", "loaded", "schema", "changed"}
