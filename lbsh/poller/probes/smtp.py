"""The conversation of `smtp`: the banner, EHLO, STARTTLS if asked, QUIT (RFC 5321, RFC 3207).

The banner must come before anything is sent: a mail server whose processes hang accepts connections and says nothing.
A reply has one code on all its lines, `250-first`, `250 last`.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import NamedTuple

from lbsh.poller.conversation import Conversation, Step, Transport, Verdict
from lbsh.poller.probes.lines import LineError, Lines, said
from lbsh.poller.results import Reason
from lbsh.poller.targets import Target

DEFAULT_HELO = "lbsh.invalid"
"""The name that is said where the script has none; `.invalid` belongs to nobody (RFC 6761)."""

_REPLY = re.compile(rb"([2-5][0-9]{2})(?:([ -]).*)?", re.DOTALL)


class Turn(NamedTuple):
    """What is sent, the code of the reply that must follow, and the reason if another one does."""

    request: bytes
    code: bytes
    otherwise: Reason


Upgrade = Callable[[], Conversation]
"""Makes the conversation that goes on over TLS, after the last turn."""

GREETING = Turn(b"", b"220", Reason.BAD_BANNER)


START = Turn(b"STARTTLS\r\n", b"220", Reason.TLS_FAILED)


class SmtpConversation:
    """The turns one after the other, then the way to TLS if there is one, else QUIT as the farewell."""

    __slots__ = ("_code", "_lines", "_turn", "_turns", "_upgrade", "_upgraded")

    def __init__(self, turns: tuple[Turn, ...], upgrade: Upgrade | None = None) -> None:
        self._turns = turns
        self._upgrade = upgrade
        self._upgraded: Conversation | None = None
        self._turn = 0
        self._lines = Lines()
        self._code = b""

    def begin(self) -> Step:
        return self._turns[0].request

    def receive(self, data: bytes) -> Step:
        if self._upgraded is not None:
            return self._upgraded.receive(data)
        if not data:
            return Verdict(Reason.CLOSED)
        self._lines.feed(data)
        to_send = b""
        try:
            while self._upgraded is None and (line := self._lines.take()) is not None:
                step = self._hear(line)
                if not isinstance(step, bytes):
                    return step
                to_send += step
        except LineError as error:
            return Verdict(self._rubbish, str(error))
        return self._after_upgrade(to_send)

    def silence(self) -> Reason:
        return Reason.NO_ANSWER

    def _hear(self, line: bytes) -> Step:
        """The step after a line: nothing within a reply, the next request after it."""
        match = _REPLY.fullmatch(line)
        if match is None or (self._code and match[1] != self._code):
            return Verdict(self._rubbish, said(line))
        turn = self._turns[self._turn]
        if match[1] != turn.code:
            return Verdict(turn.otherwise, said(line), farewell=b"QUIT\r\n")
        self._code = match[1]
        if match[2] == b"-":
            return b""
        self._code = b""
        self._turn += 1
        if self._turn == len(self._turns) and self._upgrade is not None:
            self._upgraded = self._upgrade()
            return self._upgraded.begin()
        if self._turn == len(self._turns):
            return Verdict(Reason.ANSWERED, farewell=b"QUIT\r\n")
        return self._turns[self._turn].request

    def _after_upgrade(self, to_send: bytes) -> Step:
        """The step after a piece; what came behind the last line before TLS is no longer of lines."""
        rest = self._lines.drain() if self._upgraded is not None else b""
        if self._upgraded is None or not rest:
            return to_send
        step = self._upgraded.receive(rest)
        return to_send + step if isinstance(step, bytes) else step

    @property
    def _rubbish(self) -> Reason:
        """The reason for a line that is no reply."""
        return Reason.BAD_BANNER if self._turn == 0 and self._turns[0] is GREETING else Reason.BAD_ANSWER


class SmtpMethod(NamedTuple):
    """The probe by SMTP; the same turns for all servers of a service."""

    turns: tuple[Turn, ...]
    upgrade: Upgrade | None = None
    transport: Transport = Transport.TCP

    def conversation(self, target: Target) -> SmtpConversation:
        return SmtpConversation(self.turns, self.upgrade)


def greeting_turn(helo: str) -> Turn:
    """EHLO with a name."""
    return Turn(f"EHLO {helo}\r\n".encode("ascii"), b"250", Reason.BAD_STATUS)
