"""The tree of the paper's data model: sites as nodes, nodes as files that people read, and back."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lbsh.store.definitions import tree_of
from lbsh.store.disk import DiskStore
from lbsh.store.names import decode, encode
from lbsh.store.protocol import Node
from lbsh.store.tree import (
    attributes_text,
    leaf_name,
    read_attributes,
    server_of,
    statuses_in,
)
from lbsh_lang.site.status import ServerId, State, Status
from lbsh_lang.values import Address
from tests.reading import site_of
from tests.store.examples import ACT

MAIL = Path(__file__).parents[2] / "examples" / "mail.lb"
SINCE = Status(State.UP, 1_700_000_000_000)

LISTED = """\
{root}:
attributes
pools

{root}/pools:
ldap_pool
mx_pool

{root}/pools/ldap_pool:
192.168.1.2
192.168.1.3
192.168.1.4
attributes

{root}/pools/mx_pool:
192.168.1.2
192.168.1.3
attributes
"""

SHOWN = {
    "attributes": """\
service_SMTP: {ip: 62.103.127.154, port: 25, sticky: no}
service_LDAP: {ip: 62.103.127.157, port: 389, sticky: no}
interface_internal: xl1
interface_external: xl0
""",
    "pools/mx_pool/attributes": "service: SMTP\n",
    "pools/ldap_pool/attributes": "service: LDAP\n",
    "pools/mx_pool/192.168.1.2": "status: UP\nsince: 2023-11-14T22:13:20.000Z\n",
    "pools/ldap_pool/192.168.1.4": "status: UP\nsince: 2023-11-14T22:13:20.000Z\nwish: drained\nbecause: a new disk\n",
}


def test_ls_and_cat_show_table_1(tmp_path: Path) -> None:
    site = site_of(MAIL.read_text() + 'drain 192.168.1.4 from ldap_pool because "a new disk"\n')
    tree, root = tree_of(site), tmp_path / "store" / "ROOT"
    assert tree.children is not None
    pools = tree.children["pools"].children
    assert pools is not None
    store = DiskStore(tmp_path / "store")
    with store.lock("apply") as writer:
        writer.write_tree(pools, tree.attributes)
    store.set_statuses(dict.fromkeys(store.statuses(), SINCE))
    listed = subprocess.run(["ls", "-R", root], env={"LC_ALL": "C"}, capture_output=True, text=True, check=True)
    assert listed.stdout == LISTED.format(root=root)
    assert {name: (root / name).read_text() for name in SHOWN} == SHOWN
    assert sum(path.is_file() for path in root.rglob("*")) == 1 + 2 + 5


def test_a_site_with_everything_as_a_tree() -> None:
    site = site_of(
        """
        interface external em0
        interface external em1
        service WEB is 10.0.0.1 tcp 80,443,8000-8080 sticky 5m
        service DNS is 10.0.0.1 tcp+udp 53
        service ALONE is 2001:db8::1 udp 53
        pool farm for WEB, DNS
        add 10.1.0.1 to farm
        add 10.1.0.2 to farm port 8080
        pool six for ALONE
        add 2001:db8:1::1 to six port 5353
        drain 10.1.0.1 from farm keep clients
        """
    )
    tree = tree_of(site)
    assert tree.attributes == {
        "service_WEB": "{ip: 10.0.0.1, port: 80,443,8000-8080, sticky: 300}",
        "service_DNS": "{ip: 10.0.0.1, port: 53, sticky: no, protocol: tcp+udp}",
        "service_ALONE": "{ip: 2001:db8::1, port: 53, sticky: no, protocol: udp}",
        "interface_external": "em0, em1",
    }
    drained = Node({"wish": "drained, keep clients"}, None)
    assert tree.children == {
        "pools": Node(
            {},
            {
                "farm": Node({"service": "WEB, DNS"}, {"10.1.0.1": drained, "10.1.0.2:8080": Node({}, None)}),
                "six": Node({"service": "ALONE"}, {"[2001:db8:1::1]:5353": Node({}, None)}),
            },
        )
    }


@given(st.sampled_from([4, 6]), st.integers(0, 2**128 - 1), st.integers(0, 65535))
def test_a_leaf_names_its_server(family: int, value: int, port: int) -> None:
    address = Address(4, value >> 96) if family == 4 else Address(6, value)
    assert server_of(leaf_name(address, port)) == (address, port)


NO_SERVERS = """
attributes .new-x 10.0.0 10.0.0.256 10.0.0.01 10.0.0.1: 10.0.0.1:0 [10.0.0.1]:80
[::1] ::1:x ::01 10.0.0.1:x 10.0.0.1:\u0663 [::1]:80] ::1%1
"""


@pytest.mark.parametrize("name", ["", *NO_SERVERS.split()])
def test_no_other_name_is_that_of_a_server(name: str) -> None:
    assert server_of(name) is None


@given(st.text())
def test_a_name_is_one_of_a_file_and_comes_back(name: str) -> None:
    if len(name.encode(errors="surrogatepass")) * 3 <= 255:
        found = encode(name)
        assert decode(found) == name
        assert found not in ("", ".", "..", "attributes")
        assert found.isascii()
        assert not set(found) & set("/\0\n *?'\"\\$;&|<>()`")
        assert not found.startswith((".", "-"))


@given(st.text(), st.text())
def test_two_names_are_two_files(one: str, other: str) -> None:
    assert (encode(one[:20]) == encode(other[:20])) == (one[:20] == other[:20])


@given(st.dictionaries(st.from_regex("[a-z_]+", fullmatch=True), st.text()))
def test_attributes_come_back(attributes: dict[str, str]) -> None:
    text = attributes_text(attributes)
    assert read_attributes(text) == attributes
    assert len(text.splitlines()) == len(attributes), "one a line, for people and programs"


@given(st.integers(0, 80))
def test_a_leaf_that_lost_its_end_says_less_and_nothing_else(size: int) -> None:
    text = "status: DOWN\nsince: 2023-11-14T22:13:20.123Z\nreason: no answer\nwish: drained\n"
    whole = Status(State.DOWN, 1_700_000_000_123, "no answer")
    assert statuses_in(read_attributes(text[:size]), ["S"]) in ({}, {"S": whole._replace(reason="")}, {"S": whole})


@pytest.mark.parametrize(
    "text", ["", "\0" * 50, "status: SLEEPY\nsince: 5\n", "status: UP\n", "status: UP\nsince: x\n", "UP\n"]
)
def test_a_damaged_leaf_has_no_status(text: str) -> None:
    assert statuses_in(read_attributes(text), ["S"]) == {}


def test_only_leaves_that_changed_are_written(tmp_path: Path) -> None:
    site = site_of(MAIL.read_text())
    tree = tree_of(site)
    assert tree.children is not None
    pools = tree.children["pools"].children
    assert pools is not None
    store = DiskStore(tmp_path)
    with store.lock("apply") as writer:
        writer.append(["a"], ACT)
        writer.write_tree(pools, tree.attributes)
    statuses = dict.fromkeys(store.statuses(), SINCE)
    store.set_statuses(statuses)
    before = inodes(tmp_path)
    with store.lock("apply") as writer:
        writer.write_tree(pools, tree.attributes)
    store.set_statuses(statuses)
    down = ServerId("mx_pool", "SMTP", Address(4, 0xC0A80103))
    store.set_statuses({**statuses, down: SINCE._replace(state=State.DOWN)})
    changed = {name for name, inode in inodes(tmp_path).items() if before.get(name) != inode}
    assert changed <= {"mx_pool/192.168.1.3"}
    assert store.statuses()[down].state is State.DOWN


def inodes(folder: Path) -> dict[str, int]:
    return {
        f"{path.parent.name}/{path.name}": path.stat().st_ino for path in (folder / "ROOT").rglob("*") if path.is_file()
    }
