"""`port` of a probe: which methods have it, and which services it opens to them."""

from __future__ import annotations

import pytest

from lbsh_lang.check import check_resolved
from tests.reading import resolution_of

DEVICE = "interface external em0\n"
DNS = """\
service DNS is 203.0.113.9 udp 53
pool dns for DNS
add 10.0.0.1 to dns
"""


@pytest.mark.parametrize(
    ("probe", "expected"),
    [
        ("tcp port 8080", []),
        ('http get "/health" port http-alt', []),
        ('radius port 1812 user "u" secret file "/s"', []),
        ('exec "/bin/x" port 53', []),
        ("icmp port 53", [("LB502", "the method `icmp` asks no port of a server")]),
        ("tcp port 80-90", [("LB204", "`80-90` is not a port: a single port stands here")]),
        ("tcp", [("LB504", "the method `tcp` cannot probe a udp service")]),
        ("tcp port 80 port 80", [("LB109", "the option `port` is given twice")]),
    ],
)
def test_a_port_for_the_purpose(probe: str, expected: list[tuple[str, str]]) -> None:
    text = f"{DEVICE}{DNS}probe DNS with {probe}\n"
    found = [(one.code, one.message) for one in check_resolved(resolution_of(text)).diagnostics]
    assert found == expected


def test_radius_does_not_ask_a_tcp_service() -> None:
    text = f'{DEVICE}{DNS.replace("udp", "tcp")}probe DNS with radius port 1812 user "u" secret file "/s"\n'
    (found,) = check_resolved(resolution_of(text)).diagnostics
    assert (found.code, len(found.help)) == ("LB504", 1)


def test_advice_for_udp_names_the_port() -> None:
    (found,) = check_resolved(resolution_of(f"{DEVICE}{DNS}probe DNS with smtp\n")).diagnostics
    assert found.help[1] == "where the servers answer on a port for the purpose, give it with `port`"
