"""The text of the nftables backend. `tests.system` tests its effect in the kernel."""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import replace

import pytest

from lbsh_lang.backends.base import Artifact, Options
from lbsh_lang.backends.nftables import BACKEND
from lbsh_lang.backends.nftables.seats import FEWEST_COUNTERS, MOST_COUNTERS
from lbsh_lang.backends.nftables.slots import slots_of
from lbsh_lang.site.model import Drain, Pool, Server
from lbsh_lang.source import Source
from lbsh_lang.syntax.nodes import AddStatement, DrainStatement, PoolStatement
from lbsh_lang.syntax.statement import Stated
from lbsh_lang.values import Address, Algorithm
from tests.reading import site_of

DEVICE = """\
interface external xl0
interface internal xl1
external addr 62.103.127.153
internal net 192.168.1.0/24
internal gw 192.168.1.1
"""
MAIL = f"""{DEVICE}\
service SMTP is 62.103.127.154 tcp 25
pool mx_pool for SMTP
add 192.168.1.2-3 to mx_pool
service LDAP is 62.103.127.157 tcp 389 sticky 5m reflect
pool ldap_pool for LDAP port 3890
add 192.168.1.3 to ldap_pool
"""


def render(script: str, name: str = "site.lb") -> Artifact:
    return BACKEND.render(site_of(script, name), Options(BACKEND.targets[0]))


def rules_of(script: str) -> list[str]:
    """The lines without comments and indents."""
    return [line.text.strip() for line in render(script).lines if not line.text.lstrip().startswith("#")]


def test_the_whole_text_of_a_small_site() -> None:
    assert (
        re.sub("rules-[0-9a-f]{16}", "rules-MARK", render(MAIL).text)
        == """\
#!/usr/sbin/nft -f
# Load balancing for nftables, made by lbsh. Load it with:  nft -f FILE
# It replaces the tables `ip lbsh` and `ip6 lbsh` in one step and touches no other. Open connections go on as they are;
# clients of sticky services are assigned anew.

table ip lbsh
delete table ip lbsh
table ip6 lbsh
delete table ip6 lbsh

table ip lbsh {
	# Which rules these are: a change made for others is refused.
	counter rules-MARK { packets 0 bytes 0 }

	# Connections from outside: the chain that serves them.
	map services {
		typeof ip daddr . meta l4proto . th dport : verdict
	}

	# Connections from inside: the chain that serves them.
	map reflected {
		typeof ip daddr . meta l4proto . th dport : verdict
	}

	# Places whose connections from inside get the gateway as their source.
	set reflected-places {
		typeof ip daddr . meta l4proto . th dport
	}

	# Turn by turn: the server.
	map servers-2 {
		typeof ip daddr . meta l4proto . th dport . numgen inc mod 2 : ip daddr
	}

	# Turn by turn: the server.
	map servers-1 {
		typeof ip daddr . meta l4proto . th dport . numgen inc mod 1 : ip daddr
	}

	# The port on the servers, where it differs.
	map ports {
		type ipv4_addr . inet_proto . inet_service : inet_service
	}

	# The servers of sticky services.
	set members {
		typeof ip daddr . meta l4proto . th dport . ip daddr
	}

	# Clients of sticky services with one port: the server that each has met.
	map clients {
		typeof ip saddr . ip daddr . meta l4proto . th dport : ip daddr
		flags dynamic,timeout
		size 262144
	}

	# Clients of sticky services with open connections: their server. The kernel counts, and removes what is gone.
	map connected {
		typeof ip saddr . ip daddr . meta l4proto . th dport : ip daddr
		flags dynamic
		size 262144
	}

	# Sticky services: the chain that renews the records of their clients.
	map sticky-places {
		typeof ip daddr . meta l4proto . th dport : verdict
	}

	# Round-robin; turns in a round: 2.
	chain round-robin-2-counter-0 {
		dnat ip to ip daddr . meta l4proto . th dport . numgen inc mod 2 map @servers-2
	}

	# Round-robin; turns in a round: 1. Clients stay until 300 s after the end of their last connection.
	chain round-robin-1-ports-sticky-300s-counter-0 {
		# The destination of the packet carries the server to dnat, which is about to overwrite it.
		ip daddr set ip saddr . ct original ip daddr . meta l4proto . th dport map @connected
		ip daddr set ip saddr . ct original ip daddr . meta l4proto . th dport map @clients
		ct original ip daddr . meta l4proto . th dport . ip daddr @members \
update @clients { ip saddr . ct original ip daddr . meta l4proto . th dport timeout 300s : ip daddr } \
add @connected { ip saddr . ct original ip daddr . meta l4proto . th dport ct count over 1 : ip daddr }
		ct original ip daddr . meta l4proto . th dport . ip daddr @members \
meta l4proto { tcp, udp } dnat ip to ip daddr : ct original ip daddr . meta l4proto . th dport map @ports
		# The client is new, or its server is gone. An update alone would leave the old server in place.
		delete @clients { ip saddr . ct original ip daddr . meta l4proto . th dport : ip daddr }
		delete @connected { ip saddr . ct original ip daddr . meta l4proto . th dport : ip daddr }
		ip daddr set ct original ip daddr . meta l4proto . th dport . numgen inc mod 1 map @servers-1 \
update @clients { ip saddr . ct original ip daddr . meta l4proto . th dport timeout 300s : ip daddr } \
add @connected { ip saddr . ct original ip daddr . meta l4proto . th dport ct count over 1 : ip daddr }
		meta l4proto { tcp, udp } dnat ip to ip daddr : ct original ip daddr . meta l4proto . th dport map @ports
	}

	# Clients stay until 300 s after the end of their last connection.
	chain renewal-300s {
		meta l4proto tcp \
update @clients { ct original ip saddr . \
ct original ip daddr . meta l4proto . ct original proto-dst timeout 300s : ct reply ip saddr }
	}

	# Packets that renew the records of sticky clients.
	chain forward {
		type filter hook forward priority filter + 5
		tcp flags & (fin | rst) != 0x0 ct status dnat \
ct original ip daddr . meta l4proto . ct original proto-dst vmap @sticky-places
	}

	# Arriving connections: the service they are for.
	chain prerouting {
		type nat hook prerouting priority dstnat - 5
		iifname "xl0" ip daddr . meta l4proto . th dport vmap @services
		iifname "xl1" ip saddr 192.168.1.0/24 ip daddr . meta l4proto . th dport vmap @reflected
	}

	# Leaving connections: the source that brings the answers back.
	chain postrouting {
		type nat hook postrouting priority srcnat - 5
		iifname "xl1" oifname "xl1" ip saddr 192.168.1.0/24 ct status dnat meta l4proto tcp \
ct original ip daddr . meta l4proto . ct original proto-dst @reflected-places snat to 192.168.1.1
		oifname "xl0" ip saddr 192.168.1.0/24 snat to 62.103.127.153
	}
}

# service SMTP (site.lb:6), pool mx_pool (site.lb:7)
add element ip lbsh services { 62.103.127.154 . tcp . 25 : goto round-robin-2-counter-0 }
add element ip lbsh servers-2 {
	62.103.127.154 . tcp . 25 . 0 : 192.168.1.2,
	62.103.127.154 . tcp . 25 . 1 : 192.168.1.3,
}

# service LDAP (site.lb:9), pool ldap_pool (site.lb:10)
add element ip lbsh services { 62.103.127.157 . tcp . 389 : goto round-robin-1-ports-sticky-300s-counter-0 }
add element ip lbsh reflected { 62.103.127.157 . tcp . 389 : goto round-robin-1-ports-sticky-300s-counter-0 }
add element ip lbsh reflected-places { 62.103.127.157 . tcp . 389 }
add element ip lbsh servers-1 { 62.103.127.157 . tcp . 389 . 0 : 192.168.1.3 }
add element ip lbsh ports { 62.103.127.157 . tcp . 389 : 3890 }
add element ip lbsh members { 62.103.127.157 . tcp . 389 . 192.168.1.3 }
add element ip lbsh sticky-places { 62.103.127.157 . tcp . 389 : goto renewal-300s }
"""
    )


def test_the_same_site_gives_the_same_bytes() -> None:
    assert render(MAIL) == render(MAIL)
    assert not BACKEND.renames(site_of(MAIL))


def test_each_element_leads_to_the_statement_that_asks_for_it() -> None:
    places = {line.text.strip(): line.origin.place for line in render(MAIL).lines if line.origin is not None}
    assert places["62.103.127.154 . tcp . 25 . 1 : 192.168.1.3,"] == "site.lb:8"
    assert places["add element ip lbsh ports { 62.103.127.157 . tcp . 389 : 3890 }"] == "site.lb:10"
    assert places["# service SMTP (site.lb:6), pool mx_pool (site.lb:7)"] == "site.lb:6"


@pytest.mark.parametrize("word", ["tcp", "map", "chain", "goto", "drop", "th", "limit", "a.b-c", "_", "table"])
def test_names_stand_in_comments_only(word: str) -> None:
    script = MAIL.replace("SMTP", word).replace("mx_pool", word)
    assert rules_of(script) == rules_of(MAIL)
    assert f"# service {word} (site.lb:6), pool {word} (site.lb:7)" in render(script).text


@pytest.mark.parametrize("name", ["a\nflush ruleset", "a\rb", "a\x0bb", "a\u2028b", "a\udcffb", "a\x1b[31m", "a\\"])
def test_no_file_name_leaves_its_comment(name: str) -> None:
    artifact = render(MAIL, name)
    assert all(line.text.isprintable() for line in artifact.lines if "service SMTP" in line.text)
    assert [line for line in artifact.text.splitlines() if not line.lstrip().startswith("#")] == [
        line for line in render(MAIL).text.splitlines() if not line.lstrip().startswith("#")
    ]


def test_an_empty_site_only_clears_up() -> None:
    cleared = ["table ip lbsh", "delete table ip lbsh", "table ip6 lbsh", "delete table ip6 lbsh"]
    assert rules_of("interface external xl0\n") == ["", *cleared]
    assert rules_of(MAIL)[1:5] == cleared


def test_a_service_without_a_server_has_no_element() -> None:
    script = MAIL + "remove 192.168.1.3 from ldap_pool\n"
    assert "# service LDAP (site.lb:9), pool ldap_pool (site.lb:10): no server" in render(script).text
    assert not [rule for rule in rules_of(script) if "62.103.127.157" in rule]
    assert [rule for rule in rules_of(script) if rule.endswith("vmap @reflected")], "it may come"


def test_families_stand_in_tables_of_their_own() -> None:
    script = MAIL + "internal net fd00:1::/64\nservice W is 2001:db8::1 udp 53\npool w for W\nadd fd00:1::2 to w\n"
    before, after = render(script).text.split("table ip6 lbsh {\n")
    assert ":1::" not in before
    assert "192.168" not in after
    assert "add element ip6 lbsh servers-1 { 2001:db8::1 . udp . 53 . 0 : fd00:1::2 }" in after


def test_ranges_have_maps_of_their_own() -> None:
    script = f"{DEVICE}service V is 62.103.127.154 tcp 80,90-91\npool v for V\nadd 192.168.1.2 to v\n"
    text = render(script).text
    assert re.findall(r"map (\S+) \{", text) == ["services", "services-ranges", "servers-1", "servers-1-ranges"]
    assert "add element ip lbsh servers-1 { 62.103.127.154 . tcp . 80 . 0 : 192.168.1.2 }\n" in text
    assert "# service V (site.lb:6), pool v (site.lb:7): port ranges\n" in text
    assert "add element ip lbsh servers-1-ranges { 62.103.127.154 . tcp . 90-91 . 0 : 192.168.1.2 }\n" in text
    assert "ranges" not in render(MAIL).text


def test_long_lists_of_ranges_are_cut() -> None:
    """nft 1.0.6 gets the element wrong at which it goes on to another message."""
    ports = ",".join(f"{n}-{n + 1}" for n in range(1000, 1040, 2))
    pool = "pool v for V balance source-hash\nadd 192.168.1.2-9 to v\n"
    text = render(f"{DEVICE}service V is 62.103.127.154 tcp+udp {ports}\n{pool}").text
    lists = [part.count(" : ") for part in text.split("add element ") if part.startswith("ip lbsh servers-")]
    assert sum(lists) == 2 * 20 * 521
    assert max(lists) == 256


def test_sticky_services_of_one_address_have_groups_where_a_place_is_not_enough() -> None:
    services = ["tcp 80,443", "tcp 25", "tcp+udp 53", "udp 90-91"]
    lines = [
        f"service S{i} is 62.103.127.154 {what} sticky\npool p{i} for S{i}\nadd 192.168.1.2 to p{i}\n"
        for i, what in enumerate(services)
    ]
    chains = re.findall(r"chain round-robin-1-(\S+) \{", render(DEVICE + "".join(lines)).text)
    assert [re.findall(r"group-[a-z]+-\d+", chain) for chain in chains] == [
        ["group-tcp-80"],
        [],
        ["group-tcp-53"],
        ["group-udp-90"],
    ]


def test_internal_nets_that_overlap_are_named_once() -> None:
    script = MAIL + "internal net 192.168.1.0/25\ninternal net 10.0.0.0/8\n"
    sources = set(re.findall(r"ip saddr (\{.*?\})", "\n".join(rules_of(script))))
    assert "{ 192.168.1.0/24, 10.0.0.0/8 }" in sources
    assert not any("192.168.1.0/25" in one for one in sources)


def many(services: int, more: str = "") -> str:
    lines = [
        f"service S{i} is 62.103.{i // 250}.{i % 250 + 1} tcp 80\npool p{i} for S{i}\nadd 192.168.1.2-3 to p{i}\n"
        for i in range(services)
    ]
    return DEVICE + "".join(lines) + more


def chains_of(script: str) -> list[str]:
    """The chain of each service in order."""
    return re.findall(r"services \{ .* : goto (\S+) \}", render(script).text)


def test_services_share_counters_only_beyond_their_number() -> None:
    chains = chains_of(many(MOST_COUNTERS + 2))
    assert len(set(chains[:MOST_COUNTERS])) == MOST_COUNTERS
    assert chains[MOST_COUNTERS:] == chains[1:3], "one further on"


def test_large_sites_have_fewer_counters() -> None:
    """The kernel takes its time for each pair of an element and a chain."""
    chains = chains_of(many(500).replace(".2-3 to", ".2-201 to"))
    assert len(set(chains)) == FEWEST_COUNTERS


def test_no_change_of_state_brings_two_services_to_one_counter() -> None:
    script = many(1) + "service M is 62.103.9.1 tcp 25\npool m for M\nadd 192.168.1.2-4 to m\n"
    assert len(set(chains_of(script))) == 2
    assert chains_of(script + "drain 192.168.1.4 from m\n") == ["round-robin-2-counter-0", "round-robin-2-counter-1"]


def test_a_change_of_one_service_leaves_the_others_as_they_are() -> None:
    before, after = (set(rules_of(many(70, more))) for more in ("", "drain 192.168.1.2 from p5\n"))
    changed = {rule for rule in before ^ after if "62.103." in rule}
    assert changed
    assert all("62.103.0.6 " in rule for rule in changed)


def test_rules_do_not_grow_with_the_site() -> None:
    def rules(services: int) -> int:
        return len(render(many(services)).text.split("\n}\n")[0].splitlines())

    assert rules(MOST_COUNTERS + 500) == rules(MOST_COUNTERS)


def test_source_hash_has_a_seed() -> None:
    script = MAIL.replace("for SMTP", "for SMTP balance source-hash")
    assert "jhash ip saddr mod 131 seed 0x6c627368 map @servers-131" in render(script).text


# Source-hash: slots and their servers

SOURCE = Source.of("site.lb", "")
ADD, POOL = Stated(0, SOURCE, 0, AddStatement()), Stated(0, SOURCE, 0, PoolStatement())
DRAIN = Drain(keeps_clients=False, time=None, reason=None, origin=Stated(0, SOURCE, 0, DrainStatement()))


def server(number: int, weight: int = 1, backup: bool = False, drained: bool = False) -> Server:
    return Server(Address(4, 0xC0A80100 + number), weight, backup, DRAIN if drained else None, ADD)


def pool(*servers: Server) -> Pool:
    return Pool("p", (), Algorithm.SOURCE_HASH, servers, POOL)


def owners(*servers: Server) -> list[int]:
    """The last octet of each slot's server."""
    return [owner.address.value & 255 for owner in slots_of(pool(*servers))]


@pytest.mark.parametrize("number", [2, 3, 10, 100])
def test_slots_are_shared_evenly(number: int) -> None:
    counts = Counter(owners(*(server(n) for n in range(number))))
    assert len(counts) == number
    assert max(counts.values()) - min(counts.values()) <= 1
    assert min(counts.values()) >= 64


def test_weights_of_a_very_long_round_are_rounded_and_said_to_be() -> None:
    lines = [f"add 10.0.{number >> 8}.{number & 255} to p weight {number % 256 + 1}" for number in range(1, 41)]
    text = "\n".join(["interface external em0", "service A is 203.0.113.1 tcp 80", "pool p for A", *lines])
    many = text + "\n" + "\n".join(f"add 10.1.0.{number} to p weight {200 + number}" for number in range(1, 41))
    assert "weights are rounded" not in render(text).text
    assert "; weights are rounded: a round of 9680 turns is longer than 4096" in render(many).text


def test_slots_heed_weights() -> None:
    counts = Counter(owners(server(1, 3), server(2, 1)))
    assert 2.8 < counts[1] / counts[2] < 3.2


def test_slots_of_one_server_in_a_thousand() -> None:
    counts = Counter(owners(*(server(n, 256 if n else 1) for n in range(40))))
    assert min(counts.values()) >= 1


@pytest.mark.parametrize("gone", [{2}, {1, 4}, {1, 2, 3, 5}])
def test_only_clients_of_a_server_that_leaves_move(gone: set[int]) -> None:
    whole = [server(n) for n in range(1, 7)]
    before = owners(*whole)
    after = owners(*(replace(s, drain=DRAIN if s.address.value & 255 in gone else None) for s in whole))
    assert len(before) == len(after)
    assert not gone & set(after)
    assert all(new == old for old, new in zip(before, after, strict=True) if old not in gone)
    stand_ins = Counter(new for old, new in zip(before, after, strict=True) if old in gone)
    assert set(stand_ins) == set(range(1, 7)) - gone


def test_a_second_departure_moves_no_client_of_a_third_server() -> None:
    whole = [server(n) for n in range(1, 6)]
    first = owners(*(replace(s, drain=DRAIN if s.address.value & 255 == 1 else None) for s in whole))
    second = owners(*(replace(s, drain=DRAIN if s.address.value & 255 in {1, 2} else None) for s in whole))
    assert all(new == old for old, new in zip(first, second, strict=True) if old != 2)


def test_slots_of_few() -> None:
    assert owners() == []
    assert owners(server(1)) == [1]
    assert owners(server(1), server(2, drained=True)) == [1]
    assert set(owners(server(1, drained=True), server(2, backup=True), server(3, backup=True))) == {2, 3}
    assert set(owners(server(1), server(2), server(3, backup=True))) == {1, 2}
