"""Reads back the part of pf.conf that lbsh emits, as pfctl would, and is strict about everything else.

Written from pf.conf's grammar and lexer, not from the backend: macros are expanded, braces become single rules in
pfctl's order, and each rule gets its address family as pfctl finds it, so that rules compare by meaning. A `Ruleset`
also answers what PF does with a first packet. Text that is not fully understood raises `PfError`, with its line.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network
from itertools import product
from types import MappingProxyType
from typing import Literal, NamedTuple, TypeVar

Address = IPv4Address | IPv6Address
Network = IPv4Network | IPv6Network

# The words of the grammars of FreeBSD 12 to 14: none of them can be a name.
_WORDS = """
all allow-opts altq anchor antispoof any bandwidth binat binat-anchor bitmask block block-policy bridge-to buckets cbq
code codelq crop debug divert-reply divert-to dnpipe dnqueue drop drop-ovl dup-to ether fail-policy fairq fastroute file
fingerprints flags floating flush for fragment from global group hfsc hogs hostid icmp-type icmp6-type if-bound in
include inet inet6 interval keep keepcounters l3 label limit linkshare load log loginterface map-e-portset match max
max-mss max-src-conn max-src-conn-rate max-src-nodes max-src-states min-ttl modulate nat nat-anchor no no-df no-route
no-sync on optimization os out overload pass pflow port prio priority priq probability proto qlimit queue quick random
random-id rdr rdr-anchor realtime reassemble reply-to require-order return return-icmp return-icmp6 return-rst
ridentifier round-robin route route-to rtable rule ruleset-optimization scrub set set-tos skip sloppy source-hash
source-track state state-defaults state-policy static-port sticky-address syncookies synproxy table tag tagged target
tbrsize timeout to tos ttl upperlimit urpf-failed user
"""
KEYWORDS = frozenset(_WORDS.split())


_SOURCE_PORTS = (50001, 65535)
"""The source ports that a `nat` takes where its rule names none."""

_TO_THE_END = 0
"""The last of the ports `PORT:*`, which have no end of their own."""


class PfError(Exception):
    """A line that pfctl would refuse, or that lbsh has no reason to emit."""


@dataclass(frozen=True, slots=True)
class TableName:
    """`<name>`"""

    name: str


@dataclass(frozen=True, slots=True)
class InterfaceAddresses:
    """`(name)`: the addresses that the interface has when the packet comes."""

    name: str


Host = Network | TableName | InterfaceAddresses | None
"""An end of a rule; None is `any`."""


@dataclass(frozen=True, slots=True)
class Table:
    """`members` is None where the line has no braces, so that a load keeps what the table holds."""

    name: str
    members: frozenset[Network] | None


@dataclass(frozen=True, slots=True)
class Rule:
    """What a single translation rule matches."""

    interface: str
    family: Literal[4, 6]
    protocol: str | None
    source: Host
    destination: Host
    ports: tuple[int, int] | None
    tagged: str = field(default="", kw_only=True)
    """The tag that a packet must carry."""


@dataclass(frozen=True, slots=True)
class NoNat(Rule):
    """`no nat`: what matches is left as it is."""


@dataclass(frozen=True, slots=True)
class Nat(Rule):
    """`nat … -> ADDRESS [port FIRST:LAST]`; `source_ports` are those that PF takes for the source.

    An interface stands for its first address that is no address of the link alone: `(em1:0)`.
    """

    target: Address | InterfaceAddresses
    source_ports: tuple[int, int]


@dataclass(frozen=True, slots=True)
class Rdr(Rule):
    """`rdr … [tag TAG] -> TARGET [port PORT|PORT:*] [ALGORITHM [KEY]] [sticky-address]`; `passes` is `rdr pass`.

    With `:*` the ports of the rule are shifted: the first becomes `port` (pf.conf(5)).
    """

    target: Network | TableName
    port: int | None
    algorithm: str
    key: str
    sticky: bool
    passes: bool
    tag: str = field(default="", kw_only=True)
    shifts: bool = field(default=False, kw_only=True)

    def port_for(self, asked: int) -> int:
        """The port of the server for a connection to a port."""
        if self.port is None:
            return asked
        return self.port + (asked - self.ports[0] if self.shifts and self.ports is not None else 0)


@dataclass(frozen=True, slots=True)
class Pass(Rule):
    """`pass in on INTERFACE [reply-to|route-to (INTERFACE ADDRESS)] …`: `way` is the word, `hop` the next hop behind it."""

    way: str
    exit: str
    hop: Address | None


class NoRdr(Rule):
    """`no rdr …`: no later `rdr` holds for such packets."""


@dataclass(frozen=True, slots=True)
class Packet:
    """The first packet of a connection, as it stands before translation; `tag` is what a rule gave it on its way in."""

    interface: str
    direction: Literal["in", "out"]
    protocol: str
    source: Address
    destination: Address
    port: int
    tag: str = ""

    @staticmethod
    def of(interface: str, direction: Literal["in", "out"], protocol: str, source: str, to: str, port: int) -> Packet:
        return Packet(interface, direction, protocol, ip_address(source), ip_address(to), port)


@dataclass(frozen=True, slots=True)
class Ruleset:
    """What a file says, and what PF then does: `nat` for packets out, `rdr` for packets in, and the first match wins.

    `timeouts` and `limits` are what `set` gives. `reassembles` tells whether PF puts fragments together, which it would not
    translate as they are. `device` in questions: the addresses of the device's own interfaces.
    """

    timeouts: Mapping[str, int]
    limits: Mapping[str, int]
    tables: Mapping[str, Table]
    nats: tuple[Nat | NoNat, ...]
    redirections: tuple[Rdr | NoRdr, ...]
    reassembles: bool = False
    passes: tuple[Pass, ...] = ()

    @property
    def rdrs(self) -> tuple[Rdr, ...]:
        return tuple(rule for rule in self.redirections if isinstance(rule, Rdr))

    def rdr(self, packet: Packet, device: Mapping[str, Iterable[str]] = MappingProxyType({})) -> Rdr | None:
        """The rule that redirects an incoming packet; None also where a `no rdr` comes first."""
        if packet.direction != "in":
            return None
        found = next((rule for rule in self.redirections if self._matches(rule, packet, device)), None)
        return found if isinstance(found, Rdr) else None

    def nat(self, packet: Packet, device: Mapping[str, Iterable[str]] = MappingProxyType({})) -> Nat | None:
        """The rule that gives an outgoing packet another source; None also where a `no nat` comes first."""
        if packet.direction != "out":
            return None
        found = next((rule for rule in self.nats if self._matches(rule, packet, device)), None)
        return found if isinstance(found, Nat) else None

    def passing(self, packet: Packet, device: Mapping[str, Iterable[str]] = MappingProxyType({})) -> Pass | None:
        """The filter rule that lets a packet in: the last one that matches."""
        return next((rule for rule in reversed(self.passes) if self._matches(rule, packet, device)), None)

    def servers(self, rule: Rdr) -> frozenset[Address]:
        """Where the rule can send a connection."""
        blocks = self.tables[rule.target.name].members or () if isinstance(rule.target, TableName) else (rule.target,)
        return frozenset(address for block in blocks for address in block)

    def _matches(self, rule: Rule, packet: Packet, device: Mapping[str, Iterable[str]]) -> bool:
        return (
            rule.interface == packet.interface
            and rule.family == packet.source.version
            and rule.protocol in (None, packet.protocol)
            and rule.tagged in ("", packet.tag)
            and (rule.ports is None or rule.ports[0] <= packet.port <= rule.ports[1])
            and self._holds(rule.source, packet.source, device)
            and self._holds(rule.destination, packet.destination, device)
        )

    def _holds(self, host: Host, address: Address, device: Mapping[str, Iterable[str]]) -> bool:
        match host:
            case None:
                return True
            case TableName(name):
                return any(address in block for block in self.tables[name].members or ())
            case InterfaceAddresses("self"):
                return any(str(address) in addresses for addresses in device.values())
            case InterfaceAddresses(name):
                return str(address) in device.get(name, ())
            case _:
                return address in host


def read_pf(text: str, target: str = "freebsd-14", *, anchor: bool = False) -> Ruleset:
    """The rules of a whole pf.conf, or of an anchor's body, for one release. Raises `PfError`."""
    return _Reader(list(_tokens(text)), target, anchor).ruleset()


# The lexer


class _Token(NamedTuple):
    """`kind`: `word` of the grammar, `name` for any other word, `quoted`, `mark`, or `end` of a line or of the text."""

    kind: str
    text: str
    line: int


_TOKEN = re.compile(
    r"[ \t]+|(?P<comment>\#.*)|(?P<mark>->|[{}<>(),/=])|\$(?P<macro>[A-Za-z0-9_]+)"
    r'|"(?P<quoted>[^"\\]+)"|(?P<name>[A-Za-z0-9:_][A-Za-z0-9:_.*@;%&+|~^?\[\]-]*)'
)


def _tokens(text: str) -> Iterator[_Token]:
    if text and not text.endswith("\n"):
        raise PfError("the last line has no end, which FreeBSD 12 refuses")
    macros: dict[str, list[_Token]] = {}
    for number, line in enumerate(text.split("\n")[:-1], 1):
        words = list(_words(line, number, macros))
        match words:
            case [_Token("name", macro), _Token("mark", "="), _Token("name" | "quoted", value)]:
                macros[macro] = list(_words(value, number, {}))
            case _:
                yield from words
        yield _Token("end", "\n", number)
    yield _Token("end", "", text.count("\n"))


def _words(line: str, number: int, macros: Mapping[str, list[_Token]]) -> Iterator[_Token]:
    position = 0
    while position < len(line):
        found = _TOKEN.match(line, position)
        kind = found.lastgroup if found else None
        if found is None or (kind == "macro" and found["macro"] not in macros):
            raise PfError(f"line {number}: cannot read {line[position:]!r}")
        text, position = found[0], found.end()
        if kind == "comment" and (text.endswith("\\") or not text.isprintable()):
            raise PfError(f"line {number}: a comment that joins the next line, or holds control characters")
        if kind == "macro":
            yield from (token._replace(line=number) for token in macros[found["macro"]])
        elif kind == "name" and text in KEYWORDS:
            yield _Token("word", text, number)
        elif kind in ("name", "quoted", "mark"):
            yield _Token(kind, found[kind], number)


# The parser

_Item = TypeVar("_Item")


class _Redirection(NamedTuple):
    target: Network | TableName | InterfaceAddresses
    port: tuple[int, int] | None
    algorithm: str | None
    key: str
    sticky: bool


class _Reader:
    """A parser by descent over the tokens of a file, collecting what its statements say."""

    def __init__(self, tokens: list[_Token], target: str, anchor: bool) -> None:
        self.tokens, self.target, self.anchor = tokens, target, anchor
        self.index = self.section = 0
        self.reassembles = False
        self.timeouts: dict[str, int] = {}
        self.limits: dict[str, int] = {}
        self.tables: dict[str, Table] = {}
        self.nats: list[Nat | NoNat] = []
        self.rdrs: list[Rdr | NoRdr] = []
        self.passes: list[Pass] = []

    def ruleset(self) -> Ruleset:
        statements = {"set": self.option, "scrub": self.scrub, "table": self.table}
        statements |= {**dict.fromkeys(("no", "nat", "rdr"), self.translation), "pass": self.filter}
        while self.index < len(self.tokens) - 1:
            if self.take("\n"):
                continue
            statement = statements.get(self.tokens[self.index].text)
            if statement is None:
                raise self.error("no statement that lbsh emits")
            statement()
            self.expect("\n")
        self.check_tables()
        return Ruleset(
            self.timeouts,
            self.limits,
            self.tables,
            tuple(self.nats),
            tuple(self.rdrs),
            self.reassembles,
            tuple(self.passes),
        )

    def check_tables(self) -> None:
        """Every table that a rule names is there, and a rule names every table: PF keeps no other without `persist`."""
        hosts = [host for rule in (*self.nats, *self.rdrs) for host in (rule.source, rule.destination)]
        hosts += [rule.target for rule in self.rdrs if isinstance(rule, Rdr)]
        used = {host.name for host in hosts if isinstance(host, TableName)}
        for name in sorted(used - self.tables.keys()):
            raise PfError(f"table <{name}> is not there")
        for name in self.tables:
            if name not in used:
                raise PfError(f"table <{name}> has no rule: it would vanish")

    def enter(self, section: int) -> None:
        if section < self.section:
            raise self.error("statements must be in order: options, scrub, tables, translation, filter")
        self.section = section

    def option(self) -> None:
        self.enter(0)
        if self.anchor:
            raise self.error("an anchor sets no options")
        self.expect("set")
        if self.take("reassemble"):
            self.expect("yes")
            self.reassemble("freebsd-15")
            return
        if self.take("limit"):
            self.expect("src-nodes")
            if self.limits:
                raise self.error("src-nodes is one value for all")
            self.limits["src-nodes"] = self.number(2**32 - 1)
            return
        self.expect("timeout", "src.track")
        if self.timeouts:
            raise self.error("src.track is one value for all")
        self.timeouts["src.track"] = self.number(2**31 - 1)

    def scrub(self) -> None:
        self.enter(1)
        if self.anchor:
            raise self.error("PF obeys the scrub rules of the main file alone")
        self.expect("scrub", "in", "all", "fragment", "reassemble")
        self.reassemble("freebsd-14")

    def reassemble(self, target: str) -> None:
        """FreeBSD 12 and 13 have scrub rules only; on 15 the option would be ignored beside them."""
        if self.target != target:
            raise self.error(f"this statement is for {target}")
        if self.reassembles:
            raise self.error("fragments are put together once")
        self.reassembles = True

    def table(self) -> None:
        self.enter(2)
        self.expect("table")
        name = self.table_name().name
        if name in self.tables:
            raise self.error(f"table <{name}> is there twice")
        if self.take("persist"):
            raise self.error("`persist` would keep the table after the last rule that names it")
        members = self.braced(self.block) if self.peek("{") else None
        if members and len(set(members)) != len(members):
            raise self.error("a member is there twice")
        self.tables[name] = Table(name, None if members is None else frozenset(members))

    def translation(self) -> None:
        """pfctl's `natrule`: its words in this order and in no other, then one rule of each combination."""
        self.enter(3)
        no, action = self.take("no"), self.one_of("nat", "rdr")
        passes = action == "rdr" and self.take("pass")
        self.expect("on")
        interfaces = self.some(self.name)
        stated: Literal[4, 6] | None = 4 if self.take("inet") else 6 if self.take("inet6") else None
        protocols = self.some(self.protocol) if self.take("proto") else [None]
        self.expect("from")
        sources = self.some(self.host)
        self.expect("to")
        destinations = self.some(self.host)
        ports = self.some(self.ports) if self.take("port") else [None]
        if ports != [None] and protocols == [None]:
            raise self.error("a port needs `proto tcp` or `proto udp`")
        tag = self.tag_name() if self.take("tag") else ""
        tagged = self.tag_name() if self.take("tagged") else ""
        if tag and action == "nat":
            raise self.error("lbsh tags what comes in, and only that")
        to = None if no else self.redirection()
        family = stated or _family_of([sources[0], destinations[0], to.target if to else None])
        if family is None or (to and _is_other(to.target, family)):
            raise self.error("no address of the rule's family to translate to, or no family at all")
        combinations = product(protocols, sources, destinations, ports)
        fitting = [parts for parts in combinations if not any(_is_other(host, family) for host in parts[1:3])]
        if not fitting:
            raise self.error("rule expands to no valid combination")
        for interface, parts in product(interfaces, fitting):
            self.add(action, Rule(interface, family, *parts, tagged=tagged), to, passes, tag)

    def add(self, action: str, rule: Rule, to: _Redirection | None, passes: bool, tag: str) -> None:
        base = (rule.interface, rule.family, rule.protocol, rule.source, rule.destination, rule.ports)
        if action == "rdr":
            if to is None:
                self.rdrs.append(NoRdr(*base, tagged=rule.tagged))
                return
            if isinstance(to.target, InterfaceAddresses):
                raise self.error("lbsh redirects to servers")
            algorithm, port, shifts = self.algorithm(to), *self.first_port(rule, to.port)
            rdr = Rdr(*base, to.target, port, algorithm, to.key, to.sticky, passes, tag=tag, tagged=rule.tagged)
            self.rdrs.append(replace(rdr, shifts=shifts))
        elif to is None:
            self.nats.append(NoNat(*base, tagged=rule.tagged))
        elif to[2:] == (None, "", False) and isinstance(to.target, Network) and to.target.num_addresses == 1:
            ports = _SOURCE_PORTS if to.port is None else self.several(to.port)
            self.nats.append(Nat(*base, to.target.network_address, ports, tagged=rule.tagged))
        elif to[2:] == (None, "", False) and isinstance(to.target, InterfaceAddresses):
            ports = _SOURCE_PORTS if to.port is None else self.several(to.port)
            self.nats.append(Nat(*base, to.target, ports, tagged=rule.tagged))
        else:
            raise self.error("nat gives one address as the source, without options")

    def filter(self) -> None:
        """pfctl's `pfrule`, as far as lbsh needs it: all connections that come in, with the way of their packets."""
        self.enter(4)
        self.expect("pass", "in", "on")
        interfaces = self.some(self.name)
        way = next((word for word in ("reply-to", "route-to") if self.take(word)), "")
        out, hop = self.next_hop() if way else ("", None)
        family: Literal[4, 6] = 4 if self.one_of("inet", "inet6") == "inet" else 6
        self.expect("from")
        sources = self.some(self.host)
        self.expect("to")
        destinations = self.some(self.host)
        if hop is not None and hop.version != family:
            raise self.error("the next hop is of another family")
        for interface, source, there in product(interfaces, sources, destinations):
            if not _is_other(source, family) and not _is_other(there, family):
                self.passes.append(Pass(interface, family, None, source, there, None, way, out, hop))

    def next_hop(self) -> tuple[str, Address]:
        self.expect("(")
        interface, hop = self.name(), self.block()
        self.expect(")")
        if hop.num_addresses != 1:
            raise self.error("a next hop is one address")
        return interface, hop.network_address

    def first_port(self, rule: Rule, ports: tuple[int, int] | None) -> tuple[int | None, bool]:
        """The port of a redirection, and whether it is the first of as many as the rule has."""
        if ports is None:
            return None, False
        shifts = ports[1] == _TO_THE_END
        if not shifts and ports[0] != ports[1]:
            raise self.error("lbsh redirects to one port, or shifts all")
        if shifts and (rule.ports is None or ports[0] + rule.ports[1] - rule.ports[0] > 65535):
            raise self.error("there are not as many ports from there on")
        return ports[0], shifts

    def several(self, ports: tuple[int, int]) -> tuple[int, int]:
        """The source ports of a translation; a single one would let a server have a single connection."""
        if ports[0] == ports[1]:
            raise self.error("nat takes a range of source ports")
        return ports

    def algorithm(self, to: _Redirection) -> str:
        """The pool type as pfctl settles it; refuses what the release does not take."""
        if isinstance(to.target, TableName):
            if to.algorithm not in (None, "round-robin") and self.target == "freebsd-14":
                raise self.error("tables are only supported in round-robin redirection pools")
            return to.algorithm or "round-robin"
        if to.algorithm not in ("random", "source-hash"):
            raise self.error("a block as the target goes with `random` or `source-hash`")
        if to.algorithm == "source-hash" and to.sticky and self.target == "freebsd-14":
            raise self.error("sticky-address goes with round-robin and random")
        return to.algorithm

    def redirection(self) -> _Redirection:
        self.expect("->")
        target = self.interface_address() or (self.table_name() if self.peek("<") else self.block())
        port = self.server_ports() if self.take("port") else None
        algorithm, key, sticky = None, "", False
        while not self.peek("\n"):
            option = self.one_of("round-robin", "random", "source-hash", "sticky-address")
            if sticky if option == "sticky-address" else algorithm:
                raise self.error("pool type or sticky-address cannot be redefined")
            if option == "sticky-address":
                sticky = True
            else:
                algorithm = option
            if option == "source-hash" and self.tokens[self.index].kind == "name":
                key = self.name()
        return _Redirection(target, port, algorithm, key, sticky)

    def some(self, item: Callable[[], _Item]) -> list[_Item]:
        """One item, or several in braces."""
        items = self.braced(item) if self.peek("{") else [item()]
        if not items:
            raise self.error("nothing in the braces")
        return items

    def braced(self, item: Callable[[], _Item]) -> list[_Item]:
        """Lines may break after `{` and after an item, never after a comma; a comma stands between two items."""
        self.expect("{")
        self.line_ends()
        items: list[_Item] = []
        while not self.take("}"):
            if items and self.take(",") and (self.peek("\n") or self.peek("}")):
                raise self.error("a comma ends a line or a list")
            items.append(item())
            self.line_ends()
        return items

    def host(self) -> Host:
        if self.take("any"):
            return None
        if self.take("("):
            name = self.name()
            self.expect(")")
            return InterfaceAddresses(name)
        return self.table_name() if self.peek("<") else self.block()

    def interface_address(self) -> InterfaceAddresses | None:
        """`(em1:0)`; without `:0` PF would go through all addresses of the interface in turn."""
        if not self.take("("):
            return None
        name, colon, first = self.name().partition(":")
        if not (colon and first == "0"):
            raise self.error("a source is the first address of an interface")
        self.expect(")")
        return InterfaceAddresses(name)

    def block(self) -> Network:
        address = self.name()
        length = f"/{self.number(128, least=0)}" if self.take("/") else ""
        try:
            return ip_network(address + length)
        except ValueError as error:
            raise self.error(f"could not parse host specification: {error}") from error

    def table_name(self) -> TableName:
        self.expect("<")
        if self.tokens[self.index].kind != "name" or self.tokens[self.index].text.isdigit():
            raise self.error("no name of a table")
        name = self.name()
        if len(name) > 31:
            raise self.error(f"table name {name} too long")
        self.expect(">")
        return TableName(name)

    def tag_name(self) -> str:
        tag = self.name()
        if len(tag) > 63:
            raise self.error("tag too long, max 63 chars")
        return tag

    def protocol(self) -> str | None:
        return self.one_of("tcp", "udp")

    def server_ports(self) -> tuple[int, int]:
        """Ports behind an arrow; `PORT:*` begins with one, and has as many as the rule."""
        first, star, _ = self.tokens[self.index].text.partition(":*")
        if not star:
            return self.ports()
        self.index += 1
        if not first.isdigit() or not 1 <= int(first) <= 65535:
            raise self.error("no port")
        return int(first), _TO_THE_END

    def ports(self) -> tuple[int, int]:
        found = re.fullmatch(r"(\d+)(?::(\d+))?", self.name())
        if found is None or found[1] == found[2] or not 1 <= int(found[1]) <= int(found[2] or found[1]) <= 65535:
            raise self.error("no port or range of ports")
        return int(found[1]), int(found[2] or found[1])

    def name(self) -> str:
        token = self.tokens[self.index]
        if token.kind not in ("name", "quoted"):
            raise self.error("a name or a number is expected")
        self.index += 1
        return token.text

    def number(self, highest: int, least: int = 1) -> int:
        word = self.name()
        if not word.isdigit() or not least <= int(word) <= highest:
            raise self.error(f"no number from {least} to {highest}: {word}")
        return int(word)

    def line_ends(self) -> None:
        while self.take("\n"):
            pass

    def peek(self, text: str) -> bool:
        return self.tokens[self.index].text == text and self.tokens[self.index].kind != "quoted"

    def take(self, text: str) -> bool:
        found = self.peek(text)
        self.index += found
        return found

    def one_of(self, *texts: str) -> str:
        for text in texts:
            if self.take(text):
                return text
        raise self.error("one of these is expected: " + " ".join(texts))

    def expect(self, *texts: str) -> None:
        for text in texts:
            if not self.take(text):
                raise self.error(f"{text!r} is expected")

    def error(self, message: str) -> PfError:
        token = self.tokens[self.index]
        return PfError(f"line {token.line}, at {token.text!r}: {message}")


def _family_of(hosts: Iterable[Host]) -> Literal[4, 6] | None:
    """The family that pfctl gives a rule without a word for it: that of the first end with an address of its own."""
    return next((host.version for host in hosts if isinstance(host, Network)), None)


def _is_other(host: object, family: int) -> bool:
    return isinstance(host, Network) and host.version != family
