"""Does a program of the device wait for connections that the servers get?"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from itertools import islice
from typing import NamedTuple

from lbsh.gateway.doctor.base import Case, Check, Finding, Kind, Severity
from lbsh_lang.values import Address, Protocol

HIDDEN = Kind(
    "listener-hidden", Severity.NOTE, "A program of the device listens where a service takes all connections."
)

_TABLES = {"tcp": Protocol.TCP, "tcp6": Protocol.TCP, "udp": Protocol.UDP, "udp6": Protocol.UDP}
_LISTENING = {Protocol.TCP: "0A", Protocol.UDP: "07"}
"""The states of sockets that wait (tcp_states.h): TCP_LISTEN, and TCP_CLOSE of unconnected ones of UDP."""

_MOST = 20


class Listener(NamedTuple):
    """A socket that waits, at an address; value 0 stands for all of the device."""

    protocol: Protocol
    address: Address
    port: int


def _look(case: Case) -> Iterator[Finding]:
    case.require_script()
    own = set(case.site.external_addresses)
    found: list[Listener] = []
    for table, protocol in _TABLES.items():
        found += listeners_in(case.system.read(f"/proc/thread-self/net/{table}") or "", protocol)
    yield from islice(_hidden(case, own, dict.fromkeys(found)), _MOST)


def _hidden(case: Case, own: set[Address], found: dict[Listener, None]) -> Iterator[Finding]:
    by_address: dict[Address, list[Listener]] = {}
    for one in found:
        by_address.setdefault(one.address, []).append(one)
    for service in case.site.services:
        everywhere = Address(service.address.family, 0)
        waiting = [*by_address.get(service.address, ())]
        waiting += by_address.get(everywhere, ()) if service.address in own else ()
        for one in waiting if service.pool is not None else ():
            ports = [port for item in service.listeners if one.protocol in item.protocols for port in item.ports]
            if any(port.first <= one.port <= port.last for port in ports):
                words = f"a program of this machine listens on {service.address} {one.protocol.value} {one.port}"
                advice = "let it listen on another address or port; it still gets connections of this machine itself"
                yield Finding(HIDDEN, f"{words}, where the service `{service.name}` takes all connections", advice)


def listeners_in(text: str, protocol: Protocol) -> Iterator[Listener]:
    """The waiting sockets of a table: proc_net_tcp(5). Addresses are words of four bytes in the order of the machine."""
    for line in text.splitlines()[1:]:
        fields = line.split()
        if len(fields) < 4 or fields[3] != _LISTENING[protocol]:
            continue
        packed, _, port = fields[1].partition(":")
        yield Listener(protocol, _address(packed), int(port, 16))


def _address(packed: str) -> Address:
    words = [bytes.fromhex(packed[at : at + 8]) for at in range(0, len(packed), 8)]
    ordered = [word[::-1] for word in words] if sys.byteorder == "little" else words
    return Address(4 if len(words) == 1 else 6, int.from_bytes(b"".join(ordered)))


CHECK = Check("listeners", ("linux",), (HIDDEN,), _look)
