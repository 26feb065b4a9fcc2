"""Do rules of others drop what is balanced, on its way through the device?"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import islice

from lbsh.gateway.doctor.base import Case, Check, Finding, Kind, Severity, command
from lbsh.gateway.doctor.foreign import foreign_rules, listed
from lbsh.gateway.doctor.front_ends import front_end_of, nft_place
from lbsh.gateway.doctor.walk import Base, Packet, Verdict, walk
from lbsh_lang.backends.forward_rule import FrontEnd, forward_rule
from lbsh_lang.site.model import Service
from lbsh_lang.values import Address, Family

DROPPED = Kind("forward-dropped", Severity.ERROR, "A chain of others drops balanced packets at the hook forward.")

_MOST_ADDRESSES = 256
_FAMILIES = {"ip": (4,), "ip6": (6,), "inet": (4, 6)}


def _look(case: Case) -> Iterator[Finding]:
    case.require_script()
    if not case.lists.forwarded or not case.is_loaded:
        return
    for chain in listed(foreign_rules(case).chains, "forward", "filter"):
        for family in case.lists.forwarded:
            if family in _FAMILIES.get(chain.family, ()) and (words := _dropped(case, chain, family)):
                yield _finding(case, chain, words)
                break


def _dropped(case: Case, chain: Base, family: Family) -> str:
    """What of a connection a chain drops, and by which rule; empty if it may let all through."""
    outside = {one.name for one in case.site.external}
    inside = {one.name for one in case.site.internal}
    for state, inputs, outputs in (("new", outside, inside), ("established", inside, outside)):
        services = [one for one in case.site.services if one.address.family == family and one.pool is not None]
        packet = Packet(family, inputs, outputs, (state, "dnat"), _protocols(services), (), (), is_local=False)
        if state == "new":
            packet = packet._replace(destinations=_servers(services))
        met = walk(chain, packet, Verdict.ACCEPT)
        if met.verdict is Verdict.DROP:
            by = "its policy is drop" if met.rule is None else f"by `{met.rule.text}`"
            return f"{'new connections' if state == 'new' else 'answers of servers'}: {by}"
    return ""


def _protocols(services: list[Service]) -> frozenset[str]:
    return frozenset(one.value for service in services for one in service.protocols)


def _servers(services: list[Service]) -> frozenset[Address]:
    found = (server.address for one in services if one.pool is not None for server in one.pool.serving())
    some = [*islice(found, _MOST_ADDRESSES + 1)]
    return frozenset(some) if len(some) <= _MOST_ADDRESSES else frozenset()


def _finding(case: Case, chain: Base, words: str) -> Finding:
    families = [one for one in case.lists.forwarded if one in _FAMILIES[chain.family]]
    said = f"the chain `{chain.name}` of table `{chain.table}` ({chain.keeper}) drops {words}"
    front_end = front_end_of(chain)
    lines = forward_rule(front_end, families)
    advice = "\n".join(line.removeprefix("# ") for line in lines if front_end in _FILES or line.startswith("#"))
    commands: tuple[str, ...] = ()
    if front_end is FrontEnd.NFT:
        commands = _nft(chain)
        advice = (
            "write both rules into the file of that table, above what drops, or they are lost when it is loaded again"
        )
    elif front_end not in _FILES:
        commands = tuple([line for line in lines if not line.startswith("#")])
    return Finding(DROPPED, said, advice, commands)


_FILES = {FrontEnd.UFW, FrontEnd.FIREWALLD}
"""What keeps its rules in files, which people change."""


def _nft(chain: Base) -> tuple[str, ...]:
    """The commands that put both rules at the top of a chain; none if nft could not read its name."""
    place = nft_place(chain)
    rules = (("ct", "status", "dnat", "accept"), ("ct", "state", "established,related", "accept"))
    return tuple([command("nft", "insert", "rule", *place, *rule) for rule in rules]) if place else ()


CHECK = Check("forward-rules", ("linux",), (DROPPED,), _look)
