"""The text for iptables as a whole: its form, loading, names, and connections that leave the device."""

from __future__ import annotations

import re
from dataclasses import replace

import pytest

from lbsh_lang.backends.iptables import BACKEND
from lbsh_lang.backends.iptables.jumps import Jump, jumps_in
from lbsh_lang.backends.iptables.names import FIXED_CHAINS
from lbsh_lang.site.model import Site
from tests.golden_rules import FOLDER
from tests.iptables_reader import Nat, Packet, RestoreError
from tests.iptables_sites import (
    CLIENT,
    CLIENT_6,
    DEVICE,
    SERVICE,
    SERVICE_6,
    met,
    nat_of,
    outside,
    render,
    text_of,
    web,
)
from tests.reading import site_of

MAIL = """interface external xl0
interface internal xl1
external addr 62.103.127.153
internal net 192.168.1.0/24
internal gw 192.168.1.1
service SMTP is 62.103.127.154 tcp 25 reflect
service LDAP is 62.103.127.157 tcp 389 reflect
pool mx_pool for SMTP
add 192.168.1.2 to mx_pool
add 192.168.1.3 to mx_pool
pool ldap_pool for LDAP
add 192.168.1.2-4 to ldap_pool
"""

MAIL_RULES = """\
*nat
:LBSH-PREROUTING - [0:0]
:LBSH-POSTROUTING - [0:0]
:LBSH-EXTERNAL - [0:0]
:LBSH-INTERNAL - [0:0]
:LBSH-REFLECTED - [0:0]
:LBSH/LDAP - [0:0]
:LBSH/SMTP - [0:0]
-4 -A LBSH-PREROUTING -i xl0 -g LBSH-EXTERNAL
-4 -A LBSH-PREROUTING -i xl1 -s 192.168.1.0/24 -g LBSH-INTERNAL
-4 -A LBSH-POSTROUTING -o xl1 -s 192.168.1.0/24 -m conntrack --ctstate DNAT -g LBSH-REFLECTED
-4 -A LBSH-POSTROUTING -o xl0 -s 192.168.1.0/24 -j SNAT --to-source 62.103.127.153

# service SMTP (site.lb:6), pool mx_pool (site.lb:8)
-4 -A LBSH-EXTERNAL -d 62.103.127.154 -p tcp --dport 25 -j LBSH/SMTP
-4 -A LBSH-INTERNAL -d 62.103.127.154 -p tcp --dport 25 -j LBSH/SMTP
-4 -A LBSH-REFLECTED -m conntrack --ctproto tcp --ctorigdst 62.103.127.154 --ctorigdstport 25 -j SNAT --to-source 192.168.1.1
-4 -A LBSH/SMTP -m statistic --mode nth --every 2 --packet 0 -j DNAT --to-destination 192.168.1.2
-4 -A LBSH/SMTP -j DNAT --to-destination 192.168.1.3

# service LDAP (site.lb:7), pool ldap_pool (site.lb:11)
-4 -A LBSH-EXTERNAL -d 62.103.127.157 -p tcp --dport 389 -j LBSH/LDAP
-4 -A LBSH-INTERNAL -d 62.103.127.157 -p tcp --dport 389 -j LBSH/LDAP
-4 -A LBSH-REFLECTED -m conntrack --ctproto tcp --ctorigdst 62.103.127.157 --ctorigdstport 389 -j SNAT --to-source 192.168.1.1
-4 -A LBSH/LDAP -m statistic --mode nth --every 3 --packet 0 -j DNAT --to-destination 192.168.1.2
-4 -A LBSH/LDAP -m statistic --mode nth --every 2 --packet 0 -j DNAT --to-destination 192.168.1.3
-4 -A LBSH/LDAP -j DNAT --to-destination 192.168.1.4
COMMIT
"""  # noqa: E501


# The text


def test_a_small_site_reads_well() -> None:
    text = render(site_of(MAIL)).text
    assert text.endswith(MAIL_RULES)
    header = text.removesuffix(MAIL_RULES)
    assert all(line.startswith("# ") for line in header.splitlines())
    for chain in ("PREROUTING", "POSTROUTING"):
        jump = f"{chain} -j LBSH-{chain}"
        assert f"iptables -t nat -C {jump} 2>/dev/null || iptables -t nat -I {jump}\n" in header
    assert "ip6tables -t nat" not in text
    assert "xt_recent" not in text


def test_the_header_says_how_to_load_it() -> None:
    """By both programs, and with the lock waited for: else a load at the wrong moment fails."""
    for text in (text_of(web()), text_of(web(f"{SERVICE_6} tcp 80", servers="fd00:1::2"), "hook")):
        assert "\n#   iptables-restore -w --noflush FILE\n" in text
        assert "\n#   ip6tables-restore -w --noflush FILE   (always, unless this machine has no ip6tables" in text
    assert [step.split("FILE")[0] for step in BACKEND.load] == [
        "iptables-restore -w --noflush ",
        "ip6tables-restore -w --noflush ",
    ]
    assert "always, unless this machine has no ip6tables" in BACKEND.load[1]


def test_a_site_that_loses_ipv6_loses_its_rules_too() -> None:
    nat = nat_of("external addr 2001:db8::1\n" + web(f"{SERVICE_6} tcp 80 reflect", servers="fd00:1::2"), 6)
    four = site_of(MAIL)
    assert four.families() == (4,)
    nat.restore(render(four).text)
    assert not any(nat.chains[chain] for chain in FIXED_CHAINS)
    assert met(nat, outside(SERVICE_6)) == [None]
    assert nat.texts["PREROUTING"] == ["-j LBSH-PREROUTING"]


def test_the_header_names_what_the_site_needs() -> None:
    assert "ip6tables -t nat -I PREROUTING" in text_of(web(f"{SERVICE_6} tcp 80", servers="fd00:1::2"))
    sticky = " ".join(text_of(web(f"{SERVICE} tcp 80 sticky")).split("*nat")[0].replace("\n#", "").split())
    assert "ip_list_tot" in sticky
    assert "remembers the last 100 clients" in sticky
    assert "A further client pushes out the one seen longest ago, which gets a server anew" in sticky


def test_hook_sets_the_jumps_and_is_refused_a_second_time() -> None:
    nat = Nat(4)
    nat.restore(text_of(web(), "hook"))
    before = nat.texts
    with pytest.raises(RestoreError, match="Chain already exists"):
        nat.restore(text_of(web(servers="192.168.1.9"), "hook"))
    assert nat.texts == before
    assert nat.texts["PREROUTING"] == ["-j LBSH-PREROUTING"]
    assert nat.texts["POSTROUTING"] == ["-j LBSH-POSTROUTING"]


def test_without_hook_loading_again_changes_nothing() -> None:
    nat = nat_of(web(f"{SERVICE} tcp 80 sticky reflect"))
    before = nat.texts
    nat.restore(text_of(web(f"{SERVICE} tcp 80 sticky reflect")))
    assert nat.texts == before


def test_no_rule_outside_our_chains() -> None:
    lines = text_of(web(f"{SERVICE} tcp+udp 53 sticky reflect", "port 5353")).splitlines()
    rules = [line for line in lines if line and not line.startswith("#")]
    assert all(rule.startswith(("*nat", "*mangle", ":LBSH", "-4 -A LBSH", "COMMIT")) for rule in rules)
    assert not any("MASQUERADE" in rule or "MARK" in rule for rule in rules)


def test_each_program_sees_the_rules_of_its_family() -> None:
    script = web() + web(f"{SERVICE_6} tcp 80", servers="fd00:1::2-fd00:1::3", name="web6")
    four, six = nat_of(script), nat_of(script, 6)
    assert met(four, outside()) == ["192.168.1.2"]
    assert met(six, outside(SERVICE_6), 3) == ["fd00:1::2", "fd00:1::3", "fd00:1::2"]
    assert not six.chains["LBSH/web"]
    assert not four.chains["LBSH/web6"]


def test_rules_know_the_statements_they_serve() -> None:
    site = site_of(MAIL)
    lines = {line.text: line.origin for line in render(site).lines}
    smtp, ldap = site.services
    assert smtp.pool is not None
    assert lines["-4 -A LBSH-EXTERNAL -d 62.103.127.154 -p tcp --dport 25 -j LBSH/SMTP"] == smtp.origin
    assert lines["-4 -A LBSH/SMTP -j DNAT --to-destination 192.168.1.3"] == smtp.pool.servers[1].origin
    assert lines["# service LDAP (site.lb:7), pool ldap_pool (site.lb:11)"] == ldap.origin


def test_the_same_site_gives_the_same_text() -> None:
    script = web("203.0.113.150 tcp 80 sticky", "balance source-hash", more="drain 192.168.1.3 from web-pool\n")
    assert text_of(script) == text_of(script)


def test_a_file_name_cannot_end_a_comment() -> None:
    name = "x\n-A PREROUTING -j DROP\r\x00\u2028\udcff" + "long/" * 3000 + "end.lb"
    text = render(site_of(DEVICE + web(), name), "hook").text
    Nat(4).restore(text)
    text.encode()
    assert "end.lb:8), pool" in text
    assert not any(line.startswith("-A PREROUTING -j DROP") for line in text.splitlines())


def test_flags() -> None:
    assert set(BACKEND.flags) == {"hook"}


# Names


def test_names_may_be_anything_and_stay_apart() -> None:
    names = ["PREROUTING", "LBSH-PREROUTING", "tcp", "TCP", "Tcp", "a.b", "a..b", "nat", "ACCEPT", "DNAT", "x1"]
    names += [f"{'y' * 62}{letter}" for letter in "abcdefghij"]
    script = "".join(
        [
            f"service {name} is 203.0.113.{rank} tcp+udp 53 sticky\npool p{rank} for {name} port 5353\n"
            f"add 192.168.2.{rank} to p{rank}\n"
            for rank, name in enumerate(names, 1)
        ]
    )
    nat = nat_of(script)
    for rank in range(1, len(names) + 1):
        for protocol in ("tcp", "udp"):
            assert met(nat, outside(f"203.0.113.{rank}", 53, protocol)) == [f"192.168.2.{rank}:5353"]


def test_long_names_are_reported_with_what_stands_for_them() -> None:
    long, short = "a-very-long-name-of-a-service", "just-twenty-three-chars"
    site = site_of(DEVICE + web(name=short) + web("203.0.113.151 tcp 80", name=long))
    (rename,) = BACKEND.renames(site)
    assert (rename.origin, rename.old) == (site.services[1].origin, long)
    assert rename.new.startswith("LBSH/a-very-long-")
    assert len(rename.new) == 28
    assert f":{rename.new} - [0:0]" in render(site).text.splitlines()
    assert f":LBSH/{short} - [0:0]" in render(site).text.splitlines()


# Leaving connections


def test_only_reflected_connections_come_from_the_gateway() -> None:
    nat = nat_of(web(f"{SERVICE} tcp 80 reflect") + web("203.0.113.151 tcp 80", name="web2"))
    inside = Packet("192.168.1.9", "192.168.1.2", "tcp", 80, leaves="xl1")
    reflected = inside._replace(original=SERVICE, original_port=80)
    assert nat.postrouting(reflected).translation == "192.168.1.1"
    for other in (
        inside,
        reflected._replace(original="203.0.113.151"),
        reflected._replace(source="10.0.0.1"),
        reflected._replace(leaves="xl0"),
    ):
        assert nat.postrouting(other).translation is None


def test_what_others_translate_at_a_reflected_address_is_left_alone() -> None:
    """A rule that is not ours may send another port of the address somewhere: its source stays as it is."""
    nat = nat_of(
        web(f"{SERVICE} tcp 80,90-95 reflect", "port 8080,8090-8095") + web(f"{SERVICE} udp 53 reflect", name="dns")
    )
    inside = Packet("192.168.1.9", "192.168.1.2", "tcp", 8080, leaves="xl1", original=SERVICE)
    ours = {("tcp", 80), ("tcp", 90), ("tcp", 95), ("udp", 53)}
    theirs = {("tcp", 81), ("tcp", 89), ("tcp", 96), ("tcp", 53), ("tcp", 8080), ("udp", 80), ("udp", 90)}
    for protocol, port in ours | theirs:
        found = nat.postrouting(inside._replace(protocol=protocol, original_port=port)).translation
        assert found == ("192.168.1.1" if (protocol, port) in ours else None)


def test_leaving_traffic_gets_the_external_address_of_its_family() -> None:
    script = "external addr 203.0.113.1\n" + web()
    leaving = Packet("192.168.1.9", CLIENT, "tcp", 80, leaves="xl0")
    assert nat_of(script).postrouting(leaving).translation == "203.0.113.1"
    assert nat_of(script).postrouting(leaving._replace(source="10.0.0.1")).translation is None
    six = Packet("fd00:1::9", CLIENT_6, "tcp", 80, leaves="xl0")
    assert nat_of(script, 6).postrouting(six).translation is None
    assert nat_of(script + "external addr 2001:db8::1\n", 6).postrouting(six).translation == "2001:db8::1"


def test_a_site_without_interfaces_or_services_still_loads() -> None:
    Nat(4).restore(render(Site(), "hook").text)
    site = replace(site_of(DEVICE + web()), external=(), internal=())
    Nat(4).restore(render(site, "hook").text)


def test_jumps_are_those_that_the_header_names() -> None:
    """What a driver reads from the rules of each case equals what users are told."""
    told = re.compile(r"^#   ip6?tables -t (\w+) -C (\S+) -j (\S+) .* -([AI]) \S+ -j \S+$")
    for path in sorted(FOLDER.glob("*/iptables-1.8.rules")):
        lines = path.read_text().splitlines()
        named = {Jump(one[1], one[2], one[3], one[4] == "I") for one in map(told.match, lines) if one}
        assert set(jumps_in(lines)) == named, path
