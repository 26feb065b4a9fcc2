"""The laboratory itself, tested with hand-written rules: it reports the true destinations of packets."""

from __future__ import annotations

import contextlib
import socket

import pytest

from lbsh.lab.namespaces import CLIENT_PORTS
from lbsh.programs import CommandError
from tests.system.lab import (
    BYSTANDER,
    CLIENTS,
    DEVICE_PORT,
    SERVERS,
    STRAYS,
    Answer,
    Lab,
    NoAnswer,
    Refused,
    Transport,
)

BY_HAND = """
table ip byhand {
  chain prerouting {
    type nat hook prerouting priority dstnat
    iifname "xl0" ip daddr 203.0.113.150 tcp dport 80 dnat to 192.168.1.3:8080
    iifname "xl0" ip daddr 203.0.113.150 udp dport 53 dnat to 192.168.1.4
  }
}
table ip6 byhand {
  chain prerouting {
    type nat hook prerouting priority dstnat
    iifname "xl0" ip6 daddr 2001:db8::150 tcp dport 80 dnat to fd00:1::2
  }
}
"""


@pytest.mark.parametrize(
    ("address", "port", "proto", "server", "local_port"),
    [
        ("203.0.113.150", 80, "tcp", "server2", 8080),
        ("203.0.113.150", 53, "udp", "server3", 53),
        ("2001:db8::150", 80, "tcp", "server1", 80),
    ],
)
def test_reports_the_server_and_what_it_sees(
    lab: Lab, address: str, port: int, proto: Transport, server: str, local_port: int
) -> None:
    lab.load_nft(BY_HAND)
    source = "2001:db8:c::7" if ":" in address else "198.51.100.7"
    assert lab.connect("client1", address, port, proto, source, 4711) == Answer(server, source, 4711, local_port)


def test_no_two_connections_have_one_source_port(lab: Lab) -> None:
    """A datagram from a port that was in use would belong to the old connection, and take no turn."""
    answers = [lab.connect("client1", "203.0.113.151", DEVICE_PORT, "udp") for _ in range(1000)]
    assert len({answer.seen_port for answer in answers if isinstance(answer, Answer)}) == len(answers)


def test_a_port_that_the_kernel_draws_is_never_one_to_be_taken_in_turn(lab: Lab) -> None:
    with contextlib.ExitStack() as stack:
        for _ in range(200):
            link = stack.enter_context(lab["client1"].socket(socket.AF_INET, socket.SOCK_STREAM))
            link.bind((CLIENTS["client1"][0], 0))
            assert link.getsockname()[1] not in CLIENT_PORTS


@pytest.mark.parametrize("proto", ["tcp", "udp"])
@pytest.mark.parametrize("address", ["203.0.113.151", "2001:db8::151"])
def test_the_device_refuses_what_no_rule_takes(lab: Lab, address: str, proto: Transport) -> None:
    assert lab.connect("client2", address, 80, proto) == Refused()
    assert isinstance(lab.connect("client2", address, DEVICE_PORT, proto), Answer)


def test_a_place_without_a_machine_is_silent(lab: Lab) -> None:
    assert lab.connect("client1", "192.168.1.99", 80) == NoAnswer()


def test_without_rules_all_machines_meet_untranslated(lab: Lab) -> None:
    for server, addresses in SERVERS.items():
        for inside, outside in zip(addresses, CLIENTS["client1"], strict=True):
            going_in, going_out = lab.connect("client1", inside, 80), lab.connect(server, outside, 80)
            assert isinstance(going_in, Answer)
            assert (going_in.server, going_in.seen_address) == (server, outside)
            assert isinstance(going_out, Answer)
            assert (going_out.server, going_out.seen_address) == ("client1", inside)


def test_without_rules_machines_on_the_wrong_side_meet_untranslated(lab: Lab) -> None:
    for machine, address in STRAYS.items():
        answer = lab.connect(machine, SERVERS["server2"][0], 80, source=address)
        assert isinstance(answer, Answer)
        assert (answer.server, answer.seen_address) == ("server2", address)
    for inside, aside in zip(SERVERS["server1"], BYSTANDER, strict=True):
        answer = lab.connect("server1", aside, 80)
        assert isinstance(answer, Answer)
        assert (answer.server, answer.seen_address) == ("bystander", inside)


def test_forgotten_connections_are_translated_anew(lab: Lab) -> None:
    lab.load_nft(BY_HAND)
    with lab.converse("client1", "203.0.113.150", 53, "udp") as conversation:
        first = conversation.ask()
        lab.load_nft(f"flush table ip byhand\n{BY_HAND.replace('192.168.1.4', '192.168.1.2')}")
        kept = conversation.ask()
        lab.flush_connections()
        moved = conversation.ask()
    assert first == kept
    assert isinstance(first, Answer)
    assert isinstance(moved, Answer)
    assert (first.server, moved.server) == ("server3", "server1")


def test_stopped_servers_refuse_until_they_start(lab: Lab) -> None:
    lab.stop("server1")
    assert lab.connect("client1", "192.168.1.2", 80) == Refused()
    lab.start("server1")
    assert isinstance(lab.connect("client1", "192.168.1.2", 80), Answer)


def test_reset_leaves_no_rule_of_either_program(lab: Lab) -> None:
    lab.load_nft(BY_HAND)
    lab.load_iptables(
        "*nat\n-A PREROUTING -p tcp -d 203.0.113.150 --dport 80 -j DNAT --to-destination 192.168.1.2\nCOMMIT\n"
    )
    lab.load_iptables(
        "*nat\n-A PREROUTING -p tcp -d 2001:db8::150 -j DNAT --to-destination fd00:1::2\nCOMMIT\n", family=6
    )
    assert "byhand" in lab.ruleset()
    assert "--to-destination fd00:1::2" in lab.ruleset()
    lab.reset()
    assert "dnat" not in lab.ruleset().lower()


def test_refused_rules_are_an_error_with_the_programs_words(lab: Lab) -> None:
    with pytest.raises(CommandError, match="syntax error"):
        lab.load_nft("table ip byhand { chain tcp { } }")
