"""The inside of a miniature: internal nets on the links of the device or behind routers, with servers and some clients."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

from lbsh.lab.machines import Door, Kind, Machine, Plug, Toy
from lbsh.lab.outside import FORWARDING, Outside
from lbsh.lab.spare import Spare
from lbsh_lang.site.addresses import DeviceLists
from lbsh_lang.site.model import Site
from lbsh_lang.values import BITS, Address, AddressRange, Network

MOST_MACHINES = 50
"""Servers with a machine each; if there are more, those of a pool share one."""
MOST_SERVERS = 2000
"""Servers that fail by themselves; if there are more, those of a machine fail together."""
MOST_INSIDERS = 20
"""Internal nets that get a client."""


class _Place(NamedTuple):
    """Where machines of an internal net are plugged in, and their router, with its interface and its lines, which grow."""

    segment: str
    router: Address
    interface: str
    lines: list[str]


class _Router(NamedTuple):
    """A router of ours, while it is drawn up."""

    name: str
    plugs: tuple[Plug, ...]
    own: tuple[Address, ...]
    lines: list[str]


class Inside:
    """Draws up the inside of a site. Servers in no internal net go to the outside."""

    def __init__(
        self, site: Site, lists: DeviceLists, spare: Spare, outside: Outside, names: Mapping[Address, str]
    ) -> None:
        self._of_device = {*[one.address for one in lists.held], *[one.address for one in lists.routed]}
        self._names = names
        self.machines: list[Machine] = []
        self.toys: tuple[Toy, ...] = ()
        self.device_lines: list[str] = []
        self.findings: list[str] = []
        self._site = site
        self._spare = spare
        self._outside = outside
        self._insiders = 0
        self._routers: list[_Router] = []
        self._places = self._place_nets()

    # Nets

    def _place_nets(self) -> dict[Network, _Place]:
        """A place for each internal net that has an interface."""
        places = {}
        direct: dict[tuple[str, int], tuple[Network, Address]] = {}
        for net in self._site.internal_nets:
            gateway = self._site.own_gateway(net)
            if gateway is not None and self._site.inside_of(net):
                interface = self._site.inside_of(net)[0].name
                places[net] = _Place(interface, gateway, interface, self.device_lines)
                direct.setdefault((interface, net.family), (net, gateway))
        for net in self._site.internal_nets:
            if net not in places and self._site.inside_of(net):
                interface = self._site.inside_of(net)[0].name
                through = direct.get((interface, net.family))
                place = self._behind(net, interface, *through) if through else self._with_address(net, interface)
                places[net] = place
        return places

    def _behind(self, net: Network, interface: str, link: Network, gateway: Address) -> _Place:
        """A net behind a router of ours, whose other side is in a net on the link."""
        name = f"router{len(self._routers) + 1}"
        here, there = self._free(link), self._free(net)
        bits = BITS[net.family]
        lines = [
            f"address replace {here}/{link.length if link.holds(here) else bits} dev eth0",
            f"address replace {there}/{net.length if net.holds(there) else bits} dev eth1",
            f"route replace {net} dev eth1",
            f"route replace default via {gateway} dev eth0 onlink",
        ]
        plugs = (Plug("eth0", interface), Plug("eth1", f"behind {name}"))
        self._routers.append(_Router(name, plugs, (here, there), lines))
        self.device_lines.append(f"route replace {net} via {here} dev {interface} onlink")
        return _Place(f"behind {name}", there, "eth1", lines)

    def _with_address(self, net: Network, interface: str) -> _Place:
        """A net without a gateway in the script: the device gets an address for it."""
        own = self._free(net)
        self.device_lines.append(f"address replace {own}/{BITS[net.family]} dev {interface}")
        self.device_lines.append(f"route replace {net} dev {interface}")
        self.findings.append(f"`internal net {net}` has no gateway in the script: here the device has {own}")
        return _Place(interface, own, interface, self.device_lines)

    def _free(self, net: Network) -> Address:
        """A free address of a net, or of elsewhere."""
        return self._spare.host(net, self._site.nets_within(net)) or self._spare.elsewhere(net.family)

    # Machines

    def place(self, doors: Mapping[Address, tuple[Door, ...]]) -> None:
        """Adds all servers, and a client in each net."""
        taken = [address for address in doors if address in self._of_device]
        for address in taken:
            self.findings.append(f"{address} is an address of the device: there is no server of this address here")
        servers = [address for address in doors if address not in taken]
        names = self._named(servers)
        homes = self._homes(servers, names)
        for name, addresses in homes.items():
            self._add_servers(name, addresses)
        home_of = {address: name for name, addresses in homes.items() for address in addresses}
        if len(servers) > MOST_SERVERS:
            self.findings.append(f"{len(servers)} servers: those of a machine answer by one name, and fail together")
            self.toys = tuple(
                Toy(name, name, None, tuple(dict.fromkeys(door for one in addresses for door in doors[one])))
                for name, addresses in homes.items()
            )
        else:
            self.toys = tuple(Toy(names[one], home_of[one], one, doors[one]) for one in servers)
        self.machines[:0] = [
            Machine(one.name, Kind.ROUTER, one.plugs, tuple(one.lines), one.own, FORWARDING[one.own[0].family])
            for one in self._routers
        ]
        for net in [*self._places][:MOST_INSIDERS]:
            host = self._spare.host(net, self._site.nets_within(net))
            if host is not None:
                self.add_client(host)

    def _named(self, servers: list[Address]) -> Mapping[Address, str]:
        """The names of servers: those that are known already, and further ones, numbered in the order of the script."""
        last = max([int(name.removeprefix("server")) for name in self._names.values()], default=0)
        new = [address for address in servers if address not in self._names]
        return {**self._names, **{one: f"server{number}" for number, one in enumerate(new, start=last + 1)}}

    def _homes(self, servers: list[Address], names: Mapping[Address, str]) -> dict[str, list[Address]]:
        """The machines of servers, by name, each with its addresses."""
        if len(servers) <= MOST_MACHINES:
            return {names[address]: [address] for address in servers}
        wanted, groups = {*servers}, dict[tuple[str, Network | None], list[Address]]()
        for service in self._site.services:
            for server in service.pool.servers if service.pool is not None else ():
                if server.address in wanted:
                    assert service.pool is not None
                    wanted.remove(server.address)
                    net = self._site.net_of(server.address)
                    groups.setdefault((service.pool.name, net), []).append(server.address)
        self.findings.append(f"{len(servers)} servers: those of a pool share a machine")
        return {f"farm{number}": group for number, group in enumerate(groups.values(), start=1)}

    def _add_servers(self, name: str, addresses: list[Address]) -> None:
        """Adds a machine with one or many addresses of the same net; those besides the first are routed to that."""
        first, net = addresses[0], self._site.net_of(addresses[0])
        if net is None or net not in self._places:
            self.findings.append(f"{name} ({first}) lies in no internal net: here it is outside")
            self._outside.add(name, Kind.SERVER, addresses)
            return
        place = self._places[net]
        lines = [
            f"address replace {first}/{net.length} dev eth0",
            f"route replace default via {place.router} dev eth0 onlink",
        ]
        for block in blocks_of(addresses[1:]):
            lines.append(f"route replace local {block} dev lo")
            place.lines.append(f"route replace {block} via {first} dev {place.interface} onlink")
        self.machines.append(Machine(name, Kind.SERVER, (Plug("eth0", place.segment),), tuple(lines), tuple(addresses)))

    def add_client(self, address: Address) -> None:
        """Adds a client with an address of an internal net."""
        net = self._site.net_of(address)
        assert net is not None
        if net not in self._places:
            return
        self._insiders += 1
        place = self._places[net]
        lines = (
            f"address replace {address}/{net.length} dev eth0",
            f"route replace default via {place.router} dev eth0 onlink",
        )
        plugs = (Plug("eth0", place.segment),)
        self.machines.append(Machine(f"inside{self._insiders}", Kind.INSIDER, plugs, lines, (address,)))


def blocks_of(addresses: list[Address]) -> list[Network]:
    """The fewest blocks that consist of these addresses."""
    blocks: list[Network] = []
    run: AddressRange | None = None
    for family, value in sorted(addresses):
        if run is not None and (run.family, run.last + 1) == (family, value):
            run = run._replace(last=value)
            continue
        blocks += run.blocks() if run is not None else ()
        run = AddressRange(family, value, value)
    return [*blocks, *(run.blocks() if run is not None else ())]
