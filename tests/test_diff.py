"""The difference of two sites: true, complete, in plain words, and empty where nothing changes."""

from __future__ import annotations

import dataclasses
import json
import os
import subprocess
import sys
from collections.abc import Callable, Iterable, Iterator
from math import gcd
from pathlib import Path
from typing import get_args

import jsonschema
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from lbsh import app
from lbsh_lang.renderings.changes.json_object import render_changes_json
from lbsh_lang.renderings.changes.sentences import sentence
from lbsh_lang.renderings.changes.text import render_changes
from lbsh_lang.renderings.terminal import COLOURED
from lbsh_lang.site import model
from lbsh_lang.site.diff import fields, sites
from lbsh_lang.site.diff.changes import Change, Effect, Offer, What, WholeService
from lbsh_lang.site.diff.fields import SettingField, SettingWords, SwitchField, SwitchWords, ValueWords
from lbsh_lang.site.diff.plain import Traffic
from lbsh_lang.site.diff.sites import diff_scripts, diff_sites
from lbsh_lang.site.diff.traffic import merge_ports, traffic_of, without
from lbsh_lang.site.precedence import standings
from lbsh_lang.source import Source
from lbsh_lang.values import Address, PortRange, Protocol
from tests import golden_diff
from tests.limits import LONGEST
from tests.model_fields import FIELDS, RICH, SPECIAL, STATEMENTS, with_other
from tests.reading import resolution_of, site_of
from tests.sites import scripts

ROOT = Path(__file__).parents[1]
MAIL = (ROOT / "examples" / "mail.lb").read_text()
CASES = golden_diff.cases()

WORDS = [one for one in vars(fields).values() if isinstance(one, SettingWords | ValueWords | SwitchWords)]
ROWS = [row for table in vars(fields).values() if isinstance(table, tuple) for row in table if hasattr(row, "words")]
KINDS = {
    *(words.kind for words in WORDS),
    *(row.words.kind for row in ROWS),
    *(one._field_defaults["kind"] for one in get_args(What) if "kind" in one._field_defaults),
}
"""All words that say what a change is about."""

STAY = """
external-interface external-interface-parameters internal-interface internal-interface-parameters external-address
external-net internal-net gateway failover failover-device failover-skew failover-master failover-link failover-password
failover-key failover-watch failover-addresses service name move traffic owner reflect sticky pool pool-name algorithm
server-port server backup drained
weight served probe probe-command probe-option probe-port probe-every probe-timeout probe-rise probe-fall
ramp probe-recheck
"""
"""Those on which programs rely. Further ones may come."""

SCHEMA = {
    "type": "object",
    "additionalProperties": False,
    "required": ["version", "changes"],
    "properties": {
        "version": {"const": 1},
        "changes": {
            "type": "array",
            "items": {
                "type": "object",
                "additionalProperties": False,
                "required": [
                    "kind",
                    "effect",
                    "subject",
                    "old",
                    "new",
                    "servers",
                    "port",
                    "others",
                    "sentence",
                    "places",
                ],
                "properties": {
                    "kind": {"enum": sorted(KINDS)},
                    "effect": {"enum": ["added", "removed", "changed"]},
                    "subject": {"type": ["string", "null"]},
                    "old": {"type": ["string", "integer", "boolean", "object", "null"]},
                    "new": {"type": ["string", "integer", "boolean", "object", "null"]},
                    "servers": {"type": "array", "items": {"type": "string"}},
                    "port": {"type": ["integer", "null"]},
                    "others": {"type": "array", "items": {"type": "string"}},
                    "sentence": {"type": "string", "pattern": "^[^\n]+$"},
                    "places": {
                        "type": "object",
                        "additionalProperties": False,
                        "required": ["old", "new"],
                        "properties": {"old": {"$ref": "#/$defs/places"}, "new": {"$ref": "#/$defs/places"}},
                    },
                },
            },
        },
    },
    "$defs": {
        "places": {
            "type": "array",
            "items": {
                "type": "object",
                "additionalProperties": False,
                "required": ["file", "line"],
                "properties": {"file": {"type": "string"}, "line": {"type": "integer", "minimum": 1}},
            },
        }
    },
}
VALIDATOR = jsonschema.Draft202012Validator(SCHEMA)


def said(old: str, new: str) -> list[str]:
    """The sentences about two scripts, with their marks."""
    changes = diff_scripts(resolution_of(old, "old.lb"), resolution_of(new, "new.lb"))
    VALIDATOR.validate(json.loads(render_changes_json(changes)))
    lines = render_changes(changes).splitlines()
    return [line for line in lines if line[:2] in {"+ ", "- ", "~ "}]


# --- one edit, one sentence ------------------------------------------------------------------------------------------

EDITS: list[tuple[str, str, list[str]]] = [
    ("add 192.168.1.4 to ldap_pool\n", "", ["- LDAP loses 192.168.1.4"]),
    ("add 192.168.1.4 to", "add 192.168.1.4-9 to", ["+ LDAP gains 192.168.1.5-9"]),
    ("add 192.168.1.4 to", "add 192.168.1.4, 192.168.1.6 to", ["+ LDAP gains 192.168.1.6"]),
    (
        "add 192.168.1.4 to",
        "add 192.168.1.6 to",
        ["- LDAP loses 192.168.1.4", "+ LDAP gains 192.168.1.6"],
    ),
    (
        "add 192.168.1.2 to mx_pool",
        "add 192.168.1.2 to mx_pool weight 3",
        ["~ 192.168.1.2 takes 3 of 4 new connections of SMTP instead of 1 of 2"],
    ),
    (
        "192.168.1.4 to ldap_pool",
        "192.168.1.4 to ldap_pool\nadd 192.168.1.5-6 to ldap_pool weight 2",
        ["+ LDAP gains 192.168.1.5, 192.168.1.6 with weight 2 each"],
    ),
    ("192.168.1.4 to ldap_pool", "192.168.1.4 to ldap_pool backup", ["~ 192.168.1.4 of LDAP is now a backup"]),
    (
        "192.168.1.4 to ldap_pool",
        "192.168.1.4 to ldap_pool ramp 2m",
        ["+ 192.168.1.4 of LDAP is now given a full share by steps after coming up, over 2m"],
    ),
    (
        "192.168.1.4 to ldap_pool",
        "192.168.1.4 to ldap_pool\nadd 192.168.1.5-6 to ldap_pool ramp 90s",
        ["+ LDAP gains 192.168.1.5, 192.168.1.6, ramp 90s"],
    ),
    (
        "192.168.1.4 to ldap_pool",
        "192.168.1.4 to ldap_pool\ndrain 192.168.1.4 from ldap_pool",
        ["~ 192.168.1.4 of LDAP is now drained"],
    ),
    (
        "192.168.1.4 to ldap_pool",
        '192.168.1.4 to ldap_pool\ndown 192.168.1.4 from ldap_pool because "disk"',
        ['~ 192.168.1.4 of LDAP is now down by hand (because "disk")'],
    ),
    (
        "192.168.1.4 to ldap_pool",
        "192.168.1.4 to ldap_pool\nadd 192.168.1.7 to ldap_pool\ndown 192.168.1.7\ndrain 192.168.1.7",
        ["+ LDAP gains 192.168.1.7, drained, down by hand"],
    ),
    (
        "192.168.1.4 to ldap_pool",
        "192.168.1.4 to ldap_pool\nadd 192.168.1.7 to ldap_pool weight 5 backup\ndrain 192.168.1.7 from ldap_pool",
        ["+ LDAP gains 192.168.1.7 as a backup, drained"],
    ),
    (
        "tcp 389 reflect",
        "tcp 389 reflect sticky 30m",
        ["+ clients of LDAP now stay with their server, for 30m"],
    ),
    ("tcp 389 reflect", "tcp 389", ["~ servers inside may no longer use LDAP (reflect)"]),
    (
        "tcp 389 reflect",
        "tcp+udp 389 reflect",
        ["+ traffic to 62.103.127.157 udp 389 is now balanced too (service LDAP)"],
    ),
    (
        "tcp 389 reflect",
        "tcp 389,636 reflect",
        ["+ traffic to 62.103.127.157 tcp 636 is now balanced too (service LDAP)"],
    ),
    (
        "tcp 389 reflect",
        "tcp 389-391 reflect",
        ["+ traffic to 62.103.127.157 tcp 390-391 is now balanced too (service LDAP)"],
    ),
    (
        "62.103.127.157 tcp 389",
        "62.103.127.158 tcp 389",
        ["~ LDAP moves from 62.103.127.157 tcp 389 to 62.103.127.158 tcp 389"],
    ),
    (
        "tcp 389 ",
        "tcp 3389 ",
        [
            "~ LDAP moves from 62.103.127.157 tcp 389 to 62.103.127.157 tcp 3389",
            "~ servers of LDAP are reached at port 3389 instead of port 389",
        ],
    ),
    (
        "pool ldap_pool for LDAP",
        "pool ldap_pool for LDAP port 10389",
        ["~ servers of LDAP are reached at port 10389 instead of port 389"],
    ),
    (
        "pool ldap_pool for LDAP",
        "pool ldap_pool for LDAP balance source-hash",
        ["~ LDAP is balanced by source-hash instead of round-robin"],
    ),
    (
        "pool ldap_pool for LDAP\n",
        'pool ldap_pool for LDAP\nprobe LDAP with ldap base "dc=x" every 5s timeout 2s rise 2 fall 3\n',
        [
            '~ LDAP is probed by ldap (base "dc=x") instead of tcp',
            "~ LDAP is probed every 5s instead of 3s",
            "~ a probe of LDAP may take 2s instead of 1s",
            "~ a server of LDAP is up after 2 good probes in a row instead of 1",
            "~ a server of LDAP is down after 3 bad probes in a row instead of 1",
        ],
    ),
    (
        "add 192.168.1.2 to mx_pool\nadd 192.168.1.3 to mx_pool\n",
        "",
        [
            "- SMTP loses 192.168.1.2, 192.168.1.3",
            "~ nobody serves SMTP any more: new connections to it go to nobody",
        ],
    ),
    (
        "interface internal xl1",
        "interface internal xl1\nservice DNS is 62.103.127.150 udp 53\npool d for DNS\nadd 192.168.1.2-3 to d",
        ["+ traffic to 62.103.127.150 udp 53 is now balanced (service DNS, not probed: 192.168.1.2, 192.168.1.3)"],
    ),
    ("interface internal xl1", "interface internal xl2", ["~ the internal interface is xl2 instead of xl1"]),
    (
        "interface internal xl1",
        "interface internal xl1 mtu 9000",
        ['+ the internal interface now has the parameters "mtu 9000"'],
    ),
    (
        "internal net 192.168.1.0/24",
        "internal net 192.168.0.0/16",
        [
            "- 192.168.1.0/24 is no longer an internal net",
            "+ 192.168.0.0/16 is now an internal net",
        ],
    ),
    (
        "internal gw 192.168.1.1\n",
        "internal gw 192.168.1.9\n",
        [
            "~ the internal gateway is 192.168.1.9 instead of 192.168.1.1: "
            "reflected connections to SMTP, LDAP come from it"
        ],
    ),
    (
        "external addr 62.103.127.153\n",
        "",
        [
            "- 62.103.127.153 is no longer the external address: "
            "outbound connections from 192.168.1.0/24 keep their own source"
        ],
    ),
    (
        "interface internal xl1",
        "interface internal xl1\nexternal net 62.103.127.144/28",
        ["+ 62.103.127.144/28 is now the external net"],
    ),
    (
        "interface internal xl1",
        "interface internal xl1\nfailover device a at 172.16.0.1\nfailover device b at 172.16.0.2\nfailover sync em2\n"
        'failover watch 62.103.127.145\nfailover password file "/x"\nfailover key file "/y"',
        [
            "+ a and b are now a failover pair (a at 172.16.0.1 skew 0, b at 172.16.0.2 skew 100, states over em2, "
            'watching 62.103.127.145, password in "/x", key in "/y")'
        ],
    ),
    ("SMTP", "MAIL", ["~ service SMTP is now called MAIL"]),
    ("mx_pool", "mail", ["~ the pool of SMTP is now called mail instead of mx_pool"]),
]


@pytest.mark.parametrize(("old", "new", "sentences"), EDITS, ids=[f"{i}-{e[1][:30]!r}" for i, e in enumerate(EDITS)])
def test_one_edit_is_said(old: str, new: str, sentences: list[str]) -> None:
    assert old in MAIL
    assert said(MAIL, MAIL.replace(old, new)) == sentences


@pytest.mark.parametrize(("old", "new", "sentences"), EDITS, ids=[f"{i}-{e[1][:30]!r}" for i, e in enumerate(EDITS)])
def test_undoing_an_edit_is_said_too(old: str, new: str, sentences: list[str]) -> None:
    back = said(MAIL.replace(old, new), MAIL)
    assert len(back) == len(sentences)
    other = {"+": "-", "-": "+", "~": "~"}
    assert sorted(line[0] for line in back) == sorted(other[line[0]] for line in sentences)


SERVED = "service WEB is 203.0.113.1 tcp 80\npool web for WEB\nadd 10.0.0.2 to web\n"
DEVICE = """\
interface external em0
interface internal em1
internal net 10.0.0.0/24
internal gw 10.0.0.254
"""
WEB = "service WEB is 203.0.113.1 tcp 80,443\npool web for WEB\nadd 10.0.0.1-3 to web\n"
ALT = "service ALT is 203.0.113.1 tcp 8080\npool alt for ALT\nadd 10.0.0.4 to alt\n"
TLS = "service TLS is 203.0.113.1 tcp 443\npool tls for TLS\nadd 10.0.0.5 to tls\n"

TWO_NETS = """\
interface external em0
interface internal em1
internal net 10.1.0.0/16
internal net 10.2.0.0/16
service ONE is 203.0.113.1 tcp 80 reflect
pool one for ONE
add 10.1.0.2 to one
service BOTH is 203.0.113.2 tcp 80 reflect
pool both for BOTH
add 10.1.0.2, 10.2.8.2 to both
service OTHER is 203.0.113.3 tcp 80 reflect
pool other for OTHER
add 10.2.0.2 to other
service MASKED is 203.0.113.4 tcp 80 masquerade
pool masked for MASKED
add 10.1.0.2 to masked
service HIDDEN is 203.0.113.5 tcp 80 reflect masquerade
pool hidden for HIDDEN
add 10.1.0.2, 10.2.8.2 to hidden
service SEEN is 203.0.113.6 tcp 80
pool seen for SEEN
add 10.1.0.2 to seen
"""

PAIRS: dict[str, tuple[str, str, list[str]]] = {
    "a port goes to a new service": (
        WEB,
        WEB.replace("80,443", "80") + "service TLS is 203.0.113.1 tcp 443\npool tls for TLS\nadd 10.0.0.4 to tls\n",
        [
            "+ TLS is new (service TLS: 10.0.0.4)",
            "~ traffic to 203.0.113.1 tcp 443 goes to TLS instead of WEB",
        ],
    ),
    "a port goes to a new service that brings another": (
        WEB,
        WEB.replace("80,443", "80")
        + "service TLS is 203.0.113.1 tcp 443,8443\npool tls for TLS\nadd 10.0.0.4 to tls\n",
        [
            "+ traffic to 203.0.113.1 tcp 8443 is now balanced (service TLS: 10.0.0.4)",
            "~ traffic to 203.0.113.1 tcp 443 goes to TLS instead of WEB",
        ],
    ),
    "a service takes what another leaves": (
        WEB + ALT,
        ALT.replace("8080", "8080,80,443"),
        [
            "- service WEB is gone",
            "~ traffic to 203.0.113.1 tcp 80,443 goes to ALT instead of WEB",
        ],
    ),
    "two services change places": (
        WEB + ALT,
        WEB.replace("80,443", "8080") + ALT.replace("8080", "80,443"),
        [
            "~ WEB moves from 203.0.113.1 tcp 80,443 to 203.0.113.1 tcp 8080",
            "~ traffic to 203.0.113.1 tcp 8080 goes to WEB instead of ALT",
            "~ ALT moves from 203.0.113.1 tcp 8080 to 203.0.113.1 tcp 80,443",
            "~ traffic to 203.0.113.1 tcp 80,443 goes to ALT instead of WEB",
        ],
    ),
    "part of a range is taken out of the middle": (
        WEB.replace("80,443", "1000-1999"),
        WEB.replace("80,443", "1000-1499,1501-1999"),
        ["- traffic to 203.0.113.1 tcp 1500 is no longer balanced (service WEB)"],
    ),
    "a new name and new servers for the same traffic": (
        ALT,
        ALT.replace("ALT", "NEU").replace("10.0.0.4", "10.0.0.5"),
        ["~ service ALT is now called NEU", "- NEU loses 10.0.0.4", "+ NEU gains 10.0.0.5"],
    ),
    "servers with ports of their own": (
        ALT,
        ALT + "add 10.0.0.4-5 to alt port 81\n",
        ["+ ALT gains 10.0.0.4, 10.0.0.5 (port 81)"],
    ),
    "another service takes a port": (
        WEB,
        WEB + "service TLS is 203.0.113.1 tcp 443\npool tls for TLS\nadd 10.0.0.8 to tls\n",
        [
            "+ TLS is new (service TLS: 10.0.0.8)",
            "~ traffic to 203.0.113.1 tcp 443 goes to TLS instead of WEB",
        ],
    ),
    "a service without a pool": (
        "",
        "service WEB is 203.0.113.1 tcp 80\n",
        ["+ service WEB for 203.0.113.1 tcp 80 is new; it has no pool"],
    ),
    "a service with an empty pool": (
        "",
        "service WEB is 203.0.113.1 tcp 80\npool web for WEB\n",
        ["+ service WEB for 203.0.113.1 tcp 80 is new; nobody serves it"],
    ),
    "a service gets its pool": (
        "service ALT is 203.0.113.1 tcp 8080\n",
        ALT,
        ["+ traffic to 203.0.113.1 tcp 8080 is now balanced (service ALT: 10.0.0.4)"],
    ),
    "a service gets an empty pool": (
        "service ALT is 203.0.113.1 tcp 8080\n",
        "service ALT is 203.0.113.1 tcp 8080\npool alt for ALT\n",
        ["+ ALT now has the pool alt, but nobody serves it"],
    ),
    "traffic of a service that is not served": (
        "service WEB is 203.0.113.1 tcp 80\n",
        "service WEB is 203.0.113.1 tcp 80-82\n",
        ["+ WEB takes traffic to 203.0.113.1 tcp 81-82 too, but nobody serves it"],
    ),
    "traffic goes to a service that is not served": (
        WEB,
        WEB.replace("80,443", "80") + "service TLS is 203.0.113.1 tcp 443\n",
        [
            "- traffic to 203.0.113.1 tcp 443 is no longer balanced (service WEB)",
            "+ service TLS for 203.0.113.1 tcp 443 is new; it has no pool",
        ],
    ),
    "traffic comes from a service that was not served": (
        "service OLD is 203.0.113.1 tcp 8080\nservice WEB is 203.0.113.2 tcp 80\n",
        ALT.replace("8080", "8080-8081"),
        [
            "- service OLD for 203.0.113.1 tcp 8080 is gone; it had no pool",
            "- service WEB for 203.0.113.2 tcp 80 is gone; it had no pool",
            "+ traffic to 203.0.113.1 tcp 8080-8081 is now balanced (service ALT: 10.0.0.4)",
        ],
    ),
    "all drained": (
        ALT,
        ALT + "drain 10.0.0.4 from alt\n",
        [
            "~ 10.0.0.4 of ALT is now drained",
            "~ nobody serves ALT any more: new connections to it go to nobody",
        ],
    ),
    "servers that come drained, and strong backups": (
        WEB,
        WEB
        + "add 10.0.0.7 to web\ndrain 10.0.0.7 from web\nadd 10.0.0.8 to web backup weight 3\nadd 10.0.0.9 to web backup\n",
        [
            "+ WEB gains 10.0.0.7, drained",
            "+ WEB gains 10.0.0.8 with weight 3 as a backup",
            "+ WEB gains 10.0.0.9 with weight 1 as a backup",
        ],
    ),
    "neighbouring ports are one range": (
        ALT,
        ALT.replace("8080", "8080,8083,8081,8082"),
        ["+ traffic to 203.0.113.1 tcp 8081-8083 is now balanced too (service ALT)"],
    ),
    "a new name, and the same ports otherwise": (
        ALT.replace("8080", "80,81"),
        ALT.replace("8080", "80-81").replace("ALT", "NEU"),
        ["~ service ALT is now called NEU"],
    ),
    "traffic goes to a service that was not served and is not": (
        WEB + "service NIL is 203.0.113.1 tcp 8080\n",
        WEB.replace("80,443", "80") + "service NIL is 203.0.113.1 tcp 8080,443\n",
        [
            "- traffic to 203.0.113.1 tcp 443 is no longer balanced (service WEB)",
            "+ NIL takes traffic to 203.0.113.1 tcp 443 too, but nobody serves it",
        ],
    ),
    "traffic comes from a service that was not served, and stays": (
        WEB.replace("80,443", "80") + "service NIL is 203.0.113.1 tcp 8080,443\n",
        WEB + "service NIL is 203.0.113.1 tcp 8080\n",
        [
            "+ traffic to 203.0.113.1 tcp 443 is now balanced too (service WEB)",
            "- NIL no longer takes traffic to 203.0.113.1 tcp 443; nobody served it",
        ],
    ),
    "a probe that goes without saying": (
        ALT,
        ALT.replace("tcp", "udp"),
        [
            "~ ALT moves from 203.0.113.1 tcp 8080 to 203.0.113.1 udp 8080",
            "- ALT is no longer probed",
        ],
    ),
    "blanks between parameters": (
        DEVICE.replace("em0", "em0 mtu 1500"),
        DEVICE.replace("em0", "em0   mtu  1500  # jumbo"),
        [],
    ),
    "a backup of another weight": (
        WEB + "add 10.0.0.8-9 to web\n",
        WEB + "add 10.0.0.8 to web weight 3 backup\nadd 10.0.0.9 to web backup\n",
        [
            "~ 10.0.0.8, 10.0.0.9 of WEB are now backups",
            "~ 10.0.0.8 of WEB has weight 3 instead of 1",
        ],
    ),
    "a backup of twice the weight": (
        WEB + "add 10.0.0.8, 10.0.0.9 to web weight 2\n",
        WEB + "add 10.0.0.8 to web weight 4 backup\nadd 10.0.0.9 to web weight 2 backup\n",
        [
            "~ 10.0.0.8, 10.0.0.9 of WEB are now backups",
            "~ 10.0.0.8 of WEB has weight 4 instead of 2",
        ],
    ),
    "weights that leave a server its lowest terms": (
        WEB.replace("to web\n", "to web weight 2\n"),
        WEB.replace("add 10.0.0.1-3 to web\n", "add 10.0.0.1-2 to web weight 2\nadd 10.0.0.3 to web\n"),
        ["~ 10.0.0.3 takes 1 of 5 new connections of WEB instead of 1 of 3"],
    ),
    "weights that give the same shares": (
        WEB,
        WEB.replace("to web\n", "to web weight 7\n"),
        [],
    ),
    "the same ports otherwise": (WEB.replace("80,443", "80,81,82"), WEB.replace("80,443", "82,80-81"), []),
    "a network and its addresses": (
        WEB.replace("10.0.0.1-3", "10.0.0.0/29"),
        WEB.replace("add 10.0.0.1-3 to web\n", "".join(f"add 10.0.0.{host} to web\n" for host in (6, 5, 4, 3, 2, 1))),
        [],
    ),
    "servers' ports of a list": (
        WEB,
        WEB.replace("for WEB", "for WEB port 8080,443"),
        [
            "~ servers of WEB are reached at port 8080 for 80, 443 for 443 instead of the port that the client asked for",
        ],
    ),
    "another one of the servers' ports": (
        WEB.replace("80,443", "80,443,90-99").replace("for WEB", "for WEB port 8080,8443,190-199"),
        WEB.replace("80,443", "443,80,90-99").replace("for WEB", "for WEB port 9443,8080,190-199"),
        [
            "~ servers of WEB are reached at port 8080 for 80, 190-199 for 90-99, 9443 for 443 "
            "instead of port 8080 for 80, 190-199 for 90-99, 8443 for 443",
        ],
    ),
    "servers' ports in another order": (
        WEB.replace("for WEB", "for WEB port 8080,8443"),
        WEB.replace("80,443", "443,80").replace("for WEB", "for WEB port 8443,8080"),
        [],
    ),
    "servers' ports that they have anyway": (WEB, WEB.replace("for WEB", "for WEB port 80,443"), []),
    "the port that it has anyway": (ALT, ALT.replace("for ALT", "for ALT port 8080"), []),
    "re-checks": (
        ALT + "probe ALT with tcp fall 3\n",
        ALT + "probe ALT with tcp fall 3 recheck off\n",
        ["~ late and contrary answers to probes of ALT are no longer checked again at once (recheck off)"],
    ),
    "the probe that it has anyway": (ALT, ALT + "probe ALT with tcp every 3000ms fall 1 recheck on\n", []),
    "what is undone": (WEB, WEB + ALT + "add 10.0.0.9 to web\nremove 10.0.0.9 from web\nremove ALT\n", []),
    "a server's own port that becomes that of the pool": (
        ALT + "add 10.0.0.8 to alt port 9000\n",
        ALT.replace("for ALT", "for ALT port 9000").replace(" to alt", " to alt port 8080") + "add 10.0.0.8 to alt\n",
        [],
    ),
    "a port of the pool that one server had already": (
        ALT + "add 10.0.0.8 to alt port 9000\n",
        ALT.replace("for ALT", "for ALT port 9000") + "add 10.0.0.8 to alt\n",
        ["~ servers of ALT are reached at port 9000 instead of port 8080"],
    ),
    "another port for a port that a service takes": (
        WEB.replace("for WEB", "for WEB port 8080,8443") + TLS,
        WEB.replace("for WEB", "for WEB port 8080,9443") + TLS,
        [],
    ),
    "a service that takes a port with another one of the servers": (
        WEB.replace("for WEB", "for WEB port 8080,8443"),
        WEB.replace("for WEB", "for WEB port 8080,8443") + TLS,
        ["+ TLS is new (service TLS: 10.0.0.5)", "~ traffic to 203.0.113.1 tcp 443 goes to TLS instead of WEB"],
    ),
    "from a pool's port to a list": (
        ALT.replace("for ALT", "for ALT port 80"),
        ALT.replace("8080", "8080,8081"),
        [
            "+ traffic to 203.0.113.1 tcp 8081 is now balanced too (service ALT)",
            "~ servers of ALT are reached at the port that the client asked for instead of port 80",
        ],
    ),
    "gone ones are told where they stood": (
        "".join(ALT.replace("ALT", f"S{n}").replace("alt", f"p{n}").replace("8080", f"{n}") for n in range(1, 6)),
        "".join(ALT.replace("ALT", f"S{n}").replace("alt", f"q{n}").replace("8080", f"{n}") for n in (2, 4)),
        [
            "- traffic to 203.0.113.1 tcp 1 is no longer balanced (service S1 is gone)",
            "~ the pool of S2 is now called q2 instead of p2",
            "- traffic to 203.0.113.1 tcp 3 is no longer balanced (service S3 is gone)",
            "~ the pool of S4 is now called q4 instead of p4",
            "- traffic to 203.0.113.1 tcp 5 is no longer balanced (service S5 is gone)",
        ],
    ),
    "very many servers": (
        WEB,
        WEB + "".join(f"add 10.0.0.{host} to web\n" for host in range(10, 60, 2)),
        [
            "+ WEB gains 10.0.0.10, 10.0.0.12, 10.0.0.14, 10.0.0.16, 10.0.0.18, 10.0.0.20, 10.0.0.22, 10.0.0.24, "
            "10.0.0.26, 10.0.0.28, 10.0.0.30, 10.0.0.32 and 13 more"
        ],
    ),
    "weights where a server leaves": (
        WEB.replace("to web", "to web weight 5"),
        WEB.replace("10.0.0.1-3", "10.0.0.1"),
        ["- WEB loses 10.0.0.2, 10.0.0.3"],
    ),
    "a weight among other neighbours": (
        "service A is 203.0.113.1 tcp 80\npool p for A\nadd 10.0.0.1 to p weight 5\nadd 10.0.0.2 to p\n",
        "service A is 203.0.113.1 tcp 80\npool p for A\nadd 10.0.0.1 to p\nadd 10.0.0.3 to p\n",
        [
            "- A loses 10.0.0.2",
            "+ A gains 10.0.0.3",
            "~ 10.0.0.1 takes 1 of 2 new connections of A instead of 5 of 6",
        ],
    ),
    "a weight of one that does not serve": (
        WEB + "add 10.0.0.8, 10.0.0.9 to web backup\n",
        WEB + "add 10.0.0.8 to web backup\nadd 10.0.0.9 to web weight 2 backup\n",
        ["~ 10.0.0.9 of WEB has weight 2 instead of 1"],
    ),
    "what a text holds is no sentence": (
        ALT,
        ALT + 'probe ALT with http get "/{old}\\"\\\\" match "{0}"\n',
        ['~ ALT is probed by http (get "/{old}\\"\\\\", match "{0}") instead of tcp'],
    ),
    "options of a probe": (
        ALT + 'probe ALT with http get "/" expect 200 host "a"\n',
        ALT + 'probe ALT with http match "b" expect 200-299 get "/"\n',
        [
            '+ the http probe of ALT now has match "b"',
            "~ the http probe of ALT has expect 200-299 instead of 200",
            '- the http probe of ALT no longer has host "a"',
        ],
    ),
    "the order of a probe's options": (
        ALT + 'probe ALT with http get "/" expect 200 every 5s\n',
        ALT + 'probe ALT with http every 5s expect 200 get "/"\n',
        [],
    ),
    "another port to probe": (
        ALT + "probe ALT with tcp every 4s\n",
        ALT + "probe ALT with tcp port 81 every 4s\n",
        ["+ ALT is now probed at port 81 instead of each server's own"],
    ),
    "a probe with a port": (
        ALT + "probe ALT with tcp port 81\n",
        ALT + 'probe ALT with http get "/" port 82\n',
        ['~ ALT is probed by http (get "/") instead of tcp', "~ ALT is probed at port 82 instead of 81"],
    ),
    "another command to probe": (
        ALT + 'probe ALT with exec "/a"\n',
        ALT + 'probe ALT with exec "/b"\n',
        ['~ ALT is probed by the command "/b" instead of "/a"'],
    ),
    "a udp service gets a probe": (
        ALT.replace("tcp", "udp"),
        ALT.replace("tcp", "udp")
        + 'probe ALT with radius user "u" secret file "/s" every 9s timeout 4s rise 2 fall 3\n',
        ['+ ALT is now probed by radius (user "u", secret file "/s") every 9s timeout 4s rise 2 fall 3'],
    ),
    "the devices of a pair": (
        "failover device a\nfailover device b\nfailover sync em2\nfailover watch 10.0.0.8, 10.0.0.9\n",
        "failover device b at 10.9.9.1, 10.0.0.3\nfailover device c at 10.9.9.2\nfailover sync em3\n"
        'failover watch 10.0.0.9, 10.0.0.7, 10.0.0.6\nfailover password file "/p"\nfailover key file "/k"\n',
        [
            "- a is no longer one of the failover pair",
            "~ failover device b has skew 0 instead of 100",
            "~ failover device b now has 10.9.9.1, 10.0.0.3 as its own",
            "+ c is now one of the failover pair (at 10.9.9.2 skew 100)",
            "~ b is the preferred master instead of a",
            "~ the pair watches 10.0.0.7 instead of 10.0.0.8",
            "+ the pair now watches 10.0.0.6",
            "~ the pair passes on connection states over em3 instead of em2",
            '+ the password of the pair is now in the file "/p"',
            '+ the key of the channel between the pair is now in the file "/k"',
        ],
    ),
    "an external interface": (
        DEVICE.replace("em0", "em0 mtu 1500"),
        DEVICE.replace("em0", "em2 mtu 9000 up"),
        [
            "~ the external interface is em2 instead of em0",
            '~ the parameters of the external interface are "mtu 9000 up" instead of "mtu 1500"',
        ],
    ),
    "the interfaces come": (
        "internal net 10.0.0.0/24  # no interface\n",
        "internal net 10.0.0.0/24\ninterface internal em1\ninterface external em0 mtu 1500\n",
        ["+ the external interface is now em0", "+ the internal interface is now em1"],
    ),
    "sources of some connections": (
        DEVICE + SERVED + "external addr 203.0.113.9 for 10.0.0.8/29, web\n",
        DEVICE + SERVED + "external addr 203.0.113.8 for 10.0.0.8/29, 10.0.0.1-3\nexternal addr of em0\n",
        [
            "~ outbound connections from 10.0.0.8/29 get 203.0.113.8 as their source instead of 203.0.113.9",
            "- outbound connections from web no longer get 203.0.113.9 as their source",
            "+ outbound connections from 10.0.0.1-10.0.0.3 now get 203.0.113.8 as their source",
            "+ outbound connections from all internal nets by em0 now get the address of em0 as their source",
        ],
    ),
    "a pool that goes takes its source along": (
        DEVICE + SERVED + "external addr 203.0.113.9 for web\n",
        DEVICE + SERVED + "external addr 203.0.113.9 for web\nremove WEB\n",
        [
            "- outbound connections from web no longer get 203.0.113.9 as their source",
            "- traffic to 203.0.113.1 tcp 80 is no longer balanced (service WEB is gone)",
        ],
    ),
    "uplinks": (
        DEVICE + "interface external em5\nexternal gw 203.0.113.254 on em0\nexternal gw 198.51.100.1 on em5\n",
        DEVICE + "interface external em5\nexternal gw 198.51.100.9 on em5\nexternal gw 203.0.113.254 on em0\n",
        [
            "~ the external gateway of em5 is 198.51.100.9 instead of 198.51.100.1",
            "~ new IPv4 connections to the world leave by the external gateway 198.51.100.9 instead of 203.0.113.254",
            "~ the uplink em0 has the number 2 instead of 1, which is that of its mark and routing table",
            "~ the uplink em5 has the number 1 instead of 2, which is that of its mark and routing table",
        ],
    ),
    "networks with kept sources": (
        DEVICE + "keep source to 10.8.0.0/16\n",
        DEVICE + "keep source to 10.9.0.0/16, 10.7.0.1\n",
        [
            "- outbound connections to 10.8.0.0/16 no longer keep their source",
            "+ outbound connections to 10.7.0.1/32 now keep their source",
            "+ outbound connections to 10.9.0.0/16 now keep their source",
        ],
    ),
    "nets behind one interface": (
        DEVICE + "internal net 10.1.0.0/16 on em1\ninterface internal em2\ninternal net 10.2.0.0/16 on em2\n",
        DEVICE + "internal net 10.1.0.0/16 on em2\ninterface internal em2\ninternal net 10.2.0.0/16\n",
        ["~ 10.1.0.0/16 is behind em2 alone instead of em1", "- 10.2.0.0/16 is no longer behind em2 alone"],
    ),
    "gateways, and who sees them": (
        TWO_NETS + "internal gw 10.1.0.1\ninternal gw 10.2.0.1\n",
        TWO_NETS + "internal gw 10.1.0.9\ninternal gw 10.2.0.1\n",
        [
            "~ the internal gateway is 10.1.0.9 instead of 10.1.0.1: reflected connections to ONE, BOTH come from it",
            "~ servers of MASKED, HIDDEN see 10.1.0.9 in place of clients instead of 10.1.0.1",
        ],
    ),
    "a gateway goes": (
        TWO_NETS + "internal gw 10.1.0.1\ninternal gw 10.2.0.1\n",
        TWO_NETS + "internal gw 10.2.0.1\n",
        [
            "- 10.1.0.1 is no longer the internal gateway",
            "~ reflected connections to ONE, BOTH come from 10.2.0.1 instead of 10.1.0.1",
            "- servers of MASKED, HIDDEN see the address of the interface towards them in place of clients "
            "instead of 10.1.0.1",
        ],
    ),
    "servers get a net of their own": (
        TWO_NETS + "internal gw 10.1.0.1\ninternal gw 10.2.0.1\n",
        TWO_NETS + "internal gw 10.1.0.1\ninternal gw 10.2.0.1\ninternal net 10.2.8.0/24\ninternal gw 10.2.8.1\n",
        [
            "+ 10.2.8.0/24 is now an internal net",
            "+ 10.2.8.1 is now the internal gateway",
            "~ reflected connections to BOTH come from 10.2.8.1 instead of 10.2.0.1",
            "~ servers of HIDDEN see 10.2.8.1 in place of clients instead of 10.2.0.1",
        ],
    ),
    "each family has its own": (
        "external addr 203.0.113.9\n",
        "external addr 2001:db8::9\ninternal net fd00::/64\ninternal gw fd00::1\n",
        [
            "- 203.0.113.9 is no longer the external address: outbound connections from 10.0.0.0/24 keep their own source",
            "+ 2001:db8::9 is now the external address: outbound connections from fd00::/64 get it as their source",
            "+ fd00::/64 is now an internal net",
            "+ fd00::1 is now the internal gateway",
        ],
    ),
}


@pytest.mark.parametrize(("old", "new", "sentences"), PAIRS.values(), ids=PAIRS)
def test_a_pair_of_scripts_is_said(old: str, new: str, sentences: list[str]) -> None:
    assert said(_script(old), _script(new)) == sentences


@pytest.mark.parametrize(("old", "new", "sentences"), PAIRS.values(), ids=PAIRS)
def test_a_pair_says_as_much_the_other_way_round(old: str, new: str, sentences: list[str]) -> None:
    assert bool(said(_script(new), _script(old))) == bool(sentences)


NETS = [name for name, (old, _, _) in PAIRS.items() if old.startswith(TWO_NETS)]


@pytest.mark.parametrize("name", NETS)
def test_what_servers_see_changes_back_in_the_same_ways(name: str) -> None:
    old, new, _ = PAIRS[name]
    forth, back = (sorted(change.kind for change in _changes(*pair)) for pair in ((old, new), (new, old)))
    assert forth == back


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_golden(case: Path) -> None:
    shown = golden_diff.renderings(case)
    assert golden_diff.written(case) == shown, "python -m tests.golden_diff"
    VALIDATOR.validate(json.loads(shown["changes.json"]))


def test_golden_cases_are_found() -> None:
    assert CASES


# --- nothing where nothing changes, nothing missed -------------------------------------------------------------------

Canonical = tuple[object, ...]


def meaning(site: model.Site) -> Canonical:
    """A site as a value that has no order, no origin and no two ways to say one thing; written apart from the diff."""
    return (
        frozenset(_interface(one) for one in site.external),
        frozenset(_interface(one) for one in site.internal),
        frozenset(use for source in site.sources for use in _uses(source)),
        frozenset(site.external_nets),
        frozenset(site.internal_nets),
        frozenset(site.gateways),
        frozenset(one.net for one in site.kept),
        _uplinks(site),
        frozenset(
            (one.net, one.interface) for one in site.bindings if one.net in (*site.external_nets, *site.internal_nets)
        ),
        frozenset(_service(service) for service in site.services),
        _failover(site.failover),
    )


def _uplinks(site: model.Site) -> Canonical:
    """The next hops, the first of each family, and the order of the interfaces."""
    hops = [(one.address.family, one.address, one.interface) for one in site.next_hops]
    first = {family: address for family, address, _ in reversed(hops)}
    order = tuple(dict.fromkeys(interface for _, _, interface in hops)) if len(site.external) > 1 else ()
    return frozenset(hops), tuple(sorted(first.items())), order


def _uses(source: model.Source) -> set[Canonical]:
    inside = (*source.targets, *source.pools) if source.targets or source.pools else ("all",)
    return {(source.address, source.interface, source.family, one) for one in inside}


def _interface(interface: model.Interface) -> Canonical:
    return (interface.name, tuple(interface.params.split()))


def _service(service: model.Service) -> Canonical:
    asked = 0
    for one in service.ports:
        asked |= (2 << one.last) - (1 << one.first)
    probe: Canonical = ("tcp", None, frozenset(), None, 3000, 1000, 1, 1, True)
    if service.probe is not None:
        told = service.probe
        how = (told.method, told.argument, frozenset(told.options), told.port)
        probe = (*how, told.every, told.timeout, told.rise, told.fall, told.recheck)
    elif service.protocols == (Protocol.UDP,):
        probe = ()
    return (
        service.name,
        service.address,
        frozenset(service.protocols),
        asked,
        _plain_fields(service, "name", "address", "protocols", "ports", "pool", "probe"),
        () if service.pool is None else _pool(service, service.pool),
        probe,
    )


def _other_ports(pairs: Iterable[tuple[PortRange, PortRange]]) -> Iterator[tuple[int, int, int]]:
    """The ports of a service that become others of the servers: spans with their distance, neighbours joined."""
    first = last = shift = 0
    for asked, own in sorted(pairs):
        if asked.first == last + 1 and own.first - asked.first == shift:
            last = asked.last
            continue
        if shift:
            yield first, last, shift
        first, last, shift = asked.first, asked.last, own.first - asked.first
    if shift:
        yield first, last, shift


def _pool(service: model.Service, pool: model.Pool) -> Canonical:
    units = {role: gcd(*(one.weight for one in pool.servers if one.backup is role)) or 1 for role in (True, False)}
    single = service.ports[0].first if len(service.ports) == 1 and service.ports[0].is_single else 0
    usual = pool.ports[0].first if single and pool.ports else single
    pairs = {pair for _, ports in service.listeners for pair in service.translated(ports)}
    return (
        pool.name,
        frozenset() if single and pool.servers else frozenset(_other_ports(pairs)),
        _plain_fields(pool, "name", "ports", "servers"),
        frozenset(
            (
                one.address,
                one.port or usual,
                one.weight // units[one.backup],
                one.backup,
                one.ramp,
                one.drain and _plain_fields(one.drain),
                one.down_by_hand and _plain_fields(one.down_by_hand),
            )
            for one in pool.servers
        ),
    )


def _plain_fields(part: model.Service | model.Pool | model.Drain | model.DownByHand, *besides: str) -> Canonical:
    """The fields of a part whose other values are other meanings."""
    named = [field.name for field in dataclasses.fields(part) if field.name not in (*besides, *STATEMENTS)]
    return tuple(getattr(part, name) for name in named)


def _failover(failover: model.Failover | None) -> Canonical:
    if failover is None:
        return ()
    devices = frozenset((device.name, frozenset(device.addresses), device.skew) for device in failover.devices)
    return (devices, failover.sync, frozenset(failover.watched), failover.password_file, failover.key_file)


PROBES = st.sampled_from(
    [
        "tcp",
        "tcp every 3s timeout 1s",
        "icmp every 5s rise 2",
        'http get "/" host "a"',
        'http host "b" get "/" fall 3',
        'http host "b" get "/" port 8080 fall 3',
        "tcp port 81",
        'exec "/bin/true"',
        'exec "/bin/false" timeout 2s',
    ]
)
PAIR = [
    "failover device gw1 at 172.16.0.1",
    "failover device gw2 at 172.16.0.2 skew 50",
    "failover sync em2",
    "failover watch 203.0.113.250 , 203.0.113.251",
]


@st.composite
def whole_scripts(draw: st.DrawFn) -> str:
    """A script with probes, a failover pair and an interface's parameters besides."""
    text = draw(scripts())
    lines = text.splitlines()
    for line in [line for line in lines if line.startswith("service ")]:
        if draw(st.booleans()):
            lines.append(f"probe {line.split()[1]} with {draw(PROBES)}")
    if draw(st.booleans()):
        lines += [*PAIR, 'failover password file "/etc/pass"', 'failover key file "/etc/key"']
    return "\n".join(lines) + "\n"


def _again(choice: list[str]) -> Callable[[st.DrawFn, str], str]:
    return lambda draw, line: draw(st.sampled_from(choice))


MUTATIONS: dict[str, Callable[[st.DrawFn, list[str]], list[str]]] = {
    "interface": lambda draw, words: [*words[:3], *draw(st.sampled_from([[], ["mtu", "9000"], ["inet", "10.1.1.1"]]))],
    "external": lambda draw, words: draw(st.sampled_from([[], words, [*words[:2], words[2] + "0"]])),
    "internal": lambda draw, words: draw(st.sampled_from([[], words])),
    "keep": lambda draw, words: draw(st.sampled_from([[], words[:4], [*words[:3], "10.9.0.0/16"]])),
    "service": lambda draw, words: draw(
        st.sampled_from(
            [
                [],
                [word for word in words if word != "reflect"],
                [*(word for word in words if word != "reflect"), "reflect"],
                [*words[:6], "sticky", "7m"],
                words[:6],
                [*words[:4], "tcp+udp", *words[5:]],
                [*words[:5], "80", *words[6:]],
                [*words[:5], "80-90,443", *words[6:]],
                [words[0], words[1] + "x", *words[2:]],
            ]
        )
    ),
    "pool": lambda draw, words: draw(
        st.sampled_from([[], words[:4], [*words[:4], "port", "4711"], [*words[:4], "balance", "random"]])
    ),
    "add": lambda draw, words: draw(
        st.sampled_from([[], words[:4], [*words[:4], "weight", "2"], [*words[:4], "backup"]])
    ),
    "drain": lambda draw, words: draw(
        st.sampled_from([[], words, words[:4], [*words[:4], "for", "2h"], [*words[:4], "because", '"why"']])
    ),
    "down": lambda draw, words: draw(st.sampled_from([[], words, words[:4], [*words[:4], "because", '"why"']])),
    "set": lambda draw, words: draw(
        st.sampled_from(
            [[], words, *([[*words[:4], "weight", "2"]] if words[2] == "in" else [[*words[:2], "reflect"]])]
        )
    ),
    "probe": lambda draw, words: draw(st.sampled_from([[], [*words[:3], *draw(PROBES).split(" ")]])),
    "failover": lambda draw, words: draw(st.sampled_from([[], words[:3], words[:4], words])),
}


@st.composite
def mutated(draw: st.DrawFn) -> tuple[str, str]:
    """A script, and the same with one to three statements written otherwise or left out."""
    text = draw(whole_scripts())
    lines = text.splitlines()
    for _ in range(draw(st.integers(1, 3))):
        number = draw(st.integers(0, len(lines) - 1))
        words = lines[number].split()
        if words:
            lines[number] = " ".join(MUTATIONS[words[0]](draw, words))
    return text, "\n".join(lines)


def has_clash(site: model.Site) -> bool:
    """Whether two services have a port of which none takes it from the other (LB304)."""
    places: dict[Address, list[model.Listener]] = {}
    for service in site.services:
        places.setdefault(service.address, []).append(model.Listener(service.protocols, service.ports))
    return any(one.clash is not None for listeners in places.values() for one in standings(listeners))


def site(text: str) -> model.Site:
    return resolution_of(text).site


@given(whole_scripts())
@settings(max_examples=100)
def test_a_site_does_not_differ_from_itself(text: str) -> None:
    assert diff_sites(site_of(text), site_of(text)) == ()


@given(mutated())
@settings(max_examples=200)
def test_there_is_a_change_where_the_meaning_differs_and_nowhere_else(pair: tuple[str, str]) -> None:
    old, new = map(site, pair)
    assert (diff_sites(old, new) == ()) == (meaning(old) == meaning(new))


@given(whole_scripts(), whole_scripts())
@settings(max_examples=100)
def test_two_unlike_sites_differ_and_can_be_said(one: str, other: str) -> None:
    changes = diff_scripts(resolution_of(one), resolution_of(other))
    assert (changes == ()) == (meaning(site(one)) == meaning(site(other)))
    VALIDATOR.validate(json.loads(render_changes_json(changes)))


@given(mutated())
@settings(max_examples=100)
def test_the_way_back_has_the_same_kinds(pair: tuple[str, str]) -> None:
    old, new = map(site, pair)
    assume(not has_clash(old) and not has_clash(new))  # there, nothing says which service has a port
    there, back = diff_sites(old, new), diff_sites(new, old)
    turned = {"added": "removed", "removed": "added", "changed": "changed"}
    assert {(one.kind, one.effect.value) for one in there} == {(one.kind, turned[one.effect.value]) for one in back}


@given(mutated())
@settings(max_examples=100)
def test_every_change_can_be_said_and_names_its_statements(pair: tuple[str, str]) -> None:
    old, new = resolution_of(pair[0], "old.lb"), resolution_of(pair[1], "new.lb")
    for change in diff_scripts(old, new):
        assert "None" not in sentence(change)
        assert change.old_origins or change.new_origins
        assert {one.source.name for one in change.old_origins} <= {"old.lb"}
        assert {one.source.name for one in change.new_origins} <= {"new.lb"}


@st.composite
def rewritten(draw: st.DrawFn) -> tuple[str, str]:
    """A script, and the same in another order, with other blanks and comments, and its lists turned round."""
    text = draw(whole_scripts())
    blocks: dict[str, list[list[str]]] = {}
    device = []
    for line in text.splitlines():
        words = line.split()
        if words and words[0] in {"service", "pool", "add", "set", "drain", "down", "probe"}:
            pooled = words[0] in {"add", "drain", "down"} or words[2] == "in"
            owner = 3 if pooled or words[0] == "pool" else 1
            blocks.setdefault(words[owner].removeprefix("p-") if pooled else words[owner], []).append(words)
        else:
            device.append(words)
    lines = [line for block in draw(st.permutations(list(blocks.values()))) for line in _reordered(draw, block)]
    # The first failover device has another default than the second, the first gateway leads to the world, and a pool is
    # defined above the source of its connections.
    device.sort(key=_has_a_place)
    front = [line for line in device if not _has_a_place(line)]
    lines = [*draw(st.permutations(front)), *lines, *device[len(front) :]]
    blank = draw(st.sampled_from([" ", "  ", "\t"]))
    tail = draw(st.sampled_from(["", "  # why", "\n", "\n# a comment\n"]))
    return text, "\r\n".join(blank.join(line) + tail for line in lines)


def _has_a_place(words: list[str]) -> bool:
    """Whether the order of such statements about the device matters."""
    return words[:2] in (["failover", "device"], ["external", "gw"]) or (words[:1] == ["external"] and "for" in words)


def _reordered(draw: st.DrawFn, block: list[list[str]]) -> list[list[str]]:
    named = {
        kind: [words for words in block if words[0] == kind]
        for kind in ("service", "pool", "add", "set", "drain", "down", "probe")
    }
    (service,) = named["service"]
    ports = ",".join(reversed(service[5].split(",")))
    service = [*service[:2], draw(st.sampled_from(["is", "as"])), *service[3:5], ports, *service[6:]]
    (pool,) = named["pool"]
    if "port" in pool:  # item by item those of the service
        place = pool.index("port") + 1
        named["pool"] = [[*pool[:place], ",".join(reversed(pool[place].split(","))), *pool[place + 1 :]]]
    return [
        service,
        *named["probe"],
        *named["pool"],
        *draw(st.permutations(named["add"])),
        *draw(st.permutations([*named["drain"], *named["down"], *named["set"]])),
    ]


@given(rewritten())
@settings(max_examples=200)
def test_order_and_layout_are_no_difference(pair: tuple[str, str]) -> None:
    assert diff_sites(site_of(pair[0]), site_of(pair[1])) == ()


# --- every field of the model ----------------------------------------------------------------------------------------


@pytest.mark.parametrize(("owner", "field"), FIELDS)
def test_a_change_of_any_field_of_the_model_is_seen(owner: str, field: str) -> None:
    other = with_other(RICH, owner, field)
    assert isinstance(other, model.Site)
    assert other != RICH
    there, back = diff_sites(RICH, other), diff_sites(other, RICH)
    assert there
    assert back
    assert all(sentence(change) for change in (*there, *back))
    assert meaning(other) != meaning(RICH)


IN_A_SERVICE = [one for one in FIELDS if one[0] in {"Service", "Pool", "Server", "Probe"}]


def _new_service(site: model.Site) -> Change:
    """The change by which the first service of a site is new."""
    service = site.services[0]
    return Change(WholeService(Effect.ADDED, Offer(service, traffic_of(service))), service.name)


@pytest.mark.parametrize(("owner", "field"), IN_A_SERVICE)
def test_a_new_service_shows_every_field(owner: str, field: str) -> None:
    other = with_other(RICH, owner, field)
    assert isinstance(other, model.Site)
    old, new = (json.loads(render_changes_json([_new_service(site)]))["changes"][0] for site in (RICH, other))
    assert old["new"] != new["new"]
    if (owner, field) != ("Pool", "name"):  # which says nothing to an operator who has never seen it
        assert old["sentence"] != new["sentence"]


def test_nothing_is_listed_that_the_model_has_not() -> None:
    assert set(SPECIAL) <= set(FIELDS)


def test_every_kind_of_change_is_seen_and_said() -> None:
    scripts = [
        *((MAIL, MAIL.replace(old, new)) for old, new, _ in EDITS),
        *((old, new) for old, new, _ in PAIRS.values()),
    ]
    sites = [*((RICH, other) for other in map(_other, FIELDS)), *(map(_site, pair) for pair in scripts)]
    found = [change for old, new in sites for pair in ((old, new), (new, old)) for change in diff_sites(*pair)]
    VALIDATOR.validate(json.loads(render_changes_json(found)))
    assert {change.kind for change in found} == KINDS


@pytest.mark.parametrize("words", [*WORDS, *(row.words for row in ROWS)], ids=lambda words: words.kind)
def test_each_sentence_is_another(words: SettingWords | ValueWords | SwitchWords) -> None:
    said = words.said if isinstance(words, SettingWords) else [text for text in words[1:] if text]
    affects = words.affects or () if isinstance(words, SettingWords) else ()
    places = dict.fromkeys(("subject", "old", "new", "servers", "others"), "x")
    assert len({*said}) == len(said)
    assert all(text.format(**places) for text in [*said, *affects])


def test_each_effect_in_a_trace_can_be_said() -> None:
    places = dict.fromkeys(("client", "service", "value"), "x")
    traced = [row.traced for row in ROWS if isinstance(row, SettingField | SwitchField) and row.traced is not None]
    assert all(text.format(**places) for text in traced)
    assert traced


def test_the_words_of_programs_stay() -> None:
    assert len(WORDS) + len(ROWS) == len({*(words.kind for words in WORDS), *(row.words.kind for row in ROWS)})
    assert set(STAY.split()) <= KINDS


def test_what_a_site_holds_without_its_statement_is_found_in_the_script() -> None:
    settings = [words for words in WORDS if isinstance(words, SettingWords) and words.affects is not None]
    settings = [
        words for words in settings if "interface" not in words.kind and words is not fields.EXTERNAL_ADDRESS
    ]  # these stand in the site with their origins
    settings += [fields.WATCHED, fields.MASK, fields.REFLECTION, *(row.words for row in fields.FAILOVER_SETTINGS)]
    assert set(settings) == sites.GIVEN.keys()


def _other(field: tuple[str, str]) -> model.Site:
    other = with_other(RICH, *field)
    assert isinstance(other, model.Site)
    return other


def _site(text: str) -> model.Site:
    return site_of(_script(text))


def _script(text: str) -> str:
    return text if "interface" in text else DEVICE + text


def _changes(old: str, new: str) -> tuple[Change, ...]:
    return diff_sites(site_of(_script(old)), site_of(_script(new)))


# --- sets of ports ---------------------------------------------------------------------------------------------------

RANGES = st.lists(st.tuples(st.integers(1, 40), st.integers(0, 9)).map(lambda pair: PortRange(pair[0], sum(pair))))


@given(RANGES, RANGES)
def test_ports_are_subtracted_as_sets(ours: list[PortRange], theirs: list[PortRange]) -> None:
    address = Address(4, 1)
    whole, taken = (
        Traffic(address, ((Protocol.TCP, merge_ports(ranges)),)) for ranges in (ours or [PortRange(1, 1)], theirs)
    )
    left = without(whole, taken)
    found = [] if left is None else [port for low, high in left.parts[0][1] for port in range(low, high + 1)]
    assert found == sorted(_ports(whole) - _ports(taken))


def _ports(traffic: Traffic) -> set[int]:
    return {port for _, ports in traffic.parts for low, high in ports for port in range(low, high + 1)}


# --- the command -----------------------------------------------------------------------------------------------------


def lbsh(*arguments: str, cwd: Path, stdin: str = "") -> tuple[int, str, str]:
    done = subprocess.run(
        [sys.executable, "-m", "lbsh", "diff", *arguments],
        cwd=cwd,
        input=stdin.encode(),
        capture_output=True,
        timeout=LONGEST,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        check=False,
    )
    return done.returncode, done.stdout.decode(), done.stderr.decode()


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "old.lb").write_text(MAIL)
    (tmp_path / "new.lb").write_text(MAIL.replace("add 192.168.1.4 to ldap_pool\n", ""))
    (tmp_path / "bad.lb").write_text(MAIL.replace("192.168.1.4 to ldap_pool", "192.168.1.4 to ldap"))
    (tmp_path / "head.lb").write_text(MAIL[: MAIL.index("# The pool of LDAP")])
    (tmp_path / "tail.lb").write_text(MAIL[MAIL.index("# The pool of LDAP") :])
    (tmp_path / "split.lb").write_text('include "head.lb"\ninclude "tail.lb"\n')
    return tmp_path


def test_no_difference(folder: Path) -> None:
    assert lbsh("old.lb", "old.lb", cwd=folder) == (0, "no difference\n", "")
    assert lbsh("old.lb", "split.lb", cwd=folder) == (0, "no difference\n", "")
    status, out, _ = lbsh("--format", "json", "old.lb", "split.lb", cwd=folder)
    assert (status, json.loads(out)) == (0, {"version": 1, "changes": []})


def test_a_difference(folder: Path) -> None:
    said = "- LDAP loses 192.168.1.4\nConnections that are open stay with the servers they have.\n"
    assert lbsh("old.lb", "new.lb", cwd=folder) == (1, said, "")
    assert lbsh("-", "new.lb", cwd=folder, stdin=MAIL) == (1, said, "")
    assert lbsh("old.lb", "-", cwd=folder, stdin=MAIL) == (0, "no difference\n", "")
    status, out, _ = lbsh("--format", "json", "old.lb", "new.lb", cwd=folder)
    (change,) = json.loads(out)["changes"]
    assert (status, change["kind"], change["subject"]) == (1, "server", "LDAP")
    assert change["places"] == {"old": [{"file": "old.lb", "line": 23}], "new": []}


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ((), ["Missing argument"]),
        (("old.lb",), ["Missing argument"]),
        (("-", "-"), ["only one of OLD and NEW can be standard input"]),
        (("old.lb", "none.lb"), ["lbsh: none.lb: "]),
        (("none.lb", "nor.lb"), ["lbsh: none.lb: ", "lbsh: nor.lb: "]),
        (("old.lb", "."), ["lbsh: .: "]),
        (("old.lb", "bad.lb"), ["error[LB102]", "--> bad.lb:23:", "lbsh: bad.lb has errors"]),
        (("bad.lb", "old.lb"), ["error[LB102]", "--> bad.lb:23:", "lbsh: bad.lb has errors"]),
        (("--format", "xml", "old.lb", "new.lb"), ["xml"]),
    ],
)
def test_trouble(arguments: tuple[str, ...], words: list[str], folder: Path) -> None:
    status, out, complaint = lbsh(*arguments, cwd=folder)
    assert (status, out) == (2, "")
    assert "Traceback" not in complaint
    for word in words:
        assert word in complaint


def test_warnings_are_the_affair_of_check(folder: Path) -> None:
    (folder / "warned.lb").write_text(MAIL + "service X is 62.103.127.150 tcp 1\n")
    status, out, complaint = lbsh("old.lb", "warned.lb", cwd=folder)
    assert (status, complaint) == (1, "")
    assert out == "+ service X for 62.103.127.150 tcp 1 is new; it has no pool\n"


def test_marks_have_colours_and_texts_none() -> None:
    text = ALT + 'probe ALT with exec "\x1b[31m"\n'
    changes = diff_sites(site_of(DEVICE + ALT), app.check_source(Source.of("x", DEVICE + text)).resolution.site)
    shown = render_changes(changes, COLOURED)
    assert shown.startswith("\x1b[1;33m~\x1b[0m ALT is probed by ")
    assert "\x1b[31m" not in shown
