"""Parameters of interfaces: what they mean, and what means nothing."""

from __future__ import annotations

import pytest

from lbsh_lang.renderings.lists.commands import render_ifconfig, render_ip
from lbsh_lang.site.addresses import lists_of
from lbsh_lang.site.parameters import parse_parameters
from tests.reading import site_of

WORDS = [
    ("", [], None, False),
    ("inet 192.0.2.1/24", ["192.0.2.1/24"], None, False),
    ("up inet6 2001:db8::1/64 inet 192.0.2.1/24 mtu 9000", ["2001:db8::1/64", "192.0.2.1/24"], 9000, True),
    ("inet 192.0.2.1/31 inet 192.0.2.3/32 mtu 68 mtu 65535", ["192.0.2.1/31", "192.0.2.3/32"], 65535, False),
]


@pytest.mark.parametrize(("text", "addresses", "mtu", "is_up"), WORDS)
def test_what_parameters_mean(text: str, addresses: list[str], mtu: int | None, is_up: bool) -> None:
    found = parse_parameters(text)
    assert [f"{one.address}/{one.length}" for one in found.addresses] == addresses
    assert (found.mtu, found.is_up, found.unknown) == (mtu, is_up, ())


@pytest.mark.parametrize(
    "text",
    [
        "media 100baseTX",
        "inet",
        "inet 192.0.2.1",
        "inet 192.0.2.1/33",
        "inet 192.0.2.1/0",
        "inet 192.0.2.1/255.255.255.0",
        "inet 2001:db8::1/64",
        "inet6 192.0.2.1/24",
        "inet6 fe80::1%em0/64",
        "inet 224.0.0.1/4",
        "inet 127.0.0.1/8",
        "inet \u0663.0.0.1/8",
        "mtu",
        "mtu 67",
        "mtu 65536",
        "mtu +900",
        "mtu 9_000",
        "mtu \uff19000",
        "-alias",
        "down",
        "UP",
        "dev lo",
        "--batch /etc/passwd",
    ],
)
def test_what_means_nothing(text: str) -> None:
    found = parse_parameters(f"up {text} mtu 1500")
    assert found.unknown
    assert found.unknown[0].first == 1
    assert found.is_up


SITE = """\
interface external em0 inet 203.0.113.5/29 up
interface internal em1 mtu 9000 inet 192.168.1.1/25 inet6 fd00::1/64
external net 203.0.113.0/28
external addr 203.0.113.2
internal net 192.168.1.0/24
internal gw 192.168.1.1
service A is 203.0.113.9 tcp 80
pool a for A
add 192.168.1.2 to a
"""


def test_the_lists_have_parameters_and_say_each_address_once() -> None:
    lists = lists_of(site_of(SITE))
    lines = render_ip(lists).splitlines()[1:]
    assert lines[:7] == [
        "link set dev em0 up",
        "link set dev em1 mtu 9000",
        "address replace 203.0.113.5/29 dev em0",
        "address replace 192.168.1.1/25 dev em1",
        "address replace fd00::1/64 dev em1",
        "address replace 203.0.113.2/28 dev em0",
        "address replace 203.0.113.9/28 dev em0",
    ]
    assert "ifconfig em1 mtu 9000" in render_ifconfig(lists).splitlines()
    (gateway,) = [held for held in lists.held if held.interface == "em1" and held.address.family == 4]
    assert [purpose.role.value for purpose in gateway.purposes] == ["interface", "internal gw"]


def test_a_parameter_gives_an_address_its_place() -> None:
    text = """\
interface external em0
interface external em1 inet 203.0.113.9/28
service A is 203.0.113.9 tcp 80
"""
    lists = lists_of(site_of(text))
    assert [(held.interface, held.length) for held in lists.held] == [("em1", 28)]
    assert lists.unplaced == ()
