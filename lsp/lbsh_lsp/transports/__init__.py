"""The transports of messages, a file each. Each connection has a server of its own.

A program that has made a connection itself, such as a web application, serves it by `serve`:

    async def endpoint(socket):  # a WebSocket of a web framework
        server = LbshServer(backends, version, IsolatedMachine())
        await serve(server, socket.iter_text(), socket.send_text)

That program decides who may connect. `IsolatedMachine` hides the files of the machine from clients; without it, a client
can read any file that the program may read.
"""

from __future__ import annotations

from lbsh_lsp.transports.messages import serve
from lbsh_lsp.transports.stdio import serve_stdio
from lbsh_lsp.transports.tcp import serve_tcp
from lbsh_lsp.transports.websocket import serve_websocket

__all__ = ["serve", "serve_stdio", "serve_tcp", "serve_websocket"]
