"""Reads the part of a restore file that lbsh emits, as iptables-restore would, and walks packets through the rules.

Written from the manual and the kernel's sources (xt_statistic, xt_recent, xt_cluster), not from the backend. It is
strict: anything unknown to it, or refused by the program, raises `RestoreError` with the line.
"""

from __future__ import annotations

import random
import re
import shlex
from collections.abc import Callable, Collection, Iterator, Sequence
from copy import copy
from dataclasses import dataclass, field
from functools import cache
from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network
from typing import Literal, NamedTuple, Self

LONGEST_LINE = 10239
LONGEST_CHAIN_NAME = 28
LARGEST_NODE_MASK = 32
MULTIPORT_SLOTS = 15
BPF_INSTRUCTIONS = 64
DEEPEST_JUMP = 16
WORD = 0xFFFFFFFF
PROTOCOLS_OF_HELPER = {"ftp": ("tcp",), "tftp": ("udp",), "sip": ("tcp", "udp")}
"""The modules nf_conntrack_ftp, _tftp and _sip."""
MASQUERADE = "masquerade"
"""The translation to the address of the interface by which a packet leaves."""


class RestoreError(Exception):
    """A line that iptables-restore refuses, or that lbsh has no reason to emit."""


class Packet(NamedTuple):
    """A packet of a connection, the first unless said; `original` is what it went to before it was translated."""

    source: str
    destination: str
    protocol: str
    port: int
    arrives: str = ""
    leaves: str = ""
    original: str = ""
    original_port: int = 0
    is_first: bool = True
    is_answer: bool = False
    connection_mark: int = 0


class Verdict(NamedTuple):
    """What a packet's way through the rules ended in, None if in nothing; and how many rules it passed."""

    translation: str | None
    rules: int


@dataclass
class Kernel:
    """What matches remember and depend on, besides the packet."""

    now: float = 0
    chance: random.Random = field(default_factory=lambda: random.Random(1))
    recent: dict[str, dict[str, float]] = field(default_factory=dict)


Match = Callable[[Packet, Kernel], bool]


Verb = Literal["", "jump", "goto", "RETURN", "DNAT", "SNAT", "CT", "MARK", "CONNMARK"]

MARKS: tuple[Verb, ...] = ("MARK", "CONNMARK")
"""The targets that leave a packet on its way, in any table."""


class Rule(NamedTuple):
    matches: tuple[Match, ...]
    verb: Verb
    argument: str
    lists: tuple[str, ...]


class Table:
    """A table of one family; `targets` are those that end a packet's way through it."""

    def __init__(self, family: Literal[4, 6], builtins: Sequence[str], targets: Collection[str]) -> None:
        self.family = family
        self.kernel = Kernel()
        self.targets = targets
        self.chains: dict[str, list[Rule]] = {name: [] for name in builtins}
        self.texts: dict[str, list[str]] = {name: [] for name in builtins}

    def restored(self, lines: Sequence[str]) -> Self:
        """The table after these lines, which stand between its name and COMMIT."""
        table = copy(self)
        table.chains = {name: list(rules) for name, rules in self.chains.items()}
        table.texts = {name: list(rules) for name, rules in self.texts.items()}
        for line in lines:
            try:
                table._read(line)
            except (IndexError, ValueError, KeyError) as error:
                raise RestoreError(f"{line}: {error}") from error
        return table

    def _read(self, line: str) -> None:
        words = shlex.split(line) if '"' in line or "'" in line or "\\" in line else line.split()
        if line.startswith(":"):
            name, policy, counters = line[1:].split(" ")
            if (policy, counters) != ("-", "[0:0]"):
                raise RestoreError(line)
            self._declare(name)
        elif words[0] == "-N" and len(words) == 2:
            if words[1] in self.chains:
                raise RestoreError(f"{line}: Chain already exists")
            self._declare(words[1])
        elif words[0] in ("-4", "-6"):
            if words[0] == f"-{self.family}":
                self._append(words[1:], line)
        else:
            self._append(words, line)

    def _declare(self, name: str) -> None:
        if len(name) > LONGEST_CHAIN_NAME or not name.startswith("LBSH"):
            raise RestoreError(f"chain {name}")
        self.chains[name] = []
        self.texts[name] = []

    def _append(self, words: list[str], line: str) -> None:
        if words[0] not in ("-A", "-I"):
            raise RestoreError(line)
        rule = parse_rule(words[2:], self.family)
        if rule.verb not in ("jump", "goto", "RETURN", *MARKS, *self.targets):
            raise RestoreError(f"{line}: no target of this table")
        if rule.verb in ("jump", "goto") and rule.argument not in self.chains:
            raise RestoreError(f"{line}: no chain {rule.argument}")
        place = 0 if words[0] == "-I" else len(self.chains[words[1]])
        self.chains[words[1]].insert(place, rule)
        self.texts[words[1]].insert(place, " ".join(words[2:]))

    def walk(self, chain: str, packet: Packet) -> Verdict:
        passed = 0
        stack: list[Iterator[Rule]] = [iter(self.chains[chain])]
        jumps = 0
        while stack:
            rule = next(stack[-1], None)
            if rule is None:
                stack.pop()
                continue
            passed += 1
            if not all(match(packet, self.kernel) for match in rule.matches):
                continue
            if rule.verb in self.targets:
                return Verdict(rule.argument, passed)
            if rule.verb in ("goto", "RETURN"):
                stack.pop()
            if rule.verb == "RETURN" or rule.verb in MARKS:
                continue
            jumps += 1
            if jumps > DEEPEST_JUMP:
                raise RestoreError(f"too many jumps on the way to {rule.argument}")
            stack.append(iter(self.chains[rule.argument]))
        return Verdict(None, passed)


class Nat(Table):
    """The table nat of one family, and the tables raw and mangle beside it; loaded by `restore`, any number of times."""

    def __init__(self, family: Literal[4, 6]) -> None:
        super().__init__(family, ("PREROUTING", "POSTROUTING"), ("DNAT", "SNAT"))
        self.raw = Table(family, ("PREROUTING",), ("CT",))
        self.mangle = Table(family, ("PREROUTING", "OUTPUT", "FORWARD"), ("", *MARKS))

    def restore(self, text: str) -> None:
        """As `iptables-restore --noflush`, table by table. Lists of clients live while a rule names them."""
        for line in text.split("\n"):
            if len(line.encode()) > LONGEST_LINE:
                raise RestoreError(f"line too long: {line[:80]}")
        if not text.endswith("COMMIT\n"):
            raise RestoreError("no COMMIT at the end")
        lines = [line for line in text.split("\n") if line and not line.startswith("#")]
        tables = dict(_tables(lines))
        if "nat" not in tables or not tables.keys() <= {"nat", "raw", "mangle"}:
            raise RestoreError(f"tables {list(tables)}")
        nat = self.restored(tables["nat"])
        self.raw = self.raw.restored(tables.get("raw", ()))
        self.mangle = self.mangle.restored(tables.get("mangle", ()))
        self.chains, self.texts = nat.chains, nat.texts
        named = {name for rules in self.chains.values() for rule in rules for name in rule.lists}
        self.kernel.recent = {name: self.kernel.recent.get(name, {}) for name in named}

    def prerouting(self, packet: Packet) -> Verdict:
        return self.walk("PREROUTING", packet)

    def postrouting(self, packet: Packet) -> Verdict:
        return self.walk("POSTROUTING", packet)


def _tables(lines: Sequence[str]) -> Iterator[tuple[str, Sequence[str]]]:
    """The names of tables with their lines."""
    rest = list(lines)
    while rest:
        if not rest[0].startswith("*") or "COMMIT" not in rest:
            raise RestoreError(f"no table: {rest[0]}")
        end = rest.index("COMMIT")
        yield rest[0][1:], rest[1:end]
        rest = rest[end + 1 :]


def parse_rule(words: list[str], family: Literal[4, 6]) -> Rule:
    """A rule after `-A CHAIN`."""
    matches: list[Match] = []
    lists: list[str] = []
    protocol = ""
    rest = iter(words)
    for word in rest:
        if word == "!":
            matches.append(_negated(rest, protocol, family))
        elif word in ("-j", "-g"):
            return Rule(tuple(matches), *_target(word, list(rest), protocol, family), tuple(lists))
        elif word == "-m":
            matches.append(_extension(next(rest), rest, protocol, family, lists))
        elif word == "-p":
            protocol = next(rest)
            matches.append(lambda packet, _, wanted=protocol: packet.protocol == wanted)  # type: ignore[misc]
        elif word == "--dport" and protocol in ("tcp", "udp"):
            matches.append(_ports("port", [next(rest)]))
        elif word.startswith("--ct") and "conntrack" in words:
            matches.append(_conntrack(word, next(rest), family))
        elif word in ("-s", "-d"):
            matches.append(_address("source" if word == "-s" else "destination", next(rest), family))
        elif word in ("-i", "-o"):
            matches.append(_interface("arrives" if word == "-i" else "leaves", next(rest)))
        else:
            raise RestoreError(f"unknown: {word}")
    return Rule(tuple(matches), "", "", tuple(lists))


def _negated(rest: Iterator[str], protocol: str, family: Literal[4, 6]) -> Match:
    """The match behind `!`."""
    option, value = next(rest), next(rest)
    if option == "--tcp-flags":
        if (protocol, value, next(rest)) != ("tcp", "FIN,RST", "NONE"):
            raise RestoreError(f"flags {value}")
        return lambda packet, _: False  # no packet here ends its connection
    match = _conntrack(option, value, family)
    return lambda packet, kernel: not match(packet, kernel)


def _are_ports(text: str) -> bool:
    """`PORT`, or `FIRST-LAST/BASE`: a port is as far from FIRST as the port of the request is from BASE."""
    shifted = re.fullmatch(r"(\d+)-(\d+)/(\d+)", text)
    if shifted is None:
        return text.isdigit() and 1 <= int(text) <= 65535
    first, last, base = map(int, shifted.groups())
    return 1 <= first < last <= 65535 and 1 <= base <= 65535


def _bits(text: str) -> tuple[int, int]:
    """A mark and its mask, in which all bits of the mark are."""
    value, mask = (int(part, 16) for part in text.split("/"))
    if value & ~mask or not 0 < mask < 1 << 32:
        raise RestoreError(f"mark {text}")
    return value, mask


def _target(word: str, words: list[str], protocol: str, family: int) -> tuple[Verb, str]:
    if words[0] == "DNAT" and words[1] == "--to-destination" and len(words) == 3:
        address, port = words[2], ""
        if address.startswith("["):
            address, _, port = address[1:].partition("]:")
        elif family == 4:
            address, _, port = address.partition(":")
        if port and not (protocol and _are_ports(port)):
            raise RestoreError("Need TCP, UDP, SCTP or DCCP with port specification")
        _of_family(address, family)
        return "DNAT", words[2]
    if words[0] == "SNAT" and words[1] == "--to-source" and len(words) == 3:
        _of_family(words[2], family)
        return "SNAT", words[2]
    if words[0] == "CT" and words[1] == "--helper" and words[2] in PROTOCOLS_OF_HELPER and len(words) == 3:
        if protocol not in PROTOCOLS_OF_HELPER[words[2]]:
            raise RestoreError(f"no helper {words[2]} for {protocol}")
        return "CT", words[2]
    if words[0] in ("MARK", "CONNMARK") and words[1] == "--set-xmark" and len(words) == 3:
        _bits(words[2])
        return ("MARK" if words[0] == "MARK" else "CONNMARK"), words[2]
    if len(words) != 1:
        raise RestoreError(f"unknown target: {words}")
    if word == "-j" and words[0] == "MASQUERADE":
        return "SNAT", MASQUERADE
    if word == "-j" and words[0] == "RETURN":
        return "RETURN", ""
    return "jump" if word == "-j" else "goto", words[0]


def _of_family(address: str, family: int) -> None:
    if _address_of(address).version != family:
        raise RestoreError(f"{address} is not of family {family}")


def _interface(side: Literal["arrives", "leaves"], name: str) -> Match:
    return lambda packet, _: getattr(packet, side) == name


def _address(side: Literal["source", "destination", "original"], text: str, family: int) -> Match:
    net = ip_network(text)
    if net.version != family:
        raise RestoreError(f"{text} is not of family {family}")
    first, last = int(net[0]), int(net[-1])
    return lambda packet, _: first <= _number(getattr(packet, side)) <= last


@cache
def _address_of(text: str) -> IPv4Address | IPv6Address:
    return ip_address(text)


@cache
def _number(address: str) -> int:
    return int(_address_of(address)) if address else -1


def _ports(side: Literal["port", "original_port"], texts: list[str]) -> Match:
    ranges = [(int(first), int(last or first)) for first, _, last in (text.partition(":") for text in texts)]
    if any(first > last for first, last in ranges):
        raise RestoreError(f"ports {texts}")
    return lambda packet, _: any(first <= getattr(packet, side) <= last for first, last in ranges)


def _extension(name: str, rest: Iterator[str], protocol: str, family: Literal[4, 6], lists: list[str]) -> Match:
    if name == "multiport" and protocol in ("tcp", "udp"):
        (texts,) = _options(rest, "--dports")
        ports = texts.split(",")
        if sum(2 if ":" in port else 1 for port in ports) > MULTIPORT_SLOTS:
            raise RestoreError(f"multiport: too many ports: {texts}")
        return _ports("port", ports)
    if name == "statistic":
        (mode,) = _options(rest, "--mode")
        if mode == "random":
            chance = float(_options(rest, "--probability")[0])
            return lambda _, kernel: kernel.chance.random() < chance
        if mode == "nth":
            every, packet = _options(rest, "--every", "--packet")
            return _nth(int(every), int(packet))
    if name == "recent":
        return _recent(rest, lists)
    if name == "cluster" and family == 4:
        nodes, node, seed = _options(rest, "--cluster-total-nodes", "--cluster-local-node", "--cluster-hash-seed")
        return _cluster(int(nodes), int(node), int(seed, 16))
    if name == "bpf" and family == 6:
        return _bpf(_options(rest, "--bytecode")[0])
    if name == "connmark":
        value, mask = _bits(_options(rest, "--mark")[0])
        return lambda packet, _: packet.connection_mark & mask == value
    if name == "conntrack":
        return lambda _packet, _kernel: True  # Its options are matches of their own: any number of them may follow.
    raise RestoreError(f"match {name}")


def _conntrack(option: str, value: str, family: Literal[4, 6]) -> Match:
    if option == "--ctstate" and value == "DNAT":
        return lambda packet, _: bool(packet.original)
    if option == "--ctstate" and value == "NEW":
        return lambda packet, _: packet.is_first
    if option == "--ctstatus" and value == "CONFIRMED":
        return lambda packet, _: not packet.is_first
    if option == "--ctdir" and value in ("ORIGINAL", "REPLY"):
        return lambda packet, _: packet.is_answer is (value == "REPLY")
    if option == "--ctproto" and value in ("tcp", "udp"):
        return lambda packet, _: packet.protocol == value
    if option == "--ctorigdst":
        return _address("original", value, family)
    if option == "--ctorigdstport":
        return _ports("original_port", [value])
    raise RestoreError(f"conntrack {option} {value}")


def _options(rest: Iterator[str], *names: str) -> list[str]:
    values = []
    for name in names:
        if next(rest) != name:
            raise RestoreError(f"expected {name}")
        values.append(next(rest))
    return values


def _nth(every: int, packet: int) -> Match:
    if packet != 0 or every < 2:
        raise RestoreError(f"nth {every} {packet}")
    count = -1

    def match(_packet: Packet, _kernel: Kernel) -> bool:
        nonlocal count
        count = (count + 1) % every
        return count == 0

    return match


def _recent(rest: Iterator[str], lists: list[str]) -> Match:
    verb = next(rest)
    word, value = next(rest), next(rest)
    seconds = float("inf")  # without --seconds, an update is of a client seen at any time
    if verb == "--update" and word == "--seconds":
        seconds, word, value = int(value), next(rest), next(rest)
    name = value if word == "--name" else "/"
    word = next(rest)
    mask = ~0
    if word == "--mask":
        mask, word = int(_address_of(next(rest))), next(rest)
    if word != "--rsource" or verb not in ("--update", "--set") or "/" in name or len(name) > 199:
        raise RestoreError(f"recent {verb} {name}")
    lists.append(name)

    def match(packet: Packet, kernel: Kernel) -> bool:
        clients = kernel.recent[name]
        client = str(int(_address_of(packet.source)) & mask)
        last = clients.get(client)
        if verb == "--update" and (last is None or kernel.now - last > seconds):
            return False
        clients[client] = kernel.now
        return True

    return match


def _cluster(nodes: int, node: int, seed: int) -> Match:
    if not (1 <= node <= nodes <= 32) or 1 << (node - 1) > LARGEST_NODE_MASK or seed > WORD:
        raise RestoreError(f"cluster node {node} of {nodes}")

    def match(packet: Packet, _: Kernel) -> bool:
        source = int.from_bytes(_address_of(packet.source).packed, "little")
        return jhash_1word(source, seed) * nodes >> 32 == node - 1

    return match


def jhash_1word(word: int, seed: int) -> int:
    """Bob Jenkins' hash as the kernel has it (linux/jhash.h, lookup3's final mix)."""
    start = seed + 0xDEADBEEF + 4 & WORD
    a, b, c = word + start & WORD, start, start
    c = (c ^ b) - _turned(b, 14) & WORD
    a = (a ^ c) - _turned(c, 11) & WORD
    b = (b ^ a) - _turned(a, 25) & WORD
    c = (c ^ b) - _turned(b, 16) & WORD
    a = (a ^ c) - _turned(c, 4) & WORD
    b = (b ^ a) - _turned(a, 14) & WORD
    return (c ^ b) - _turned(b, 24) & WORD


def _turned(word: int, by: int) -> int:
    return (word << by | word >> 32 - by) & WORD


def _bpf(text: str) -> Match:
    """A program of the classic BPF over an IPv6 header, as far as it looks at the source address alone."""
    size, *lines = text.split(",")
    program = [tuple(map(int, line.split(" "))) for line in lines]
    if len(program) != int(size) or len(program) > BPF_INSTRUCTIONS:
        raise RestoreError(f"bpf program of {len(program)} instructions")

    def match(packet: Packet, _: Kernel) -> bool:
        return run_bpf(program, bytes(8) + _address_of(packet.source).packed) != 0

    return match


def run_bpf(program: list[tuple[int, ...]], data: bytes) -> int:
    """What the program returns (linux/bpf_common.h)."""
    a = x = place = 0
    while True:
        code, if_true, if_false, k = program[place]
        place += 1
        match code:
            case 0x20:
                if not 8 <= k <= 20:
                    raise RestoreError(f"bpf reads at {k}")
                a = int.from_bytes(data[k : k + 4], "big")
            case 0x24:
                a = a * k & WORD
            case 0x0C:
                a = a + x & WORD
            case 0xAC:
                a ^= x
            case 0x74:
                a >>= k
            case 0x07:
                x = a
            case 0x15:
                place += if_true if a == k else if_false
            case 0x06:
                return k
            case _:
                raise RestoreError(f"bpf instruction {code}")
