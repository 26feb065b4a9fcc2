"""Small sites for the tests of the backend for iptables, and packets that walk through their rules."""

from __future__ import annotations

from typing import Literal

from lbsh_lang.backends.base import Artifact, Options
from lbsh_lang.backends.iptables import BACKEND
from lbsh_lang.site.model import Site
from tests.iptables_reader import Nat, Packet
from tests.reading import site_of

DEVICE = """
interface external xl0
interface internal xl1
internal net 192.168.0.0/16
internal net fd00:1::/64
internal gw 192.168.1.1
internal gw fd00:1::1
"""
SERVICE, SERVICE_6 = "203.0.113.150", "2001:db8::150"
CLIENT, CLIENT_6 = "198.51.100.7", "2001:db8:c::7"

MOST_RULES = 60
"""How many rules the first packet of a connection may pass, whatever the site."""


def render(site: Site, *flags: str) -> Artifact:
    return BACKEND.render(site, Options(BACKEND.targets[0], frozenset(flags)))


def text_of(script: str, *flags: str) -> str:
    return render(site_of(DEVICE + script), *flags).text


def nat_of(script: str, family: Literal[4, 6] = 4) -> Nat:
    """The rules of a script, loaded for the first time."""
    nat = Nat(family)
    nat.restore(text_of(script, "hook"))
    return nat


def web(
    service: str = f"{SERVICE} tcp 80",
    pool: str = "",
    servers: str = "192.168.1.2-4",
    more: str = "",
    name: str = "web",
) -> str:
    return f"service {name} is {service}\npool {name}-pool for {name} {pool}\nadd {servers} to {name}-pool\n{more}"


def outside(destination: str = SERVICE, port: int = 80, protocol: str = "tcp", source: str = "") -> Packet:
    return Packet(source or (CLIENT_6 if ":" in destination else CLIENT), destination, protocol, port, "xl0")


def met(nat: Nat, packet: Packet, times: int = 1) -> list[str | None]:
    return [nat.prerouting(packet).translation for _ in range(times)]
