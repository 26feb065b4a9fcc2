"""Half-open probes: what the server's kernel says, and that no program sees them."""

from __future__ import annotations

import os
import socket
import sys
import time

import pytest

from lbsh.lab.namespaces import Namespace
from lbsh.poller.parts import Probed
from lbsh.poller.results import Reason
from lbsh.poller.syn import SynProber, may_probe_half_open
from tests.limits import LONGEST
from tests.poller.conversing import collected, now, target_of

pytestmark = pytest.mark.skipif(
    not sys.platform.startswith("linux") or os.geteuid() != 0,
    reason="only root of Linux has namespaces and raw sockets",
)


@pytest.mark.parametrize("host", ["127.0.0.1", "::1"])
def test_ports(host: str) -> None:
    """Open and closed ones, many times: numbers differ each time, and nothing is left in the listener's queue."""
    assert may_probe_half_open()
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with (
        socket.create_server((host, 0), family=family) as open_one,
        socket.create_server((host, 0), family=family) as other,
    ):
        ports = open_one.getsockname()[1], other.getsockname()[1]
        other.close()
        prober = SynProber([target_of(port, host, timeout=60_000) for port in ports])
        for serial in range(10):
            for index, reason in ((0, Reason.ANSWERED), (1, Reason.REFUSED)):
                assert prober.start(index, serial, now())
                probed = collected(prober, None)
                assert (probed.server, probed.serial, probed.reason) == (index, serial, reason)
        assert prober.next_time(now()) is None
        prober.close()
        open_one.setblocking(False)
        with pytest.raises(BlockingIOError):
            open_one.accept()


@pytest.mark.parametrize("host", ["127.0.0.1", "::1"])
def test_many_at_once(host: str) -> None:
    """More than go into a call of the kernel: each has its own answer, with the time that the server took."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.create_server((host, 0), family=family, backlog=4096) as open_one, socket.socket(family) as closed_one:
        closed_one.bind((host, 0))
        ports = [one.getsockname()[1] for one in (open_one, closed_one)]
        prober = SynProber([target_of(ports[number % 2], host, timeout=60_000) for number in range(500)])
        began = time.monotonic()
        for number in range(500):
            assert prober.start(number, number, now())
        prober.abandon(7, 7)
        results = dict[int, Probed]()
        while len(results) < 499:
            assert time.monotonic() < began + LONGEST
            results.update({probed.serial: probed for probed in prober.collect(now())})
        took = 1_000_000 * (time.monotonic() - began)
        prober.close()
    assert results.keys() == {*range(500)} - {7}
    for number, probed in results.items():
        assert (probed.server, probed.reason) == (number, Reason.REFUSED if number % 2 else Reason.ANSWERED)
        assert 0 <= probed.duration <= took


@pytest.mark.parametrize(
    ("host", "reason"),
    [
        ("192.0.2.1", Reason.TIMEOUT),
        ("198.51.100.1", Reason.SPOILT),
        ("2001:db8::1", Reason.TIMEOUT),
        ("2001:db8:1::1", Reason.SPOILT),
    ],
)
def test_machines_that_do_not_answer(host: str, reason: Reason) -> None:
    """One is behind a cable whose other end swallows all, one has no route."""
    namespace = Namespace("half")
    try:
        namespace.configure(
            "link set lo up",
            "link add d0 type veth peer name d1",
            "link set d0 up",
            "link set d1 up",
            "addr add 192.0.2.2/24 dev d0",
            "addr add 2001:db8::2/64 dev d0 nodad",
            "neigh add 192.0.2.1 lladdr 02:00:00:00:00:01 dev d0",
            "neigh add 2001:db8::1 lladdr 02:00:00:00:00:01 dev d0",
        )
        assert namespace.call(_probe, host).reason is reason
    finally:
        namespace.delete()


def _probe(host: str) -> Probed:
    prober = SynProber([target_of(80, host, timeout=200)])
    try:
        assert prober.start(0, 1, now())
        return collected(prober, None)
    finally:
        prober.close()
