"""The body of an answer by HTTP, without its framing: chunks, a length, or the end of the connection (RFC 9112)."""

from __future__ import annotations

import re
from enum import Enum

_LENGTH = re.compile(rb"[0-9]{1,15}")
_CHUNK_HEAD = re.compile(rb"([0-9A-Fa-f]{1,8})[ \t]*(?:;[^\r\n]*)?\r?")
_LONGEST_CHUNK_HEAD = 1024


class BadBodyError(ValueError):
    """The head of an answer does not say where its body ends."""


class Framing(Enum):
    """How the end of a body is known."""

    LENGTH = "length"
    CHUNKED = "chunked"
    CLOSE = "close"


class _Part(Enum):
    """The part of a chunk that comes next."""

    HEAD = "head"
    DATA = "data"
    END = "end"


class Body:
    """Takes the bytes of a body as they come; `text` is what they mean.

    `fault` says what is wrong with the framing, and nothing is taken after it. `is_whole` tells that the body has ended.
    """

    def __init__(self, framing: Framing, length: int = 0) -> None:
        self.text = bytearray()
        self.fault = ""
        self.is_whole = framing is Framing.LENGTH and length == 0
        self._framing = framing
        self._left = length
        self._part = _Part.HEAD
        self._rest = b""

    def feed(self, data: bytes) -> None:
        """Takes the next bytes."""
        if self.is_whole or self.fault:
            return
        match self._framing:
            case Framing.CLOSE:
                self.text += data
            case Framing.LENGTH:
                self.text += data[: self._left]
                self._left = max(0, self._left - len(data))
                self.is_whole = self._left == 0
            case Framing.CHUNKED:
                self._rest += data
                while self._chunk_part():
                    pass

    def close(self) -> None:
        """The connection has ended."""
        if self._framing is Framing.CLOSE:
            self.is_whole = True

    def _chunk_part(self) -> bool:
        """Takes the next part of a chunk; False if it is not there yet, or nothing follows."""
        match self._part:
            case _Part.HEAD:
                return self._chunk_head()
            case _Part.DATA:
                piece = self._rest[: self._left]
                self.text += piece
                self._rest = self._rest[len(piece) :]
                self._left -= len(piece)
                if self._left == 0:
                    self._part = _Part.END
                return self._left == 0
            case _Part.END:
                return self._chunk_end()

    def _chunk_head(self) -> bool:
        end = self._rest.find(b"\n", 0, _LONGEST_CHUNK_HEAD)
        if end < 0:
            self.fault = "a chunk without a length" if len(self._rest) >= _LONGEST_CHUNK_HEAD else ""
            return False
        match = _CHUNK_HEAD.fullmatch(self._rest[:end])
        if match is None:
            self.fault = "a chunk without a length"
            return False
        self._left, self._rest, self._part = int(match[1], 16), self._rest[end + 1 :], _Part.DATA
        self.is_whole = self._left == 0
        return not self.is_whole

    def _chunk_end(self) -> bool:
        for end in (b"\r\n", b"\n"):
            if self._rest.startswith(end):
                self._rest, self._part = self._rest[len(end) :], _Part.HEAD
                return True
        if self._rest not in (b"", b"\r"):
            self.fault = "a chunk longer than it says"
        return False


def body_after(status: int, fields: bytes) -> Body:
    """The body that follows the fields of a head. Raises `BadBodyError`."""
    if status in (204, 304):
        return Body(Framing.LENGTH)
    lengths, codings = set(), []
    for field in fields.split(b"\n"):
        name, _, value = field.partition(b":")
        match name.strip().lower():
            case b"content-length":
                lengths.add(value.strip())
            case b"transfer-encoding":
                codings += [coding.strip().lower() for coding in value.split(b",")]
    if codings:
        if codings != [b"chunked"]:
            raise BadBodyError("an unknown transfer coding")
        return Body(Framing.CHUNKED)
    if not lengths:
        return Body(Framing.CLOSE)
    (length,) = lengths if len(lengths) == 1 else (b"",)
    if not _LENGTH.fullmatch(length):
        raise BadBodyError("a length that is none")
    return Body(Framing.LENGTH, int(length))
