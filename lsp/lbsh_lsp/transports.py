"""How messages come and go: standard input and output, TCP, WebSocket. Each connection has a server of its own."""

from __future__ import annotations

import asyncio
import contextlib
import gc
import logging
import os
import socket
import stat
import sys
from collections.abc import AsyncIterable, AsyncIterator, Callable, Sequence
from typing import IO, Protocol

from lbsh_lsp.server import LbshServer

logger = logging.getLogger(__name__)

LARGEST_MESSAGE = 256 * 1024 * 1024
"""In bytes. Whoever announces more speaks another protocol."""

MOST_UNREAD = 8 * 1024 * 1024
"""In bytes: how much a client may leave unread before nothing more is read of it."""

PATIENCE = 5.0
"""Seconds: how long a client that has gone may take to read what was said last, and how often a client is looked
for."""

_LONGEST_HEADER = 64 * 1024
_HEADERS = {b"content-length", b"content-type"}
MakeServer = Callable[[], LbshServer]
Ready = Callable[[str, int], None]


class Outlet(Protocol):
    """Where the protocol writes to, as pygls wants it, and how to wait for a client that is slow to read."""

    def write(self, data: bytes) -> None:
        """Takes a message; it is sent when it can be."""

    def close(self) -> None:
        """Called by pygls when it is done."""

    async def relieve(self) -> None:
        """Waits while too much is unread. Raises `OSError` if the client has gone."""


class _Stream:
    """An outlet to a stream of bytes."""

    def __init__(self, writer: asyncio.StreamWriter) -> None:
        self._writer = writer
        writer.transport.set_write_buffer_limits(high=MOST_UNREAD)

    def write(self, data: bytes) -> None:
        if not self._writer.transport.is_closing():  # what is said to a client that has gone is lost
            self._writer.write(data)

    def close(self) -> None:
        pass

    async def relieve(self) -> None:
        await self._writer.drain()

    async def finish(self) -> None:
        """Waits until all is sent."""
        self._writer.transport.set_write_buffer_limits(high=0)
        await self._writer.drain()


class _File:
    """An outlet to something that takes all at once, such as a file."""

    def __init__(self, file: IO[bytes]) -> None:
        self._file = file
        self._failure: OSError | None = None

    def write(self, data: bytes) -> None:
        rest = memoryview(data)
        try:
            while rest and self._failure is None:
                rest = rest[self._file.write(rest) :]
        except OSError as error:
            self._failure = error

    def close(self) -> None:
        pass

    async def relieve(self) -> None:
        if self._failure is not None:
            raise self._failure


class _Messages:
    """An outlet whose messages somebody else sends, one by one."""

    def __init__(self) -> None:
        self.waiting: asyncio.Queue[bytes] = asyncio.Queue()
        self._unread = 0
        self._room = asyncio.Event()
        self._room.set()

    def write(self, data: bytes) -> None:
        self.waiting.put_nowait(data)
        self._count(len(data))

    def close(self) -> None:
        pass

    def sent(self, data: bytes) -> None:
        """A message has gone."""
        self.waiting.task_done()
        self._count(-len(data))

    async def relieve(self) -> None:
        await self._room.wait()

    def _count(self, change: int) -> None:
        self._unread += change
        (self._room.clear if self._unread > MOST_UNREAD else self._room.set)()


# Standard input and output


def serve_stdio(make: MakeServer) -> int:
    """Serves the client at standard input and output. Returns the exit status. Raises `OSError` where output fails."""
    out = os.fdopen(os.dup(sys.stdout.fileno()), "wb", buffering=0)
    # Whatever else prints must not come between messages.
    os.dup2(sys.stderr.fileno(), sys.stdout.fileno())
    with out:
        return asyncio.run(_serve_stdio(make(), out))


async def _serve_stdio(server: LbshServer, out: IO[bytes]) -> int:
    reader, outlet = await _standard_streams(out)
    server.protocol.set_writer(outlet)
    watch = asyncio.create_task(_watch_client(server))
    try:
        return await _serve(server, _messages(reader), outlet)
    finally:
        watch.cancel()
        if isinstance(outlet, _Stream):
            await _finish(outlet)


async def _standard_streams(out: IO[bytes]) -> tuple[asyncio.StreamReader, _Stream | _File]:
    source, sink = os.fstat(sys.stdin.fileno()), os.fstat(out.fileno())
    if stat.S_ISSOCK(source.st_mode) and os.path.samestat(source, sink):  # one socket for both, as inetd gives it
        both = socket.socket(fileno=os.dup(out.fileno()))
        reader, writer = await asyncio.open_connection(sock=both, limit=_LONGEST_HEADER)
        return reader, _Stream(writer)
    return await _standard_input(), await _standard_output(out)


async def _standard_input() -> asyncio.StreamReader:
    reader = asyncio.StreamReader(limit=_LONGEST_HEADER)
    if _can_wait(sys.stdin.fileno()):
        loop = asyncio.get_running_loop()
        await loop.connect_read_pipe(lambda: asyncio.StreamReaderProtocol(reader), sys.stdin.buffer)
    else:  # a file, which is all there at once
        reader.feed_data(sys.stdin.buffer.read())
        reader.feed_eof()
    return reader


async def _standard_output(out: IO[bytes]) -> _Stream | _File:
    if not _can_wait(out.fileno()):
        return _File(out)
    loop = asyncio.get_running_loop()
    flow = asyncio.streams.FlowControlMixin(loop)
    transport, _ = await loop.connect_write_pipe(lambda: flow, out)
    return _Stream(asyncio.StreamWriter(transport, flow, None, loop))


def _can_wait(handle: int) -> bool:
    """Whether one can wait for something to be read or written there, as for pipes, sockets and terminals."""
    mode = os.fstat(handle).st_mode
    return stat.S_ISFIFO(mode) or stat.S_ISSOCK(mode) or os.isatty(handle)


async def _watch_client(server: LbshServer) -> None:
    """Ends with the process of the client, should that go without closing its end (LSP 3.17, `processId`)."""
    while True:
        await asyncio.sleep(PATIENCE)
        process = server.process_id
        if process is not None and not _is_there(process):
            logger.warning("the client, process %s, is gone", process)
            os._exit(1)


def _is_there(process: int) -> bool:
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    except (OSError, OverflowError):  # it belongs to somebody else, or is none
        return True
    return True


# Connections


async def serve_tcp(make: MakeServer, host: str, port: int, ready: Ready) -> None:
    """Serves clients at a TCP port until it is cancelled. Raises `OSError` if the port cannot be had."""

    async def connected(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        outlet = _Stream(writer)
        try:
            server = make()
            server.protocol.set_writer(outlet)
            await _serve(server, _messages(reader), outlet)
            await _finish(outlet)
        except OSError as error:
            logger.info("a client is gone: %s", error)
        except asyncio.CancelledError:
            pass  # the end of all; asyncio would complain of it once for each client
        finally:
            writer.close()
            gc.collect()  # what the connection held refers to itself, and may be large

    listener = await asyncio.start_server(connected, host, port, limit=_LONGEST_HEADER)
    async with listener:
        ready(*listener.sockets[0].getsockname()[:2])
        await listener.serve_forever()


async def serve_websocket(make: MakeServer, host: str, port: int, ready: Ready, origins: Sequence[str] = ()) -> None:
    """Serves clients at a WebSocket until it is cancelled. Raises `OSError` if the port cannot be had.

    Pages of the web are refused but for those from the `origins`: a browser lets any page connect to this machine (RFC
    6455, 10.2), and a language server reads files.
    """
    from websockets.asyncio.server import ServerConnection, serve  # noqa: PLC0415 -- only this transport needs it
    from websockets.exceptions import ConnectionClosed  # noqa: PLC0415
    from websockets.typing import Origin  # noqa: PLC0415

    async def connected(socket: ServerConnection) -> None:
        outlet = _Messages()

        async def send_all() -> None:
            while True:
                message = await outlet.waiting.get()
                with contextlib.suppress(ConnectionClosed):  # whoever has gone needs no answer
                    await socket.send(message.decode())
                outlet.sent(message)

        sender = asyncio.create_task(send_all())
        try:
            server = make()
            server.protocol.set_writer(outlet, include_headers=False)
            await _serve(server, _bodies(socket), outlet)
            await asyncio.wait_for(outlet.waiting.join(), PATIENCE)
        except (ConnectionClosed, TimeoutError) as error:
            logger.info("a client is gone: %s", error)
        finally:
            sender.cancel()
            gc.collect()

    allowed = [None, *map(Origin, origins)]
    async with serve(connected, host, port, max_size=LARGEST_MESSAGE, origins=allowed) as listener:
        ready(*next(iter(listener.sockets)).getsockname()[:2])
        await listener.serve_forever()


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
                if name.strip().lower() not in _HEADERS:  # a browser, say, that a page sends here
                    length = None
                    break
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


async def _serve(server: LbshServer, bodies: AsyncIterator[bytes], outlet: Outlet) -> int:
    """Takes messages until `exit` or the end. Returns the exit status that LSP 3.17 asks for."""
    try:
        async for body in bodies:
            server.protocol.receive(body)
            if server.protocol.exit_status is not None:
                break
            await outlet.relieve()
    except ConnectionError as error:
        logger.info("the client is gone: %s", error)
    finally:
        server.close()
    return 1 if server.protocol.exit_status is None else server.protocol.exit_status


async def _finish(outlet: _Stream) -> None:
    """Gives a client time to read what was said last."""
    with contextlib.suppress(OSError, TimeoutError):
        await asyncio.wait_for(outlet.finish(), PATIENCE)
