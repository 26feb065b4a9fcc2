"""Serves clients at a TCP port. TCP has no place for a token: any program that can connect can read files."""

from __future__ import annotations

import asyncio
import gc
import logging

from lbsh_lsp.transports.connection import MakeServer, Ready, take_messages
from lbsh_lsp.transports.framing import LONGEST_HEADER, StreamWriter, read_messages

logger = logging.getLogger(__name__)


async def serve_tcp(make: MakeServer, host: str, port: int, ready: Ready) -> None:
    """Serves clients at a TCP port until it is cancelled. Raises `OSError` if the port cannot be had."""

    async def connected(reader: asyncio.StreamReader, stream: asyncio.StreamWriter) -> None:
        writer = StreamWriter(stream)
        try:
            server = make()
            server.protocol.set_writer(writer)
            await take_messages(server, read_messages(reader), writer)
            await writer.finish()
        except OSError as error:
            logger.info("a client is gone: %s", error)
        except asyncio.CancelledError:
            pass  # the listener ends; asyncio would log this for each client
        finally:
            stream.close()
            gc.collect()  # what the connection held is in circles, and may be large

    listener = await asyncio.start_server(connected, host, port, limit=LONGEST_HEADER)
    async with listener:
        ready(*listener.sockets[0].getsockname()[:2])
        await listener.serve_forever()
