"""Runs one conversation of the poller to its end, by real sockets."""

from __future__ import annotations

import select
import selectors
import time
from collections.abc import Callable
from ipaddress import ip_address

from lbsh.poller.conversation import Method
from lbsh.poller.parts import Probed, Prober
from lbsh.poller.readiness import Epoll, Plain, Readiness
from lbsh.poller.runner import Runner
from lbsh.poller.sockets import Budget
from lbsh.poller.targets import Target
from lbsh_lang.site.status import ServerId
from lbsh_lang.values import Address
from tests.limits import LONGEST
from tests.poller.kqueue import SELECTORS
from tests.poller.probing import probe_of


def by_kqueue() -> Readiness:
    """As on FreeBSD, with a stand-in for the kernel's part."""
    return Plain(SELECTORS.DefaultSelector())


WAYS: dict[str, Callable[[], Readiness]] = {
    "epoll": Epoll,
    "selector": Plain,
    "kqueue": by_kqueue,
    "poll": lambda: Plain(selectors.PollSelector()),
}
"""Every way to wait; the last has no descriptor of its own."""


def target_of(port: int, address: str = "127.0.0.1", words: str = "tcp", timeout: int | None = None) -> Target:
    """A server at an address, probed with these words of a script."""
    probe = probe_of(words if timeout is None else f"{words} every 100s timeout {timeout}ms")
    given = ip_address(address)
    server = Address(4 if given.version == 4 else 6, int(given))
    return Target(ServerId("p", "S", server), server, port, probe)


def now() -> int:
    return time.monotonic_ns() // 1000


def collected(prober: Prober, descriptor: int | None) -> Probed:
    """The next result of a prober with one open probe."""
    end = time.monotonic() + LONGEST
    while time.monotonic() < end:
        select.select([] if descriptor is None else [descriptor], [], [], 0.01)
        for probed in prober.collect(now()):
            return probed
    raise AssertionError("no result")


def converse(method: Method, target: Target, way: str = "epoll") -> Probed:
    """The result of one probe."""
    runner = Runner([target], [method], Budget(10), WAYS[way]())
    try:
        assert runner.start(0, 1, now())
        return collected(runner, runner.descriptor)
    finally:
        runner.close()
