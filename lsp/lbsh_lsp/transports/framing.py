"""Messages in a stream of bytes: each has a header with its length (LSP 3.17, "Base Protocol")."""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections.abc import AsyncIterator

from lbsh_lsp.transports.connection import LARGEST_MESSAGE, MOST_UNREAD, PATIENCE

logger = logging.getLogger(__name__)

LONGEST_HEADER = 64 * 1024
"""In bytes, of a line."""

_HEADERS = {b"content-length", b"content-type"}


class StreamWriter:
    """Writes messages to a stream."""

    def __init__(self, stream: asyncio.StreamWriter) -> None:
        self._stream = stream
        stream.transport.set_write_buffer_limits(high=MOST_UNREAD)

    def write(self, data: bytes) -> None:
        if not self._stream.transport.is_closing():  # the client is gone
            self._stream.write(data)

    def close(self) -> None:
        pass

    async def drain(self) -> None:
        await self._stream.drain()

    async def finish(self) -> None:
        """Gives the client time to read the last messages."""
        self._stream.transport.set_write_buffer_limits(high=0)
        with contextlib.suppress(OSError, TimeoutError):
            await asyncio.wait_for(self._stream.drain(), PATIENCE)


class _OtherProtocolError(Exception):
    """The stream holds something else than messages, such as a browser's request for a page."""


async def read_messages(stream: asyncio.StreamReader) -> AsyncIterator[bytes]:
    """Reads the bodies of messages until the stream ends, or holds something else."""
    while True:
        try:
            body = await stream.readexactly(await _read_length(stream))
        except _OtherProtocolError:
            logger.error("the client does not speak the language server protocol")
            return
        except (EOFError, ValueError):
            return
        yield body


async def _read_length(stream: asyncio.StreamReader) -> int:
    """Reads a header; returns the length of the body. Raises `EOFError` at the end, `ValueError` for a line without
    end."""
    length: int | None = None
    while (line := await stream.readline()).strip():
        name, _, value = line.partition(b":")
        if name.strip().lower() not in _HEADERS:
            raise _OtherProtocolError
        if name.strip().lower() == b"content-length" and value.strip().isdigit():
            length = int(value)
    if not line:
        raise EOFError
    if length is None or length > LARGEST_MESSAGE:
        raise _OtherProtocolError
    return length
