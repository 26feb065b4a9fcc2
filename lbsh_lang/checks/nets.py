"""The networks on the device's inner side: look-ups of the network of an address, and of addresses that no host can have."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from functools import cached_property
from typing import NamedTuple

from lbsh_lang.site.device import Given, interface_of
from lbsh_lang.site.server_keys import ServerKey, address_of, port_of, server_key
from lbsh_lang.values import BITS, Address, Family, Network


class Edge(NamedTuple):
    """An address that no host of a network can have: its role there, and the statement of the network."""

    what: str
    net: Given[Network]


class Nets(tuple[Given[Network], ...]):
    """Networks with the statements that give them. Their indexes are made on first use and follow from them alone."""

    def of_family(self, family: Family) -> list[Given[Network]]:
        return [net for net in self if net.value.family == family]

    def outside(self, members: Collection[ServerKey]) -> list[ServerKey]:
        """The members in no network, of the families that have networks. Most pools lie within one network."""
        lengths, by_prefix = self._lengths, self._by_prefix
        if not lengths or not members:
            return []
        least, most = address_of(min(members)), address_of(max(members))
        for family, length in lengths:
            host = BITS[family] - length
            prefix = (family, length, least.value >> host)
            if family == least.family == most.family and most.value >> host == prefix[2] and prefix in by_prefix:
                return []
        families = {family for family, _ in lengths}
        addresses = [(member, address_of(member)) for member in members]
        return [member for member, one in addresses if one.family in families and self.holder(one) is None]

    def holder(self, address: Address | None) -> Given[Network] | None:
        """The smallest network that holds an address. Costs a look-up for each length of a prefix in use."""
        if address is None:
            return None
        for family, length in self._lengths:
            if family == address.family:
                given = self._by_prefix.get((family, length, address.value >> (BITS[family] - length)))
                if given is not None:
                    return given
        return None

    def first_of_each(self, members: Collection[ServerKey]) -> dict[ServerKey, Given[Network]]:
        """A member in each net that has some, with its net. Most pools lie within one net, which two look-ups tell."""
        if not members:
            return {}
        least, most = (self.holder(address_of(one)) for one in (min(members), max(members)))
        if least is not None and least is most and least.value not in self._outer and port_of(max(members)) is None:
            return {next(iter(members)): least}
        first: dict[Network, tuple[ServerKey, Given[Network]]] = {}
        for member in members:
            net = self.holder(address_of(member))
            if net is not None:
                first.setdefault(net.value, (member, net))
        return dict(first.values())

    @cached_property
    def _outer(self) -> frozenset[Network]:
        """The networks that hold a smaller one."""
        found = set()
        for net in (given.value for given in self):
            for family, length in self._lengths:
                if family == net.family and length < net.length:
                    outer = self._by_prefix.get((family, length, net.value >> (BITS[family] - length)))
                    found |= {outer.value} if outer is not None else set()
        return frozenset(found)

    @cached_property
    def edges(self) -> dict[ServerKey, Edge]:
        """The addresses that no host of the networks can have."""
        found: dict[ServerKey, Edge] = {}
        for given in self:
            net = given.value
            for address in (Address(net.family, net.value), Address(net.family, net.last)):
                what = edge_of(net, address)
                if what is not None:
                    found[server_key(address)] = Edge(what, given)
        return found

    @cached_property
    def _by_prefix(self) -> dict[tuple[Family, int, int], Given[Network]]:
        found: dict[tuple[Family, int, int], Given[Network]] = {}
        for given in self:
            net = given.value
            found[net.family, net.length, net.value >> (BITS[net.family] - net.length)] = given
        return found

    @cached_property
    def _lengths(self) -> list[tuple[Family, int]]:
        """The lengths of prefixes in use, the longest first."""
        return sorted({(net.value.family, net.value.length) for net in self}, key=lambda one: -one[1])


class Gateways(dict[ServerKey, Given[Address]]):
    """The device's addresses in internal nets, by their keys."""

    def __init__(self, gateways: Iterable[Given[Address]], nets: Nets) -> None:
        super().__init__((server_key(given.value), given) for given in gateways)
        self._nets = nets

    @cached_property
    def lacking(self) -> frozenset[Network]:
        """The nets for which no gateway stands, neither their own nor that of a net which may lie behind the same interface.

        Nets of a family without any gateway are left out.
        """
        holders = [net for given in self.values() if (net := self._nets.holder(given.value)) is not None]
        own = {net.value for net in holders}
        standing = {(net.value.family, interface_of(net)) for net in holders}
        families = {family for family, _ in standing}
        found = set()
        for net in self._nets:
            here, family = interface_of(net), net.value.family
            alone = here is not None and not {(family, here), (family, None)} & standing
            if alone and family in families and net.value not in own:
                found.add(net.value)
        return frozenset(found)

    @cached_property
    def router_nets(self) -> dict[Network, Given[Network]]:
        """The nets without a gateway of their own, each with the net of the router that leads to it.

        The router stands where the device has an address, behind the same interface. Nets whose router may stand in several
        nets are left out.
        """
        holders = (self._nets.holder(given.value) for given in self.values())
        own = {net.value: net for net in holders if net is not None}
        near: dict[tuple[Family, str | None], list[Given[Network]]] = {}
        every: dict[Family, list[Given[Network]]] = {}
        for net in own.values():
            near.setdefault((net.value.family, interface_of(net)), []).append(net)
            every.setdefault(net.value.family, []).append(net)
        found = {}
        for net in self._nets:
            here, family = interface_of(net), net.value.family
            bound, unbound = (near.get((family, interface), [])[:2] for interface in (here, None))
            places = every.get(family, []) if here is None else bound + unbound
            if net.value not in own and len(places) == 1:
                found[net.value] = places[0]
        return found


def edge_of(net: Network, address: Address) -> str | None:
    """The role of an address in its network, if it is not for hosts: RFC 919, RFC 4291 2.6.1; RFC 3021 for two addresses."""
    if net.last - net.value < 2:
        return None
    if address.value == net.value:
        return f"the network address of {net}"
    return f"the broadcast address of {net}" if net.family == 4 and address.value == net.last else None
