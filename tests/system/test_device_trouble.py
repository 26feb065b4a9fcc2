"""A filter's program that does not do its work: the old rules stay, the wish is kept, and the next change mends it."""

from __future__ import annotations

import shutil
import sys

import pytest

from tests.gateway.world import FIG_7
from tests.system.device import UNPOLLED, Device, without_capabilities

IMPATIENT = """
import sys
from lbsh.__main__ import main
from lbsh.drivers import verify
verify.SECONDS = 1.0
sys.exit(main())
"""
"""The command with a short time limit for the filter's programs."""

WITHOUT_PROGRAMS = (
    *("unshare", "--mount", "sh", "-c"),
    "for one in nft iptables-restore pfctl; do where=$(command -v $one) && "
    'mount --bind /dev/null "$(readlink -f "$where")"; done; exec "$@"',
    "sh",
)
"""The words before a command that then finds no filter's program."""

LIES = "the kernel's rules are as they were"
STAND_INS = {
    "fails": ("echo boom >&2; exit 1", "boom"),
    "fails in silence": ("exit 3", "exit status 3"),
    "prints nonsense": ("cat >/dev/null; head -c 4000 /dev/urandom", LIES),
    "prints nonsense and fails": ("printf '\\033[2J\\377\\000{'; exit 1", "failed"),
    "refuses a line": ("echo '/dev/stdin:12:1-3: Error: No such device' >&2; exit 1", "No such device"),
    "reads nothing": ("exit 0", LIES),
    "is killed": ("kill -KILL $$", "was ended by signal 9"),
    "is killed while it reads": ("head -c 10 >/dev/null; kill -TERM $$", "was ended by signal 15"),
    "answers what is no JSON": ('echo \'{"nftables": [{"table": 3}, null]}\'', LIES),
}


@pytest.fixture
def device(bare: Device) -> Device:
    bare.lbsh("run", "-", stdin=FIG_7)
    return bare


def is_mended(device: Device) -> bool:
    """Whether the next change loads what the one before it could not."""
    device.run("add 192.168.1.5 to mx_pool")
    return all(server in device.rules() for server in ("192.168.1.4", "192.168.1.5")) and "not loaded" not in (
        device.lbsh("status", status=UNPOLLED).out
    )


@pytest.mark.sampled
@pytest.mark.parametrize("kind", STAND_INS)
def test_a_program_that_does_not_do_its_work(device: Device, kind: str) -> None:
    script, words = STAND_INS[kind]
    before, stand_in = device.rules(), device.put("nft", script)
    done = device.run("drain 192.168.1.2", "add 192.168.1.4 to mx_pool", status=2)
    assert done.out.splitlines()[1:] == ["Added 192.168.1.4 to pool mx_pool"]
    assert done.errors.startswith("kept, but not loaded: ")
    assert words in done.errors
    assert done.errors.count("\n") == 1
    assert done.errors.rstrip("\n").isprintable()
    assert device.rules() == before
    stand_in.unlink()
    shown = device.lbsh("status", status=3).out
    assert "not loaded: " in shown
    assert words in shown
    assert is_mended(device)


def test_a_program_that_hangs(device: Device) -> None:
    before, stand_in = device.rules(), device.put("nft", "exec sleep 300")
    with device.started(
        "run", "-c", "add 192.168.1.4 to mx_pool", program=(sys.executable, "-c", IMPATIENT)
    ) as program:
        out, errors = program.communicate()
    assert (program.returncode, out) == (2, "Added 192.168.1.4 to pool mx_pool\n")
    assert errors == "kept, but not loaded: `nft -f -` did not end within 1 s\n"
    assert device.rules() == before
    stand_in.unlink()
    assert is_mended(device)


def test_apply_keeps_nothing_that_the_filter_refuses(device: Device) -> None:
    before, stand_in = device.rules(), device.put("nft", "echo boom >&2; exit 1")
    path = device.folder / "site.lb"
    path.write_text(FIG_7 + "add 192.168.1.4 to mx_pool\n")
    done = device.lbsh("apply", str(path), status=2)
    assert (done.out, done.errors.count("\n")) == ("", 1)
    assert "boom" in done.errors
    stand_in.unlink()
    assert device.rules() == before
    assert device.statements() == FIG_7.splitlines()


def test_without_the_right_to_change_filters(device: Device) -> None:
    before = device.rules()
    done = device.lbsh("run", "-c", "add 192.168.1.4 to mx_pool", before=without_capabilities("net_admin"), status=2)
    assert done.out == "Added 192.168.1.4 to pool mx_pool\n"
    assert done.errors.startswith("kept, but not loaded: ")
    assert "perm" in done.errors.lower()
    assert done.errors.count("\n") == 1
    assert device.rules() == before
    assert is_mended(device)


@pytest.mark.parametrize("kind", ["no right", "no program"])
def test_without_any_filter_nothing_is_loaded_and_that_is_said(bare: Device, kind: str) -> None:
    without = without_capabilities("net_admin") if kind == "no right" else WITHOUT_PROGRAMS
    done = bare.lbsh("run", "-", stdin=FIG_7, before=without, status=2)
    assert "The driver `none` loads nothing. Another one would load these rules:" in done.out
    assert done.errors == "kept, but not loaded: the driver `none` loads nothing\n"
    assert bare.rules() == ""
    assert "not loaded: the driver `none` loads nothing" in bare.lbsh("status", status=3).out
    path = bare.folder / "site.lb"
    path.write_text(FIG_7)
    bare.lbsh("apply", "--driver", "nftables", str(path))
    assert "192.168.1.2" in bare.rules()


def test_a_filter_that_was_there_and_is_gone(device: Device) -> None:
    before = device.rules()
    done = device.lbsh("run", "-c", "add 192.168.1.4 to mx_pool", before=WITHOUT_PROGRAMS, status=2)
    assert done.errors == "kept, but not loaded: the program `nft` is not installed here\n"
    assert device.rules() == before
    assert is_mended(device)


@pytest.mark.sampled
@pytest.mark.parametrize("kind", ["fails", "prints nonsense", "is killed", "refuses a line"])
@pytest.mark.parametrize("program", ["iptables-restore", "iptables-save"])
def test_programs_of_iptables(bare: Device, program: str, kind: str) -> None:
    site = bare.folder / "site.lb"
    site.write_text(FIG_7)
    bare.lbsh("apply", "--driver", "iptables", str(site))
    before, stand_in = bare.rules(), bare.put(program, STAND_INS[kind][0])
    done = bare.run("add 192.168.1.4 to mx_pool", status=2)
    assert done.out == "Added 192.168.1.4 to pool mx_pool\n"
    assert done.errors.startswith("kept, but not loaded: ")
    assert "iptables" in done.errors
    assert done.errors.count("\n") == 1
    if program == "iptables-restore":
        assert bare.rules() == before
    stand_in.unlink()
    assert "not loaded: " in bare.lbsh("status", status=3).out
    assert is_mended(bare)


def test_another_driver_that_does_not_load(device: Device) -> None:
    """The rules of the one in use stay until those of the other are there."""
    real = shutil.which("iptables-restore")
    before, stand_in = (
        device.rules(),
        device.put(
            "iptables-restore", f'for word; do [ "$word" = --test ] && exec {real} "$@"; done; echo boom >&2; exit 1'
        ),
    )
    site = device.folder / "site.lb"
    site.write_text(FIG_7)
    assert "boom" in device.lbsh("apply", "--driver", "iptables", str(site), status=2).errors
    assert device.rules() == before
    stand_in.unlink()
    device.lbsh("apply", "--driver", "iptables", str(site))
    assert "table ip lbsh" not in device.rules()
    assert "LBSH-PREROUTING" in device.rules()
    assert is_mended(device)
