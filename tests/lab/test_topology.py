"""What a miniature looks like, decided from scripts: no two machines share an address, whatever the site."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import pytest
from hypothesis import given

from lbsh import app
from lbsh.files import read_source
from lbsh.lab.inside import MOST_MACHINES, blocks_of
from lbsh.lab.machines import Kind, Topology
from lbsh.lab.topology import MOST_PLUGS, TopologyError, grown, is_name_here, topology_of
from lbsh_lang.site.model import Site
from lbsh_lang.source import Source
from lbsh_lang.syntax.lowering import parse_address
from lbsh_lang.values import Address
from tests.sites import scripts

EXAMPLES = Path(__file__).parents[2] / "examples"

DEVICE = "interface external xl0\ninterface internal xl1\ninternal net 10.0.0.0/16\ninternal gw 10.0.0.1\n"
WEB = "service WEB is 203.0.113.10 tcp 80\npool web for WEB\n"


def site_of(text: str) -> Site:
    checked = app.check_source(Source.of("site.lb", text))
    assert not [one for one in checked.diagnostics if one.severity.name == "ERROR"], checked.diagnostics
    return checked.site


def topology(text: str) -> Topology:
    return topology_of(site_of(text))


def lines_of(drawn: Topology, name: str) -> set[str]:
    return {*drawn.machine(name).lines}


def kinds(drawn: Topology) -> Counter[Kind]:
    return Counter(machine.kind for machine in drawn.machines)


def assert_sound(drawn: Topology, site: Site) -> None:
    """What holds of every miniature."""
    owners = Counter(address for machine in drawn.machines for address in {*machine.own})
    assert [address for address, count in owners.items() if count > 1] == []
    names = [machine.name for machine in drawn.machines]
    assert len({*names}) == len(names)
    assert {plug.segment for machine in drawn.machines for plug in machine.plugs} == {*drawn.segments}
    known = {machine.name: machine for machine in drawn.machines}
    for toy in drawn.toys:
        assert toy.doors
        assert toy.address is None or toy.address in known[toy.machine].own
    device = {*site.gateways, *[service.address for service in site.services]}
    pools = [service.pool for service in site.services if service.pool is not None]
    servers = {server.address for pool in pools for server in pool.servers} - device
    if all(toy.address for toy in drawn.toys):
        assert {toy.address for toy in drawn.toys} == servers
    assert len({toy.name for toy in drawn.toys}) == len(drawn.toys)


@given(scripts())
def test_no_two_machines_of_a_valid_site_share_an_address(script: str) -> None:
    site = app.check_source(Source.of("site.lb", script)).site
    assert_sound(topology_of(site), site)


@pytest.mark.parametrize("path", sorted(EXAMPLES.glob("*.lb")), ids=lambda path: path.name)
def test_the_examples_have_sound_miniatures(path: Path) -> None:
    site = app.check_source(read_source(str(path))).site
    assert_sound(topology_of(site), site)


def test_a_net_without_a_gateway_lies_behind_a_router() -> None:
    drawn = topology(DEVICE + "internal net 10.9.0.0/24\n" + WEB + "add 10.9.0.5 to web\n")
    (router,) = [machine for machine in drawn.machines if machine.kind is Kind.ROUTER]
    assert [plug.segment for plug in router.plugs] == ["xl1", "behind router1"]
    assert drawn.machine("server1").plugs[0].segment == "behind router1"
    here, there = map(str, router.own)
    assert f"route replace 10.9.0.0/24 via {here} dev xl1 onlink" in lines_of(drawn, "device")
    assert f"route replace default via {there} dev eth0 onlink" in lines_of(drawn, "server1")


def test_one_interface_is_one_segment() -> None:
    text = DEVICE.replace("xl1", "xl0") + WEB + "add 10.0.0.5 to web\n"
    drawn = topology(text)
    assert drawn.machine("device").plugs == drawn.machine("device").plugs[:1]
    assert {plug.segment for plug in (*drawn.machine("server1").plugs, *drawn.machine("uplink1").plugs)} >= {"xl0"}


def test_each_uplink_has_a_router_and_clients_know_them_all() -> None:
    drawn = topology_of(app.check_source(read_source(str(EXAMPLES / "uplinks.lb"))).site)
    assert kinds(drawn)[Kind.UPLINK] == 2
    second = drawn.machine("uplink2").own[-1]
    assert f"route replace 198.51.100.80/32 via {second} dev eth0 onlink" in lines_of(drawn, "client1")


def test_the_networks_of_from_have_clients() -> None:
    text = WEB.replace("80\n", "80 from 192.0.2.0/28, 10.0.3.0/24\n", 1) + "add 10.0.0.5 to web\n"
    drawn = topology(DEVICE + text)
    own = {str(address) for machine in drawn.machines for address in machine.own}
    assert {"192.0.2.14", "10.0.3.254"} <= own


def test_a_vlan_is_a_cable_and_this_is_said() -> None:
    drawn = topology(DEVICE.replace("xl1", "lan.10") + WEB + "add 10.0.0.5 to web\n")
    assert drawn.findings == ("lan.10: a cable of its own in place of a tagged VLAN",)


def test_a_server_outside_all_nets_is_outside() -> None:
    text = DEVICE + WEB + "add 10.0.0.5 to web\nadd 192.0.2.77 to web\n"  # which is an error
    drawn = topology_of(app.check_source(Source.of("site.lb", text)).site)
    assert drawn.machine("server2").plugs[0].segment == "the world"
    assert drawn.findings == ("server2 (192.0.2.77) lies in no internal net: here it is outside",)


def test_large_sites_have_a_machine_for_each_pool() -> None:
    lines = [
        f"service s{n} is 203.0.113.{n + 10} tcp 80\npool p{n} for s{n}\nadd 10.0.{n + 1}.1-30 to p{n}"
        for n in range(3)
    ]
    drawn = topology(DEVICE + "\n".join(lines))
    assert kinds(drawn)[Kind.SERVER] == 3
    assert len(drawn.toys) == 90 > MOST_MACHINES
    assert "route replace 10.0.1.8/29 via 10.0.1.1 dev xl1 onlink" in lines_of(drawn, "device")
    assert "route replace local 10.0.1.8/29 dev lo" in lines_of(drawn, "farm1")


def test_very_many_servers_are_one_for_each_machine() -> None:
    pools = [WEB.replace("WEB", f"W{n}").replace("web", f"w{n}").replace("80", f"8{n}") for n in range(2)]
    text = f"{pools[0]}add 10.0.16.0/22 to w0\n{pools[1]}add 10.0.24.0/22 to w1\n"
    drawn = topology(DEVICE + text)
    assert [(toy.name, toy.address) for toy in drawn.toys] == [("farm1", None), ("farm2", None)]


@pytest.mark.parametrize(("pools", "is_refused"), [(MOST_PLUGS - 2, False), (MOST_PLUGS - 1, True)])
def test_a_site_with_more_machines_than_a_bridge_has_ports_is_refused(pools: int, is_refused: bool) -> None:
    """The device and a client inside have the two other ports."""
    places = [f"{i // 250}.{i % 250 + 1}" for i in range(pools)]
    lines = [
        f"service S{i} is 203.0.{place} tcp 80\npool p{i} for S{i}\nadd 10.0.{i // 250 + 1}.{i % 250} to p{i}\n"
        for i, place in enumerate(places)
    ]
    site = site_of(DEVICE + "".join(lines))
    if is_refused:
        with pytest.raises(
            TopologyError, match=f"{MOST_PLUGS + 1} machines at `xl1`, and Linux connects {MOST_PLUGS} at"
        ):
            topology_of(site)
    else:
        topology_of(site)


@pytest.mark.parametrize("name", ["a-name-of-16-char", "a:b", "lo", "eth0@x"])
def test_names_that_no_interface_of_linux_can_have_are_refused(name: str) -> None:
    assert not is_name_here(name)


def test_a_site_with_such_a_name_has_no_miniature() -> None:
    site = site_of(DEVICE.replace("xl1", "lo") + WEB + "add 10.0.0.5 to web\n")
    with pytest.raises(TopologyError, match="no interface of Linux can be called `lo`"):
        topology_of(site)


def test_a_miniature_grows_and_keeps_its_names() -> None:
    text = DEVICE + WEB + "add 10.0.0.5 to web\n"
    old = topology(text)
    taken = old.machine("inside1").own[0]
    site = site_of(text.replace("add 10.0.0.5", f"add {taken} to web\nadd 10.0.0.5") + "set WEB no sticky\n")
    new = grown(old, site)
    assert [(toy.name, str(toy.address)) for toy in new.toys] == [("server1", "10.0.0.5"), ("server2", str(taken))]
    assert_sound(new, site)


@pytest.mark.parametrize(
    ("addresses", "blocks"),
    [
        ("10.0.0.1", "10.0.0.1/32"),
        ("10.0.0.3 10.0.0.1 10.0.0.2", "10.0.0.1/32 10.0.0.2/31"),
        ("fd00::2 fd00::3 10.0.0.8", "10.0.0.8/32 fd00::2/127"),
        ("255.255.255.255 0.0.0.0", "0.0.0.0/32 255.255.255.255/32"),
    ],
)
def test_addresses_as_blocks(addresses: str, blocks: str) -> None:
    given_ = [address for address in map(parse_address, addresses.split()) if isinstance(address, Address)]
    assert " ".join(map(str, blocks_of(given_))) == blocks
