"""Which sticky clients of iptables have open connections, and what is written for them."""

from __future__ import annotations

from pathlib import Path

import pytest

from lbsh.drivers.recent import clients_of, network_of, renew
from lbsh.drivers.states import State
from lbsh_lang.values import Address, Protocol
from tests.reading import site_of

SITE = site_of("""\
interface external xl0
interface internal xl1
internal net 192.168.1.0/24
internal gw 192.168.1.1
service WEB is 203.0.113.150 tcp+udp 80 sticky 600s
pool web for WEB
add 192.168.1.2-3 to web
service NETS is 203.0.113.151 tcp 80 sticky 600s prefix 24
pool nets for NETS
add 192.168.1.2 to nets
service PLAIN is 203.0.113.152 tcp 80
pool plain for PLAIN
add 192.168.1.2 to plain
""")
CLIENT = Address(4, 0xC6336407)  # 198.51.100.7


def state(
    service: int,
    server: int | None = 2,
    *,
    port: int = 80,
    protocol: Protocol = Protocol.TCP,
    is_over: bool = False,
    client: Address = CLIENT,
) -> State:
    asked = Address(4, 0xCB007100 + service)
    reached = None if server is None else (Address(4, 0xC0A80100 + server), port)
    return State(b"", protocol, asked, port, reached, is_over, (client, 40000))


@pytest.mark.parametrize(
    ("found", "lists"),
    [
        (state(150), {"LBSH-WEB@192.168.1.2": {"198.51.100.7"}}),
        (state(150, 3), {"LBSH-WEB@192.168.1.3": {"198.51.100.7"}}),
        (state(151), {"LBSH-NETS@192.168.1.2-24": {"198.51.100.0"}}),
        (state(152), {}),
        (state(150, None), {}),
        (state(150, 9), {}),
        (state(150, port=81), {}),
        (state(150, is_over=True), {}),
        (state(150, protocol=Protocol.UDP), {}),
    ],
)
def test_clients_of_sticky_services_with_an_open_connection_are_kept(found: State, lists: dict[str, set[str]]) -> None:
    seen = clients_of(SITE.services, [found], "")
    assert {name: {str(client) for client in clients} for name, clients in seen.items()} == lists


def test_rules_under_a_name_have_lists_of_their_own() -> None:
    assert [*clients_of(SITE.services, [state(150)], "dmz")] == ["LBSH.dmz-WEB@192.168.1.2"]


def test_a_network_stands_for_its_clients() -> None:
    assert str(network_of(Address(6, (0x20010DB8 << 96) + 5), 64)) == "2001:db8::"
    assert network_of(CLIENT, 32) == network_of(CLIENT, None) == CLIENT


def test_lists_that_are_not_there_are_passed_over(tmp_path: Path) -> None:
    (tmp_path / "there").touch()
    renew({"gone": [CLIENT], "there": [CLIENT, Address(6, 1)]}, str(tmp_path))
    assert (tmp_path / "there").read_text() == "+198.51.100.7\n+::1\n"
    assert not (tmp_path / "gone").exists()
