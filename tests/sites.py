"""Generated scripts of valid sites: hypothesis strategies whose scripts have no errors."""

from __future__ import annotations

import re

from hypothesis import strategies as st

from lbsh_lang.syntax.automaton import AUTOMATON

NAMES = st.from_regex(r"[A-Za-z_][A-Za-z0-9_.-]{0,30}", fullmatch=True)
TIMES = st.sampled_from(["", " 10m", " 1h", " 3s", " 1d"])
DRAINED = st.sampled_from(
    ["", "", " for 1h", ' because "disks"', " keep clients", ' keep clients for 5m because "\\\\\\"{"']
)
RAMPS = st.sampled_from(["", "", "", " ramp 1m", " ramp 90s"])
DOWN = st.sampled_from(["", "", ' because "disks"'])
BACKUP_SET = st.sampled_from(["", " backup", " no backup"])
ALGORITHMS = st.sampled_from(["round-robin", "random", "source-hash"])


DEVICE = """\
interface external em0
interface internal em1
external addr 203.0.113.2
external addr 2001:db8::2
internal net 10.1.0.0/16
internal net fd00:1::/64
internal gw 10.1.255.254
internal gw fd00:1::ffff
"""


HELPERS = {"tcp": ("ftp", "sip"), "udp": ("tftp", "sip"), "tcp+udp": ("sip",)}
"""The helpers for the sessions of each protocol."""

CLIENTS = {4: ("198.51.100.0/24", "10.1.0.9"), 6: ("2001:db8:c::/48", "fd00:1::9")}


@st.composite
def ports(draw: st.DrawFn) -> str:
    """A single port, a range, or a list in which nothing overlaps."""
    edges = draw(st.lists(st.integers(1, 65535), min_size=1, max_size=6, unique=True).map(sorted))
    parts = []
    while edges:
        if len(edges) > 1 and draw(st.booleans()):
            parts.append(f"{edges.pop(0)}-{edges.pop(0)}")
        else:
            parts.append(str(edges.pop(0)))
    return ",".join(parts)


MOST_PORTS = 1000
"""Ranges with more ports are seldom others on the servers: nftables has an element for each port, which takes its time."""


def size_of(wanted: str) -> int:
    """The number of ports in a list."""
    pairs = [part.partition("-") for part in wanted.split(",")]
    return sum(int(last or first) - int(first) + 1 for first, _, last in pairs)


@st.composite
def as_many_ports(draw: st.DrawFn, wanted: str) -> str:
    """A port for a port, a range for a range of the same length."""
    first, _, last = wanted.partition("-")
    length = int(last or first) - int(first)
    start = draw(st.integers(1, 65535 - length))
    return f"{start}-{start + length}" if last else str(start)


@st.composite
def services(draw: st.DrawFn, number: int, name: str) -> str:
    """A service with its pool and servers, on an address of its own."""
    family = draw(st.sampled_from([4, 6]))
    address = f"203.0.113.{number + 10}" if family == 4 else f"2001:db8::{number + 10:x}"
    wanted = draw(ports())
    protocol = draw(st.sampled_from(["tcp", "udp", "tcp+udp"]))
    sticky = draw(st.sampled_from(["", " sticky"]))
    sticky += draw(TIMES) + draw(st.sampled_from(["", "", " prefix 24", " prefix 9"])) if sticky else ""
    reflect = draw(st.sampled_from(["", " reflect"]))
    clients = draw(st.sampled_from(["", "", f" from {', '.join(CLIENTS[family])}", f" from {CLIENTS[family][0]}"]))
    masquerade = draw(st.sampled_from(["", "", " masquerade"]))
    helper = draw(st.sampled_from(["", "", *(f" helper {one}" for one in HELPERS[protocol])]))
    lines = [f"service {name} is {address} {protocol} {wanted}{sticky}{reflect}{masquerade}{clients}{helper}"]
    single = "," not in wanted and "-" not in wanted
    port = f" port {draw(st.integers(1, 65535))}" if single and draw(st.booleans()) else ""
    if not single and draw(st.integers(0, 2)) == 1 and (size_of(wanted) < MOST_PORTS or draw(st.integers(0, 7)) == 3):
        port = f" port {','.join([draw(as_many_ports(part)) for part in wanted.split(',')])}"
    balance = f" balance {draw(ALGORITHMS)}" if draw(st.booleans()) else ""
    lines.append(f"pool p-{name} for {name}{port}{balance}")
    lines += draw(members(family, f"p-{name}"))
    changes = [clients, masquerade, helper, " no sticky", " sticky 2h", " no reflect", " reflect", " no from"]
    change = draw(st.sampled_from(["", "", *changes]))
    lines += [f"set {name}{change}"] if change else []
    if not single and draw(st.booleans()):
        lines += draw(taker(name, f"{address} {protocol}", wanted, family))
    return "\n".join(lines)


@st.composite
def taker(draw: st.DrawFn, name: str, place: str, wanted: str, family: int) -> list[str]:
    """A service that takes the last port of another one."""
    port = re.split("[,-]", wanted)[-1]
    return [
        f"service in-{name} is {place} {port}{draw(st.sampled_from(['', ' sticky', ' reflect']))}",
        f"pool p-in-{name} for in-{name}",
        *draw(members(family, f"p-in-{name}")),
    ]


@st.composite
def members(draw: st.DrawFn, family: int, pool: str) -> list[str]:
    """The servers of a pool; at least one of them is no backup."""
    hosts = draw(st.lists(st.integers(1, 0xFFF).filter(lambda host: host & 255), max_size=6, unique=True))
    lines = []
    for rank, host in enumerate(hosts):
        address = f"10.1.{host >> 8}.{host & 255}" if family == 4 else f"fd00:1::{host:x}"
        weight = f" weight {draw(st.integers(1, 256))}" if draw(st.booleans()) else ""
        backup = " backup" if rank and draw(st.booleans()) else ""
        lines.append(f"add {address} to {pool}{weight}{backup}{draw(RAMPS)}")
        if rank and draw(st.integers(0, 5)) == 0:
            lines.append(f"drain {address} from {pool}{draw(DRAINED)}")
        if rank and draw(st.integers(0, 7)) == 0:
            lines.append(f"down {address} from {pool}{draw(DOWN)}")
        if rank and draw(st.integers(0, 5)) == 1:
            lines.append(f"set {address} in {pool} weight {draw(st.integers(1, 256))}{draw(BACKUP_SET)}")
    return lines


UPLINKS = (
    "",
    "interface external em3\nexternal gw 203.0.113.254 on em0\nexternal gw 198.51.100.1 on em3\n",
    "interface external em3\nexternal gw 2001:db8::fe on em3\nexternal net 198.51.100.0/24 on em3\n",
)
KEPT = ("", "", "keep source to 10.8.0.0/16, 2001:db8:e::1\n")


@st.composite
def sources(draw: st.DrawFn, names: list[str], on: str) -> str:
    """Exceptions for the connections of a pool of each family, or of addresses."""
    lines = []
    for family, address, some in ((4, "203.0.113.3", "10.1.0.8/29"), (6, "2001:db8::3", "fd00:1::9")):
        pools = [f"p-{part.split()[1]}" for part in names if (":" in part.split()[3]) is (family == 6)]
        inside = draw(st.sampled_from(["", some, *pools]))
        if inside:
            lines.append(f"external addr {address}{draw(st.sampled_from(['', *([on] if on else [])]))} for {inside}\n")
    return "".join(lines)


@st.composite
def scripts(draw: st.DrawFn) -> str:
    """A whole script of a valid site."""
    names = st.lists(NAMES.filter(lambda name: name not in AUTOMATON.reserved), max_size=6, unique=True)
    parts = [draw(services(number, name)) for number, name in enumerate(draw(names))]
    uplinks = draw(st.sampled_from(UPLINKS))
    more = draw(sources(parts, " on em3" if uplinks else "")) + draw(st.sampled_from(KEPT))
    return DEVICE + uplinks + "\n".join(parts) + "\n" + more
