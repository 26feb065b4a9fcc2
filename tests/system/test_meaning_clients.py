"""Meaning, `from`: a service is for the clients of its networks alone, however many lists of networks a site has."""

from __future__ import annotations

import pytest

from lbsh_lang.backends.base import Capability
from lbsh_lang.backends.nftables.farms import MOST_LISTS
from tests.system.firewalls import Firewall
from tests.system.lab import Answer, Refused
from tests.system.scripts import SITE

FEW, MANY = 2, MOST_LISTS + 2
"""Numbers of lists on both sides of the bound from which nftables looks for them in another way."""

FAMILIES = {
    "IPv4": ("203.0.113.150", "198.51.100.0/25", "198.51.100.{}", "192.168.1.2", "10.{}.0.0/16"),
    "IPv6": ("2001:db8::150", "2001:db8:c::/65", "2001:db8:c::{:x}", "fd00:1::2", "fd99:{}::/48"),
}


def script(case: str, lists: int) -> str:
    address, net, _, server, other = FAMILIES[case]
    lines = [f"service web is {address} tcp 80 from {net}", "pool farm for web", f"add {server} to farm"]
    for number in range(1, lists):
        lines += [f"service s{number} is {address} tcp {1000 + number} from {other.format(number)}"]
        lines += [f"pool p{number} for s{number}", f"add {server} to p{number}"]
    return SITE + "\n".join(lines) + "\n"


@pytest.mark.parametrize("case", FAMILIES)
def test_a_service_is_for_its_clients_alone(firewall: Firewall, case: str) -> None:
    firewall.require(Capability.CLIENTS)
    address, _, source, _, _ = FAMILIES[case]
    inside, outside = source.format(7), source.format(200) if case == "IPv4" else "2001:db8:c::8000:0:0:7"
    few, many = script(case, FEW), script(case, MANY)
    firewall.load(few)
    for before, after in ((few, many), (many, many), (many, few)):
        firewall.change(before, after)
        served = firewall.lab.connect("client1", address, 80, source=inside)
        assert isinstance(served, Answer)
        assert (served.server, served.seen_address) == ("server1", inside)
        assert firewall.lab.connect("client1", address, 80, source=outside) == Refused()
