"""Metrics by HTTP: one GET a connection, answered in steps. The protocol part is pure.

RFC 9112: a request ends with an empty line; an answer of unknown length goes in chunks to clients of HTTP/1.1, so that they
see whether it is whole, and ends with the connection for older ones.
"""

from __future__ import annotations

import re
import zlib
from collections.abc import Callable, Iterator
from typing import NamedTuple
from urllib.parse import parse_qsl, urlsplit

from lbsh.live.facts import Facts
from lbsh.poller.board import Board
from lbsh.poller.labels import Labels
from lbsh.poller.live.serving import Answer
from lbsh.poller.metrics import CONTENT_TYPE, NAMES, SCOPES, Chosen, exposition

_LINE = re.compile(rb"([A-Z]{1,20}) ([!-~]{1,4096}) HTTP/1\.([01])")
_HEADER = re.compile(rb"^([!#$%&'*+.^_`|~0-9A-Za-z-]+):[ \t]*([^\r\n]*?)[ \t]*$", re.MULTILINE)
_GZIP = re.compile(r"(?:^|,)\s*(?:x-)?gzip\s*(?:;\s*q=(?P<q>[0-9.]+)\s*)?(?:,|$)", re.IGNORECASE)
_GATHERED = 16_384
"""Bytes of text that are compressed or sent at once, at least."""


class Request(NamedTuple):
    """A request that can be answered."""

    chosen: Chosen
    gzip: bool
    chunked: bool


class Refusal(NamedTuple):
    """The status and the words of an answer to any other request."""

    status: str
    words: str
    allow: str = ""


class Scraper:
    """Answers requests for metrics. Labels are kept as long as the board is the same."""

    def __init__(self, board: Callable[[], Board], facts: Callable[[], Facts]) -> None:
        self._board, self._facts = board, facts
        self._labels = Labels(board())

    def read(self, data: bytes) -> Answer | None:
        """The answer to a request, None if it is not whole yet (`serving.Reads`)."""
        request = read_request(data)
        match request:
            case None:
                return None
            case Refusal():
                return iter((refusal(request),))
            case Request():
                board = self._board()
                if self._labels.board is not board:
                    self._labels = Labels(board)
                return answer(exposition(self._labels, self._facts(), request.chosen), request)


def read_request(data: bytes) -> Request | Refusal | None:
    """What is asked, None if the end of the request has not come."""
    end = data.find(b"\r\n\r\n")
    if end < 0:
        return None
    first, _, rest = data[:end].partition(b"\r\n")
    line = _LINE.fullmatch(first)
    if line is None:
        return Refusal("400 Bad Request", "this is no request of HTTP/1")
    method, target, minor = line[1].decode(), line[2].decode(), line[3]
    if method != "GET":
        return Refusal("405 Method Not Allowed", "only GET", "GET")
    headers = {name.lower(): value.decode("latin-1") for name, value in _HEADER.findall(rest.replace(b"\r\n", b"\n"))}
    return _asked(target, gzip=takes_gzip(headers.get(b"accept-encoding", "")), chunked=minor == b"1")


def _asked(target: str, *, gzip: bool, chunked: bool) -> Request | Refusal:
    try:
        path, query = urlsplit(target)[2:4]
        words = parse_qsl(query, keep_blank_values=True, strict_parsing=bool(query), max_num_fields=100)
    except ValueError:
        return Refusal("400 Bad Request", "this is no address")
    if path != "/metrics":
        return Refusal("404 Not Found", "only /metrics")
    known = {"scope": SCOPES, "name": NAMES}
    for name, value in words:
        if value not in known.get(name, ()):
            return Refusal(
                "400 Bad Request", f"`scope` is one of {', '.join(sorted(SCOPES))}; `name` is the name of a metric"
            )
    scopes, names = (frozenset(value for name, value in words if name == one) for one in ("scope", "name"))
    return Request(Chosen(scopes, names), gzip, chunked)


def takes_gzip(header: str) -> bool:
    """Whether a client takes gzip, by its Accept-Encoding."""
    found = _GZIP.search(header)
    return found is not None and (found["q"] is None or found["q"].strip("0.") != "")


def refusal(one: Refusal) -> bytes:
    """The bytes of an answer to a request that is refused."""
    body = f"{one.words}\n".encode()
    allow = f"Allow: {one.allow}\r\n" if one.allow else ""
    return (
        f"HTTP/1.1 {one.status}\r\nContent-Type: text/plain; charset=utf-8\r\nContent-Length: {len(body)}\r\n{allow}"
        "Connection: close\r\n\r\n"
    ).encode() + body


def answer(pieces: Iterator[str], request: Request) -> Answer:
    """The bytes of an answer in steps."""
    yield (
        f"HTTP/1.1 200 OK\r\nContent-Type: {CONTENT_TYPE}\r\nConnection: close\r\n"
        f"{'Content-Encoding: gzip' + chr(13) + chr(10) if request.gzip else ''}"
        f"{'Transfer-Encoding: chunked' + chr(13) + chr(10) if request.chunked else ''}\r\n"
    ).encode()
    for data in _compressed(_gathered(pieces)) if request.gzip else _gathered(pieces):
        yield _chunk(data) if request.chunked and data else data
    if request.chunked:
        yield b"0\r\n\r\n"


def _gathered(pieces: Iterator[str]) -> Iterator[bytes]:
    """Small pieces together, large ones in parts; an empty one for each step without enough."""
    rest = b""
    for piece in pieces:
        rest += piece.encode()
        while len(rest) >= _GATHERED:
            yield rest[:_GATHERED]
            rest = rest[_GATHERED:]
        yield b""
    yield rest


def _compressed(parts: Iterator[bytes]) -> Iterator[bytes]:
    packer = zlib.compressobj(1, zlib.DEFLATED, 31)
    for part in parts:
        yield packer.compress(part)
    yield packer.flush()


def _chunk(data: bytes) -> bytes:
    return b"%x\r\n%b\r\n" % (len(data), data)
