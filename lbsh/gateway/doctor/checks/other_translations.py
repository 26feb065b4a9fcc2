"""Does a rule of others translate what a service should get, before lbsh does?"""

from __future__ import annotations

from collections.abc import Iterator

from lbsh.gateway.doctor.base import Case, Check, Finding, Kind, Severity
from lbsh.gateway.doctor.foreign import Foreign, foreign_rules, listed
from lbsh.gateway.doctor.walk import Base, Field, Packet, Rule, Verdict, walk
from lbsh_lang.renderings.value_text import listed as listed_words
from lbsh_lang.site.model import Service

TAKEN = Kind(
    "translated-by-others", Severity.ERROR, "A rule of others translates connections to a service before lbsh does."
)

_IPTABLES_PRIORITY = -100
"""That of dstnat, which iptables has for PREROUTING of its table nat."""

_FAMILIES = {"ip": (4,), "ip6": (6,), "inet": (4, 6)}


def _look(case: Case) -> Iterator[Finding]:
    case.require_script()
    if not case.is_loaded or not case.lists.forwarded:
        return
    foreign = foreign_rules(case)
    for chain in listed(foreign.chains, "prerouting", "nat"):
        if not _comes_first(case, foreign, chain):
            continue
        yield from (_finding(chain, rule, names) for rule, names in _taken(case, chain).items())


def _taken(case: Case, chain: Base) -> dict[Rule, list[str]]:
    """The rules that translate connections to services, with the names of these.

    Services that differ in what no rule tests are asked about once.
    """
    tests_addresses = any(
        test.field is Field.DESTINATION for rules in chain.chains.values() for rule in rules for test in rule.tests
    )
    found: dict[Rule, list[str]] = {}
    known: dict[object, Rule | None] = {}
    for service in case.site.services:
        address = service.address if tests_addresses else service.address.family
        key = address, service.protocols, service.ports, service.pool is None
        if key not in known:
            known[key] = _taken_by(case, chain, service)
        rule = known[key]
        if rule is not None:
            found.setdefault(rule, []).append(f"`{service.name}`")
    return found


def _comes_first(case: Case, foreign: Foreign, chain: Base) -> bool:
    """Whether a chain may be asked before ours, and has any rule that translates."""
    if not any(rule.verdict is Verdict.TRANSLATE for rules in chain.chains.values() for rule in rules):
        return False
    if case.choice.driver == "nftables":
        return foreign.own_priority is not None and chain.priority <= foreign.own_priority
    return chain.priority <= _IPTABLES_PRIORITY


def _taken_by(case: Case, chain: Base, service: Service) -> Rule | None:
    """The rule that translates connections to a service, None if there is none."""
    address = service.address
    if service.pool is None or address.family not in _FAMILIES.get(chain.family, ()):
        return None
    inputs = frozenset(one.name for one in case.site.external)
    protocols = frozenset(one.value for one in service.protocols)
    packet = Packet(address.family, inputs, (), ("new",), protocols, service.ports, (address,), is_local=True)
    met = walk(chain, packet, Verdict.TRANSLATE)
    return met.rule if met.verdict is Verdict.TRANSLATE else None


def _finding(chain: Base, rule: Rule, services: list[str]) -> Finding:
    words = (
        f"`{rule.text}` in the chain `{chain.name}` of table `{chain.table}` ({chain.keeper}) may translate connections to "
        f"{listed_words(services)} before lbsh"
    )
    advice = (
        "remove that rule, or let it match other addresses or ports (of a container: `docker run -p ADDRESS:PORT:PORT`)"
    )
    return Finding(TAKEN, words, advice)


CHECK = Check("other-translations", ("linux",), (TAKEN,), _look)
