"""Trials whether servers answer untracked connections as they answer tracked ones.

A rule of others that lets in only what belongs to a tracked connection would make untracked probes an outage. So both
kinds are tried side by side; what is a failure here is never a result of a probe.
"""

from __future__ import annotations

import errno
import select
import socket
import struct
import time
from collections.abc import Callable, Iterable, Sequence
from typing import NamedTuple

from lbsh.poller.sockets import opened
from lbsh_lang.values import Address

PATIENCE = 1.0
"""Seconds for the answers."""
ROUNDS = 3
"""So many trials one after another must fail: a packet may get lost."""
_SLICE = 0.1
"""Seconds after which a trial looks whether it is to end."""

Door = tuple[Address, int]
"""Where a server gets probes: its address and port."""


class Outcome(NamedTuple):
    """What servers did."""

    tracked: frozenset[Door]
    """Those that answered tracked connections."""
    untracked: frozenset[Door]

    def is_good(self, doors: Iterable[Door]) -> bool:
        """Whether of these an untracked connection is answered wherever a tracked one is, and one is."""
        tracked = self.tracked.intersection(doors)
        return bool(tracked) and tracked <= self.untracked

    @property
    def lost(self) -> frozenset[Door]:
        """Those that answer tracked connections alone."""
        return self.tracked - self.untracked


def tried_again(doors: Sequence[Door], ports: Sequence[int], is_over: Callable[[], bool]) -> Outcome:
    """Tries servers, as many at once as there are ports, and those that answer tracked connections alone again."""
    tracked, untracked, left = set[Door](), set[Door](), doors
    for _ in range(ROUNDS):
        for first in range(0, len(left), len(ports)):
            outcome = tried(left[first : first + len(ports)], ports, is_over)
            tracked |= outcome.tracked
            untracked |= outcome.untracked
        left = [door for door in left if door in tracked and door not in untracked]
    return Outcome(frozenset(tracked), frozenset(untracked))


def tried(
    doors: Iterable[Door], ports: Iterable[int], is_over: Callable[[], bool], patience: float = PATIENCE
) -> Outcome:
    """Connects to servers from ports that are left untracked, one for each, and from others."""
    waiting: dict[int, _Open] = {}
    answered: dict[bool, set[Door]] = {False: set(), True: set()}
    free = iter(ports)
    try:
        for door in doors:
            for is_untracked in (False, True):
                one = _begun(door, free if is_untracked else None)
                if one is not None:
                    waiting[one.fileno()] = _Open(one, door, is_untracked)
        _wait(waiting, answered, time.monotonic() + patience, is_over)
    finally:
        for left in waiting.values():
            left.socket.close()
    return Outcome(frozenset(answered[False]), frozenset(answered[True]))


class _Open(NamedTuple):
    """A connection that is under way."""

    socket: socket.socket
    door: Door
    is_untracked: bool


def _begun(door: Door, ports: Iterable[int] | None) -> socket.socket | None:
    """A connection that is under way, from the first port that is free; None if there is none, or no descriptor."""
    address, port = door
    source = opened(socket.AF_INET6 if address.family == 6 else socket.AF_INET, used=1)
    if source is None:
        return None
    one = source.socket
    one.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    if ports is not None and not _bound(one, ports):
        one.close()
        return None
    if one.connect_ex((str(address), port)) not in (0, errno.EINPROGRESS, errno.ECONNREFUSED):
        one.close()
        return None
    return one


def _bound(one: socket.socket, ports: Iterable[int]) -> bool:
    one.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    for port in ports:
        try:
            one.bind(("", port))
        except OSError:
            continue
        return True
    return False


def _wait(
    waiting: dict[int, _Open], answered: dict[bool, set[Door]], deadline: float, is_over: Callable[[], bool]
) -> None:
    poll = select.poll()
    for descriptor in waiting:
        poll.register(descriptor, select.POLLOUT)
    while waiting and not is_over() and (left := deadline - time.monotonic()) > 0:
        for descriptor, _ in poll.poll(1000 * min(left, _SLICE)):
            one, door, is_untracked = waiting.pop(descriptor)
            poll.unregister(descriptor)
            if one.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR) in (0, errno.ECONNREFUSED):
                answered[is_untracked].add(door)
            one.close()
