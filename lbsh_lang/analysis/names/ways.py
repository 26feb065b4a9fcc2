"""What the device does, in hints: the interface of an external address, the number of an uplink, the gateway of a net; and
the source of outbound connections, of a net or a pool."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import NamedTuple

from lbsh_lang.analysis.live.session import Session
from lbsh_lang.site.model import Interface, Site, Source
from lbsh_lang.site.server_keys import server_key
from lbsh_lang.site.sources import Leaving, interfaces_of, leaving
from lbsh_lang.site.uplinks import DEFAULT_MARKS, Uplink, uplinks_of
from lbsh_lang.syntax import nodes
from lbsh_lang.syntax.statement import AnyStated
from lbsh_lang.values import BITS, Address, Network

_MOST_NAMES = 3


class Said(NamedTuple):
    """The words of a hint, and its tooltip."""

    label: str
    tooltip: str


class _Device(NamedTuple):
    """The device without services, as the session keeps it until something changes."""

    site: Site
    uplinks: dict[str, Uplink]
    of_pools: dict[str, list[Source]]


def ways_said(session: Session, stated: AnyStated) -> Iterator[Said]:
    """What follows from other lines for a statement about the device."""
    match stated.node:
        case nodes.ExternalAddrStatement(interface=None, leased=None):
            yield from _of_source(_device(session).site, stated)
        case nodes.ExternalGwStatement():
            uplink = next((one for one in _device(session).uplinks.values() if _has(one, stated)), None)
            if uplink is not None:
                yield Said(f"uplink {uplink.number}, {uplink.interface.name}", uplink_text(uplink))
        case nodes.InternalNetStatement(net=token) if token is not None and token.value is not None:
            yield from _joined([*_gateway_of(session, token.value), *_source_of_net(session, token.value)])


def source_of_pool(session: Session, pool: str) -> Said | None:
    """The source of outbound connections of a pool's servers, if an exception gives them one."""
    device = _device(session)
    sources = device.of_pools.get(pool)
    if not sources:
        return None
    ways = [Leaving(way, source) for source in sources for way in interfaces_of(device.site, source)]
    text = _leaving_text(device.site, ways)
    return Said(f"source {text}", f"its servers' connections to the world come from {text}") if text else None


def leaving_of(session: Session, address: Address) -> tuple[Leaving, ...]:
    """The sources of outbound connections of a server, for each external interface that gives them one."""
    site, pools, key = _device(session).site, session.resolution.pools, server_key(address)
    if site.net_of(address) is None:
        return ()

    def is_server_of(name: str) -> bool:
        life = pools[name].current if name in pools else None
        return life is not None and bool(life.at(key))

    return leaving(site, Network(address.family, address.value, BITS[address.family]), is_server_of)


def source_of_server(session: Session, address: Address) -> str:
    """The sources of outbound connections of a server in words, empty if they keep theirs."""
    ways = leaving_of(session, address)
    return _leaving_text(_device(session).site, ways) if ways else ""


def _leaving_text(site: Site, ways: Sequence[Leaving]) -> str:
    """Sources in words, each with its interfaces where others give other sources: `203.0.113.1 by em0 or …`."""
    names: dict[str, list[str]] = {}
    for one in ways:
        names.setdefault(_source_text(one), []).append(one.interface.name)
    if len(names) == 1 and len(ways) == len(site.external):
        return next(iter(names))
    told = [f"{source} by {' and '.join(interfaces[:_MOST_NAMES])}" for source, interfaces in names.items()]
    return " or ".join(told[:_MOST_NAMES]) + (" or others" if len(told) > _MOST_NAMES else "")


def _source_text(one: Leaving) -> str:
    return f"the address of {one.interface.name}" if one.source.address is None else str(one.source.address)


def uplink_at(session: Session, interface: str) -> Uplink | None:
    """The uplink of an external interface."""
    return _device(session).uplinks.get(interface)


def uplink_text(uplink: Uplink) -> str:
    """An uplink in words, with its mark under Linux."""
    hops = " and ".join(str(hop.address) for hop in uplink.hops)
    mark = f"0x{DEFAULT_MARKS.of(uplink):08x}"
    return f"uplink {uplink.number}, to {hops}: answers to what comes in here leave here; on Linux by the mark {mark}"


def _device(session: Session) -> _Device:
    return session.kept(_Device, _compute)


def _compute(session: Session) -> _Device:
    site = session.resolution.device_site()
    of_pools: dict[str, list[Source]] = {}
    for source in site.sources:
        for name in source.pools:
            of_pools.setdefault(name, []).append(source)
    return _Device(site, {one.interface.name: one for one in uplinks_of(site)}, of_pools)


def _joined(said: Sequence[Said]) -> Iterator[Said]:
    """Hints at one place as a single hint."""
    if said:
        yield Said(", ".join(one.label for one in said), "; ".join(one.tooltip for one in said))


def _gateway_of(session: Session, net: Network) -> Iterator[Said]:
    site = _device(session).site
    gateway = site.gateway(net)
    if gateway is not None and site.net_of(gateway) != net:
        yield Said(f"gateway {gateway}", f"the gateway {gateway} of another net stands for this one")


def _source_of_net(session: Session, net: Network) -> Iterator[Said]:
    """The source of a net's outbound connections, where the script gives several: a single one speaks for itself."""
    site = _device(session).site
    several = sum(source.family == net.family for source in site.sources) > 1
    ways = leaving(site, net, lambda pool: False) if several else ()
    if ways:
        text = _leaving_text(site, ways)
        yield Said(f"source {text}", f"connections from here to the world come from {text}, unless an exception fits")


def _has(uplink: Uplink, stated: AnyStated) -> bool:
    return any(hop.origin.rank == stated.rank for hop in uplink.hops)


def _of_source(site: Site, stated: AnyStated) -> Iterator[Said]:
    source = next((one for one in site.sources if one.origin.rank == stated.rank), None)
    ways = interfaces_of(site, source) if source is not None else ()
    if ways and len(site.external) > 1:
        yield Said(f"by {_listed(ways)}", f"the source of connections that leave by {_listed(ways)}")


def _listed(ways: tuple[Interface, ...]) -> str:
    names = [way.name for way in ways[:_MOST_NAMES]]
    return " or ".join(names) + (" or others" if len(ways) > _MOST_NAMES else "")
