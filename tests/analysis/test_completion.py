"""Completion: lines with a cursor, and the offers there under a script."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path
from random import Random

import pytest
from hypothesis import Phase, given, settings
from hypothesis import strategies as st

from lbsh_lang.analysis.completion.complete import MOST_ITEMS, Completion, CompletionItem, CompletionKind, complete
from lbsh_lang.analysis.lines.cursor import Place, cursor_at
from lbsh_lang.analysis.lines.form_parts import all_forms
from lbsh_lang.analysis.live.regions import on_line
from lbsh_lang.analysis.live.view import View
from lbsh_lang.analysis.prose import sentences
from lbsh_lang.analysis.prose.blocks import markdown_of, plain_of
from lbsh_lang.checks import catalog
from lbsh_lang.diagnostics import Severity
from lbsh_lang.source import Position, split_lines
from lbsh_lang.syntax.automaton import AUTOMATON
from lbsh_lang.syntax.keywords import Keyword
from lbsh_lang.syntax.language import LBSH
from lbsh_lang.syntax.methods import METHODS
from lbsh_lang.syntax.nodes import ALL_FORMS, FORMS
from lbsh_lang.syntax.parser import LineParser
from lbsh_lang.syntax.terminals import Terminal
from lbsh_lang.values import ALGORITHMS, PROTOCOLS
from oyster.automaton import COMMA
from oyster.words import split_words
from tests.analysis.marked import read_marked, view_of
from tests.sites import scripts
from tests.test_properties import TEXTS

SCRIPT = """\
interface external em0
interface internal em1
external net 62.103.127.144/28
internal net 192.168.1.0/24
internal gw 192.168.1.1
service GONE is 62.103.127.150 tcp 80
pool gone_pool for GONE
remove GONE
service SMTP is 62.103.127.154 tcp 25
service LDAP is 62.103.127.157 tcp 389 reflect from 198.51.100.0/24, 203.0.113.9
service DNS is 62.103.127.158 udp 53
pool mx_pool for SMTP
add 192.168.1.2, 192.168.1.3 to mx_pool
pool ldap_pool for LDAP
add 192.168.1.2-4 to ldap_pool backup
probe SMTP with smtp
drain 192.168.1.3 from mx_pool
"""

BELOW = """
service LATER is 62.103.127.156 tcp 80
pool later_pool for LATER
"""

PORTS_BUT_HTTP = "https smtp submission imaps pop3s domain ldap ldaps ssh radius ftp"

ROUND = "port every timeout rise fall recheck"

ROOT = Path(__file__).parents[2]

OFFERED = {
    "external |": "net gw addr",
    "internal |": "net gw",
    "interface |": "internal external",
    "interface external |": "lo em1",
    "failover |": "device sync watch password key",
    "failover sync |": "lo em0 em1",
    "failover sync em2 |": "",
    "failover device gw1 |": "at skew …",
    "failover device gw1 at 10.0.0.1 |": "skew …",
    "failover device gw1 skew |": "0 100",
    "failover device gw1 at |": "62.103.127.145 192.168.1.5",
    "failover device gw1 at 62.103.127.150, |": "192.168.1.5",
    "failover device gw1 at 192.168.1.9, | skew 7": "62.103.127.145",
    "failover password |": "file",
    "failover key |": "file",
    "external addr |": "62.103.127.145 of",
    "internal gw |": "",
    "service |": "",
    "service WEB |": "is as",
    "service WEB | 1.2.3.4": "is as",
    "service WEB | as 1.2.3.4": "",
    "service WEB is |": "62.103.127.145 62.103.127.146 62.103.127.147 62.103.127.148 62.103.127.149 "
    "62.103.127.158 62.103.127.157 62.103.127.154 62.103.127.150",
    "service WEB is 1.2.3.4 |": "tcp udp tcp+udp",
    "service WEB is 1.2.3.4 tcp imap|": "imap imap2 imaps",
    "service WEB is 1.2.3.4 tcp 80, 44|": "443 444 445 4460",
    "service WEB is 1.2.3.4 tcp 443, 44|": "444 445 4460",
    "external addr 62.103.127.150 for mx_pool, |": "ldap_pool",
    "external addr 2001:db8::9 for |": "",
    "external addr of |": "em0",
    "external addr | on em0": "62.103.127.145",
    "external addr | for mx_pool": "62.103.127.145",
    "failover watch |": "",
    "pool p for DNS, |": "",
    "pool p for |, DNS": "",
    "service WEB is 1.2.3.4 tcp 80 from |": "198.51.100.0/24 203.0.113.9/32 192.168.1.0/24 62.103.127.144/28",
    "service WEB is 1.2.3.4 tcp 80 from 198.51.100.0/25, |": "203.0.113.9/32 192.168.1.0/24 62.103.127.144/28",
    "service WEB is 1.2.3.4 tcp 80 from |, 192.168.0.0/16": "198.51.100.0/24 203.0.113.9/32 62.103.127.144/28",
    "service WEB is 2001:db8::9 tcp 80 from |": "",
    "service WEB is 1.2.3.4 tcp 80 |": "sticky reflect from …",
    "service WEB is 1.2.3.4 tcp 80 | reflect": "sticky from …",
    "service WEB is 1.2.3.4 tcp 80 reflect |": "sticky from …",
    "service WEB is 1.2.3.4 tcp 80 sticky |": "10m 30m 1h 1d reflect from …",
    "service WEB is 1.2.3.4 tcp 80 sticky 3|": "10m 30m 1h 1d reflect from …",
    "service WEB is 1.2.3.4 tcp 80 sticky 30m |": "reflect from …",
    "service WEB is 1.2.3.4 tcp 80 helper |": "ftp sip",
    "service WEB is 1.2.3.4 udp 69 helper |": "tftp sip",
    "service WEB is 1.2.3.4 | 69 helper tftp": "udp",
    "set SMTP |": "sticky reflect from …",
    "set SMTP no |": "",
    "set LDAP no |": "reflect from",
    "set LDAP no from no |": "reflect",
    "set 192.168.1.2 |": "in port",
    "set 192.168.1.2 in mx_pool |": "port weight backup …",
    "set 192.168.1.2 in mx_pool no |": "backup ramp",
    "pool |": "dns_pool",
    "pool x |": "for",
    "pool x for |": "DNS",
    "pool x for DNS |": "port balance",
    "pool x for DNS port |": "http https smtp submission imaps pop3s domain ldap ldaps ssh radius ftp",
    "pool x for DNS port 80 |": "balance",
    "pool x for DNS | port 80": "balance",
    "pool x for DNS balance |": "round-robin random source-hash least-connections",
    "add |": "192.168.1.5 192.168.1.6 192.168.1.7 192.168.1.8 192.168.1.9 192.168.1.5-8",
    "add | to mx_pool": "192.168.1.5 192.168.1.6 192.168.1.7 192.168.1.8 192.168.1.9 192.168.1.5-8",
    "add 192.168.1.100, |": "192.168.1.101 192.168.1.102 192.168.1.103 192.168.1.104 192.168.1.105 192.168.1.101-104",
    "add |, 192.168.1.6": "192.168.1.7 192.168.1.8 192.168.1.9 192.168.1.10 192.168.1.11 192.168.1.7-10",
    "add 192.168.1.5-250, |": "192.168.1.251 192.168.1.252 192.168.1.253 192.168.1.254 192.168.1.251-254",
    "add 192.168.1.9 |": "to",
    "add 192.168.1.9 | to mx_pool": "",
    "add 192.168.1.9 to |": "mx_pool ldap_pool",
    "add 192.168.1.9 to mx_pool |": "port weight backup ramp",
    "add 192.168.1.9 to mx_pool weight |": "1 2 3 5 10",
    "add 192.168.1.9 to mx_pool weight 3 |": "port backup ramp",
    "add 192.168.1.9 to mx_pool backup weight 3 |": "port ramp",
    "remove |": "SMTP LDAP DNS 192.168.1.2 192.168.1.3 192.168.1.4 …",
    "remove 192.168.1.2, |": "192.168.1.3 192.168.1.4",
    "remove 192.168.1.4 |": "from port",
    "remove 192.168.1.4 from |": "ldap_pool",
    "remove | from mx_pool": "192.168.1.2 192.168.1.3 …",
    "remove |192.168.1.2, 192.168.1.3 from mx_pool": "192.168.1.2 …",
    "remove 192.168.1.2,| 192.168.1.3 from ldap_pool": "",
    "remove 192.168.1.2, |, 192.168.1.3 from ldap_pool": "192.168.1.4",
    "remove 192.168.1.2-3, |": "192.168.1.4",
    "remove 192.168.1.2, 192.168.1.4 from |": "ldap_pool",
    "remove DNS |": "",
    "remove 192.168.1.400 |": "from port",
    "drain |": "192.168.1.2 192.168.1.3 192.168.1.4",
    "drain | from mx_pool": "192.168.1.2",
    "drain 192.168.1.4 from |": "ldap_pool",
    "drain 192.168.1.3 from |": "ldap_pool",
    "drain 192.168.1.77 from |": "",
    "drain what from |": "mx_pool ldap_pool",
    "resume |": "192.168.1.3",
    "resume 192.168.1.3 |": "in port",
    "resume 192.168.1.3 in |": "mx_pool",
    "down |": "192.168.1.2 192.168.1.3 192.168.1.4",
    "down 192.168.1.4 |": "from port because",
    "up |": "",
    "up 192.168.1.3 in |": "",
    "probe |": "LDAP DNS",
    "probe LDAP |": "with",
    "probe LDAP with |": "tcp syn http https smtp imap pop3 ldap dns icmp exec",
    "probe DNS with |": "dns radius icmp exec",
    "probe LDAP with ldap |": f"base filter tls {ROUND}",
    'probe LDAP with ldap base "x" |': f"filter tls {ROUND}",
    'probe LDAP with ldap | base "x" every 5s': "filter tls port timeout rise fall recheck",
    "probe LDAP with https verify |": "on off",
    "probe LDAP with https expect |": "200 200-299 200-399",
    "probe LDAP with https get |": '""',
    "probe DNS with icmp |": "every timeout rise fall recheck",
    "probe LDAP with tcp port |": f"http {PORTS_BUT_HTTP}",
    "probe LDAP with tcp port 81 |": "every timeout rise fall recheck",
    "probe DNS with dns |": f"query type expect {ROUND}",
    "probe DNS with dns type |": "A AAAA CNAME MX NS PTR SOA SRV TXT",
    "probe DNS with radius secret |": 'file ""',
    "probe DNS with radius secret file |": '""',
    "probe LDAP with exec |": '""',
    "probe LDAP with tcp every 2s timeout |": "500ms 1s",
    "probe LDAP with tcp timeout 5s every |": "10s 30s 1m",
    "probe LDAP with tcp rise |": "1 2 3 5",
    "probe LDAP with tcp every 2s every |": "1s 3s 5s 10s 30s 1m",
    "status |": "SMTP LDAP DNS mx_pool ldap_pool 62.103.127.158 62.103.127.157 62.103.127.154 62.103.127.150 "
    "192.168.1.2 192.168.1.3 192.168.1.4",
    "include |": '"farms/web.lb" "a\\"b.lb"',
    'include "|': 'farms/web.lb a"b.lb',
    'include "far|ms"': "farms/web.lb",
    'save "|"': "",
    "interface external em0 mtu |": "",
    "external net 198.51.100.0/24 on |": "em0",
    "internal net 10.9.0.0/16 on |": "em1",
    "add 192.168.1.9 too |": "",
    "nonsense |": "",
    'include "x"|': "",
    'probe LDAP with ldap base "a |" every 5s': "",
    "status # free words |": "",
    "# lbs|": "",
    "#|": "",
    "# lbsh: allow |": "",
    "status # lbs|": "lbsh: allow",
    "status #|": "lbsh: allow",
    "service A is 62.103.127.155 tcp 25 # lbsh: allow LB3|": "LB311 LB005 LB108 …",
    "status # lbsh: allow LB108, LB311 |": "LB701 LB005 …",
}
"""Each line with the labels of its offers, in their order, separated by blanks."""

ODD_SCRIPT = """\
interface external em0
interface internal em1
internal net 192.168.1.0/24
internal net fd00:1::/64
internal gw fd00:1::1
service A is 62.103.127.154 tcp 80,443
service LONE is 62.103.127.155 tcp 53
service V6 is 2001:db8::6 udp 53
pool four for LONE
add 192.168.1.1 to four
pool six for V6
add fd00:1::2 to six
"""
"""Several ports, both families, a server where the gateway would be."""

TAKEN_BELOW = """
service B is 62.103.127.156 tcp 25
service C is 62.103.127.157 tcp 25
pool b for B
pool c for C
add 192.168.1.3-6 to b
add 192.168.1.9 to c
remove C
"""

OFFERED_THERE = {
    "pool x for |": "A",
    "pool x for | port 8080": "",
    "pool x for A |": "port balance",
    "pool x for | port 8080,8443": "A",
    "pool x for A port 8080,8443,|": "",
    "probe |": "V6 LONE A",
    "probe | with https": "LONE A",
    "probe | with dns": "V6 LONE A",
    "probe | with nonsense": "V6 LONE A",
    "probe V6 with exec |": '""',
    'probe V6 with exec "/bin/x" |': ROUND,
    "add 192.168.1.9 to |": "four",
    "add fd00:1::9 to |": "six",
    "add 192.168.1.1 to |": "",
    "add |": "fd00:1::3 fd00:1::4 fd00:1::5 fd00:1::6 fd00:1::7 "
    "192.168.1.2 192.168.1.7 192.168.1.8 192.168.1.9 192.168.1.10",
    "add | to four": "192.168.1.2 192.168.1.7 192.168.1.8 192.168.1.9 192.168.1.10",
    "add 192.168.1.|": "192.168.1.2 192.168.1.7 192.168.1.8 192.168.1.9 192.168.1.10",
    "add 192.168.1.20, |": "192.168.1.21 192.168.1.22 192.168.1.23 192.168.1.24 192.168.1.25 192.168.1.21-24",
    "add fd00:1::30, |": "fd00:1::31 fd00:1::32 fd00:1::33 fd00:1::34 fd00:1::35",
    "internal gw |": "192.168.1.2",
    "external addr |": "of",
    "service X is 62.103.127.156 tcp | sticky": f"http {PORTS_BUT_HTTP}".replace("smtp ", ""),
    "service X is 62.103.127.156 udp smtp|": "smtp smtps ssmtp",
    "service X is 62.103.127.156 tcp smtp|": "smtps ssmtp",
    "service X is 62.103.127.156 tcp+udp smtp|": "smtps ssmtp",
    "external | addr 1.2.3.4": "",
    "service X | as 1.2.3.4": "",
    "service X is | 1.2.3.4 tcp 80": "",
    "service X is 1.2.3.|4 udp 80": "2001:db8::7 2001:db8::8 2001:db8::9 2001:db8::a 2001:db8::b 2001:db8::6 62.103.127.155 "
    "62.103.127.154",
    "service X is 1.2.3.|4 tcp 100,400-500": "2001:db8::7 2001:db8::8 2001:db8::9 2001:db8::a 2001:db8::b 2001:db8::6 "
    "62.103.127.155",
    "add 192.168.1.9 to four | weight 3": "port backup ramp",
}
"""The same under another script and above lines that take addresses."""

WRITTEN = {
    'probe A with ex| "/bin/x"': {"exec": ("exec", None)},
    "probe A with ex|": {"exec": ("exec ", 'exec "${1:the command to run}"')},
    'probe A with http ge| "/x"': {"get": ("get", None)},
    "probe A with http ge| every 5s": {"get": ("get", 'get "${1:get}"')},
    'probe A with http ge| host "x"': {"get": ("get", 'get "${1:get}"')},
    "probe A with http exp| 200": {"expect": ("expect", None)},
    'probe V6 with radius secret |file "/x"': {'file ""': ("file", None)},
    'probe V6 with radius secret | "/x"': {'file ""': ("file", None)},
    "probe V6 with radius secret |": {'file ""': ("file ", 'file "${1:path}"')},
    'probe A with http get |"/x"': {'""': None},
    'probe A with exec |"/bin/x"': {'""': None},
    'probe A with exec | "/bin/x" every': {'""': None},
    'failover password file | "x"': {'""': None},
    'save |"x"': {'""': None},
    'include |"x"': {'"farms/web.lb"': None},
    "probe A with http expect | 200": {"200": None},
}
"""The text of an item, plain and as a snippet, on a line that goes on; None without this offer."""

PATHS = ("farms/web.lb", 'a"b.lb')


def completed(line: str, script: str = SCRIPT, below: str = BELOW) -> Completion:
    """The offers at the cursor of a line between two parts of a script."""
    view = view_of(script + line.replace("|", "", 1) + below)
    at = Position(len(split_lines(script)) - 1, line.index("|"))
    return complete(view, at, ("lo",), lambda typed: [path for path in PATHS if path.startswith(typed)])


@pytest.mark.parametrize(("line", "expected"), OFFERED.items())
def test_offers(line: str, expected: str) -> None:
    """Behind those that end in a `…` further options of the form may be offered."""
    offered = " ".join(item.label for item in completed(line).items)
    assert offered == expected or (expected.endswith(" …") and offered.startswith(expected.removesuffix(" …")))


OPTIONS = {
    form.form.head: re.findall(r"\[([a-z]+)(?! OPTION)\b", form.text) for form in all_forms(LBSH) if "[" in form.text
}
"""The options of each form; that of one which may stand several times is none of these."""

COMPLETE = {
    "service": "service WEB is 1.2.3.4 tcp 80",
    "pool": "pool p for SMTP",
    "add": "add 192.168.1.77 to mx_pool",
    "set": "set SMTP",
    "remove": "remove 192.168.1.2",
    "probe": "probe SMTP with tcp",
    "drain": "drain 192.168.1.2",
    "resume": "resume 192.168.1.2",
    "down": "down 192.168.1.2",
    "up": "up 192.168.1.2",
    "failover device": "failover device gw1",
    "failover sync": "failover sync em2",
    "external addr": "external addr 203.0.113.9",
    "external gw": "external gw 203.0.113.9",
    "external net": "external net 203.0.113.0/24",
    "internal net": "internal net 10.9.0.0/16",
}
"""A line of each form with options, without any of them."""


@pytest.mark.parametrize("head", [head for head, options in OPTIONS.items() if options])
def test_each_option_is_offered_until_it_is_given(head: str) -> None:
    line = COMPLETE[head]
    for option in OPTIONS[head]:
        offered = [item.label for item in completed(f"{line} |").items]
        assert option in offered, line
        line += f" {option}"
        if AUTOMATON.read_shape(AUTOMATON.shape_of(split_words(line).texts)).expected is not None:  # it has a value
            line += f" {next((item.label for item in completed(f'{line} |').items), '1.2.3.4')}"
        assert option not in [item.label for item in completed(f"{line} |").items], line


@pytest.mark.parametrize(("line", "expected"), OFFERED_THERE.items())
def test_offers_for_families_and_ports(line: str, expected: str) -> None:
    assert " ".join(item.label for item in completed(line, ODD_SCRIPT, TAKEN_BELOW).items) == expected


@pytest.mark.parametrize(("line", "expected"), WRITTEN.items())
def test_what_is_written_before_other_words(line: str, expected: dict[str, tuple[str, str | None] | None]) -> None:
    found = {item.label: (item.text, item.snippet) for item in completed(line, ODD_SCRIPT).items}
    assert {label: found.get(label) for label in expected} == expected


def test_a_line_begins_with_a_statement() -> None:
    found = {item.label: item for item in completed("|").items}
    assert list(found) == [
        *dict.fromkeys(" ".join(form.head) for form in all_forms(LBSH) if form.form.node not in _LAST),
        *_SHELL,
    ]
    assert found["service"].snippet == "service ${1:NAME} is ${2:IP} ${3|tcp,udp,tcp+udp|} ${4:PORT}"
    assert found["remove"].snippet is not None
    assert found["failover password file"].snippet == 'failover password file "${1:path}"'
    assert found["status"].text == "status "
    assert found["status"].snippet is None


_SHELL = ("status", "save", "help")
_LAST = {form.node for form in FORMS if form.head in _SHELL}


def test_before_other_words_a_statement_is_its_first_word_alone() -> None:
    texts = [item.text for item in completed("ser| WEB is 1.2.3.4 tcp 25").items]
    assert texts == list(dict.fromkeys(form.head.split()[0] for form in FORMS))


REPLACED = (
    "add 192.168.1.9 to ^mx_|pool$",
    "^|$",
    "add 1.2.3.4,^|$",
    "add 1.2.3.4,^1.2.|3.4$ to p",
    "service A is 1.2.3.4 tcp ^80|$,443",
    'include ^"fa|$rms # x',
    "status # ^lb|$ x",
    "status # lbsh: allow LB311 ^LB|$",
    "\ufeff^ser|vice$",
    "\x0c ^ser|vice$ A",
    "\N{PILE OF POO} ^ser|vice$ A",
)
"""Lines with a cursor: the replaced text begins at `^` and ends at the cursor, or at `$` with the rest of the word."""


@pytest.mark.parametrize("line", REPLACED)
def test_what_is_replaced(line: str) -> None:
    start, cursor, stop = line.index("^"), line.index("|") - 1, line.index("$") - 2
    found = complete(view_of(re.sub(r"[\^|$]", "", line)), Position(0, cursor))
    assert (found.region.start.column, found.region.end.column, found.whole.end.column) == (start, cursor, stop)


@pytest.mark.parametrize("line", ['include "|"', 'include "fa|rms"'])
def test_a_path_takes_the_place_of_both_quotes(line: str) -> None:
    found = complete(view_of(line.replace("|", "") + " # x"), Position(0, line.index("|")))
    assert found.region == found.whole == on_line(0, 8, len(line) - 1)


def test_names_come_from_all_files_that_are_read_before_the_line() -> None:
    marked = read_marked(
        'service A is 10.0.0.1 tcp 80\ninclude "b"\npool x for |\n'
        "== b\nremove |\nservice B is 10.0.0.2 tcp 80\npool y for |\n\n"
    )
    services = [
        [item.label for item in complete(view, at).items if item.kind is CompletionKind.SERVICE]
        for view, at in marked.cursors
    ]
    assert [sorted(found) for found in services] == [["A", "B"], ["A"], ["A", "B"]]


def test_the_statement_of_the_line_itself_does_not_count() -> None:
    found = completed("pool mx_pool for SM|TP", SCRIPT.replace("pool mx_pool for SMTP\n", ""))
    assert [item.label for item in found.items] == ["SMTP", "DNS"]
    found = completed("remove SM|TP", SCRIPT, "")
    assert "SMTP" in [item.label for item in found.items]


OWN = {
    "internal net 192.168.1.0/24\ninternal gw 192.168.1.|1": "192.168.1.1",
    "internal net 192.168.1.0/24\ninternal gw 192.168.1.5\ninternal gw |": "",
    "internal net 192.168.1.0/30\nservice A is 1.2.3.4 tcp 80\npool a for A\n"
    "add |192.168.1.2 to a": "192.168.1.1 192.168.1.2",
    "external net 1.2.3.0/30\nservice A is 1.2.3.|1 tcp 80": "1.2.3.1 1.2.3.2",
    "service A is 1.2.3.4 tcp 80\npool a for A\nadd 10.0.0.2 to a\nremove 10.0.0.2 from a|": "a",
    "service A is 1.2.3.4 tcp 80\npool a for A\nadd 10.0.0.2 to a|": "a",
    "service A is 1.2.3.4 tcp |,80": PORTS_BUT_HTTP,
    "internal net 10.0.0.0/8\ninternal net 10.0.0.0/30\nadd 10.0.0.2, |": "10.0.0.4 10.0.0.5 10.0.0.6 10.0.0.7 10.0.0.8 "
    "10.0.0.4-7 10.0.0.1",
}
"""Scripts with the cursor on the last line, whose own statement does not count as taken."""


@pytest.mark.parametrize(("script", "expected"), OWN.items())
def test_offers_on_a_whole_line(script: str, expected: str) -> None:
    view = view_of(script.replace("|", ""))
    line = script.split("\n")[-1]
    found = complete(view, Position(script.count("\n"), line.index("|")))
    assert " ".join(item.label for item in found.items) == expected


HASHED = """
from lbsh_lang.analysis.completion.complete import complete
from lbsh_lang.source import Position
from tests.analysis.marked import view_of

text = "".join(f"service S{n} is 1.2.3.{n} tcp 80\\npool p{n} for S{n}\\n" for n in range(40)) + "status\\n" * 600
view = view_of(text + "add 10.0.0.1 to ")
print([item.label for item in complete(view, Position(680, 16)).items])
"""


def test_the_order_of_offers_depends_on_no_hash() -> None:
    said = {
        subprocess.run(
            [sys.executable, "-c", HASHED],
            env={**os.environ, "PYTHONHASHSEED": seed, "PYTHONPATH": str(ROOT)},
            capture_output=True,
            text=True,
            check=True,
        ).stdout
        for seed in "123"
    }
    assert said == {f"{[f'p{n}' for n in range(40)]}\n"}


def test_servers_may_be_far_away() -> None:
    """A pool that no near line names counts in the choice of free addresses, and is found by its servers."""
    far = "service F is 62.103.127.145 tcp 80\npool far for F\nadd 192.168.1.77 to far\n"
    between = "status\n" * 600
    found = completed("add 192.168.1.76, |", far + between + SCRIPT)
    assert found.items[0].label == "192.168.1.78"
    found = completed("drain 192.168.1.77 from |", far + between + SCRIPT)
    assert [item.label for item in found.items] == ["far"]
    found = completed("remove 192.168.1.77 from f|ar", far + between + SCRIPT)
    assert [item.label for item in found.items] == ["far"]


def test_what_leaves_a_pool_further_down_is_in_it_here() -> None:
    found = completed("add 192.168.1.4, | to ldap_pool", below="\nremove 192.168.1.2-4 from ldap_pool\n")
    assert [item.label for item in found.items][:2] == ["192.168.1.5", "192.168.1.6"]
    script = SCRIPT.replace("/24", "/29").replace("192.168.1.2-4 to ldap", "192.168.1.5 to ldap")
    found = completed("add | to ldap_pool", script, "\nremove 192.168.1.5 from ldap_pool\n")
    assert [item.label for item in found.items] == ["192.168.1.6", "192.168.1.4"]


def test_a_long_row_of_servers_is_leapt_over() -> None:
    row = "internal net 10.0.0.0/8\nservice A is 1.2.3.4 tcp 80\npool a for A\n"
    row += "".join(f"add 10.0.{n}.0-10.0.{n}.255 to a\n" for n in range(1, 12))
    head, _, tail = row.partition("add 10.0.3.0")
    found = completed("add |", head, "\nadd 10.0.3.0" + tail)
    assert [item.label for item in found.items][:2] == ["10.0.0.1", "10.0.0.2"]
    found = completed("add 10.0.2.255, |", head, "\nadd 10.0.0.1-10.0.1.0 to a\nadd 10.0.3.0" + tail)
    assert [item.label for item in found.items][:2] == ["10.0.19.0", "10.0.19.1"]


def test_a_pool_of_which_not_all_can_be_read_may_have_any_server() -> None:
    found = completed("drain 192.168.1.77 from |", SCRIPT + "add 192.168.1.300 to mx_pool\n")
    assert [(item.label, item.detail) for item in found.items] == [("mx_pool", "for SMTP, at least 2 servers")]


def test_a_new_pool_comes_with_its_service() -> None:
    (item,) = completed("pool |").items
    assert item.text == "dns_pool for DNS"
    (item,) = completed("pool | for DNS").items
    assert item.text == "dns_pool"


def test_a_keyword_with_something_behind_it_brings_a_blank() -> None:
    def written(line: str) -> list[str]:
        return [item.text for item in completed(line).items]

    assert written("add 192.168.1.9 |") == ["to "]
    assert written("add 192.168.1.9 to p |") == ["port ", "weight ", "backup", "ramp "]
    assert written("add 192.168.1.9 to p | backup") == ["port", "weight", "ramp"]


def test_items_say_what_they_are() -> None:
    found = {item.label: item for item in completed("status |").items}
    assert found["SMTP"].kind is CompletionKind.SERVICE
    assert (
        markdown_of(found["SMTP"].documentation)
        == "Service `SMTP` at `62.103.127.154 tcp 25`.\n\nIts pool is `mx_pool`."
    )
    assert found["DNS"].detail == "62.103.127.158 udp 53"
    assert markdown_of(found["ldap_pool"].documentation) == "Pool `ldap_pool` for `LDAP`, `round-robin`: 3 servers."
    found = {item.label: item for item in completed("add 1.2.3.4 to p |").items}
    assert markdown_of(found["backup"].documentation).startswith("```lbsh\nadd TARGET")
    assert completed("remove |").items[4].detail == "mx_pool, drained"


def test_codes_are_those_that_can_be_allowed() -> None:
    found = {item.label for item in completed("status # lbsh: allow |").items}
    assert found == {check.code for check in catalog.CHECKS if check.severity is not Severity.ERROR} - {"LB702"}


def test_a_long_list_is_cut_and_asked_for_again() -> None:
    names = "".join(f"service S{n} is 10.0.{n >> 8}.{n & 255} tcp 80\n" for n in range(3000))
    found = completed("probe |", names)
    assert (len(found.items), found.incomplete) == (MOST_ITEMS, True)
    assert found.items[0].label == "S2999"
    found = completed("probe s17|", names)
    assert found.incomplete
    assert {item.label for item in found.items if item.label.startswith("S17")} >= {"S17", "S170", "S1799"}


def test_a_large_net_is_not_walked_through() -> None:
    found = completed("add fd|", "internal net fd00::/8\ninternal net 10.0.0.0/8\n")
    assert [item.label for item in found.items] == ["fd00::1", "fd00::2", "fd00::3", "fd00::4", "fd00::5"]


# Offers make sense


@given(scripts())
@settings(max_examples=40)
def test_offers_fit_the_grammar_and_hold_the_right_word(script: str) -> None:
    view = view_of(script)
    for number, line in enumerate(view.document.lines):
        words = split_words(line)
        for index, start in enumerate(words.starts):
            terminals = AUTOMATON.read_shape(AUTOMATON.shape_of(words.texts)).terminals
            found = complete(view, Position(number, start))
            before_cursor = cursor_at(view.document, Position(number, start)).words
            for item in found.items:
                before = AUTOMATON.shape_of((*before_cursor, *split_words(item.text).texts))
                assert len(AUTOMATON.read_shape(before).terminals) == len(before), (line[:start], item)
            if terminals[index] in ("SERVED_SERVICE", "PROBED_SERVICE", "JOINED_POOL", "POOL_NAME"):
                assert words.texts[index] in [item.label for item in found.items]


KEPT = {*AUTOMATON.keywords, COMMA}


@given(scripts(), st.randoms(use_true_random=False))
@settings(max_examples=20, deadline=None, phases=[p for p in Phase if p is not Phase.shrink])
def test_names_and_values_are_right_in_place_of_those_that_are(script: str, random: Random) -> None:
    """In a script without an error, no offer in place of a name or a value makes an error on its line."""
    view = view_of(script)
    for number in random.sample(range(len(view.document.lines)), min(10, len(view.document.lines))):
        line, words = view.document.lines[number], split_words(view.document.lines[number])
        for text, start in zip(words.texts, words.starts, strict=True):
            items = complete(view, Position(number, start)).items if text not in KEPT else ()
            # Options and keywords still lack their values.
            whole = tuple(item for item in items if item.kind not in (CompletionKind.OPTION, CompletionKind.KEYWORD))
            items = tuple(item for item in whole if not item.text.endswith(" "))
            for item in random.sample(items, min(4, len(items))):
                lines = list(view.document.lines)
                lines[number] = line[:start] + item.text + line[start + len(text) :]
                assert not errors_on("\n".join(lines), number), (lines[number], item)


def errors_on(script: str, line: int) -> list[str]:
    """The errors on a line of a script."""
    view = view_of(script)
    found = view.session.diagnostics(view.document)
    errors = [one for one in found if one.severity is Severity.ERROR and one.span.start.line == line]
    return [one.message for one in errors if one.code != "LB304"]  # a protocol may bring ports that another service has


@given(scripts())
@settings(max_examples=25)
def test_each_keyword_is_offered_where_it_stands(script: str) -> None:
    for line in split_lines(script):
        words = split_words(line)
        for index, start in enumerate(words.starts[1:], 1):
            word = words.texts[index]
            terminal = AUTOMATON.read_shape(AUTOMATON.shape_of(words.texts)).terminals[index]
            if AUTOMATON.keywords.get(word) == terminal:
                view = view_of(line[:start])
                assert word in [item.label for item in complete(view, Position(0, start)).items]


@given(TEXTS, st.integers(-1, 14), st.integers(-1, 40))
@settings(max_examples=400)
def test_any_place_of_any_text(text: str, line: int, column: int) -> None:
    view = view_of(text)
    found = complete(view, Position(line, column))
    _check_regions(view, found)
    for item in found.items:
        _check_item(item)


@given(scripts(), st.randoms(use_true_random=False))
@settings(max_examples=60)
def test_any_place_of_a_script_that_has_suffered(script: str, random: Random) -> None:
    letters = list(script)
    for _ in range(6):
        place = random.randrange(len(letters))
        letters[place] = random.choice([*'\t",#\r\n\x0c \N{PILE OF POO}', "", " "])
    view = view_of("".join(letters))
    for _ in range(8):
        line = random.randrange(len(view.document.lines))
        at = Position(line, random.randrange(len(view.document.lines[line]) + 1))
        _check_regions(view, complete(view, at))


def _check_regions(view: View, found: Completion) -> None:
    """The replaced text lies on one line; up to the cursor it is the start of the whole."""
    line = view.document.lines[found.region.start.line]
    assert found.region.start == found.whole.start
    assert found.region.start.line == found.whole.end.line == found.region.end.line
    assert 0 <= found.region.start.column <= found.region.end.column <= found.whole.end.column <= max(len(line), 1)


def _check_item(item: CompletionItem) -> None:
    assert item.label
    assert LineParser().parse(item.text) is not None
    assert "\n" not in item.text + (item.snippet or "")
    assert plain_of(item.documentation) is not None


def test_an_open_text_behind_a_closed_one() -> None:
    assert cursor_at(view_of('save "a" "b').document, Position(0, 99)).place is Place.STRING


# Texts


def test_keywords_have_a_text_unless_a_statement_begins_with_them() -> None:
    heads = {AUTOMATON.keywords[word] for form in FORMS for word in form.head.split()}
    sides = {slot.terminal for form in FORMS for slot in form.slots}
    assert {word.name for word in Keyword if sentences.of_keyword(word) is None} == heads - sides


def test_every_word_of_a_closed_set_has_a_text() -> None:
    assert sentences.PROTOCOLS.keys() == set(PROTOCOLS.values())
    assert sentences.ALGORITHMS.keys() == set(ALGORITHMS.values())


TABLES = (
    {form.node: sentences.of_statement(form.node()) for form in ALL_FORMS},
    {word: text for word in Keyword if (text := sentences.of_keyword(word)) is not None},
    {terminal: sentences.of_terminal(terminal) for terminal in Terminal},
    sentences.PROTOCOLS,
    sentences.ALGORITHMS,
    {method.name: method.sentence for method in METHODS.values()},
    {(method.name, name): option.sentence for method in METHODS.values() for name, option in method.options.items()},
    {method.name: method.argument.sentence for method in METHODS.values() if method.argument is not None},
)


def test_texts_are_sentences_and_hold_no_other_markdown_than_code() -> None:
    said = [text for table in TABLES for text in table.values()]
    said += [paragraph for check in catalog.CHECKS for paragraph in check.page.partition("\n\nWrong:")[0].split("\n\n")]
    for text in said:
        assert text.endswith((".", ":")), text
        assert text.count("`") % 2 == 0, text
        outside = "".join(text.split("`")[::2])
        assert not set(outside) & set("*_<>[]#~\\|"), text


def test_forms_cover_the_grammar() -> None:
    for form in ALL_FORMS:
        parts = {
            terminal for one in all_forms(LBSH) if one.form is form for part in one.parts for terminal in part.terminals
        }
        assert {slot.terminal for slot in form.slots} <= parts


def test_up_is_offered_the_servers_that_are_down_by_hand() -> None:
    farm = "service W is 203.0.113.8 tcp 81\npool w for W\nadd 192.168.1.40-42 to w\n"
    script = f"{SCRIPT}{farm}down 192.168.1.41 from w\ndrain 192.168.1.42 from w\n"
    assert [item.label for item in completed("up | in w", script).items] == ["192.168.1.41"]
    assert [item.label for item in completed("up 192.168.1.41 in |", script).items] == ["w"]
    assert [item.label for item in completed("down | from w", script).items] == ["192.168.1.40", "192.168.1.42"]
