"""How the probe method `nntp` is carried out: the greeting, then the list of capabilities if one is asked for (RFC 3977)."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import NamedTuple

from lbsh.poller.conversation import Conversation, Method, Step, Transport, Verdict
from lbsh.poller.probes.lines import LineError, Lines, said
from lbsh.poller.results import Reason
from lbsh.poller.targets import Target
from lbsh.poller.tls import TlsMethod, context_of
from lbsh_lang.values import Protocol

QUIT = b"QUIT\r\n"


class NewsConversation:
    """A conversation with a news server: bytes in, bytes or a verdict out."""

    def __init__(self, capability: bytes | None) -> None:
        self._capability = capability
        self._lines = Lines()
        self._greeted = False

    def begin(self) -> Step:
        return b""

    def receive(self, data: bytes) -> Step:
        if not data:
            return Verdict(Reason.CLOSED)
        self._lines.feed(data)
        to_send = b""
        try:
            while (line := self._lines.take()) is not None:
                step = self._listed(line) if self._greeted else self._greeting(line)
                if not isinstance(step, bytes):
                    return step
                to_send += step
        except LineError as error:
            return Verdict(Reason.BAD_ANSWER, str(error))
        return to_send

    def silence(self) -> Reason:
        return Reason.NO_ANSWER

    def _greeting(self, line: bytes) -> Step:
        if line[:3] not in (b"200", b"201"):
            return Verdict(Reason.BAD_BANNER, said(line), QUIT)
        self._greeted = True
        return Verdict(Reason.ANSWERED, farewell=QUIT) if self._capability is None else b"CAPABILITIES\r\n"

    def _listed(self, line: bytes) -> Step:
        if line == self._capability:
            return Verdict(Reason.ANSWERED, farewell=QUIT)
        return Verdict(Reason.NO_MATCH, farewell=QUIT) if line == b"." else b""


class NewsMethod(NamedTuple):
    """The probe of a service, made once."""

    capability: bytes | None
    transport: Transport = Transport.TCP

    def conversation(self, target: Target) -> Conversation:
        return NewsConversation(self.capability)


def make_method(options: Mapping[str, str], protocols: Collection[Protocol]) -> Method:
    """The method for the options of a probe, which the record has declared."""
    capability = options.get("capability")
    method = NewsMethod(None if capability is None else capability.encode())
    return TlsMethod(method, context_of(verify=False, ca=None), None) if options["tls"] == "on" else method
