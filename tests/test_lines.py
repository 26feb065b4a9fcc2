"""Single lines: their findings, and the readable part of broken ones."""

from __future__ import annotations

import pytest

from lbsh_lang.check import check_resolved
from lbsh_lang.renderings.findings.text import render_text
from lbsh_lang.source import Source
from lbsh_lang.syntax import nodes
from lbsh_lang.syntax.faults import Problem
from lbsh_lang.syntax.lowering import lower_duration, lower_port, lower_target, parse_address
from lbsh_lang.syntax.parser import LineParser
from lbsh_lang.syntax.statement import Statement
from lbsh_lang.values import Address, AddressRange, Network, PortRange, covering_block
from tests.reading import resolution_of

FAULTS: list[tuple[str, str, str]] = [
    # line, the part under the carets, the message
    ("add 10.0.0.1 too p", "too", "unexpected `too`: expected `to` or `,`"),
    ("add 10.0.0.1 p", "p", "unexpected `p`: expected `to` or `,`"),
    ("add 10.0.0.1 10.0.0.2 to p", "10.0.0.2", "unexpected `10.0.0.2`: expected `to` or `,`"),
    ("add 10.0.0.1 to", "", "the line ends too early: expected the name of a pool"),
    ("pool p", "", "the line ends too early: expected `for`"),
    ("service S is 203.0.113.1 tcp", "", "the line ends too early: expected a port"),
    ("service S is 203.0.113.1 25", "25", "unexpected `25`: expected `tcp`, `udp` or `tcp+udp`"),
    ("service S is tcp 25", "tcp", "`tcp` is not an IP address: an address is written like 192.168.1.2 or fd00::2"),
    ("service to is 203.0.113.1 tcp 25", "to", "`to` is a statement word and cannot be a name for the service"),
    ("external 203.0.113.1", "203.0.113.1", "unexpected `203.0.113.1`: expected `net`, `gw` or `addr`"),
    (
        "service S is www.example.net tcp 25",
        "www.example.net",
        "`www.example.net` is not an IP address: names of hosts are not looked up, since rules hold addresses",
    ),
    ("service S is 203.0.113.1 icmp", "icmp", "`icmp` is not a protocol"),
    ("service S is 203.0.113.1 sctp 5060-", "sctp", "`sctp` is not a protocol"),
    ("add 10.0.0.1:80 to p", "10.0.0.1:80", "`10.0.0.1:80` is not an IP address: a port stands behind it"),
    (
        "service S is 203.0.113.1:80 tcp",
        "203.0.113.1:80",
        "`203.0.113.1:80` is not an IP address: a port stands behind it",
    ),
    ("include farm.lb", "farm.lb", "unexpected `farm.lb`: expected a text in quotes"),
    ('include "farm.lb', '"farm.lb', '`"farm.lb`: the text has no closing quote'),
    ('include "a\\b"', '"a\\b"', '`"a\\b"`: in a text, `\\` stands only before `"` and `\\`'),
    ("add\u00a010.0.0.1 to p", "\u00a0", "U+00A0 (no-break space) does not belong in a script"),
    ("add 10.0.0.1 to p\u200b", "\u200b", "U+200B (zero width space) does not belong in a script"),
    ("SERVICE S is 203.0.113.1 tcp 25", "SERVICE", "`SERVICE` starts no statement"),
    ("whatever", "whatever", "`whatever` starts no statement"),
    ("pool 1st for S", "1st", "`1st`: a name starts with a letter or `_`"),
    ("pool a/b for S", "a/b", "`a/b`: a name consists of letters, digits, `_`, `.` and `-`"),
    (
        "interface external eth0/1",
        "eth0/1",
        "`eth0/1`: an interface name is a letter, then letters, digits, `_`, `.`, `:`, `@` or `-`",
    ),
    (
        "service S is 203.0.113.1 tcp 80 sticky reflect 1h",
        "1h",
        "unexpected `1h`: expected `sticky`, `reflect`, `from`… or the end of the line",
    ),
    ("add 10.0.0.1 to p, q", ",", "unexpected `,`: expected `port`, …"),
    ("interface em0", "em0", "unexpected `em0`: expected `internal` or `external`"),
    ("remove 10.0.0.1", "10.0.0.1", "`10.0.0.1`: a server leaves a pool, which `from` and the pool's name must say"),
    (
        "add 127.0.0.1 to p",
        "127.0.0.1",
        "`127.0.0.1` cannot stand here: it is a loopback address, which no other machine can reach",
    ),
    ("add 224.0.0.1 to p", "224.0.0.1", "`224.0.0.1` cannot stand here: it is a multicast address"),
    ("help add me", "me", "unexpected `me`: expected the end of the line"),
]


@pytest.mark.parametrize(("line", "marked", "message"), FAULTS, ids=[line for line, _, _ in FAULTS])
def test_fault_of_a_line(line: str, marked: str, message: str) -> None:
    syntax = [
        one for one in check_resolved(resolution_of(line)).diagnostics if one.code < "LB1" or one.code.startswith("LB2")
    ]
    assert [one.span.text for one in syntax] == [marked]
    before, _, after = message.partition("…")  # there, further options of the form may be named
    assert syntax[0].message.startswith(before)
    assert syntax[0].message.endswith(after)
    assert "…" in message or syntax[0].message == message


READ_ON: list[tuple[str, type[Statement], str, str]] = [
    # line, the node it makes, a field behind the fault, its text
    ("servce S is 203.0.113.1 tcp 25", nodes.ServiceStatement, "name", "S"),
    ("add 10.0.0.1 too p", nodes.AddStatement, "pool", "p"),
    ("add 10.0.0.1 p", nodes.AddStatement, "pool", "p"),
    ("pool p of S", nodes.PoolStatement, "service", "S"),
    ("pool p S", nodes.PoolStatement, "service", "S"),
    ("pool for S", nodes.PoolStatement, "service", "S"),
    ("service S is 203.0.113.1 25 reflect", nodes.ServiceStatement, "reflect", "reflect"),
    ("service pool is 203.0.113.1 tcp 25", nodes.ServiceStatement, "name", "pool"),
    ("drain 10.0.0.1 form p", nodes.DrainStatement, "pool", "p"),
    ("external adr 10.0.0.1", nodes.ExternalAddrStatement, "address", "10.0.0.1"),
]


@pytest.mark.parametrize(("line", "kind", "field", "text"), READ_ON, ids=[line for line, _, _, _ in READ_ON])
def test_a_broken_line_keeps_what_could_be_read(line: str, kind: type[Statement], field: str, text: str) -> None:
    parsed = LineParser().parse(line)
    assert type(parsed.node) is kind
    assert len(parsed.faults) == 1
    assert getattr(parsed.node, field).text == text


def test_tokens_know_their_columns() -> None:
    node = LineParser().parse("\tadd  10.0.0.1 ,10.0.0.2\tto p # c").node
    assert isinstance(node, nodes.AddStatement)
    assert [(token.text, token.start, token.end) for token in (*node.targets, node.pool) if token] == [
        ("10.0.0.1", 6, 14),
        ("10.0.0.2", 16, 24),
        ("p", 28, 29),
    ]


def test_interface_parameters_are_kept_as_written() -> None:
    node = LineParser().parse('interface external em0 inet  10.0.0.1/24,x "a  b" # c').node
    assert isinstance(node, nodes.InterfaceStatement)
    assert node.params is not None
    assert node.params.text == 'inet  10.0.0.1/24,x "a  b"'


TARGETS: list[tuple[str, AddressRange | None]] = [
    ("10.0.0.1", AddressRange(4, 0x0A000001, 0x0A000001)),
    ("10.0.0.0/30", AddressRange(4, 0x0A000001, 0x0A000002)),
    ("10.0.0.0/31", AddressRange(4, 0x0A000000, 0x0A000001)),
    ("10.0.0.7/32", AddressRange(4, 0x0A000007, 0x0A000007)),
    ("10.0.0.0/22", AddressRange(4, 0x0A000001, 0x0A0003FE)),
    ("10.0.0.0/21", None),
    ("10.0.0.5-9", AddressRange(4, 0x0A000005, 0x0A000009)),
    ("10.0.0.250-10.0.1.5", AddressRange(4, 0x0A0000FA, 0x0A000105)),
    ("10.0.0.9-5", None),
    ("10.0.0.9-256", None),
    ("10.0.0.1-", None),
    ("-10.0.0.1", None),
    ("fd00::/126", AddressRange(6, (0xFD00 << 112) + 1, (0xFD00 << 112) + 3)),
    ("fd00::1-fd00::3", AddressRange(6, (0xFD00 << 112) + 1, (0xFD00 << 112) + 3)),
    ("fd00::1-3", None),
    ("fd00::1-10.0.0.1", None),
    ("::1", None),
    ("0.0.0.0", None),
    ("224.0.0.1", None),
    ("10.0.0.1%em0", None),
    ("fe80::1%em0", None),
    ("1e1.0.0.1", None),
    ("\u0661.0.0.1", None),
]


@pytest.mark.parametrize(("text", "value"), TARGETS, ids=[text for text, _ in TARGETS])
def test_targets(text: str, value: AddressRange | None) -> None:
    lowered = lower_target(text)
    assert isinstance(lowered, Problem) if value is None else lowered == value


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("80", PortRange(80, 80)),
        ("smtp", PortRange(25, 25)),
        ("http-alt", PortRange(8080, 8080)),
        ("1-65535", PortRange(1, 65535)),
        ("080", None),
        ("0", None),
        ("65536", None),
        ("9" * 5000, None),
        ("90-80", None),
        ("80-", None),
        ("nonsense", None),
    ],
)
def test_ports(text: str, value: PortRange | None) -> None:
    lowered = lower_port(text)
    assert isinstance(lowered, Problem) if value is None else lowered == value


@pytest.mark.parametrize(
    ("text", "value"),
    [("500ms", 500), ("3s", 3000), ("2m", 120_000), ("1h", 3_600_000), ("30d", 2_592_000_000)]
    + [(text, None) for text in ("3", "0s", "31d", "1w", "s", "-1s", "1.5s", "9" * 5000 + "s", "1 s")],
)
def test_durations(text: str, value: int | None) -> None:
    lowered = lower_duration(text)
    assert isinstance(lowered, Problem) if value is None else lowered == value


@pytest.mark.parametrize("text", ["10.0.0.1", "255.255.255.255", "0.0.0.0", "::", "fd00:1::2", "2001:db8::1:0:0:1"])
def test_addresses_keep_their_text(text: str) -> None:
    assert str(parse_address(text)) == text


def test_covering_blocks() -> None:
    assert covering_block((8, 9, 10, 11), 4) == Network(4, 8, 30)
    assert covering_block((9, 10, 11, 12), 4) is None
    assert covering_block((8, 9, 10), 4) is None
    assert covering_block((7,), 6) == Network(6, 7, 128)
    assert covering_block((), 4) is None
    assert not Network(4, 8, 30).holds(Address(6, 9))


def test_carets_stand_under_wide_characters_and_tabs() -> None:
    (found,) = check_resolved(resolution_of("\tblah")).diagnostics
    assert render_text(found).splitlines()[3:5] == ["1 |     blah", "  |     ^^^^"]
    found = check_resolved(resolution_of("remove 日本, 1.2.3 from p")).diagnostics[0]
    assert render_text(found).splitlines()[3:5] == ["1 | remove 日本, 1.2.3 from p", "  |        ^^^^"]


def test_a_long_line_is_shown_around_its_fault() -> None:
    text = "add " + ", ".join(f"10.0.{number >> 8}.{number & 255}" for number in range(1, 900)) + " to p wieght 2"
    found = next(one for one in check_resolved(resolution_of(text)).diagnostics if one.code == "LB001")
    shown = render_text(found).splitlines()
    assert max(len(line) for line in shown) < 200
    assert shown[3].index("wieght") == shown[4].index("^")


def test_lines_end_at_line_ends_only() -> None:
    text = "a\x0bb\x0cc\x85d\u2028e\rf\r\ng\n"
    assert Source.of("x", text).lines == ("a\x0bb\x0cc\x85d\u2028e", "f", "g", "")


@pytest.mark.parametrize(
    ("line", "advice"),
    [
        ("pool p for S balance wlc", "here this is called `least-connections`"),
        (
            "pool p for S balance leastconn",
            "no supported packet filter has it: no expression of a rule tells how many connections a server has",
        ),
        ("pool p for S balance rr", "here this is called `round-robin`"),
        ("pool p for S balance maglev", "here this is called `source-hash`"),
        ("pool p for S balance randm", "an algorithm with a similar name exists: `random`"),
        ("probe S with tcp recheck of", "a setting with a similar name exists: `off`"),
        ("probe S with tcp recheck maybe", "known are `on`, `off`"),
        ("add 10.0.0.1 to p weight 0", "a server that is to get no new connections is drained: `drain IP from POOL`"),
    ],
)
def test_advice_on_a_line(line: str, advice: str) -> None:
    assert advice in [text for one in check_resolved(resolution_of(line)).diagnostics for text in one.help]


@pytest.mark.parametrize("option", ["from 198.51.100.1, 198.51.100.2 from 198.51.100.3", "sticky 1h sticky 2h"])
def test_an_option_given_twice_is_one_fault(option: str) -> None:
    line, keyword = f"service S is 203.0.113.1 tcp 80 {option}", option.split()[0]
    (found,) = [one for one in check_resolved(resolution_of(line)).diagnostics if one.code == "LB109"]
    assert (found.span.start.column, found.span.text) == (line.rindex(keyword), keyword)
