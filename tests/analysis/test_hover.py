"""Hover: texts at places in scripts; and the rules shown for a service, which must be those of the site."""

from __future__ import annotations

import re
from collections.abc import Iterable
from pathlib import Path
from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lbsh_lang.analysis.hover.hover import hover
from lbsh_lang.analysis.hover.rules import lines_of, rules_of, why_no_rules
from lbsh_lang.analysis.live.documents import Document
from lbsh_lang.analysis.live.regions import on_line
from lbsh_lang.analysis.live.session import Session
from lbsh_lang.analysis.live.view import View
from lbsh_lang.analysis.names.ways import leaving_of
from lbsh_lang.analysis.prose.blocks import Bullets, Code, Listing, markdown_of, paragraph, plain_of
from lbsh_lang.backends.base import Backend, Options
from lbsh_lang.backends.registry import installed, load_backend
from lbsh_lang.checks.filters import needs
from lbsh_lang.site.model import Site
from lbsh_lang.site.sources import translation_of
from lbsh_lang.source import Position
from lbsh_lang.syntax.parser import LineParser
from tests.analysis.marked import read_marked, view_of
from tests.reading import site_of
from tests.sites import scripts
from tests.test_properties import TEXTS

BACKENDS = tuple(load_backend(name) for name in installed())

DEVICE = """\
interface external em0
interface internal em1
external net 62.103.127.144/28
internal net 192.168.1.0/24
internal gw 192.168.1.1
"""

SITE = f"""{DEVICE}\
service SMTP is 62.103.127.154 tcp 25 sticky 90m reflect
service OLD is 62.103.127.155 tcp 80
service LONE is 62.103.127.156 udp 53
pool mx_pool for SMTP port 2525
add 192.168.1.2-4 to mx_pool weight 3
add 192.168.1.9 to mx_pool backup
drain 192.168.1.3 from mx_pool
remove OLD
"""


def view_with(text: str, backends: tuple[Backend, ...] = BACKENDS) -> View:
    document = Document("site.lb", "site.lb", text, LineParser())
    return View(Session(document, lambda path, includer: "there is no such file", backends), document)


def said(line: str, script: str = SITE, below: str = "") -> str:
    """The text at the cursor of a line below a script, as Markdown."""
    view = view_with(script + line.replace("|", "", 1) + "\n" + below)
    found = hover(view, Position(script.count("\n"), line.index("|")))
    return markdown_of(found.prose) if found else ""


SAID = {
    "|": [],
    "add | ": [],
    "nonsense|": [],
    "# |": [],
    "inter|face external em0": ["interface external IFNAME [PARAMS]", "public side (`external`)"],
    "interface ext|ernal em0": ["The public side"],
    "interface external |em0": [
        "An interface as the system calls it",
        "An external interface of the device. The public side, where clients come from.",
    ],
    "failover sync e|m1": [
        "An internal interface of the device. The side of the farms.",
        "The link on which the two devices",
    ],
    "failover sync e|m7 # of its own": ["The link on which the two devices"],
    "service |Q is 203.0.113.99 tpc 81 sticky reflect": ["`203.0.113.99 tpc 81`, sticky `1h`, reflect."],
    "failover device g|w1": ["The device's name", "Its skew is 0."],
    "failover device g|w1 skew 300": ["The device's name"],
    "failover device gw1 skew |7": ["The device with the smaller skew is the preferred master", "From 0 to 254."],
    "drain 192.168.1.|4 from mx_pool": [
        "In the internal net `192.168.1.0/24`.",
        "A server of pool `mx_pool`, weight `3`, drained.",
    ],
    'down 192.168.1.|4 from mx_pool because "x"': [
        'A server of pool `mx_pool`, weight `3`, down by hand (because "x").'
    ],
    "do|wn 192.168.1.4": ["down TARGET", "The servers are down, in all pools"],
    "up 192.168.1.4 i|n mx_pool": ["Says which pool the servers are in"],
    "set 192.168.1.|4 in mx_pool ramp 2m": ["A server of pool `mx_pool`, weight `3`, ramp `2m`."],
    "add 192.168.1.99 to mx_pool ra|mp 2m": ["gets its share by steps"],
    "add 192.168.1.99 to mx_pool ramp |2m": ["`2m` is"],
    "probe LONE with icmp rech|eck off": ["`on` unless given"],
    "resume 192.168.1.|9 in mx_pool": ["A server of pool `mx_pool`, backup."],
    "resume 192.168.1.3|9 in mx_pool": ["Address `192.168.1.39` (IPv4)."],
    "status 192.168.1.2|": ["A server of pool `mx_pool`, weight `3`."],
    "probe LONE with icmp rise 2|": ["How many good probes in a row make a server up", "From 1 to 1,000."],
    "probe LONE with icmp every 5s|": ["`5s` is 5 s.", "From one probe to the next"],
    "interface external em0 m|tu 9000": ["no rule comes of it"],
    "external ad|dr 1.2.3.4": ["external addr IP", "A public address of the device itself"],
    "external net 62.103.127.144/28|": ["`62.103.127.144/28`: 16 addresses.", "`62.103.127.145` to `62.103.127.158`"],
    "internal net fd00::|/64": ["`fd00::/64`: 2^64 addresses.", "`fd00::1` to"],
    "internal net 10.0.0.1/|8": ["the network is 10.0.0.0/8"],
    "service A i|s 1.2.3.4 tcp 25": ["Says where clients find the service."],
    "service A is 62.103.127.154| tcp 26": [
        "In the external net `62.103.127.144/28`.",
        "The address of service `A`, `SMTP`.",
    ],
    "service A is 1.2.3.400| tcp 26": ["`1.2.3.400`: `400` is over 255."],
    "service A is 1.2.3.4 tc|p 26": ["Connections by TCP."],
    "service A is 1.2.3.4 tcp smt|p": ["Port `25`, `smtp`, `mail`."],
    "service A is 1.2.3.4 tcp 2|5": ["Port `25`, `mail`, `smtp`."],
    "service A is 1.2.3.4 tcp 80,30000-3|0100": ["Ports `30000-30100`: 101 of them."],
    "service A is 1.2.3.4 tcp 25 masq|uerade": ["Servers see the device in place of every client"],
    "service A is 1.2.3.4 tcp 25 sti|cky": ["A client stays with one server"],
    "service A is 1.2.3.4 tcp 25 sticky 90|m": ["`90m` is `1h 30m`."],
    "service A is 1.2.3.4 tcp 25 sticky 5s|": ["`5s` is 5 s."],
    "pool x for NON|E": ["There is no service `NONE` at this line."],
    "pool x for OLD| # removed": ["There is no service `OLD` at this line."],
    "pool x for LONE balance ran|dom": ["A server drawn by lot."],
    "add 192.168.1.2-|4 to mx_pool": [
        "3 addresses: `192.168.1.2` to `192.168.1.4`.",
        "In the internal net `192.168.1.0/24`",
    ],
    "add 192.168.1.1| to mx_pool": ["The device's own address on the side of the farms"],
    "add 192.168.1.255| to mx_pool": [", of which it is the broadcast address."],
    "add 192.168.1.7 to mx_pool wei|ght 2": ["The server's share of connections"],
    "add 192.168.1.7 to mx_pool weight 2|": [
        "The server's share of connections",
        "From 1 to 256.",
        "A server gets 2 of 8 shares among the servers of `mx_pool`.",
    ],
    "add 192.168.1.7 to mx_pool backup weight 2|": ["A server gets 2 of 3 shares among the backups of `mx_pool`."],
    "add 192.168.1.7 to mx_pool weight 2|000": ["From 1 to 256."],
    "add 192.168.1.7 to nobody weight 2|": ["From 1 to 256."],
    "probe LONE with d|ns": ["answers a question for a name", "Options: `query` (required), `type`, `expect`."],
    "probe LONE with dns que|ry": [
        "The name that is asked for.",
        'Takes a domain name in quotes such as `"example.net"`.',
    ],
    'probe LONE with dns query "x|"': ["The name that is asked for."],
    "probe LONE with dns type M|X": ["The type of record"],
    "probe LONE with icmp ev|ery 5s": ["From one probe to the next"],
    "remove SM|TP": [
        "Service `SMTP` at `62.103.127.154 tcp 25`",
        "Here the service is removed, so no rule is made of it.",
    ],
    "remove OL|D": ["There is no service `OLD` at this line."],
    "add 192.168.1.300 to mx|_pool": ["at least 4 servers, 1 of them drained"],
    "remove 192.168.1.|2 from mx_pool": ["In the internal net"],
    "status mx_|pool": ["Pool `mx_pool` for `SMTP`, on port `2525`"],
    "status SMT|P": ["Service `SMTP`"],
    "status 192.168.1.1|": ["`internal gw`"],
    "status NOBODY|": [],
    'include "x|"': ["A text in quotes"],
    "service A is 1.2.3.4 tcp 25 # lbsh: allow LB3|11": [
        "`LB311`: service without a pool (warning)",
        "A service has no pool",
    ],
    "status # LB99|9": [],
    "\ufeff\x0cservice A is 1.2.3.4 tcp 25 refl|ect # \N{PILE OF POO}": [
        "Connections from the internal nets are balanced"
    ],
}
"""Each line with fragments of its text; without any if there is no text."""


@pytest.mark.parametrize(("line", "expected"), SAID.items())
def test_hover(line: str, expected: list[str]) -> None:
    found = said(line)
    assert [fragment for fragment in expected if fragment not in found] == [], found
    assert bool(found) == bool(expected)


OPTIONS = {
    "masquerade": "Servers see `192.168.1.1` or the address of the interface to them.",
    "reflect": "In place of their neighbours, servers see `192.168.1.1`.",
    "reflect masquerade": "Servers see `192.168.1.1` or the address of the interface to them.",
}


@pytest.mark.parametrize("options", OPTIONS)
def test_options_show_the_source_that_servers_see(options: str) -> None:
    line = f"service A is 62.103.127.199 tcp 25 {options[:3]}|{options[3:]}"
    below = "internal net 192.168.7.0/24\npool a for A\nadd 192.168.1.2, 192.168.7.2 to a\n"
    assert OPTIONS[options] in said(line, below=below)


LEAVING = f"""{DEVICE}\
interface external em3
service A is 62.103.127.199 tcp 25
pool a for A
add 192.168.1.2-3, 192.168.1.5 to a
external addr 203.0.113.1 on em0
external addr 203.0.113.3 on em3
external addr 203.0.113.25 on em0 for a
external addr 203.0.113.77 for 192.168.1.3
"""
GOLDEN = (Path(__file__).parents[1] / "golden" / "rules").glob("*/site.lb")
SITES = sorted(path for path in GOLDEN if "include" not in path.read_text())

OUTBOUND = {
    "drain 192.168.1.|2 from a": "Its connections to the world come from 203.0.113.25 by em0 or 203.0.113.3 by em3.",
    "drain 192.168.1.|3 from a": "Its connections to the world come from 203.0.113.77.",
    "drain 192.168.1.2-3 from |a": (
        "Their connections to the world come from 203.0.113.25 by em0 or 203.0.113.3 by em3, others from 203.0.113.77."
    ),
    "drain 192.168.1.|9 from a": None,
}


@pytest.mark.parametrize("line", OUTBOUND)
def test_servers_show_the_sources_of_their_own_connections(line: str) -> None:
    expected, found = OUTBOUND[line], said(line, LEAVING)
    assert (expected in found) if expected is not None else ("connections to the world" not in found), found


@pytest.mark.parametrize("path", SITES, ids=lambda path: path.parent.name)
def test_sources_are_those_of_the_tracer(path: Path) -> None:
    text = path.read_text()
    site, session = site_of(text), view_of(text).session
    for address in {server.address for service in site.services if service.pool for server in service.pool.servers}:
        translations = [(way.name, translation_of(site, address, way)) for way in site.external]
        expected = {name: one.source.address for name, one in translations if one is not None}
        assert {one.interface.name: one.source.address for one in leaving_of(session, address)} == expected


def test_a_service_is_shown_with_pool_servers_and_rules() -> None:
    view = view_with(SITE)
    found = hover(view, Position(5, 9))
    assert found is not None
    assert view.document.text_of(found.region) == "SMTP"
    text = markdown_of(found.prose)
    head, _, rules = text.partition("Rules of `iptables`")
    assert head.split("\n\n")[:3] == [
        "Service `SMTP` at `62.103.127.154 tcp 25`, sticky `90m`, reflect.",
        "Pool `mx_pool` for `SMTP`, on port `2525`, `round-robin`: 4 servers, 1 of them drained.",
        "- `192.168.1.2`, weight `3`\n- `192.168.1.3`, weight `3`, drained\n- `192.168.1.4`, weight `3`\n"
        "- `192.168.1.9`, backup",
    ]
    assert "# service SMTP (site.lb:6), pool mx_pool (site.lb:9)" in rules
    assert "rdr on em0 inet proto tcp from any to 62.103.127.154 port 25 -> <mx_pool> port 2525 sticky-address" in rules
    assert plain_of(found.prose).count("Rules of") == 3


WITH_RULES = [
    "|service SMTP",
    "service |SMTP",
    "|pool mx_pool",
    "pool |mx_pool",
    "pool mx_pool for |SMTP",
    "|add 192.168.1.9",
    "remove |OLD",
]


@pytest.mark.parametrize("place", WITH_RULES)
def test_where_rules_are_shown(place: str) -> None:
    start = SITE.index(place.replace("|", "")) + place.index("|")
    found = hover(view_with(SITE), Position(SITE.count("\n", 0, start), start - SITE.rfind("\n", 0, start) - 1))
    assert found is not None
    assert "rule" in markdown_of(found.prose)


NO_RULES = {
    "pool lone_pool for LONE\nadd 10.9.9.9 to lone_pool\nprobe LONE with ic|mp": None,
    "service A is 1.2.3.4 tcp 99999\npool a for A|": "The service cannot be read in full, so there are no rules to show.",
    "pool p for LONE\nadd 10.9.9.9 to p|": "The service has an error (`LB301`), so no rule is made of it.",
    "service N|EW is 62.103.127.157 tcp 80": "The service has no pool, so no rule is made of it.",
    "service A is 62.103.127.157 tcp 80\npool a for A balance least-connections\nadd 192.168.1.2, 192.168.1.3 to a|": "`pf` "
    "(`freebsd-14`) cannot express: balance least-connections.",
    "service A is 62.103.127.157 tcp 80\npool a for A\n"
    + "\n".join(f"add 192.168.1.{n} to a weight {200 + n % 50}" for n in range(2, 90))
    + "\nadd 192.168.1.99 to a|": "The service has too many rules to show here; `lbsh emit` prints them.",
}


@pytest.mark.parametrize(("lines", "expected"), NO_RULES.items())
def test_why_there_are_no_rules(lines: str, expected: str | None) -> None:
    *above, line = lines.split("\n")
    found = said(line, SITE + "".join(one + "\n" for one in above))
    assert (expected in found) if expected is not None else ("Rules of" not in found)


def test_a_device_without_an_external_interface_makes_no_rules() -> None:
    text = SITE.replace("interface external em0\n", 'include "lost"\n')
    found = hover(view_with(text), Position(5, 9))
    assert found is not None
    assert "There is no external interface, so no rule is made." in markdown_of(found.prose)
    text = SITE.replace("interface internal em1\n", 'include "lost"\n')
    found = hover(view_with(text), Position(5, 9))
    assert found is not None
    assert "There is no inner side to reflect connections from" in markdown_of(found.prose)


def test_names_of_other_files_are_known() -> None:
    marked = read_marked('include "b"\npool p for A|\nadd 10.0.0.2 to |p\n== b\nservice A is 10.0.0.1 tcp 80\n')
    found = [hover(view, at) for view, at in marked.cursors]
    assert ["Service `A` at `10.0.0.1 tcp 80`" in markdown_of(one.prose) for one in found if one] == [True, True]


def test_what_is_large_is_cut() -> None:
    adds = "".join(f"add 10.0.{n >> 8}.{n & 255} to p\n" for n in range(1, 1001))
    text = f"service A is 1.2.3.4 tcp {','.join(str(port) for port in range(80, 1000))}\npool p for A\n{adds}"
    found = hover(view_with(text), Position(0, 8))
    assert found is not None
    shown = markdown_of(found.prose)
    assert "and 988 more" in shown
    assert len(shown) < 2000
    long = "internal net 192.168.1.0/24\n" + "external addr 1.2.3.4 # x\n" * 3 + "status " + "x" * 5000
    found = hover(view_with(long), Position(4, 9))
    assert found is None or len(markdown_of(found.prose)) < 1000


# The shown rules are those of the whole site


def session_of(text: str, backends: tuple[Backend, ...] = BACKENDS) -> Session:
    return view_with(text, backends).session


def renderable(backend: Backend, site: Site) -> bool:
    return all(need.capability in backend.capabilities(backend.targets[0]) for need in needs(site))


DIFFERENT_ALONE = {
    "iptables": (r"-A LBSH-([EIR])(?:XTERNAL|NTERNAL|EFLECTED|-\S+)", r"-A LBSH-\1"),
    "nftables": (r"-counter-\d+", ""),
    "pf": (r"^set .*", ""),
}
"""The parts of a service's lines that depend on other services, as a pattern and a replacement."""


def assert_rules_are_those_of_the_site(session: Session) -> None:
    """Compares line by line; for a service rendered alone, without the parts that services share."""
    site = session.site
    for backend in BACKENDS:
        if not renderable(backend, site):
            continue
        whole = lines_of(backend.render(site, Options(backend.targets[0])), site.services)
        for life in session.resolution.current_services():
            assert life.node.name is not None
            if why_no_rules(session, life) is None:
                rules = next(one for one in rules_of(session, life) if one.backend == backend.name)
                lines = whole[life.node.name.text]
                assert rules.alone or rules.lines == lines
                assert without_shared(backend, rules.lines) == without_shared(backend, lines)


def without_shared(backend: Backend, lines: Iterable[str]) -> list[str]:
    pattern, instead = DIFFERENT_ALONE[backend.name]
    return [line for line in (re.sub(pattern, instead, line) for line in lines) if line]


EXAMPLES = sorted((Path(__file__).parents[2] / "examples").glob("*.lb"))


@pytest.mark.parametrize("path", EXAMPLES, ids=lambda path: path.name)
def test_rules_of_an_example(path: Path) -> None:
    session = session_of(path.read_text())
    if len(session.resolution.services) <= 100:
        assert_rules_are_those_of_the_site(session)


@given(scripts())
@settings(max_examples=25, deadline=None)
def test_rules_of_any_site(script: str) -> None:
    assert_rules_are_those_of_the_site(session_of(script))


def test_rules_of_a_site_of_many_services() -> None:
    lines = [DEVICE.replace("62.103.127.144/28", "62.0.0.0/8")]
    for n in range(99):
        lines.append(f"service S{n} is 62.0.0.{n + 1} tcp 80{' reflect' if n % 2 else ''}")
        lines.append(f"pool p{n} for S{n}\nadd 192.168.1.{n + 2}, 192.168.1.{n + 3} to p{n}")
    assert_rules_are_those_of_the_site(session_of("\n".join(lines)))


def test_a_large_site_is_not_rendered_as_a_whole() -> None:
    lines = [DEVICE.replace("62.103.127.144/28", "62.0.0.0/8")]
    lines += [
        f"service S{n} is 62.0.0.{n + 1} tcp 80\npool p{n} for S{n}\nadd 192.168.1.{n + 2} to p{n}" for n in range(120)
    ]
    session = session_of("\n".join(lines))
    life = session.resolution.services["S119"].current
    assert life is not None
    assert [rules.alone for rules in rules_of(session, life)] == [True] * 3
    assert_rules_are_those_of_the_site(session)
    found = hover(
        View(session, session.root), Position(session.root.lines.index("service S119 is 62.0.0.120 tcp 80"), 0)
    )
    assert found is not None
    assert "As if the service stood alone" in markdown_of(found.prose)


REFUSED = (
    DEVICE
    + """\
service A is 62.103.127.154 tcp 25 sticky 10m
pool a for A
add 192.168.1.2 to a
service B is 62.103.127.155 tcp 25 sticky 20m
pool b for B
add 192.168.1.2 to b
service C is 62.103.127.156 tcp 25
pool c for C
add 192.168.1.2 to c weight 3
add 192.168.1.3 to c
"""
)


def test_rules_of_a_site_that_is_refused_are_told_to_stand_alone() -> None:
    """PF has no weights: without rules of the whole script there are no lines to select for `A`."""
    view = view_with(REFUSED)
    life = view.session.resolution.services["A"].current
    assert life is not None
    rules = {one.backend: one for one in rules_of(view.session, life)}
    assert {name: one.alone for name, one in rules.items()} == {"iptables": False, "nftables": False, "pf": True}
    assert any("600" in line for line in rules["pf"].lines)
    found = hover(view, Position(5, 9))
    assert found is not None
    assert "As if the service stood alone" in markdown_of(found.prose)


def test_rules_are_kept_by_the_session_until_something_changes() -> None:
    view = view_with(REFUSED)
    session = view.session
    before = session.kept(list, lambda session: [session])
    assert session.kept(list, lambda session: []) is before
    session.splice(view.document, view.document.edit(on_line(5, 0, 0), " "))
    assert session.kept(list, lambda session: []) == []


def test_the_device_that_is_preferred() -> None:
    pair = 'failover device gw1 skew 50\nfailover device gw2\nfailover password file "/k"\n'
    view = view_with(DEVICE + pair)
    texts = [hover(view, Position(line, 17)) for line in (5, 6)]
    ends = [plain_of(one.prose).rpartition("\n")[2] for one in texts if one is not None]
    assert ends == ["Its skew is 50: the preferred master.", "Its skew is 100."]


def test_a_server_of_many_pools() -> None:
    pools = "".join(
        f"service S{n} is 1.2.3.{n} tcp 80\npool p{n} for S{n}\nadd 10.0.0.1 to p{n}\n" for n in range(1, 9)
    )
    found = said("status 10.0.0.1|", pools + "remove S1\n")
    assert found.count("A server of pool") == 5
    assert "And of 2 other pools." in found
    assert "`p1`" not in found


def test_rules_follow_the_text_and_the_chosen_backend() -> None:
    view = view_with(SITE)
    life = view.session.resolution.services["SMTP"].current
    assert life is not None
    pf = next(one for one in BACKENDS if one.name == "pf")
    view.session.choose(pf, "freebsd-15")
    assert [(one.backend, one.target) for one in rules_of(view.session, life)][:1] == [("pf", "freebsd-15")]
    line = SITE.split("\n").index("add 192.168.1.9 to mx_pool backup")
    view.session.splice(view.document, view.document.edit(on_line(line, 0, 99), "add 192.168.1.7 to mx_pool weight 3"))
    life = view.session.resolution.services["SMTP"].current
    assert life is not None
    assert [any("192.168.1.7" in text for text in one.lines) for one in rules_of(view.session, life)] == [True] * 3


# Markdown and plain text

HOSTILE = [
    "`",
    "``",
    "a`b",
    "` x `",
    "```\n# x",
    "<script>",
    "a\x1b[31mb",
    "\u202eabc",
    "x\u200by",
    "[a](b)",
    " a ",
    "",
]


@pytest.mark.parametrize("text", HOSTILE)
def test_pieces_of_scripts_end_no_span_and_no_fence(text: str) -> None:
    shown = markdown_of((paragraph("a ", Code(text), " z"),))
    assert "\n" not in shown
    assert shown.replace("\ufffd", "").isprintable()
    ticks = re.match(r"a (`+)", shown)
    assert ticks is not None
    inside = shown[2 + len(ticks[1]) : -2 - len(ticks[1])]
    assert shown.endswith(f"{ticks[1]} z")
    assert ticks[1] not in [run[0] for run in re.finditer("`+", inside)]
    listing = markdown_of((Listing("", (text,)),)).split("\n")
    assert len(listing) == 3
    assert listing[0] == listing[2]
    assert listing[0] not in listing[1]


def test_plain_text() -> None:
    blocks = (paragraph("A ", Code("x`y"), "."), Bullets((paragraph(Code("1")),)), Listing("lbsh", ("add\x00", "to")))
    assert plain_of(blocks) == "A `x`y`.\n\n- `1`\n\n    add\ufffd\n    to"


@given(TEXTS, st.integers(-1, 14), st.integers(-1, 40))
@settings(max_examples=400)
def test_any_place_of_any_text(text: str, line: int, column: int) -> None:
    view = view_of(text)
    found = hover(view, Position(line, column))
    if found is not None:
        assert found.region.holds(view.document.clamp(Position(line, column)))
        assert markdown_of(found.prose)
        assert plain_of(found.prose)


@given(scripts(), st.randoms(use_true_random=False))
@settings(max_examples=20, deadline=None)
def test_any_place_of_a_script_that_has_suffered(script: str, random: Random) -> None:
    """No backend gets a site that it cannot render, however damaged the script."""
    lines = script.split("\n")
    del lines[random.randrange(len(lines))]
    letters = list("\n".join(lines))
    for _ in range(random.randrange(5)):
        letters[random.randrange(len(letters))] = random.choice(["\t", ",", "#", "\r", "\x0c", "1", "0", " ", ""])
    view = view_with("".join(letters))
    for number, line in enumerate(view.document.lines):
        for column in (0, len(line) // 2, len(line)):
            found = hover(view, Position(number, column))
            assert found is None or len(markdown_of(found.prose)) < 30_000
