"""Findings about the pair of devices: own addresses, the word `peer`, and secrets."""

from __future__ import annotations

import pytest

from lbsh_lang.check import check_resolved
from lbsh_lang.diagnostics import Diagnostic
from tests.reading import resolution_of

PAIR = """\
interface external em0
interface internal em1
internal net 192.168.1.0/24
internal gw 192.168.1.1
external net 203.0.113.0/24
external addr 203.0.113.1
failover password file "/p"
service WEB is 203.0.113.10 tcp 80
pool web for WEB
add 192.168.1.10 to web
"""


def found(lines: str) -> tuple[Diagnostic, ...]:
    return check_resolved(resolution_of(PAIR + lines)).diagnostics


CASES = {
    "both have addresses": ("failover device a at 203.0.113.2\nfailover device b at 203.0.113.3\n", []),
    "none has": ("failover device a\nfailover device b\n", []),
    "one lacks them": (
        "failover device a at 203.0.113.2\nfailover device b\n",
        [("LB601", "`b` has no address of its own (`at`), though the other device has")],
    ),
    "the same": (
        "failover device a at 203.0.113.2\nfailover device b at 192.168.1.3, 203.0.113.2\n",
        [("LB107", "the failover address 203.0.113.2 is given twice")],
    ),
    "one that cannot be read": (
        "failover device a at 203.0.113.2\nfailover device b at 203.0.113.300\n",
        [("LB201", "`203.0.113.300` is not an IP address: `300` is over 255")],
    ),
    "a gateway": (
        "failover device a at 192.168.1.1\nfailover device b at 192.168.1.3\n",
        [("LB601", "192.168.1.1 moves between the two devices, so it is no device's own")],
    ),
    "an external address": (
        "failover device a at 203.0.113.1\nfailover device b at 203.0.113.3\n",
        [("LB601", "203.0.113.1 moves between the two devices, so it is no device's own")],
    ),
    "a service address": (
        "failover device a at 203.0.113.10\nfailover device b at 203.0.113.3\n",
        [("LB601", "203.0.113.10 stays with one device of the pair, so no service can have it")],
    ),
    "watched twice": (
        "failover device a\nfailover device b\nfailover watch 203.0.113.254\nfailover watch 203.0.113.254\n",
        [("LB107", "the watched address 203.0.113.254 is given twice")],
    ),
    "two keys": (
        'failover device a\nfailover device b\nfailover key file "/a"\nfailover key file "/b"\n',
        [("LB107", "the failover key is given twice")],
    ),
    "what it needs without devices": (
        "failover watch 203.0.113.254\n",
        [("LB601", "failover needs two devices, there is no device")],
    ),
}


@pytest.mark.parametrize(("lines", "expected"), CASES.values(), ids=CASES)
def test_what_is_said_of_a_pair(lines: str, expected: list[tuple[str, str]]) -> None:
    assert [(one.code, one.message) for one in found(lines)] == expected


def test_the_word_of_earlier_scripts_leads_to_the_device() -> None:
    (one,) = found("failover device a\nfailover device b\nfailover sync em2 peer 172.16.0.2\n")
    assert one.message == "unexpected `peer`: expected the end of the line"
    assert one.help == ("each device states its own address on the link: `failover device NAME at IP`",)


@pytest.mark.parametrize("word", ["key", "password"])
def test_a_secret_in_the_script_is_told_where_to_go(word: str) -> None:
    one = next(one for one in found(f'failover device a\nfailover device b\nfailover {word} "x"\n'))
    assert one.code == "LB001"
    assert one.help == ("a secret never stands in the script: put it into a file and name that file",)
