"""Sentences about services and their servers that take more than filling in what was and what is to be."""

from __future__ import annotations

from collections.abc import Callable
from math import gcd

from lbsh_lang.renderings.site_words import (
    addresses_text,
    method_text,
    option_text,
    probe_text,
    quoted,
    service_text,
    traffic_text,
)
from lbsh_lang.site.diff.changes import (
    Change,
    Claim,
    Kind,
    Membership,
    Offer,
    Option,
    Owner,
    Share,
)
from lbsh_lang.site.diff.traffic import traffic_of
from lbsh_lang.site.model import Probe


def _service(change: Change) -> str:
    """A service that comes or goes. What counts is the traffic that nobody else takes."""
    offer = change.new or change.old
    assert isinstance(offer, Offer)
    service, alone = offer
    if service.pool is None or not service.pool.serving():
        came = "is new" if change.old is None else "is gone"
        lack = f"it {'has' if change.old is None else 'had'} no pool" if service.pool is None else "nobody serves it"
        lack = "nobody served it" if change.new is None and service.pool is not None else lack
        return f"{service_text(service)} for {traffic_text(traffic_of(service))} {came}; {lack}"
    if change.new is None:
        gone = f"traffic to {traffic_text(alone)} is no longer balanced" if alone else None
        return f"{gone} (service {service.name} is gone)" if gone else f"service {service.name} is gone"
    if alone is None:
        return f"{service.name} is new ({service_text(service)})"
    return f"traffic to {traffic_text(alone)} is now balanced ({service_text(service)})"


def _pool(change: Change) -> str:
    """A pool that a service gets, or has no more."""
    offer = change.new or change.old
    assert isinstance(offer, Offer)
    service = offer.service
    assert service.pool is not None
    assert offer.alone is not None
    traffic = traffic_text(offer.alone)
    if not service.pool.serving():
        if change.new is None:
            return f"{change.subject} no longer has a pool; nobody served it"
        return f"{change.subject} now has the pool {service.pool.name}, but nobody serves it"
    if change.new is None:
        return f"traffic to {traffic} is no longer balanced ({change.subject} has no pool any more)"
    return f"traffic to {traffic} is now balanced ({service_text(service)})"


def _traffic(change: Change) -> str:
    claim = change.new or change.old
    assert isinstance(claim, Claim)
    traffic = traffic_text(claim.traffic)
    if change.new is None:
        if not claim.served:
            return f"{change.subject} no longer takes traffic to {traffic}; nobody served it"
        return f"traffic to {traffic} is no longer balanced (service {change.subject})"
    if not claim.served:
        return f"{change.subject} takes traffic to {traffic} too, but nobody serves it"
    return f"traffic to {traffic} is now balanced too (service {change.subject})"


def _owner(change: Change) -> str:
    assert isinstance(change.old, Owner)
    assert isinstance(change.new, Owner)
    return f"traffic to {traffic_text(change.new.traffic)} goes to {change.new.service} instead of {change.old.service}"


def _reflect(change: Change) -> str:
    return f"servers inside may {'now' if change.new else 'no longer'} use {change.subject} (reflect)"


def _server_port(change: Change) -> str:
    ports = (
        "the port that the client asked for" if port is None else f"port {port}" for port in (change.new, change.old)
    )
    return f"servers of {change.subject} are reached at {' instead of '.join(ports)}"


def _server(change: Change) -> str:
    """Servers that join or leave."""
    membership = change.new or change.old
    assert isinstance(membership, Membership)
    many = len(change.servers) > 1
    if change.new is None:
        words = ["drained"] if membership.drained else []
        words += ["backups" if many else "a backup"] if membership.backup else []
        return f"{change.subject} loses {addresses_text(change.servers)}" + (f" ({', '.join(words)})" if words else "")
    weight = f" with weight {membership.weight}{' each' if many else ''}" if membership.weight is not None else ""
    role = (" as backups" if many else " as a backup") if membership.backup else ""
    drained = ", drained" if membership.drained else ""
    return f"{change.subject} gains {addresses_text(change.servers)}{weight}{role}{drained}"


def _backup(change: Change) -> str:
    many = len(change.servers) > 1
    role = "backups" if many else "a backup"
    return f"{_servers_of(change)} {'are' if many else 'is'} {'now' if change.new else 'no longer'} {role}"


def _drained(change: Change) -> str:
    many = len(change.servers) > 1
    return f"{_servers_of(change)} {'are' if many else 'is'} {'now' if change.new else 'no longer'} drained"


def _servers_of(change: Change) -> str:
    return f"{addresses_text(change.servers)} of {change.subject}"


def _weight(change: Change) -> str:
    """A weight as the part of new connections that it gives, where it gives one on both sides."""
    assert isinstance(change.old, Share)
    assert isinstance(change.new, Share)
    many = len(change.servers) > 1
    before, after = _part(change.old), _part(change.new)
    if before is None or after is None or before == after:
        verb = "each have" if many else "has"
        return f"{_servers_of(change)} {verb} weight {change.new.weight} instead of {change.old.weight}"
    who = f"{addresses_text(change.servers)} {'each take' if many else 'takes'}"
    return f"{who} {after} new connections of {change.subject} instead of {before}"


def _part(share: Share) -> str | None:
    if not share.total:
        return None
    divisor = gcd(share.weight, share.total)
    return "all" if share.weight == share.total else f"{share.weight // divisor} of {share.total // divisor}"


def _served(change: Change) -> str:
    if change.new:
        return f"{change.subject} is served now; before, new connections to it went to nobody"
    return f"nobody serves {change.subject} any more: new connections to it go to nobody"


def _probe(change: Change) -> str:
    if change.new is None:
        return f"{change.subject} is no longer probed"
    assert isinstance(change.new, Probe)
    if change.old is None:
        return f"{change.subject} is now probed by {probe_text(change.new)}"
    assert isinstance(change.old, Probe)
    return f"{change.subject} is probed by {method_text(change.new)} instead of {method_text(change.old)}"


def _probe_command(change: Change) -> str:
    old, new = (quoted(str(command)) for command in (change.old, change.new))
    return f"{change.subject} is probed by the command {new} instead of {old}"


def _probe_option(change: Change) -> str:
    option = change.new or change.old
    assert isinstance(option, Option)
    probe = f"the {option.method} probe of {change.subject}"
    if change.new is None:
        return f"{probe} no longer has {option.name} {option_text(*option)}"
    if not isinstance(change.old, Option):
        return f"{probe} now has {option.name} {option_text(*option)}"
    return f"{probe} has {option.name} {option_text(*option)} instead of {option_text(*change.old)}"


def _probe_count(change: Change) -> str:
    quality, state = ("good", "up") if change.kind is Kind.PROBE_RISE else ("bad", "down")
    needed = f"{change.new} {quality} probe{'s in a row' if change.new != 1 else ''}"
    return f"a server of {change.subject} is {state} after {needed} instead of {change.old}"


SERVICE_SENTENCES: dict[Kind, Callable[[Change], str]] = {
    Kind.SERVICE: _service,
    Kind.TRAFFIC: _traffic,
    Kind.OWNER: _owner,
    Kind.REFLECT: _reflect,
    Kind.POOL: _pool,
    Kind.SERVER_PORT: _server_port,
    Kind.SERVER: _server,
    Kind.BACKUP: _backup,
    Kind.DRAINED: _drained,
    Kind.WEIGHT: _weight,
    Kind.SERVED: _served,
    Kind.PROBE: _probe,
    Kind.PROBE_COMMAND: _probe_command,
    Kind.PROBE_OPTION: _probe_option,
    Kind.PROBE_RISE: _probe_count,
    Kind.PROBE_FALL: _probe_count,
}
