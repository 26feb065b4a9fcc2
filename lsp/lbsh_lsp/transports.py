"""How messages come and go: standard input and output, TCP, WebSocket. Each connection has a server of its own."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import os
import sys
from collections.abc import AsyncIterable, AsyncIterator, Awaitable, Callable
from typing import BinaryIO

from lbsh_lsp.server import LbshServer

logger = logging.getLogger(__name__)

LARGEST_MESSAGE = 256 * 1024 * 1024
"""In bytes. Whoever announces more speaks another protocol."""

_LONGEST_HEADER = 64 * 1024
MakeServer = Callable[[], LbshServer]


class _Output:
    """Where the protocol writes to, as pygls wants it. What is said to a client that has gone is lost."""

    def __init__(self, stream: BinaryIO) -> None:
        self._stream = stream

    def write(self, data: bytes) -> None:
        with contextlib.suppress(BrokenPipeError):
            self._stream.write(data)
            self._stream.flush()

    def close(self) -> None:
        self._stream.close()


class _Connection:
    """A TCP connection to write to; what the client does not read yet waits here."""

    def __init__(self, writer: asyncio.StreamWriter) -> None:
        self._writer = writer

    def write(self, data: bytes) -> None:
        self._writer.write(data)

    def close(self) -> None:
        self._writer.close()


def serve_stdio(make: MakeServer) -> int:
    """Serves the client at standard input and output. Returns the exit status."""
    out = os.fdopen(os.dup(sys.stdout.fileno()), "wb")
    # Whatever else prints must not come between messages.
    os.dup2(sys.stderr.fileno(), sys.stdout.fileno())
    return asyncio.run(_serve_stdio(make(), out))


async def _serve_stdio(server: LbshServer, out: BinaryIO) -> int:
    server.protocol.set_writer(_Output(out))
    try:
        return await _serve(server, _messages(await _standard_input()))
    finally:
        with contextlib.suppress(OSError):
            out.close()


async def _standard_input() -> asyncio.StreamReader:
    reader = asyncio.StreamReader(limit=_LONGEST_HEADER)
    loop = asyncio.get_running_loop()
    try:
        await loop.connect_read_pipe(lambda: asyncio.StreamReaderProtocol(reader), sys.stdin.buffer)
    except ValueError:  # a file, which is all there at once
        reader.feed_data(sys.stdin.buffer.read())
        reader.feed_eof()
    return reader


async def serve_tcp(make: MakeServer, host: str, port: int, ready: Callable[[str, int], None]) -> None:
    """Serves clients at a TCP port until it is cancelled. Raises `OSError` if the port cannot be had."""

    async def connected(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        server = make()
        server.protocol.set_writer(_Connection(writer))
        with contextlib.suppress(ConnectionError):
            await _serve(server, _messages(reader))
        writer.close()

    listener = await asyncio.start_server(connected, host, port, limit=_LONGEST_HEADER)
    async with listener:
        ready(*listener.sockets[0].getsockname()[:2])
        await listener.serve_forever()


async def serve_websocket(make: MakeServer, host: str, port: int, ready: Callable[[str, int], None]) -> None:
    """Serves clients at a WebSocket until it is cancelled. Raises `OSError` if the port cannot be had."""
    from websockets.asyncio.server import ServerConnection, serve  # noqa: PLC0415 -- only this transport needs it
    from websockets.exceptions import ConnectionClosed  # noqa: PLC0415

    async def deliver(socket: ServerConnection, message: bytes) -> None:
        with contextlib.suppress(ConnectionClosed):  # whoever has gone needs no answer
            await socket.send(message.decode())

    async def connected(socket: ServerConnection) -> None:
        server = make()
        waiting: asyncio.Queue[bytes] = asyncio.Queue()
        server.protocol.set_writer(_Queue(waiting), include_headers=False)
        sender = asyncio.create_task(_send_all(waiting, lambda message: deliver(socket, message)))
        with contextlib.suppress(ConnectionClosed):
            await _serve(server, _bodies(socket))
            await waiting.join()
        sender.cancel()

    async with serve(connected, host, port, max_size=LARGEST_MESSAGE) as listener:
        ready(*next(iter(listener.sockets)).getsockname()[:2])
        await listener.serve_forever()


class _Queue:
    """Messages on their way to a WebSocket, in their order."""

    def __init__(self, waiting: asyncio.Queue[bytes]) -> None:
        self._waiting = waiting

    def write(self, data: bytes) -> None:
        self._waiting.put_nowait(data)

    def close(self) -> None:
        pass


async def _send_all(waiting: asyncio.Queue[bytes], send: Callable[[bytes], Awaitable[None]]) -> None:
    while True:
        await send(await waiting.get())
        waiting.task_done()


async def _bodies(socket: AsyncIterable[str | bytes]) -> AsyncIterator[bytes]:
    async for message in socket:
        yield message.encode() if isinstance(message, str) else message


async def _messages(reader: asyncio.StreamReader) -> AsyncIterator[bytes]:
    """The bodies of messages with headers (LSP 3.17, "Base Protocol"), until the stream ends or is no such stream."""
    while True:
        length: int | None = None
        try:
            while (line := await reader.readline()).strip():
                name, _, value = line.partition(b":")
                if name.strip().lower() == b"content-length" and value.strip().isdigit():
                    length = int(value)
            if not line:
                return
            if length is None or length > LARGEST_MESSAGE:
                logger.error("the client does not speak the language server protocol")
                return
            yield await reader.readexactly(length)
        except (asyncio.IncompleteReadError, ValueError):
            return


async def _serve(server: LbshServer, bodies: AsyncIterator[bytes]) -> int:
    """Takes messages until `exit` or the end. Returns the exit status that LSP 3.17 asks for."""
    async for body in bodies:
        server.protocol.receive(body)
        if server.protocol.ended is not None:
            break
    return 1 if server.protocol.ended is None else server.protocol.ended
