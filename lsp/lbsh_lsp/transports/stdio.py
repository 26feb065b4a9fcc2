"""Serves the client that has started this process, at standard input and output."""

from __future__ import annotations

import asyncio
import logging
import os
import socket
import stat
import sys
from typing import IO

from lbsh_lsp.server import LbshServer
from lbsh_lsp.transports.connection import MakeServer, take_messages
from lbsh_lsp.transports.framing import LONGEST_HEADER, StreamWriter, read_messages

logger = logging.getLogger(__name__)

_WATCH_INTERVAL = 5.0
"""In seconds: how often the client's process is checked."""


def serve_stdio(make: MakeServer) -> int:
    """Serves the client at standard input and output. Returns the exit status. Raises `OSError` where output fails."""
    out = os.fdopen(os.dup(sys.stdout.fileno()), "wb", buffering=0)
    # Other printed text must not come between messages.
    os.dup2(sys.stderr.fileno(), sys.stdout.fileno())
    with out:
        return asyncio.run(_serve_stdio(make(), out))


async def _serve_stdio(server: LbshServer, out: IO[bytes]) -> int:
    reader, writer = await _standard_streams(out)
    server.protocol.set_writer(writer)
    watch = asyncio.create_task(_watch_client(server))
    try:
        return await take_messages(server, read_messages(reader), writer)
    finally:
        watch.cancel()
        await writer.finish()


async def _standard_streams(out: IO[bytes]) -> tuple[asyncio.StreamReader, StreamWriter | _FileWriter]:
    source, sink = os.fstat(sys.stdin.fileno()), os.fstat(out.fileno())
    if stat.S_ISSOCK(source.st_mode) and os.path.samestat(source, sink):  # one socket for both, as inetd gives it
        both = socket.socket(fileno=os.dup(out.fileno()))
        reader, writer = await asyncio.open_connection(sock=both, limit=LONGEST_HEADER)
        return reader, StreamWriter(writer)
    return await _standard_input(), await _standard_output(out)


async def _standard_input() -> asyncio.StreamReader:
    reader = asyncio.StreamReader(limit=LONGEST_HEADER)
    if _can_wait(sys.stdin.fileno()):
        loop = asyncio.get_running_loop()
        await loop.connect_read_pipe(lambda: asyncio.StreamReaderProtocol(reader), sys.stdin.buffer)
    else:  # a file, which is all there at once
        reader.feed_data(sys.stdin.buffer.read())
        reader.feed_eof()
    return reader


async def _standard_output(out: IO[bytes]) -> StreamWriter | _FileWriter:
    if not _can_wait(out.fileno()):
        return _FileWriter(out)
    loop = asyncio.get_running_loop()
    flow = asyncio.streams.FlowControlMixin(loop)
    transport, _ = await loop.connect_write_pipe(lambda: flow, out)
    return StreamWriter(asyncio.StreamWriter(transport, flow, None, loop))


def _can_wait(handle: int) -> bool:
    """Whether the event loop can wait until a file can be read or written: a pipe, a socket or a terminal."""
    mode = os.fstat(handle).st_mode
    return stat.S_ISFIFO(mode) or stat.S_ISSOCK(mode) or os.isatty(handle)


async def _watch_client(server: LbshServer) -> None:
    """Ends this process when the client's is gone, even if the pipe is still open (LSP 3.17, `processId`)."""
    while True:
        await asyncio.sleep(_WATCH_INTERVAL)
        process = server.process_id
        if process is not None and not _is_there(process):
            logger.warning("the client, process %s, is gone", process)
            os._exit(1)


def _is_there(process: int) -> bool:
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    except (OSError, OverflowError):  # it belongs to another user, or the number can be no process
        return True
    return True


class _FileWriter:
    """Writes messages to an output that never blocks, such as a file."""

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

    async def drain(self) -> None:
        if self._failure is not None:
            raise self._failure

    async def finish(self) -> None:
        """Nothing is unsent."""
