"""A store that cannot be used: one clear line, exit status 2, and the filter as it was."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.gateway.world import FIG_7
from tests.system.device import UNPOLLED, Device, without_capabilities

COMMANDS: tuple[tuple[str, ...], ...] = (
    ("run", "-c", "drain 192.168.1.2"),
    ("run", "--each", "-c", "drain 192.168.1.2"),
    ("apply", "site.lb"),
    ("apply", "--running"),
    ("drain", "192.168.1.2"),
    ("status",),
    ("status", "mx_pool", "--format", "json"),
)


def be_a_file(store: Path) -> None:
    store.rename(store.with_name("old"))
    store.write_text("")


def be_newer(store: Path) -> None:
    (store / "schema").write_text("1000\n")


def be_another_folder(store: Path) -> None:
    (store / "schema").unlink()


def be_damaged(store: Path) -> None:
    index = next((store / "scripts").glob("*1/index"))
    index.write_bytes(b"\0" * 20)


BROKEN: dict[Callable[[Path], None], tuple[str, str]] = {
    be_a_file: ("not a directory; name another folder with --store", ""),
    be_newer: ("newer", ""),
    be_another_folder: ("is no store: it has files", ""),
    be_damaged: ("is damaged; restore it from a backup", "status"),
}


@pytest.mark.sampled
@pytest.mark.parametrize("spoil", BROKEN, ids=lambda spoil: spoil.__name__)
def test_a_store_that_is_none(bare: Device, spoil: Callable[[Path], None]) -> None:
    bare.lbsh("run", "-", stdin=FIG_7)
    rules = bare.rules()
    spoil(bare.store)
    (bare.folder / "site.lb").write_text(FIG_7)
    words, but = BROKEN[spoil]
    for command in COMMANDS:
        if command[0] == but:  # reads nothing of what is damaged
            continue
        done = bare.lbsh(*(str(bare.folder / word) if word == "site.lb" else word for word in command), status=2)
        assert words in done.errors, command
        assert (done.errors.count("\n"), done.out) == (1, ""), command
    assert bare.rules() == rules


def test_no_store_is_made_by_those_who_read(bare: Device) -> None:
    bare.lbsh("status")
    assert not bare.store.exists()


def test_without_rights(bare: Device) -> None:
    bare.lbsh("run", "-", stdin=FIG_7)
    rules = bare.rules()
    for path in (bare.store, *bare.store.rglob("*")):
        os.chown(path, 65534, 65534, follow_symlinks=False)
    without = without_capabilities("dac_override", "dac_read_search")
    for command in COMMANDS[:2]:
        done = bare.lbsh(*command, status=2, before=without)
        assert "permission denied; it is for its owner and its group" in done.errors
        assert (done.errors.count("\n"), done.out) == (1, "")
    assert bare.rules() == rules
    assert bare.store.stat().st_mode & 0o777 == 0o750


MOUNTED = {
    "full": 'cp -a "$LBSH_STORE" copy && mount -t tmpfs -o size=1m none "$LBSH_STORE" && cp -a copy/. "$LBSH_STORE" && '
    'rm -r copy && { head -c 1m /dev/zero >> "$LBSH_STORE"/schema.ballast; }',
    "read-only": 'mount --bind "$LBSH_STORE" "$LBSH_STORE" && mount -o remount,ro,bind "$LBSH_STORE"',
}


@pytest.mark.sampled
@pytest.mark.parametrize("kind", MOUNTED)
@pytest.mark.parametrize("is_begun", [False, True], ids=["new", "begun"])
def test_a_disk_that_takes_nothing(bare: Device, kind: str, is_begun: bool) -> None:
    bare.lbsh("run", "-", stdin=FIG_7)
    if is_begun:  # the journal has room in its block: what is kept fits there, and nothing else does
        bare.run("drain 192.168.1.4")
    rules, site = bare.rules(), bare.folder / "site.lb"
    site.write_text(FIG_7 + "add 192.168.1.9 to mx_pool\n")
    script = f'cd "$LBSH_STORE/.." && {{ {MOUNTED[kind]}; }} >&2 2>/dev/null; cd - >/dev/null; exec "$@"'
    here = ("unshare", "--mount", "sh", "-c", script, "sh")
    for command in COMMANDS[:-2]:
        if command != ("apply", "--running"):
            words = [str(site) if word == "site.lb" else word for word in command]
            done = bare.lbsh(*words, before=here, status=2)
            if is_begun and kind == "full" and command[0] != "apply":
                assert done.out == "Drained 192.168.1.2 from pools mx_pool, ldap_pool\n"
                assert done.errors.startswith("kept, but not loaded: ")
            assert "the store cannot be written: " in done.errors, command
            assert {"full": "no space left on device; free some space", "read-only": "read-only file system; remount"}[
                kind
            ] in done.errors
            assert done.errors.count("\n") == 1, command
    assert "192.168.1.2" in bare.lbsh("status", before=here, status=UNPOLLED).out
    assert bare.rules() == rules
