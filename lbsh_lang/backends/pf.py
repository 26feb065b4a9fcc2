"""PF rules for FreeBSD: a whole pf.conf, or with the flag `anchor` the body of the anchor `lbsh`.

Every service gets one `rdr` on the external interface; with `reflect` a second one on the internal interface, and a
`nat` there that makes the gateway the source, so that answers come back through the device. A pool is a table, because
a table changes without a reload; where PF balances over a table by round-robin alone (FreeBSD 14 and older), `random`
and `source-hash` take the servers' CIDR block itself.

The `nat` of a reflection knows a connection by its source net, server and port. Where there are several internal nets, a
machine of one may open just such a connection to a server of another by itself, through the device. There the `rdr` tags
what it redirects, and the `nat` asks for the tag.

Limits that come with PF:

- Before FreeBSD 15 a sticky client's entry outlives the server's place in the table: who takes a dead server out must
  also drop the entries that point to it (`pfctl -K 0.0.0.0/0 -K ADDRESS`, IPv6: `::/0`).
- PF walks a CIDR block with `random` in turn, not by lot. Each server gets its share all the same.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from hashlib import sha256
from itertools import count
from typing import NamedTuple

from lbsh_lang.backends.base import Artifact, Backend, Capability, Line, Options, Rename, Verifier
from lbsh_lang.site.model import Interface, Pool, Server, Service, Site
from lbsh_lang.site.model import Origin as Stated
from lbsh_lang.values import Algorithm, Family, Network, PortRange, Protocol, covering_block

FREEBSD_14 = "freebsd-14"
FREEBSD_15 = "freebsd-15"

TAG = "LBSH"
"""What reflected connections carry on their way through the device, where that is needed."""

LONGEST_TABLE_NAME = 31
LONGEST_TIMEOUT = 2**31 - 1
MOST_CLIENTS = 262_144
_ROOM = f"set limit src-nodes {MOST_CLIENTS}"

# The words of pf.conf's grammar in FreeBSD 12 to 15, and those of OpenBSD's that FreeBSD takes over release by release.
_WORDS = """
af-to all allow-opts allow-related altq anchor antispoof any bandwidth binat binat-anchor binat-to bitmask block
block-policy bridge-to buckets burst cbq code codelq debug default delay divert-packet divert-reply divert-to dnpipe
dnqueue drop dup-to endpoint-independent ether fail-policy fairq fastroute file fingerprints flags floating flows
flush for fragment from global group hfsc hogs hostid icmp-type icmp6-type if-bound in include inet inet6 interval
keep keepcounters l3 label least-states limit linkshare load log loginterface map-e-portset match matches max
max-mss max-pkt-rate max-pkt-size max-src-conn max-src-conn-rate max-src-nodes max-src-states min min-ttl modulate
nat nat-anchor nat-to no no-df no-route no-sync on once optimization os out overload parent pass pflow port
prefer-ipv6-nexthop prio priority priq probability proto qlimit quantum queue quick random random-id rdomain rdr
rdr-anchor rdr-to realtime reassemble received-on reply-to require-order reset return return-icmp return-icmp6
return-rst ridentifier round-robin route route-to rtable rule ruleset-optimization scrub set set-prio set-tos skip
sloppy source-hash source-track state state-defaults state-policy static-port sticky-address syncookies synproxy
table tag tagged target tbrsize timeout to tos ttl upperlimit urpf-failed user weight
"""
KEYWORDS = frozenset(_WORDS.split())

_EVERY_RELEASE = frozenset(
    {
        Capability.IPV6,
        Capability.REFLECT,
        Capability.OUTBOUND,
        Capability.PORT_LISTS,
        Capability.PORT_RANGES,
        Capability.SERVER_PORT,
        Capability.ROUND_ROBIN,
        Capability.RANDOM_BLOCK,
        Capability.SOURCE_HASH_BLOCK,
        Capability.BACKUP,
        Capability.DRAIN,
        # Not STICKY_TIMES: src.track is one value for all. Not STICKY_PORTS: PF makes a rule of each port and protocol,
        # and tracks sources per rule, so a client could meet a different server on each.
        Capability.STICKY,
    }
)

_CAPABILITIES: Mapping[str, frozenset[Capability]] = {
    FREEBSD_14: _EVERY_RELEASE,
    FREEBSD_15: _EVERY_RELEASE | {Capability.RANDOM, Capability.SOURCE_HASH, Capability.STICKY_SOURCE_HASH},
}


@dataclass(frozen=True, slots=True)
class PfBackend:
    """The generator of PF rules; see the module's text."""

    name: str = "pf"
    title: str = "PF of FreeBSD"
    load: tuple[str, ...] = (
        "pfctl -n -f /etc/pf.conf  # only tests it",
        "pfctl -f /etc/pf.conf",
        "pfctl -a lbsh -f -  # what --anchor gave",
    )
    targets: tuple[str, ...] = (FREEBSD_14, FREEBSD_15)

    @property
    def flags(self) -> Mapping[str, str]:
        return {
            "anchor": 'the body of the anchor "lbsh" instead of a whole pf.conf',
            "pass": "redirected connections pass the filter rules on their way in (`rdr pass`)",
        }

    def capabilities(self, target: str) -> frozenset[Capability]:
        return _CAPABILITIES[target]

    def renames(self, site: Site) -> Iterable[Rename]:
        tables = _table_names(site)
        for _, pool in _served(site):
            if tables[pool.name] != pool.name:
                yield Rename(pool.origin, pool.name, tables[pool.name])

    def verifiers(self, site: Site) -> tuple[Verifier, ...]:
        return (Verifier(("pfctl", "-n", "-f", "-"), r"^[^:]*:(?P<line>\d+): (?P<words>.*)"),)

    def render(self, site: Site, options: Options) -> Artifact:
        anchored = "anchor" in options.flags
        rdr = "rdr pass" if "pass" in options.flags else "rdr"
        served = _served(site)
        targets = _targets(site, served, options.target)
        return Artifact(
            (
                *(_anchor_header(options.target) if anchored else _file_header(options.target)),
                *_timeout_lines(served, anchored),
                *_table_lines(served, targets),
                *_site_lines(site),
                *_service_lines(site, served, targets, rdr),
            )
        )

    def render_change(self, old: Site, new: Site, options: Options) -> Artifact | None:
        return None  # pfctl loads a file or an anchor as a whole; the members of a table it takes as arguments


BACKEND: Backend = PfBackend()


class _Target(NamedTuple):
    """Where the rules of a pool point: `<table>` or a CIDR block, and the pool options that choose a server in it."""

    address: str
    options: str
    servers: tuple[Server, ...]

    @property
    def is_table(self) -> bool:
        return self.address.startswith("<")


_Served = list[tuple[Service, Pool]]
_Targets = Mapping[str, _Target]


def _served(site: Site) -> _Served:
    """The services that make rules, each with its pool, in the order of the site."""
    return [(service, service.pool) for service in site.services if service.pool is not None]


# Names of tables


def _table_names(site: Site) -> Mapping[str, str]:
    """The table of each pool by the pool's name: that name where PF takes it, and never the same for two pools."""
    pools = [pool.name for _, pool in _served(site)]
    names = {name: name for name in pools if len(name) <= LONGEST_TABLE_NAME and name not in KEYWORDS}
    taken = set(names)
    for name in pools:
        if name not in names:
            names[name] = _free_name(name, taken)
            taken.add(names[name])
    return names


def _free_name(name: str, taken: set[str]) -> str:
    """A name for a table that still tells the pool, made from the pool's name alone unless that name is taken."""
    for attempt in count():
        digest = sha256(f"{name} {attempt}".encode()).hexdigest()[:8]
        candidate = f"{name[: LONGEST_TABLE_NAME - 9]}-{digest}"
        if candidate not in taken:
            return candidate
    raise AssertionError("unreachable: there are more digests than pools")


# What rules point to


def _targets(site: Site, served: _Served, release: str) -> _Targets:
    tables = _table_names(site)
    return {pool.name: _target(pool, tables[pool.name], release) for _, pool in served}


def _target(pool: Pool, table: str, release: str) -> _Target:
    servers = pool.serving()
    words = _algorithm(pool, table)
    if words and release == FREEBSD_14:
        if len(servers) > 1:
            return _Target(str(_block(servers)), words, servers)
        words = ""  # one server is met at every turn, whatever the algorithm
    return _Target(f"<{table}>", words, servers)


def _algorithm(pool: Pool, table: str) -> str:
    """The pool option of an algorithm; round-robin is what PF does with a table unless told otherwise."""
    match pool.algorithm:
        case Algorithm.RANDOM:
            return " random"
        case Algorithm.SOURCE_HASH:
            # Without a key, pfctl draws one for every rule and at every load: each load would move all clients.
            return f" source-hash {table}"
        case Algorithm.LEAST_CONNECTIONS:
            assert len(pool.serving()) < 2, "LEAST_CONNECTIONS is no capability of PF"
            return ""
        case Algorithm.ROUND_ROBIN:
            return ""


def _block(servers: tuple[Server, ...]) -> Network:
    block = covering_block(tuple(server.address.value for server in servers), servers[0].address.family)
    assert block is not None, "RANDOM and SOURCE_HASH are no capabilities of this release"
    return block


# The head of the file, options, tables


def _file_header(release: str) -> Iterator[Line]:
    yield Line(f"# pf.conf for {_release_title(release)}, made by lbsh: change the site, not this file.")
    yield Line("# Test it with `pfctl -n -f /etc/pf.conf`, load it with `pfctl -f /etc/pf.conf`.")


def _anchor_header(release: str) -> Iterator[Line]:
    yield Line(f'# Anchor "lbsh" of PF for {_release_title(release)}, made by lbsh: change the site, not these rules.')
    yield Line('# /etc/pf.conf hooks it in among its translation rules: `nat-anchor "lbsh"` and `rdr-anchor "lbsh"`.')
    yield Line("# Test it with `pfctl -a lbsh -n -f -`, load it with `pfctl -a lbsh -f -`.")


def _release_title(release: str) -> str:
    return "FreeBSD " + release.removeprefix("freebsd-")


def _timeout_lines(served: _Served, anchored: bool) -> Iterator[Line]:
    sticky = [(service.sticky, service) for service, _ in served if service.sticky is not None]
    if not sticky:
        return
    seconds, service = max(sticky, key=lambda pair: pair[0])
    setting = f"set timeout src.track {min(seconds, LONGEST_TIMEOUT)}"
    yield Line("")
    if anchored:
        yield Line("# An anchor sets no options: for clients of sticky services to keep their server after their last")
        yield Line(f"# connection, /etc/pf.conf must say `{setting}` and, since a new client is")
        yield Line(f"# dropped when there is no room to remember it, `{_ROOM}`.")
    else:
        yield Line("# For how many seconds after its last connection a client of a sticky service keeps its server")
        yield Line(setting, service.origin)
        yield Line(
            "# How many such clients there is room for (10,000 unless set): one more would be dropped, not merely forgotten"
        )
        yield Line(_ROOM, service.origin)


def _table_lines(served: _Served, targets: _Targets) -> Iterator[Line]:
    pools = [pool for _, pool in served if targets[pool.name].is_table]
    if pools:
        yield Line("")
        yield Line("# Tables: the servers that take new connections")
    for pool in pools:
        yield Line(f"# pool {_named(pool.name, pool.origin)}")
        yield from _one_table(pool, targets[pool.name])


def _one_table(pool: Pool, target: _Target) -> Iterator[Line]:
    """A table with exactly its members. `persist` keeps it while no rule refers to it; braces, even empty ones, make a
    load replace what it held. One member a line and no commas: pfctl refuses a line that ends in one.
    """
    if not target.servers:
        yield Line(f"table {target.address} persist {{ }}", pool.origin)
        return
    yield Line(f"table {target.address} persist {{", pool.origin)
    for server in target.servers:
        yield Line(f"  {server.address}", server.origin)
    yield Line("}", pool.origin)


# Translation: the first rule that matches decides; `nat` sees what goes out of an interface, `rdr` what comes in


def _site_lines(site: Site) -> Iterator[Line]:
    """The rules that serve no single service: the device's own connections, then outbound translation."""
    own = list(_own_lines(site))
    if own:
        yield Line("")
        yield Line("# The device's own connections to the farms are not translated; this stands before every nat there")
        yield from own
    outbound = list(_outbound_lines(site))
    if outbound:
        yield Line("")
        yield Line("# Outbound: traffic of the internal nets leaves with the external address")
        yield from outbound


def _own_lines(site: Site) -> Iterator[Line]:
    for family in site.families():
        reflected = {protocol for service in _reflected(site, family) for protocol in service.protocols}
        if reflected:
            internal = _internal(site)
            name = _interface(internal)
            # In brackets the interface stands for the addresses it has now, not for those it had at the load.
            source, nets = f"({name})", _nets(site, family)
            head = f"no nat on {name} {_family(family)} {_protocols(reflected)}"
            yield Line(f"{head} from {source} to {nets}", internal.origin)


def _reflected(site: Site, family: Family) -> Iterator[Service]:
    return (service for service, _ in _served(site) if service.reflect and service.address.family == family)


def _outbound_lines(site: Site) -> Iterator[Line]:
    if site.external is None:
        return
    name = _interface(site.external)
    for family in site.families():
        address = site.external_address(family)
        if address is not None and site.nets_inside(family):
            nets = _nets(site, family)
            yield Line(f"nat on {name} {_family(family)} from {nets} to any -> {address}", site.external.origin)


def _service_lines(site: Site, served: _Served, targets: _Targets, rdr: str) -> Iterator[Line]:
    for service, pool in served:
        yield Line("")
        yield Line(f"# service {_named(service.name, service.origin)}, pool {_named(pool.name, pool.origin)}")
        for rule in _service_rules(site, service, pool, targets[pool.name], rdr):
            yield Line(rule, service.origin)


def _service_rules(site: Site, service: Service, pool: Pool, target: _Target, rdr: str) -> Iterator[str]:
    assert site.external is not None, "LB307 refuses services without an external interface"
    family = service.address.family
    kind = f"{_family(family)} {_protocols(service.protocols)}"
    ports = _ports(service.ports)
    # Without a target port PF keeps the one that was asked for, in a range or a list too. A target port for a range
    # would squeeze it into that one port, or shift it (`port 30000:*`): the language has neither.
    server_port = "" if pool.port is None else f" port {pool.port}"
    sticky = "" if service.sticky is None else " sticky-address"
    place = f"to {service.address} port {ports}"
    goal = f"-> {target.address}{server_port}{target.options}{sticky}"
    yield f"{rdr} on {_interface(site.external)} {kind} from any {place} {goal}"
    if service.reflect:
        inside, nets, gateway = _interface(_internal(site)), _nets(site, family), site.gateway(family)
        assert gateway is not None, "LB306 refuses reflect without a gateway"
        tag, tagged = (f" tag {TAG}", f" tagged {TAG}") if len(site.nets_inside(family)) > 1 else ("", "")
        yield f"{rdr} on {inside} {kind} from {nets} {place}{tag} {goal}"
        # By the time the connection goes out, rdr has changed its destination to the server and the server's port.
        server_ports = ports if pool.port is None else str(pool.port)
        yield f"nat on {inside} {kind} from {nets} to {target.address} port {server_ports}{tagged} -> {gateway}"


# Words of rules


def _internal(site: Site) -> Interface:
    assert site.internal is not None, "LB306 refuses reflect without an internal interface"
    return site.internal


def _interface(interface: Interface) -> str:
    """The interface's name; in quotes where PF would take it for a word of its own."""
    return f'"{interface.name}"' if interface.name in KEYWORDS else interface.name


def _family(family: Family) -> str:
    return "inet" if family == 4 else "inet6"


def _protocols(protocols: Iterable[Protocol]) -> str:
    return "proto " + _list([protocol.value for protocol in Protocol if protocol in protocols])


def _nets(site: Site, family: Family) -> str:
    return _list([str(net) for net in site.nets_inside(family)])


def _ports(ports: Iterable[PortRange]) -> str:
    return _list([str(port.first) if port.is_single else f"{port.first}:{port.last}" for port in ports])


def _list(items: list[str]) -> str:
    """One item as it is, several in braces: PF makes a rule of each."""
    return items[0] if len(items) == 1 else "{ " + " ".join(items) + " }"


def _named(name: str, origin: Stated) -> str:
    """A name and where it was stated, safe in a comment: nothing that could end the line or join the next to it."""
    place = origin.place
    if not place.isprintable() or "\\" in place:
        place = "".join(char if char.isprintable() and char != "\\" else "?" for char in place)
    return f"{name} ({place})"
