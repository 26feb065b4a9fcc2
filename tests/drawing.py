"""Draws up the networks of tests and benchmarks, piece by piece, as topologies that `lbsh.lab` builds."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from lbsh.lab.machines import Door, Kind, Machine, Plug, Topology, Toy
from lbsh_lang.values import PortRange, Protocol


@dataclass(slots=True)
class _Draft:
    """A machine while it is drawn."""

    plugs: list[Plug] = field(default_factory=list)
    lines: list[str] = field(default_factory=list)
    settings: list[tuple[str, int]] = field(default_factory=list)


class Drawing:
    """A network of these machines, which grows. Segments are made by the plugs that lead to them; `cables` are those without
    a switch, from one plug to another."""

    def __init__(self, machines: Sequence[str], cables: Sequence[str] = ()) -> None:
        self._drafts = {machine: _Draft() for machine in machines}
        self._toys: list[Toy] = []
        self._cables = frozenset(cables)

    def plug(self, machine: str, interface: str, segment: str, addresses: Sequence[str] = ()) -> None:
        """Plugs an interface in, if it is not, and gives it addresses, with the length of their prefix."""
        draft, plug = self._drafts[machine], Plug(interface, segment)
        if plug not in draft.plugs:
            draft.plugs.append(plug)
        draft.lines += [f"addr add {one} dev {interface}{' nodad' if ':' in one else ''}" for one in addresses]

    def configure(self, machine: str, *lines: str) -> None:
        """Gives a machine commands of `ip`, to be carried out in this order, when its cables are in."""
        self._drafts[machine].lines += lines

    def set_sysctl(self, machine: str, key: str, value: int) -> None:
        """Sets a parameter of a machine's kernel before it has any interface."""
        self._drafts[machine].settings.append((key, value))

    def serve(self, machine: str, ports: Sequence[int]) -> None:
        """Lets a machine answer on ports, by TCP and UDP, on all of its addresses."""
        doors = [Door(protocol, PortRange(port, port)) for port in ports for protocol in (Protocol.TCP, Protocol.UDP)]
        self._toys.append(Toy(machine, machine, None, tuple(doors)))

    def topology(self) -> Topology:
        """The network as it is drawn by now."""
        machines = tuple(
            Machine(name, Kind.SERVER, tuple(one.plugs), tuple(one.lines), settings=tuple(one.settings))
            for name, one in self._drafts.items()
        )
        segments = tuple(dict.fromkeys(plug.segment for machine in machines for plug in machine.plugs))
        return Topology(segments, machines, tuple(self._toys), (), self._cables)
