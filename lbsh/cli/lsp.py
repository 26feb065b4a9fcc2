"""`lbsh lsp`: the language server, for editors to start."""

from __future__ import annotations

import asyncio
import gc
import importlib.util
import logging
import os
import re
import secrets
import sys
from collections.abc import Coroutine
from functools import partial
from pathlib import Path

import click

from lbsh import __version__, app
from lbsh.cli import options
from lbsh.cli.terminal import CLEAN, Trouble, complain
from lbsh.plugins import installed_language
from lbsh_lang.docstrings import require_docstrings
from lbsh_lang.syntax.extensions import ExtensionError
from lbsh_lang.syntax.language import LBSH, Lbsh

NEEDED = {"pygls": "lsp", "websockets": "lsp"}
"""Modules that are not part of every installation, with the extra that brings them."""

_COLLECTOR = (20_000, 20, 20)
"""Thresholds of the garbage collector: rare, since a pass over a large script takes longer than a keystroke may."""

_TOKEN_BYTES = 32
_SHORTEST_TOKEN = 22
"""In characters: 128 bits, if they are chosen at random."""

_TOKEN = re.compile(rf"[A-Za-z0-9_-]{{{_SHORTEST_TOKEN},}}")


@click.command()
@click.option("--tcp", metavar="HOST:PORT", help="Listen at a TCP port.")
@click.option("--ws", metavar="HOST:PORT", help="Listen for WebSocket clients. They need a token, which is printed.")
@click.option(
    "--token-file",
    metavar="FILE",
    shell_complete=options.paths,
    help="With --ws, take the token from a file instead of a new one; nothing is printed of it.",
)
@click.option(
    "--origin",
    "origins",
    metavar="URL",
    multiple=True,
    help="With --ws, let pages from here connect, such as https://editor.example.org; may be repeated.",
)
@click.option("--verbose", "-v", is_flag=True, help="Log what the server does, to standard error.")
def lsp(tcp: str | None, ws: str | None, *, token_file: str | None, origins: tuple[str, ...], verbose: bool) -> int:
    """Serve editors: findings while typing, completion, renaming and more.

    Editors start this command and speak the language server protocol with it, by standard input and output. With --tcp or
    --ws it waits for connections instead, and serves each by itself; HOST left out is this machine only, PORT 0 any free
    port. A client reads files as the user that the server runs as. With --ws it needs a token, and a page of the web an
    allowed origin besides; with --tcp any program that can connect is served. Standard error is the log.

    Exit status: 0 after an orderly end, 1 if the client went away without one, 2 for wrong usage or a port that cannot be
    had.
    """
    if tcp is not None and ws is not None:
        raise click.UsageError("--tcp and --ws exclude each other")
    if ws is None and (origins or token_file is not None):
        raise click.UsageError(f"{'--origin' if origins else '--token-file'} needs --ws")
    for module, extra in NEEDED.items():
        if importlib.util.find_spec(module) is None:
            raise Trouble(f"the language server needs {module}, which is not installed: pip install 'lbsh[{extra}]'")
    require_docstrings()  # hover and completion show them: a failure now is better than one in an answer
    logging.basicConfig(stream=sys.stderr, level=logging.INFO if verbose else logging.WARNING, format="%(message)s")
    # The server logs messages itself; pygls would log them again.
    logging.getLogger("pygls").setLevel(logging.INFO if verbose else logging.CRITICAL)
    # Unlike other commands, the server needs the collector. Most garbage of edits is freed without it.
    gc.set_threshold(*_COLLECTOR)
    gc.enable()
    from lbsh_lsp.server import LbshServer  # noqa: PLC0415 -- takes as long to import as all else together
    from lbsh_lsp.transports import serve_stdio, serve_tcp, serve_websocket  # noqa: PLC0415

    language = _language()

    def make() -> LbshServer:
        return LbshServer(app.all_backends(), __version__, language=language)

    if tcp is not None:
        host, port = _address(tcp)
        return _listen(host, port, serve_tcp(make, host, port, _announce_tcp))
    if ws is not None:
        host, port = _address(ws)
        token = _read_token(token_file) if token_file is not None else secrets.token_urlsafe(_TOKEN_BYTES)
        announce = partial(_announce_websocket, token if token_file is None else None)
        return _listen(host, port, serve_websocket(make, host, port, announce, token=token, origins=origins))
    if sys.stdin is None:
        raise Trouble("standard input is closed: an editor is to start this command")
    if sys.stdin.isatty():
        complain("lbsh: an editor is to start this command; waiting for its messages on standard input")
    return serve_stdio(make)


def _language() -> Lbsh:
    """The language with all plug-ins. A broken plug-in must not disable the server."""
    try:
        return installed_language()
    except ExtensionError as error:
        complain(f"lbsh: {error}; statements of plug-ins are not known")
        return LBSH


def _listen(host: str, port: int, serving: Coroutine[object, object, None]) -> int:
    """Serves clients at a port until it is interrupted."""
    try:
        asyncio.run(serving)
    except OSError as error:
        raise Trouble(f"cannot listen on {host}:{port}: {(error.strerror or str(error)).lower()}") from error
    return CLEAN


def _announce_tcp(host: str, port: int) -> None:
    complain(f"lbsh: listening on {_bracketed(host)}:{port}")
    if hasattr(os, "geteuid") and os.geteuid() == 0:
        complain("lbsh: any program that can connect here can have files read as root; with --ws it needs a token")


def _announce_websocket(token: str | None, host: str, port: int) -> None:
    """Prints the address, with the token if it is new."""
    complain(f"lbsh: listening on ws://{_bracketed(host)}:{port}/" + (f"?token={token}" if token is not None else ""))


def _bracketed(host: str) -> str:
    return f"[{host}]" if ":" in host else host


def _read_token(path: str) -> str:
    """Reads a token from a file. Refuses tokens that could be guessed or that an address cannot hold."""
    try:
        token = Path(path).read_text("utf-8").strip()
    except (OSError, ValueError) as error:
        reason = error.strerror if isinstance(error, OSError) else None
        raise Trouble(f"cannot read {path}: {(reason or str(error)).lower()}") from error
    if not _TOKEN.fullmatch(token):
        raise Trouble(
            f"{path} holds no token: that is one word of {_SHORTEST_TOKEN} or more letters, digits, `-` and `_`"
        )
    return token


def _address(text: str) -> tuple[str, int]:
    """HOST:PORT; without HOST, this machine only."""
    host, _, port = text.rpartition(":")
    if not port.isdecimal() or int(port) > 65535:
        raise click.UsageError(f"{text}: HOST:PORT is expected, such as 127.0.0.1:7766")
    return host.strip("[]") or "127.0.0.1", int(port)
