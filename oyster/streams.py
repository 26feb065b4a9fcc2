"""Sources and sinks that are streams: standard input and output, a terminal without editor, a connected socket; files."""

from __future__ import annotations

import getpass
import os
import socket
import stat
import sys
import threading
from collections.abc import Iterable
from typing import BinaryIO, TextIO

from oyster.shown import Styled, plain
from oyster.sources import Editing

LARGEST_FILE = 16 << 20
LONGEST_READ = 1 << 20
"""Bytes of one line; what is beyond belongs to no line."""


def read_text(path: str) -> str:
    """The text of a file. Raises OSError, or ValueError if it is not UTF-8, is very large, or is no file."""
    descriptor = os.open(os.path.expanduser(path), os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)  # noqa: PTH111 -- as typed
    with os.fdopen(descriptor, "rb") as file:
        status = os.fstat(descriptor)
        if not stat.S_ISREG(status.st_mode):
            raise ValueError("it is no file")
        content = file.read(LARGEST_FILE + 1)
    if len(content) > LARGEST_FILE:
        raise ValueError(f"it has more than {LARGEST_FILE >> 20} MiB")
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise ValueError("it is not UTF-8 text") from None


class StreamSource:
    """The lines of a stream that nobody types, such as a file or a pipe at standard input."""

    is_typed = False
    ends_at_fault = True

    def __init__(self, name: str, stream: BinaryIO) -> None:
        self.name = name
        self._stream = stream

    def read(self, _: Editing) -> str | None:
        """The next line."""
        line = self._stream.readline(LONGEST_READ)
        return _line_of(line) if line else None

    def refused(self) -> None:
        """Nothing to take back."""

    def ask(self, _: str) -> str | None:
        """Nobody is there."""
        return None

    ask_secret = ask


class StreamSink:
    """Writes lines to a stream, without colours."""

    columns: int | None = None

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream
        self._lock = threading.Lock()

    def show(self, lines: Iterable[Styled]) -> None:
        """Writes lines."""
        self.write("".join([f"{plain(line)}\n" for line in lines]))

    def notice(self, line: Styled) -> None:
        """Writes a line."""
        self.show([line])

    def refresh(self) -> None:
        """Nothing is shown of a line that is being written."""

    def write(self, text: str) -> None:
        """Writes a text in which all is printable but line ends."""
        encoding = self._stream.encoding or "utf-8"
        with self._lock:
            self._stream.write(text.encode(encoding, "backslashreplace").decode(encoding))
            self._stream.flush()


class PlainTerminal(StreamSink):
    """A terminal that can do no more than show lines and send them."""

    name = "terminal"
    is_typed = True
    ends_at_fault = False

    def __init__(self, stream: TextIO, typed: TextIO) -> None:
        super().__init__(stream)
        self._typed = typed

    def read(self, editing: Editing) -> str | None:
        """The next line."""
        return self._asked(plain(editing.prompt()))

    def refused(self) -> None:
        """Nothing to take back: the terminal has no editor."""

    def ask(self, question: str) -> str | None:
        """An answer."""
        return self._asked(question)

    def ask_secret(self, question: str) -> str | None:
        """An answer that is not shown."""
        return getpass.getpass(question)

    def _asked(self, prompt: str) -> str | None:
        self.write(prompt)
        try:
            line = self._typed.readline(LONGEST_READ)
        except KeyboardInterrupt:
            self.write("\n")
            raise
        if not line:
            self.write("\n")
            return None
        return line.removesuffix("\n").removesuffix("\r")


class SocketTalk:
    """A connected stream socket: lines come in, answers go out. A refused line does not end it."""

    is_typed = False
    ends_at_fault = False
    columns: int | None = None

    def __init__(self, connection: socket.socket, name: str = "socket") -> None:
        self.name = name
        self._connection = connection
        self._received = bytearray()
        self._lock = threading.Lock()

    def read(self, _: Editing) -> str | None:
        """The next line. A line that is cut off by the end of the connection, or has no end, is none."""
        while b"\n" not in self._received:
            try:
                received = self._connection.recv(65_536)
            except OSError:
                return None
            if not received or len(self._received) > LONGEST_READ:
                return None
            self._received += received
        line, _separator, self._received = self._received.partition(b"\n")
        return _line_of(bytes(line))

    def refused(self) -> None:
        """Nothing to take back."""

    def ask(self, _: str) -> str | None:
        """Nobody is there."""
        return None

    ask_secret = ask

    def show(self, lines: Iterable[Styled]) -> None:
        """Sends lines."""
        with self._lock:
            self._connection.sendall(
                "".join([f"{plain(line)}\n" for line in lines]).encode("utf-8", "backslashreplace")
            )

    def notice(self, line: Styled) -> None:
        """Sends a line."""
        self.show([line])

    def refresh(self) -> None:
        """Nothing is shown of a line that is being written."""


def is_terminal() -> bool:
    """Whether somebody sits at standard input and output."""
    return sys.stdin.isatty() and sys.stdout.isatty()


def _line_of(line: bytes) -> str:
    return line.removesuffix(b"\n").removesuffix(b"\r").decode("utf-8", "replace")
