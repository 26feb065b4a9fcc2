"""Who is at the other end of a local socket, as the kernel tells; and whether that user may look."""

from __future__ import annotations

import os
import socket
import struct
import sys
from contextlib import suppress
from typing import NamedTuple

_PEER_GROUPS = 59
"""SO_PEERGROUPS of socket(7), which Python does not name."""
_LOCAL_PEERCRED = 1
"""unix(4) of FreeBSD; the level is 0."""
_XUCRED = struct.Struct("@IIh16I")
"""`struct xucred`: version, user, number of groups, groups."""
_LONGEST = 1024
"""Bytes that Python takes of an option; a process of more groups is known by its first group alone."""


class Peer(NamedTuple):
    """A user, and the groups of that process."""

    user: int
    groups: frozenset[int]


def peer_of(connection: socket.socket) -> Peer:
    """The user at the other end. Raises `OSError` where the kernel does not tell."""
    if sys.platform.startswith("linux"):
        _, user, group = struct.unpack("iII", connection.getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, 12))
        more = b""
        with suppress(OSError):
            more = connection.getsockopt(socket.SOL_SOCKET, _PEER_GROUPS, _LONGEST)
        return Peer(user, frozenset({group, *struct.unpack(f"{len(more) // 4}I", more)}))
    return peer_in(connection.getsockopt(0, _LOCAL_PEERCRED, _XUCRED.size + 64))


def peer_in(credentials: bytes) -> Peer:
    """The user in a `struct xucred`."""
    _, user, count, *groups = _XUCRED.unpack_from(credentials)
    return Peer(user, frozenset(groups[:count]))


def may_look(peer: Peer, owner: int, group: int) -> bool:
    """Whether a user may look at what belongs to an owner and a group: root, the owner, this process's user, the group."""
    return peer.user in (0, owner, os.geteuid()) or group in peer.groups
