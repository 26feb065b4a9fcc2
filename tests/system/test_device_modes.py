"""How `lbsh run` takes statements: as one change, with faults left out, or each by itself; and what interrupts it."""

from __future__ import annotations

import os
import re
import signal
import subprocess
from contextlib import ExitStack

import pytest

from lbsh.store.disk import DiskStore
from tests.gateway.world import FIG_7
from tests.limits import LONGEST
from tests.system.device import Device

GOOD, BAD, BETTER = "add 192.168.1.4 to mx_pool", "add 192.168.1.4 to nothing", "add 192.168.1.5 to mx_pool"
ANSWERS = {GOOD: "Added 192.168.1.4 to pool mx_pool", BETTER: "Added 192.168.1.5 to pool mx_pool"}


@pytest.fixture
def device(bare: Device) -> Device:
    bare.lbsh("run", "-", stdin=FIG_7)
    return bare


@pytest.mark.sampled
@pytest.mark.parametrize(
    ("options", "status", "kept"),
    [((), 1, []), (("--keep-going",), 1, [GOOD, BETTER]), (("--each",), 1, [GOOD, BETTER])],
    ids=["one change", "keep going", "each"],
)
@pytest.mark.parametrize("way", ["file", "-c", "stdin"])
def test_a_fault_among_statements(
    device: Device, options: tuple[str, ...], status: int, kept: list[str], way: str
) -> None:
    lines = [GOOD, BAD, BETTER]
    script = device.folder / "more.lb"
    script.write_text("\n".join(lines))
    words = {"file": [str(script)], "stdin": ["-"], "-c": [word for line in lines for word in ("-c", line)]}
    done = device.lbsh("run", *options, *words[way], stdin="\n".join(lines), status=status)
    assert done.out.splitlines() == [ANSWERS[line] for line in kept]
    assert "ERROR: undefined pool nothing" in done.errors
    assert ("nothing was carried out" in done.errors) == (options != ("--keep-going",))
    assert device.statements()[len(FIG_7.splitlines()) :] == kept


@pytest.mark.parametrize("options", [(), ("--keep-going",), ("--each",)], ids=str)
def test_all_good_is_zero_and_nothing_too(device: Device, options: tuple[str, ...]) -> None:
    assert device.lbsh("run", *options, "-", stdin="").out == ""
    assert device.lbsh("run", *options, "-c", "").out == ""
    done = device.lbsh("run", *options, "-c", f"{GOOD}\n# a comment\n{BETTER}")
    assert done.out.splitlines() == [ANSWERS[GOOD], ANSWERS[BETTER]]
    assert done.errors == ""


@pytest.mark.sampled
@pytest.mark.parametrize("options", [(), ("--keep-going",), ("--each",)], ids=str)
@pytest.mark.parametrize("way", ["file", "-c", "stdin"])
def test_included_files(device: Device, options: tuple[str, ...], way: str) -> None:
    folder = device.folder / "scripts"
    folder.mkdir()
    (folder / "more.lb").write_text(f"{GOOD}\n")
    (folder / "all.lb").write_text(f'{BETTER}\ninclude "more.lb"\n')
    text = (folder / "all.lb").read_text()
    words = {"file": [str(folder / "all.lb")], "-c": ["-c", text], "stdin": ["-"]}
    done = device.lbsh("run", *options, *words[way], stdin=text, before=("env", "-C", str(folder)))
    assert done.out.splitlines() == [ANSWERS[BETTER], ANSWERS[GOOD]]
    assert device.statements()[-2:] == [BETTER, GOOD]


@pytest.mark.parametrize("options", [(), ("--keep-going",), ("--each",)], ids=str)
def test_statements_that_act_and_are_not_kept(device: Device, options: tuple[str, ...]) -> None:
    lines = (
        "status nobody",
        GOOD,
        'save "/nowhere/x"',
        "help nothing",
        "status mx_pool",
        "save",
        BETTER,
        "help add",
    )
    done = device.lbsh("run", *options, "-", stdin="\n".join(lines), status=2)
    assert done.out.startswith(ANSWERS[GOOD])
    for words in ("192.168.1.4  UNKNOWN", ANSWERS[BETTER], "Syntax: 'add'"):
        assert words in done.out
    assert [line.partition(":")[0] for line in done.errors.splitlines()] == ["lbsh"] * 4
    assert device.statements()[-2:] == [GOOD, BETTER]


@pytest.mark.parametrize("options", [(), ("--keep-going",), ("--each",)], ids=str)
def test_closed_input(device: Device, options: tuple[str, ...]) -> None:
    done = device.lbsh("run", *options, "-", before=("sh", "-c", 'exec "$@" <&-', "sh"), status=2)
    assert done.errors == "lbsh: <stdin>: is closed\n"


@pytest.mark.sampled
@pytest.mark.parametrize("options", [(), ("--keep-going",), ("--each",)], ids=str)
@pytest.mark.parametrize("target", [">/dev/full", ">&-"])
def test_closed_output(device: Device, options: tuple[str, ...], target: str) -> None:
    """What was kept is loaded, whoever reads the answer."""
    done = device.lbsh("run", *options, "-c", GOOD, before=("sh", "-c", f'exec "$@" {target}', "sh"), status=2)
    assert done.errors in ("lbsh: cannot write the output: no space left on device\n", "")
    assert device.statements()[-1] == GOOD
    assert "192.168.1.4" in device.rules()
    assert device.run(BETTER).errors == ""


@pytest.mark.parametrize("seconds", ["nan", "-1", "soon"])
def test_a_wait_is_a_time(device: Device, seconds: str) -> None:
    for command in (("run", "-c", GOOD), ("apply", "site.lb")):
        assert "Invalid value for '--wait'" in device.lbsh(*command, "--wait", seconds, status=2).errors


def test_one_waits_for_another_or_is_told_who_it_is(device: Device) -> None:
    with DiskStore(device.store).lock("run -c\x1b[2J"):
        for command in (("run", "-c", GOOD), ("run", "--each", "-c", GOOD), ("apply", "--running")):
            done = device.lbsh(*command, "--wait", "0", status=2)
            assert done.errors.startswith("lbsh: the store is being changed by process ")
            assert "(run -c" in done.errors
            assert done.errors.endswith("wait for it with --wait SECONDS, or repeat\n")
            assert done.errors.rstrip("\n").isprintable()


def test_two_at_once_are_both_carried_out(device: Device) -> None:
    with ExitStack() as stack:
        with DiskStore(device.store).lock("a test"):
            waiting = [
                stack.enter_context(device.started("run", "-c", line, "--wait", str(LONGEST)))
                for line in (GOOD, BETTER)
            ]
            for program in waiting:
                with pytest.raises(subprocess.TimeoutExpired):  # it does not end while another holds the lock
                    program.wait(0.2)
        assert [program.wait(LONGEST) for program in waiting] == [0, 0]
    assert sorted(device.statements()[-2:]) == [GOOD, BETTER]
    assert all(server in device.rules() for server in ("192.168.1.4", "192.168.1.5"))


INTERRUPTED: dict[str, tuple[str, ...]] = {
    "one change": ("run", "-c", GOOD),
    "keep going": ("run", "--keep-going", "-c", GOOD),
    "each": ("run", "--each", "-c", GOOD),
    "apply": ("apply", "site.lb"),
}


@pytest.mark.sampled
@pytest.mark.parametrize("command", INTERRUPTED.values(), ids=INTERRUPTED)
def test_ctrl_c_while_the_filter_works(device: Device, command: tuple[str, ...]) -> None:
    before, begun = device.rules(), device.folder / "begun"
    os.mkfifo(begun)
    stand_in = device.put("nft", f"echo > {begun}; exec sleep 300")
    site = device.folder / "site.lb"
    site.write_text(f"{FIG_7}{GOOD}\n")
    with device.started(*(str(site) if word == "site.lb" else word for word in command)) as program:
        begun.read_text()
        program.send_signal(signal.SIGINT)
        out, errors = program.communicate(timeout=LONGEST)
    assert (program.returncode, out, errors) == (130, "", "")
    stand_in.unlink()
    assert device.rules() == before
    device.run(BETTER)
    added = device.statements()[len(FIG_7.splitlines()) :]
    assert added in ([GOOD, BETTER], [BETTER])
    assert (GOOD in added) == (re.search(r"154 .* : 192\.168\.1\.4\b", device.rules()) is not None)


def test_ctrl_c_while_statements_are_awaited(device: Device) -> None:
    with device.started("run", "--each", "-") as program:
        assert program.stdin is not None
        assert program.stdout is not None
        program.stdin.write(f"{GOOD}\n")
        program.stdin.flush()
        assert program.stdout.readline() == f"{ANSWERS[GOOD]}\n"
        program.send_signal(signal.SIGINT)
        assert program.wait(LONGEST) == 130
    assert device.statements()[-1] == GOOD


def test_ctrl_c_while_another_changes_the_device(device: Device) -> None:
    with DiskStore(device.store).lock("a test"), device.started("run", "-c", GOOD, "--wait", str(LONGEST)) as program:
        with pytest.raises(subprocess.TimeoutExpired):
            program.wait(0.5)
        program.send_signal(signal.SIGINT)
        assert program.wait(LONGEST) == 130
    assert device.statements() == FIG_7.splitlines()
