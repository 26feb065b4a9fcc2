"""What errors of connections say of a server, and which say nothing of it. Pure."""

from __future__ import annotations

import errno
import os

from lbsh.poller.results import Reason

_OF_CALLS = {
    errno.ECONNREFUSED: Reason.REFUSED,
    errno.ECONNRESET: Reason.RESET,
    errno.EHOSTUNREACH: Reason.UNREACHABLE,
    errno.ETIMEDOUT: Reason.TIMEOUT,
}
_OF_ENDS = {
    errno.ECONNREFUSED: Reason.REFUSED,
    errno.ETIMEDOUT: Reason.TIMEOUT,
    errno.EHOSTUNREACH: Reason.UNREACHABLE,
    errno.ENETUNREACH: Reason.UNREACHABLE,
    errno.ENOPROTOOPT: Reason.UNREACHABLE,
    errno.EPROTO: Reason.UNREACHABLE,
    errno.EACCES: Reason.UNREACHABLE,
}
"""A network that is unreachable is a message of a router, once a connection was on its way (icmp(7))."""


def reason_of_call(failure: int) -> Reason:
    """The reason why connect(2), or a send of a datagram, failed at once.

    All but what the server or its neighbourhood can have said is of this machine: it lacks descriptors, ports, memory or a
    route, or its own rules forbid it (EPERM, EACCES).
    """
    return _OF_CALLS.get(failure, Reason.SPOILT)


def reason_of_end(failure: int) -> Reason:
    """The reason why a connection that was on its way did not come about or ended, by its error (SO_ERROR)."""
    return _OF_ENDS.get(failure, Reason.RESET)


def words_of(failure: int) -> str:
    """What an error says besides its reason; empty where that says all of it."""
    return "" if failure in _SAID else os.strerror(failure).lower()


_SAID = (0, errno.ECONNREFUSED, errno.ECONNRESET, errno.ETIMEDOUT)
