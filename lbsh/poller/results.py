"""The result of one probe: a reason with a name, and how long it took."""

from __future__ import annotations

from enum import Enum
from typing import NamedTuple


class Reason(Enum):
    """Why a probe counts as good or bad; the value is its name in statuses, logs and metrics."""

    ANSWERED = "answered"
    REFUSED = "refused"
    RESET = "reset"
    TIMEOUT = "timeout"
    """No connection came about in time."""
    NO_ANSWER = "no-answer"
    """The connection came about, or the datagram left, but no whole answer came in time."""
    CLOSED = "closed"
    """The server ended the connection before its answer was whole."""
    UNREACHABLE = "unreachable"
    BAD_BANNER = "bad-banner"
    BAD_STATUS = "bad-status"
    BAD_ANSWER = "bad-answer"
    NO_MATCH = "no-match"
    DENIED = "denied"
    """The server answers, but does not let the prober in."""
    TLS_EXPIRED = "tls-expired"
    TLS_NAME = "tls-name"
    TLS_UNTRUSTED = "tls-untrusted"
    TLS_FAILED = "tls-failed"
    EXEC_FAILED = "exec-failed"
    """The program ended with another status than 0, or by a signal."""
    SPOILT = "spoilt"
    """Something of this machine kept the probe from being made; it says nothing of the server and does not count."""

    @property
    def is_good(self) -> bool:
        return self is Reason.ANSWERED

    @property
    def counts(self) -> bool:
        """Whether it says anything of the server."""
        return self is not Reason.SPOILT


class Result(NamedTuple):
    """What came of a probe: the reason, its duration in microseconds, and the rest of what is known, in words.

    `detail` is a short phrase without an end (`421 too many connections`); it may be what a server sent, so it is hostile.
    `expiry` is the end of the server's certificate, in milliseconds since 1970 (UTC), None if none was seen.
    """

    reason: Reason
    duration: int
    detail: str = ""
    expiry: int | None = None
