"""The outside of a miniature: behind each external interface a router of the provider, behind all the world with clients."""

from __future__ import annotations

from typing import Protocol

from lbsh.lab.machines import Kind, Machine, Plug
from lbsh.lab.spare import Spare
from lbsh_lang.site.addresses import DeviceLists
from lbsh_lang.site.model import Interface, Site, smallest
from lbsh_lang.site.uplinks import interface_to
from lbsh_lang.values import BITS, Address, Family, Network

CLIENTS = 2
"""Clients that the script does not ask for."""
MOST_ASKED = 20
"""Clients for the networks of `from`."""

WORLD = "the world"

FORWARDING: dict[Family, tuple[tuple[str, int], ...]] = {
    4: (("net.ipv4.ip_forward", 1), ("net.ipv4.conf.all.rp_filter", 0), ("net.ipv4.conf.default.rp_filter", 0)),
    6: (("net.ipv6.conf.all.forwarding", 1),),
}


class Neighbours(Protocol):
    """What the inside of a miniature says to the outside."""

    def add_client(self, address: Address) -> None:
        """Adds a client with an address of an internal net."""


class _Uplink:
    """A router of the provider, while it is drawn up."""

    def __init__(self, name: str, interface: str) -> None:
        self.name = name
        self.interface = interface
        self.hop: dict[Family, Address] = {}
        self.face: dict[Family, Address] = {}
        self.lines: list[str] = []


class Outside:
    """Draws up the outside of a site. Changes until `finish`."""

    def __init__(self, site: Site, lists: DeviceLists, spare: Spare, families: tuple[Family, ...]) -> None:
        self.machines: list[Machine] = []
        self.device_lines: list[str] = []
        self.findings: list[str] = []
        self._site = site
        self._lists = lists
        self._spare = spare
        self._families = families
        self._clients = 0
        self._uplinks = [
            _Uplink(f"uplink{number}", interface.name) for number, interface in enumerate(site.external, start=1)
        ]
        for uplink in self._uplinks:
            for family in families:
                self._connect(uplink, family)
        for family in families:
            if self._uplinks and not any(way.hop.family == family for way in lists.defaults):
                first = self._uplinks[0]
                self.device_lines.append(f"route replace default via {first.hop[family]} dev {first.interface} onlink")

    def _connect(self, uplink: _Uplink, family: Family) -> None:
        """Joins the device and a router of the provider, in a family."""
        bits, links = BITS[family], self._links(uplink.interface, family)
        hop = self._declared_hop(uplink.interface, family) or self._hop_in(links) or self._spare.elsewhere(family)
        uplink.hop[family], uplink.face[family] = hop, self._spare.elsewhere(family)
        held = [one.address for one in self._lists.held if one.interface == uplink.interface]
        own = [address for address in held if address.family == family]
        if not own:
            own = [self._spare.elsewhere(family)]
            self.device_lines.append(f"address replace {own[0]}/{bits} dev {uplink.interface}")
        uplink.lines += [
            f"address replace {hop}/{bits} dev eth0",
            f"address replace {uplink.face[family]}/{bits} dev eth1",
        ]
        uplink.lines += [f"route replace {place} dev eth0" for place in (*links, *[f"{one}/{bits}" for one in own])]
        uplink.lines += [
            f"route replace {one.address}/{bits} via {own[0]} dev eth0 onlink"
            for one in self._lists.routed
            if one.address.family == family
        ]

    def _declared_hop(self, interface: str, family: Family) -> Address | None:
        hops = [hop for hop in self._site.next_hops if hop.address.family == family]
        return next((hop.address for hop in hops if _name(interface_to(self._site, hop)) == interface), None)

    def _hop_in(self, links: list[Network]) -> Address | None:
        return next((host for net in links if (host := self._spare.host(net)) is not None), None)

    def _links(self, interface: str, family: Family) -> list[Network]:
        """The external nets on the link of an interface."""
        nets = [net for net in self._site.external_nets if net.family == family]
        return [net for net in nets if _name(self._site.outside_of(Address(family, net.value))[0]) == interface]

    # Machines

    def place_clients(self, neighbours: Neighbours) -> None:
        """Adds clients: some with an address of each family, and for each network of a `from` one with an address of it."""
        for _ in range(CLIENTS):
            self._add_client([self._spare.elsewhere(family) for family in self._families])
        asked = dict.fromkeys(net for service in self._site.services for net in service.clients if net.length)
        for number, net in enumerate(asked):
            if number == MOST_ASKED:
                self.findings.append(f"`from`: clients for {MOST_ASKED} of {len(asked)} networks")
                return
            address = self._spare.host(net)
            if address is None:
                self.findings.append(f"`from {net}`: no address there is free for a client")
            elif self._site.net_of(address) is not None:
                neighbours.add_client(address)
            else:
                self._add_client([address])

    def _add_client(self, addresses: list[Address]) -> None:
        self._clients += 1
        self.add(f"client{self._clients}", Kind.CLIENT, addresses)

    def add(self, name: str, kind: Kind, addresses: list[Address]) -> None:
        """Adds a machine outside: on the link of an interface where its address is in the net of that, else in the world."""
        net = smallest(self._site.external_nets, addresses[0])
        at = next((one for one in self._uplinks if net in self._links(one.interface, addresses[0].family)), None)
        if net is not None and at is not None:
            lines = [f"address replace {addresses[0]}/{net.length} dev eth0"]
            lines.append(f"route replace default via {at.hop[net.family]} dev eth0 onlink")
            self.machines.append(Machine(name, kind, (Plug("eth0", at.interface),), tuple(lines), tuple(addresses)))
            return
        lines = []
        for address in addresses:
            bits = BITS[address.family]
            lines += [f"address replace {address}/{bits} dev eth0", *self._ways(address.family)]
            for uplink in self._uplinks:
                if address.family in uplink.face:
                    uplink.lines.append(f"route replace {address}/{bits} dev eth1")
        self.machines.append(Machine(name, kind, (Plug("eth0", WORLD),), tuple(lines), tuple(addresses)))

    def _ways(self, family: Family) -> list[str]:
        """The routes of a machine in the world: each address of the device by the uplink that it belongs to."""
        if not self._uplinks or family not in self._families:
            return []
        lines = [f"route replace default via {self._uplinks[0].face[family]} dev eth0 onlink"]
        for uplink in self._uplinks[1:]:
            places = [f"{one.address}/{BITS[family]}" for one in self._lists.held if one.interface == uplink.interface]
            lines += [
                f"route replace {place} via {uplink.face[family]} dev eth0 onlink"
                for place in places
                if (":" in place) == (family == 6)
            ]
        return lines

    def finish(self) -> None:
        """Adds the routers of the providers."""
        settings = tuple(setting for family in self._families for setting in FORWARDING[family])
        routers = [
            Machine(
                uplink.name,
                Kind.UPLINK,
                (Plug("eth0", uplink.interface), Plug("eth1", WORLD)),
                tuple(uplink.lines),
                (*uplink.hop.values(), *uplink.face.values()),
                settings,
            )
            for uplink in self._uplinks
        ]
        self.machines[:0] = routers


def _name(interface: Interface | None) -> str:
    return "" if interface is None else interface.name
