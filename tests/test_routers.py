"""The warning about servers behind a router in a net of clients: found where a script shows it, and nowhere else."""

from __future__ import annotations

import pytest

from lbsh import app
from lbsh_lang.source import Source

DEVICE = """\
interface external em0
interface internal em1
interface internal em2
internal net fd00:1::/64
internal gw fd00:1::1
"""
LAN = "internal net 192.168.1.0/24{on}\ninternal gw 192.168.1.1\n"
OTHER = "internal net 192.168.2.0/24{on}\ninternal gw 192.168.2.1\n"
ROUTED = "internal net 10.8.0.0/16{on}\n"
LINK = "internal net 192.168.1.0/29\ninternal gw 192.168.1.1\n"
SAID = "the server 10.8.0.2 is behind a router in {net}: its answers to clients there go past the device"

NETS = {
    "a router among the clients": (LAN + ROUTED, "192.168.1.0/24"),
    "a net within that of the clients": (
        LAN.replace("192.168.1.0/24", "10.0.0.0/8").replace("192.168.1.1", "10.0.0.1") + ROUTED,
        "10.0.0.0/8",
    ),
    "one behind the same interface": (
        LAN.format(on=" on em1") + OTHER.format(on=" on em2") + ROUTED.format(on=" on em2"),
        "192.168.2.0/24",
    ),
    "one that may be behind the same interface": (
        LAN.format(on=" on em1") + OTHER + ROUTED.format(on=" on em2"),
        "192.168.2.0/24",
    ),
    "a router in either of two": (LAN + OTHER + ROUTED, None),
    "either of two by their interfaces": (LAN + OTHER.format(on=" on em2") + ROUTED.format(on=" on em2"), None),
    "a link between routers": (LINK + ROUTED, None),
    "no router": (LAN + ROUTED + "internal gw 10.8.0.1\n", None),
    "a gateway that cannot be read": (LAN + ROUTED + "internal gw 10.8.0.1x\n", None),
}

OPTIONS = {
    " reflect": True,
    " reflect from 192.168.1.128/25": True,
    " reflect from 10.8.0.0/16,198.51.100.0/24": False,
    " reflect masquerade": False,
    "": False,
}


def warned(script: str) -> list[str]:
    return [one.message for one in app.check_source(Source.of("site.lb", script)).diagnostics if one.code == "LB325"]


def script_of(nets: str, options: str, service: str = "203.0.113.150 tcp 80", servers: str = "10.8.0.2") -> str:
    pool = f"service web is {service}{options}\npool p for web\nadd {servers} to p\n"
    return f"{DEVICE}{nets.format(on='')}{pool}"


@pytest.mark.parametrize("name", NETS)
def test_the_net_of_the_router_is_known(name: str) -> None:
    nets, net = NETS[name]
    assert warned(script_of(nets, " reflect")) == ([SAID.format(net=net)] if net is not None else [])


@pytest.mark.parametrize("options", OPTIONS)
def test_clients_of_that_net_use_the_service(options: str) -> None:
    assert bool(warned(script_of(LAN + ROUTED, options))) is OPTIONS[options]


def test_one_server_is_enough() -> None:
    servers = "192.168.1.2, 10.8.0.2, 10.8.0.3"
    assert len(warned(script_of(LAN + ROUTED, " reflect", servers=servers))) == 1
    assert not warned(script_of(LAN + ROUTED, " reflect", servers="192.168.1.2"))


def test_a_server_among_others_is_found() -> None:
    nets = LAN.replace("192.168.1.0/24", "10.0.0.0/8").replace("192.168.1.1", "10.0.0.1") + ROUTED
    assert warned(script_of(nets, " reflect", servers="10.1.0.2, 10.8.0.2, 10.9.0.2")) == [
        SAID.format(net="10.0.0.0/8")
    ]
    own_port = script_of(LAN + ROUTED, " reflect", servers="192.168.1.9") + "add 10.8.0.2 to p port 81\n"
    assert warned(own_port) == [SAID.format(net="192.168.1.0/24")]


def test_options_that_change_count() -> None:
    script = script_of(LAN + ROUTED, "")
    assert [bool(warned(script + more)) for more in ("set web reflect\n", "set web reflect masquerade\n")] == [
        True,
        False,
    ]


def test_ipv6() -> None:
    script = script_of("internal net fd00:8::/64\n", " reflect", "2001:db8::1 tcp 80", "fd00:8::2")
    assert warned(script) == [SAID.replace("10.8.0.2", "fd00:8::2").format(net="fd00:1::/64")]
