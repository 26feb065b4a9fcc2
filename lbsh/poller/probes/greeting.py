"""The conversations of `imap` and `pop3`: the greeting, then a polite end (RFC 9051, section 7.1; RFC 1939, section 4)."""

from __future__ import annotations

import re
from typing import NamedTuple

from lbsh.poller.conversation import Step, Transport, Verdict
from lbsh.poller.probes.lines import LineError, Lines, said
from lbsh.poller.results import Reason
from lbsh.poller.targets import Target


class Manners(NamedTuple):
    """How servers of a protocol greet: the pattern of a good first line, that of a refusal, and how a client leaves."""

    good: re.Pattern[bytes]
    refusal: re.Pattern[bytes]
    farewell: bytes


IMAP = Manners(
    re.compile(rb"\* (?:OK|PREAUTH)(?: .*)?", re.DOTALL | re.IGNORECASE),
    re.compile(rb"\* BYE(?: .*)?", re.DOTALL | re.IGNORECASE),
    b"a LOGOUT\r\n",
)
POP3 = Manners(
    re.compile(rb"\+OK(?: .*)?", re.DOTALL | re.IGNORECASE),
    re.compile(rb"-ERR(?: .*)?", re.DOTALL | re.IGNORECASE),
    b"QUIT\r\n",
)


class GreetingConversation:
    """One line decides."""

    __slots__ = ("_lines", "_manners")

    def __init__(self, manners: Manners) -> None:
        self._manners = manners
        self._lines = Lines()

    def begin(self) -> Step:
        return b""

    def receive(self, data: bytes) -> Step:
        if not data:
            return Verdict(Reason.CLOSED)
        self._lines.feed(data)
        try:
            line = self._lines.take()
        except LineError as error:
            return Verdict(Reason.BAD_BANNER, str(error))
        if line is None:
            return b""
        if self._manners.good.fullmatch(line):
            return Verdict(Reason.ANSWERED, farewell=self._manners.farewell)
        if self._manners.refusal.fullmatch(line):
            return Verdict(Reason.DENIED, said(line))
        return Verdict(Reason.BAD_BANNER, said(line))

    def silence(self) -> Reason:
        return Reason.NO_ANSWER


class GreetingMethod(NamedTuple):
    """The probe of servers that greet."""

    manners: Manners
    transport: Transport = Transport.TCP

    def conversation(self, target: Target) -> GreetingConversation:
        return GreetingConversation(self.manners)
