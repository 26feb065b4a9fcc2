"""What a packet that a rule logged says of a server: that it refuses a client, or that it cannot be reached. Pure."""

from __future__ import annotations

from typing import NamedTuple

_TCP, _UDP, _ICMP, _ICMP6 = 6, 17, 1, 58
_RST = 0x04
_UNREACHABLE, _UNREACHABLE6 = 3, 1
_TOO_LONG = 4
"""The code of unreachables that are about the length of a packet."""


class Hint(NamedTuple):
    """A server, by packed address and port, and what was seen of it."""

    address: bytes
    port: int
    sign: str


def hint_in(packet: bytes) -> Hint | None:
    """The hint in a packet that begins with its IP header; None if it has none. It may be anything, and cut off."""
    headers = _headers(packet)
    if headers is None:
        return None
    protocol, source, _, rest = headers
    if protocol == _TCP:
        if len(rest) < 14 or not rest[13] & _RST:
            return None
        return Hint(source, int.from_bytes(rest[:2]), "it refuses a client")
    if len(rest) < 8 or not _is_unreachable(protocol, rest[0], rest[1]):
        return None
    inner = _headers(rest[8:])
    if inner is None or inner[0] not in (_TCP, _UDP) or len(inner[3]) < 4:
        return None
    return Hint(inner[2], int.from_bytes(inner[3][2:4]), "it is said to be unreachable")


def _is_unreachable(protocol: int, kind: int, code: int) -> bool:
    if protocol == _ICMP:
        return kind == _UNREACHABLE and code != _TOO_LONG
    return protocol == _ICMP6 and kind == _UNREACHABLE6


def _headers(packet: bytes) -> tuple[int, bytes, bytes, bytes] | None:
    """Protocol, source, destination and what follows; None for a later fragment, and for what is no packet."""
    if len(packet) >= 20 and packet[0] >> 4 == 4:
        size = 4 * (packet[0] & 15)
        if size < 20 or int.from_bytes(packet[6:8]) & 0x1FFF:
            return None
        return packet[9], packet[12:16], packet[16:20], packet[size:]
    if len(packet) >= 40 and packet[0] >> 4 == 6:
        return packet[6], packet[8:24], packet[24:40], packet[40:]
    return None
