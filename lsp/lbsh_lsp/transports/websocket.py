"""Serves clients at a WebSocket: browsers and programs, if they have the token.

A language server reads files, and any program on this machine can connect to its ports: programs of other users, and web
pages, through the browser (RFC 6455, 10.2). So a client must show a token, known to the user who started the server. A page
must also come from an allowed origin: the token in a leaked address is not enough for it.
"""

from __future__ import annotations

import gc
import hmac
import logging
from collections.abc import Iterable, Iterator, Sequence
from http import HTTPStatus
from urllib.parse import parse_qs

from lbsh_lsp.transports.connection import LARGEST_MESSAGE, MakeServer, Ready
from lbsh_lsp.transports.messages import serve

logger = logging.getLogger(__name__)

_REFUSAL = (
    "the token is missing or wrong: connect to the address that lbsh printed, or send `Authorization: Bearer TOKEN`\n"
)


async def serve_websocket(
    make: MakeServer, host: str, port: int, ready: Ready, *, token: str, origins: Sequence[str] = ()
) -> None:
    """Serves clients at a WebSocket until it is cancelled. Raises `OSError` if the port cannot be had.

    A client shows the token as `?token=TOKEN` in the address, as browsers can, or in a header, `Authorization: Bearer
    TOKEN`.
    """
    from websockets.asyncio.server import ServerConnection  # noqa: PLC0415 -- only this transport needs it
    from websockets.asyncio.server import serve as listen  # noqa: PLC0415
    from websockets.exceptions import ConnectionClosed  # noqa: PLC0415
    from websockets.http11 import Request, Response  # noqa: PLC0415
    from websockets.typing import Origin  # noqa: PLC0415

    def refuse(connection: ServerConnection, request: Request) -> Response | None:
        if _shows(token, request.path, request.headers.get_all("Authorization")):
            return None
        logger.info("refused a client without the token")
        response = connection.respond(HTTPStatus.UNAUTHORIZED, _REFUSAL)
        response.headers["WWW-Authenticate"] = "Bearer"
        return response

    async def connected(connection: ServerConnection) -> None:
        try:
            await serve(make(), connection, connection.send)
        except ConnectionClosed as error:
            logger.info("a client is gone: %s", error)
        finally:
            gc.collect()  # what the connection held is in circles, and may be large

    allowed = [None, *map(Origin, origins)]
    async with listen(
        connected, host, port, max_size=LARGEST_MESSAGE, origins=allowed, process_request=refuse
    ) as listener:
        ready(*next(iter(listener.sockets)).getsockname()[:2])
        await listener.serve_forever()


def _shows(token: str, path: str, authorizations: Iterable[str]) -> bool:
    """Whether a request shows the token, by comparisons in constant time."""
    matches = [
        hmac.compare_digest(one.encode(errors="replace"), token.encode()) for one in _tokens(path, authorizations)
    ]
    return any(matches)


def _tokens(path: str, authorizations: Iterable[str]) -> Iterator[str]:
    """The tokens in the address and the headers of a request."""
    yield from parse_qs(path.partition("?")[2]).get("token", ())
    for authorization in authorizations:
        scheme, _, credentials = authorization.partition(" ")
        if scheme.lower() == "bearer":
            yield credentials.strip()
