"""`apply --confirm`, `confirm`, `rollback` and `history` on the command line, without a packet filter."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from lbsh import guards
from lbsh.store.disk import DiskStore
from lbsh.store.protocol import Act, File, Record, StoreError
from tests.test_docs import run_lbsh

NAMES = ("number", "revision", "time", "user", "origin", "way", "statements")


def replace(store: DiskStore, *acts: Act) -> None:
    with store.lock("test") as writer:
        for act in acts:
            writer.replace((File("site.lb", "/etc/site.lb", ""),), act)


@pytest.mark.parametrize(
    "time",
    [
        "9s",
        "\N{ARABIC-INDIC DIGIT THREE}0s",
        "0",
        "25h",
        "1441m",
        "9",
        "60 s",
        "1e3s",
        "-60s",
        "1ms",
        "s",
        "99999999999s",
    ],
)
def test_a_time_out_of_bounds_is_refused(time: str, tmp_path: Path) -> None:
    done = run_lbsh("apply", "--store", "store", f"--confirm={time}", "-", cwd=tmp_path)
    assert (done.returncode, "Invalid value for '--confirm'" in done.stderr) == (2, True)


def test_nothing_to_confirm_says_so(tmp_path: Path) -> None:
    done = run_lbsh("confirm", "--store", "store", cwd=tmp_path)
    assert (done.returncode, done.stderr) == (1, "nothing waits for confirmation\n")


def test_the_history_of_nothing(tmp_path: Path) -> None:
    done = run_lbsh("history", "--store", "store", cwd=tmp_path)
    assert (done.returncode, done.stdout) == (0, "no script was applied yet\n")
    assert not (tmp_path / "store").exists()
    done = run_lbsh("rollback", "--store", "store", cwd=tmp_path)
    assert (done.returncode, done.stderr.count("\n")) == (2, 1)


def test_the_history_is_harmless_and_complete(tmp_path: Path) -> None:
    first = Act(1_700_000_000_000, "alice", "192.0.2.7", "apply site.lb")
    second = Act(1_700_000_060_000, "bob\n\x1b[2J", "", "apply --x\t")
    replace(DiskStore(tmp_path / "store"), first, second)
    shown = run_lbsh("history", "--store", "store", cwd=tmp_path).stdout.splitlines()
    assert len(shown) == 3
    assert all(line.isprintable() for line in shown)
    assert shown[2].split() == [
        "1",
        "1",
        "2023-11-14",
        "22:13:20",
        "UTC",
        "alice",
        "192.0.2.7",
        "apply",
        "site.lb",
        "0",
    ]
    kept = json.loads(run_lbsh("history", "--format", "json", "--store", "store", cwd=tmp_path).stdout)
    assert kept["version"] == 1
    assert kept["scripts"] == [
        dict(zip(NAMES, (number, revision, *act, 0), strict=True))
        for number, revision, act in ((0, 2, second), (1, 1, first))
    ]


@pytest.mark.parametrize("command", [["status"], ["history"], ["confirm"], ["rollback"], ["run", "-c", "status"]])
def test_a_damaged_record_is_one_line(command: list[str], tmp_path: Path) -> None:
    store = DiskStore(tmp_path / "store")
    replace(store, Act(0, "alice", "", "apply"))
    with store.lock("test") as writer:
        writer.note_record(Record.CONFIRMATION, {"revision": "none"})
    done = run_lbsh(*command, "--store", "store", cwd=tmp_path)
    assert done.returncode == 2
    assert done.stderr.startswith("lbsh: the record of an open confirmation is damaged: remove the file `confirmation`")
    assert done.stderr.count("\n") == 1


@pytest.mark.parametrize("role", [guards.FIRST, guards.PARTNER])
def test_a_change_needs_both_guards(role: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Python imports `sitecustomize` at its start; here it ends one of the guards."""
    replace(DiskStore(tmp_path / "store"), Act(0, "alice", "", "apply"))
    guards.start(str(tmp_path / "store"))
    (tmp_path / "sitecustomize.py").write_text(f"import os, sys\nif {role!r} in sys.orig_argv:\n    os._exit(1)\n")
    monkeypatch.syspath_prepend(tmp_path)
    with pytest.raises(StoreError, match="does not start"):
        guards.start(str(tmp_path / "store"))
