"""The conversation of `radius`: Status-Server (RFC 5997), or a user's request for access (RFC 2865), both signed.

Only an answer that proves to know the secret counts; any other datagram is passed over, as RFC 2865 asks. Without a password
a rejection is a good answer too: the server has looked the user up.
"""

from __future__ import annotations

from typing import NamedTuple

from lbsh.poller.conversation import Step, Transport, Verdict
from lbsh.poller.probes.radius_packets import ACCEPT, ACCOUNTED, CHALLENGE, REJECT, Request
from lbsh.poller.results import Reason
from lbsh.poller.targets import Target

_REFUSALS = {REJECT: "rejected", CHALLENGE: "challenged"}


class RadiusMethod(NamedTuple):
    """The probe by RADIUS. Without a user, servers are asked for their own status."""

    secret: bytes
    user: bytes | None
    password: bytes | None
    transport: Transport = Transport.UDP

    @property
    def good(self) -> tuple[int, ...]:
        """The codes of good answers; a port for accounting answers for its own status in its own way."""
        if self.user is None:
            return (ACCEPT, ACCOUNTED)
        return (ACCEPT,) if self.password is not None else (ACCEPT, REJECT, CHALLENGE)

    def conversation(self, target: Target) -> RadiusConversation:
        return RadiusConversation(Request(self.secret, self.user, self.password), self.good)


class RadiusConversation:
    """One request, whose authenticator no other has."""

    __slots__ = ("_good", "_request", "_seen")

    def __init__(self, request: Request, good: tuple[int, ...]) -> None:
        self._request = request
        self._good = good
        self._seen = False

    def begin(self) -> Step:
        return self._request.data

    def receive(self, data: bytes) -> Step:
        code = self._request.code_of(data)
        if code is None:
            self._seen = True
            return b""
        if code in self._good:
            return Verdict(Reason.ANSWERED)
        if code in _REFUSALS:
            return Verdict(Reason.DENIED, _REFUSALS[code])
        return Verdict(Reason.BAD_STATUS, f"code {code}")

    def silence(self) -> Reason:
        return Reason.BAD_ANSWER if self._seen else Reason.NO_ANSWER
