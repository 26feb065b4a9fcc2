"""An editor as a language server sees it: messages over standard input and output, and the clock beside them.

Takes and gives plain JSON, so that its own work adds nothing to the measurements. Waits without a bound of its own;
`Client.limit` ends the server.
"""

from __future__ import annotations

import json
import subprocess
import threading
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from types import TracebackType
from typing import Any

Message = dict[str, Any]
"""A JSON-RPC message, or a part of one."""


class GoneError(Exception):
    """The server has ended, or was ended for taking too long."""


class Client:
    """A server and its process. After `limit` seconds the process is ended, whatever it does."""

    def __init__(self, command: Sequence[str], limit: float = 120.0, cwd: str | None = None) -> None:
        self.process = subprocess.Popen(
            list(command), stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE, cwd=cwd
        )
        self._number = 0
        self._watchdog = threading.Timer(limit, self.process.kill)
        self._watchdog.daemon = True
        self._watchdog.start()
        self._log: list[bytes] = []
        self._logger = threading.Thread(target=self._read_log, daemon=True)
        self._logger.start()
        self.unread: list[Message] = []
        """Messages that came during the wait for another one."""

    def __enter__(self) -> Client:
        return self

    def __exit__(self, *error: type[BaseException] | BaseException | TracebackType | None) -> None:
        self._watchdog.cancel()
        self.process.kill()
        self.process.wait()
        for stream in (self.process.stdin, self.process.stdout):
            if stream is not None:
                with suppress(OSError):  # the last messages may be unread
                    stream.close()
        self._logger.join()

    @property
    def log(self) -> str:
        """The server's output on standard error so far; all of it once it has ended."""
        return b"".join(self._log).decode(errors="replace")

    def write(self, data: bytes) -> None:
        """Sends bytes as they are. Raises `GoneError`."""
        assert self.process.stdin is not None
        try:
            self.process.stdin.write(data)
            self.process.stdin.flush()
        except (BrokenPipeError, ValueError) as error:
            raise GoneError(self.log) from error

    def send(self, *messages: Mapping[str, object]) -> None:
        """Sends messages in a single write."""
        self.write(b"".join(framed(message) for message in messages))

    def notify(self, method: str, params: object = None) -> None:
        self.send({"jsonrpc": "2.0", "method": method, "params": params})

    def request(self, method: str, params: object = None) -> int:
        """Sends a request; returns its number."""
        self._number += 1
        self.send({"jsonrpc": "2.0", "id": self._number, "method": method, "params": params})
        return self._number

    def receive(self) -> Message:
        """The next message. Raises `GoneError` at the end."""
        stream = self.process.stdout
        assert stream is not None
        length = 0
        while line := stream.readline().strip():
            name, _, value = line.partition(b":")
            if name.lower() == b"content-length":
                length = int(value)
        body = stream.read(length)
        if not length or len(body) < length:
            raise GoneError(self.log)
        message: Message = json.loads(body)
        return message

    def answer(self, number: int) -> Message:
        """The answer to a request; requests of the server get a null result."""
        return self.wait(lambda message: "method" not in message and message.get("id") == number)

    def notification(self, method: str) -> Any:
        """The parameters of the next notification of this kind."""
        return self.wait(lambda message: message.get("method") == method)["params"]

    def ask(self, method: str, params: object = None) -> Any:
        """Sends a request and waits for its result. An error is an error of the caller."""
        answer = self.answer(self.request(method, params))
        assert "error" not in answer, answer
        return answer["result"]

    def wait(self, wanted: Callable[[Message], bool]) -> Message:
        """The next message that is wanted; others wait in `unread`."""
        for rank, message in enumerate(self.unread):
            if wanted(message):
                return self.unread.pop(rank)
        while True:
            message = self.receive()
            if "method" in message and "id" in message:
                self.send({"jsonrpc": "2.0", "id": message["id"], "result": None})
            if wanted(message):
                return message
            self.unread.append(message)

    def ended(self) -> int:
        """Waits for the server to end; its exit status."""
        status = self.process.wait()
        self._logger.join()
        return status

    def _read_log(self) -> None:
        assert self.process.stderr is not None
        with self.process.stderr as stream:
            for line in stream:
                self._log.append(line)


def framed(message: Mapping[str, object]) -> bytes:
    """A message with its header."""
    body = json.dumps(message).encode()
    return b"Content-Length: %d\r\n\r\n%s" % (len(body), body)
