"""Asks the poller of a store what it knows."""

from __future__ import annotations

import socket
import time
from collections.abc import Iterable

from lbsh.live.answers import Live, LiveError, question, read_answer
from lbsh.live.place import reachable, socket_of, unix_socket

PATIENCE = 5.0
"""Seconds for which a poller may be silent."""
LONGEST = 1 << 28
"""Bytes of an answer."""
_CHUNK = 1 << 18


def ask(store: str, pools: Iterable[str] | None = None, patience: float = PATIENCE) -> Live:
    """What the poller of the store in a folder knows of the servers of pools, or of all.

    Raises `LiveError` if none answers: the text says why.
    """
    try:
        with unix_socket() as connection, reachable(socket_of(store)) as path:
            connection.settimeout(patience)
            connection.connect(path)
            connection.sendall(question(pools))
            text = _received(connection, patience)
    except (FileNotFoundError, ConnectionRefusedError, NotADirectoryError) as error:
        raise LiveError("no poller runs") from error
    except (TimeoutError, BlockingIOError) as error:
        raise LiveError(f"the poller does not answer within {patience:g} s") from error
    except PermissionError as error:
        raise LiveError("this user may not ask the poller") from error
    except OSError as error:
        raise LiveError(f"the poller cannot be asked: {error.strerror or error}") from error
    if not text:
        raise LiveError("the poller refuses to answer")
    return read_answer(text)


def _received(connection: socket.socket, patience: float) -> bytes:
    """All that comes until the end of the stream, as long as something comes."""
    parts, size = [], 0
    end = time.monotonic() + 12 * patience
    while part := connection.recv(_CHUNK):
        parts.append(part)
        size += len(part)
        if size > LONGEST or time.monotonic() > end:
            raise LiveError("the poller's answer has no end")
    return b"".join(parts)
