"""Parts of a site in the words of a sentence: addresses, traffic, times, probes, a service in brackets."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from lbsh_lang.site.diff.changes import Traffic
from lbsh_lang.site.diff.probes import default_probe, effective_probe
from lbsh_lang.site.model import Failover, Pool, Probe, Server, Service
from lbsh_lang.syntax.methods import METHODS, OptionKind
from lbsh_lang.values import Address, Algorithm, Ports

_MOST = 12
"""How many things a sentence lists before it counts the rest."""

_UNITS = (("d", 86_400_000), ("h", 3_600_000), ("m", 60_000), ("s", 1000), ("ms", 1))


def listed(words: Sequence[str]) -> str:
    """A list with commas, which ends in a count if it is long."""
    if len(words) <= _MOST + 1:
        return ", ".join(words)
    return f"{', '.join(words[:_MOST])} and {len(words) - _MOST} more"


def addresses_text(addresses: Iterable[Address]) -> str:
    """Addresses in order, three or more neighbours as the range that an `add` would take."""
    words = []
    for first, last in _runs(sorted(addresses)):
        if last.value - first.value < 2:
            words += [str(first)] if first == last else [str(first), str(last)]
        elif first.family == 4 and first.value >> 8 == last.value >> 8:
            words.append(f"{first}-{last.value & 255}")
        else:
            words.append(f"{first}-{last}")
    return listed(words)


def _runs(addresses: list[Address]) -> Iterator[tuple[Address, Address]]:
    """The first and the last of neighbours in a sorted list."""
    if not addresses:
        return
    first = last = addresses[0]
    for address in addresses[1:]:
        if address != Address(last.family, last.value + 1):
            yield first, last
            first = address
        last = address
    yield first, last


def traffic_text(traffic: Traffic) -> str:
    """An address with protocols and ports: `62.103.127.150 tcp+udp 53`."""
    sets = {ports for _, ports in traffic.parts}
    if len(sets) == 1:
        protocols = "+".join(protocol.value for protocol, _ in traffic.parts)
        return f"{traffic.address} {protocols} {ports_text(sets.pop())}"
    parts = (f"{protocol.value} {ports_text(ports)}" for protocol, ports in traffic.parts)
    return f"{traffic.address} {' and '.join(parts)}"


def ports_text(ports: Ports) -> str:
    """Ports as a service states them."""
    return ",".join(str(port) for port in ports)


def time_text(milliseconds: int) -> str:
    """A duration in the largest unit of which it is a whole number."""
    unit, size = next((unit, size) for unit, size in _UNITS if milliseconds % size == 0)
    return f"{milliseconds // size}{unit}"


def quoted(text: str) -> str:
    """A text as a script has it."""
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'


def option_text(method: str, name: str, value: str) -> str:
    """The value of a probe's option as a script has it."""
    known = METHODS.get(method)
    kind = known.options.get(name, OptionKind.TEXT) if known else OptionKind.TEXT
    if kind is OptionKind.FILE:
        return f"file {quoted(value)}"
    return quoted(value) if kind is OptionKind.TEXT else value


def method_text(probe: Probe) -> str:
    """A probe's method with what it is given."""
    words = [probe.method]
    if probe.argument is not None:
        words.append(quoted(probe.argument))
    if probe.options:
        words.append(
            f"({', '.join(f'{name} {option_text(probe.method, name, value)}' for name, value in probe.options)})"
        )
    return " ".join(words)


def probe_text(probe: Probe) -> str:
    """A probe with all that is not by default so."""
    usual = default_probe(probe.origin)
    words = [method_text(probe)]
    words += [f"every {time_text(probe.every)}"] if probe.every != usual.every else []
    words += [f"timeout {time_text(probe.timeout)}"] if probe.timeout != usual.timeout else []
    words += [f"rise {probe.rise}"] if probe.rise != usual.rise else []
    words += [f"fall {probe.fall}"] if probe.fall != usual.fall else []
    return " ".join(words)


def service_text(service: Service) -> str:
    """A service with its options and its servers: `service DNS, sticky 1h: 192.168.1.2, 192.168.1.3`."""
    words = [f"service {service.name}"]
    words += [f"sticky {time_text(1000 * service.sticky)}"] if service.sticky is not None else []
    words += ["reflect"] if service.reflect else []
    pool = service.pool
    if pool is not None and pool.port is not None:
        words.append(f"at port {pool.port}")
    if pool is not None and pool.algorithm is not Algorithm.ROUND_ROBIN:
        words.append(pool.algorithm.value)
    if service.probe is not None:
        words.append(f"probed by {probe_text(service.probe)}")
    elif effective_probe(service) is None:
        words.append("not probed")
    return f"{', '.join(words)}{f': {servers_text(pool)}' if pool and pool.servers else ''}"


def servers_text(pool: Pool) -> str:
    """The servers of a pool, those that are alike together; weights where there are several."""
    weighed = {role: len({one.weight for one in pool.servers if one.backup is role}) > 1 for role in (False, True)}
    groups: dict[tuple[bool, bool, int], list[Server]] = {}
    for server in pool.servers:
        weight = server.weight if weighed[server.backup] else 0
        groups.setdefault((server.backup, server.drained, weight), []).append(server)
    parts = []
    for backup, drained, weight in sorted(groups):
        words = [addresses_text(server.address for server in groups[backup, drained, weight])]
        words += [f"weight {weight}"] if weight else []
        words += ["backup"] if backup else []
        words += ["drained"] if drained else []
        parts.append(" ".join(words))
    return "; ".join(parts)


def pair_text(failover: Failover) -> str:
    """What there is to say of a failover pair besides its devices."""
    words = [f"{device.name} skew {device.skew}" for device in failover.devices]
    if failover.sync is not None:
        words.append(f"states over {failover.sync}{f' with peer {failover.peer}' if failover.peer else ''}")
    if failover.password_file is not None:
        words.append(f"password in {quoted(failover.password_file)}")
    return ", ".join(words)
