"""The session that a command is typed in, if it came over the network: the two ends of its connection.

sshd(8) says them in SSH_CONNECTION. Where that is lost, as under sudo, one of the processes above this one holds the
connection: the one whose socket is established, on a port on which this machine listens (proc(5): `net/tcp`, `PID/fd`). That
takes the right to look into those processes, which root has. What cannot be seen: a session inside `tmux` or `screen` that
was begun in another one, one by UDP (mosh), and on systems without /proc one without the variable.
"""

from __future__ import annotations

import os
import re
import sys
from collections.abc import Iterator, Mapping
from contextlib import suppress
from ipaddress import IPv6Address, ip_address
from pathlib import Path
from typing import NamedTuple

from lbsh_lang.values import Address

_ESTABLISHED, _LISTENING = "01", "0A"
_INODE = 9
_MOST_ANCESTORS = 32
_SOCKET = re.compile(r"socket:\[(\d+)\]")


class Session(NamedTuple):
    """The ends of a TCP connection to this machine: the client's address and port, and this machine's."""

    client: Address
    client_port: int
    server: Address
    port: int


def session_here() -> Session | None:
    """The session of this process; None if it is at the machine itself, or cannot be seen."""
    return session_in(os.environ) or session_above(os.getppid())


def session_in(environment: Mapping[str, str]) -> Session | None:
    """The session that sshd(8) tells: client, its port, server, its port."""
    words = environment.get("SSH_CONNECTION", "").split()
    if len(words) != 4:
        return None
    try:
        client, server = _address(words[0]), _address(words[2])
        ports = int(words[1]), int(words[3])
    except ValueError:
        return None
    return Session(client, ports[0], server, ports[1]) if client.family == server.family else None


def session_above(process: int) -> Session | None:
    """The session whose connection a process or one above it holds."""
    for number in _ancestors(process):
        inodes = _inodes(number)
        if inodes:
            rows = [row for name in ("tcp", "tcp6") for row in _rows(number, name)]
            listening = {_end(row[1])[1] for row in rows if row[3] == _LISTENING}
            for row in rows:
                server, client = _end(row[1]), _end(row[2])
                if row[3] == _ESTABLISHED and row[_INODE] in inodes and server[1] in listening:
                    return Session(*client, *server)
    return None


def _ancestors(process: int) -> Iterator[int]:
    for _ in range(_MOST_ANCESTORS):
        if process <= 1:
            return
        yield process
        try:
            status = Path(f"/proc/{process}/stat").read_text(encoding="utf-8", errors="replace")
            process = int(status.rpartition(")")[2].split()[1])
        except (OSError, ValueError, IndexError):
            return


def _inodes(process: int) -> frozenset[str]:
    """The numbers of the sockets that a process holds; none if it may not be looked into."""
    found = set()
    with suppress(OSError):
        for entry in Path(f"/proc/{process}/fd").iterdir():
            with suppress(OSError):
                match = _SOCKET.fullmatch(os.readlink(entry))  # noqa: PTH115 -- it is no path
                if match:
                    found.add(match[1])
    return frozenset(found)


def _rows(process: int, name: str) -> list[list[str]]:
    try:
        lines = Path(f"/proc/{process}/net/{name}").read_text(encoding="ascii").splitlines()[1:]
    except (OSError, ValueError):
        return []
    return [row for row in map(str.split, lines) if len(row) > _INODE]


def _end(text: str) -> tuple[Address, int]:
    """An end in `/proc/net/tcp`: words of 32 bits of the machine, in hexadecimal, and the port."""
    words, _, port = text.partition(":")
    packed = b"".join([int(words[at : at + 8], 16).to_bytes(4, sys.byteorder) for at in range(0, len(words), 8)])
    return _address(str(ip_address(packed))), int(port, 16)


def _address(text: str) -> Address:
    """An address; one of IPv4 in IPv6 is one of IPv4. Raises `ValueError`."""
    found = ip_address(text.partition("%")[0])
    if isinstance(found, IPv6Address):
        found = found.ipv4_mapped or found
    return Address(4 if found.version == 4 else 6, int(found))
