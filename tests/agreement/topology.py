"""The addresses and ports that generated sites and the machines share, and the ways of packets without any rule.

                        203.0.113.0/24            10.1.0.0/16  fd00:1::/64
    outside -------- xl0    device    xl1 ------+---- farm1, inner1
                             xl2                |---- beside
                              |
                              +--- farm2, inner2  10.2.0.0/16  fd00:2::/64

The device owns the service addresses and the gateway of each net. `beside` is a client outside on the link of the first net:
in some sites that interface is external, too. `inner` machines are clients inside, `farm` machines hold
the addresses of all servers of their net. Every machine answers on every port of `PORTS`, so an untranslated packet is
answered by the machine that has its destination, and never refused.
"""

from __future__ import annotations

from ipaddress import ip_address, ip_network
from typing import Literal, NamedTuple

Family = Literal[4, 6]
Protocol = Literal["tcp", "udp"]

EXTERNAL, INTERNAL, SECOND = "xl0", "xl1", "xl2"
FAMILIES: tuple[Family, ...] = (4, 6)

PORTS = (
    *(21, 22, 25, 26, 52, 53, 54, 55, 79, 80, 81, 82, 110, 389, 390, 443, 444, 445),
    *(8079, 8080, 8081, 29999, 30000, 30050, 30100, 30101, 31000, 31050, 31100),
)
"""The ports on which every machine answers. They include all edges of `PORT_PARTS`, and the ports next to these."""

PORT_PARTS = ("21", "25", "53-54", "80", "81", "110", "389", "443-444", "8080", "30000-30100")
"""The ports of services: single ports and ranges that do not overlap. Some are next to each other."""

INNER_PORTS = {
    "53-54": ("53", "54"),
    "443-444": ("443", "444"),
    "30000-30100": ("30000", "30050", "30001-30050", "30050-30100"),
}
"""For ranges, ports inside of them, which other services take."""

SERVER_PORTS = {
    **dict.fromkeys(("21", "25", "80", "81", "110", "389", "8080"), ("8080", "25", "444", "8081")),
    "53-54": ("25-26", "53-54"),
    "443-444": ("80-81", "53-54"),
    "30000-30100": ("31000-31100",),
}
"""For the ports of services, as many ports of servers, on which every machine answers."""

EXTERNAL_ADDRESS: dict[Family, str] = {4: "203.0.113.1", 6: "2001:db8::1"}
SERVICE_ADDRESSES: dict[Family, tuple[str, ...]] = {
    4: ("203.0.113.150", "203.0.113.151", "203.0.113.152"),
    6: ("2001:db8::150", "2001:db8::151", "2001:db8::152"),
}
NEIGHBOURS: dict[Family, tuple[str, ...]] = {
    4: ("203.0.113.149", "203.0.113.153"),
    6: ("2001:db8::14f", "2001:db8::153"),
}
"""Addresses of the machine outside, next to those of services."""
INTERNAL_NETS: dict[Family, tuple[str, ...]] = {4: ("10.1.0.0/16", "10.2.0.0/16"), 6: ("fd00:1::/64", "fd00:2::/64")}
GATEWAYS: dict[Family, tuple[str, ...]] = {4: ("10.1.0.1", "10.2.0.1"), 6: ("fd00:1::1", "fd00:2::1")}
LAST_SERVER = 15
"""Servers have the numbers from 2 to this in their net."""

OUTSIDE_ADDRESS: dict[Family, str] = {4: "203.0.113.201", 6: "2001:db8::201"}
CLIENT_NET: dict[Family, str] = {4: "198.18.0.0/15", 6: "2001:db8:c::/64"}
"""The networks whose addresses the machine outside may take as its source."""

BESIDE_GATEWAY: dict[Family, str] = {4: "192.0.2.1", 6: "2001:db8:2::1"}
BESIDE_ADDRESS: dict[Family, str] = {4: "192.0.2.201", 6: "2001:db8:2::201"}
BESIDE_NET: dict[Family, str] = {4: "100.64.0.0/10", 6: "2001:db8:d::/64"}
"""The device's address on the link of the first net for clients outside, that of such a client, and its sources."""

INNER_ADDRESS: dict[Family, tuple[str, ...]] = {4: ("10.1.100.1", "10.2.100.1"), 6: ("fd00:1::64:1", "fd00:2::64:1")}
INNER_NET: dict[Family, tuple[str, ...]] = {
    4: ("10.1.128.0/17", "10.2.128.0/17"),
    6: ("fd00:1::c:0/112", "fd00:2::c:0/112"),
}
"""The parts of the internal nets whose addresses a machine inside may take as its source."""

Sender = Literal["outside", "beside", "inner1", "inner2", "farm1", "farm2", "device"]
SOURCES: dict[Sender, dict[Family, str]] = {
    "outside": CLIENT_NET,
    "beside": BESIDE_NET,
    "inner1": {family: nets[0] for family, nets in INNER_NET.items()},
    "inner2": {family: nets[1] for family, nets in INNER_NET.items()},
}
"""The networks whose addresses a machine may take as its source."""


class Probe(NamedTuple):
    """A packet to try: its sender and its destination. For a farm and the device, `source` is their own address.

    Other senders take a source that no client has used before, since stickiness and source-hash depend on it.
    """

    sender: Sender
    source: str | None
    protocol: Protocol
    destination: str
    port: int

    @property
    def family(self) -> Family:
        return family_of(self.destination)


class Route(NamedTuple):
    """The interfaces of the device by which a packet comes in and goes out; None for the device's own end."""

    enters: str | None
    leaves: str | None


def family_of(address: str) -> Family:
    return 6 if ":" in address else 4


def server_address(family: Family, net: int, number: int) -> str:
    """Server `number` of an internal net, the first being 0."""
    return f"10.{net + 1}.0.{number}" if family == 4 else f"fd00:{net + 1}::{number:x}"


def device_addresses(family: Family) -> tuple[str, ...]:
    return EXTERNAL_ADDRESS[family], *SERVICE_ADDRESSES[family], *GATEWAYS[family], BESIDE_GATEWAY[family]


def net_of(address: str) -> int | None:
    """The rank of the internal net that contains an address, also of a net that the site lacks."""
    nets = [ip_network(net) for net in INTERNAL_NETS[family_of(address)]]
    return next((rank for rank, net in enumerate(nets) if ip_address(address) in net), None)


def entrance(sender: Sender) -> str | None:
    return {"outside": EXTERNAL, "device": None, "inner2": SECOND, "farm2": SECOND}.get(sender, INTERNAL)


def exit_to(destination: str) -> str | None:
    """The interface by which the device sends packets to a destination; None if it is one of its own addresses."""
    if destination in device_addresses(family_of(destination)):
        return None
    if destination in (BESIDE_ADDRESS[family_of(destination)], far_beside(family_of(destination))):
        return INTERNAL
    return {None: EXTERNAL, 0: INTERNAL, 1: SECOND}[net_of(destination)]


def beside_nets(family: Family) -> tuple[str, str]:
    """The networks outside on the link of the first net."""
    length = 24 if family == 4 else 64
    return str(ip_network(f"{BESIDE_ADDRESS[family]}/{length}", strict=False)), BESIDE_NET[family]


def far_beside(family: Family) -> str:
    """An address behind the client that is beside the first net."""
    return BESIDE_NET[family].partition("/")[0][:-1] + "7" if family == 4 else f"{BESIDE_NET[6].partition('/')[0]}7"


def interface_address(destination: str) -> str:
    """The device's address on the link by which it reaches a server, or a machine outside."""
    net, family = net_of(destination), family_of(destination)
    return EXTERNAL_ADDRESS[family] if net is None else GATEWAYS[family][net]


def passes_device(sender: Sender, destination: str) -> bool:
    """Whether the device sees such a packet: neighbours in one net reach each other directly."""
    return sender == "device" or exit_to(destination) is None or sender_net(sender) != net_of(destination)


def sender_net(sender: Sender) -> int | None:
    return int(sender[-1]) - 1 if sender[-1].isdigit() else None
