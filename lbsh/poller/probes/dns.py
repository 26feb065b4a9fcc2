"""The conversation of `dns`: a question by UDP, or by TCP after a truncated answer and for services of TCP alone (RFC 1035).

dnspython writes the question and reads the answer. A datagram that answers no question of ours is passed over: who does not
know the number of the question cannot take a server out.
"""

from __future__ import annotations

import secrets
from typing import NamedTuple

from lbsh.poller.conversation import Retry, Step, Transport, Verdict
from lbsh.poller.probes.dns_messages import AnswerError, check_answer
from lbsh.poller.results import Reason
from lbsh.poller.targets import Target

_TRUNCATED = 0x02
"""The bit of the third byte."""
_HEADER = 12


class DnsConversation:
    """A question with a number of its own. Begins anew after `Retry`."""

    __slots__ = ("_data", "_expected", "_number", "_question", "_seen", "_transport")

    def __init__(self, question: bytes, expected: str, transport: Transport) -> None:
        self._question = question
        self._expected = expected
        self._transport = transport
        self._number = secrets.token_bytes(2)
        self._data = b""
        self._seen = False

    def begin(self) -> Step:
        question = self._number + self._question
        return question if self._transport is Transport.UDP else len(question).to_bytes(2, "big") + question

    def receive(self, data: bytes) -> Step:
        return self._datagram(data) if self._transport is Transport.UDP else self._stream(data)

    def silence(self) -> Reason:
        return Reason.BAD_ANSWER if self._seen else Reason.NO_ANSWER

    def _datagram(self, data: bytes) -> Step:
        if len(data) < _HEADER or data[:2] != self._number:
            self._seen = True
            return b""
        if data[2] & _TRUNCATED:
            self._transport = Transport.TCP
            return Retry(Transport.TCP)
        return self._judge(data)

    def _stream(self, data: bytes) -> Step:
        if not data:
            return Verdict(Reason.CLOSED)
        self._data += data
        size = int.from_bytes(self._data[:2], "big")
        if len(self._data) < 2 + max(size, _HEADER):
            return b"" if len(self._data) < 2 or size >= _HEADER else Verdict(Reason.BAD_ANSWER, "no message of DNS")
        return self._judge(self._data[2 : 2 + size])

    def _judge(self, data: bytes) -> Verdict:
        try:
            code = check_answer(self._number + self._question, data)
        except AnswerError as error:
            return Verdict(Reason.BAD_ANSWER, str(error))
        return Verdict(Reason.ANSWERED) if code == self._expected else Verdict(Reason.BAD_STATUS, code)


class DnsMethod(NamedTuple):
    """The probe by DNS: the question without its number, and the code that a good answer has."""

    question: bytes
    expected: str
    transport: Transport

    def conversation(self, target: Target) -> DnsConversation:
        return DnsConversation(self.question, self.expected, self.transport)
