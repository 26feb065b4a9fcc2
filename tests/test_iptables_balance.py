"""Which server a connection gets under the rules for iptables: turns, weights, hashes and sticky clients."""

from __future__ import annotations

from collections import Counter
from ipaddress import IPv4Address, IPv6Address
from typing import Literal

import pytest

from lbsh_lang.backends.iptables import BACKEND
from tests.iptables_sites import CLIENT, DEVICE, MOST_RULES, SERVICE, SERVICE_6, met, nat_of, outside, text_of, web
from tests.profiles import is_gate
from tests.reading import site_of


@pytest.mark.parametrize("count", [1, 2, 3, 10, 31, 32, 33, 47, 100, 257, 1000])
def test_round_robin_is_strict_in_pools_of_any_size(count: int) -> None:
    first = IPv4Address("192.168.4.1")
    servers = [str(first + index) for index in range(count)]
    nat = nat_of(web(servers=f"{servers[0]}-{servers[-1]}"))
    for _ in range(3):
        assert met(nat, outside(), count) == servers
    assert max(nat.prerouting(outside()).rules for _ in range(count)) <= MOST_RULES


@pytest.mark.parametrize("weights", [(3, 1, 1), (5, 2), (1, 20, 40), (200, 100, 100)])
def test_a_round_holds_each_server_as_often_as_its_weight_says(weights: tuple[int, ...]) -> None:
    adds = "".join([f"add 192.168.4.{rank} to web-pool weight {weight}\n" for rank, weight in enumerate(weights, 1)])
    nat = nat_of(web(servers="192.168.4.9", more=f"{adds}remove 192.168.4.9 from web-pool\n"))
    turns = met(nat, outside(), sum(weights))
    assert Counter(turns) == {f"192.168.4.{rank}": weight for rank, weight in enumerate(weights, 1)}
    assert turns[: len(turns) // 2] != sorted(filter(None, turns))[: len(turns) // 2]


@pytest.mark.parametrize("pool", ["", "balance random"])
def test_weights_without_a_short_round_are_probabilities(pool: str) -> None:
    weights = {f"192.168.4.{rank}": rank for rank in range(1, 101)}
    adds = "".join([f"add {server} to web-pool weight {weight}\n" for server, weight in weights.items()])
    nat = nat_of(web(pool=pool, servers="192.168.4.0/32", more=f"{adds}remove 192.168.4.0 from web-pool\n"))
    times = 20000
    shares = Counter(met(nat, outside(), times))
    for server, weight in weights.items():
        expected = times * weight / sum(weights.values())
        assert abs(shares[server] - expected) < 5 * expected**0.5 + 1


def test_turns_that_become_probabilities_are_told() -> None:
    """A reader who finds `--mode random` under round-robin must learn why."""
    reason = (
        "# The weights would make a round of 65 turns, more than 64: servers are chosen at random, by weight, instead."
    )
    heavy = text_of(web(servers="192.168.4.9", more="add 192.168.4.1 to web-pool weight 64\n"))
    assert heavy.splitlines().count(reason) == 1
    assert "--mode random" in heavy
    short = text_of(web(servers="192.168.4.9", more="add 192.168.4.1 to web-pool weight 63\n"))
    chosen = text_of(web(pool="balance random", servers="192.168.4.9", more="add 192.168.4.1 to web-pool weight 64\n"))
    even = text_of(web(servers="192.168.4.1-100"))
    assert not any("at random" in text for text in (short, chosen, even))


def test_random_is_even() -> None:
    shares = Counter(met(nat_of(web(pool="balance random")), outside(), 3000))
    assert set(shares) == {"192.168.1.2", "192.168.1.3", "192.168.1.4"}
    assert max(shares.values()) - min(shares.values()) < 250


def test_a_server_port_is_given_to_each_protocol() -> None:
    script = web(f"{SERVICE} tcp+udp 53", "port 5353")
    script += web(f"{SERVICE_6} tcp+udp 53", "port 5353", "fd00:1::2-fd00:1::3", name="web6")
    for protocol in ("tcp", "udp"):
        four = met(nat_of(script), outside(SERVICE, 53, protocol), 4)
        assert four == [f"192.168.1.{host}:5353" for host in (2, 3, 4, 2)]
        six = met(nat_of(script, 6), outside(SERVICE_6, 53, protocol), 3)
        assert six == ["[fd00:1::2]:5353", "[fd00:1::3]:5353", "[fd00:1::2]:5353"]


def test_an_empty_pool_translates_nothing() -> None:
    script = web(more="drain 192.168.1.2 from web-pool\nremove 192.168.1.3-4 from web-pool\n")
    text = text_of(script)
    assert met(nat_of(script), outside()) == [None]
    assert "# service web (site.lb:8), pool web-pool (site.lb:9)\n# No server:" in text
    assert "left to the device (a daemon of its own on that port would answer them)" in text
    assert "refuse" not in text
    assert not any(BACKEND.renames(site_of(DEVICE + script)))


def test_a_service_without_a_pool_has_no_rule() -> None:
    assert "LBSH/" not in text_of(f"service web is {SERVICE} tcp 80\n")


# Source-hash


def sources(count: int, family: int) -> list[str]:
    start = IPv4Address("198.51.100.1") if family == 4 else IPv6Address("2001:db8:c::1")
    return [str(start + index) for index in range(count)]


def hashed(more: str = "", family: Literal[4, 6] = 4, size: int = 5, clients: int = 400) -> dict[str, str | None]:
    """The server of each client."""
    service, net = (SERVICE, "192.168.4.") if family == 4 else (SERVICE_6, "fd00:1::")
    servers = f"{net}2-{net}{size + 1:{'d' if family == 4 else 'x'}}"
    nat = nat_of(web(f"{service} tcp 80", "balance source-hash", servers, more), family)
    return {source: met(nat, outside(service, source=source))[0] for source in sources(clients, family)}


@pytest.mark.parametrize("family", [4, 6])
@pytest.mark.parametrize("verb", ["drain", "remove"])
def test_only_the_clients_of_a_server_that_leaves_move(family: Literal[4, 6], verb: str) -> None:
    before = hashed(family=family, size=4)
    assert hashed(family=family, size=4) == before
    gone = "192.168.4.3" if family == 4 else "fd00:1::3"
    after = hashed(f"{verb} {gone} from web-pool\n", family, size=4)
    assert {source for source in before if before[source] != after[source]} == {
        source for source in before if before[source] == gone
    }
    assert len(set(after.values())) == 3


@pytest.mark.sampled
@pytest.mark.parametrize("family", [4, 6])
@pytest.mark.parametrize("size", [5, 9, 17, 33, 65, 129] if is_gate() else [5, 17, 33])
def test_few_clients_move_when_the_lots_become_coarser(family: Literal[4, 6], size: int) -> None:
    gone = "192.168.4.6" if family == 4 else "fd00:1::6"
    before, after = (hashed(more, family, size, 100) for more in ("", f"remove {gone} from web-pool\n"))
    stayed = [source for source in before if before[source] != gone]
    assert sum(before[source] != after[source] for source in stayed) < 0.25 * len(stayed)


@pytest.mark.sampled
@pytest.mark.parametrize("family", [4, 6])
@pytest.mark.parametrize("size", [2, 3, 5, 16, 17])
def test_clients_are_spread_evenly(family: Literal[4, 6], size: int) -> None:
    clients = 1200
    shares = Counter(hashed(family=family, size=size, clients=clients).values())
    even = clients / size
    assert len(shares) == size
    assert all(abs(share - even) < 0.15 * even + 4 * even**0.5 for share in shares.values())


def test_weights_are_shares_of_clients() -> None:
    more = "add 192.168.4.100 to web-pool weight 250\nadd 192.168.4.101 to web-pool weight 100\n"
    shares = Counter(hashed(more, size=2, clients=1500).values())
    assert shares["192.168.4.100"] == pytest.approx(1500 * 250 / 352, rel=0.1)
    assert shares["192.168.4.101"] == pytest.approx(1500 * 100 / 352, rel=0.15)
    assert shares["192.168.4.2"] + shares["192.168.4.3"] < 25


def test_scaled_weights_move_nobody() -> None:
    adds = "".join([f"add 192.168.4.{host} to web-pool weight {{0}}\n" for host in (50, 51)])
    plain = hashed(f"remove 192.168.4.2-6 from web-pool\n{adds.format(3)}")
    assert plain == hashed(f"remove 192.168.4.2-6 from web-pool\n{adds.format(24)}")


# Sticky


def test_a_client_stays_on_all_ports_and_protocols() -> None:
    nat = nat_of(web(f"{SERVICE} tcp+udp 80,443 sticky"))
    for source, server in zip(sources(6, 4), (2, 3, 4, 2, 3, 4), strict=True):
        for port, protocol in ((80, "tcp"), (443, "tcp"), (80, "udp"), (443, "udp"), (80, "tcp")):
            assert met(nat, outside(SERVICE, port, protocol, source)) == [f"192.168.1.{server}"]


def test_a_client_stays_with_a_server_port_too() -> None:
    nat = nat_of(web(f"{SERVICE} tcp+udp 53 sticky", "port 5353"))
    for source in sources(5, 4):
        seen = {met(nat, outside(SERVICE, 53, protocol, source))[0] for protocol in ("udp", "tcp", "udp")}
        assert len(seen) == 1


def test_a_client_is_forgotten_after_its_last_connection() -> None:
    nat = nat_of(web(f"{SERVICE} tcp 80 sticky 10m"))
    for now in (0, 600, 1200):
        nat.kernel.now = now
        assert met(nat, outside(source=CLIENT)) == ["192.168.1.2"]
    nat.kernel.now = 1801
    assert met(nat, outside(source=CLIENT)) == ["192.168.1.3"]


def test_a_client_moves_once_and_stays_though_its_server_returns() -> None:
    script = web(f"{SERVICE} tcp 80 sticky")
    nat = nat_of(script)
    clients = sources(9, 4)
    before = {source: met(nat, outside(source=source))[0] for source in clients}
    nat.restore(text_of(script + "drain 192.168.1.2 from web-pool\n"))
    during = {source: met(nat, outside(source=source))[0] for source in clients}
    assert "192.168.1.2" not in during.values()
    assert all(during[source] == before[source] for source in clients if before[source] != "192.168.1.2")
    nat.restore(text_of(script))
    assert {source: met(nat, outside(source=source))[0] for source in clients} == during


def test_services_with_the_same_servers_remember_apart() -> None:
    nat = nat_of(web(f"{SERVICE} tcp 80 sticky") + web("203.0.113.151 tcp 80 sticky", name="web.2"))
    met(nat, outside(source="198.51.100.200"))
    assert met(nat, outside("203.0.113.151", source=CLIENT), 2) == ["192.168.1.2"] * 2
    assert met(nat, outside(source=CLIENT), 2) == ["192.168.1.3"] * 2
