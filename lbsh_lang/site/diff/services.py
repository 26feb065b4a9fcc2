"""What changes in services: which is which in the two sites, what comes, goes, moves, and what each does otherwise."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from functools import cached_property

from lbsh_lang.site.diff.changes import Change, Claim, Kind, Offer, Owner, Time, Traffic
from lbsh_lang.site.diff.pools import diff_pools
from lbsh_lang.site.diff.probes import diff_probes
from lbsh_lang.site.diff.traffic import Owners, traffic_of, without
from lbsh_lang.site.model import Service


def diff_services(old: tuple[Service, ...], new: tuple[Service, ...]) -> Iterator[Change]:
    """The changes of all services: in the order of the new site, those that are gone where they stood in the old one."""
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
    """Which service of the old site is which of the new one: the one of its name, or else the one of its traffic."""

    def __init__(self, old: tuple[Service, ...], new: tuple[Service, ...]) -> None:
        self._old, self._new = old, new
        known = {service.name: service for service in old}
        names = {service.name for service in new}
        free = {traffic_of(service): service for service in old if service.name not in names}
        self.before: dict[str, Service] = {}
        """The services that there were, by the names they are to have."""
        for service in new:
            before = known.get(service.name) or (free.pop(traffic_of(service), None) if free else None)
            if before is not None:
                self.before[service.name] = before

    def gone(self) -> dict[str | None, list[Service]]:
        """The services that are no more, by the name of the last one before them that is kept."""
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
        """Who else has in the old site what a service of the new one gains, as far as somebody serves them both."""
        return self.old_owners.among(gained if is_served(service) else None)

    def nobody_had(self, gained: Traffic | None) -> Traffic | None:
        """The part that nobody serves in the old site."""
        return _rest(gained, self.old_owners)

    def nobody_has(self, lost: Traffic | None) -> Traffic | None:
        """The part that nobody serves in the new site."""
        return _rest(lost, self.new_owners)


def _rest(traffic: Traffic | None, owners: Owners) -> Traffic | None:
    rest = traffic
    for _, part in owners.among(traffic):
        if rest is not None:
            rest = without(rest, part)
    return rest


def is_served(service: Service) -> bool:
    """Whether there is a server for new connections."""
    return service.pool is not None and bool(service.pool.serving())


def _added(service: Service, pairs: Pairs) -> Iterator[Change]:
    traffic = traffic_of(service)
    offer = Offer(service, pairs.nobody_had(traffic))
    yield Change(Kind.SERVICE, service.name, None, offer, (), (), (), (service.origin,))
    yield from _takes_over(service, traffic, pairs)


def _all_removed(services: Iterable[Service], pairs: Pairs) -> Iterator[Change]:
    for service in services:
        offer = Offer(service, pairs.nobody_has(traffic_of(service)))
        yield Change(Kind.SERVICE, service.name, offer, None, (), (), (service.origin,), ())


def _takes_over(service: Service, gained: Traffic | None, pairs: Pairs) -> Iterator[Change]:
    for owner, part in pairs.taken_over(service, gained):
        facts = Owner(owner.name, part), Owner(service.name, part)
        yield Change(Kind.OWNER, service.name, *facts, (), (), (owner.origin,), (service.origin,))


def _diff_service(old: Service, new: Service, pairs: Pairs) -> Iterator[Change]:
    origins = ((old.origin,), (new.origin,))
    if old.name != new.name:
        yield Change(Kind.NAME, new.name, old.name, new.name, (), (), *origins)
    yield from _diff_traffic(old, new, pairs)
    if old.reflect is not new.reflect:
        yield Change(Kind.REFLECT, new.name, old.reflect, new.reflect, (), (), *origins)
    if old.sticky != new.sticky:
        yield Change(Kind.STICKY, new.name, _time(old.sticky), _time(new.sticky), (), (), *origins)
    if old.pool is not None and new.pool is not None:
        yield from diff_pools(old, new, old.pool, new.pool)
    elif new.pool is not None:
        offer = Offer(new, traffic_of(new))
        yield Change(Kind.POOL, new.name, None, offer, (), (), (old.origin,), (new.pool.origin,))
    elif old.pool is not None:
        offer = Offer(old, traffic_of(old))
        yield Change(Kind.POOL, new.name, offer, None, (), (), (old.pool.origin,), (new.origin,))
    yield from diff_probes(old, new)


def _diff_traffic(old: Service, new: Service, pairs: Pairs) -> Iterator[Change]:
    """A service with nothing left of what it took has moved; else it takes more, or less."""
    if (old.address, old.protocols, old.ports) == (new.address, new.protocols, new.ports):
        return
    before, after = traffic_of(old), traffic_of(new)
    lost, gained = without(before, after), without(after, before)
    origins = ((old.origin,), (new.origin,))
    if lost == before:
        yield Change(Kind.MOVE, new.name, before, after, (), (), *origins)
    else:
        fresh = pairs.nobody_had(gained) if is_served(new) else gained
        if fresh is not None:
            yield Change(Kind.TRAFFIC, new.name, None, Claim(fresh, is_served(new)), (), (), *origins)
        left = pairs.nobody_has(lost) if is_served(old) else lost
        if left is not None:
            yield Change(Kind.TRAFFIC, new.name, Claim(left, is_served(old)), None, (), (), *origins)
    yield from _takes_over(new, gained, pairs)


def _time(seconds: int | None) -> Time | None:
    return None if seconds is None else Time(1000 * seconds)
