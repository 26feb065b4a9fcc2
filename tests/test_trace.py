"""The tracer: its answers in words and as JSON, and the arguments of the command."""

from __future__ import annotations

import json
import shlex
from collections.abc import Mapping
from pathlib import Path

import jsonschema
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lbsh_lang.renderings.trace.json_object import render_trace_json
from lbsh_lang.renderings.trace.text import render_trace
from lbsh_lang.site.diff.fields import SERVICE_SETTINGS, SERVICE_SWITCHES, STICKY
from lbsh_lang.site.model import Site
from lbsh_lang.site.places import Places
from lbsh_lang.site.trace.tracer import MOST_NEAR, trace_packet
from lbsh_lang.site.trace.values import Outcome, Packet, Side, Standing, Trace, Unbalanced
from lbsh_lang.syntax.lowering import parse_address
from lbsh_lang.values import Address, Protocol
from tests.model_fields import FIELDS, RICH, with_other
from tests.model_fields import SCRIPT as RICH_SCRIPT
from tests.reading import resolution_of, site_of
from tests.sites import scripts
from tests.test_cli import ROOT, lbsh

GOLDEN = sorted((ROOT / "tests/golden/trace").glob("*.txt"))

DEVICE = """
interface external xl0
interface internal xl1
external net 203.0.113.0/24
external addr 203.0.113.1
internal net 192.168.1.0/24
internal net 192.168.2.0/24
internal net fd00:1::/64
internal gw 192.168.1.1
internal gw fd00:1::1
"""
SITE = (
    DEVICE
    + """
service web is 203.0.113.150 tcp 80,8000-8080 sticky 30m reflect
pool farm for web
add 192.168.1.2 to farm weight 3
add 192.168.1.3 to farm
add 192.168.1.4 to farm backup
add 192.168.1.5 to farm
drain 192.168.1.5 from farm
service mail is 203.0.113.151 tcp 25
pool mx for mail port 2525 balance random
add 192.168.1.2-3, 192.168.2.4 to mx
service dns is 203.0.113.151 tcp+udp 53 reflect
pool names for dns balance source-hash
add 192.168.1.6-9 to names
service news is 203.0.113.152 tcp 119
service old is 203.0.113.153 tcp 70
pool museum for old
service db is 2001:db8::150 tcp 5432 reflect
pool rows for db balance least-connections
add fd00:1::2-fd00:1::3 to rows
service idle is 203.0.113.154 tcp 79
pool resting for idle
add 192.168.1.2 to resting
drain 192.168.1.2 from resting
"""
)
OUTSIDE, INSIDE, OUTSIDE6, INSIDE6 = "198.51.100.7", "192.168.1.99", "2001:db8:c::7", "fd00:1::99"


def address(text: str) -> Address:
    found = parse_address(text)
    assert isinstance(found, Address)
    return found


def traced(source: str, to: str, down: tuple[str, ...] = (), script: str = SITE) -> Trace:
    """`to` is `ADDRESS PROTOCOL PORT`."""
    destination, protocol, port = to.split()
    packet = Packet(Protocol(protocol), address(source), address(destination), int(port))
    return trace_packet(site_of(script), packet, [address(one) for one in down])


def said(trace: Trace) -> str:
    """A trace in short: the outcome, who may serve with what share, the port there, and the sources that are seen."""
    shares = [f"{one.server.address}={one.share}" for one in trace.candidates if one.standing is Standing.SERVES]
    reason = f" ({trace.reason.value})" if trace.reason else ""
    sources = " and ".join(map(str, trace.sources))
    return " ".join([trace.outcome.value + reason, *shares, f"port {trace.port}", f"from {sources}"])


ENTRIES: Mapping[tuple[str, str, str], str] = {
    (
        OUTSIDE,
        "203.0.113.150 tcp 80",
        "xl0",
    ): f"outside: balanced 192.168.1.2=3/4 192.168.1.3=1/4 port 80 from {OUTSIDE}",
    (INSIDE, "203.0.113.150 tcp 80", "xl1"): (
        "inside: balanced 192.168.1.2=3/4 192.168.1.3=1/4 port 80 from 192.168.1.1"
    ),
    # a source of the wrong side
    (INSIDE, "203.0.113.150 tcp 80", "xl0"): f"outside: balanced 192.168.1.2=3/4 192.168.1.3=1/4 port 80 from {INSIDE}",
    (OUTSIDE, "203.0.113.150 tcp 80", "xl1"): f"inside: device (other-interface) port 80 from {OUTSIDE}",
    (OUTSIDE, "203.0.113.151 tcp 25", "xl1"): f"inside: device (other-interface) port 25 from {OUTSIDE}",
    # an interface that the script does not name
    (OUTSIDE, "203.0.113.150 tcp 80", "xl7"): f"elsewhere: device (other-interface) port 80 from {OUTSIDE}",
    (INSIDE, "203.0.113.150 tcp 80", "xl7"): f"elsewhere: device (other-interface) port 80 from {INSIDE}",
    (INSIDE, "198.51.100.7 tcp 80", "xl7"): "elsewhere: forwarded (no-service) port 80 from 203.0.113.1",
    (OUTSIDE, "203.0.113.150 tcp 81", "xl7"): f"elsewhere: device (other-port) port 81 from {OUTSIDE}",
    # what came in does not go straight to a neighbour
    (INSIDE, "192.168.1.2 tcp 80", "xl1"): f"inside: forwarded (no-service) port 80 from {INSIDE}",
}


@pytest.mark.parametrize(("source", "to", "interface"), ENTRIES)
def test_the_interface_tells_the_side(source: str, to: str, interface: str) -> None:
    destination, protocol, port = to.split()
    packet = Packet(Protocol(protocol), address(source), address(destination), int(port))
    trace = trace_packet(site_of(SITE), packet, arrives_by=interface)
    assert f"{trace.entry.side.value}: {said(trace)}" == ENTRIES[source, to, interface]
    shown = json.loads(render_trace_json(trace, Places(resolution_of(SITE))))
    jsonschema.validate(shown, SCHEMA)
    assert (shown["from"]["interface"], shown["from"]["stated"]) == (interface, True)
    assert f"It comes in by {interface}" in render_trace(trace, Places(resolution_of(SITE)))


def test_on_an_interface_of_both_sides_the_source_tells_the_side() -> None:
    site = site_of(SITE.replace("interface internal xl1", "interface internal xl0"))
    packets = [Packet(Protocol.TCP, address(one), address("203.0.113.150"), 80) for one in (OUTSIDE, INSIDE)]
    sides = [trace_packet(site, packet, arrives_by="xl0").entry.side for packet in packets]
    assert sides == [Side.OUTSIDE, Side.INSIDE]


GATEWAY, GATEWAY6, EXTERNAL = "192.168.1.1", "fd00:1::1", "203.0.113.1"
WEB = "192.168.1.2=3/4 192.168.1.3=1/4"
NAMES = "192.168.1.6=1/4 192.168.1.7=1/4 192.168.1.8=1/4 192.168.1.9=1/4"

PACKETS: Mapping[tuple[str, str, tuple[str, ...]], str] = {
    # 1. From outside
    (OUTSIDE, "203.0.113.150 tcp 80", ()): f"balanced {WEB} port 80 from {OUTSIDE}",
    (OUTSIDE, "203.0.113.150 tcp 8000", ()): f"balanced {WEB} port 8000 from {OUTSIDE}",
    (OUTSIDE, "203.0.113.150 tcp 8080", ()): f"balanced {WEB} port 8080 from {OUTSIDE}",
    (OUTSIDE, "203.0.113.151 tcp 25", ()): (
        f"balanced 192.168.1.2=1/3 192.168.1.3=1/3 192.168.2.4=1/3 port 2525 from {OUTSIDE}"
    ),
    (OUTSIDE, "203.0.113.151 udp 53", ()): f"balanced {NAMES} port 53 from {OUTSIDE}",
    (OUTSIDE6, "2001:db8::150 tcp 5432", ()): f"balanced fd00:1::2=None fd00:1::3=None port 5432 from {OUTSIDE6}",
    # … with servers down
    (OUTSIDE, "203.0.113.150 tcp 80", ("192.168.1.2",)): f"balanced 192.168.1.3=1 port 80 from {OUTSIDE}",
    (OUTSIDE, "203.0.113.150 tcp 80", ("192.168.1.2", "192.168.1.3")): (
        f"balanced 192.168.1.4=1 port 80 from {OUTSIDE}"
    ),
    (OUTSIDE, "203.0.113.150 tcp 80", ("192.168.1.2", "192.168.1.3", "192.168.1.4")): (
        f"nobody (none-up) port 80 from {OUTSIDE}"
    ),
    (OUTSIDE6, "2001:db8::150 tcp 5432", ("fd00:1::2",)): f"balanced fd00:1::3=1 port 5432 from {OUTSIDE6}",
    # … and not for a service
    (OUTSIDE, "203.0.113.150 tcp 81", ()): f"device (other-port) port 81 from {OUTSIDE}",
    (OUTSIDE, "203.0.113.150 tcp 7999", ()): f"device (other-port) port 7999 from {OUTSIDE}",
    (OUTSIDE, "203.0.113.150 tcp 8081", ()): f"device (other-port) port 8081 from {OUTSIDE}",
    (OUTSIDE, "203.0.113.150 udp 80", ()): f"device (other-port) port 80 from {OUTSIDE}",
    (OUTSIDE, "203.0.113.155 tcp 80", ()): f"forwarded (no-service) port 80 from {OUTSIDE}",
    (OUTSIDE, "203.0.113.1 tcp 80", ()): f"device (no-service) port 80 from {OUTSIDE}",
    (OUTSIDE, "192.168.1.1 tcp 80", ()): f"device (no-service) port 80 from {OUTSIDE}",
    (OUTSIDE, "192.168.1.2 tcp 80", ()): f"forwarded (no-service) port 80 from {OUTSIDE}",
    (OUTSIDE, "203.0.113.152 tcp 119", ()): f"device (no-pool) port 119 from {OUTSIDE}",
    (OUTSIDE, "203.0.113.153 tcp 70", ()): f"nobody (empty-pool) port 70 from {OUTSIDE}",
    (OUTSIDE, "203.0.113.154 tcp 79", ()): f"nobody (none-up) port 79 from {OUTSIDE}",
    # 3. From inside
    (INSIDE, "203.0.113.150 tcp 80", ()): f"balanced {WEB} port 80 from {GATEWAY}",
    ("192.168.2.9", "203.0.113.151 udp 53", ()): f"balanced {NAMES} port 53 from 192.168.2.9",
    (INSIDE6, "2001:db8::150 tcp 5432", ("fd00:1::2",)): f"balanced fd00:1::3=1 port 5432 from {GATEWAY6}",
    (INSIDE, "203.0.113.151 tcp 25", ()): f"device (not-reflected) port 25 from {INSIDE}",
    (INSIDE, "203.0.113.151 tcp 26", ()): f"device (other-port) port 26 from {INSIDE}",
    (INSIDE, "192.168.1.2 tcp 80", ()): f"aside (no-service) port 80 from {INSIDE}",
    (INSIDE, "192.168.2.4 tcp 25", ()): f"forwarded (no-service) port 25 from {INSIDE}",
    # 3. The device's own
    (EXTERNAL, "203.0.113.150 tcp 80", ()): f"device (own) port 80 from {EXTERNAL}",
    (GATEWAY, "203.0.113.150 tcp 80", ()): f"device (own) port 80 from {GATEWAY}",
    ("203.0.113.150", "192.168.1.2 tcp 80", ()): "forwarded (own) port 80 from 203.0.113.150",
    (GATEWAY, f"{OUTSIDE} tcp 80", ()): f"forwarded (own) port 80 from {EXTERNAL}",
    (EXTERNAL, f"{OUTSIDE} tcp 80", ()): f"forwarded (own) port 80 from {EXTERNAL}",
    # 4. From inside to the world
    (INSIDE, f"{OUTSIDE} udp 53", ()): f"forwarded (no-service) port 53 from {EXTERNAL}",
    (INSIDE6, f"{OUTSIDE6} udp 53", ()): f"forwarded (no-service) port 53 from {INSIDE6}",
    (INSIDE, "203.0.113.155 tcp 80", ()): f"forwarded (no-service) port 80 from {EXTERNAL}",
}


@pytest.mark.parametrize(
    ("asked", "expected"),
    PACKETS.items(),
    ids=[f"{source} to {to}{' down ' if down else ''}{' '.join(down)}" for source, to, down in PACKETS],
)
def test_what_happens_to_packets(asked: tuple[str, str, tuple[str, ...]], expected: str) -> None:
    assert said(traced(*asked)) == expected


def test_interfaces_follow_from_the_source() -> None:
    sides = {source: traced(source, "203.0.113.150 tcp 80").entry for source in (OUTSIDE, INSIDE, EXTERNAL, GATEWAY)}
    assert [entry.side for entry in sides.values()] == [Side.OUTSIDE, Side.INSIDE, Side.DEVICE, Side.DEVICE]
    assert [[one.name for one in entry.interfaces] for entry in sides.values()] == [["xl0"], ["xl1"], [], []]
    assert str(traced("192.168.2.9", "9.9.9.9 tcp 80").entry.net) == "192.168.2.0/24"


def test_the_smallest_net_that_holds_an_address_counts() -> None:
    script = "interface external xl0\ninternal net 10.0.0.0/8\ninternal net 10.1.0.0/16\n"
    assert traced("10.1.0.1", "10.1.0.2 tcp 80", script=script).outcome is Outcome.ASIDE
    assert traced("10.1.0.1", "10.2.0.2 tcp 80", script=script).outcome is Outcome.FORWARDED


BOUND = """
interface external xl0
interface external xl3
interface internal xl1
interface internal xl2
external net 203.0.113.0/24 on xl0
external net 198.51.100.0/24 on xl3
internal net 10.1.0.0/16 on xl1
internal net 10.2.0.0/16 on xl2
internal net 10.3.0.0/16 on xl2
internal gw 10.1.0.1
internal gw 10.2.0.1
service web is 203.0.113.150 tcp 80 reflect
pool farm for web
add 10.1.0.2, 10.3.0.2 to farm
service dns is 203.0.113.150 udp 53
pool names for dns
add 10.2.0.2 to names
"""


@pytest.mark.parametrize(
    ("source", "to", "enters", "leaves"),
    [
        ("203.0.113.9", "203.0.113.150 tcp 80", "xl0", "xl1 xl2"),
        ("198.51.100.9", "203.0.113.150 udp 53", "xl3", "xl2"),
        ("9.9.9.9", "203.0.113.150 udp 53", "xl0 xl3", "xl2"),
        ("10.2.0.9", "203.0.113.150 udp 53", "xl2", ""),
        ("10.1.0.9", "10.2.0.9 udp 53", "xl1", "xl2"),
        ("10.1.0.9", "198.51.100.9 udp 53", "xl1", "xl3"),
        ("10.1.0.9", "9.9.9.9 udp 53", "xl1", "xl0 xl3"),
    ],
)
def test_a_net_that_is_bound_tells_the_interface(source: str, to: str, enters: str, leaves: str) -> None:
    trace = traced(source, to, script=BOUND)
    assert [one.name for one in trace.entry.interfaces] == enters.split()
    assert [one.name for one in trace.leaves] == leaves.split()


UPLINKS = BOUND + (
    "external gw 203.0.113.254\nexternal gw 198.51.100.1\n"
    "external addr 203.0.113.1\nexternal addr 198.51.100.25 on xl3 for farm, 10.1.7.0/24\nkeep source to 10.8.0.0/16\n"
)


@pytest.mark.parametrize(
    ("source", "to", "answers", "leaves"),
    [
        ("203.0.113.9", "203.0.113.150 tcp 80", "xl0", "xl1 xl2"),
        ("198.51.100.9", "203.0.113.150 tcp 22", "xl3", ""),
        ("9.9.9.9", "203.0.113.150 udp 53", "xl0 xl3", "xl2"),
        ("10.1.0.9", "9.9.9.9 udp 53", "", "xl0"),
        ("10.1.0.9", "198.51.100.9 udp 53", "", "xl3"),
        ("10.1.0.2", "9.9.9.9 udp 53", "", "xl3"),
        ("10.1.7.2", "203.0.113.9 udp 53", "", "xl3"),
        ("10.1.7.2", "10.8.0.9 udp 53", "", "xl0"),
        ("10.1.7.2", "10.2.0.9 udp 53", "", "xl2"),
    ],
)
def test_answers_leave_by_the_uplink_of_their_connection(source: str, to: str, answers: str, leaves: str) -> None:
    trace = traced(source, to, script=UPLINKS)
    assert [one.name for one in trace.answers] == answers.split()
    assert [one.name for one in trace.leaves] == leaves.split()
    text = " ".join(render_trace(trace, Places(resolution_of(UPLINKS))).split())
    assert ("leaves there again" in text or "where the connection came in" in text) is bool(answers)


def test_a_net_without_a_gateway_takes_one_behind_the_same_interface() -> None:
    assert said(traced("10.3.0.9", "203.0.113.150 tcp 80", script=BOUND)).endswith("from 10.3.0.9 and 10.2.0.1")


def test_a_removed_service_is_none() -> None:
    trace = traced(OUTSIDE, "203.0.113.151 tcp 25", script=SITE + "remove mail\nremove dns\n")
    assert (trace.reason, trace.outcome) == (Unbalanced.NO_SERVICE, Outcome.FORWARDED)


def test_standings_of_all_servers() -> None:
    trace = traced(OUTSIDE, "203.0.113.150 tcp 80", ("192.168.1.3",))
    standings = {str(one.server.address): one.standing.value for one in trace.candidates}
    assert standings == {
        "192.168.1.2": "serves",
        "192.168.1.3": "down",
        "192.168.1.4": "waits",
        "192.168.1.5": "drained",
    }


def test_near_misses_come_in_order_and_not_for_any_packet_to_the_world() -> None:
    near = {
        to: [one.name for one in traced(OUTSIDE, to).near] for to in ("203.0.113.151 tcp 26", "203.0.113.149 tcp 53")
    }
    assert near["203.0.113.151 tcp 26"] == ["mail", "dns"]
    assert near["203.0.113.149 tcp 53"] == ["dns", "web", "mail", "news", "old"][:MOST_NEAR]
    assert [one.name for one in traced(OUTSIDE, "9.9.9.9 tcp 53").near] == ["dns"]
    assert traced(INSIDE, "9.9.9.9 tcp 53").near == ()
    assert [one.name for one in traced(INSIDE, "192.168.1.2 tcp 53").farms] == ["web", "mail", "idle"]


@pytest.mark.parametrize("path", GOLDEN, ids=lambda path: path.stem)
def test_transcripts(path: Path) -> None:
    command, _, expected = path.read_text().partition("\n")
    words = shlex.split(command)
    assert words[:2] == ["$", "lbsh"]
    done = lbsh(*words[2:])
    assert (done.stdout.decode(), done.returncode) == (expected, 0)


# JSON

IP = {"type": "string", "pattern": "^[0-9a-f:.]+$"}
NAME = {"type": "string", "minLength": 1}
PORT = {"type": "integer", "minimum": 1, "maximum": 65535}


def exactly(**properties: object) -> dict[str, object]:
    return {
        "type": "object",
        "properties": properties,
        "required": list(properties),
        "additionalProperties": False,
    }


def or_null(schema: object) -> dict[str, object]:
    return {"anyOf": [schema, {"type": "null"}]}


def several(schema: object) -> dict[str, object]:
    return {"type": "array", "items": schema}


PLACE = exactly(file=NAME, line={"type": "integer", "minimum": 1}, text=NAME)
SERVER = exactly(
    port=PORT,
    address=IP,
    standing={"enum": [one.value for one in Standing]},
    share=or_null({"type": "number", "minimum": 0, "maximum": 1}),
    source=or_null(IP),
    weight={"type": "integer", "minimum": 1, "maximum": 256},
    backup={"type": "boolean"},
    drain=or_null(
        exactly(
            keep_clients={"type": "boolean"},
            time=or_null({"type": "number", "exclusiveMinimum": 0}),
            reason=or_null({"type": "string"}),
        )
    ),
    down_by_hand=or_null(exactly(reason=or_null({"type": "string"}))),
    place=PLACE,
)
OPTIONS: dict[str, object] = {
    "sticky": or_null({"type": "integer"}),
    **{
        row.key: or_null({"type": ["integer", "string"]})
        for row in SERVICE_SETTINGS
        if row.traced and row is not STICKY
    },
    **{row.key: {"type": "boolean"} for row in SERVICE_SWITCHES if row.traced},
}
FROM = exactly(
    side={"enum": [one.value for one in Side]},
    interface=or_null(NAME),
    net=or_null(NAME),
    interfaces=several(NAME),
    stated={"type": "boolean"},
)
SCHEMA = exactly(
    version={"const": 1},
    packet=exactly(protocol={"enum": ["tcp", "udp"]}, source=IP, source_port=or_null(PORT), destination=IP, port=PORT),
    down=several(IP),
    summary=NAME,
    **{"from": FROM},
    outcome={"enum": ["balanced", "nobody", "device", "forwarded", "aside"]},
    reason={
        "enum": [
            None,
            "own",
            "no-service",
            "other-port",
            "other-interface",
            "not-reflected",
            "other-clients",
            "no-pool",
            "empty-pool",
            "none-up",
        ]
    },
    service=or_null(exactly(name=NAME, place=PLACE, **OPTIONS)),
    pool=or_null(exactly(name=NAME, algorithm=NAME, place=PLACE)),
    servers=several(SERVER),
    seen=or_null(exactly(source=or_null(IP), translated={"type": "boolean"}, port=or_null(PORT))),
    leaves=or_null(NAME),
    leaves_by=several(NAME),
    answers_by=several(NAME),
    near=several(exactly(name=NAME, address=IP, place=PLACE)),
    steps=several(exactly(about=NAME, text=NAME, places=several(PLACE))),
)
VALIDATOR = jsonschema.Draft202012Validator(SCHEMA)


@pytest.mark.parametrize("asked", PACKETS, ids=lambda asked: " ".join(map(str, asked[:2])))
def test_json_keeps_to_its_schema(asked: tuple[str, str, tuple[str, ...]]) -> None:
    shown = json.loads(render_trace_json(traced(*asked), Places(resolution_of(SITE))))
    VALIDATOR.validate(shown)
    assert shown["outcome"] == PACKETS[asked].split()[0]
    text = render_trace(traced(*asked), Places(resolution_of(SITE)))
    assert text.startswith(shown["summary"] + "\n")
    assert text.count("\n\n") == len(shown["steps"])


TAKEN = (
    DEVICE
    + """
service web is 203.0.113.150 tcp 8000-8080 reflect
pool farm for web
add 192.168.1.2 to farm
service admin is 203.0.113.150 tcp 8008 from 198.51.100.0/24
pool desk for admin
add 192.168.1.3 to desk
"""
)
PORTED = (
    DEVICE
    + """
service web is 203.0.113.150 tcp 80
pool farm for web port 8080
add 192.168.1.2 to farm
add 192.168.1.2-3 to farm port 8081
"""
)


def test_servers_may_have_ports_of_their_own() -> None:
    trace = traced(OUTSIDE, "203.0.113.150 tcp 80", script=PORTED)
    assert trace.port is None
    assert [(str(one.server.address), one.port) for one in trace.candidates] == [
        ("192.168.1.2", 8080),
        ("192.168.1.2", 8081),
        ("192.168.1.3", 8081),
    ]
    assert said(traced(OUTSIDE, "203.0.113.150 tcp 80", ("192.168.1.2",), PORTED)) == (
        f"balanced 192.168.1.3=1 port 8081 from {OUTSIDE}"
    )
    text = render_trace(trace, Places(resolution_of(PORTED)))
    assert "the port that of the server" in text
    assert text.count("port 8081") == 4  # twice in the table, twice in the statement behind a row
    jsonschema.validate(json.loads(render_trace_json(trace, Places(resolution_of(PORTED)))), SCHEMA)


OTHER_CLIENT = "203.0.113.99"
WHO_TAKES = {
    "the inner service": ((OUTSIDE, 8008), f"balanced 192.168.1.3=1 port 8008 from {OUTSIDE}"),
    "the outer service": ((OUTSIDE, 8009), f"balanced 192.168.1.2=1 port 8009 from {OUTSIDE}"),
    "ports before clients": ((OTHER_CLIENT, 8008), f"device (other-clients) port 8008 from {OTHER_CLIENT}"),
    "ports before reflection": ((INSIDE, 8008), f"device (not-reflected) port 8008 from {INSIDE}"),
}


@pytest.mark.parametrize(("packet", "expected"), WHO_TAKES.values(), ids=WHO_TAKES)
def test_the_most_specific_service_takes_a_port(packet: tuple[str, int], expected: str) -> None:
    source, port = packet
    trace = traced(source, f"203.0.113.150 tcp {port}", script=TAKEN)
    assert said(trace) == expected
    text = render_trace(trace, Places(resolution_of(TAKEN)))
    assert ("for service admin (more specific than web)" in text) == (port == 8008)


@st.composite
def questions(draw: st.DrawFn) -> tuple[str, Packet, frozenset[Address]]:
    """A script, a packet to or near one of its services, and servers that are down."""
    script = draw(scripts())
    site = site_of(script)
    family = draw(st.sampled_from([4, 6]))
    texts = {4: ["198.51.100.7", "10.1.0.9", "203.0.113.2", "10.1.255.254"], 6: ["2001:db8:c::7", "fd00:1::9"]}
    ours = [one for one in site.services if one.address.family == family]
    places = [(one.address, edge) for one in ours for port in one.ports for edge in port] or [
        (address(texts[family][0]), 80)
    ]
    destination, port = draw(st.sampled_from(places))
    port = min(65535, max(1, port + draw(st.sampled_from([0, 0, 0, 1, -1]))))
    protocol = draw(st.sampled_from(Protocol))
    servers = [server.address for one in ours if one.pool for server in one.pool.servers]
    down = draw(st.sets(st.sampled_from(servers))) if servers else set()
    return script, Packet(protocol, address(draw(st.sampled_from(texts[family]))), destination, port), frozenset(down)


@given(questions())
@settings(max_examples=150)
def test_any_packet_on_any_site(question: tuple[str, Packet, frozenset[Address]]) -> None:
    script, packet, down = question
    resolution = resolution_of(script)
    trace = trace_packet(resolution.site, packet, down)
    VALIDATOR.validate(json.loads(render_trace_json(trace, Places(resolution))))
    shares = [one.share for one in trace.candidates if one.share is not None]
    assert (trace.outcome is Outcome.BALANCED) == bool(trace.servers) == (trace.reason is None)
    assert sum(shares) == bool(trace.servers)
    assert not down & {server.address for server in trace.servers}


NO_PART = {
    *(one for one in FIELDS if one[0] in {"Probe", "Device", "Failover"}),
    ("NextHop", "address"),
    ("Server", "ramp"),
    ("Service", "probe"),
    ("Interface", "params"),
    ("Site", "external_nets"),
    ("Site", "failover"),
}
"""The fields of the model that play no part in what happens to a packet."""


def _traces(site: Site) -> list[str]:
    """The traces of packets from all sides to all sides."""
    places = Places(resolution_of(RICH_SCRIPT))
    ends = [(OUTSIDE, 80), (OUTSIDE, 81), ("10.0.0.9", 80), ("10.0.0.1", 80), ("10.0.0.20", 80)]
    to = ["203.0.113.1", "10.0.0.254", OUTSIDE, "10.8.0.9"]
    packets = [
        Packet(Protocol.TCP, address(source), address(there), port)
        for source, port in ends
        for there in to
        if there != source
    ]
    return [render_trace_json(trace_packet(site, packet), places) for packet in packets]


@pytest.mark.parametrize(("owner", "field"), FIELDS)
def test_a_trace_shows_every_field_of_the_model_that_plays_a_part(owner: str, field: str) -> None:
    other = with_other(RICH, owner, field)
    assert isinstance(other, Site)
    assert (_traces(other) == _traces(RICH)) == ((owner, field) in NO_PART)


def test_many_servers_share_lines() -> None:
    script = DEVICE + "internal net 10.0.0.0/16\nservice s is 203.0.113.9 tcp 80\npool p for s\nadd 10.0.0.1-200 to p\n"
    script += "add 10.0.1.1-50 to p weight 2\ndrain 10.0.0.77 from p\n"
    text = render_trace(traced(OUTSIDE, "203.0.113.9 tcp 80", script=script), Places(resolution_of(script)))
    lines = [line.split()[:3] for line in text.splitlines() if line.strip().startswith("10.0.")]
    assert lines == [
        ["10.0.0.1-10.0.0.76", "(76", "servers)"],
        ["10.0.0.77", "drained", "site.lb:16"],
        ["10.0.0.78-10.0.0.200", "(123", "servers)"],
        ["10.0.1.1-10.0.1.50", "(50", "servers)"],
    ]


# The command


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ("--from 300.1.1.1 --to 1.2.3.4:80", "--from 300.1.1.1: `300` is over 255"),
        (
            "--from 255.255.255.255 --to 1.2.3.4:80",
            "no connection through the device comes from this address: it is the",
        ),
        ("--from 192.168.1.255 --to 1.2.3.4:80", "it is the broadcast address of 192.168.1.0/24"),
        ("--from 192.168.1.0 --to 1.2.3.4:80", "it is the network address of 192.168.1.0/24"),
        (
            "--from 1.1.1.1 --to 224.0.0.1:80",
            "no connection through the device goes to this address: it is a multicast",
        ),
        ("--from 1.1.1.1 --to 1.2.3.4", "a port is missing; 1.2.3.4:80 has one"),
        ("--from 1.1.1.1 --to 1.2.3.4:smpt", "similar name exists: `smtp`"),
        ("--from 1.1.1.1 --to 1.2.3.4:80-90", "a packet has a single port"),
        ("--from 1.1.1.1 --to 1.2.3.4:0", "from 1 to 65535"),
        ("--from 1.1.1.1:x --to 1.2.3.4:80", "from 1 to 65535"),
        ("--from 1.1.1.1 --to 127.0.0.1:80", "it is a loopback address"),
        ("--from 1.1.1.1 --to [2001:db8::1]:80", "no packet goes from IPv4 (1.1.1.1) to IPv6 (2001:db8::1)"),
        ("--from ::2 --to [2001:db8::1:80", "eight groups"),
        ("--from 1.1.1.1 --to 1.2.3.4:80 --proto icmp", "'icmp' is not one of 'tcp', 'udp'"),
        ("--to 1.2.3.4:80", "Missing option '--from'"),
        (
            "--from 1.1.1.1 --to 1.2.3.4:80 --down mx_pool",
            "that is a pool; name servers by their addresses (mx_pool has",
        ),
        ("--from 1.1.1.1 --to 1.2.3.4:80 --down SMPT", "a service with a similar name exists: `SMTP`"),
        ("--from 1.1.1.1 --to 1.2.3.4:80 --down 192.168.1.22", "a server with a similar address exists: 192.168.1.2"),
        ("--from 1.1.1.1 --to 1.2.3.4:80 --down 10.0.0.0/30", "no pool has such a server"),
        ("--from 1.1.1.1 --to 1.2.3.4:80 --down 10.0.0.1/30", "the network is 10.0.0.0/30"),
        ("--from 1.1.1.1 --to 1.2.3.4:80 --down \x1b[2J", "an address is written like"),
    ],
)
def test_wrong_arguments_are_two(arguments: str, words: str) -> None:
    done = lbsh("trace", "examples/mail.lb", *arguments.split())
    assert done.returncode == 2
    assert done.stdout == b""
    assert words in done.stderr.decode()
    assert b"\x1b" not in done.stderr


def test_errors_of_the_script_are_shown_and_nothing_is_traced() -> None:
    done = lbsh("trace", "-", "--from", "1.1.1.1", "--to", "1.2.3.4:80", stdin=b"pool p for NOBODY\n")
    assert (done.returncode, done.stdout) == (1, b"")
    assert b"error[LB101]" in done.stderr


def test_warnings_do_not_stand_in_the_way() -> None:
    script = b"interface external em0\nservice A is 203.0.113.1 tcp 80\n"
    done = lbsh("trace", "-", "--from", "1.1.1.1", "--to", "203.0.113.1:80", "--format", "json", stdin=script)
    assert (done.returncode, json.loads(done.stdout)["reason"]) == (0, "no-pool")
    assert b"warning[LB311]" in done.stderr


def test_port_names_and_several_downs() -> None:
    down = ("--down", "192.168.1.2", "--down", "192.168.1.4-9")
    done = lbsh(
        "trace", "examples/mail.lb", "--from", "1.1.1.1:ntp", "--to", "62.103.127.157:ldap", *down, "--format", "json"
    )
    shown = json.loads(done.stdout)
    assert (shown["packet"]["source_port"], shown["packet"]["port"]) == (123, 389)
    assert shown["down"] == ["192.168.1.2", "192.168.1.4"]
    assert [one["standing"] for one in shown["servers"]] == ["down", "serves", "down"]


def test_a_file_name_does_nothing_to_a_terminal(tmp_path: Path) -> None:
    path = tmp_path / "a\x1b[2Jb.lb"
    path.write_bytes((ROOT / "examples/mail.lb").read_bytes())
    done = lbsh("trace", str(path), "--from", "1.1.1.1", "--to", "62.103.127.157:ldap")
    assert done.returncode == 0
    assert b"\x1b" not in done.stdout
