"""The backend for iptables: one text that both `iptables-restore` and `ip6tables-restore` read with `--noflush`.

Theory of operation. Rules of one family begin with `-4` or `-6`; each program ignores those of the other. Chains are
declared for both, so that a text without rules for IPv6 removes those of an earlier one. All rules stand in the table
nat, in chains of our own:

    PREROUTING -> LBSH-PREROUTING -> LBSH-EXTERNAL, LBSH-INTERNAL -> (dispatch) -> LBSH/SERVICE -> DNAT
    POSTROUTING -> LBSH-POSTROUTING -> SNAT, LBSH-REFLECTED, LBSH-MASQUERADED -> (dispatch) -> SNAT, MASQUERADE

Loading the text empties each chain that it declares and fills it again, so that it can be loaded any number of times.
Such a text cannot, however, set the two jumps from the built-in chains *unless they are there*: each of its commands
either changes the number of their rules in any case, or fails, and a failure ends the load. So the commands in the
header set the jumps, once. With the flag `hook` the text sets them, and refuses to be loaded a second time rather than
double them.

Some sites need more tables (`tables`): mangle has the marks of uplinks (`uplinks`), and keeps sticky clients (`renewal`);
in raw the same chains as in nat lead a connection to the rule that names its helper, before the connection is tracked.

For the same reason the text cannot remove chains that it does not know: the chains of a removed service stay until they
are deleted, but no rule leads to them any more.

`dispatch` finds the service, `balance` and `source_hash` choose the server, `departures` gives connections another source,
`services` combines them. `jumps` reads from the rules which jumps lead to them.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from lbsh_lang.backends.base import Artifact, Backend, Capability, Line, Options, Rename, Verifier, farm_comment
from lbsh_lang.backends.iptables.capabilities import CLAIMS
from lbsh_lang.backends.iptables.departures import Departure, source_lines
from lbsh_lang.backends.iptables.dispatch import Tree
from lbsh_lang.backends.iptables.header import header
from lbsh_lang.backends.iptables.names import (
    EXTERNAL,
    FIXED_CHAINS,
    INTERNAL,
    MASQUERADED,
    POSTROUTING,
    PREFIX,
    PREROUTING,
    REFLECTED,
    prefix_of,
    renamed_chain,
    renamed_rule,
    service_chain,
)
from lbsh_lang.backends.iptables.renewal import renewal_part
from lbsh_lang.backends.iptables.services import (
    Farm,
    Trees,
    arrival_lines,
    farms_of,
    service_rules,
    trees_of,
)
from lbsh_lang.backends.iptables.tables import Part, table_lines
from lbsh_lang.backends.iptables.uplinks import uplink_part, way_lines
from lbsh_lang.site.model import Site
from lbsh_lang.site.sources import kept_nets, translations
from lbsh_lang.site.uplinks import Marks
from lbsh_lang.values import Family

__all__ = ["BACKEND", "VERIFIERS"]

_COMPLAINT = r"\bline:? (?P<line>\d+)(?::? (?P<words>\w.*))?$"
VERIFIERS: Mapping[Family, Verifier] = {
    4: Verifier(("iptables-restore", "--noflush", "--test"), _COMPLAINT),
    6: Verifier(("ip6tables-restore", "--noflush", "--test"), _COMPLAINT),
}

_HOOK = "hook"
_HOOKS = {PREROUTING: "PREROUTING", POSTROUTING: "POSTROUTING"}


@dataclass(frozen=True, slots=True)
class Iptables:
    """Writes what iptables-restore and ip6tables-restore read."""

    name: str = "iptables"
    title: str = "iptables and ip6tables of Linux"
    load: tuple[str, ...] = (
        "iptables-restore -w --noflush FILE    # the first time a file written with --hook, which leads connections to it",
        "ip6tables-restore -w --noflush FILE   # the same file: always, unless this machine has no ip6tables",
    )
    targets: tuple[str, ...] = ("iptables-1.8",)

    @property
    def flags(self) -> Mapping[str, str]:
        return {_HOOK: "the jumps from PREROUTING and POSTROUTING too, for the first load"}

    def capabilities(self, target: str) -> frozenset[Capability]:
        return CLAIMS.has

    def conflict(self, options: Options, site: Site | None = None) -> str | None:
        return None

    def renames(self, site: Site, name: str = "") -> Iterable[Rename]:
        for farm in farms_of(site):
            service, chain = farm.service, renamed_chain(service_chain(farm.service), name)
            if farm.has_chain and not chain.endswith(f"/{service.name}"):
                yield Rename(service.origin, service.name, chain)

    def verifiers(self, site: Site) -> tuple[Verifier, ...]:
        return tuple(VERIFIERS[family] for family in site.families())

    def render(self, site: Site, options: Options) -> Artifact:
        name = options.name
        hook = _HOOK in options.flags
        lines = (*_header_lines(site, options), *_lines(site, options.marks, hook))
        return Artifact(tuple(Line(renamed_rule(line.text, name), line.origin) for line in lines) if name else lines)

    def render_change(self, old: Site, new: Site, options: Options) -> Artifact | None:
        return None  # iptables-restore replaces the table in any case


BACKEND: Backend = Iptables()


def _header_lines(site: Site, options: Options) -> Iterator[Line]:
    """The header, which quotes nothing of the script, with the names that chains have."""
    prefix = prefix_of(options.name)
    return (Line(text.replace(PREFIX, prefix)) for text in header(site, hook=_HOOK in options.flags))


def _lines(site: Site, marks: Marks, hook: bool) -> Iterator[Line]:
    farms = farms_of(site)
    trees = {family: trees_of(site, family, farms) for family in site.families()}
    services = [service_rules(farm, trees[farm.service.address.family]) for farm in farms]
    every_tree = [tree for of_family in trees.values() for tree in of_family.all()]
    yield Line("*nat")
    yield from map(Line, _fixed_chains(hook))
    # In order, as iptables-save has them: the program searches its list of chains from the start, for each that it adds.
    chains = {chain for tree in every_tree for chain in tree.chains}
    chains |= {chain for rules in services for chain in rules.chains}
    chains |= {chain for of_family in trees.values() for one in of_family.departures for chain in _chains_of(one)}
    yield from [Line(f":{chain} - [0:0]") for chain in sorted(chains)]
    for family, of_family in trees.items():
        yield from _arrival_lines(site, family, of_family)
        yield from _departure_lines(site, family, of_family)
        yield from source_lines(family, of_family.departures)
    yield from [Line(rule) for tree in every_tree for rule in tree.rules]
    for rules in services:
        yield Line("")
        yield from rules.lines
    yield from way_lines(site, marks, hook=hook)
    yield Line("COMMIT")
    yield from table_lines("mangle", (uplink_part(site, marks), renewal_part(farms)), hook=hook)
    yield from table_lines("raw", (_helper_part(site, farms),), hook=hook)


def _helper_part(site: Site, farms: list[Farm]) -> Part | None:
    """The part of the table raw for services with a helper, if there are any: connections arrive there as in nat."""
    followed = [farm for farm in farms if farm.service.helper is not None and farm.has_chain]
    if not followed:
        return None
    trees = {family: trees_of(site, family, followed) for family in site.families()}
    chains = [
        EXTERNAL,
        INTERNAL,
        *(chain for one in trees.values() for tree in _arriving(one) for chain in tree.chains),
    ]
    return Part({PREROUTING: "PREROUTING"}, tuple(chains), tuple(_helper_rules(site, followed, trees)))


def _arriving(trees: Trees) -> tuple[Tree, ...]:
    return (trees.external, trees.internal)


def _helper_rules(site: Site, farms: list[Farm], trees: Mapping[Family, Trees]) -> Iterator[Line]:
    for family, of_family in trees.items():
        yield from _arrival_lines(site, family, of_family)
        yield from [Line(rule) for tree in _arriving(of_family) for rule in tree.rules]
    for farm in farms:
        service = farm.service
        yield Line(f"# {farm_comment(service, farm.pool)}", service.origin)
        assert service.helper is not None
        target = f"-j CT --helper {service.helper.value}"
        yield from arrival_lines(farm, trees[service.address.family], target)


def _chains_of(departure: Departure) -> Iterator[str]:
    """The chains of a departure besides those of its tree, as far as a text does not declare them anyway."""
    if departure.has_chain:
        yield departure.chain
    if departure.root == MASQUERADED:
        yield departure.root


def _fixed_chains(hook: bool) -> Iterator[str]:
    """A declaration makes a chain or empties it. `-N` fails if there is such a chain, which keeps the jumps single.

    The jumps go to the top: another program's translation of a service's connections must not come first.
    """
    for chain in FIXED_CHAINS:
        yield f"-N {chain}" if hook and chain in _HOOKS else f":{chain} - [0:0]"
    if hook:
        for chain, builtin in _HOOKS.items():
            yield f"-I {builtin} -j {chain}"


def _arrival_lines(site: Site, family: Family, trees: Trees) -> Iterator[Line]:
    """The rules that lead arriving connections to the trees, by the interface.

    On an interface that is external and internal, sources in internal nets come first, and go no further.
    """
    head = f"-{family} -A {PREROUTING}"
    if trees.external.leaves:
        for interface in site.one_armed:
            for net in site.nets_inside(family):
                yield Line(f"{head} -i {interface.name} -s {net} {_to_internal(trees)}", interface.origin)
        for interface in site.external:
            yield Line(f"{head} -i {interface.name} -g {EXTERNAL}", interface.origin)
    if trees.internal.leaves:
        shared = {interface.name for interface in site.one_armed}
        for interface in [one for one in site.internal if one.name not in shared]:
            for net in site.nets_inside(family):
                yield Line(f"{head} -i {interface.name} -s {net} -g {INTERNAL}", interface.origin)


def _to_internal(trees: Trees) -> str:
    return f"-g {INTERNAL}" if trees.internal.leaves else "-j RETURN"


def _departure_lines(site: Site, family: Family, trees: Trees) -> Iterator[Line]:
    """The rules for connections that leave: masqueraded and reflected ones go to their trees.

    Outbound ones get the external address.
    """
    head = f"-{family} -A {POSTROUTING}"
    if trees.masquerade is not None:
        yield Line(f"{head} -m conntrack --ctstate DNAT -j {MASQUERADED}")
    if trees.reflection is not None:
        for interface in site.internal:
            for ends, verdict in _neighbours(site, family):
                match = f"-o {interface.name} {ends} -m conntrack --ctstate DNAT"
                yield Line(f"{head} {match} {verdict}", interface.origin)
    outbound = translations(site, family)
    translated = {interface.name for one in outbound for interface in one.interfaces}
    for interface in site.one_armed:  # what stays inside leaves by it, too
        for net in site.nets_inside(family) if interface.name in translated else ():
            yield Line(f"{head} -o {interface.name} -d {net} -j RETURN", interface.origin)
    for kept in kept_nets(site, family) if outbound else ():
        yield Line(f"{head} -d {kept} -j RETURN")
    for one in outbound:
        address = one.source.address
        verdict = "-j MASQUERADE" if address is None else f"-j SNAT --to-source {address}"
        for interface in one.interfaces:
            for block in one.inside:
                origin = one.source.origin if one.source.is_exception else interface.origin
                yield Line(f"{head} -o {interface.name} -s {block} {verdict}", origin)


def _neighbours(site: Site, family: Family) -> Iterator[tuple[str, str]]:
    """The matches for the ends of connections, with their verdicts: two addresses of one internal net are reflected.

    The smallest nets come first; connections between a net and a smaller one in it go no further.
    """
    nets = site.smallest_first(family)
    if len(nets) == 1:  # all servers are neighbours
        yield f"-s {nets[0]}", f"-g {REFLECTED}"
        return
    for net in nets:
        for within in site.nets_within(net):
            yield f"-s {within} -d {net}", "-j RETURN"
            yield f"-s {net} -d {within}", "-j RETURN"
        yield f"-s {net} -d {net}", f"-g {REFLECTED}"
