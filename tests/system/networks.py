"""Real networks as laboratories: a device with two VLANs and a network behind a router, and one with a single interface.

VLANs:

    client --- wan  device  lan.10 ---+--- web1, web2    10.10.0.0/24  fd00:10::/64
                            lan.20    +--- router ------- app1, app2    10.30.0.0/24  fd00:30::/64
                              +----------- user          10.20.0.0/24  fd00:20::/64

One arm:

    client --- router ---+--- eth0  device     192.168.1.0/24  fd00:1::/64
                         +--- near1, near2     their router is the device
                         +--- far1, neighbour  their router is the other one

The VLANs are tagged by 802.1Q on one cable where the kernel can do that; elsewhere each is a cable with the VLAN's name.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from typing import ClassVar

from lbsh.lab.namespaces import Namespace
from lbsh.programs import CommandError
from tests.drawing import Drawing
from tests.system.lab import Lab, forward

SERVICES = ("203.0.113.150", "203.0.113.151", "2001:db8::150", "2001:db8::151")

Places = Mapping[str, tuple[str, str]]
"""The addresses of machines, IPv4 first."""

_WEB = {"web1": ("10.10.0.2", "fd00:10::2"), "web2": ("10.10.0.3", "fd00:10::3")}
_APP = {"app1": ("10.30.0.2", "fd00:30::2"), "app2": ("10.30.0.3", "fd00:30::3")}


class Vlans(Lab):
    """Two VLANs, and a network behind a router in one of them."""

    machines: ClassVar = ("client", "user", *_WEB, *_APP)
    routers: ClassVar = ("router",)
    switches: ClassVar = ("tagging",)
    places: ClassVar[Places] = {
        "client": ("203.0.113.201", "2001:db8::201"),
        "user": ("10.20.0.9", "fd00:20::9"),
        **_WEB,
        **_APP,
    }

    def _draw(self, drawing: Drawing) -> None:
        _send_no_redirects(drawing, "device")
        drawing.plug("device", "wan", "wan", _addresses(("203.0.113.1", "2001:db8::1", *SERVICES)))
        drawing.plug("client", "eth0", "wan", _addresses(self.places["client"]))
        self._draw_vlans(drawing)
        for machine in _WEB:
            self._join(drawing, machine, "v10", ("10.10.0.1", "fd00:10::1"))
        self._join(drawing, "user", "v20", ("10.20.0.1", "fd00:20::1"))
        drawing.plug("router", "eth0", "v10", _addresses(("10.10.0.254", "fd00:10::254")))
        drawing.plug("router", "eth1", "v30", _addresses(("10.30.0.1", "fd00:30::1")))
        drawing.configure("router", "route add default via 10.10.0.1", "route add default via fd00:10::1")
        for machine in _APP:
            self._join(drawing, machine, "v30", ("10.30.0.1", "fd00:30::1"))
        drawing.configure("device", "route add 10.30.0.0/24 via 10.10.0.254", "route add fd00:30::/64 via fd00:10::254")
        for net in ("10.10.0.0/24", "10.20.0.0/24", "10.30.0.0/24"):
            drawing.configure("client", f"route add {net} via 203.0.113.1")
        for net in ("fd00:10::/64", "fd00:20::/64", "fd00:30::/64"):
            drawing.configure("client", f"route add {net} via 2001:db8::1")
        for machine in ("device", *self.routers):
            forward(drawing, machine)

    def _join(self, drawing: Drawing, machine: str, segment: str, routers: tuple[str, str]) -> None:
        drawing.plug(machine, "eth0", segment, _addresses(self.places[machine]))
        drawing.configure(machine, *(f"route add default via {router}" for router in routers))

    def _draw_vlans(self, drawing: Drawing) -> None:
        nets = {10: ("10.10.0.1", "fd00:10::1"), 20: ("10.20.0.1", "fd00:20::1")}
        if _has_vlans():
            _tag(drawing, tuple(nets))
        for number, addresses in nets.items():
            if not _has_vlans():
                drawing.plug("device", f"lan.{number}", f"v{number}")
            drawing.configure(
                "device",
                *(f"addr add {one} dev lan.{number}{' nodad' if ':' in one else ''}" for one in _addresses(addresses)),
            )


@cache
def _has_vlans() -> bool:
    """Whether this kernel has 802.1Q."""
    scratch = Namespace("vlans")
    try:
        scratch.run("ip", "link", "add", "link", "lo", "name", "lo.1", "type", "vlan", "id", "1")
    except CommandError:
        return False
    finally:
        scratch.delete()
    return True


def _tag(drawing: Drawing, numbers: tuple[int, ...]) -> None:
    """One cable from the device to a switch; both ends have an interface for each VLAN, and the switch a cable for each."""
    drawing.plug("device", "lan", "trunk")
    drawing.plug("tagging", "lan", "trunk")
    for number in numbers:
        drawing.plug("tagging", f"v{number}", f"v{number}")
        drawing.configure(
            "tagging",
            f"link add b{number} up type bridge stp_state 0 mcast_snooping 0",
            f"link add link lan name lan.{number} type vlan id {number}",
            f"link set lan.{number} master b{number} up",
            f"link set v{number} master b{number}",
        )
        drawing.configure(
            "device", f"link add link lan name lan.{number} type vlan id {number}", f"link set lan.{number} up"
        )


class OneArm(Lab):
    """A device with a single interface, in the network of its servers and of some clients."""

    machines: ClassVar = ("client", "neighbour", "near1", "near2", "far1")
    routers: ClassVar = ("router",)
    places: ClassVar[Places] = {
        "client": ("198.51.100.7", "2001:db8:c::7"),
        "neighbour": ("192.168.1.77", "fd00:1::77"),
        "near1": ("192.168.1.2", "fd00:1::2"),
        "near2": ("192.168.1.3", "fd00:1::3"),
        "far1": ("192.168.1.4", "fd00:1::4"),
    }
    own: ClassVar = ("192.168.1.1", "fd00:1::1")
    service: ClassVar = ("192.168.1.100", "fd00:1::100")

    def _draw(self, drawing: Drawing) -> None:
        for machine in ("device", *self.routers):
            _send_no_redirects(drawing, machine)
        drawing.plug("device", "eth0", "lan", _addresses(self.own))
        # As with VRRP: nothing of the device's own comes from the address of a service.
        drawing.configure(
            "device",
            f"addr add {self.service[0]}/32 dev eth0",
            f"addr add {self.service[1]}/128 dev eth0 nodad preferred_lft 0",
        )
        drawing.plug("router", "eth0", "lan", _addresses(("192.168.1.254", "fd00:1::254")))
        drawing.plug("router", "eth1", "out", _addresses(("198.51.100.1", "2001:db8:c::1")))
        drawing.plug("client", "eth0", "out", _addresses(self.places["client"]))
        drawing.configure("client", "route add default via 198.51.100.1", "route add default via 2001:db8:c::1")
        for machine in ("near1", "near2"):
            self._join(drawing, machine, self.own)
        for machine in ("far1", "neighbour", "device"):
            self._join(drawing, machine, ("192.168.1.254", "fd00:1::254"))
        for machine in ("device", *self.routers):
            forward(drawing, machine)

    def _join(self, drawing: Drawing, machine: str, routers: tuple[str, str]) -> None:
        if machine != "device":
            drawing.plug(machine, "eth0", "lan", _addresses(self.places[machine]))
        drawing.configure(machine, *(f"route add default via {router}" for router in routers))


def _addresses(addresses: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(f"{address}/{64 if ':' in address else 24}" for address in addresses)


def _send_no_redirects(drawing: Drawing, machine: str) -> None:
    """On interfaces that a machine gets from now on: a redirect would send a neighbour's answers past the device."""
    for interface in ("all", "default"):
        drawing.set_sysctl(machine, f"net.ipv4.conf.{interface}.send_redirects", 0)
