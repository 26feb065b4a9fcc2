"""Generated cases: a script for the machines of `topology`, servers that go down, and packets to try.

The drawing makes each feature of the language occur in many sites. Two sites of five are `plain`: they need nothing that PF
lacks, since otherwise PF would refuse nearly all. `features` lists the features of a case, for counting.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import NamedTuple

from hypothesis import strategies as st

from lbsh_lang.site.model import Service, Site
from lbsh_lang.site.precedence import Listener, standings
from lbsh_lang.site.uplinks import uplinks_of
from lbsh_lang.values import PROTOCOLS, PortRange
from tests.agreement.packets import probes
from tests.agreement.topology import (
    CLIENT_NET,
    EXTERNAL,
    EXTERNAL_ADDRESS,
    FAMILIES,
    GATEWAYS,
    INNER_NET,
    INNER_PORTS,
    INTERNAL,
    INTERNAL_NETS,
    LAST_SERVER,
    OUTSIDE_ADDRESS,
    PORT_PARTS,
    SECOND,
    SERVER_PORTS,
    SERVICE_ADDRESSES,
    SOURCES,
    Family,
    Probe,
    beside_nets,
    family_of,
    server_address,
)
from tests.reading import site_of
from tests.sites import HELPERS

NAMES = ("web", "mail", "dns", "tcp", "map", "a-service-with-a-name-that-is-too-long-for-chains", "LDAP.v3")
MOST_SERVICES = 4
PREFIXES: dict[Family, tuple[int, ...]] = {4: (24, 16, 31), 6: (64, 120, 127)}
_TIMES = st.sampled_from(["", " 10m", " 2h"])
_WEIGHTS = ["", " weight 2", " weight 3", " weight 6"]


@dataclass(frozen=True, slots=True)
class Case:
    """`script` as an operator wrote it; `changed` is the same without the servers in `down`."""

    script: str
    changed: str
    down: tuple[str, ...]
    probes: tuple[Probe, ...]


class _Farm(NamedTuple):
    """Lines of one service, and the servers that stay in its pool, each with whether it is a backup."""

    name: str
    address: str
    protocol: str
    ports: tuple[str, ...]
    lines: tuple[str, ...]
    pool: str = ""
    servers: Mapping[str, bool] = MappingProxyType({})

    @property
    def listener(self) -> Listener:
        """Its protocols and ports."""
        ranges = [part.partition("-") for part in self.ports]
        ports = tuple([PortRange(int(first), int(last or first)) for first, _, last in ranges])
        return Listener(PROTOCOLS[self.protocol], ports)

    @property
    def sizes(self) -> list[int]:
        """The number of ports in each item of its list."""
        return [port.last - port.first for port in self.listener.ports]

    @property
    def is_single(self) -> bool:
        return len(self.ports) == 1 and self.ports[0].isdigit()

    @property
    def mains(self) -> tuple[str, ...]:
        return tuple(server for server, backup in self.servers.items() if not backup)


@st.composite
def cases(draw: st.DrawFn) -> Case:
    plain = draw(st.integers(0, 4)) in (1, 3)
    nets: dict[Family, int] = {family: draw(st.sampled_from([1, 1, 2])) for family in FAMILIES}
    time = draw(_TIMES)
    strategy = _farm(nets, plain, time)
    # Independent parts: so hypothesis can leave out any of them.
    drawn = draw(st.lists(strategy, min_size=1, max_size=MOST_SERVICES, unique_by=lambda one: one.name))
    outer = [farm for farm in drawn if len(farm.ports) > 1 or farm.protocol == "tcp+udp" or not farm.ports[0].isdigit()]
    if outer and draw(st.integers(0, 4)) != 2:
        inner = draw(_farm(nets, plain, time, draw(st.sampled_from(outer))))
        drawn += [inner] * all(inner.name != farm.name for farm in drawn)
    farms = draw(_sharing(list(_without_clashes(drawn))))
    device = "\n".join(draw(_device(nets)))
    script = device + "\n" + "".join(f"{line}\n" for farm in farms for line in farm.lines)
    farms_left = [
        farm for farm in farms if not any(line.startswith("remove ") and " from " not in line for line in farm.lines)
    ]
    exceptions = draw(_exceptions(nets, farms_left))
    script += "".join(f"{line}\n" for line in exceptions)
    if draw(st.integers(0, 6)) == 3:
        script = _without_nets(script, draw(st.sampled_from(FAMILIES)))
    down = draw(_down(farms))
    named = {word for line in exceptions for word in line.partition(" for ")[2].split(", ")}
    changed = script + "".join(draw(_taken_out(farms, down, named)))
    return Case(script, changed, down, draw(probes(site_of(script), nets)))


def _without_nets(script: str, family: Family) -> str:
    """The script without internal nets of a family, and without what needs these."""
    kept, names = [], set()
    for line in script.splitlines():
        words = line.split()
        if words[0] == "set" and words[1] in names and "reflect" in words:
            continue
        if words[0] == "internal" and family_of(words[2]) == family:
            continue
        is_service = words[0] == "service" and family_of(words[3]) == family
        names |= {words[1]} if is_service else set()
        kept.append(line.replace(" reflect", "") if is_service else line)
    return "".join(f"{line}\n" for line in kept)


def _without_clashes(farms: list[_Farm]) -> Iterator[_Farm]:
    """The farms without those that clash with others of the same address, or leave no port to one."""
    kept: list[_Farm] = []
    for farm in farms:
        there = [*(one for one in kept if one.address == farm.address), farm]
        if not any(one.clash or one.is_taken_whole for one in standings([one.listener for one in there])):
            kept.append(farm)
            yield farm


@st.composite
def _sharing(draw: st.DrawFn, farms: list[_Farm]) -> list[_Farm]:
    """The farms; in some cases, a service has the pool of another one instead of its own."""
    served = [farm for farm in farms if farm.pool and not farm.lines[-1].startswith(f"remove {farm.name}")]
    pairs = [
        (one, other)
        for one in served
        for other in served
        if one is not other
        and family_of(one.address) == family_of(other.address)
        and (other.sizes == one.sizes or not any(" port " in line for line in one.lines[1:]))
    ]
    if not pairs or draw(st.integers(0, 2)) == 1:
        return farms
    keeps, joins = draw(st.sampled_from(pairs))
    pool = keeps.lines[1].replace(
        f"pool {keeps.pool} for {keeps.name}", f"pool {keeps.pool} for {keeps.name}, {joins.name}"
    )
    lines = (keeps.lines[0], joins.lines[0], pool, *keeps.lines[2:])
    lines += (f"remove {draw(st.sampled_from([keeps.name, joins.name]))}",) * _seldom(draw)
    left = [farm for farm in farms if farm not in (keeps, joins)]
    return [*left, keeps._replace(lines=lines)]


def _seldom(draw: st.DrawFn) -> bool:
    """True once in a dozen times or so; by a number in the middle, since hypothesis prefers the ends."""
    return draw(st.integers(0, 15)) == 9


@st.composite
def _device(draw: st.DrawFn, nets: dict[Family, int]) -> list[str]:
    lines = [f"interface external {EXTERNAL}", f"interface internal {INTERNAL}"]
    lines += [f"interface internal {SECOND}"] if max(nets.values()) > 1 else []
    lines += [f"interface external {INTERNAL}"] if draw(st.integers(0, 3)) == 2 else []
    if draw(st.booleans()):
        lines += [f"external gw {OUTSIDE_ADDRESS[family]} on {EXTERNAL}" for family in FAMILIES]
        if f"interface external {INTERNAL}" in lines:  # what does not leave by the first gateway
            lines += [f"external net {net} on {INTERNAL}" for family in FAMILIES for net in beside_nets(family)]
    for family in FAMILIES:
        lines += [f"internal net {net}" for net in INTERNAL_NETS[family][: nets[family]]]
        # Without a gateway of its own, the second net has that of the first.
        gateways = nets[family] if draw(st.booleans()) else 1
        lines += [f"internal gw {gateway}" for gateway in GATEWAYS[family][:gateways]]
        if draw(st.sampled_from([True, True, False])):
            of_interface = family == 4 and draw(st.integers(0, 3)) == 2
            lines.append(f"external addr {f'of {EXTERNAL}' if of_interface else EXTERNAL_ADDRESS[family]}")
            if draw(st.integers(0, 3)) == 2:
                lines.append(f"keep source to {draw(st.sampled_from([CLIENT_NET, OUTSIDE_ADDRESS]))[family]}")
    return lines


@st.composite
def _exceptions(draw: st.DrawFn, nets: dict[Family, int], farms: list[_Farm]) -> list[str]:
    """In a third of the sites, other sources for some of what is inside: addresses, blocks that may overlap, pools."""
    if draw(st.integers(0, 2)) != 1:
        return []
    lines, taken = [], set[str]()
    for family in draw(st.lists(st.sampled_from(FAMILIES), min_size=1, max_size=3)):
        pools = [farm.pool for farm in farms if farm.pool and family_of(farm.address) == family][:1]
        net = draw(st.integers(0, nets[family] - 1))
        numbers = draw(st.lists(st.integers(2, LAST_SERVER), min_size=1, max_size=2, unique=True))
        single = [server_address(family, net, number) for number in numbers]
        some = [
            INNER_NET[family][net],
            f"{server_address(family, net, 8)}/{29 if family == 4 else 125}",
            *single,
            *pools,
        ]
        inside = [one for one in draw(st.permutations(some))[: draw(st.integers(1, 3))] if one not in taken]
        taken.update(inside)
        on = draw(st.sampled_from(["", f" on {EXTERNAL}"]))
        if inside:
            lines.append(
                f"external addr {draw(st.sampled_from(SERVICE_ADDRESSES[family]))}{on} for {', '.join(inside)}"
            )
    return lines


@st.composite
def _farm(draw: st.DrawFn, nets: dict[Family, int], plain: bool, time: str, outer: _Farm | None = None) -> _Farm:
    """A service with its pool; if another one is given, with some of the ports of that."""
    name, family = draw(st.sampled_from(NAMES)), draw(st.sampled_from(FAMILIES))
    address = draw(st.sampled_from(SERVICE_ADDRESSES[family]))
    protocol, ports = draw(_traffic())
    if outer is not None:
        family, address = family_of(outer.address), outer.address
        protocol, ports = draw(_part_of(outer))
    single = len(ports) == 1 and ports[0].isdigit()
    sticky = draw(st.sampled_from(["", f" sticky{time if plain else draw(_TIMES)}"]))
    if plain and (not single or protocol == "tcp+udp"):
        sticky = ""
    if sticky and not plain and draw(st.integers(0, 2)) == 1:
        sticky += f" prefix {draw(st.sampled_from(PREFIXES[family]))}"
    clients = draw(_clients(family))
    reflect = draw(st.sampled_from(["", " reflect"]))
    masquerade = " masquerade" * (draw(st.integers(0, 4)) == 2)
    options = draw(st.permutations([sticky, reflect, masquerade, clients, draw(_helper(protocol, plain))]))
    lines = draw(_stated(name, f"service {name} is {address} {protocol} {','.join(ports)}", options))
    farm = _Farm(name, address, protocol, ports, (lines[0],))
    if draw(st.integers(0, 13)) == 5:
        return farm
    farm = draw(_served(farm, family, nets[family], plain, single))
    farm = farm._replace(lines=(*farm.lines, *lines[1:]))
    return farm._replace(lines=(*farm.lines, f"remove {name}"), servers={}) if draw(st.integers(0, 13)) == 5 else farm


@st.composite
def _stated(draw: st.DrawFn, name: str, line: str, options: list[str]) -> list[str]:
    """A service with options; in a quarter of the services, a `set` gives some of these, or takes others away."""
    if draw(st.integers(0, 3)) != 1:
        return [f"{line}{''.join(options)}"]
    early = draw(st.integers(0, len(options)))
    given = {one.split()[0] for one in options if one}
    absent = [one for one in ("sticky", "reflect", "masquerade") if one not in given]
    gone = draw(st.sampled_from(["", *absent]))
    first = f"{line}{''.join(options[:early])}{f' {gone}' if gone else ''}"
    change = f"{''.join(options[early:])}{f' no {gone}' if gone else ''}"
    return [first, *([f"set {name}{change}"] if change else [])]


@st.composite
def _helper(draw: st.DrawFn, protocol: str, plain: bool) -> str:
    """In a few of the services, a helper that fits the protocol."""
    if plain or draw(st.integers(0, 5)) != 2:
        return ""
    return f" helper {draw(st.sampled_from(HELPERS[protocol]))}"


@st.composite
def _traffic(draw: st.DrawFn) -> tuple[str, tuple[str, ...]]:
    most = draw(st.sampled_from([1, 2, 3]))
    ports = draw(st.lists(st.sampled_from(PORT_PARTS), min_size=1, max_size=most, unique=True))
    return draw(st.sampled_from(["tcp", "udp", "tcp+udp"])), tuple(ports)


@st.composite
def _part_of(draw: st.DrawFn, outer: _Farm) -> tuple[str, tuple[str, ...]]:
    """Some of the traffic of a service: ports of a list, or a part of a range, on all protocols or on a single one."""
    part = draw(st.sampled_from(outer.ports))
    protocol = draw(st.sampled_from([outer.protocol, *outer.protocol.split("+")]))
    return protocol, (draw(st.sampled_from([part, part, *INNER_PORTS.get(part, ())])),)


@st.composite
def _clients(draw: st.DrawFn, family: Family) -> str:
    """In a quarter of the services, the clients that they are for: some of the networks of machines."""
    if draw(st.integers(0, 3)) != 2:
        return ""
    nets = [SOURCES[sender][family] for sender in SOURCES]
    some = draw(st.lists(st.sampled_from([*nets, OUTSIDE_ADDRESS[family]]), min_size=1, max_size=3, unique=True))
    return f" from {', '.join(some)}"


@st.composite
def _served(draw: st.DrawFn, farm: _Farm, family: Family, nets: int, plain: bool, single: bool) -> _Farm:
    """A service with its pool."""
    pool = f"{farm.name[:40]}_pool"
    port = draw(st.sampled_from(["", " port 8080", " port 25", " port 444"])) if single else ""
    if not single and farm.ports[0] in SERVER_PORTS and draw(st.integers(0, 2)) == 1:
        port = f" port {','.join([draw(st.sampled_from(SERVER_PORTS[part])) for part in farm.ports])}"
    balance = "" if plain else draw(st.sampled_from(["", "", " balance random", " balance source-hash"]))
    if not plain and _seldom(draw):
        balance = " balance least-connections"
    adds, servers = draw(_members(pool, family, nets, plain, single))
    lines = (*farm.lines, f"pool {pool} for {farm.name}{port}{balance}", *adds)
    return farm._replace(lines=lines, pool=pool, servers=servers)


@st.composite
def _members(
    draw: st.DrawFn, pool: str, family: Family, nets: int, plain: bool, single: bool
) -> tuple[list[str], dict[str, bool]]:
    """The lines that fill a pool, and the servers in it at the end; of a service with a single port, some have their own."""
    lines: list[str] = []
    members: dict[str, bool] = {}
    own = [" port 8079", " port 8081", ""] if single and not plain and draw(st.booleans()) else [""]
    weights = [""] if plain else draw(st.sampled_from([_WEIGHTS, [""], _WEIGHTS]))
    for _ in range(draw(st.sampled_from([2, 3, 1, 2, 3, 2, 1, 3, 2, 0]))):
        text, addresses = draw(_target(family, draw(st.integers(0, nets - 1))))
        if members.keys() & set(addresses):
            continue
        backup = draw(st.sampled_from(["", " backup"])) if members else ""
        members.update(dict.fromkeys(addresses, bool(backup)))
        lines.append(f"add {text} to {pool}{draw(st.sampled_from(own))}{draw(st.sampled_from(weights))}{backup}")
        if len(own) > 1 and draw(st.booleans()):
            lines.append(f"add {text} to {pool} port 390{backup}")
    for address in list(members):
        fate = draw(st.integers(0, 19))
        if fate in (3, 4):
            where = draw(st.sampled_from([f" from {pool}", ""]))
            kept = draw(st.sampled_from([" keep clients", "", " keep clients", " keep clients for 1h"]))
            lines.append(f"drain {address}{where}{kept}")
        elif fate == 12:
            lines.append(f"down {address}{draw(st.sampled_from([f' from {pool}', '']))}")
        elif fate == 8:
            lines.append(f"remove {address} from {pool}")
            del members[address]
        elif fate in (10, 11):
            lines.append(f"set {address} in {pool}{draw(st.sampled_from(weights)) or ' weight 1'}")
        elif fate == 12:
            is_backup = members[address] = len(members) > 1 and not members[address]
            lines.append(f"set {address} in {pool}{'' if is_backup else ' no'} backup")
        elif fate == 13:
            where = draw(st.sampled_from([f" in {pool}", ""]))
            lines += [f"drain {address} from {pool}", f"resume {address}{where}"]
    if members and _seldom(draw):
        lines += [f"remove {address} from {pool}" for address in members]
        members.clear()
    return lines, members


@st.composite
def _target(draw: st.DrawFn, family: Family, net: int) -> tuple[str, list[str]]:
    """One address, several, a range, or a network, in the notations of `add`."""
    kind = draw(st.sampled_from(["one", "one", "list", "range", "block"]))
    first = draw(st.integers(2, LAST_SERVER))
    if kind == "block":
        # Of a block of four, hosts are two (IPv4) or three (IPv6); one of two has both.
        start, length = draw(st.sampled_from([(4, 2), (8, 2), (12, 1), (6, 1)]))
        base = server_address(family, net, start)
        bits = 32 if family == 4 else 128
        size = 1 << length
        hosts = range(start, start + size) if length == 1 else range(start + 1, start + size - (family == 4))
        return f"{base}/{bits - length}", [server_address(family, net, number) for number in hosts]
    if kind == "one":
        address = server_address(family, net, first)
        return address, [address]
    last = min(LAST_SERVER, first + draw(st.integers(0, 3)))
    addresses = [server_address(family, net, number) for number in range(first, last + 1)]
    if kind == "list":
        return ", ".join(addresses), addresses
    return f"{addresses[0]}-{last if family == 4 else addresses[-1]}", addresses


@st.composite
def _down(draw: st.DrawFn, farms: list[_Farm]) -> tuple[str, ...]:
    """Servers that are down: in half of the cases none; in others a few, a whole pool, or all of one but its backups."""
    known = sorted({server for farm in farms for server in farm.servers})
    kind = draw(st.sampled_from(["none", "few", "mains", "none", "mains", "few", "none", "mains", "pool", "none"]))
    if not known or kind == "none":
        return ()
    if kind == "few":
        return tuple(draw(st.lists(st.sampled_from(known), min_size=1, max_size=3, unique=True)))
    farm = draw(st.sampled_from([farm for farm in farms if farm.servers]))
    return farm.mains if kind == "mains" else tuple(farm.servers)


@st.composite
def _taken_out(draw: st.DrawFn, farms: list[_Farm], down: tuple[str, ...], named: set[str]) -> list[str]:
    """Statements with the effect of a server's failure: it is drained, or removed.

    From pools with a source of their own (`named`) it is not removed, since its own connections would get another source.
    """
    lines = []
    for farm in farms:
        drained = {line.split()[1] for line in farm.lines if line.startswith("drain")}
        drained -= {line.split()[1] for line in farm.lines if line.startswith("resume")}
        for server in farm.servers:
            if server in down:
                drain = farm.pool in named or (server not in drained and draw(st.booleans()))
                lines.append(f"drain {server} from {farm.pool}\n" if drain else f"remove {server} from {farm.pool}\n")
    return lines


def features(case: Case, site: Site, changed: Site) -> Iterator[str]:
    """The features of a case, in the words of the report; `changed` is its site without the servers that are down."""
    pools = [service.pool.name for service in site.services if service.pool is not None]
    yield from ["shared pool"] * (len(set(pools)) < len(pools))
    yield from _written(case.script)
    for service in changed.services:
        yield from _serving_features(service)
    for family in FAMILIES:
        services = [one for one in site.services if one.address.family == family]
        if services:
            yield f"IPv{family}"
        if len({one.address for one in services}) < len(services):
            yield "services that share an address"
        yield from ["no internal net"] * (bool(services) and not site.nets_inside(family))
        if services and len(site.nets_inside(family)) > 1:
            yield "several internal nets"
            yield from ["several gateways"] * (len([one for one in site.gateways if one.family == family]) > 1)
        if services and not any(one.family == family for one in site.sources):
            yield "no external address"
    for service in site.services:
        yield from _service_features(service)
    yield from ["several internal interfaces"] * (len(site.internal) > 1)
    yield from ["one-armed"] * bool(site.one_armed)
    yield from ["external address of an interface"] * any(one.address is None for one in site.sources)
    yield from ["external address for some targets"] * any(one.targets for one in site.sources)
    yield from ["uplinks"] * bool(uplinks_of(site))
    yield from ["kept source"] * bool(site.kept)
    yield from ["external address for pools"] * any(one.pools for one in site.sources)
    if case.down:
        yield "servers down"


def _service_features(service: Service) -> Iterator[str]:
    yield "+".join(protocol.value for protocol in service.protocols)
    yield from ["port list"] * (len(service.ports) > 1)
    yield from ["ports taken"] * bool(service.taken)
    yield from ["port range"] * any(not port.is_single for port in service.ports)
    yield from ["sticky"] * (service.sticky is not None)
    yield from ["sticky networks"] * (service.prefix is not None)
    yield from ["reflect"] * service.reflect
    yield from ["client networks"] * bool(service.clients)
    yield from ["helper"] * (service.helper is not None)
    yield from ["masquerade"] * service.masquerade
    pool = service.pool
    if pool is None:
        yield "no pool"
        return
    yield pool.algorithm.value
    yield from ["empty pool"] * (not pool.servers)
    yield from ["server port"] * bool(pool.ports)
    yield from ["several server ports"] * (len(service.pairs) > 1)
    yield from ["own ports"] * pool.has_own_ports
    yield from ["drained server"] * any(one.drained for one in pool.servers)
    yield from ["down by hand"] * any(one.down_by_hand for one in pool.servers)
    yield from ["kept clients"] * bool(service.kept())


def _serving_features(service: Service) -> Iterator[str]:
    if service.pool is None:
        return
    serving = service.pool.serving()
    yield from ["nobody serves"] * (not serving)
    yield from ["backups wait"] * any(one.backup and one not in serving for one in service.pool.servers)
    yield from ["backups serve"] * any(one.backup for one in serving)
    yield from ["weights"] * (len({one.weight for one in serving}) > 1)


def _written(script: str) -> Iterator[str]:
    """The features that only the text shows."""
    for line in script.splitlines():
        verb, _, rest = line.partition(" ")
        target = rest.partition(" to ")[0]
        if verb == "add":
            yield next((name for sign, name in _TARGETS.items() if sign in target), "server alone")
        elif verb == "remove":
            yield "removed server" if " from " in rest else "removed service"
        elif verb == "resume":
            yield "resumed server"
        elif verb == "drain" and " from " not in rest:
            yield "drained everywhere"
        elif verb == "set":
            yield "server set" if " in " in rest else "service set"


_TARGETS = {",": "server list", "-": "server range", "/": "server network"}

FEATURES = (
    *("IPv4", "IPv6", "tcp", "udp", "tcp+udp", "port list", "port range", "services that share an address"),
    *("sticky", "reflect", "round-robin", "random", "source-hash", "least-connections", "server port", "weights"),
    *("server alone", "server list", "server range", "server network", "removed server", "drained server"),
    *("resumed server", "backups wait", "backups serve", "nobody serves", "empty pool", "no pool", "removed service"),
    *("servers down", "several internal nets", "no internal net", "no external address", "several gateways"),
    *(
        "several internal interfaces",
        "one-armed",
        "client networks",
        "helper",
        "masquerade",
        "ports taken",
        "server set",
        "service set",
        "own ports",
        "several server ports",
        "shared pool",
    ),
    *("external address of an interface", "external address for some targets", "external address for pools"),
    *("kept source", "uplinks", "kept clients", "drained everywhere", "down by hand", "sticky networks"),
)
"""All features that `features` may list."""

NOBODYS = frozenset({"least-connections"})
"""The features that no built-in backend can express."""
