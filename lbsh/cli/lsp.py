"""`lbsh lsp`: the language server, for editors to start."""

from __future__ import annotations

import asyncio
import gc
import importlib.util
import logging
import sys

import click

from lbsh import __version__, app
from lbsh.cli.terminal import CLEAN, Trouble, complain
from lbsh_lang.docstrings import require_docstrings

NEEDED = {"pygls": "lsp", "websockets": "lsp"}
"""Modules that are not part of every installation, with the extra that brings them."""

_COLLECTOR = (20_000, 20, 20)
"""Thresholds of the garbage collector: seldom, since looking through a large script takes longer than a keystroke may."""


@click.command()
@click.option("--tcp", metavar="HOST:PORT", help="Listen at a TCP port.")
@click.option("--ws", metavar="HOST:PORT", help="Listen for WebSocket clients.")
@click.option(
    "--origin",
    "origins",
    metavar="URL",
    multiple=True,
    help="With --ws, let pages from here connect, such as https://editor.example.org; may be repeated.",
)
@click.option("--verbose", "-v", is_flag=True, help="Log what the server does, to standard error.")
def lsp(tcp: str | None, ws: str | None, *, origins: tuple[str, ...], verbose: bool) -> int:
    """Serve editors: findings while typing, completion, renaming and more.

    Editors start this command and speak the language server protocol with it, by standard input and output. With --tcp or
    --ws it waits for connections instead, and serves each by itself; HOST left out is this machine only, PORT 0 any free
    port. Pages of the web may connect only with --origin. Standard error is the log.

    Exit status: 0 after an orderly end, 1 if the client went away without one, 2 for wrong usage or a port that cannot be
    had.
    """
    if tcp is not None and ws is not None:
        raise click.UsageError("--tcp and --ws exclude each other")
    if origins and ws is None:
        raise click.UsageError("--origin needs --ws")
    for module, extra in NEEDED.items():
        if importlib.util.find_spec(module) is None:
            raise Trouble(f"the language server needs {module}, which is not installed: pip install 'lbsh[{extra}]'")
    require_docstrings()  # hover and completion show them: better now than in the middle of an answer
    logging.basicConfig(stream=sys.stderr, level=logging.INFO if verbose else logging.WARNING, format="%(message)s")
    # What pygls has to say of messages is said by our own log.
    logging.getLogger("pygls").setLevel(logging.INFO if verbose else logging.CRITICAL)
    # Commands end before garbage counts; this one does not. What an edit leaves behind is mostly freed without it.
    gc.set_threshold(*_COLLECTOR)
    gc.enable()
    from lbsh_lsp.server import LbshServer  # noqa: PLC0415 -- takes as long to import as all else together
    from lbsh_lsp.transports import serve_stdio, serve_tcp, serve_websocket  # noqa: PLC0415

    def make() -> LbshServer:
        return LbshServer(app.all_backends(), __version__)

    if tcp is None and ws is None:
        if sys.stdin is None:
            raise Trouble("standard input is closed: an editor is to start this command")
        if sys.stdin.isatty():
            complain("lbsh: an editor is to start this command; waiting for its messages on standard input")
        return serve_stdio(make)
    host, port = _address(tcp or ws or "")

    def ready(host: str, port: int) -> None:
        complain(f"lbsh: listening on {f'[{host}]' if ':' in host else host}:{port}")

    serving = (
        serve_tcp(make, host, port, ready) if tcp is not None else serve_websocket(make, host, port, ready, origins)
    )
    try:
        asyncio.run(serving)
    except OSError as error:
        raise Trouble(f"cannot listen on {host}:{port}: {(error.strerror or str(error)).lower()}") from error
    return CLEAN


def _address(text: str) -> tuple[str, int]:
    """HOST:PORT; without HOST, this machine only."""
    host, _, port = text.rpartition(":")
    if not port.isdecimal() or int(port) > 65535:
        raise click.UsageError(f"{text}: HOST:PORT is expected, such as 127.0.0.1:7766")
    return host.strip("[]") or "127.0.0.1", int(port)
