"""A farm whose cables can be pulled: the device, four servers behind one switch, and a client outside.

    client --- wan  device  lan ---(trunk)--- rack ---+--- m1  10.0.0.1
                                                      +--- m2  10.0.0.2
                                                      +--- m3  10.0.0.3
                                                      +--- m4  10.0.0.4

Each cable leads from one machine straight to another, so who loses its peer loses its carrier, too.
"""

from __future__ import annotations

import re
from typing import ClassVar

from tests.drawing import Drawing
from tests.system.lab import Lab, forward

NUMBERS = (1, 2, 3, 4)
CLIENT = "203.0.113.9"
SERVICE = "203.0.113.5"


class Rack(Lab):
    """The running farm."""

    machines: ClassVar = ("client", *(f"m{number}" for number in NUMBERS))
    switches: ClassVar = ("rack",)
    cables: ClassVar = ("wan", "trunk", *(f"leg{number}" for number in NUMBERS))

    def _draw(self, drawing: Drawing) -> None:
        drawing.plug("device", "wan", "wan", (f"{SERVICE}/24", "203.0.113.1/24"))
        drawing.plug("client", "eth0", "wan", (f"{CLIENT}/24",))
        drawing.plug("device", "lan", "trunk", ("10.0.0.254/24",))
        drawing.plug("rack", "trunk", "trunk")
        for number in NUMBERS:
            drawing.plug(f"m{number}", "eth0", f"leg{number}", (f"10.0.0.{number}/24",))
            drawing.configure(f"m{number}", "route add default via 10.0.0.254")
            drawing.plug("rack", f"leg{number}", f"leg{number}")
        drawing.configure("rack", "link add bridge up type bridge stp_state 0 mcast_snooping 0")
        drawing.configure(
            "rack", *(f"link set {name} master bridge up" for name in ("trunk", *(f"leg{one}" for one in NUMBERS)))
        )
        forward(drawing, "device")

    def pull(self, cable: str) -> None:
        """Pulls a cable out of the switch: `trunk` is the device's, `legN` that of a server."""
        self["rack"].configure(f"link set {cable} down")

    def plug_in(self, cable: str) -> None:
        self["rack"].configure(f"link set {cable} up")

    def silence(self, number: int) -> None:
        """Has a server drop what comes in, as a firewall in front of it would."""
        chain = "chain in { type filter hook prerouting priority -300\n iifname eth0 drop\n}"
        self[f"m{number}"].run("nft", "-f", "-", text=f"table inet silent {{ {chain}\n}}\n")

    def in_rules(self) -> set[int]:
        """The servers that the kernel gives connections, of whatever service."""
        said = self["device"].run("nft", "-s", "list", "ruleset") + self["device"].run("iptables-save", "-t", "nat")
        return {int(one) for one in re.findall(r"(?:: |dnat to |--to-destination )10\.0\.0\.([1-4])\b", said)}
