"""A trace in words: steps with the statements behind them, which both the text and the JSON rendering show."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import assert_never

from lbsh_lang.renderings.trace.options import options_of
from lbsh_lang.renderings.trace.rows import MOST_ROWS, Row, rows_of
from lbsh_lang.renderings.trace.sources import inside_text, seen_as
from lbsh_lang.renderings.value_text import listed, ports_text
from lbsh_lang.site.model import Interface, Origin, Pool, Service
from lbsh_lang.site.places import Places
from lbsh_lang.site.trace.values import (
    Balanced,
    NoPool,
    NoServer,
    NoService,
    NotReflected,
    Obstacle,
    OtherClients,
    Outcome,
    Own,
    Side,
    Trace,
    Unbalanced,
    Unseen,
)
from lbsh_lang.values import Address, Algorithm


@dataclass(frozen=True, slots=True)
class Step:
    """An event on the packet's way, or the reason why it does not happen: a keyword, a text, the statements behind it."""

    about: str
    text: str
    origins: tuple[Origin, ...] = ()
    rows: tuple[Row, ...] = ()


def headline(trace: Trace) -> str:
    """The outcome for the packet, in one line."""
    packet = trace.packet
    start = packet.source if packet.source_port is None else endpoint(packet.source, packet.source_port)
    return f"{packet.protocol.value} {start} -> {endpoint(packet.destination, packet.port)}: {_end(trace)}"


def steps_of(trace: Trace, places: Places) -> tuple[Step, ...]:
    """All steps of the packet, in order."""
    arrival = _arrival(trace, places)
    verdict = trace.verdict
    if isinstance(verdict, Balanced):
        return (arrival, *_balanced(trace, verdict, places))
    return (arrival, _obstacle(trace, verdict, places), *_fate(trace, places))


def endpoint(address: Address, port: int) -> str:
    """An address with a port, in the usual notation."""
    return f"[{address}]:{port}" if address.family == 6 else f"{address}:{port}"


def _end(trace: Trace) -> str:
    verdict = trace.verdict
    match verdict:
        case Balanced(service=service):
            count = len(trace.servers)
            servers = "one server" if count == 1 else f"one of {count} servers"
            return f"balanced by service {service.name}, to {servers}"
        case Own():
            return "not balanced, since it is the device's own"
        case NoService(reason=reason):
            if reason is Unbalanced.OTHER_PORT:
                return "not balanced, services at this address have other ports or protocols"
            what = "a server's own address" if trace.farms else "no service has this address"
            return f"not balanced, {what}" + (f"; leaves as {_ends(trace)}" if trace.is_translated else "")
        case Unseen(service=service):
            return f"not balanced, service {service.name} takes no such connections by {trace.entry.stated}"
        case NotReflected(service=service):
            return f"not balanced, service {service.name} is not reflected"
        case OtherClients(service=service):
            return f"not balanced, service {service.name} is for other clients"
        case NoPool(service=service):
            return f"not balanced, service {service.name} has no pool"
        case NoServer(service=service, reason=reason):
            if reason is Unbalanced.EMPTY_POOL:
                return f"not balanced, the pool of service {service.name} is empty"
            return f"not balanced, no server of service {service.name} takes connections"
        case _:
            assert_never(verdict)


# The entry


def _arrival(trace: Trace, places: Places) -> Step:
    entry, source = trace.entry, trace.packet.source
    if entry.side is Side.DEVICE:
        return Step("arrival", f"It comes from the device itself: {source} is an address of its own.", ())
    net = f"in the internal net {entry.net}" if entry.net is not None else "in no internal net"
    origins = _origins(*entry.interfaces, places.internal_net(entry.net) if entry.net is not None else None)
    if entry.side is Side.ELSEWHERE:
        return Step("arrival", f"It comes in by {entry.stated}, which the script does not name.")
    where = _by(entry.interfaces, "external" if entry.side is Side.OUTSIDE else "internal")
    comes = "All that follows holds if it comes in by" if entry.stated is None else "It comes in by"
    return Step("arrival", f"{comes} {where}: {source} is {net}.", origins)


def _by(interfaces: tuple[Interface, ...], side: str) -> str:
    if not interfaces:
        return f"an interface that the script does not name ({side})"
    if len(interfaces) == 1:
        return f"{interfaces[0].name}, the {side} interface"
    return f"one of the {side} interfaces {_any_of(interfaces)}"


def _any_of(interfaces: tuple[Interface, ...]) -> str:
    return " or ".join(dict.fromkeys(interface.name for interface in interfaces))


def _origins(*parts: Interface | Service | Origin | None) -> tuple[Origin, ...]:
    return tuple(part.origin if isinstance(part, Interface | Service) else part for part in parts if part is not None)


# Balanced


def _balanced(trace: Trace, verdict: Balanced, places: Places) -> Iterator[Step]:
    service, pool = verdict
    reflected = trace.entry.side is Side.INSIDE
    also = ", which has `reflect`, so that clients inside are balanced too" if reflected else ""
    yield Step("service", f"{_is_for(trace, service)}{also}.", (service.origin,))
    for option in options_of(trace, service):
        if option.effect is not None:
            yield Step(option.word, option.effect, service.origins)
    yield Step("choice", _choice(trace, pool), (pool.origin,), tuple(rows_of(trace)))
    yield _destination(trace, pool)
    yield _source(trace, service, places)
    yield _answer(trace, service)


def _is_for(trace: Trace, service: Service) -> str:
    """The start of a sentence about the packet's service."""
    outer = listed([one.name for one in trace.outer])
    return f"It is for service {service.name}" + (f" (more specific than {outer})" if outer else "")


def _choice(trace: Trace, pool: Pool) -> str:
    left = "is left with its backups and " if any(server.backup for server in trace.servers) else ""
    if len(trace.servers) == 1:
        return f"Pool {pool.name} {left}has one server that serves:"
    return f"Pool {pool.name} {left}chooses {_algorithm(trace, pool.algorithm)}:"


def _algorithm(trace: Trace, algorithm: Algorithm) -> str:
    match algorithm:
        case Algorithm.ROUND_ROBIN:
            return "by round-robin, each server in its turn"
        case Algorithm.RANDOM:
            return "at random, for each connection anew"
        case Algorithm.SOURCE_HASH:
            same = f"by source-hash, always the same server for {trace.packet.source}; which one, the site does not say"
            return f"{same} (shares of all clients)"
        case Algorithm.LEAST_CONNECTIONS:
            return "by least-connections, the server that has the fewest; so shares are not fixed"
        case _:
            assert_never(algorithm)


def _destination(trace: Trace, pool: Pool) -> Step:
    packet = trace.packet
    if trace.port is None:
        return Step("destination", "The destination becomes the server, and the port that of the server.")
    if trace.port == packet.port:
        return Step("destination", f"The destination becomes the server; the port stays {packet.port}.")
    text = f"The destination becomes the server, and the port {trace.port} instead of {packet.port}."
    servers = [server.origins[-1] for server in trace.servers if server.port is not None]
    return Step("destination", text, tuple(dict.fromkeys(servers))[:MOST_ROWS] or (pool.origin,))


def _source(trace: Trace, service: Service, places: Places) -> Step:
    by = f" It leaves by {_any_of(trace.leaves)}." if trace.leaves else ""
    client = trace.packet.source
    if not trace.is_translated:
        return Step("source", f"The source stays {client}: that is whom the server sees.{by}")
    if service.masquerade:
        return _masqueraded(trace, service, places, by)
    gateway = next(source for source in trace.sources if source is not None and source != client)
    origins = _origins(places.gateway(gateway))
    if len(trace.sources) == 1:
        text = f"The source becomes {gateway}, the internal gateway: that is whom the server sees, not the client.{by}"
        return Step("source", text, origins)
    text = (
        f"The source becomes {gateway}, the internal gateway, for servers in {trace.entry.net}, where the client is their "
        f"neighbour: these see the gateway, not the client. For other servers the source stays {client}.{by}"
    )
    return Step("source", text, origins)


def _masqueraded(trace: Trace, service: Service, places: Places, by: str) -> Step:
    gateways = [source for source in trace.sources if source is not None]
    names = [f"the internal gateway {gateway}" for gateway in gateways]
    if None in trace.sources:
        leaves = [interface.name for interface in trace.leaves]
        names.append(f"the address of {leaves[0] if len(set(leaves)) == 1 else 'the interface by which it leaves'}")
    depends = ", by the net of the server" if len(names) > 1 else ""
    text = f"The service has `masquerade`: the source becomes {' or '.join(names)}{depends}."
    text += f" That is whom the server sees, not the client.{by}"
    return Step("source", text, _origins(service, *map(places.gateway, gateways)))


def _answer(trace: Trace, service: Service) -> Step:
    packet = trace.packet
    place = endpoint(service.address, packet.port)
    if packet.source not in trace.sources:
        text = (
            f"Way back: the server answers the device, even where the client is its neighbour. The device makes {place} "
            f"the source of the answer again, and {packet.source} its destination."
        )
    else:
        text = (
            f"Way back: the server answers {packet.source}, and its way there must lead through the device, which makes "
            f"{place} the source of the answer again."
        )
    return Step("answer", text + _way_back(trace))


def _way_back(trace: Trace) -> str:
    """The uplink by which answers leave."""
    if not trace.answers:
        return ""
    if len(trace.entry.interfaces) == 1:
        return f" The answer leaves by {_any_of(trace.answers)}, where the connection came in."
    return f" If the connection came in by {_any_of(trace.answers)}, the answer leaves there again."


# Not balanced


def _obstacle(trace: Trace, obstacle: Obstacle, places: Places) -> Step:
    """The reason why the packet is not balanced, and the services that were probably meant."""
    match obstacle:
        case Own(service=service):
            return Step("reason", "The device's own connections are never balanced.", _origins(service))
        case NoService(reason=reason):
            return _no_service(trace, reason)
        case Unseen(service=service):
            return Step("reason", f"It is for service {service.name}, but {_why_unseen(trace)}.", (service.origin,))
        case NotReflected(service=service):
            text = f"{_is_for(trace, service)}, which has no `reflect`: clients inside are not balanced."
            return Step("reason", text, (service.origin,))
        case OtherClients(service=service):
            nets = listed([str(net) for net in service.clients])
            text = f"{_is_for(trace, service)}, which serves clients from {nets} only."
            return Step("reason", text, (service.origin,))
        case NoPool(service=service):
            return Step("reason", f"{_is_for(trace, service)}, which has no pool.", (service.origin,))
        case NoServer():
            return _no_server(trace, obstacle, places)
        case _:
            assert_never(obstacle)


def _why_unseen(trace: Trace) -> str:
    if trace.entry.side is Side.ELSEWHERE:
        return "only connections that come in by interfaces of the script are balanced"
    return "by an internal interface only connections from internal nets are balanced"


def _no_service(trace: Trace, reason: Unbalanced) -> Step:
    packet = trace.packet
    address = packet.destination
    if trace.farms:
        names = listed([service.name for service in trace.farms])
        text = f"{address} is itself a server of {names}; connections to a server's own address are not balanced."
        pools = [service.pool for service in trace.farms if service.pool is not None]
        servers = [server for pool in pools for server in pool.servers if server.address == address]
        return Step("reason", text, tuple(dict.fromkeys(server.origin for server in servers))[:MOST_ROWS])
    if reason is Unbalanced.OTHER_PORT:
        text = f"No service at {address} is for {packet.protocol.value} {packet.port}. There is:"
    else:
        text = f"No service has the address {address}." + (" There is:" if trace.near else "")
    return Step("reason", text, (), tuple(_service_row(service) for service in trace.near))


def _service_row(service: Service) -> Row:
    protocols = "+".join(protocol.value for protocol in service.protocols)
    return Row((service.name, str(service.address), f"{protocols} {ports_text(service.ports)}"), service.origin)


def _no_server(trace: Trace, obstacle: NoServer, places: Places) -> Step:
    service, pool = obstacle.service, obstacle.pool
    start = f"{_is_for(trace, service)}, but "
    if obstacle.reason is Unbalanced.EMPTY_POOL:
        return Step("reason", f"{start}its pool {pool.name} is empty.", (service.origin, pool.origin))
    who = " of new clients, only those of clients that it remembers (`keep clients`)" if trace.keeping else ""
    text = f"{start}no server of its pool {pool.name} takes connections{who}:"
    return Step("reason", text, (service.origin, pool.origin), tuple(rows_of(trace)))


def _outbound(trace: Trace) -> Step:
    """The source that a connection to the world gets, by each interface if it depends on that."""
    used = dict.fromkeys(one for one in trace.translations if one is not None)
    origins = tuple(one.source.origin for one in used)
    if len(trace.sources) > 1:
        ways = zip(trace.leaves, trace.translations, strict=True)
        each = listed([f"{seen_as(one, trace.packet.source)} by {interface.name}" for interface, one in ways])
        return Step("source", f"The source depends on the interface: {each}.", origins)
    only = next(iter(used))
    what = "" if only.source.address is None else ", the external address"
    if only.source.is_exception:
        what += f" for connections from {inside_text(only.source)}"
    return Step("source", f"The source becomes {_ends(trace)}{what}: that is whom the other end sees.", origins)


def _ends(trace: Trace) -> str:
    """The sources that the other end of a connection to the world may see."""
    seen = [seen_as(one, trace.packet.source) for one in trace.translations]
    return " or ".join(dict.fromkeys(seen))


def _fate(trace: Trace, places: Places) -> Iterator[Step]:
    """The further way of the packet."""
    packet, outcome = trace.packet, trace.outcome
    match outcome:
        case Outcome.NOBODY:
            yield Step(
                "fate",
                "It is forwarded to nobody. nftables and iptables leave it to the device, which refuses it at once unless "
                "a program of its own listens there; PF drops it or leaves it, by its version.",
            )
        case Outcome.DEVICE:
            what = f"{packet.protocol.value} port {packet.port}"
            text = f"It ends at the device, which refuses it unless a program of its own listens on {what}."
            yield Step("fate", text + _way_back(trace))
        case Outcome.ASIDE:
            text = (
                f"It stays in {trace.entry.net}: such packets go straight to their neighbour, not through the device."
            )
            yield Step("fate", text)
        case Outcome.FORWARDED | Outcome.BALANCED:
            yield from _forwarded(trace, places)
        case _:
            assert_never(outcome)


def _forwarded(trace: Trace, places: Places) -> Iterator[Step]:
    packet = trace.packet
    by = f" by {_any_of(trace.leaves)}" if trace.leaves else ""
    text = f"It is routed on to {packet.destination}{by}, as far as other rules let it."
    yield Step("fate", text + _way_back(trace))
    if trace.is_translated:
        yield _outbound(trace)
        text = (
            f"Way back: answers come to {_ends(trace)}, where the device makes {packet.source} their destination again."
        )
        yield Step("answer", text)
        return
    if trace.kept is not None:
        text = f"The source stays {packet.source}, as connections to {trace.kept.net} keep theirs (`keep source`)."
        yield Step("source", text, (trace.kept.origin,))
        return
    outbound = trace.entry.net is not None and bool(trace.leaves) and trace.towards is Side.OUTSIDE
    why = f", since no IPv{packet.source.family} `external addr` is given" if outbound else ""
    yield Step("source", f"The source stays {packet.source}{why}: that is whom the other end sees.")
