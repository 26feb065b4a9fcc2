"""`lbsh addresses`: where each address of a device goes, and in which forms that is said."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest
from click.testing import CliRunner

from lbsh.cli.main import cli
from lbsh_lang.renderings.lists.commands import render_ifconfig, render_ip
from lbsh_lang.site.addresses import lists_of
from lbsh_lang.site.uplinks import Marks
from tests.reading import site_of

SIDES = "interface external em0\ninterface internal em1\n"


def service(name: str, address: str, options: str = "") -> str:
    server = "fd00:1::2" if ":" in address else "192.168.1.2"
    return f"service {name} is {address} tcp 80 {options}\npool p-{name} for {name}\nadd {server} to p-{name}\n"


CASES: dict[str, tuple[str, list[str]]] = {
    "in an external net": (
        SIDES + "external net 203.0.113.0/28\n" + service("A", "203.0.113.9"),
        ["address replace 203.0.113.9/28 dev em0"],
    ),
    "outside of all external nets": (
        SIDES + "external net 203.0.113.0/28\n" + service("A", "198.51.100.9"),
        ["route replace blackhole 198.51.100.9/32"],
    ),
    "without an external net": (
        SIDES + "internal net 192.168.1.0/24\n" + service("A", "203.0.113.9") + service("B", "2001:db8::9"),
        ["address replace 203.0.113.9/32 dev em0", "address replace 2001:db8::9/128 dev em0"],
    ),
    "a family without an external net": (
        SIDES + "external net 203.0.113.0/28\n" + service("B", "2001:db8::9"),
        ["address replace 2001:db8::9/128 dev em0"],
    ),
    "a gateway": (
        SIDES
        + "internal net 192.168.1.0/24\ninternal net fd00:1::/64\ninternal gw 192.168.1.1\ninternal gw fd00:1::1\n",
        ["address replace 192.168.1.1/24 dev em1", "address replace fd00:1::1/64 dev em1"],
    ),
    "the net is the smallest that holds the address": (
        "interface external em0\ninterface internal em1\ninterface internal em2\ninternal net 10.0.0.0/8 on em1\n"
        "internal net 10.1.0.0/16 on em2\ninternal gw 10.0.0.1\ninternal gw 10.1.0.1\n",
        ["address replace 10.0.0.1/8 dev em1", "address replace 10.1.0.1/16 dev em2"],
    ),
    "its net lies behind one of several interfaces": (
        "interface external em0\ninterface external em1\nexternal net 203.0.113.0/28 on em1\n"
        + service("A", "203.0.113.9"),
        ["address replace 203.0.113.9/28 dev em1"],
    ),
    "an interface of its own": (
        "interface external em0\ninterface external em1\ninternal net 192.168.1.0/24\nexternal net 203.0.113.0/28\n"
        "external addr 203.0.113.2 on em1\nexternal addr 198.51.100.2 on em0\n",
        ["address replace 203.0.113.2/28 dev em1", "address replace 198.51.100.2/32 dev em0"],
    ),
    "the address of an interface": (SIDES + "internal net 192.168.1.0/24\nexternal addr of em0\n", []),
    "in an internal net": (
        SIDES
        + "external net 203.0.113.0/28\ninternal net 192.168.1.0/24\ninternal gw 192.168.1.1\n"
        + service("A", "192.168.1.9"),
        ["address replace 192.168.1.1/24 dev em1", "address replace 192.168.1.9/24 dev em1"],
    ),
    "several uses": (
        SIDES + "external net 203.0.113.0/28\ninternal net 192.168.1.0/24\n"
        "service A is 203.0.113.2 tcp 80\nservice B is 203.0.113.2 udp 53\nexternal addr 203.0.113.2\n",
        ["address replace 203.0.113.2/28 dev em0"],
    ),
    "one-armed": (
        "interface external em0\ninterface internal em0\nexternal net 203.0.113.0/28\ninternal net 10.0.0.0/24\n"
        "internal gw 10.0.0.1\n" + service("A", "203.0.113.9").replace("192.168.1.2", "10.0.0.2"),
        ["address replace 10.0.0.1/24 dev em0", "address replace 203.0.113.9/28 dev em0"],
    ),
}


UPLINKS = (
    "interface external em0\ninterface external em2\ninterface internal em1\nexternal net 203.0.113.0/28 on em0\n"
    "external net 2001:db8::/64 on em0\nexternal gw 203.0.113.14\nexternal gw 2001:db8::1\nexternal gw 198.51.100.1 on em2\n"
)


def test_a_single_uplink_has_a_default_route() -> None:
    lists = lists_of(
        site_of(SIDES + "external net 203.0.113.0/28\nexternal gw 203.0.113.14\nexternal gw 2001:db8::1\n")
    )
    assert lists.tables == ()
    expected = [
        "route replace default via 203.0.113.14 dev em0",
        "route replace default via 2001:db8::1 dev em0 onlink",
    ]
    assert render_ip(lists).splitlines()[1:] == expected
    freebsd = ["route add -inet default 203.0.113.14", "route add -inet6 default 2001:db8::1"]
    assert render_ifconfig(lists).splitlines()[1:] == freebsd


@pytest.mark.parametrize(("mask", "marks"), [(0xFF000000, (0x01000000, 0x02000000)), (0x30, (0x10, 0x20))])
def test_several_uplinks_have_a_table_each(mask: int, marks: tuple[int, int]) -> None:
    lists = lists_of(site_of(UPLINKS), Marks(mask))
    one, two = (f"0x{mark:08x}" for mark in marks)
    lines = render_ip(lists).splitlines()[1:]
    assert lines[: lines.index(f"rule add fwmark {two}/0x{mask:08x} lookup {two}") + 1] == [
        "route replace default via 203.0.113.14 dev em0",
        "route replace default via 2001:db8::1 dev em0",
        f"route replace 203.0.113.0/28 dev em0 table {one}",
        f"route replace 2001:db8::/64 dev em0 table {one}",
        f"route replace default via 203.0.113.14 dev em0 table {one}",
        f"route replace default via 2001:db8::1 dev em0 table {one}",
        f"rule flush table {one}",
        f"rule add fwmark {one}/0x{mask:08x} lookup {one}",
        f"route replace default via 198.51.100.1 dev em2 onlink table {two}",
        f"rule flush table {two}",
        f"rule add fwmark {two}/0x{mask:08x} lookup {two}",
    ]
    assert [line for line in lines if "sysctl" in line and ("rp_filter" in line or "valid" in line)] == [
        "# sysctl -w net.ipv4.conf.em0.rp_filter=2",
        "# sysctl -w net.ipv4.conf.em2.rp_filter=2",
        "# sysctl -w net.ipv4.conf.all.src_valid_mark=0",
    ]


@pytest.mark.parametrize(
    ("mask", "words"), [("0x01000000", "more uplinks than fit these bits (1)"), ("7", "neighbouring bits")]
)
def test_marks_have_room(tmp_path: Path, mask: str, words: str) -> None:
    assert words in listed(tmp_path, UPLINKS, "--marks", mask)


@pytest.mark.parametrize(("script", "expected"), CASES.values(), ids=CASES)
def test_each_address_has_its_place(script: str, expected: list[str]) -> None:
    lists = lists_of(site_of(script))
    assert lists.unplaced == ()
    assert [line for line in render_ip(lists).splitlines() if not line.startswith("#")] == expected
    freebsd = [line for line in render_ifconfig(lists).splitlines() if line.startswith(("ifconfig", "route"))]
    assert freebsd == [_as_freebsd(line) for line in expected]


def _as_freebsd(line: str) -> str:
    """What FreeBSD is told for a line of `ip -batch`."""
    words = line.split()
    word, nowhere = ("inet6", "::1") if ":" in line else ("inet", "127.0.0.1")
    if words[0] == "address":
        return f"ifconfig {words[4]} {word} {words[2]} alias"
    return f"route add -{word} -host {words[3].partition('/')[0]} {nowhere} -blackhole"


KERNELS: dict[str, tuple[str, list[str], list[str]]] = {
    "nothing": (SIDES, [], []),
    "forwarding": (SIDES + service("A", "203.0.113.9"), ["ipv4.ip_forward=1"], ["inet.ip.forwarding=1"]),
    "reflection": (
        SIDES
        + "internal net fd00:1::/64\ninternal gw fd00:1::1\ninternal net 192.168.1.0/24\ninternal gw 192.168.1.1\n"
        "interface internal vlan.7\n" + service("A", "203.0.113.9", "reflect") + service("B", "2001:db8::9"),
        [
            "ipv4.ip_forward=1",
            "ipv6.conf.all.forwarding=1",
            "ipv4.conf.all.send_redirects=0",
            "ipv4.conf.em1.send_redirects=0",
            "ipv4.conf.vlan/7.send_redirects=0",
        ],
        ["inet.ip.forwarding=1", "inet6.ip6.forwarding=1", "inet.ip.redirect=0", "inet6.ip6.redirect=0"],
    ),
    "one-armed": (
        "interface external em0\ninterface internal em0\n" + service("A", "203.0.113.9"),
        ["ipv4.ip_forward=1", "ipv4.conf.all.send_redirects=0", "ipv4.conf.em0.send_redirects=0"],
        ["inet.ip.forwarding=1", "inet.ip.redirect=0"],
    ),
}


@pytest.mark.parametrize(("script", "linux", "freebsd"), KERNELS.values(), ids=KERNELS)
def test_what_the_kernel_must_do(script: str, linux: list[str], freebsd: list[str]) -> None:
    lists = lists_of(site_of(script))
    assert re.findall(r"^# sysctl -w net\.(.*)$", render_ip(lists), re.MULTILINE) == linux
    assert re.findall(r"^sysctl net\.(.*)$", render_ifconfig(lists), re.MULTILINE) == freebsd


UNPLACED: dict[str, tuple[str, str]] = {
    "several external interfaces": (
        "interface external em0\ninterface external em1\n" + service("A", "203.0.113.9"),
        "203.0.113.9 must be put on a single interface, and `em0` and `em1` may be meant",
    ),
    "several internal interfaces": (
        "interface external em0\ninterface internal em1\ninterface internal em2\n"
        "internal net 10.0.0.0/8\ninternal gw 10.0.0.1\n",
        "10.0.0.1 must be put on a single interface, and `em1` and `em2` may be meant",
    ),
    "none": (
        "interface external em0\ninternal net 10.0.0.0/8\ninternal gw 10.0.0.1\n",
        "10.0.0.1 must be put on a single interface, and the script gives none",
    ),
}


@pytest.mark.parametrize(("script", "message"), UNPLACED.values(), ids=UNPLACED)
@pytest.mark.parametrize("form", ["text", "ip", "ifconfig", "json"])
def test_an_address_without_a_single_interface_is_a_finding(
    tmp_path: Path, form: str, script: str, message: str
) -> None:
    said = listed(tmp_path, script, "--format", form)
    assert f"error[LB324]: {message}" in said
    assert "dev" not in said
    assert "ifconfig" not in said


HOSTILE = (
    "interface external a@b.c:d-e_f\ninterface internal em1\nexternal net 203.0.113.0/28\n"
    + service("em0.txt", "203.0.113.9")
    + service("x" * 61, "198.51.100.9")
)


def test_only_words_that_need_no_quotes_stand_in_commands() -> None:
    lists = lists_of(site_of(HOSTILE, "\u202e;$(id) `x`\n.lb"))
    for text in (render_ip(lists), render_ifconfig(lists)):
        commands = [line for line in text.splitlines() if not line.startswith("#")]
        assert all(re.fullmatch(r"[A-Za-z0-9_.:@/= -]+", line) for line in commands)
        assert not any(word.startswith("-") and word not in FLAGS for line in commands for word in line.split())
        assert not any("txt" in line or "id" in line for line in commands)


FLAGS = {"-inet", "-inet6", "-host", "-blackhole"}


def test_texts_for_people_have_no_effect_on_a_terminal(tmp_path: Path) -> None:
    name = "\u202e\x1b[31m.lb"
    (tmp_path / name).write_text(HOSTILE, encoding="utf-8")
    said = CliRunner().invoke(cli, ["addresses", str(tmp_path / name)], standalone_mode=False).output
    assert said.isprintable() or {*said} - {"\n"} <= {one for one in said if one.isprintable()}
    assert "blackhole" in said


def test_json_has_it_all(tmp_path: Path) -> None:
    said = listed(tmp_path, HOSTILE + "service two is 203.0.113.9 udp 5\n", "--format", "json")
    value = json.loads(said[said.index("{") :])
    del value["version"]
    assert value == {
        "addresses": [
            {
                "address": "203.0.113.9",
                "prefix": 28,
                "interface": "a@b.c:d-e_f",
                "for": [
                    {"role": "service", "service": "em0.txt", "file": str(tmp_path / "site.lb"), "line": 4},
                    {"role": "service", "service": "two", "file": str(tmp_path / "site.lb"), "line": 10},
                ],
            }
        ],
        "routes": [
            {
                "address": "198.51.100.9",
                "kind": "blackhole",
                "for": [{"role": "service", "service": "x" * 61, "file": str(tmp_path / "site.lb"), "line": 7}],
            }
        ],
        "default_routes": [],
        "tables": [],
        "forward": ["ipv4"],
        "no_redirects": [],
        "links": [],
    }


def test_a_script_with_errors_gets_no_lists(tmp_path: Path) -> None:
    said = listed(tmp_path, "service A is 203.0.113.9 tcp 80\npool p for A\nadd 192.168.1.2 to p\n")
    assert "LB307" in said
    assert "Addresses" not in said


def listed(folder: Path, script: str, *words: str) -> str:
    """All that `lbsh addresses` says."""
    (folder / "site.lb").write_text(script, encoding="utf-8")
    done = CliRunner().invoke(cli, ["addresses", *words, str(folder / "site.lb")], standalone_mode=False)
    return f"{done.output}{done.exception or ''}"
