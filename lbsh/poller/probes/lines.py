"""Lines of a stream, as the mail protocols speak them: bounded, and the same however the stream was cut into pieces."""

from __future__ import annotations

LONGEST = 2048
"""Bytes of a line with its end. RFC 5321 has 512, RFC 9051 names no number; servers with long greetings exist."""
MOST = 200
"""Lines that a server may send in one conversation."""

_LONGEST_SHOWN = 100


class LineError(ValueError):
    """A line is too long, or there are too many; the text says which."""


class Lines:
    """Takes bytes and gives whole lines without their ends, which are LF or CRLF."""

    __slots__ = ("_count", "_rest")

    def __init__(self) -> None:
        self._rest = b""
        self._count = 0

    def feed(self, data: bytes) -> None:
        """Takes the next bytes of the stream."""
        self._rest += data

    def take(self) -> bytes | None:
        """The next line, None if none is whole. Raises `LineError`."""
        end = self._rest.find(b"\n", 0, LONGEST)
        if end < 0:
            if len(self._rest) >= LONGEST:
                raise LineError("a line without end")
            return None
        self._count += 1
        if self._count > MOST:
            raise LineError("lines without end")
        line, self._rest = self._rest[:end], self._rest[end + 1 :]
        return line.removesuffix(b"\r")

    def drain(self) -> bytes:
        """What came after the last line that was taken; the rest of the stream is not of lines."""
        rest, self._rest = self._rest, b""
        return rest


def said(data: bytes) -> str:
    """What a server said, on one printable line of bounded length."""
    text = data[: 4 * _LONGEST_SHOWN].decode("utf-8", "replace")
    line = "".join(one if one.isprintable() else "\ufffd" for one in text.strip())
    return line if len(line) <= _LONGEST_SHOWN else line[: _LONGEST_SHOWN - 1] + "…"
