"""A poller that does not get to run ejects nobody: stopped, stopped with its servers, or with a fifth of what it needs of
the processor, beside 2,000 servers that greet after 150 ms, a single failure being enough to take one out.
"""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from lbsh.lab.namespaces import Namespace
from tests.limits import LONGEST
from tests.profiles import is_gate
from tests.system.device import Device
from tests.system.watching import Watched, polling

SERVERS = 2000
SITE = """\
interface external ext0
interface internal lo
external addr 203.0.113.1
internal net 10.7.0.0/16
service MAIL is 203.0.113.5 tcp 110
pool mail for MAIL
add 10.7.0.1-10.7.3.232 to mail
add 10.7.4.1-10.7.7.232 to mail
probe MAIL with pop3 every 3s timeout 1s fall 1 rise 1
"""
QUOTAS = Path("/sys/fs/cgroup/cpu")
"""Groups of processes with a share of the processor (cgroups, version 1)."""
PERIOD = 1_000_000
"""Microseconds in which a group gets its share."""
STOPPED = 5 if is_gate() else 1.5
"""Seconds for which something is stopped: longer than a probe may take."""
LATER = 0.3
"""Seconds from when the poller goes on to when the servers do: less than a probe may take."""


class Greeters:
    """The servers, a process of their own, which tells how often it has greeted."""

    def __init__(self, process: subprocess.Popen[str]) -> None:
        self.process, self.greeted = process, 0
        self._changed = threading.Condition()
        threading.Thread(target=self._read, name="greeters", daemon=True).start()

    def wait_for(self, more: int) -> None:
        """Waits for so many greetings more than there are by now."""
        with self._changed:
            wanted = self.greeted + more
            assert self._changed.wait_for(lambda: self.greeted >= wanted, LONGEST), "the poller does not probe"

    def _read(self) -> None:
        assert self.process.stdout is not None
        for line in self.process.stdout:
            with self._changed:
                self.greeted = int(line)
                self._changed.notify_all()


@pytest.fixture
def device(tmp_path: Path) -> Iterator[Device]:
    made = Device(Namespace("starved"), tmp_path)
    made.namespace.configure("link set lo up", "link add ext0 type veth peer name ext1", "link set ext0 up")
    made.namespace.configure("addr add 203.0.113.5/32 dev ext0", "route add local 10.7.0.0/16 dev lo")
    path = made.folder / "site.lb"
    path.write_text(SITE)
    made.lbsh("apply", "--driver", "nftables", "--no-addresses", str(path))
    yield made
    made.namespace.delete()


@contextmanager
def stopped(*processes: subprocess.Popen[str]) -> Iterator[None]:
    """Processes that do not run within the block, as in a machine that is paused."""
    for process in processes:
        process.send_signal(signal.SIGSTOP)
    try:
        yield
    finally:
        for process in processes:
            process.send_signal(signal.SIGCONT)


@contextmanager
def quota(process: subprocess.Popen[str], share: float) -> Iterator[Path]:
    """A process that gets no more than this share of a processor within the block; the folder of its group."""
    home = next(line.split(":")[2] for line in Path("/proc/self/cgroup").read_text().splitlines() if ":cpu:" in line)
    group = QUOTAS / f"lbsh-tests-{process.pid}"
    group.mkdir()
    try:
        (group / "cpu.cfs_period_us").write_text(f"{PERIOD}")
        (group / "cpu.cfs_quota_us").write_text(f"{max(int(share * PERIOD), 1000)}")
        (group / "cgroup.procs").write_text(f"{process.pid}")
        yield group
    finally:
        (QUOTAS / home.strip("/") / "cgroup.procs").write_text(f"{process.pid}")
        group.rmdir()


def processor_time(process: subprocess.Popen[str]) -> float:
    """The seconds that a process has had so far, its own and the kernel's for it."""
    words = Path(f"/proc/{process.pid}/stat").read_text().rpartition(")")[2].split()
    return (int(words[11]) + int(words[12])) / os.sysconf("SC_CLK_TCK")


def may_give_quotas() -> bool:
    return os.access(QUOTAS / "cpu.cfs_period_us", os.W_OK)


@pytest.fixture
def greeters(device: Device) -> Iterator[Greeters]:
    program = (sys.executable, str(Path(__file__).with_name("banners.py")))
    with device.started("110", "150", program=program) as process:
        yield Greeters(process)


@pytest.fixture
def poller(device: Device, greeters: Greeters) -> Iterator[Watched]:
    """A poller that has probed all servers, and keeps on."""
    with polling(device) as poller:
        greeters.wait_for(2 * SERVERS)
        yield poller


def nobody_was_ejected(device: Device, greeters: Greeters, poller: Watched) -> None:
    greeters.wait_for(2 * SERVERS)
    assert poller.of("server-down") == []
    device.lbsh("status", status=0)


@pytest.mark.gate
def test_a_poller_that_was_stopped_ejects_nobody(device: Device, greeters: Greeters, poller: Watched) -> None:
    """First alone, so that answers wait for it; then together with the servers, which go on later than it."""
    with stopped(poller.process):
        time.sleep(STOPPED)
    nobody_was_ejected(device, greeters, poller)
    with stopped(greeters.process):
        with stopped(poller.process):
            time.sleep(STOPPED)
        time.sleep(LATER)
    nobody_was_ejected(device, greeters, poller)


@pytest.mark.gate
@pytest.mark.skipif(not may_give_quotas(), reason="no quotas of the processor here (cgroups, version 1)")
def test_a_poller_with_a_fifth_of_the_processor_it_needs_ejects_nobody(
    device: Device, greeters: Greeters, poller: Watched
) -> None:
    begun, before = time.monotonic(), processor_time(poller.process)
    greeters.wait_for(SERVERS)
    need = (processor_time(poller.process) - before) / (time.monotonic() - begun)
    with quota(poller.process, need / 5) as group:
        greeters.wait_for(SERVERS // 2)
        starved = dict(line.split() for line in (group / "cpu.stat").read_text().splitlines())
        assert int(starved["nr_throttled"]) > 0
        assert poller.of("server-down") == []
    nobody_was_ejected(device, greeters, poller)
