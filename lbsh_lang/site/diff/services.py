"""Differences of services: the added, removed and moved services, and the changes of each.

**Identity.** The counterpart of a new service is the old service of the same name; without one, the old service of the same
traffic whose name is no longer in use. So a renamed service is reported as renamed, not as removed and added. `Pairs` holds
the result.

**Traffic.** A packet is balanced by at most one service with servers for it. So a difference in traffic is reported by its
effect on packets: they are no longer balanced, they are balanced now, or another service balances them (`Handover`).
For example, all with servers, the old site has

    WEB  203.0.113.1 tcp 80,443

and the new site

    WEB  203.0.113.1 tcp 80
    TLS  203.0.113.1 tcp 443,8443

`TLS` gains 443 and 8443. `WEB` had 443, which is a handover; no service had 8443, which is now balanced. `WEB` loses 443,
but that is not reported again, since another service has it in the new site. A service without servers owns no traffic in
this sense.

The cost: pairs are found by look-ups in dictionaries. The owners of traffic are looked up by address and protocol in sorted
ranges of ports (`traffic.Owners`), so that a difference does not compare every service with every other.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from functools import cached_property

from lbsh_lang.site.diff import fields
from lbsh_lang.site.diff.changes import (
    Change,
    Claim,
    Effect,
    Handover,
    Offer,
    Owner,
    PooledService,
    Replaced,
    TrafficPart,
    WholePool,
    WholeService,
)
from lbsh_lang.site.diff.compare import diff_settings, diff_switches
from lbsh_lang.site.diff.fields import SERVICE_SETTINGS, SERVICE_SWITCHES
from lbsh_lang.site.diff.plain import Traffic
from lbsh_lang.site.diff.pools import diff_pools
from lbsh_lang.site.diff.probes import diff_probes
from lbsh_lang.site.diff.traffic import Owners, traffic_of, without
from lbsh_lang.site.model import Service


def diff_services(old: tuple[Service, ...], new: tuple[Service, ...]) -> Iterator[Change]:
    """The changes of all services, in the order of the new site; a removed service comes behind its old predecessor."""
    pairs = Pairs(old, new)
    gone = pairs.gone()
    yield from _all_removed(gone.get(None, ()), pairs)
    for service in new:
        before = pairs.before.get(service.name)
        if before is None:
            yield from _added(service, pairs)
        else:
            yield from _diff_service(before, service, pairs)
            yield from _all_removed(gone.get(before.name, ()), pairs)


class Pairs:
    """The services of two sites with their counterparts: an old service of the same name, or else of the same traffic.

    Built once for a difference, then only read.
    """

    def __init__(self, old: tuple[Service, ...], new: tuple[Service, ...]) -> None:
        self._old, self._new = old, new
        known = {service.name: service for service in old}
        names = {service.name for service in new}
        free = {traffic_of(service): service for service in old if service.name not in names}
        self.before: dict[str, Service] = {}
        """The old services by the names of their counterparts in the new site."""
        for service in new:
            before = known.get(service.name) or (free.pop(traffic_of(service), None) if free else None)
            if before is not None:
                self.before[service.name] = before

    def gone(self) -> dict[str | None, list[Service]]:
        """The old services without a counterpart, by the old name of the last service before them with a counterpart."""
        kept = {service.name for service in self.before.values()}
        gone: dict[str | None, list[Service]] = {}
        last = None
        for service in self._old:
            if service.name in kept:
                last = service.name
            else:
                gone.setdefault(last, []).append(service)
        return gone

    @cached_property
    def old_owners(self) -> Owners:
        return Owners(service for service in self._old if is_served(service))

    @cached_property
    def new_owners(self) -> Owners:
        return Owners(service for service in self._new if is_served(service))

    def taken_over(self, service: Service, gained: Traffic | None) -> Iterator[tuple[Service, Traffic]]:
        """The old services that balanced the gained traffic of a new one, with their parts; none if it has no servers."""
        return self.old_owners.among(gained if is_served(service) else None)

    def nobody_had(self, gained: Traffic | None) -> Traffic | None:
        """The part that no service balances in the old site."""
        return _rest(gained, self.old_owners)

    def nobody_has(self, lost: Traffic | None) -> Traffic | None:
        """The part that no service balances in the new site."""
        return _rest(lost, self.new_owners)


def _rest(traffic: Traffic | None, owners: Owners) -> Traffic | None:
    rest = traffic
    for _, part in owners.among(traffic):
        if rest is not None:
            rest = without(rest, part)
    return rest


def is_served(service: Service) -> bool:
    """Whether the service has a server for new connections."""
    return service.pool is not None and bool(service.pool.serving())


def _added(service: Service, pairs: Pairs) -> Iterator[Change]:
    traffic = traffic_of(service)
    what = WholeService(Effect.ADDED, Offer(service, pairs.nobody_had(traffic)))
    yield Change(what, service.name, (), (service.origin,))
    yield from _takes_over(service, traffic, pairs)


def _all_removed(services: Iterable[Service], pairs: Pairs) -> Iterator[Change]:
    for service in services:
        what = WholeService(Effect.REMOVED, Offer(service, pairs.nobody_has(traffic_of(service))))
        yield Change(what, service.name, (service.origin,), ())


def _takes_over(service: Service, gained: Traffic | None, pairs: Pairs) -> Iterator[Change]:
    for owner, part in pairs.taken_over(service, gained):
        what = Handover(Owner(owner.name, part), Owner(service.name, part))
        yield Change(what, service.name, (owner.origin,), (service.origin,))


def _diff_service(old: Service, new: Service, pairs: Pairs) -> Iterator[Change]:
    origins = (old.origins, new.origins)
    if old.name != new.name:
        yield Change(Replaced(fields.NAME, old.name, new.name), new.name, *origins)
    yield from _diff_traffic(old, new, pairs)
    for switched in diff_switches(SERVICE_SWITCHES, old, new):
        yield Change(switched, new.name, *origins)
    for setting in diff_settings(SERVICE_SETTINGS, old, new):
        yield Change(setting, new.name, *origins)
    if old.pool is not None and new.pool is not None:
        yield from diff_pools(old, new, old.pool, new.pool)
    elif new.pool is not None:
        what = WholePool(Effect.ADDED, PooledService(new, new.pool, traffic_of(new)))
        yield Change(what, new.name, (old.origin,), (new.pool.origin,))
    elif old.pool is not None:
        what = WholePool(Effect.REMOVED, PooledService(old, old.pool, traffic_of(old)))
        yield Change(what, new.name, (old.pool.origin,), (new.origin,))
    yield from diff_probes(old, new)


def _diff_traffic(old: Service, new: Service, pairs: Pairs) -> Iterator[Change]:
    """The changes of a service's traffic: it moves if no part of its old traffic is left, else it gains or loses a part."""
    if (old.address, old.listeners) == (new.address, new.listeners):
        return
    before, after = traffic_of(old), traffic_of(new)
    lost, gained = without(before, after), without(after, before)
    origins = ((old.origin,), (new.origin,))
    if lost == before:
        yield Change(Replaced(fields.MOVE, before, after), new.name, *origins)
    else:
        fresh = pairs.nobody_had(gained) if is_served(new) else gained
        if fresh is not None:
            yield Change(TrafficPart(Effect.ADDED, Claim(fresh, is_served(new))), new.name, *origins)
        left = pairs.nobody_has(lost) if is_served(old) else lost
        if left is not None:
            yield Change(TrafficPart(Effect.REMOVED, Claim(left, is_served(old))), new.name, *origins)
    yield from _takes_over(new, gained, pairs)
