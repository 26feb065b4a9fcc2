"""Differences of what servers see in place of clients: an address of the device, which follows from the servers' nets.

A statement about a net or a gateway changes it for services that no word of the statement names. A net is looked up by
prefix, a gateway once for each net, so that the cost is that of the servers.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator

from lbsh_lang.site.diff import fields
from lbsh_lang.site.diff.changes import Change, Setting
from lbsh_lang.site.diff.fields import SettingWords
from lbsh_lang.site.diff.services import Pairs
from lbsh_lang.site.model import Pool, Service, Site
from lbsh_lang.values import BITS, Address, Family, Network


def reflected_by_gateway(site: Site) -> dict[object, tuple[str, ...]]:
    """The gateways with the services of which some server sees its neighbours come from there."""
    source = _sources_in(site)
    found: dict[Address, dict[str, None]] = {}
    for service in site.services:
        if service.reflect and not service.masquerade:
            for gateway in {source(fields.REFLECTION, address) for address in _addresses(service.pool)}:
                if gateway is not None:
                    found.setdefault(gateway, {})[service.name] = None
    return {gateway: tuple(names) for gateway, names in found.items()}


def values_of(change: Change) -> tuple[object, object]:
    """The values of a setting before and after its change."""
    assert isinstance(change.what, Setting)
    return change.what.old, change.what.new


def diff_seen(old: Site, new: Site, replaced: Collection[tuple[object, object]]) -> Iterator[Change]:
    """The changed sources of reflected and masqueraded connections to servers that are there before and after.

    Each has its services. A gateway that takes the place of another one (`replaced`) says so of reflected ones itself.
    """
    if (old.internal_nets, old.gateways, old.bindings) == (new.internal_nets, new.gateways, new.bindings):
        return
    pairs, before, after = Pairs(old.services, new.services), _sources_in(old), _sources_in(new)
    found: dict[Setting, dict[str, None]] = {}
    for service in new.services:
        was = pairs.before.get(service.name)
        words = None if was is None else _words_for(was, service)
        if was is not None and words is not None:
            known = _addresses(was.pool)
            for address in _addresses(service.pool):
                setting = Setting(words, before(words, address), after(words, address))
                if address in known and setting.old != setting.new:
                    found.setdefault(setting, {})[service.name] = None
    for setting, names in found.items():
        values = setting.old, setting.new
        if setting.words is fields.MASK or (None not in values and values not in replaced):
            yield Change(setting, None, others=tuple(names))


def _words_for(old: Service, new: Service) -> SettingWords | None:
    """The words about the source of connections to a service that is masqueraded, or reflected, before and after."""
    if old.masquerade or new.masquerade:
        return fields.MASK if old.masquerade and new.masquerade else None
    return fields.REFLECTION if old.reflect and new.reflect else None


def _addresses(pool: Pool | None) -> dict[Address, None]:
    return dict.fromkeys(server.address for server in pool.servers) if pool is not None else {}


def _sources_in(site: Site) -> Callable[[SettingWords, Address], Address | None]:
    """A function that returns the source of masqueraded or reflected connections to a server."""
    net_of = _nets_of(site)
    gateways = {net_of(gateway): gateway for gateway in reversed(site.gateways)}
    standing: dict[Network, Address | None] = {}

    def source(words: SettingWords, server: Address) -> Address | None:
        net = net_of(server)
        if net is None or net in gateways or words is fields.MASK:
            return gateways.get(net) if net is not None else None
        if net not in standing:
            standing[net] = site.gateway(net)
        return standing[net]

    return source


def _nets_of(site: Site) -> Callable[[Address], Network | None]:
    """A function that returns the smallest internal net of an address: a look-up for each length of a prefix in use."""
    nets: dict[tuple[Family, int, int], Network] = {}
    for net in site.internal_nets:
        nets[net.family, net.length, net.value >> (BITS[net.family] - net.length)] = net
    lengths = sorted({(net.family, net.length) for net in site.internal_nets}, key=lambda one: -one[1])

    def net_of(address: Address) -> Network | None:
        keys = (
            (family, length, address.value >> (BITS[family] - length))
            for family, length in lengths
            if family == address.family
        )
        return next((nets[key] for key in keys if key in nets), None)

    return net_of
