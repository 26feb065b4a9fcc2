"""The PF backend: its rules read back by `pf_reader` and compared by meaning, with the paper's figures above all."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network

import pytest

from lbsh_lang.backends.base import Options
from lbsh_lang.backends.pf import BACKEND
from lbsh_lang.backends.pf.names import KEYWORDS
from lbsh_lang.site.model import Site
from tests import pf_reader
from tests.pf_reader import Nat, NoNat, Packet, PfError, Rdr, Ruleset, TableName, read_pf
from tests.reading import site_of

RELEASES = ("freebsd-14", "freebsd-15")

# The devices of the paper
FIG_7 = """
interface external xl0
interface internal xl1
internal net 192.168.1.0/24
internal gw 192.168.1.1
service SMTP is 62.103.127.154 tcp 25
service LDAP is 62.103.127.157 tcp 389 reflect
# The pool of SMTP servers
pool mx_pool for SMTP
add 192.168.1.2 to mx_pool
add 192.168.1.3 to mx_pool
# The pool of LDAP servers
pool ldap_pool for LDAP
add 192.168.1.2 to ldap_pool
add 192.168.1.3 to ldap_pool
add 192.168.1.4 to ldap_pool
"""
MAIL_FARM = "external addr 62.103.127.153\n" + FIG_7.replace("tcp 25", "tcp 25 reflect")
WEB_FARM = """
interface external xl0
interface internal xl1
external addr 62.103.127.153
internal net 192.168.1.0/24
internal gw 192.168.1.1
service LDAP is 62.103.127.157 tcp 389 reflect
service WWW is 62.103.127.154 tcp 80 sticky
pool ldap_pool for LDAP
add 192.168.1.2-4 to ldap_pool
pool www_pool for WWW
add 192.168.1.2-4 to www_pool
"""

# Fig. 3 and 4 as they should have been printed: xl0 and xl1, and the last line before the nat rules, where first-match
# gives it its meaning. There the device's addresses are in brackets, so that the file also loads before xl1 has one.
FIG_3_AND_4_HEAD = """
ext_if="xl0" # replace with actual external interface name i.e., dc0
int_if="xl1" # replace with actual internal interface name i.e., dc1
internal_net="192.168.1.0/24"
internal_gw="192.168.1.1"
external_addr="62.103.127.153"
mx_service_ip="62.103.127.154"
www_service_ip="62.103.127.154"
ldap_service_ip="62.103.127.157"
"""
FIG_3 = f"""{FIG_3_AND_4_HEAD}
# The pool of mx mail servers
table <mx_pool> {{192.168.1.2,192.168.1.3}}
# The pool of ldap servers
table <ldap_pool> {{192.168.1.2,192.168.1.3,192.168.1.4}}
no nat on $int_if proto tcp from ($int_if) to $internal_net
# This is required for the internal machines to see the outside world
nat on $ext_if from $internal_net to any -> $external_addr
# The rdr rules for the mx mail service
rdr on $ext_if proto tcp from any to $mx_service_ip port 25 -> <mx_pool>
rdr on $int_if proto tcp from $internal_net to $mx_service_ip port 25 -> <mx_pool>
nat on $int_if proto tcp from $internal_net to <mx_pool> port 25 -> $internal_gw
# The rdr rules for the ldap service
rdr on $ext_if proto tcp from any to $ldap_service_ip port 389 -> <ldap_pool>
rdr on $int_if proto tcp from $internal_net to $ldap_service_ip port 389 -> <ldap_pool>
nat on $int_if proto tcp from $internal_net to <ldap_pool> port 389 -> $internal_gw
"""
FIG_4 = f"""{FIG_3_AND_4_HEAD}
# The pool of ldap servers
table <ldap_pool> {{192.168.1.2,192.168.1.3,192.168.1.4}}
# The pool of web servers
table <www_pool> {{192.168.1.2,192.168.1.3,192.168.1.4}}
no nat on $int_if proto tcp from ($int_if) to $internal_net
# This is required for the internal machines to see the outside world
nat on $ext_if from $internal_net to any -> $external_addr
# The rdr rules for the ldap service
rdr on $ext_if proto tcp from any to $ldap_service_ip port 389 -> <ldap_pool>
rdr on $int_if proto tcp from $internal_net to $ldap_service_ip port 389 -> <ldap_pool>
nat on $int_if proto tcp from $internal_net to <ldap_pool> port 389 -> $internal_gw
# The rdr rules for the www service
rdr on $ext_if proto tcp from any to $www_service_ip port 80 -> <www_pool> sticky-address
"""
# lbsh gives reflected connections more source ports than PF does by itself.
GATEWAY, GATEWAY_WITH_PORTS = "-> $internal_gw\n", "-> $internal_gw port 1024:65535\n"
# What Fig. 7 leaves out of the mail farm makes no rule: no external address, no reflection of SMTP.
FIG_7_LEAVES_OUT = ("-> $external_addr", "on $int_if proto tcp from $internal_net to $mx", "to <mx_pool> port 25 ->")
RULES_OF_FIG_7 = "".join(
    line for line in FIG_3.splitlines(keepends=True) if not any(part in line for part in FIG_7_LEAVES_OUT)
)

ONE_SERVICE = """
interface external xl0
service WWW is 62.103.127.154 tcp 80
pool web for WWW
"""
BOTH_FAMILIES = """
interface external xl0
interface internal xl1
external addr 62.103.127.153
external addr 2001:db8::153
internal net 192.168.1.0/24
internal net 192.168.2.0/24
internal net fd00::/64
internal gw 192.168.1.1
internal gw fd00::1
service SMTP4 is 62.103.127.154 tcp 25 reflect
service SMTP6 is 2001:db8::154 tcp 25 reflect
service DNS6 is 2001:db8::155 tcp+udp 53 reflect
pool mx4 for SMTP4
add 192.168.1.2, 192.168.2.2 to mx4
pool mx6 for SMTP6
add fd00::2, fd00::3 to mx6
pool dns6 for DNS6
add fd00::2 to dns6
"""
DEVICE = {"xl0": ("62.103.127.153",), "xl1": ("192.168.1.1", "fd00::1")}


def emit(site: Site | str, release: str = "freebsd-14", *flags: str) -> str:
    site = site_of(site) if isinstance(site, str) else site
    return BACKEND.render(site, Options(release, frozenset(flags))).text


def rules(site: Site | str, release: str = "freebsd-14", *flags: str) -> Ruleset:
    """The emitted rules, as PF of that release reads them."""
    return read_pf(emit(site, release, *flags), release, anchor="anchor" in flags)


def lines(text: str, start: str) -> list[str]:
    return [line for line in text.splitlines() if line.startswith(start)]


def members(ruleset: Ruleset) -> Mapping[str, object]:
    return {name: table.members for name, table in ruleset.tables.items()}


def with_pool_names(site: Site, *names: str) -> Site:
    """The site with other names for its pools, in their order: also names that a script could not give."""
    services = [
        replace(service, pool=replace(service.pool, name=name))
        for service, name in zip(site.services, names, strict=True)
        if service.pool is not None
    ]
    return replace(site, services=tuple(services))


def many_pools(count: int) -> Site:
    services = [f"service S{n} is 62.103.127.154 tcp {n + 1}\npool p{n} for S{n}\n" for n in range(count)]
    return site_of("interface external xl0\n" + "".join(services))


# The paper


@pytest.mark.parametrize("release", RELEASES)
@pytest.mark.parametrize(
    ("script", "figure", "timeouts"),
    [
        pytest.param(FIG_7, RULES_OF_FIG_7, {}, id="Fig. 7"),
        pytest.param(MAIL_FARM, FIG_3, {}, id="Fig. 3"),
        # The language's default of one hour; the figure keeps clients only as long as they have states.
        pytest.param(WEB_FARM, FIG_4, {"src.track": 3600}, id="Fig. 4"),
    ],
)
def test_scripts_of_the_paper_give_the_rules_of_its_figures(
    script: str, figure: str, timeouts: Mapping[str, int], release: str
) -> None:
    emitted, expected = rules(script, release), read_pf(figure.replace(GATEWAY, GATEWAY_WITH_PORTS), release)
    assert emitted.rdrs == expected.rdrs
    assert emitted.nats == expected.nats
    assert members(emitted) == members(expected)
    assert emitted.timeouts == timeouts


def test_what_fig_7_leaves_out_is_three_rules() -> None:
    assert len(FIG_3.splitlines()) - len(RULES_OF_FIG_7.splitlines()) == 3


def test_sticky_example_of_section_3_1() -> None:
    emitted = rules("interface external xl0\nservice WWW is 62.103.127.154 tcp 80 sticky\npool www_pool for WWW\n")
    expected = read_pf(
        "set timeout src.track 3600\n"
        "set limit src-nodes 262144\n"
        "scrub in all fragment reassemble\n"  # the section leaves fragments alone
        "table <www_pool> {}\n"
        "rdr on xl0 proto tcp from any to 62.103.127.154 port 80 -> <www_pool> sticky-address\n"
    )
    assert emitted == expected


def test_reflect_example_of_section_3_1() -> None:
    emitted = rules(
        "interface external xl0\ninterface internal xl1\ninternal net 192.168.1.0/24\ninternal gw 192.168.1.1\n"
        "service LDAP is 62.103.127.157 tcp 389 reflect\npool ldap_pool for LDAP\n"
    )
    expected = read_pf(
        "scrub in all fragment reassemble\n"  # the section leaves fragments alone
        "table <ldap_pool> {}\n"
        "no nat on xl1 proto tcp from (xl1) to 192.168.1.0/24\n"  # from Fig. 3; the section does not repeat it
        "rdr on xl0 proto tcp from any to 62.103.127.157 port 389 -> <ldap_pool>\n"
        "rdr on xl1 proto tcp from 192.168.1.0/24 to 62.103.127.157 port 389 -> <ldap_pool>\n"  # printed without `port`
        "nat on xl1 proto tcp from 192.168.1.0/24 to <ldap_pool> port 389 -> 192.168.1.1 port 1024:65535\n"
    )
    assert emitted == expected


# What PF does with packets


@pytest.mark.parametrize(
    ("packet", "table"),
    [
        (Packet.of("xl0", "in", "tcp", "198.51.100.9", "62.103.127.154", 25), "mx4"),
        (Packet.of("xl0", "in", "tcp", "2001:db8:9::9", "2001:db8::154", 25), "mx6"),
        (Packet.of("xl0", "in", "udp", "2001:db8:9::9", "2001:db8::155", 53), "dns6"),
        (Packet.of("xl1", "in", "tcp", "192.168.1.9", "62.103.127.154", 25), "mx4"),
        (Packet.of("xl1", "in", "tcp", "192.168.2.9", "62.103.127.154", 25), "mx4"),
        (Packet.of("xl1", "in", "tcp", "fd00::9", "2001:db8::155", 53), "dns6"),
        (Packet.of("xl0", "in", "udp", "198.51.100.9", "62.103.127.154", 25), None),
        (Packet.of("xl0", "in", "tcp", "198.51.100.9", "62.103.127.154", 26), None),
        (Packet.of("xl0", "out", "tcp", "198.51.100.9", "62.103.127.154", 25), None),
        (Packet.of("xl1", "in", "tcp", "10.0.0.1", "62.103.127.154", 25), None),
        (Packet.of("xl2", "in", "tcp", "198.51.100.9", "62.103.127.154", 25), None),
    ],
    ids=str,
)
def test_redirects(packet: Packet, table: str | None) -> None:
    found = rules(BOTH_FAMILIES).rdr(packet, DEVICE)
    assert (found and found.target) == (table and TableName(table))


@pytest.mark.parametrize(
    ("packet", "source"),
    [
        # Reflected: once rdr has chosen the server, the connection leaves with the gateway's address. With several nets
        # of a family it has a tag from there.
        (Packet.of("xl1", "out", "tcp", "192.168.1.9", "192.168.1.2", 25), "192.168.1.1"),
        (Packet.of("xl1", "out", "udp", "fd00::9", "fd00::2", 53), "fd00::1"),
        # From one net to a server of another, by itself: the server sees the client.
        (Packet.of("xl1", "out", "tcp", "192.168.2.9", "192.168.1.2", 25), None),
        # The device's own, to the same servers: never.
        (Packet.of("xl1", "out", "tcp", "192.168.1.1", "192.168.1.2", 25), None),
        (Packet.of("xl1", "out", "udp", "fd00::1", "fd00::2", 53), None),
        # From outside: the server sees the client.
        (Packet.of("xl1", "out", "tcp", "198.51.100.9", "192.168.1.2", 25), None),
        # Outbound
        (Packet.of("xl0", "out", "tcp", "192.168.2.9", "198.51.100.9", 80), "62.103.127.153"),
        (Packet.of("xl0", "out", "icmp6", "fd00::9", "2001:db8:9::9", 0), "2001:db8::153"),
        (Packet.of("xl0", "out", "tcp", "62.103.127.153", "198.51.100.9", 80), None),
        (Packet.of("xl1", "in", "tcp", "192.168.1.9", "192.168.1.2", 25), None),
    ],
    ids=str,
)
def test_sources(packet: Packet, source: str | None) -> None:
    found = rules(BOTH_FAMILIES).nat(packet, DEVICE)
    assert (found and str(found.target)) == source


@pytest.mark.parametrize("release", RELEASES)
def test_reflected_connections_have_all_but_the_reserved_source_ports(release: str) -> None:
    nats = [rule for rule in rules(BOTH_FAMILIES, release).nats if isinstance(rule, Nat)]
    ports = {rule.interface: {one.source_ports for one in nats if one.interface == rule.interface} for rule in nats}
    assert ports == {"xl0": {(50001, 65535)}, "xl1": {(1024, 65535)}}


def test_without_reflect_a_connection_from_inside_is_left_alone() -> None:
    emitted = rules(FIG_7)
    assert emitted.rdr(Packet.of("xl1", "in", "tcp", "192.168.1.9", "62.103.127.154", 25), DEVICE) is None
    assert emitted.nat(Packet.of("xl1", "out", "tcp", "192.168.1.9", "192.168.1.2", 25), DEVICE) is None


# Rules by statement


def test_each_family_has_rules_of_its_own() -> None:
    text = emit(BOTH_FAMILIES)
    assert all((" inet6 " in line) == (":" in line.partition(" to ")[2]) for line in lines(text, "rdr"))
    nats = [rule for rule in rules(BOTH_FAMILIES).nats if isinstance(rule, Nat)]
    assert all(
        isinstance(rule.target, IPv4Address | IPv6Address) and rule.family == rule.target.version for rule in nats
    )
    assert [str(rule.target) for rule in nats[-3:]] == ["fd00::1"] * 3


def test_no_nat_stands_before_every_nat_and_covers_all_that_is_reflected() -> None:
    nats = rules(BOTH_FAMILIES).nats
    first = [rule for rule in nats if isinstance(rule, NoNat)]
    assert nats[: len(first)] == tuple(first)
    assert {(rule.family, rule.protocol, str(rule.destination)) for rule in first} == {
        (4, "tcp", "192.168.1.0/24"),
        (4, "tcp", "192.168.2.0/24"),
        (6, "tcp", "fd00::/64"),
        (6, "udp", "fd00::/64"),
    }


def test_port_lists_and_ranges_keep_the_port_and_the_reflection_covers_the_same_ports() -> None:
    script = MAIL_FARM.replace("tcp 25", "tcp 80,443,30000-30100")
    assert "port { 80 443 30000:30100 } -> <mx_pool>\n" in emit(script)
    emitted = rules(script)
    ports = [(80, 80), (443, 443), (30000, 30100)]
    redirected = [rule for rule in emitted.rdrs if rule.target == TableName("mx_pool")]
    assert [rule.ports for rule in redirected] == ports * 2
    assert {rule.port for rule in redirected} == {None}
    assert [rule.ports for rule in emitted.nats if rule.destination == TableName("mx_pool")] == ports


def test_a_server_port_stands_before_the_pool_options_and_is_what_the_reflection_meets() -> None:
    script = FIG_7.replace("389 reflect", "389 reflect sticky").replace("for LDAP", "for LDAP port 3389")
    assert lines(emit(script), "rdr on xl0")[1].endswith(" port 389 -> <ldap_pool> port 3389 sticky-address")
    emitted = rules(script)
    assert {rule.port for rule in emitted.rdrs if rule.target == TableName("ldap_pool")} == {3389}
    assert emitted.nat(Packet.of("xl1", "out", "tcp", "192.168.1.2", "192.168.1.3", 3389), DEVICE) is not None
    assert emitted.nat(Packet.of("xl1", "out", "tcp", "192.168.1.2", "192.168.1.3", 389), DEVICE) is None


def test_both_protocols() -> None:
    emitted = rules(MAIL_FARM.replace("tcp 25", "tcp+udp 25"))
    assert [rule.protocol for rule in emitted.rdrs] == ["tcp", "udp", "tcp", "udp", "tcp", "tcp"]
    assert [rule.protocol for rule in emitted.nats] == ["tcp", "udp", None, "tcp", "udp", "tcp"]


@pytest.mark.parametrize("release", RELEASES)
def test_an_empty_pool_has_an_empty_table_that_a_load_empties(release: str) -> None:
    assert "table <web> { }\n" in emit(ONE_SERVICE, release)
    assert rules(ONE_SERVICE, release).tables["web"] == pf_reader.Table("web", frozenset())


def test_members_stand_one_a_line_without_commas() -> None:
    text = emit(MAIL_FARM)
    assert "table <mx_pool> {\n  192.168.1.2\n  192.168.1.3\n}\n" in text
    rows = [line for line in text.splitlines() if not line.startswith("#")]
    assert not any("," in line for line in rows)


def test_drained_servers_and_idle_backups_are_not_in_the_table() -> None:
    script = ONE_SERVICE + "add 10.0.0.1-3 to web\nadd 10.0.0.9 to web backup\n"
    assert members(rules(script + "drain 10.0.0.2 from web\n")) == {"web": addresses("10.0.0.1", "10.0.0.3")}
    idle = script + "".join(f"drain 10.0.0.{n} from web\n" for n in (1, 2, 3))
    assert members(rules(idle)) == {"web": addresses("10.0.0.9")}
    assert members(rules(idle + "drain 10.0.0.9 from web\n")) == {"web": frozenset()}


def addresses(*texts: str) -> frozenset[pf_reader.Network]:
    return frozenset(ip_network(text) for text in texts)


def test_a_service_without_a_pool_makes_no_rule() -> None:
    assert rules("interface external xl0\nservice WWW is 62.103.127.154 tcp 80 sticky\n") == Ruleset({}, {}, {}, (), ())


@pytest.mark.parametrize("release", RELEASES)
def test_a_site_that_asks_for_nothing(release: str) -> None:
    assert rules(Site(), release) == rules(Site(), release, "anchor") == Ruleset({}, {}, {}, (), ())


def test_outbound_translation_needs_no_service() -> None:
    nets = "internal net fd00::/64\ninternal net 10.0.0.0/8\n"
    emitted = rules("interface external xl0\nexternal addr 2001:db8::1\n" + nets)
    assert [(rule.family, str(rule.source)) for rule in emitted.nats] == [(6, "fd00::/64")]


# Fragments, of which only the first has ports

OUTBOUND_ONLY = "interface external xl0\nexternal addr 2001:db8::1\ninternal net fd00::/64\n"


@pytest.mark.parametrize("script", [ONE_SERVICE, BOTH_FAMILIES, WEB_FARM, OUTBOUND_ONLY])
@pytest.mark.parametrize("release", RELEASES)
def test_a_whole_file_puts_fragments_together(script: str, release: str) -> None:
    assert rules(script, release).reassembles


@pytest.mark.parametrize(
    ("release", "statement"), [("freebsd-14", "scrub in all fragment reassemble"), ("freebsd-15", "set reassemble yes")]
)
def test_an_anchor_names_the_statement_that_puts_fragments_together(release: str, statement: str) -> None:
    assert f"{statement}\n" in emit(ONE_SERVICE, release)
    notes = [line for line in lines(emit(ONE_SERVICE, release, "anchor"), "#") if f"`{statement}`" in line]
    assert len(notes) == 1
    assert not rules(ONE_SERVICE, release, "anchor").reassembles


# Stickiness


def test_the_sticky_time_is_the_sources_timeout() -> None:
    assert rules(WEB_FARM.replace("sticky", "sticky 5m")).timeouts == {"src.track": 300}
    assert rules(WEB_FARM).limits == {"src-nodes": 262_144}  # at PF's own 10,000 the next client would be dropped
    assert rules(MAIL_FARM).limits == {}
    assert [rule.sticky for rule in rules(WEB_FARM).rdrs] == [False, False, True]
    assert rules(MAIL_FARM).timeouts == {}


def test_a_reflected_sticky_service_is_sticky_inside_too() -> None:
    assert all(rule.sticky for rule in rules(FIG_7.replace("reflect", "reflect sticky")).rdrs[1:])


def test_an_anchor_sets_no_option_but_names_it() -> None:
    text = emit(WEB_FARM, "freebsd-14", "anchor")
    assert not lines(text, "set ")
    assert any(line.startswith("#") and "`set timeout src.track 3600`" in line for line in text.splitlines())


def test_a_longest_sticky_time_still_fits_the_kernels_integer() -> None:
    site = site_of(WEB_FARM)
    longest = replace(site, services=tuple(replace(service, sticky=2**40) for service in site.services))
    assert rules(longest).timeouts == {"src.track": 2**31 - 1}


# Algorithms


def test_freebsd_14_balances_a_block_where_a_table_would_be_refused() -> None:
    script = MAIL_FARM.replace("for LDAP", "for LDAP balance source-hash").replace("1.3 to ldap", "1.5 to ldap")
    script = script.replace("1.2 to ldap", "1.7, 192.168.1.6 to ldap")
    emitted = rules(script)
    block = ip_network("192.168.1.4/30")
    ldap = [rule for rule in emitted.rdrs if rule.ports == (389, 389)]
    assert [(rule.target, rule.algorithm) for rule in ldap] == [(block, "source-hash")] * 2
    assert emitted.servers(ldap[0]) == {ip_address(f"192.168.1.{n}") for n in (4, 5, 6, 7)}
    assert [rule.destination for rule in emitted.nats if rule.ports == (389, 389)] == [block]
    assert set(emitted.tables) == {"mx_pool"}


@pytest.mark.parametrize("drained", ["", "drain 192.168.1.3 from ldap_pool\n"])
def test_freebsd_14_goes_through_a_table_in_turn_for_random_and_says_so(drained: str) -> None:
    script = MAIL_FARM.replace("for LDAP", "for LDAP balance random") + drained
    emitted = rules(script)
    assert [(rule.target, rule.algorithm) for rule in emitted.rdrs[2:]] == [(TableName("ldap_pool"), "round-robin")] * 2
    assert members(emitted) == members(rules(script, "freebsd-15"))
    saying = "# random: PF of this release takes the servers of a table in turn\n"
    assert emit(script).partition("table <ldap_pool>")[0].endswith(saying)
    assert emit(script).count(saying) == 1
    assert saying not in emit(script, "freebsd-15")


@pytest.mark.parametrize("algorithm", ["random", "source-hash"])
def test_freebsd_15_balances_a_table_by_any_of_its_algorithms(algorithm: str) -> None:
    emitted = rules(MAIL_FARM.replace("for LDAP", f"for LDAP balance {algorithm}"), "freebsd-15")
    assert [(rule.target, rule.algorithm) for rule in emitted.rdrs[2:]] == [(TableName("ldap_pool"), algorithm)] * 2
    assert {rule.algorithm for rule in emitted.rdrs[:2]} == {"round-robin"}


@pytest.mark.parametrize("algorithm", ["random", "source-hash"])
@pytest.mark.parametrize("members", ["", "add 10.0.0.1 to web\n"])
def test_freebsd_14_keeps_the_table_of_a_pool_with_nothing_to_choose(algorithm: str, members: str) -> None:
    emitted = rules(ONE_SERVICE.replace("for WWW", f"for WWW balance {algorithm}") + members)
    assert [(rule.target, rule.algorithm) for rule in emitted.rdrs] == [(TableName("web"), "round-robin")]


@pytest.mark.parametrize("release", RELEASES)
def test_source_hash_has_a_key_of_its_own_so_that_a_load_moves_no_client(release: str) -> None:
    script = MAIL_FARM.replace("for SMTP", "for SMTP balance source-hash").replace("tcp 25", "tcp 25,465")
    assert {rule.key for rule in rules(script, release).rdrs[:4]} == {"mx_pool"}


def test_options_stand_together() -> None:
    script = ONE_SERVICE.replace("80", "80 sticky").replace("for WWW", "for WWW balance source-hash port 8080")
    assert lines(emit(script, "freebsd-15"), "rdr")[0].endswith("-> <web> port 8080 source-hash web sticky-address")


# Names of tables


@pytest.mark.parametrize(
    "name", ["in", "pass", "table", "random", "anchor", "sticky-address", "crop", "drop-ovl", "p" * 32, "p" * 63]
)
def test_names_that_pf_refuses_get_a_readable_name_that_it_takes(name: str) -> None:
    site = with_pool_names(many_pools(1), name)
    (table,) = rules(site).tables
    assert table.startswith(name[:22])
    assert [(rename.old, rename.new) for rename in BACKEND.renames(site)] == [(name, table)]
    assert next(iter(BACKEND.renames(site))).origin.line == 2


@pytest.mark.parametrize("name", ["tcp", "persist", "const", "self", "_", "p.q-r_s", "Pass", "p" * 31, "INET"])
def test_names_that_pf_takes_stay(name: str) -> None:
    site = with_pool_names(many_pools(1), name)
    assert list(rules(site).tables) == [name]
    assert not list(BACKEND.renames(site))


def test_two_pools_never_share_a_table() -> None:
    long = "p" * 62
    names = [long + "a", long + "b", "in", "pass", "p" * 31]
    taken = [rename.new for rename in BACKEND.renames(with_pool_names(many_pools(len(names)), *names))]
    names += taken  # pools that are called just as others would have been
    emitted = rules(with_pool_names(many_pools(len(names)), *names))
    assert len({rule.target for rule in emitted.rdrs}) == len(emitted.tables) == len(names)
    assert set(taken) <= set(emitted.tables)


def test_a_name_depends_on_no_other_pool() -> None:
    first, second = "p" * 62 + "a", "p" * 62 + "b"
    alone = list(BACKEND.renames(with_pool_names(many_pools(1), second)))
    others = list(BACKEND.renames(with_pool_names(many_pools(3), first, "other", second)))
    assert alone[0].new == others[-1].new


def test_words_of_the_grammar_are_known() -> None:
    assert pf_reader.KEYWORDS < KEYWORDS


@pytest.mark.parametrize(("external", "internal"), [("pass", "queue"), ("crop", "drop-ovl")])
def test_an_interface_named_like_a_word_of_the_grammar_is_quoted(external: str, internal: str) -> None:
    emitted = rules(MAIL_FARM.replace("xl0", external).replace("xl1", internal))
    assert {rule.interface for rule in (*emitted.rdrs, *emitted.nats)} == {external, internal}


@pytest.mark.parametrize("name", ["a\nb.lb", "\r\x1b[2J.lb", "\u2028.lb", "\udcff.lb", "a\\", "δίκτυο.lb"])
def test_comments_cannot_break_the_file(name: str) -> None:
    text = emit(site_of(MAIL_FARM, name))
    assert ("δίκτυο.lb:1" in text) == (name == "δίκτυο.lb")
    assert all(line.isprintable() for line in text.split("\n"))
    assert read_pf(text) == rules(MAIL_FARM)


# The artifact


def test_pass_is_written_where_it_is_asked_for() -> None:
    assert {rule.passes for rule in rules(MAIL_FARM).rdrs} == {False}
    assert {rule.passes for rule in rules(MAIL_FARM, "freebsd-14", "pass").rdrs} == {True}
    assert {rule.passes for rule in rules(MAIL_FARM, "freebsd-15", "pass", "anchor").rdrs} == {True}


def test_an_anchor_holds_the_same_rules_as_the_whole_file() -> None:
    assert rules(BOTH_FAMILIES, "freebsd-14", "anchor") == replace(rules(BOTH_FAMILIES), reassembles=False)
    head = emit(BOTH_FAMILIES, "freebsd-14", "anchor").partition("\n\n")[0]
    assert 'nat-anchor "lbsh"' in head
    assert 'rdr-anchor "lbsh"' in head


@pytest.mark.parametrize(
    ("release", "rivals"),
    [
        ("freebsd-14", "# The first rule that matches decides: none before these two"),
        ("freebsd-15", "# PF prefers the translation rules of /etc/pf.conf, wherever they stand"),
    ],
)
def test_an_anchor_says_which_translation_rules_beside_it_count(release: str, rivals: str) -> None:
    assert lines(emit(BOTH_FAMILIES, release, "anchor"), rivals)


@pytest.mark.parametrize("flags", [(), ("anchor",), ("pass",), ("anchor", "pass")])
@pytest.mark.parametrize("release", RELEASES)
def test_the_same_site_gives_the_same_bytes(release: str, flags: tuple[str, ...]) -> None:
    assert emit(BOTH_FAMILIES, release, *flags) == emit(BOTH_FAMILIES, release, *reversed(flags))


def test_every_rule_leads_back_to_its_statement_and_says_so() -> None:
    artifact = BACKEND.render(site_of(MAIL_FARM), Options("freebsd-14"))
    origins = {line.text.strip(): line.origin for line in artifact.lines if line.text and not line.text.startswith("#")}
    assert [text for text, origin in origins.items() if origin is None] == ["scrub in all fragment reassemble"]
    places = {text: origin.line + 1 for text, origin in origins.items() if origin is not None}
    assert places["192.168.1.4"] == 17
    assert places["table <mx_pool> {"] == 10
    assert [places[text] for text in places if text.startswith("rdr")] == [7, 7, 8, 8]
    assert "# service SMTP (site.lb:7), pool mx_pool (site.lb:10)\nrdr " in artifact.text


def test_targets_and_flags() -> None:
    assert BACKEND.targets == RELEASES
    assert BACKEND.capabilities("freebsd-14") < BACKEND.capabilities("freebsd-15")
    assert set(BACKEND.flags) == {"anchor", "pass"}


# The reader itself: what pfctl refuses, it refuses

P = "table <p> { 10.0.0.1 }\n"
RDR = "rdr on xl0 inet proto tcp from any to 192.0.2.1 port 80 -> <p>"

SCRUB, REASSEMBLE = "scrub in all fragment reassemble\n", "set reassemble yes\n"
NAT = "nat on xl1 inet proto tcp from any to 192.0.2.1 port 80 -> 192.0.2.2"


def test_the_reader_reads_what_pfctl_reads() -> None:
    assert read_pf(f"{P}{RDR}\n").rdrs[0] == Rdr(
        "xl0", 4, "tcp", None, ip_network("192.0.2.1"), (80, 80), TableName("p"), None, "round-robin", "", False, False
    )
    spread = "table <p> {\n\n10.0.0.1, 10.0.0.2\n10.0.0.3 # the last\n}\n"
    assert len(read_pf(f"{spread}{RDR}\n").tables["p"].members or ()) == 3
    kept = "rdr on xl0 proto tcp from any to { 192.0.2.1 2001:db8::1 } port 80 -> <p>\n"
    assert [rule.family for rule in read_pf(P + kept).rdrs] == [4]
    nats = read_pf(f"{NAT}\n{NAT} port 1024:65535\n").nats
    assert [rule.source_ports for rule in nats if isinstance(rule, Nat)] == [(50001, 65535), (1024, 65535)]


@pytest.mark.parametrize(
    ("name", "rest"),
    [
        ("p", "persist { 10.0.0.1 }"),
        ("p", "{ 10.0.0.1 } persist"),
        ("p", "{ 10.0.0.1,\n10.0.0.2 }"),
        ("p", "{ 10.0.0.1,,10.0.0.2 }"),
        ("p", "{ 10.0.0.1, }"),
        ("p", "{ 10.0.0.1 10.0.0.1 }"),
        ("p", "{ 10.0.0.1/24 }"),
        ("p", "{ any }"),
        ("p", "{"),
        ("p", "{ web.example.org }"),
        ("p", "const { }"),
        ("in", "{ }"),
        ('"in"', "{ }"),
        ("12", "{ }"),
        ("p" * 32, "{ }"),
    ],
)
def test_the_reader_refuses_tables_that_it_does_not_fully_understand(name: str, rest: str) -> None:
    with pytest.raises(PfError):
        read_pf(f"table <{name}> {rest}\n{RDR.replace('<p>', f'<{name}>')}\n")


@pytest.mark.parametrize(
    "text",
    [
        f"{P}{RDR}",
        f"{P}{RDR}\n".replace("\n", "\r\n"),
        P,
        f"{P}{P}{RDR}\n",
        f"{RDR}\n",
        f"{P}{RDR}\n{P.replace('<p>', '<q>')}",
        f"{P}set timeout src.track 3600\n{RDR}\n",
        "set limit states 3600\n",
        "set limit src-nodes 1\nset limit src-nodes 2\n",
        "set timeout src.track 1h\n",
        "set timeout tcp.first 60\n",
        "set skip on lo0\n",
        "set reassemble yes\n",
        f"{SCRUB}{SCRUB}",
        f"{SCRUB}set limit src-nodes 1\n",
        f"{P}{SCRUB}{RDR}\n",
        "scrub all fragment reassemble\n",
        "scrub in all\n",
        "scrub in on xl0 all fragment reassemble\n",
        "scrub in all fragment crop\n",
        "scrub in all no-df fragment reassemble\n",
        "no scrub in all\n",
        f"{P}pass in all\n{RDR}\n",
        f"{P}{RDR}\npass in all\n",
        f"{P}{RDR} port 8080 port 8081\n",
        f"{P}{RDR} sticky-address port 8080\n",
        f"{P}{RDR} sticky-address sticky-address\n",
        f"{P}{RDR} round-robin random\n",
        f"{P}{RDR} random\n",
        f"{P}{RDR} bitmask\n",
        f"{P}{RDR} least-connections\n",
        f"{P}{RDR} static-port\n",
        f"{P}{RDR.replace(' port 80', ' 80')}\n",
        f"{P}{RDR.replace(' proto tcp', '')}\n",
        f"{P}{RDR.replace('inet', 'inet6')}\n",
        f"{P}{RDR.replace('proto tcp from any', 'from any proto tcp')}\n",
        f"{P}{RDR.replace('on xl0 inet', 'inet on xl0')}\n",
        f"{P}{RDR.replace('on xl0', 'in on xl0')}\n",
        f"{P}{RDR.replace('xl0', 'pass')}\n",
        f"{P}{RDR.replace('any', '$clients')}\n",
        f"{P}{RDR.replace('80', '{ }')}\n",
        f"{P}{RDR.replace('80', '{ 80, }')}\n",
        f"{P}{RDR.replace('80', '443:80')}\n",
        f"{P}{RDR.replace('80', '80-90')}\n",
        f"{P}{RDR.replace('80', 'http')}\n",
        f"{P}{RDR.replace('<p>', '10.0.0.1')}\n",
        f"{P}{RDR.replace('<p>', '2001:db8::/127 random')}\n",
        f"{P}{RDR.replace('<p>', '10.0.0.0/30 source-hash key sticky-address')}\n",
        f"{P}no {RDR}\n",
        f"{P}nat on xl0 inet from any to any -> <p>\n",
        f"{P}nat on xl0 inet from any to any -> 192.0.2.1 static-port\n",
        f"{P}{RDR} port 8080:8090\n",
        f"{NAT} port 8080\n",
        f"{NAT} port 65535:1024\n",
        f"{NAT} port 0:65535\n",
        f"{P}nat pass on xl0 inet from any to any -> 192.0.2.1\n",
        f"{P}nat on xl0 from any to any -> (xl0)\n",
        f"{P}nat on xl0 from (xl1) to any port 80 -> 192.0.2.1\n",
        "pool=<p>\n",
        "in=xl0\n",
        "# joins the next line \\\n",
        "# a\x07bell\n",
    ],
)
def test_the_reader_refuses_what_it_does_not_fully_understand(text: str) -> None:
    with pytest.raises(PfError):
        read_pf(text)


def test_the_reader_knows_where_it_reads() -> None:
    with pytest.raises(PfError, match="sets no options"):
        read_pf("set timeout src.track 3600\n", anchor=True)
    with pytest.raises(PfError, match="main file alone"):
        read_pf(SCRUB, anchor=True)
    for twice_or_elsewhere in (SCRUB, f"{REASSEMBLE}{REASSEMBLE}", f"{REASSEMBLE}{SCRUB}", "set reassemble no\n"):
        with pytest.raises(PfError):
            read_pf(twice_or_elsewhere, "freebsd-15")
    assert read_pf(REASSEMBLE, "freebsd-15").reassembles
    assert read_pf(SCRUB).reassembles
    assert read_pf(f"{P}{RDR} random\n", "freebsd-15").rdrs[0].algorithm == "random"
