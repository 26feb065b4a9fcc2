"""States of connections in a real kernel: those of a server of a service end, all others go on."""

from __future__ import annotations

import contextlib
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from lbsh.drivers.conntrack import Conntrack
from lbsh.drivers.nftables import Nftables
from lbsh.drivers.protocol import Target
from lbsh.gateway.desired import places_of
from lbsh_lang.backends.base import Options
from lbsh_lang.backends.nftables import BACKEND
from lbsh_lang.site.model import Site
from lbsh_lang.site.status import ServerId
from lbsh_lang.values import Address, Protocol
from tests.reading import site_of
from tests.system.firewalls import Firewall
from tests.system.lab import EXTERNAL, INTERNAL, SERVERS, Answer, Conversation, Lab

SCRIPT = f"""\
interface external {EXTERNAL}
interface internal {INTERNAL}
service WEB is 203.0.113.150 tcp+udp 80 reflect
pool web for WEB port 8080
add 192.168.1.2-3 to web
service MAIL is 203.0.113.150 tcp+udp 25
pool mail for MAIL
add 192.168.1.2-3 to mail
service WEB6 is 2001:db8::150 tcp+udp 80
pool web6 for WEB6
add fd00:1::2-fd00:1::3 to web6
"""
SERVICES = {"WEB": ("203.0.113.150", 80), "MAIL": ("203.0.113.150", 25), "WEB6": ("2001:db8::150", 80)}
PYTHON = (sys.executable, "-c")
ROOT = str(Path(__file__).parents[2])

Kind = tuple[str, Protocol, str]
"""A service, a protocol, and the server that answered."""


@pytest.fixture
def opened(lab: Lab) -> Iterator[tuple[Site, dict[Kind, Conversation]]]:
    """A conversation by each protocol with each of two servers of each service."""
    Firewall(BACKEND, lab).load(SCRIPT)
    with contextlib.ExitStack() as stack:
        found: dict[Kind, Conversation] = {}
        for service, (address, port) in SERVICES.items():
            for protocol in Protocol:
                for _ in range(2):
                    one = stack.enter_context(lab.converse("client1", address, port, protocol.value))
                    answer = one.ask()
                    assert isinstance(answer, Answer)
                    found[service, protocol, answer.server] = one
        assert len(found) == 12
        yield site_of(SCRIPT), found


def now(lab: Lab, states: Conntrack, site: Site) -> dict[tuple[str, str], int]:
    """The connections that the kernel has, by service and server."""
    seen = lab["device"].call(states.connections, places_of(site.services))
    return {(one.service, _machine(one.address)): told.now for one, told in seen.items()}


def _machine(address: Address) -> str:
    return next(name for name, addresses in SERVERS.items() if str(address) in addresses)


def address_of(server: str, service: str) -> Address:
    site = site_of(SCRIPT)
    pool = next(one.pool for one in site.services if one.name == service)
    assert pool is not None
    return next(one.address for one in pool.servers if _machine(one.address) == server)


@pytest.mark.parametrize("service", ["WEB", "WEB6"])
def test_the_connections_of_a_dead_server_end(
    lab: Lab, opened: tuple[Site, dict[Kind, Conversation]], service: str
) -> None:
    site, conversations = opened
    states, address = Conntrack(), next(one.address for one in site.services if one.name == service)
    before = now(lab, states, site)
    assert before == {(name, server): 2 for name in SERVICES for server in ("server1", "server2")}
    pairs = ((80, 8080 if service == "WEB" else 80),)
    targets = [Target(address, protocol, pairs, address_of("server1", service)) for protocol in Protocol]
    assert lab["device"].call(states.forget, targets) == 2
    assert lab["device"].call(states.forget, targets) == 0
    assert now(lab, states, site) == {**before, (service, "server1"): 0}
    for (name, _, server), conversation in conversations.items():
        if (name, server) != (service, "server1"):
            answer = conversation.ask()
            assert isinstance(answer, Answer)
            assert answer.server == server


def test_a_target_of_other_ports_means_no_connection(lab: Lab, opened: tuple[Site, dict[Kind, Conversation]]) -> None:
    site, _ = opened
    states, before = Conntrack(), now(lab, Conntrack(), site)
    service, server = site.services[0].address, address_of("server1", "WEB")
    wrong = [Target(service, Protocol.TCP, pairs, server) for pairs in (((80, 80),), ((8080, 8080),), ())]
    assert lab["device"].call(states.forget, [*wrong, Target(server, Protocol.TCP, None, server)]) == 0
    assert now(lab, states, site) == before


def test_all_ports_of_a_server_at_once(lab: Lab, opened: tuple[Site, dict[Kind, Conversation]]) -> None:
    site, _ = opened
    target = Target(site.services[0].address, Protocol.UDP, None, address_of("server2", "WEB"))
    assert lab["device"].call(Conntrack().forget, [target]) == 2, "those of two services at one address"


def test_connections_from_the_time_of_an_empty_pool_end(lab: Lab) -> None:
    """A UDP client of a service without a server goes on to meet none, until its state is gone."""
    empty = SCRIPT.replace("add 192.168.1.2-3 to web\n", "")
    Firewall(BACKEND, lab).load(empty)
    site = site_of(SCRIPT)
    target = Target(site.services[0].address, Protocol.UDP, ((80, 8080),), None)
    with lab.converse("client1", "203.0.113.150", 80, "udp") as conversation:
        assert not isinstance(conversation.ask(), Answer)
        Firewall(BACKEND, lab).load(SCRIPT)
        assert not isinstance(conversation.ask(), Answer)
        assert lab["device"].call(Conntrack().forget, [target._replace(ports=((81, 8080),))]) == 0
        assert lab["device"].call(Conntrack().forget, [target]) == 1
        assert isinstance(conversation.ask(), Answer)


def test_new_connections_are_told_from_the_second_count_on(
    lab: Lab, opened: tuple[Site, dict[Kind, Conversation]]
) -> None:
    site, _ = opened
    states, server = Conntrack(), ServerId("web", "WEB", address_of("server1", "WEB"))
    places = {server: places_of(site.services)[server]}
    assert lab["device"].call(states.connections, places)[server].new is None
    for _ in range(4):
        lab.connect("client1", "203.0.113.150", 80, "udp")
    told = lab["device"].call(states.connections, places)[server]
    assert told.now == 4
    assert told.new is not None
    assert told.new > 0
    assert lab["device"].call(states.connections, places)[server].new == 0


def test_a_kernel_without_rights_is_said_to_be_one(lab: Lab) -> None:
    """Without CAP_NET_ADMIN the kernel refuses; one line says so."""
    code = (
        "import sys; sys.path.append(sys.argv[1])\n"
        "from lbsh.drivers.conntrack import *\nfrom lbsh_lang.values import *\n"
        "try:\n    Conntrack().forget([Target(Address(4, 1), Protocol.TCP, None, None)])\n"
        "except DriverError as error:\n    print(error)\n"
    )
    said = lab["device"].run("setpriv", "--reuid=65534", "--clear-groups", "--bounding-set=-all", *PYTHON, code, ROOT)
    assert said == "the kernel's connections cannot be read or ended: operation not permitted\n"


def test_packets_that_record_clients_change_no_rule(lab: Lab) -> None:
    """So what sticky clients leave in the rules is no reason to look at them again."""
    site = site_of(SCRIPT.replace("tcp+udp 80 reflect", "tcp 80 sticky").replace("tcp+udp 80\n", "tcp 80 sticky\n"))
    driver, options = Nftables(), Options("nftables-1.0")
    notes = lab["device"].call(driver.load, BACKEND.render(site, options), options)
    for service in ("WEB", "WEB6"):
        assert isinstance(lab.connect("client1", *SERVICES[service]), Answer)
    assert "expires" in lab["device"].run("nft", "list", "table", "ip", "lbsh")
    assert lab["device"].call(driver.unchanged, notes)
    seen = lab["device"].call(driver.observe, BACKEND.render(site, options), options, notes)
    assert seen.drift == ()


ALONE = """
import sys
sys.path.append(sys.argv[1])
from pathlib import Path
from lbsh import app
from lbsh.drivers.nftables import Nftables
from lbsh.drivers.protocol import Target
from lbsh.gateway.desired import places_of
from lbsh_lang.site.status import ServerId
from lbsh_lang.source import Source
from lbsh_lang.values import Protocol

request = app.choose("nftables", None)
old, new = (app.check_source(Source.of("site.lb", text)).site for text in sys.argv[2:4])
driver, options, rules = Nftables(), request.options, app.render(old, request)
driver.test(rules)
notes = driver.load(rules, options)
notes = driver.change(app.render_change(old, new, request), options, notes)
assert driver.unchanged(notes)
assert driver.observe(app.render(new, request), options, notes).drift == ()
service = old.services[0]
server = service.pool.servers[0]
target = Target(service.address, Protocol.UDP, None, server.address)
one = ServerId(service.pool.name, service.name, *server.identity)
before = driver.connections(places_of(old.services))[one].now
ended, after = driver.forget([target]), driver.connections(places_of(old.services))[one].now
driver.unload(options)
status = dict(line.split(":", 1) for line in Path("/proc/self/status").read_text().splitlines() if ":" in line)
print(before, ended, after, status["CapEff"].strip(), status["Uid"].split()[0])
"""


def test_one_right_is_enough(lab: Lab) -> None:
    """As nobody with CAP_NET_ADMIN alone, which nft inherits: test, load, change, observe, forget, unload."""
    Firewall(BACKEND, lab).load(SCRIPT)
    for _ in range(2):
        assert isinstance(lab.connect("client1", *SERVICES["WEB"], "udp"), Answer)
    rights = ("--inh-caps=+net_admin", "--ambient-caps=+net_admin", "--bounding-set=-all,+net_admin")
    who = ("--reuid=65534", "--regid=65534", "--clear-groups", *rights)
    told = lab["device"].run("setpriv", *who, *PYTHON, ALONE, ROOT, SCRIPT, f"{SCRIPT}drain 192.168.1.2 from web\n")
    assert told == f"1 1 0 {1 << 12:016x} 65534\n"
    assert lab["device"].run("nft", "list", "tables") == ""
