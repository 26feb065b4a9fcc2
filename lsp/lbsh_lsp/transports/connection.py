"""Bounds on a client and the loop that takes its messages, for all transports."""

from __future__ import annotations

import logging
from collections.abc import AsyncIterator, Callable

from lbsh_lsp.protocol import Writer
from lbsh_lsp.server import LbshServer

logger = logging.getLogger(__name__)

LARGEST_MESSAGE = 256 * 1024 * 1024
"""In bytes. A client that announces more speaks another protocol."""

MOST_UNREAD = 8 * 1024 * 1024
"""In bytes: while a client leaves this much unread, none of its messages are taken."""

PATIENCE = 5.0
"""In seconds: how long a client may take to read the last messages."""

MakeServer = Callable[[], LbshServer]
"""Makes the server of a new connection."""

Ready = Callable[[str, int], None]
"""Takes the host and port of a listener once clients can connect."""


async def take_messages(server: LbshServer, bodies: AsyncIterator[bytes], writer: Writer) -> int:
    """Takes messages until `exit` or the last one, then closes the server. Returns the exit status (LSP 3.17,
    "Exit")."""
    try:
        async for body in bodies:
            server.protocol.receive(body)
            if server.protocol.exit_status is not None:
                break
            await writer.drain()
    except ConnectionError as error:
        logger.info("the client is gone: %s", error)
    finally:
        server.close()
    return 1 if server.protocol.exit_status is None else server.protocol.exit_status
