"""The kernel's connection tracking on Linux, by netlink (nfnetlink_conntrack.h).

It needs no program, which the package `conntrack` would bring: one request lists all connections of a family, and each one
to end is named with its own number, so that a new connection with the same ends is never mistaken for it.
"""

from __future__ import annotations

import errno
import struct
import time
from collections.abc import Collection, Iterator, Mapping, Sequence
from socket import AF_INET, AF_INET6

from lbsh.drivers.netlink import DUMP, REQUEST, Message, NetlinkError, ask, attribute, attributes, tell
from lbsh.drivers.states import Census, State, chosen
from lbsh.drivers.values import Connections, DriverError, Place, Target
from lbsh_lang.site.status import ServerId
from lbsh_lang.values import Address, Family, Protocol

_GET, _DELETE = 1 << 8 | 1, 1 << 8 | 2
_ORIGINAL, _REPLY, _STATUS, _PROTOCOL_INFO, _MARK, _ID, _ZONE = 1, 2, 3, 4, 8, 12, 18
_TUPLE_IP, _TUPLE_PROTOCOL = 1, 2
_SOURCE: Mapping[Family, int] = {4: 1, 6: 3}
_DESTINATION: Mapping[Family, int] = {4: 2, 6: 4}
_NUMBER, _SOURCE_PORT, _DESTINATION_PORT = 1, 2, 3
_TCP_INFO, _TCP_STATE = 1, 1
_OVER = {7, 8}
"""TIME_WAIT and CLOSE (nf_conntrack_tcp.h)."""

_DESTINATION_TRANSLATED = 1 << 5
_MOST_SIGNS = 16
_FAMILIES: Mapping[Family, int] = {4: AF_INET, 6: AF_INET6}
_PROTOCOLS = {6: Protocol.TCP, 17: Protocol.UDP}


class Conntrack:
    """The connections that the kernel tracks in this network namespace."""

    def __init__(self) -> None:
        self._census = Census(time.monotonic)

    def forget(self, targets: Collection[Target]) -> int:
        """Ends the connections that targets mean; their number. Raises `DriverError`."""
        services = {target.service for target in targets}
        signs = {_packed(target.server or target.service) for target in targets}
        try:
            found = [*chosen(_states(services, signs), targets)]
            errors = [*tell([Message(_DELETE, 0, *_name(state)) for state in found])]
        except (OSError, NetlinkError) as error:
            raise _failure(error) from error
        failed = {error for error in errors if error not in {0, errno.ENOENT}}  # it may have ended by itself
        if failed:
            raise _failure(NetlinkError(min(failed)))
        return errors.count(0)

    def states(self, places: Collection[Address]) -> Sequence[State]:
        """All connections that were opened to these addresses. Raises `DriverError`."""
        try:
            return [*_states(places)]
        except (OSError, NetlinkError) as error:
            raise _failure(error) from error

    def connections(self, servers: Mapping[ServerId, Place]) -> Mapping[ServerId, Connections]:
        """The connections of servers; new ones from the second call on. Raises `DriverError`."""
        try:
            return self._census.count(servers, _states({place.address for place in servers.values()}))
        except (OSError, NetlinkError) as error:
            raise _failure(error) from error


def _failure(error: Exception) -> DriverError:
    reason = (error.strerror or str(error)).lower() if isinstance(error, OSError) else str(error)
    return DriverError(f"the kernel's connections cannot be read or ended: {reason}")


def _name(state: State) -> tuple[int, bytes]:
    """The family of a state, and the attributes that name it."""
    return _FAMILIES[state.service.family], state.key


def _states(services: Collection[Address], signs: Collection[bytes] = ()) -> Iterator[State]:
    """The states of connections to these addresses. Without any of the `signs` in its bytes, none is wanted.

    To read a connection takes ten times as long as to search its bytes for a sign, so a few signs save time.
    """
    few = tuple(signs) if len(signs) <= _MOST_SIGNS else ()
    for family, number in _FAMILIES.items():
        packed = {_packed(one) for one in services if one.family == family}
        for body in ask(Message(_GET, REQUEST | DUMP, number)) if packed else ():
            if few and not any(sign in body for sign in few):
                continue
            state = read_state(body, family)
            if state is not None and _packed(state.service) in packed:
                yield state


def read_state(body: bytes, family: Family) -> State | None:
    """A connection by TCP or UDP from its attributes, None if it is another. Its key is what names it to the kernel."""
    found = attributes(body)
    original, reply = attributes(found.get(_ORIGINAL, b"")), attributes(found.get(_REPLY, b""))
    asked, answered = attributes(original.get(_TUPLE_PROTOCOL, b"")), attributes(reply.get(_TUPLE_PROTOCOL, b""))
    protocol = _PROTOCOLS.get(int.from_bytes(asked.get(_NUMBER, b"")))
    if protocol is None or _DESTINATION_PORT not in asked or _SOURCE_PORT not in answered:
        return None
    key = attribute(_ORIGINAL, found[_ORIGINAL])
    key += b"".join(attribute(kind, found[kind]) for kind in (_ID, _ZONE) if kind in found)
    server = None
    if int.from_bytes(found.get(_STATUS, b"")) & _DESTINATION_TRANSLATED:
        server = _address(reply, _SOURCE, family), int.from_bytes(answered[_SOURCE_PORT])
    port = int.from_bytes(asked[_DESTINATION_PORT])
    client = _address(original, _SOURCE, family), int.from_bytes(asked.get(_SOURCE_PORT, b""))
    mark = int.from_bytes(found.get(_MARK, b""))
    return State(key, protocol, _address(original, _DESTINATION, family), port, server, _is_over(found), client, mark)


def _address(ends: Mapping[int, bytes], end: Mapping[Family, int], family: Family) -> Address:
    return Address(family, int.from_bytes(attributes(ends.get(_TUPLE_IP, b"")).get(end[family], b"")))


def _is_over(found: Mapping[int, bytes]) -> bool:
    info = attributes(attributes(found.get(_PROTOCOL_INFO, b"")).get(_TCP_INFO, b""))
    return int.from_bytes(info.get(_TCP_STATE, b"")) in _OVER


def _packed(address: Address) -> bytes:
    return struct.pack("!I", address.value) if address.family == 4 else address.value.to_bytes(16)
