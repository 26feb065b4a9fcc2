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
    NO_ANSWER = "no-answer"
    CLOSED = "closed"
    UNREACHABLE = "unreachable"
    BAD_BANNER = "bad-banner"
    BAD_STATUS = "bad-status"
    BAD_ANSWER = "bad-answer"
    NO_MATCH = "no-match"
    DENIED = "denied"
    TLS_EXPIRED = "tls-expired"
    TLS_NAME = "tls-name"
    TLS_UNTRUSTED = "tls-untrusted"
    TLS_FAILED = "tls-failed"
    EXEC_FAILED = "exec-failed"
    SPOILT = "spoilt"

    @property
    def meaning(self) -> str:
        """What it says, for people who read the name in a status."""
        match self:
            case Reason.ANSWERED:
                return "the server does what the probe asks for"
            case Reason.REFUSED:
                return "it refuses connections, or says by ICMP that nobody listens: the machine lives, the service does not"
            case Reason.RESET:
                return "it broke the connection off"
            case Reason.TIMEOUT:
                return "no connection came about in time, or nothing at all came back"
            case Reason.NO_ANSWER:
                return "a connection came about, or a question left, but no whole answer came in time: it hangs"
            case Reason.CLOSED:
                return "it ended the connection before its answer was whole"
            case Reason.UNREACHABLE:
                return "nobody on the way could reach it: its neighbour does not answer, or something forbids the way"
            case Reason.BAD_BANNER:
                return "its greeting is none of the protocol, or one of trouble"
            case Reason.BAD_STATUS:
                return "it answers with another status or code than expected"
            case Reason.BAD_ANSWER:
                return "its answer is none of the protocol"
            case Reason.NO_MATCH:
                return "what was looked for is not in the answer"
            case Reason.DENIED:
                return "it answers, but does not let the prober in"
            case Reason.TLS_EXPIRED:
                return "the time of its certificate is over, or has not begun"
            case Reason.TLS_NAME:
                return "its certificate is for another name"
            case Reason.TLS_UNTRUSTED:
                return "its certificate is signed by nobody who is trusted"
            case Reason.TLS_FAILED:
                return "TLS did not come about"
            case Reason.EXEC_FAILED:
                return "the program ended with another status than 0, or by a signal"
            case Reason.SPOILT:
                return "something of the device kept the probe from being made: that says nothing of the server"

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
