"""The source of reflected connections: the gateway between neighbours of one net, the client's own otherwise.

Each backend's rules, as its reader walks through them, are compared with the tracer, for nets beside each other and within
each other, and for a device with a single interface. The agreement tests do the same with real packets for nets beside
each other.
"""

from __future__ import annotations

from itertools import product

import pytest

from lbsh_lang.backends.base import Options
from lbsh_lang.backends.registry import load_backend
from lbsh_lang.site.model import Site
from lbsh_lang.site.trace.tracer import trace_packet
from lbsh_lang.site.trace.values import Packet, Trace
from lbsh_lang.values import Protocol
from tests import iptables_reader, pf_reader
from tests.agreement.claims import address_of
from tests.reading import site_of

SERVICE, OUTSIDE, EXTERNAL_ADDRESS = "203.0.113.150", "198.51.100.7", "203.0.113.1"
NETS = """
internal net 192.168.1.0/24
internal net 10.0.0.0/8
internal net 10.1.0.0/16
internal gw 192.168.1.1
internal gw 10.1.0.1
"""
ONE_SIDED = "interface external xl0\ninterface internal xl1\n"
ONE_ARMED = "interface external xl1\ninterface internal xl1\n"
SEVERAL = "interface external xl0\ninterface internal xl1\ninterface internal xl2\n"
CLIENTS = ("192.168.1.9", "10.1.0.9", "10.2.0.9", OUTSIDE)
SERVERS = ("192.168.1.2", "10.1.0.2", "10.2.0.2")
POOLS = (SERVERS, *((server,) for server in SERVERS))
GATEWAYS = {
    ("192.168.1.9", "192.168.1.2"): "192.168.1.1",
    ("10.1.0.9", "10.1.0.2"): "10.1.0.1",
    ("10.2.0.9", "10.2.0.2"): "192.168.1.1",  # it has no gateway of its own
}


def script_of(interfaces: str, servers: tuple[str, ...], reflect: str) -> str:
    pool = f"service web is {SERVICE} tcp 80{reflect}\npool p for web\nadd {', '.join(servers)} to p\n"
    return f"{interfaces}{NETS}external addr {EXTERNAL_ADDRESS}\n{pool}"


def traced(site: Site, client: str, to: str = SERVICE) -> Trace:
    return trace_packet(site, Packet(Protocol.TCP, address_of(client), address_of(to), 80))


@pytest.mark.parametrize("servers", POOLS, ids=" ".join)
@pytest.mark.parametrize("client", CLIENTS)
def test_only_neighbours_come_from_the_gateway(client: str, servers: tuple[str, ...]) -> None:
    trace = traced(site_of(script_of(ONE_SIDED, servers, " reflect")), client)
    seen = {str(one.server.address): str(one.source) for one in trace.candidates}
    assert seen == {server: GATEWAYS.get((client, server), client) for server in servers}


CASES = list(product((ONE_SIDED, ONE_ARMED, SEVERAL), POOLS, (" reflect", ""), CLIENTS))
IDS = [f"{case[0].count('xl1')}-{case[0].count('xl2')}-{' '.join(case[1])}-{case[2]}-{case[3]}" for case in CASES]


def arrival(interfaces: str, client: str) -> str:
    return "xl1" if client != OUTSIDE or "external xl1" in interfaces else "xl0"


def right(trace: Trace) -> set[tuple[str, str]]:
    """The servers that may get a packet, each with the source that it sees."""
    return {(str(one.server.address), str(one.source)) for one in trace.candidates}


@pytest.mark.parametrize(("interfaces", "servers", "reflect", "client"), CASES, ids=IDS)
def test_iptables(interfaces: str, servers: tuple[str, ...], reflect: str, client: str) -> None:
    site = site_of(script_of(interfaces, servers, reflect))
    nat = iptables_reader.Nat(4)
    backend = load_backend("iptables")
    nat.restore(backend.render(site, Options(backend.targets[0], frozenset({"hook"}))).text)
    found = set()
    for _ in servers:
        arriving = iptables_reader.Packet(client, SERVICE, "tcp", 80, arrives=arrival(interfaces, client))
        server = nat.prerouting(arriving).translation
        if server is not None:
            leaving = iptables_reader.Packet(
                client, server, "tcp", 80, leaves="xl1", original=SERVICE, original_port=80
            )
            found.add((server, nat.postrouting(leaving).translation or client))
    assert found == right(traced(site, client))


@pytest.mark.parametrize(("interfaces", "servers", "reflect", "client"), CASES, ids=IDS)
def test_pf(interfaces: str, servers: tuple[str, ...], reflect: str, client: str) -> None:
    site = site_of(script_of(interfaces, servers, reflect))
    backend = load_backend("pf")
    rules = pf_reader.read_pf(backend.render(site, Options(backend.targets[0])).text, backend.targets[0])
    entry = pf_reader.Packet.of(arrival(interfaces, client), "in", "tcp", client, SERVICE, 80)
    rdr = rules.rdr(entry)
    found = set()
    for server in map(str, rules.servers(rdr) if rdr is not None else ()):
        nat = rules.nat(pf_reader.Packet.of("xl1", "out", "tcp", client, server, 80))
        found.add((server, str(nat.target) if nat is not None else client))
    assert found == right(traced(site, client))


@pytest.mark.parametrize("interfaces", [ONE_SIDED, ONE_ARMED, SEVERAL])
@pytest.mark.parametrize(("client", "to"), list(product(CLIENTS[:3], (OUTSIDE, *SERVERS))))
def test_outbound(interfaces: str, client: str, to: str) -> None:
    """Connections to the world leave with the external address, those to another internal net as they are."""
    site = site_of(script_of(interfaces, SERVERS, " reflect"))
    leaves = arrival(interfaces, OUTSIDE) if to == OUTSIDE else "xl1"
    seen = EXTERNAL_ADDRESS if to == OUTSIDE else client
    assert {str(one) for one in traced(site, client, to).sources} == {seen}
    nat = iptables_reader.Nat(4)
    nat.restore(load_backend("iptables").render(site, Options("iptables-1.8", frozenset({"hook"}))).text)
    leaving = iptables_reader.Packet(client, to, "tcp", 80, leaves=leaves)
    assert (nat.postrouting(leaving).translation or client) == seen
    if site.net_of(address_of(client)) == site.net_of(address_of(to)):
        return  # neighbours reach each other without the device
    rules = pf_reader.read_pf(load_backend("pf").render(site, Options("freebsd-15")).text, "freebsd-15")
    found = rules.nat(pf_reader.Packet.of(leaves, "out", "tcp", client, to, 80))
    assert (str(found.target) if found is not None else client) == seen
