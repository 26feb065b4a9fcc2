"""Parts of a site in the words of a sentence about a change: traffic, a probe, a service with its options and servers."""

from __future__ import annotations

from collections.abc import Iterator
from typing import assert_never

from lbsh_lang.probes.base import OptionKind
from lbsh_lang.renderings.value_text import addresses_text, listed, ports_text, quoted, time_text
from lbsh_lang.site.diff.changes import Change, DownState, DrainState
from lbsh_lang.site.diff.fields import PROBE_SETTINGS, PROBE_SWITCHES, PROBE_VALUES, SERVICE_SETTINGS, SERVICE_SWITCHES
from lbsh_lang.site.diff.plain import Clients, Plain, ServerPorts, Time, Traffic
from lbsh_lang.site.diff.pools import down_state, drain_state
from lbsh_lang.site.model import Device, Failover, Interface, Pool, Probe, Server, Service
from lbsh_lang.site.probing import default_probe, effective_probe
from lbsh_lang.syntax.methods import METHODS
from lbsh_lang.values import Address, Algorithm, Helper, Network


def plain_text(fact: Plain) -> str:
    """A fact that makes sense by itself."""
    match fact:
        case Time():
            return time_text(fact.milliseconds)
        case Traffic():
            return traffic_text(fact)
        case Clients():
            return listed([str(net) for net in fact.nets])
        case Algorithm(value=word) | Helper(value=word):
            return str(word)
        case ServerPorts(pairs=pairs):
            return listed([str(own) if asked is None else f"{own} for {asked}" for asked, own in pairs])
        case Interface():
            return fact.name
        case str() | int() | Address() | Network():
            return str(fact)
        case _:
            assert_never(fact)


def traffic_text(traffic: Traffic) -> str:
    """An address with protocols and ports: `62.103.127.150 tcp+udp 53`."""
    sets = {ports for _, ports in traffic.parts}
    if len(sets) == 1:
        protocols = "+".join(protocol.value for protocol, _ in traffic.parts)
        return f"{traffic.address} {protocols} {ports_text(sets.pop())}"
    parts = (f"{protocol.value} {ports_text(ports)}" for protocol, ports in traffic.parts)
    return f"{traffic.address} {' and '.join(parts)}"


def option_text(method: str, name: str, value: str) -> str:
    """The value of a probe's option, in the notation of scripts."""
    known = METHODS.get(method)
    option = known.options.get(name) if known is not None else None
    kind = option.kind if option is not None else OptionKind.TEXT
    match kind:
        case OptionKind.FILE:
            return f"file {quoted(value)}"
        case (
            OptionKind.TEXT
            | OptionKind.PATH
            | OptionKind.HOST
            | OptionKind.SITE
            | OptionKind.DOMAIN
            | OptionKind.FILTER
        ):
            return quoted(value)
        case OptionKind.STATUSES | OptionKind.SWITCH | OptionKind.RECORD | OptionKind.CODE:
            return value
        case _:
            assert_never(kind)


def method_text(probe: Probe) -> str:
    """A probe's method with its argument and options."""
    words = [probe.method]
    if probe.argument is not None:
        words.append(quoted(probe.argument))
    if probe.options:
        words.append(
            f"({', '.join(f'{name} {option_text(probe.method, name, value)}' for name, value in probe.options)})"
        )
    return " ".join(words)


def probe_text(probe: Probe) -> str:
    """A probe's method, and the values that differ from the default probe."""
    usual = default_probe(probe.origin)
    words = [method_text(probe)]
    for setting in PROBE_SETTINGS:
        given = setting.value(probe)
        if given is not None:
            words.append(f"{setting.key} {plain_text(given)}")
    for field in PROBE_VALUES:
        value = field.value(probe)
        if value != field.value(usual):
            words.append(f"{field.key} {plain_text(value)}")
    words += [
        f"{one.key} {'on' if one.is_on(probe) else 'off'}"
        for one in PROBE_SWITCHES
        if one.is_on(probe) is not one.is_on(usual)
    ]
    return " ".join(words)


def service_text(service: Service) -> str:
    """A service with its options and its servers: `service DNS, sticky 1h: 192.168.1.2, 192.168.1.3`."""
    pool = service.pool
    words = [f"service {service.name}", *(" ".join(filter(None, option)) for option in options_of(service))]
    if pool is not None and pool.ports:
        words.append(f"at port {ports_text(pool.ports)}")
    if pool is not None and pool.algorithm is not Algorithm.ROUND_ROBIN:
        words.append(pool.algorithm.value)
    if service.probe is not None:
        words.append(f"probed by {probe_text(service.probe)}")
    elif effective_probe(service) is None:
        words.append("not probed")
    return f"{', '.join(words)}{f': {servers_text(pool)}' if pool and pool.servers else ''}"


def options_of(service: Service) -> Iterator[tuple[str, str]]:
    """The options of a service as keywords and values; the value is empty for an option without one."""
    for setting in SERVICE_SETTINGS:
        value = setting.value(service)
        if value is not None:
            yield setting.key, plain_text(value)
    yield from ((switch.key, "") for switch in SERVICE_SWITCHES if switch.is_on(service))


def changed_servers(change: Change) -> str:
    """The servers that a change is about."""
    return addresses_text(change.servers) + (f" (port {change.port})" if change.port is not None else "")


def servers_text(pool: Pool) -> str:
    """The servers of a pool, grouped by role and weight; with the weight only if the weights of a role differ."""
    weighed = {role: len({one.weight for one in pool.servers if one.backup is role}) > 1 for role in (False, True)}
    groups: dict[tuple[bool, str, int, int, int], list[Server]] = {}
    for server in pool.servers:
        weight = server.weight if weighed[server.backup] else 0
        wishes = ", ".join(wishes_text(drain_state(server.drain), down_state(server.down_by_hand)))
        groups.setdefault((server.backup, wishes, weight, server.port or 0, server.ramp or 0), []).append(server)
    parts = []
    for backup, wishes, weight, port, ramp in sorted(groups):
        words = [addresses_text(server.address for server in groups[backup, wishes, weight, port, ramp])]
        words += [f"(port {port})"] if port else []
        words += [f"weight {weight}"] if weight else []
        words += ["backup"] if backup else []
        words += [f"ramp {time_text(ramp)}"] if ramp else []
        words += [wishes] if wishes else []
        parts.append(" ".join(words))
    return "; ".join(parts)


def wishes_text(drain: DrainState | None, down: DownState | None) -> Iterator[str]:
    """The words for what the operator asked for."""
    if drain is not None:
        yield drained_text(drain)
    if down is not None:
        yield down_text(down)


def down_text(down: DownState) -> str:
    """`down by hand`, with the reason in brackets."""
    return "down by hand" if down.reason is None else f"down by hand ({because(down.reason).strip()})"


def because(reason: str | None) -> str:
    """A reason, with a blank before it; nothing for none."""
    return "" if reason is None else f" because {quoted(reason)}"


def drained_text(drain: DrainState) -> str:
    """`drained`, with the options of the `drain` in brackets."""
    return "drained" if drain == _PLAIN_DRAIN else f"drained ({drain_options(drain)})"


def drain_options(drain: DrainState) -> str:
    """The options of a `drain`, in the notation of scripts."""
    words = ["keep clients"] if drain.keeps_clients else []
    words += [f"for {time_text(drain.time)}"] if drain.time is not None else []
    words += [f"because {quoted(drain.reason)}"] if drain.reason is not None else []
    return " ".join(words) or "without an option"


_PLAIN_DRAIN = DrainState(keeps_clients=False, time=None, reason=None)


def pair_text(failover: Failover) -> str:
    """The devices of a failover pair, their link, the addresses that they watch, and the files of their secrets."""
    words = [f"{device.name} {device_text(device)}" for device in failover.devices]
    if failover.sync is not None:
        words.append(f"states over {failover.sync}")
    if failover.watched:
        words.append(f"watching {listed([str(address) for address in failover.watched])}")
    if failover.password_file is not None:
        words.append(f"password in {quoted(failover.password_file)}")
    if failover.key_file is not None:
        words.append(f"key in {quoted(failover.key_file)}")
    return ", ".join(words)


def device_text(device: Device) -> str:
    """The own addresses and the skew of a device of a failover pair."""
    own = f"at {listed([str(address) for address in device.addresses])} " if device.addresses else ""
    return f"{own}skew {device.skew}"
