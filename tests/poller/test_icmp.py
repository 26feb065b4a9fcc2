"""Echo probes on loopback and to where nobody answers."""

from __future__ import annotations

import os
import sys
import threading

import pytest

from lbsh.lab.namespaces import Namespace
from lbsh.poller.icmp import IcmpProber
from lbsh.poller.parts import Probed
from lbsh.poller.results import Reason
from tests.poller.conversing import collected, now, target_of

pytestmark = pytest.mark.skipif(
    not sys.platform.startswith("linux") or os.geteuid() != 0,
    reason="only root of Linux has namespaces and raw sockets",
)


@pytest.mark.parametrize("pings", ["1 0", "0 2147483647"], ids=["raw", "ping socket"])
@pytest.mark.parametrize(
    ("address", "timeout", "reason"),
    [
        ("127.0.0.1", 60_000, Reason.ANSWERED),
        ("::1", 60_000, Reason.ANSWERED),
        ("192.0.2.1", 200, Reason.NO_ANSWER),
        ("198.51.100.1", 200, Reason.SPOILT),
    ],
)
def test_machines(address: str, timeout: int, reason: Reason, pings: str) -> None:
    """One is at home, one behind a device that swallows all, and one has no route."""
    namespace = Namespace("echo")
    try:
        namespace.set_sysctl("net.ipv4.ping_group_range", pings)
        namespace.configure(
            "link set lo up",
            "link add d0 type veth peer name d1",
            "link set d0 up",
            "link set d1 up",
            "route add 192.0.2.0/24 dev d0",
        )
        probed, left = namespace.call(_probe, address, timeout)
    finally:
        namespace.delete()
    assert probed.reason is reason, probed
    assert left is None
    assert probed.duration >= (200_000 if reason is Reason.NO_ANSWER else 0)


def _probe(address: str, timeout: int) -> tuple[Probed, int | None]:
    prober = IcmpProber([target_of(0, address, "tcp", timeout)])
    try:
        assert prober.start(0, 1, now())
        return collected(prober, None), prober.next_time(now())
    finally:
        prober.close()


def test_an_abandoned_probe_gives_no_result() -> None:
    prober = IcmpProber([target_of(0, "127.0.0.1")])
    prober.start(0, 1, now())
    prober.abandon(0, 1)
    assert [*prober.collect(now() + 10**9)] == []
    prober.close()


def test_the_duration_does_not_depend_on_when_the_answer_is_read() -> None:
    prober = IcmpProber([target_of(0, "127.0.0.1", timeout=60_000)])
    durations = []
    for serial in range(5):  # the kernel begins to stamp packets some time after it is asked to
        prober.start(0, serial, now())
        threading.Event().wait(1)
        (probed,) = prober.collect(now())
        assert probed.reason is Reason.ANSWERED
        durations.append(probed.duration)
        if probed.duration < 900_000:
            break
    prober.close()
    assert min(durations) < 900_000
