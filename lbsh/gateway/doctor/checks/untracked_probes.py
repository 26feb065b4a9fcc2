"""Do rules of others need an entry of connection tracking for the poller's probes? Then these have one, at its cost."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from lbsh.drivers.untracking import raw_table_of
from lbsh.gateway.doctor.base import Case, Check, Finding, Kind, Severity, command
from lbsh.gateway.doctor.foreign import foreign_rules, listed
from lbsh.gateway.doctor.front_ends import front_end_of, nft_place
from lbsh.gateway.doctor.walk import Base, Packet, Verdict, walk
from lbsh_lang.backends.forward_rule import FrontEnd
from lbsh_lang.site.model import Site
from lbsh_lang.site.probing import effective_probe
from lbsh_lang.values import Family, PortRange, Ports

TRACKED = Kind(
    "probes-tracked", Severity.NOTE, "A chain of others drops tcp probes unless connection tracking knows them."
)

_FAMILIES = {"ip": (4,), "ip6": (6,), "inet": (4, 6)}


class _Way(NamedTuple):
    """A hook that packets of probes pass, the state of a tracked one there, and the option that has the poller's port."""

    hook: str
    state: str
    port: str


_WAYS = (
    _Way("output", "new", "sport"),
    _Way("postrouting", "new", "sport"),
    _Way("prerouting", "established", "dport"),
    _Way("input", "established", "dport"),
)


def _look(case: Case) -> Iterator[Finding]:
    case.require_script()
    families = _probed(case.site)
    if not families or not case.is_loaded:
        return
    ports = raw_table_of(case.choice.options.name).ports
    chains = foreign_rules(case).chains
    for way in _WAYS:
        for chain in listed(chains, way.hook, "filter"):
            for family in families:
                if family in _FAMILIES.get(chain.family, ()) and (words := _dropped(case, chain, way, family, ports)):
                    yield _finding(chain, way, words, ports)
                    break


def _probed(site: Site) -> list[Family]:
    """The families of servers that are probed by tcp."""
    found: set[Family] = set()
    for service in site.services:
        probe = effective_probe(service)
        if service.pool is not None and probe is not None and probe.method == "tcp":
            found.add(service.address.family)
    return sorted(found)


def _dropped(case: Case, chain: Base, way: _Way, family: Family, ports: range) -> str:
    """What of a chain drops probes that are not tracked; empty if they may pass, or if tracked ones do not pass either."""
    inside = {one.name for one in case.site.internal}
    is_answer = way.port == "dport"
    asked: Ports = (PortRange(ports.start, ports.stop - 1),) if is_answer else ()
    inputs, outputs = (inside, ()) if is_answer else ((), inside)
    packet = Packet(family, inputs, outputs, ("untracked",), frozenset({"tcp"}), asked, (), is_local=is_answer)
    met = walk(chain, packet, Verdict.ACCEPT)
    tracked = walk(chain, packet._replace(states=(way.state,)), Verdict.ACCEPT)
    if met.verdict is not Verdict.DROP or tracked.verdict is Verdict.DROP:
        return ""
    return "its policy is drop" if met.rule is None else f"by `{met.rule.text}`"


def _finding(chain: Base, way: _Way, words: str, ports: range) -> Finding:
    said = (
        f"the chain `{chain.name}` of table `{chain.table}` ({chain.keeper}) drops untracked probes: {words}; "
        "so the poller has connection tracking know all tcp probes that pass it, which costs entries and processor time"
    )
    span = f"{ports.start}-{ports.stop - 1}"
    rule = (
        "-p",
        "tcp",
        f"--{way.port}",
        span.replace("-", ":"),
        "-m",
        "conntrack",
        "--ctstate",
        "UNTRACKED",
        "-j",
        "ACCEPT",
    )
    match front_end_of(chain):
        case FrontEnd.UFW:
            return Finding(TRACKED, said, _for_ufw(chain, way, rule))
        case FrontEnd.FIREWALLD:
            call = f"firewall-cmd --permanent --zone=ZONE --add-port={span}/tcp"
            return Finding(
                TRACKED, said, f"accept the ports of probes, at which nobody listens, in the servers' zone: {call}"
            )
        case FrontEnd.NFT:
            place, matched = nft_place(chain), ("ct", "state", "untracked", "tcp", way.port, span, "accept")
            commands = (command("nft", "insert", "rule", *place, *matched),) if place else ()
        case _:
            commands = (command(chain.keeper, "-t", chain.table.split(" ", 1)[1], "-I", chain.name, *rule),)
    advice = "write this rule into the file of that table, above what drops, or it is lost when it is loaded again"
    return Finding(TRACKED, said, advice, commands)


def _for_ufw(chain: Base, way: _Way, rule: tuple[str, ...]) -> str:
    name, version = ("ufw6", "6") if chain.keeper == "ip6tables" else ("ufw", "")
    own = f"{name}-before-{'input' if way.port == 'dport' else 'output'}"
    return f"put into /etc/ufw/before{version}.rules, and reload ufw:\n-A {own} {' '.join(rule)}"


CHECK = Check("untracked-probes", ("linux",), (TRACKED,), _look)
