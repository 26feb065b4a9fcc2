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
from typing import ClassVar

from lbsh.programs import CommandError
from tests.system.lab import Lab

SERVICES = ("203.0.113.150", "203.0.113.151", "2001:db8::150", "2001:db8::151")

Places = Mapping[str, tuple[str, str]]
"""The addresses of machines, IPv4 first."""

_WEB = {"web1": ("10.10.0.2", "fd00:10::2"), "web2": ("10.10.0.3", "fd00:10::3")}
_APP = {"app1": ("10.30.0.2", "fd00:30::2"), "app2": ("10.30.0.3", "fd00:30::3")}


class Vlans(Lab):
    """Two VLANs, and a network behind a router in one of them."""

    machines: ClassVar = ("client", "user", *_WEB, *_APP)
    routers: ClassVar = ("router",)
    places: ClassVar[Places] = {
        "client": ("203.0.113.201", "2001:db8::201"),
        "user": ("10.20.0.9", "fd00:20::9"),
        **_WEB,
        **_APP,
    }

    def _wire(self) -> None:
        _send_no_redirects(self, "device")
        self["switch"].configure(
            *(f"link add {name} up type bridge stp_state 0 mcast_snooping 0" for name in ("wan", "v10", "v20", "v30"))
        )
        self._plug("device", "wan", "wan", _addresses(("203.0.113.1", "2001:db8::1", *SERVICES)))
        self._plug("client", "eth0", "wan", _addresses(self.places["client"]))
        self._connect_vlans()
        for machine in _WEB:
            self._join(machine, "v10", ("10.10.0.1", "fd00:10::1"))
        self._join("user", "v20", ("10.20.0.1", "fd00:20::1"))
        self._plug("router", "eth0", "v10", _addresses(("10.10.0.254", "fd00:10::254")))
        self._plug("router", "eth1", "v30", _addresses(("10.30.0.1", "fd00:30::1")))
        self["router"].configure("route add default via 10.10.0.1", "route add default via fd00:10::1")
        for machine in _APP:
            self._join(machine, "v30", ("10.30.0.1", "fd00:30::1"))
        self["device"].configure("route add 10.30.0.0/24 via 10.10.0.254", "route add fd00:30::/64 via fd00:10::254")
        for net in ("10.10.0.0/24", "10.20.0.0/24", "10.30.0.0/24"):
            self["client"].configure(f"route add {net} via 203.0.113.1")
        for net in ("fd00:10::/64", "fd00:20::/64", "fd00:30::/64"):
            self["client"].configure(f"route add {net} via 2001:db8::1")
        for machine in ("device", *self.routers):
            self.forward(machine)

    def _join(self, machine: str, bridge: str, routers: tuple[str, str]) -> None:
        self._plug(machine, "eth0", bridge, _addresses(self.places[machine]))
        self[machine].configure(*(f"route add default via {router}" for router in routers))

    def _connect_vlans(self) -> None:
        nets = {10: ("10.10.0.1", "fd00:10::1"), 20: ("10.20.0.1", "fd00:20::1")}
        try:
            self._tag_vlans(tuple(nets))
        except CommandError:  # no 802.1Q in this kernel
            for number in nets:
                self._plug("device", f"lan.{number}", f"v{number}", ())
        for number, addresses in nets.items():
            self["device"].configure(
                *(f"addr add {one} dev lan.{number}{' nodad' if ':' in one else ''}" for one in _addresses(addresses))
            )

    def _tag_vlans(self, numbers: tuple[int, ...]) -> None:
        """One cable; at both ends an interface for each VLAN."""
        self["switch"].run("ip", "link", "add", "probe", "type", "dummy")
        self["switch"].run("ip", "link", "add", "link", "probe", "name", "probe.1", "type", "vlan", "id", "1")
        self["switch"].configure(
            "link delete probe",
            f"link add trunk type veth peer name lan netns {self['device'].path}",
            "link set trunk up",
        )
        self["device"].configure("link set lan up")
        for number in numbers:
            self["switch"].configure(
                f"link add link trunk name trunk.{number} type vlan id {number}",
                f"link set trunk.{number} master v{number} up",
            )
            self["device"].configure(
                f"link add link lan name lan.{number} type vlan id {number}", f"link set lan.{number} up"
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

    def _wire(self) -> None:
        for machine in ("device", *self.routers):
            _send_no_redirects(self, machine)
        self["switch"].configure(
            *(f"link add {name} up type bridge stp_state 0 mcast_snooping 0" for name in ("lan", "out"))
        )
        self._plug("device", "eth0", "lan", _addresses(self.own))
        # As with VRRP: nothing of the device's own comes from the address of a service.
        self["device"].configure(
            f"addr add {self.service[0]}/32 dev eth0", f"addr add {self.service[1]}/128 dev eth0 nodad preferred_lft 0"
        )
        self._plug("router", "eth0", "lan", _addresses(("192.168.1.254", "fd00:1::254")))
        self._plug("router", "eth1", "out", _addresses(("198.51.100.1", "2001:db8:c::1")))
        self._plug("client", "eth0", "out", _addresses(self.places["client"]))
        self["client"].configure("route add default via 198.51.100.1", "route add default via 2001:db8:c::1")
        for machine in ("near1", "near2"):
            self._join(machine, self.own)
        for machine in ("far1", "neighbour", "device"):
            self._join(machine, ("192.168.1.254", "fd00:1::254"))
        for machine in ("device", *self.routers):
            self.forward(machine)

    def _join(self, machine: str, routers: tuple[str, str]) -> None:
        if machine != "device":
            self._plug(machine, "eth0", "lan", _addresses(self.places[machine]))
        self[machine].configure(*(f"route add default via {router}" for router in routers))


def _addresses(addresses: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(f"{address}/{64 if ':' in address else 24}" for address in addresses)


def _send_no_redirects(lab: Lab, machine: str) -> None:
    """On interfaces that a machine gets from now on: a redirect would send a neighbour's answers past the device."""
    for interface in ("all", "default"):
        lab[machine].set_sysctl(f"net.ipv4.conf.{interface}.send_redirects", 0)
