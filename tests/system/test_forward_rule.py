"""The rule of `lbsh emit --forward-rule`: chains that refuse forwarded packets let balanced connections through with it."""

from __future__ import annotations

import shlex
from collections.abc import Callable

import pytest

from lbsh_lang.backends.forward_rule import FrontEnd, forward_rule
from tests.system.firewalls import Firewall
from tests.system.lab import SERVERS, Answer, Lab
from tests.system.scripts import V4, V6, only, web

SCRIPT = web(
    f"{V4} tcp 80 reflect", more=f"service six is {V6} tcp+udp 80\npool six for six\nadd fd00:1::2-fd00:1::4 to six\n"
)
REFUSES = "-j REJECT"


def lines(front_end: FrontEnd) -> list[str]:
    return [line for line in forward_rule(front_end, (4, 6)) if not line.startswith("#")]


def by_iptables(lab: Lab) -> None:
    for program in ("iptables", "ip6tables"):
        lab["device"].run(program, "-w", "-A", "FORWARD", *shlex.split(REFUSES))


def by_nft(lab: Lab) -> None:
    chain = "type filter hook forward priority filter; policy drop\nreject"
    lab.load_nft(f"table inet firewall {{\nchain forward {{\n{chain}\n}}\n}}\n")


def by_docker(lab: Lab) -> None:
    """Docker's chains, as far as they matter: the user's own comes first."""
    lab.load_iptables("*filter\n:DOCKER-USER - [0:0]\n-A FORWARD -j DOCKER-USER\n-A DOCKER-USER -j RETURN\nCOMMIT\n", 4)
    lab.load_iptables("*filter\n:DOCKER-USER - [0:0]\n-A FORWARD -j DOCKER-USER\n-A DOCKER-USER -j RETURN\nCOMMIT\n", 6)
    by_iptables(lab)


def by_ufw(lab: Lab) -> None:
    for family, chain in ((4, "ufw-before-forward"), (6, "ufw6-before-forward")):
        text = f"*filter\n:{chain} - [0:0]\n-A FORWARD -j {chain}\nCOMMIT\n"
        lab.load_iptables(text, 4 if family == 4 else 6)
    by_iptables(lab)


def run_commands(lab: Lab, front_end: FrontEnd) -> None:
    for line in lines(front_end):
        program, *words = line.split()
        lab["device"].run(program, "-w", *words)


def insert_in_nft(lab: Lab, front_end: FrontEnd) -> None:
    for line in lines(front_end):
        lab.load_nft(f"insert rule inet firewall forward {line}")


def append_in_files(lab: Lab, front_end: FrontEnd) -> None:
    four, six = lines(front_end)
    lab.load_iptables(f"*filter\n{four}\nCOMMIT\n", 4)
    lab.load_iptables(f"*filter\n{six}\nCOMMIT\n", 6)


WAYS: dict[FrontEnd, tuple[Callable[[Lab], None], Callable[[Lab, FrontEnd], None]]] = {
    FrontEnd.IPTABLES: (by_iptables, run_commands),
    FrontEnd.NFT: (by_nft, insert_in_nft),
    FrontEnd.DOCKER: (by_docker, run_commands),
    FrontEnd.UFW: (by_ufw, append_in_files),
}
"""The chains that refuse, and the way in which a person sets the rule."""


@pytest.mark.parametrize("front_end", WAYS)
def test_refused_before_and_served_after(firewall: Firewall, front_end: FrontEnd) -> None:
    lab, (refuse, set_rule) = firewall.lab, WAYS[front_end]
    firewall.load(SCRIPT)
    refuse(lab)
    places = [("client1", V4, "tcp"), ("client1", V6, "tcp"), ("client1", V6, "udp"), ("server1", V4, "tcp")]
    for machine, address, protocol in places:
        outcome = lab.connect(machine, address, 80, "udp" if protocol == "udp" else "tcp")
        assert not isinstance(outcome, Answer), (machine, address, protocol)
    set_rule(lab, front_end)
    for machine, address, protocol in places:
        assert only(lab.connect(machine, address, 80, "udp" if protocol == "udp" else "tcp")).server.startswith(
            "server"
        )
    assert not isinstance(lab.connect("client1", SERVERS["server1"][0], 80), Answer)
    firewall.load(web(servers="192.168.1.2"))
    assert only(lab.connect("client1", V4, 80)).server == "server1"


def test_firewalld_has_it_by_itself() -> None:
    """Its own chain has such a rule (firewalld 0.6 and later), unless StrictForwardPorts, of 2.2 and later, takes it out."""
    assert lines(FrontEnd.FIREWALLD) == ["StrictForwardPorts=no"]
    assert {*FrontEnd} - WAYS.keys() == {FrontEnd.FIREWALLD}
