"""The conversation of `http`: a request, and the head of its answer; the body only where a text must be found in it.

The request is HTTP/1.1 with `Connection: close` (RFC 9112). Interim answers (1xx) are passed over.
"""

from __future__ import annotations

import re
from typing import NamedTuple

from lbsh.poller.conversation import Step, Transport, Verdict
from lbsh.poller.probes.http_body import BadBodyError, Body, body_after
from lbsh.poller.probes.lines import said
from lbsh.poller.results import Reason
from lbsh.poller.targets import Target

LARGEST_HEAD = 16 * 1024
LARGEST_BODY = 32 * 1024
"""So many bytes of a body are searched."""
MOST_INTERIM = 10

DEFAULT_EXPECTED = (200, 399)

_START = b"HTTP/1."
_HEAD_END = re.compile(rb"\r?\n\r?\n")
_STATUS = re.compile(rb"HTTP/1\.[0-9] ([1-5][0-9]{2})(?: [^\r\n]*)?\r?")


class Wanted(NamedTuple):
    """A good answer: the first and the last of good statuses, and what its body has in it (nothing: anything)."""

    first: int
    last: int
    match: bytes


class HttpConversation:
    """Collects the head, and then, if a text is looked for, the body."""

    __slots__ = ("_body", "_head", "_interim", "_request", "_wanted")

    def __init__(self, request: bytes, wanted: Wanted) -> None:
        self._request = request
        self._wanted = wanted
        self._head = b""
        self._interim = 0
        self._body: Body | None = None

    def begin(self) -> Step:
        return self._request

    def receive(self, data: bytes) -> Step:
        if self._body is not None:
            return self._search(self._body, data)
        if not data:
            return Verdict(Reason.CLOSED)
        looked = max(0, len(self._head) - 3)
        self._head += data
        while True:
            if self._head[: len(_START)] != _START[: len(self._head)]:
                return Verdict(Reason.BAD_ANSWER, "no answer by HTTP")
            end = _HEAD_END.search(self._head, looked, LARGEST_HEAD)
            if end is None:
                return Verdict(Reason.BAD_ANSWER, "a head without end") if len(self._head) >= LARGEST_HEAD else b""
            head, rest = self._head[: end.start()], self._head[end.end() :]
            step = self._read_head(head, rest)
            if step is not None:
                return step
            self._head, looked = rest, 0
            if not rest:
                return b""

    def silence(self) -> Reason:
        return Reason.NO_ANSWER

    def _read_head(self, head: bytes, rest: bytes) -> Step | None:
        """The step after a whole head, None if it was that of an interim answer."""
        line, _, fields = head.partition(b"\n")
        match = _STATUS.fullmatch(line)
        if match is None:
            return Verdict(Reason.BAD_ANSWER, said(line))
        status = int(match[1])
        if status // 100 == 1 and status != 101:
            self._interim += 1
            return Verdict(Reason.BAD_ANSWER, "interim answers without end") if self._interim > MOST_INTERIM else None
        if not self._wanted.first <= status <= self._wanted.last:
            return Verdict(Reason.BAD_STATUS, said(line.partition(b" ")[2]))
        if not self._wanted.match:
            return Verdict(Reason.ANSWERED)
        try:
            self._body = body_after(status, fields)
        except BadBodyError as error:
            return Verdict(Reason.BAD_ANSWER, str(error))
        return self._search(self._body, rest, at_end=False)

    def _search(self, body: Body, data: bytes, at_end: bool | None = None) -> Step:
        """The step after a piece of the body; no bytes are the end of the stream, unless `at_end` is False."""
        ended = not data if at_end is None else at_end
        if ended:
            body.close()
        else:
            body.feed(data)
        if self._wanted.match in body.text[:LARGEST_BODY]:
            return Verdict(Reason.ANSWERED)
        if len(body.text) >= LARGEST_BODY:
            return Verdict(Reason.NO_MATCH, f"not in the first {LARGEST_BODY // 1024} KiB of the answer")
        if body.fault:
            return Verdict(Reason.BAD_ANSWER, body.fault)
        if body.is_whole:
            return Verdict(Reason.NO_MATCH)
        return Verdict(Reason.CLOSED) if ended else b""


class HttpMethod(NamedTuple):
    """The probe by HTTP. `host` is None if a server is asked by its own address."""

    before: bytes
    host: bytes | None
    wanted: Wanted
    usual_port: int
    transport: Transport = Transport.TCP

    def conversation(self, target: Target) -> HttpConversation:
        host = self.host if self.host is not None else host_of(target, self.usual_port)
        return HttpConversation(self.before + host + _AFTER_HOST, self.wanted)


_AFTER_HOST = b"\r\nUser-Agent: lbsh\r\nAccept: */*\r\nAccept-Encoding: identity\r\nConnection: close\r\n\r\n"


def http_method(path: str, host: str | None, wanted: Wanted, usual_port: int) -> HttpMethod:
    """The method with its request."""
    before = f"GET {path} HTTP/1.1\r\nHost: ".encode("ascii")
    return HttpMethod(before, None if host is None else host.encode("ascii"), wanted, usual_port)


def host_of(target: Target, usual_port: int) -> bytes:
    """The address of a server as a host (RFC 9110, section 7.2)."""
    address = str(target.address)
    host = f"[{address}]" if target.address.family == 6 else address
    return host.encode() if target.port == usual_port else f"{host}:{target.port}".encode()
