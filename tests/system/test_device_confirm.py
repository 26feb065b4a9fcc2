"""Changes that wait for confirmation, on a device in a real kernel: whatever happens to terminals, processes, disks and the
machine, the former rules come back in time."""

from __future__ import annotations

import contextlib
import os
import random
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from lbsh.gateway.deadline import Confirmation
from lbsh.lab.namespaces import Namespace
from lbsh.store.disk import DiskStore
from lbsh.store.protocol import Record
from lbsh.stores import ticks
from tests.gateway.world import FIG_7
from tests.limits import LONGEST
from tests.profiles import is_gate
from tests.system.device import UNPOLLED, Device

NEW, OLD = "192.168.1.77", "192.168.1.3"
OTHER = FIG_7.replace(OLD, NEW)
REBOOTED = 'mount --bind "$0" /proc/sys/kernel/random/boot_id && exec "$@"'
ROUNDS = 12 if is_gate() else 2
"""Of tests that stop a program at any moment."""


@pytest.fixture
def device(bare: Device) -> Iterator[Device]:
    """A device that runs a script. No guard outlives the test."""
    bare.lbsh("apply", "-", stdin=FIG_7)
    yield bare
    with contextlib.suppress(OSError):
        (bare.store / "confirmation").unlink()
    for process in guards(bare):
        os.kill(process, signal.SIGKILL)


def store(device: Device) -> DiskStore:
    return DiskStore(device.store)


def wait_until(happened: Callable[[], bool], what: str) -> None:
    """Waits for an event that leaves no other trace than a state."""
    end = time.monotonic() + LONGEST
    while not happened():
        assert time.monotonic() < end, what
        time.sleep(0.05)


def guards(device: Device) -> list[int]:
    """The processes that guard the store of a device."""
    found = []
    for entry in Path("/proc").iterdir():
        with contextlib.suppress(OSError):
            words = (entry / "cmdline").read_bytes().split(b"\0") if entry.name.isdecimal() else []
            if b"lbsh.guard" in words and str(device.store).encode() in words:
                found.append(int(entry.name))
    return found


def is_old(device: Device) -> bool:
    rules = device.rules()
    return OLD in rules and NEW not in rules


def is_back(device: Device) -> bool:
    """Whether rules, script and driver are the former ones, and nothing waits any more."""
    running = store(device).running()
    texts = [file.text for file in running.files]
    return is_old(device) and texts == [FIG_7] and store(device).record(Record.CONFIRMATION) is None


def wait_until_back(device: Device) -> None:
    wait_until(lambda: is_back(device), "the former script is back")
    wait_until(lambda: not guards(device), "the guards have ended")


def hasten(device: Device, milliseconds: int = 0) -> None:
    """Lets the time of the change that waits be over sooner."""
    with store(device).lock("hasten", LONGEST) as writer:
        kept = writer.record(Record.CONFIRMATION)
        assert kept is not None
        pending = Confirmation.of_json(kept)._replace(deadline=ticks() + milliseconds)
        writer.note_record(Record.CONFIRMATION, pending.as_json())


def apply(device: Device, script: str = OTHER, confirm: str = "1h") -> None:
    device.lbsh("apply", "--confirm", confirm, "-", stdin=script, status=3)
    assert NEW in device.rules()
    assert len(guards(device)) == 2


def test_a_lost_terminal_ends_in_the_former_rules(device: Device, tmp_path: Path) -> None:
    """A shell on a terminal of its own applies a script; then the terminal hangs up."""
    (tmp_path / "other.lb").write_text(OTHER)
    master, slave = os.openpty()
    environment = {**os.environ, "LBSH_STORE": str(device.store), "PS1": "", "ENV": ""}
    shell = device.namespace.call(
        subprocess.Popen,
        ("setsid", "--ctty", "sh", "-i"),
        stdin=slave,
        stdout=slave,
        stderr=slave,
        env=environment,
        start_new_session=False,
    )
    os.close(slave)
    heard = b""
    os.write(master, f"{sys.executable} -m lbsh apply --confirm 10s {tmp_path}/other.lb; cat\n".encode())
    while b"It is put back in 10 s" not in heard:
        heard += os.read(master, 4096)
    assert NEW in device.rules()
    os.close(master)
    assert shell.wait(LONGEST) != 0
    assert "unconfirmed: revision 2, apply" in device.lbsh("status", status=3).out
    wait_until_back(device)
    said = device.lbsh("status", status=UNPOLLED).out
    assert "put back: revision 2, apply" in said
    assert "not confirmed in time" in said
    done = device.run("drain 192.168.1.2")
    assert "put back: revision 2" in done.errors
    assert "put back" not in device.run("resume 192.168.1.2").errors


@pytest.mark.parametrize("number", [0, 1])
def test_a_killed_guard_has_a_successor(device: Device, number: int) -> None:
    apply(device)
    before = sorted(guards(device))
    os.kill(before[number], signal.SIGKILL)
    wait_until(lambda: len({*guards(device)} - {before[number]}) == 2, "a successor is there")
    os.kill(before[1 - number], signal.SIGKILL)
    hasten(device)
    wait_until_back(device)


@pytest.mark.gate
def test_guards_that_are_told_to_end_put_back_at_once(device: Device) -> None:
    """As a system does that ends all processes of a session."""
    apply(device)
    for process in guards(device):
        os.kill(process, signal.SIGTERM)
    wait_until_back(device)
    assert "told to end" in device.lbsh("status", status=UNPOLLED).out


def both_killed(device: Device) -> None:
    """The end of all guards at once, as when a machine stops."""
    processes = guards(device)
    for stop in (signal.SIGSTOP, signal.SIGKILL):
        for process in processes:
            os.kill(process, stop)
    wait_until(lambda: not guards(device), "the guards are gone")


def test_a_machine_that_starts_again_comes_up_with_the_former_script(device: Device) -> None:
    apply(device)
    both_killed(device)
    (device.folder / "boot").write_text("another start\n")
    again = Device(Namespace("again"), device.folder)
    try:
        start = ("unshare", "--mount", "sh", "-c", REBOOTED, str(device.folder / "boot"))
        done = again.lbsh("apply", "--running", before=start)
        assert "put back: revision 2, apply - by" in done.errors
        assert "not confirmed before the machine stopped" in done.errors
        assert is_back(again)
    finally:
        again.namespace.delete()


def test_the_next_command_puts_back_when_all_guards_are_gone(device: Device) -> None:
    apply(device)
    both_killed(device)
    hasten(device)
    assert device.lbsh("confirm", status=1).errors.startswith("nothing waits for confirmation\nput back: revision 2")
    assert is_back(device)


def test_a_lock_that_is_held_at_the_deadline_is_waited_for(device: Device) -> None:
    apply(device)
    hasten(device, 1500)
    with store(device).lock("somebody", LONGEST):
        wait_until(lambda: "is being put back" in device.lbsh("status", status=3).out, "it is over")
        assert NEW in device.rules()
    wait_until_back(device)


def test_a_full_disk_does_not_keep_the_rules(device: Device) -> None:
    device.namespace.run("mount", "-t", "tmpfs", "-o", "size=2m", "none", str(device.folder))
    try:
        device.namespace.run("nft", "flush", "ruleset")
        device.lbsh("apply", "-", stdin=FIG_7)
        apply(device)
        hasten(device, 1500)
        with contextlib.suppress(OSError), (device.folder / "ballast").open("wb", 0) as ballast:
            while True:
                ballast.write(bytes(4096))
        wait_until(lambda: is_old(device), "the former rules are back")
        assert store(device).running().files[0].text == OTHER
        assert guards(device)
        (device.folder / "ballast").unlink()
        wait_until_back(device)
    finally:
        both_killed(device)
        device.namespace.run("umount", "--lazy", str(device.folder))


@pytest.mark.parametrize("content", ["", "4242\nrun -c\n"], ids=["free", "interrupted"])
def test_a_disk_that_becomes_read_only_does_not_keep_the_rules(device: Device, content: str) -> None:
    device.namespace.run("mount", "-t", "tmpfs", "none", str(device.folder))
    try:
        device.namespace.run("nft", "flush", "ruleset")
        device.lbsh("apply", "-", stdin=FIG_7)
        apply(device)
        (device.store / "lock").write_text(content)
        hasten(device, 1500)
        device.namespace.run("mount", "-o", "remount,ro", str(device.folder))
        wait_until(lambda: is_old(device), "the former rules are back")
        assert store(device).running().files[0].text == OTHER
        assert "read-only file system" in device.lbsh("confirm", status=2).errors
        device.namespace.run("mount", "-o", "remount,rw", str(device.folder))
        wait_until_back(device)
    finally:
        both_killed(device)
        device.namespace.run("umount", "--lazy", str(device.folder))


@pytest.mark.gate
def test_a_filter_that_fails_at_the_deadline_is_tried_again(device: Device) -> None:
    stand_in = device.put("nft", "test -e /nowhere || exit 1")
    stand_in.rename(device.folder / "broken")
    device.put("nft", 'exec /usr/sbin/nft "$@"')
    apply(device)
    (device.folder / "broken").replace(device.programs / "nft")
    hasten(device)
    wait_until(lambda: store(device).revision() == 3, "the script is back")
    assert store(device).record(Record.CONFIRMATION) is not None
    (device.programs / "nft").unlink()
    wait_until_back(device)


def test_another_terminal_is_refused(device: Device) -> None:
    apply(device)
    for command in (("apply", "-"), ("apply", "--confirm", "20s", "-"), ("run", "-"), ("rollback", "1")):
        done = device.lbsh(*command, stdin="", status=2)
        assert " waits for confirmation, 3" in done.errors
        assert " s are left: `lbsh confirm` keeps it" in done.errors
    assert device.lbsh("confirm").out.startswith("Confirmed revision 2: apply - by ")
    wait_until(lambda: not guards(device), "the guards have ended")
    assert NEW in device.rules()


def test_a_change_to_no_driver_says_that_it_waits(device: Device) -> None:
    done = device.lbsh("apply", "--confirm", "5m", "--driver", "none", "-", stdin=OTHER, status=2)
    assert "It is put back in 300 s" in done.out
    device.lbsh("rollback")
    wait_until_back(device)


def test_rollback_puts_back_at_once(device: Device) -> None:
    apply(device)
    assert "Went back to revision 1 (" in device.lbsh("rollback").out
    wait_until_back(device)
    assert "put back" not in device.lbsh("status", status=UNPOLLED).out


def test_a_confirmation_at_the_last_moment_wins_or_loses(device: Device) -> None:
    for _ in range(ROUNDS):
        apply(device)
        hasten(device, random.randrange(1000))
        status = device.lbsh("confirm", status=None).status
        wait_until(lambda: not guards(device), "the guards have ended")
        if status == 0:
            assert NEW in device.rules()
            assert store(device).record(Record.PUT_BACK) is None
            device.lbsh("apply", "-", stdin=FIG_7)
        else:
            assert status == 1
            assert is_back(device)


@pytest.mark.parametrize("stop", [signal.SIGINT, signal.SIGKILL])
def test_a_command_that_is_stopped_has_done_nothing_or_is_guarded(device: Device, stop: signal.Signals) -> None:
    (device.folder / "other.lb").write_text(OTHER)
    began = time.monotonic()
    apply(device)
    took = time.monotonic() - began
    device.lbsh("rollback")
    for _ in range(ROUNDS):
        before = store(device).revision()
        with device.started("apply", "--confirm", "1h", str(device.folder / "other.lb")) as program:
            with contextlib.suppress(subprocess.TimeoutExpired):
                program.wait(random.random() * took)
            program.send_signal(stop)
            program.wait(LONGEST)
        if store(device).revision() == before:
            assert is_old(device)
            device.lbsh("apply", "--running")
        else:
            assert len(guards(device)) == 2
            hasten(device)
        wait_until_back(device)


def test_the_first_script_is_taken_out_again(bare: Device) -> None:
    apply(bare)
    hasten(bare)
    wait_until(lambda: "lbsh" not in bare.rules() and not guards(bare), "there are no rules")
    assert "no script" not in bare.lbsh("status").out
    assert bare.lbsh("apply", "--running").errors.startswith("put back: revision 1")
    bare.lbsh("apply", "-", stdin=FIG_7)
    assert is_old(bare)


@pytest.mark.gate
def test_the_driver_comes_back(device: Device) -> None:
    device.lbsh("apply", "--confirm", "1h", "--driver", "iptables", "-", stdin=OTHER, status=3)
    assert NEW in device.namespace.run("iptables-save", "-t", "nat")
    hasten(device)
    wait_until_back(device)
    assert "LBSH" not in device.namespace.run("iptables-save", "-t", "nat")
    assert "driver nftables" in device.lbsh("status", status=UNPOLLED).out


def test_a_guard_has_nothing_of_the_terminal_that_started_it(device: Device) -> None:
    apply(device)
    for process in guards(device):
        place = Path(f"/proc/{process}")
        fields = (place / "stat").read_text().rpartition(")")[2].split()
        assert (int(fields[3]), fields[4]) == (process, "0")  # its session, and its terminal: proc_pid_stat(5)
        assert str((place / "cwd").readlink()) == "/"
        files = [str(one.readlink()) for one in (place / "fd").iterdir()]
        assert files.count("/dev/null") == 3
        assert not [one for one in files if str(device.folder) in one]
