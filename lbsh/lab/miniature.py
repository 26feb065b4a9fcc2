"""A miniature in the kernel: a topology as namespaces, cables and servers, and what can be done to it."""

from __future__ import annotations

import itertools
import resource
import socket
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

from lbsh.lab.machines import Machine, Topology, Toy
from lbsh.lab.namespaces import CLIENT_PORTS, Namespace
from lbsh.lab.servers import ANYWHERE, Farm, open_doors, redirects

_AT_ONCE = 4
"""Machines that are set up at the same time: the work is the kernel's."""
_QUIET_6 = (("net.ipv6.conf.default.accept_dad", 0), ("net.ipv6.conf.default.dad_transmits", 0))
"""Addresses of IPv6 serve at once, without a second of looking for others with the same (RFC 4862, section 5.4)."""


class Miniature:
    """A running miniature. Ends with its process. Raises `OSError` and `CommandError` if the kernel refuses something."""

    def __init__(self, topology: Topology) -> None:
        _allow_files()
        self.topology = topology
        self.farm = Farm()
        self._ports = itertools.cycle(CLIENT_PORTS)
        self._toys = {toy.name: toy for toy in topology.toys}
        self._switch = Namespace("switch")
        self._machines = {machine.name: Namespace(machine.name) for machine in topology.machines}
        self._bridges: dict[str, str] = {}
        self._cables = _cables(topology.machines, 0)
        self._at_once(self._prepare, topology.machines)
        self._plug(topology.machines)
        self._at_once(self._configure, topology.machines)
        self._at_once(self._start, topology.machines)

    @property
    def device(self) -> Namespace:
        """The device under test."""
        return self._machines["device"]

    def namespace(self, machine: str) -> Namespace:
        """The namespace of a machine."""
        return self._machines[machine]

    def close(self) -> None:
        """Ends it before its process: servers, machines, cables."""
        self.farm.close()
        for namespace in (*self._machines.values(), self._switch):
            namespace.delete()

    def socket(self, machine: str, family: int, kind: int) -> socket.socket:
        """A socket of a client, on a port that no connection had for long."""
        link = self._machines[machine].socket(family, kind)
        link.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        link.bind((ANYWHERE[4 if family == socket.AF_INET else 6], next(self._ports)))
        return link

    # What befalls servers

    def kill(self, toy: Toy, port: int | None = None) -> int:
        """Ends the program of a server, or what it does where it listens on a port; the connections that end with it."""
        return self.farm.kill(toy.name, port)

    def cut(self, toy: Toy) -> None:
        """Pulls the cable of a server; of a machine that has several, drops what comes for its address."""
        if self._is_alone(toy):
            self._switch.configure(f"link set dev {self._cables[toy.machine, 'eth0']} down")
        else:
            self._machines[toy.machine].run("nft", "-f", "-", text=_drop(toy))

    def mend(self, toy: Toy) -> None:
        """Puts the cable of a server back."""
        if self._is_alone(toy):
            self._switch.configure(f"link set dev {self._cables[toy.machine, 'eth0']} up")
        else:
            self._machines[toy.machine].run("nft", "delete", "table", "inet", f"cut_{toy.name}")

    def start(self, toy: Toy) -> None:
        """Starts the program of a server that was killed."""
        open_already = self.farm.open_doors(toy.name)
        self.farm.serve(toy, self._machines[toy.machine].call(open_doors, toy, open_already))

    def _is_alone(self, toy: Toy) -> bool:
        return sum(other.machine == toy.machine for other in self.topology.toys) == 1

    # Growing

    def grow(self, wanted: Topology) -> None:
        """Adds what another topology has besides: machines, addresses and routes, doors of servers. Takes nothing away."""
        known = {machine.name: machine for machine in self.topology.machines}
        new = [machine for machine in wanted.machines if machine.name not in known]
        for machine in new:
            self._machines[machine.name] = Namespace(machine.name)
        self.topology = wanted
        old_cables = self._cables
        cables = _cables(new, len(old_cables))
        self._cables = {**old_cables, **cables}
        self._at_once(self._prepare, new)
        self._plug(new)
        self._at_once(self._configure, new)
        for machine in wanted.machines:
            old_lines = known[machine.name].lines if machine.name in known else machine.lines
            given_up = [line for line in old_lines if line not in machine.lines and line.startswith("address replace ")]
            lines = [line.replace("replace", "delete", 1) for line in given_up]
            lines += [line for line in machine.lines if line not in old_lines]
            if lines:
                self._machines[machine.name].configure(*lines)
        for toy in wanted.toys:
            old = self._toys.get(toy.name)
            doors = tuple([door for door in toy.doors if old is None or door not in old.doors])
            if doors:
                self.farm.serve(toy, self._machines[toy.machine].call(open_doors, replace(toy, doors=doors)))
        self._toys = {toy.name: toy for toy in wanted.toys}

    # Building

    def _at_once(self, build: object, machines: Sequence[Machine]) -> None:
        assert callable(build)
        with ThreadPoolExecutor(_AT_ONCE) as threads:
            for done in [threads.submit(build, machine) for machine in machines]:
                done.result()

    def _prepare(self, machine: Machine) -> None:
        namespace = self._machines[machine.name]
        for key, value in (*_QUIET_6, *machine.settings):
            _set(namespace, key, value)

    def _plug(self, machines: Sequence[Machine]) -> None:
        """Lays the cables of machines: segments are bridges of the switch."""
        switched = [segment for segment in self.topology.segments if segment not in self.topology.cables]
        new = [segment for segment in switched if segment not in self._bridges]
        self._bridges.update({segment: f"b{number}" for number, segment in enumerate(new, start=len(self._bridges))})
        lines = [f"link add {self._bridges[one]} up type bridge stp_state 0 mcast_snooping 0" for one in new]
        for machine in machines:
            for plug in machine.plugs:
                if plug.segment in self.topology.cables:
                    continue
                path = self._machines[machine.name].path
                port = self._cables[machine.name, plug.interface]
                lines.append(f"link add {port} type veth peer name {plug.interface} netns {path}")
                lines.append(f"link set dev {port} master {self._bridges[plug.segment]} up")
        lines += self._straight(machines)
        if lines:
            self._switch.configure(*lines)

    def _straight(self, machines: Sequence[Machine]) -> Iterator[str]:
        """Lays the cables without a switch between them, each from the second of its machines to the first."""
        ends: dict[str, str] = {}
        for machine in machines:
            for plug in machine.plugs:
                if plug.segment in self.topology.cables:
                    end = f"{plug.interface} netns {self._machines[machine.name].path}"
                    if plug.segment in ends:
                        yield f"link add {end} type veth peer name {ends[plug.segment]}"
                    ends[plug.segment] = end

    def _configure(self, machine: Machine) -> None:
        up = [f"link set dev {name} up" for name in ("lo", *[plug.interface for plug in machine.plugs])]
        self._machines[machine.name].configure(*up, *machine.lines)
        if machine.rules_6:
            self._machines[machine.name].configure(*machine.rules_6, options=("-6",))

    def _start(self, machine: Machine) -> None:
        toys = [toy for toy in self.topology.toys if toy.machine == machine.name]
        namespace = self._machines[machine.name]
        rules = redirects(toys)
        if rules:
            namespace.run("nft", "-f", "-", text=rules)
        for toy in toys:
            self.farm.serve(toy, namespace.call(open_doors, toy))


def _set(namespace: Namespace, key: str, value: int) -> None:
    """Sets a parameter; a kernel without IPv6 has none of it."""
    try:
        namespace.set_sysctl(key, value)
    except FileNotFoundError:
        if ".ipv6." not in key:
            raise


def _cables(machines: Sequence[Machine], first: int) -> dict[tuple[str, str], str]:
    """The port of the switch for each interface of each machine, numbered from `first`."""
    plugs = [(machine.name, plug.interface) for machine in machines for plug in machine.plugs]
    return {plug: f"p{number}" for number, plug in enumerate(plugs, start=first)}


def _drop(toy: Toy) -> str:
    """Rules for nft, which drop what comes for a server."""
    assert toy.address is not None
    family = "ip" if toy.address.family == 4 else "ip6"
    chain = f"chain in {{ type filter hook prerouting priority -300\n{family} daddr {toy.address} drop\n}}"
    return f"table inet cut_{toy.name} {{ {chain}\n}}\n"


def _allow_files() -> None:
    """As many open files as the system allows: each door of a server is one."""
    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))
