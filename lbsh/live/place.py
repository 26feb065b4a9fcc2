"""Where the status socket of a poller lies: in the folder of its store, which says who may look."""

from __future__ import annotations

import os
import socket
import sys
from collections.abc import Iterator
from contextlib import contextmanager

FOLDER, NAME = "run", "status"
"""The socket's folder in that of the store, and its name there."""
FOLDER_MODE, SOCKET_MODE = 0o750, 0o660
LONGEST = 107 if sys.platform.startswith("linux") else 103
"""Bytes in the path of a socket: unix(7), unix(4)."""


def folder_of(store: str) -> str:
    """The folder of the socket, by that of the store."""
    return f"{store}/{FOLDER}"


def socket_of(store: str) -> str:
    """The path of the socket, by the folder of the store."""
    return f"{folder_of(store)}/{NAME}"


@contextmanager
def reachable(path: str) -> Iterator[str]:
    """A path for the same socket that bind(2) and connect(2) take, however long its folder's path is (Linux)."""
    if len(os.fsencode(path)) <= LONGEST or not sys.platform.startswith("linux"):
        yield path
        return
    folder, _, name = path.rpartition("/")
    file = os.open(folder, os.O_PATH | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        yield f"/proc/self/fd/{file}/{name}"
    finally:
        os.close(file)


def unix_socket() -> socket.socket:
    """A stream socket of the machine."""
    return socket.socket(socket.AF_UNIX, socket.SOCK_STREAM | getattr(socket, "SOCK_CLOEXEC", 0))
