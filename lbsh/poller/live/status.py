"""The status socket of a poller: bound in the store's folder, read-only, for those who may look at the store."""

from __future__ import annotations

import os
import socket
import time
from collections.abc import Callable, Iterator
from contextlib import suppress

from lbsh.live.answers import Found, LiveError, Probing, last_line, line_of, read_question
from lbsh.live.facts import Facts
from lbsh.live.place import FOLDER_MODE, SOCKET_MODE, folder_of, reachable, socket_of, unix_socket
from lbsh.poller.board import STATES, Board
from lbsh.poller.live.peers import may_look, peer_of
from lbsh.poller.live.serving import Answer, Door, Limits
from lbsh.poller.parts import Reactor
from lbsh.poller.timing import detection_time

_ROWS = 64
"""Servers in a step of an answer."""
_LOOKED_AT = 1024
"""Servers in a step that finds none which was asked for."""
_LIMITS = Limits(clients=8, request=1 << 17)


class StatusSocket:
    """The socket at its place, from now until `close`.

    Raises `OSError` if it cannot be bound. There is one poller a store, so what lies at its place is of a dead one.
    """

    def __init__(self, reactor: Reactor, store: str, board: Callable[[], Board], facts: Callable[[], Facts]) -> None:
        self._path = socket_of(store)
        self._board, self._facts = board, facts
        listener = _bound(store, self._path)
        owner = os.stat(store)  # noqa: PTH116 -- paths of the store are texts
        self._owner = (owner.st_uid, owner.st_gid)
        self._door = Door(reactor, listener, self._read, _LIMITS, self._admits)

    def close(self) -> None:
        """Takes the socket away."""
        self._door.close()
        with suppress(OSError):
            os.unlink(self._path)  # noqa: PTH108

    def _admits(self, connection: socket.socket) -> bool:
        with suppress(OSError):
            return may_look(peer_of(connection), *self._owner)
        return False

    def _read(self, request: bytes) -> Answer | None:
        if b"\n" not in request:
            return None
        try:
            return answer(self._board(), self._facts(), read_question(request))
        except LiveError:
            return iter(())


def answer(board: Board, facts: Facts, pools: frozenset[str] | None) -> Iterator[bytes]:
    """An answer about the servers of pools, or of all, in steps; each row is true when its step is made."""
    yield line_of(facts).encode() + b"\n"
    last: tuple[str, str] | None = None
    lines: list[str] = []
    for index, target in enumerate(board.targets):
        if pools is None or target.server.pool in pools:
            service = target.server.pool, target.server.service
            if service != last:
                last = service
                lines.append(line_of(_probing(board, index)))
            lines.append(line_of(_found(board, index)))
        if len(lines) >= _ROWS or index % _LOOKED_AT == _LOOKED_AT - 1:
            yield "".join([f"{line}\n" for line in lines]).encode()
            lines.clear()
    yield "".join([f"{line}\n" for line in lines]).encode()
    yield last_line(time.time_ns() // 1_000_000).encode() + b"\n"


def _probing(board: Board, index: int) -> Probing:
    target = board.targets[index]
    probe, server = target.probe, target.server
    return Probing(server.service, server.pool, probe.method, probe.every, probe.timeout, detection_time(probe))


def _found(board: Board, index: int) -> Found:
    server, why = board.targets[index].server, board.why(index)
    return Found(
        server.address.family,
        server.address.value,
        server.port,
        STATES[board.state[index]].value,
        board.since[index],
        board.last[index],
        board.duration[index],
        board.good[index],
        board.bad[index],
        why[0].value if why is not None else "",
        why[1] if why is not None else "",
        board.held.get(index, 0),
        board.expiry.get(index, 0),
    )


def _bound(store: str, path: str) -> socket.socket:
    """A listening socket at a path, readable and writable for owner and group alone at any moment."""
    _prepare(store)
    listener = unix_socket()
    try:
        with reachable(path) as short:
            with suppress(FileNotFoundError):
                os.unlink(short)  # noqa: PTH108
            before = os.umask(0o777 & ~SOCKET_MODE)
            try:
                listener.bind(short)
            finally:
                os.umask(before)
            _give(store, short)
        listener.listen(16)
    except BaseException:
        listener.close()
        raise
    return listener


def _prepare(store: str) -> None:
    """Makes the folder of the socket, of the owner and group of the store's."""
    folder = folder_of(store)
    with suppress(FileExistsError):
        os.mkdir(folder, FOLDER_MODE)  # noqa: PTH102
        _give(store, folder)
    file = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC)
    try:
        os.fchmod(file, FOLDER_MODE)
    finally:
        os.close(file)


def _give(store: str, path: str) -> None:
    """Gives what root made to the owner and group of the store's folder."""
    if os.geteuid() == 0:
        owner = os.stat(store)  # noqa: PTH116
        os.chown(path, owner.st_uid, owner.st_gid, follow_symlinks=False)
