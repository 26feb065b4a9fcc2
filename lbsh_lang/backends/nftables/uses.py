"""What the farms of a table use, counted: with its first user a part of the table comes, with its last one it goes.

A use is a word that names the part. Maps and balancing chains follow from any of their users. Other chains follow from
*premises*, of which it only matters whether there is any user: those that the kernel calls (`chains.hooks`), and those that
renew records (`stickiness`). That the family has a table is a premise, too.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from typing import NamedTuple

from lbsh_lang.backends.nftables.expressions import Expressions
from lbsh_lang.backends.nftables.farms import Farm, Scheme, VerdictMap, first_place
from lbsh_lang.backends.nftables.maps import maps_used
from lbsh_lang.site.model import Service
from lbsh_lang.values import Protocol

_GROUP, _PREMISE = "group ", "for "


def uses_of(services: Iterable[Service], farms: Iterable[Farm], expressions: Expressions) -> Counter[str]:
    """How often each part of a table is used by services of its family, and their farms."""
    found: Counter[str] = Counter()
    for service in services:
        place = first_place(service)
        found[f"{_PREMISE}a table"] += service.pool is not None
        if place is not None:
            found[_GROUP + place] += 1
    kinds: Counter[_Kind] = Counter()
    alike: dict[_Kind, Farm] = {}
    for farm in farms:
        kind = _Kind.of(farm)
        kinds[kind] += 1
        alike.setdefault(kind, farm)
        if farm.has_chain:
            found[use_of_chain(farm.chain)] += 1
    for kind, farm in alike.items():
        for use in (*_premises(farm), *(use_of_map(part.name) for part in maps_used(farm, expressions))):
            found[use] += kinds[kind]
    return found


def use_of_chain(name: str) -> str:
    return f"chain {name}"


def use_of_map(name: str) -> str:
    return f"map {name}"


def is_decided_anew(before: Mapping[str, int], after: Mapping[str, int], touched: Iterable[str]) -> bool:
    """Whether some uses decide on more than the parts that they name, so that only the whole site tells.

    So it is where a premise comes or goes, or services share the name of a group, which the first of them has.
    """
    for use in touched:
        had, has = before.get(use, 0), after.get(use, 0)
        if use.startswith(_PREMISE) and (had == 0) != (has == 0):
            return True
        if use.startswith(_GROUP) and max(had, has) > 1:
            return True
    return False


class _Kind(NamedTuple):
    """The properties of a farm on which its uses depend, besides its chain."""

    scheme: Scheme
    protocols: tuple[Protocol, ...]
    reflect: bool
    masquerade: bool
    for_some: bool
    has_chain: bool

    @staticmethod
    def of(farm: Farm) -> _Kind:
        service = farm.service
        some = bool(service.clients)
        return _Kind(farm.scheme, service.protocols, service.reflect, service.masquerade, some, farm.has_chain)


def _premises(farm: Farm) -> Iterator[str]:
    """What the rules of a table that serve no service alone depend on."""
    service, scheme = farm.service, farm.scheme
    sets = []
    yield f"{_PREMISE}{VerdictMap.of(farm, 'services').name}"
    if service.reflect:
        yield f"{_PREMISE}{VerdictMap.of(farm, 'reflected').name}"
    if service.masquerade:
        sets.append(scheme.masked_places)
    elif service.reflect:
        sets.append(scheme.reflected_places)
    if scheme.sticky is not None and farm.has_chain:
        sets += [scheme.sticky_places, scheme.renewal]
    yield from (f"{_PREMISE}{name} {protocol.value}" for name in sets for protocol in service.protocols)
