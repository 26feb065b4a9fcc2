"""Hints about the device: the interface of an external address, the number of an uplink, the gateway of a net."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from lbsh_lang.analysis.live.session import Session
from lbsh_lang.site.model import Interface, Site
from lbsh_lang.site.sources import interfaces_of
from lbsh_lang.site.uplinks import DEFAULT_MARKS, Uplink, uplinks_of
from lbsh_lang.syntax import nodes
from lbsh_lang.syntax.statement import AnyStated

_MOST_NAMES = 3


class Said(NamedTuple):
    """The words of a hint, and its tooltip."""

    label: str
    tooltip: str


class _Device(NamedTuple):
    """The device without services, as the session keeps it until something changes."""

    site: Site
    uplinks: dict[str, Uplink]


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
            site = _device(session).site
            gateway = site.gateway(token.value)
            if gateway is not None and site.net_of(gateway) != token.value:
                yield Said(f"gateway {gateway}", f"the gateway {gateway} of another net stands for this one")


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
    return _Device(site, {one.interface.name: one for one in uplinks_of(site)})


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
