"""Leaves and attributes of the paper's data model (section 3.3, Table 1): as texts of files, and back. Pure.

A leaf is a server. Its attributes are what probes found (`status`, `since`, `reason`) and the operator's wish (`wish`,
`because`), if that is not simply to serve. In the pool of several services, what probes found stands there for each of
them: `status_SMTP`. The lines are in such an order that a text which lost its end says less, but nothing else.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime, timedelta
from functools import lru_cache

from lbsh.store.protocol import Node
from lbsh_lang.site.status import State, Status
from lbsh_lang.values import Address, PortRange, Ports, Protocol

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_LAST = 253_402_300_800_000
"""The first millisecond that has no date in ISO 8601: that of the year 10000."""
_STATES = {state.value: state for state in State}
_OCTETS = {str(octet): octet for octet in range(256)}
_FOUND = ("status", "since", "reason", "until")


def place_in(root: Mapping[str, str], service: str) -> tuple[Address, tuple[Protocol, ...], Ports] | None:
    """Where clients ask for a service, by the attributes of ROOT: address, protocols, ports; None if there is none."""
    text = root.get(f"service_{service}", "")
    parts = dict(part.split(": ", 1) for part in text.strip("{}").split(", ") if ": " in part)
    place = server_of(parts.get("ip", ""))
    ports = [item.partition("-") for item in parts.get("port", "").split(",")]
    if place is None or not all(_is_number(first) and (_is_number(last) or not dash) for first, dash, last in ports):
        return None
    protocols = tuple([one for one in Protocol if one.value in parts.get("protocol", "tcp").split("+")])
    return place[0], protocols, tuple([PortRange(int(first), int(last or first)) for first, _, last in ports])


def method_in(root: Mapping[str, str], service: str) -> str:
    """The method by which the servers of a service are probed, by the attributes of ROOT; empty if they are not.

    A tcp service without a `probe` statement is probed by the default.
    """
    parts = dict(
        part.split(": ", 1) for part in root.get(f"service_{service}", "").strip("{}").split(", ") if ": " in part
    )
    is_tcp = "ip" in parts and "tcp" in parts.get("protocol", "tcp").split("+")
    return parts.get("probe", "tcp" if is_tcp else "")


def services_of(pool: Mapping[str, str]) -> tuple[str, ...]:
    """The services of a pool, by the attributes of its container."""
    return tuple(name for name in pool.get("service", "").split(", ") if name)


def leaf_name(address: Address, port: int) -> str:
    """The name of a server's leaf: `IP`, and `IP:PORT` or `[IP]:PORT` if it has a port of its own."""
    text = str(address)
    if not port:
        return text
    return f"{text}:{port}" if address.family == 4 else f"[{text}]:{port}"


def address_in(text: str) -> Address | None:
    """The address that a text is, in any notation; None if it is none."""
    return _ipv4(text) or (_ipv6(text) if ":" in text else None)


def server_of(name: str) -> tuple[Address, int] | None:
    """The address and the port (0: none of its own) of the server with a leaf; None for any other name."""
    address, port = _ipv4(name), 0
    if address is not None:
        return address, port
    text = name
    if name.startswith("[") or name.count(":") == 1:
        text, _, digits = name.rpartition(":")
        text, port = text.removeprefix("[").removesuffix("]"), int(digits) if _is_number(digits) else -1
    address = _ipv4(text) or _ipv6(text)
    return (address, port) if address is not None and leaf_name(address, port) == name else None


def attributes_text(attributes: Mapping[str, str]) -> str:
    """Attributes, one a line; a value that does not fit on a line as it is stands there as a JSON text."""
    return "".join([f"{key}: {_value_text(value)}\n" for key, value in attributes.items()])


def read_attributes(text: str) -> dict[str, str]:
    """The attributes in a text. A last line without its end does not count, nor does a line that is none."""
    found = {}
    for line in text.split("\n")[:-1]:
        key, mark, value = line.partition(": ")
        if mark:
            found[key] = value if value[:1] != '"' else _read_json(value)
    return found


def statuses_in(leaf: Mapping[str, str], services: Iterable[str]) -> dict[str, Status]:
    """The statuses of a server, by service; `status` without a name is that of each service."""
    if "status" in leaf:
        common = _status(leaf, "")
        return {} if common is None else dict.fromkeys(services, common)
    found = {service: _status(leaf, f"_{service}") for service in services}
    return {service: status for service, status in found.items() if status is not None}


def defined_leaf(
    node: Node, services: tuple[str, ...], before: Mapping[str, str], services_before: tuple[str, ...], now: int
) -> dict[str, str]:
    """The attributes of a leaf by its definition: statuses that it had stay, a service without one is unknown since now."""
    statuses = dict.fromkeys(services, Status(State.UNKNOWN, now)) | statuses_in(before, services_before)
    return _leaf(node.attributes, statuses, services)


def probed_leaf(before: Mapping[str, str], services: tuple[str, ...], found: Mapping[str, Status]) -> dict[str, str]:
    """The attributes of a leaf with what probes found now, by service."""
    wish = {key: value for key, value in before.items() if key.partition("_")[0] not in _FOUND}
    return _leaf(wish, {**statuses_in(before, services), **found}, services)


@lru_cache(1024)
def moment_text(moment: int) -> str:
    """A time in milliseconds since 1970 as people read it (ISO 8601, UTC); a number where there is no such date."""
    if not 0 <= moment < _LAST:
        return str(moment)
    return f"{(_EPOCH + timedelta(seconds=moment // 1000)).isoformat()[:19]}.{moment % 1000:03}Z"


@lru_cache(1024)
def _moment(text: str) -> int | None:
    try:
        if text.endswith("Z"):
            return (datetime.fromisoformat(text) - _EPOCH) // timedelta(milliseconds=1)
        return int(text)
    except (ValueError, TypeError):
        return None


def _leaf(wish: Mapping[str, str], statuses: Mapping[str, Status], services: tuple[str, ...]) -> dict[str, str]:
    """The attributes of a leaf: what probes found, in the order of services, then the wish."""
    attributes = {}
    for service in services:
        if service in statuses:
            state, since, reason, until = statuses[service]
            suffix = "" if len(services) == 1 else f"_{service}"
            attributes[f"status{suffix}"] = state.value
            attributes[f"since{suffix}"] = moment_text(since)
            if reason:
                attributes[f"reason{suffix}"] = reason
            if until is not None:
                attributes[f"until{suffix}"] = moment_text(until)
    return {**attributes, **wish}


def _status(leaf: Mapping[str, str], suffix: str) -> Status | None:
    state, moment = _STATES.get(leaf.get(f"status{suffix}", "")), _moment(leaf.get(f"since{suffix}", ""))
    if state is None or moment is None:
        return None
    return Status(state, moment, leaf.get(f"reason{suffix}", ""), _moment(leaf.get(f"until{suffix}", "")))


def _value_text(value: str) -> str:
    is_plain = value.isprintable() and value == value.strip() and value[:1] != '"'
    return value if is_plain else json.dumps(value)


def _read_json(text: str) -> str:
    try:
        return str(json.loads(text))
    except ValueError:
        return text


def _ipv4(text: str) -> Address | None:
    try:
        a, b, c, d = text.split(".")
        return Address(4, _OCTETS[a] << 24 | _OCTETS[b] << 16 | _OCTETS[c] << 8 | _OCTETS[d])
    except (ValueError, KeyError):
        return None


def _ipv6(text: str) -> Address | None:
    from ipaddress import AddressValueError, IPv6Address  # noqa: PLC0415 -- only sites with IPv6 pay for the import

    try:
        return Address(6, int(IPv6Address(text)))
    except AddressValueError:
        return None


def _is_number(text: str) -> bool:
    return text.isascii() and text.isdecimal()
