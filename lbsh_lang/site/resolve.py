"""The resolution of statements to their meaning: the histories of all entities, and the resulting site.

Every entity is folded from its own facts (`services`, `pools`, `device`); the faults of a fold stand beside its result, for
the checks to report. The site itself is computed on first use.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from typing import TypeVar

from lbsh_lang.site import model
from lbsh_lang.site.device import DeviceState, Given, interface_of
from lbsh_lang.site.device_facts import fold_device
from lbsh_lang.site.facts import Facts
from lbsh_lang.site.pool_lives import Effect, PoolHistory, PoolLife, value_of
from lbsh_lang.site.pools import fold_pool, pool_word
from lbsh_lang.site.script import Script
from lbsh_lang.site.server_keys import ServerKey, address_of, port_of, without_port
from lbsh_lang.site.services import ServiceHistory, ServiceLife, fold_service, service_word
from lbsh_lang.syntax import methods, nodes
from lbsh_lang.syntax.nodes import Token
from lbsh_lang.syntax.statement import AnyStated, Stated
from lbsh_lang.values import BITS, Address, Algorithm, Network, Ports, holders_of, usual_port

DEFAULT_STICKY = 3600
"""The time, in seconds, for which `sticky` alone keeps a client with its server after its last connection."""


@dataclass(frozen=True, slots=True)
class Reference:
    """A use of a name and the token that defines it."""

    use: Token[str]
    used_at: AnyStated
    definition: Token[str]
    defined_at: AnyStated


class Resolution:
    """The meaning of a script, entity by entity. Values of the script as a whole are computed on first use, and cached."""

    def __init__(self, script: Script) -> None:
        self.script = script
        self.facts = Facts(script.statements)
        self.services: dict[str, ServiceHistory] = {
            name: fold_service(name, facts) for name, facts in self.facts.services.items()
        }
        self.pools: dict[str, PoolHistory] = {
            name: fold_pool(name, self.facts.everywhere.among(facts), self.services.get)
            for name, facts in self.facts.pools.items()
        }
        self.device: DeviceState = fold_device(self.facts.device)

    @cached_property
    def pool_lives(self) -> dict[int, PoolLife]:
        """Pools by the rank of the statement that defines them."""
        return {life.defined.rank: life for history in self.pools.values() for life in history.lives}

    def effects_everywhere(self, rank: int) -> Iterable[Mapping[int, Effect]]:
        """The effects of a statement about servers in all pools, pool by pool; in each by the places of its targets."""
        return self.effects_by_pool(rank).values()

    def effects_by_pool(self, rank: int) -> Mapping[str, Mapping[int, Effect]]:
        """The same, by the name of the pool."""
        return self._effects_everywhere.get(rank, {})

    @cached_property
    def _effects_everywhere(self) -> dict[int, dict[str, Mapping[int, Effect]]]:
        found: dict[int, dict[str, Mapping[int, Effect]]] = {one.rank: {} for one in self.facts.everywhere.statements}
        for name, history in self.pools.items() if found else ():
            for rank in history.effects.keys() & found.keys():
                found[rank][name] = history.effects[rank]
        return found

    def current_services(self) -> list[ServiceLife]:
        """The services at the end of the script, in the order of their definitions."""
        lives = [history.current for history in self.services.values()]
        return sorted((life for life in lives if life is not None), key=lambda life: life.defined.rank)

    def pool_of(self, service: ServiceLife) -> PoolLife | None:
        return self.pool_lives.get(service.pool.rank) if service.pool else None

    def references(self) -> list[Reference]:
        """Every use of a service's or a pool's name with a definition, and the definition."""
        found = []
        for name, services in self.services.items():
            found += [
                _reference(use, service_word(use.node, name), services.uses[use.rank])
                for use in self.facts.services[name]
                if use.rank in services.uses and not isinstance(use.node, nodes.ServiceStatement)
            ]
        for name, pools in self.pools.items():
            found += [
                _reference(use, pool_word(use.node, name), pools.uses[use.rank])
                for use in self.facts.pools[name]
                if use.rank in pools.uses and not isinstance(use.node, nodes.PoolStatement)
            ]
        return found

    @cached_property
    def site(self) -> model.Site:
        """The site. Complete only if the checks find no error; faulty statements add nothing to it."""
        services = (self.service(life) for life in self.current_services())
        return replace(self.device_site(), services=model.settled(one for one in services if one is not None))

    def device_site(self) -> model.Site:
        """The site without its services."""
        device = self.device
        return model.Site(
            external=_interfaces(device.external),
            internal=_interfaces(device.internal),
            sources=tuple(source for given in device.sources if (source := self._source(given)) is not None),
            external_nets=tuple(given.value for given in device.external_nets),
            internal_nets=tuple(given.value for given in device.internal_nets),
            gateways=tuple(given.value for given in device.gateways),
            next_hops=tuple(model.NextHop(hop.value, interface_of(hop), hop.at) for hop in device.next_hops),
            bindings=_bindings(device),
            kept=tuple(model.Kept(given.value, given.at) for given in device.kept_nets),
            failover=_failover(device),
        )

    def _source(self, given: Given[Address] | Given[str]) -> model.Source | None:
        """A source of outbound connections, None if it is for pools alone that are gone at the end of the script."""
        node = given.at.node
        assert isinstance(node, nodes.ExternalAddrStatement)
        values = [token.value for token in node.inside if token.value is not None]
        named = [(name, self.pools.get(name)) for name in values if isinstance(name, str)]
        source = model.Source(
            address=given.value if isinstance(given.value, Address) else None,
            interface=interface_of(given),
            targets=tuple(value for value in values if not isinstance(value, str)),
            pools=tuple(
                name for name, one in named if one and one.current and one.uses.get(given.at.rank) is one.current
            ),
            origin=given.at,
        )
        return source if source.is_exception or not node.inside else None

    def service(self, life: ServiceLife) -> model.Service | None:
        """A service as a part of the site, None if its statement could not be read in full."""
        alone = service_alone(life)
        return service_with(alone, self.pool_of(life)) if alone is not None else None


def service_with(alone: model.Service, pool: PoolLife | None) -> model.Service:
    """A service with its pool, if it has one."""
    return alone if pool is None else replace(alone, pool=_pool(pool, alone.ports))


def service_alone(life: ServiceLife) -> model.Service | None:
    """A service without its pool, None if its statement could not be read in full."""
    part = readable_part(life)
    return (
        part if part.name and life.node.address and life.node.address.value and part.protocols and part.ports else None
    )


def readable_part(life: ServiceLife) -> model.Service:
    """A service without its pool, with empty values for what could not be read."""
    node = life.node
    return model.Service(
        name=(node.name and node.name.value) or "",
        address=(node.address and node.address.value) or _NO_ADDRESS,
        protocols=(node.protocol and node.protocol.value) or (),
        ports=tuple(token.value for token in node.ports if token.value is not None),
        sticky=_sticky(node),
        prefix=_client_prefix(node),
        reflect=node.reflect is not None,
        masquerade=node.masquerade is not None,
        clients=_clients(node),
        helper=node.helper.value if node.helper else None,
        pool=None,
        probe=_probe(life.probe) if life.probe else None,
        origin=life.defined,
        changes=_each_once(life.changed.values()) if life.changed else (),
    )


Changing = TypeVar("Changing", nodes.SetStatement, nodes.SetServiceStatement)


def _each_once(changes: Iterable[Stated[Changing]]) -> tuple[Stated[Changing], ...]:
    """The statements that change something, in their order."""
    return tuple(sorted({stated.rank: stated for stated in changes}.values(), key=lambda stated: stated.rank))


_NO_ADDRESS = Address(4, 0)


def _reference(used_at: AnyStated, use: Token[str] | None, life: ServiceLife | PoolLife) -> Reference:
    assert use is not None  # facts are filed under readable names
    assert life.node.name is not None
    return Reference(use, used_at, life.node.name, life.defined)


def _interfaces(all_given: list[Given[str]]) -> tuple[model.Interface, ...]:
    nodes_of = [(given, given.at.node) for given in all_given]
    params = [node.params if isinstance(node, nodes.InterfaceStatement) else None for _, node in nodes_of]
    return tuple(
        model.Interface(given.value, words.text if words else "", given.at)
        for given, words in zip(all_given, params, strict=True)
    )


def _bindings(device: DeviceState) -> tuple[model.Binding, ...]:
    nets = [(net, interface_of(net)) for net in (*device.external_nets, *device.internal_nets)]
    return tuple(model.Binding(net.value, interface, net.at) for net, interface in nets if interface is not None)


def _sticky(node: nodes.ServiceStatement) -> int | None:
    if node.sticky is None:
        return None
    if node.sticky_time is None or node.sticky_time.value is None:
        return DEFAULT_STICKY
    return node.sticky_time.value // 1000


def _client_prefix(node: nodes.ServiceStatement) -> int | None:
    """The length of the clients' networks, None if each address is a client of its own."""
    length = node.prefix.value if node.prefix is not None else None
    family = node.address.value.family if node.address and node.address.value else 6
    return length if length is not None and length < BITS[family] else None


def _clients(node: nodes.ServiceStatement) -> tuple[Network, ...]:
    """The networks of clients in order, without those that lie in another one."""
    holders = holders_of(token.value for token in node.clients if token.value is not None)
    return tuple([net for net, holder in holders.items() if net == holder])


def pool_alone(life: PoolLife) -> model.Pool:
    """A pool by itself, without regard to the services that it is for."""
    return _pool(life, ())


def _pool(life: PoolLife, asked: Ports) -> model.Pool:
    """The pool of a service with these ports."""
    node = life.node
    assert node.name is not None
    assert node.name.value is not None
    ports = tuple([port.value for port in node.ports if port.value is not None])
    usual = usual_port(asked, ports)
    servers = []
    for member, stated in life.members.items():
        add = stated.node
        weight = life.weight_of(member) if life.changed else add.weight
        servers.append(
            model.Server(
                address=address_of(member),
                weight=(weight.value if weight else None) or 1,
                backup=life.is_backup(member) if life.changed else add.backup is not None,
                drain=drain_of(life.drained.get(member)),
                origin=stated,
                port=_own_port(life, member, usual) if life.ported else None,
                changes=_each_once(life.changed.get(member, {}).values()) if life.changed else (),
                down_by_hand=down_of(life.downed.get(member)) if life.downed else None,
                ramp=life.ramp_of(member) if life.changed else value_of(add.ramp),
            )
        )
    return model.Pool(
        name=node.name.value,
        ports=ports,
        algorithm=node.algorithm.value if node.algorithm and node.algorithm.value else Algorithm.ROUND_ROBIN,
        servers=tuple(servers),
        origin=life.defined,
    )


def _own_port(life: PoolLife, member: ServerKey, usual: int | None) -> int | None:
    """The port of a server, None if it is the usual one: that of the service.

    An address that stands in the pool without a port too keeps its port, so that the two remain different servers.
    """
    port = port_of(member)
    return None if port == usual and without_port(member) not in life.members else port


def drain_of(stated: Stated[nodes.DrainFact] | None) -> model.Drain | None:
    """The state of a server that a statement has drained."""
    if stated is None:
        return None
    node = stated.node
    return model.Drain(
        keeps_clients=node.keep is not None,
        time=node.time.value if node.time else None,
        reason=node.reason.value if node.reason else None,
        origin=stated,
    )


def down_of(stated: Stated[nodes.DownFact] | None) -> model.DownByHand | None:
    """The state of a server that is down by a statement."""
    reason = stated.node.reason if stated is not None else None
    return None if stated is None else model.DownByHand(reason.value if reason is not None else None, stated)


def _probe(stated: Stated[nodes.ProbeStatement]) -> model.Probe | None:
    node = stated.node
    if node.method is None or node.method.value is None:
        return None
    options = zip(node.options, node.option_values, strict=False)
    return model.Probe(
        method=node.method.value,
        argument=node.argument.value if node.argument else None,
        options=tuple((name.text, value.value) for name, value in options if value.value is not None),
        port=node.port.value.first if node.port and node.port.value else None,
        every=_or_default(node.every, methods.DEFAULT_EVERY),
        timeout=_or_default(node.timeout, methods.DEFAULT_TIMEOUT),
        rise=_or_default(node.rise, methods.DEFAULT_RISE),
        fall=_or_default(node.fall, methods.DEFAULT_FALL),
        origin=stated,
        recheck=node.recheck is None or node.recheck.value is not False,
    )


def _or_default(token: Token[int] | None, default: int) -> int:
    return token.value if token is not None and token.value is not None else default


def _failover(device: DeviceState) -> model.Failover | None:
    if not device.devices:
        return None
    return model.Failover(
        devices=tuple(
            model.Device(given.value, _addresses_of(device, given), skew_of(given, rank) or 0, given.at)
            for rank, given in enumerate(device.devices)
        ),
        sync=device.sync.value if device.sync else None,
        watched=tuple(given.value for given in device.watched),
        password_file=device.password.value if device.password else None,
        key_file=device.key.value if device.key else None,
    )


def _addresses_of(device: DeviceState, given: Given[str]) -> tuple[Address, ...]:
    """A failover device's own addresses on the links."""
    return tuple(address.value for address in device.link_addresses if address.at is given.at)


def skew_of(given: Given[str], rank: int) -> int | None:
    """A failover device's skew, None if it cannot be read; by default, the first device has 0 and the second 100."""
    node = given.at.node
    skew = node.skew if isinstance(node, nodes.FailoverDeviceStatement) else None
    return skew.value if skew is not None else 100 * min(rank, 1)
