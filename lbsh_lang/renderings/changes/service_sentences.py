"""Sentences about services, their pools and servers, and their probes: all changes that are no plain differences."""

from __future__ import annotations

from math import gcd
from typing import assert_never

from lbsh_lang.renderings.changes.parts import (
    because,
    changed_servers,
    down_text,
    drain_options,
    drained_text,
    method_text,
    option_text,
    plain_text,
    probe_text,
    service_text,
    traffic_text,
    wishes_text,
)
from lbsh_lang.renderings.value_text import quoted, time_text
from lbsh_lang.site.diff.changes import (
    Change,
    Downing,
    Draining,
    Effect,
    Handover,
    OfService,
    ProbeCommand,
    ProbeOption,
    Probing,
    ServerPort,
    Servers,
    Share,
    TrafficPart,
    Weights,
    WholePool,
    WholeService,
)
from lbsh_lang.site.diff.plain import ServerPorts
from lbsh_lang.site.diff.traffic import traffic_of


def service_sentence(change: Change, what: OfService) -> str:
    """A change of a service in words."""
    subject = change.subject
    match what:
        case WholeService():
            return _service(what)
        case WholePool():
            return _pool(subject, what)
        case TrafficPart():
            return _traffic(subject, what)
        case Handover():
            return _handover(what)
        case ServerPort():
            return _server_port(subject, what)
        case Servers():
            return _servers(change, what)
        case Weights():
            return _weights(change, what)
        case Draining():
            return _draining(change, what)
        case Downing():
            return _downing(change, what)
        case Probing():
            return _probing(subject, what)
        case ProbeCommand():
            return _probe_command(subject, what)
        case ProbeOption():
            return _probe_option(subject, what)
        case _:
            assert_never(what)


def _service(what: WholeService) -> str:
    """A service that is added or removed, described by the traffic that no other service takes."""
    service, alone = what.fact
    comes = what.effect is Effect.ADDED
    if service.pool is None or not service.pool.serving():
        if service.pool is None:
            lack = "it has no pool" if comes else "it had no pool"
        else:
            lack = "nobody serves it" if comes else "nobody served it"
        traffic = traffic_text(traffic_of(service))
        return f"{service_text(service)} for {traffic} {'is new' if comes else 'is gone'}; {lack}"
    if comes:
        if alone is None:
            return f"{service.name} is new ({service_text(service)})"
        return f"traffic to {traffic_text(alone)} is now balanced ({service_text(service)})"
    if alone is None:
        return f"service {service.name} is gone"
    return f"traffic to {traffic_text(alone)} is no longer balanced (service {service.name} is gone)"


def _pool(subject: str | None, what: WholePool) -> str:
    """A pool that a service gets or loses."""
    service, pool, traffic = what.fact
    comes = what.effect is Effect.ADDED
    if not pool.serving():
        if comes:
            return f"{subject} now has the pool {pool.name}, but nobody serves it"
        return f"{subject} no longer has a pool; nobody served it"
    if comes:
        return f"traffic to {traffic_text(traffic)} is now balanced ({service_text(service)})"
    return f"traffic to {traffic_text(traffic)} is no longer balanced ({subject} has no pool any more)"


def _traffic(subject: str | None, what: TrafficPart) -> str:
    """Traffic that a service gains or loses."""
    traffic = traffic_text(what.fact.traffic)
    if what.effect is Effect.REMOVED:
        if not what.fact.served:
            return f"{subject} no longer takes traffic to {traffic}; nobody served it"
        return f"traffic to {traffic} is no longer balanced (service {subject})"
    if not what.fact.served:
        return f"{subject} takes traffic to {traffic} too, but nobody serves it"
    return f"traffic to {traffic} is now balanced too (service {subject})"


def _handover(what: Handover) -> str:
    """Traffic that another service takes."""
    return f"traffic to {traffic_text(what.new.traffic)} goes to {what.new.service} instead of {what.old.service}"


def _server_port(subject: str | None, what: ServerPort) -> str:
    """The port of the servers."""
    ports = [_ports(side) for side in (what.new, what.old)]
    return f"servers of {subject} are reached at {' instead of '.join(ports)}"


def _ports(side: ServerPorts | None) -> str:
    return "the port that the client asked for" if side is None else f"port {plain_text(side)}"


def _servers(change: Change, what: Servers) -> str:
    """Servers that join or leave."""
    membership, addresses = what.fact, changed_servers(change)
    many = len(change.servers) > 1
    if what.effect is Effect.REMOVED:
        words = ["drained"] if membership.drain is not None else []
        words += ["down by hand"] if membership.down is not None else []
        words += ["backups" if many else "a backup"] if membership.backup else []
        return f"{change.subject} loses {addresses}" + (f" ({', '.join(words)})" if words else "")
    weight = f" with weight {membership.weight}{' each' if many else ''}" if membership.weight is not None else ""
    role = (" as backups" if many else " as a backup") if membership.backup else ""
    wishes = "".join([f", {words}" for words in wishes_text(membership.drain, membership.down)])
    ramp = f", ramp {time_text(membership.ramp)}" if membership.ramp is not None else ""
    return f"{change.subject} gains {addresses}{weight}{role}{ramp}{wishes}"


def _weights(change: Change, what: Weights) -> str:
    """A weight as the share of new connections that it gives, if it gives one before and after."""
    many, addresses = len(change.servers) > 1, changed_servers(change)
    before, after = _part(what.old), _part(what.new)
    if before is None or after is None or before == after:
        verb = "each have" if many else "has"
        return f"{addresses} of {change.subject} {verb} weight {what.new.weight} instead of {what.old.weight}"
    return f"{addresses} {'each take' if many else 'takes'} {after} new connections of {change.subject} instead of {before}"


def _part(share: Share) -> str | None:
    if not share.total:
        return None
    divisor = gcd(share.weight, share.total)
    return "all" if share.weight == share.total else f"{share.weight // divisor} of {share.total // divisor}"


def _draining(change: Change, what: Draining) -> str:
    """Servers that are drained, drained in another way, or drained no longer."""
    verb = "are" if len(change.servers) > 1 else "is"
    servers = f"{changed_servers(change)} of {change.subject} {verb}"
    if what.new is None:
        return f"{servers} no longer drained"
    if what.old is None:
        return f"{servers} now {drained_text(what.new)}"
    return f"{servers} still drained, {drain_options(what.new)} instead of {drain_options(what.old)}"


def _downing(change: Change, what: Downing) -> str:
    """Servers that are down by hand, for another reason, or no longer."""
    servers = f"{changed_servers(change)} of {change.subject} {'are' if len(change.servers) > 1 else 'is'}"
    if what.new is None:
        return f"{servers} no longer down by hand"
    if what.old is None:
        return f"{servers} now {down_text(what.new)}"
    new, old = (because(state.reason).strip() or "without a reason" for state in (what.new, what.old))
    return f"{servers} still down by hand, {new} instead of {old}"


def _probing(subject: str | None, what: Probing) -> str:
    """Another method of probing, the first, or none from now on."""
    if what.new is None:
        return f"{subject} is no longer probed"
    if what.old is None:
        return f"{subject} is now probed by {probe_text(what.new)}"
    return f"{subject} is probed by {method_text(what.new)} instead of {method_text(what.old)}"


def _probe_command(subject: str | None, what: ProbeCommand) -> str:
    """The command of a probe by `exec`."""
    old, new = (quoted(str(command)) for command in (what.old, what.new))
    return f"{subject} is probed by the command {new} instead of {old}"


def _probe_option(subject: str | None, what: ProbeOption) -> str:
    """An option of a probe that is added, removed or changed."""
    probe = f"the {what.method} probe of {subject}"
    old, new = (None if value is None else option_text(what.method, what.name, value) for value in (what.old, what.new))
    if new is None:
        return f"{probe} no longer has {what.name} {old}"
    if old is None:
        return f"{probe} now has {what.name} {new}"
    return f"{probe} has {what.name} {new} instead of {old}"
