"""Serves a client over a connection that another program has made, such as a WebSocket of a web application."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncGenerator, AsyncIterable, Awaitable, Callable

from lbsh_lsp.server import LbshServer
from lbsh_lsp.transports.connection import LARGEST_MESSAGE, MOST_UNREAD, PATIENCE, take_messages

logger = logging.getLogger(__name__)

Send = Callable[[str], Awaitable[object]]
"""Sends a message, as JSON text. Returns when the next one may be sent, and raises if the client is gone."""


async def serve(server: LbshServer, receive: AsyncIterable[str | bytes], send: Send) -> int:
    """Serves a client until `receive` ends or the client sends `exit`. Returns the exit status that LSP asks for.

    A message is JSON text without a header, in and out. While the client leaves `MOST_UNREAD` bytes unread, nothing is
    received; a message of more than `LARGEST_MESSAGE` bytes ends the connection. Unsent messages are sent at the end, for
    `PATIENCE` seconds at most. Raises the exceptions of `receive` and `send`. May be cancelled at any time; in any case the
    server is closed and no task is left behind.
    """
    writer = _QueueWriter()
    server.protocol.set_writer(writer, include_headers=False)
    bodies = _bodies(receive)
    taking = asyncio.create_task(take_messages(server, bodies, writer))
    sending = asyncio.create_task(writer.send_all(send))
    try:
        await asyncio.wait({taking, sending}, return_when=asyncio.FIRST_COMPLETED)
        if not taking.done():
            await sending  # it has failed: it ends in no other way
        if taking.exception() is None:
            await _finish(writer, sending)
        return taking.result()
    finally:
        server.close()
        taking.cancel()
        sending.cancel()
        await asyncio.gather(taking, sending, return_exceptions=True)
        await bodies.aclose()


async def _finish(writer: _QueueWriter, sending: asyncio.Task[None]) -> None:
    """Waits until all is sent; ends early if the client is gone, and after `PATIENCE` seconds."""
    sent = asyncio.create_task(writer.join())
    try:
        await asyncio.wait({sent, sending}, timeout=PATIENCE, return_when=asyncio.FIRST_COMPLETED)
    finally:
        sent.cancel()


async def _bodies(receive: AsyncIterable[str | bytes]) -> AsyncGenerator[bytes]:
    async for message in receive:
        body = message.encode("utf-8", "surrogatepass") if isinstance(message, str) else message
        if len(body) > LARGEST_MESSAGE:
            logger.error("the client sends a message of %d bytes", len(body))
            return
        yield body


class _QueueWriter:
    """Keeps messages until they are sent, one by one."""

    def __init__(self) -> None:
        self._queue: asyncio.Queue[bytes] = asyncio.Queue()
        self._unread = 0
        self._room = asyncio.Event()
        self._room.set()

    def write(self, data: bytes) -> None:
        self._queue.put_nowait(data)
        self._count(len(data))

    def close(self) -> None:
        pass

    async def drain(self) -> None:
        await self._room.wait()

    async def join(self) -> None:
        """Waits until all is sent."""
        await self._queue.join()

    async def send_all(self, send: Send) -> None:
        """Sends messages as they come, until it is cancelled or `send` raises."""
        while True:
            message = await self._queue.get()
            await send(message.decode())
            self._queue.task_done()
            self._count(-len(message))

    def _count(self, change: int) -> None:
        self._unread += change
        (self._room.clear if self._unread > MOST_UNREAD else self._room.set)()
