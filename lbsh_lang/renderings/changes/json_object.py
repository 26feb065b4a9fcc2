"""Changes of a site for programs: one JSON object.

`version` is 1; `changes` holds an object for each change, none if both sites mean the same:

- `kind`: the topic of the change (`Change.kind`), which determines the forms of `old` and `new`.
- `effect`: `added`, `removed` or `changed`.
- `subject`: the name of the service, null for the device.
- `old`, `new`: the values before and after; null for no value, and for a default. Times are in milliseconds, traffic is an
  address with the ports of each protocol as text; the `port` of a pool is a number, or an object from the ports of a service
  with several, as text, to those of the servers. For `drained` and `down-by-hand` it is the options of the statement, null
  if there is none.
- `servers`: the addresses of the servers concerned; `port`: their own port, null if they have that of the pool.
- `others`: further affected services or nets.
- `sentence`: the change in words.
- `places`: under `old` and `new` the statements behind them, each with `file` and `line`, which counts from 1.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import assert_never

from lbsh_lang.renderings.changes.sentences import sentence
from lbsh_lang.renderings.json_text import render_value
from lbsh_lang.renderings.value_text import ports_text
from lbsh_lang.site.diff.changes import (
    Change,
    Claim,
    Downing,
    DownState,
    Draining,
    DrainState,
    Effect,
    Membership,
    Offer,
    Owner,
    PooledService,
    Presence,
    ProbeOption,
    Share,
    What,
)
from lbsh_lang.site.diff.fields import (
    FAILOVER_SETTINGS,
    POOL_VALUES,
    PROBE_SETTINGS,
    PROBE_SWITCHES,
    PROBE_VALUES,
    SERVER_SETTINGS,
    SERVER_SWITCHES,
    SERVICE_SETTINGS,
    SERVICE_SWITCHES,
)
from lbsh_lang.site.diff.plain import Clients, Plain, ServerPorts, Time, Traffic
from lbsh_lang.site.diff.pools import down_state, drain_state
from lbsh_lang.site.diff.ports import server_port
from lbsh_lang.site.diff.traffic import traffic_of
from lbsh_lang.site.model import Device, Failover, Interface, Origin, Pool, Probe, Server, Service
from lbsh_lang.values import Address, Algorithm, Helper, Network

Json = dict[str, object]

Fact = Plain | Claim | Device | Failover | PooledService | Membership | Offer | Owner | Probe | Share


def render_changes_json(changes: Iterable[Change]) -> str:
    """All changes as one object, without a last line end."""
    found = [change_json(change) for change in changes]
    return render_value({"version": 1, "changes": found}, indent=2)


def change_json(change: Change) -> Json:
    """A change as an object, which always has all keys."""
    old, new = _sides(change.what)
    return {
        "kind": change.kind,
        "effect": change.effect.value,
        "subject": change.subject,
        "old": old,
        "new": new,
        "servers": [str(address) for address in change.servers],
        "port": change.port,
        "others": list(change.others),
        "sentence": sentence(change),
        "places": {"old": _places(change.old_origins), "new": _places(change.new_origins)},
    }


def _places(origins: Iterable[Origin]) -> list[Json]:
    return [{"file": origin.source.name, "line": origin.line + 1} for origin in origins]


def _sides(what: What) -> tuple[object, object]:
    """The values before and after."""
    if isinstance(what, Presence):
        fact = _fact(what.fact)
        return (None, fact) if what.effect is Effect.ADDED else (fact, None)
    if isinstance(what, ProbeOption):
        return _probe_option(what, what.old), _probe_option(what, what.new)
    if isinstance(what, Draining):
        return _drain(what.old)["drain"], _drain(what.new)["drain"]
    if isinstance(what, Downing):
        return _down(what.old)["down_by_hand"], _down(what.new)["down_by_hand"]
    old, new = what.old, what.new
    return None if old is None else _fact(old), None if new is None else _fact(new)


def _fact(fact: Fact) -> object:
    match fact:
        case (
            str()
            | int()
            | Address()
            | Network()
            | Algorithm()
            | Helper()
            | Time()
            | Traffic()
            | Interface()
            | Clients()
            | ServerPorts()
        ):
            return _plain(fact)
        case Claim(traffic=traffic, served=served):
            return {**_traffic(traffic), "served": served}
        case Owner(service=name, traffic=traffic):
            return {**_traffic(traffic), "service": name}
        case Offer(service=service) | PooledService(service=service):
            return _service(service)
        case Membership(weight=weight, backup=backup, drain=drain, port=port, ramp=ramp, down=down):
            wishes = {**_drain(drain), **_down(down)}
            return {"weight": weight, "backup": backup, **wishes, "port": port, "ramp": ramp}
        case Share(weight=weight, total=total):
            return {"weight": weight, "of": total}
        case Device():
            return _device(fact)
        case Failover():
            return _failover(fact)
        case Probe():
            return _probe(fact)
        case _:
            assert_never(fact)


def _plain(fact: Plain | None) -> object:
    match fact:
        case None | str() | int():
            return fact
        case Address() | Network():
            return str(fact)
        case Algorithm() | Helper():
            return fact.value
        case Time(milliseconds=milliseconds):
            return milliseconds
        case Traffic():
            return _traffic(fact)
        case ServerPorts(pairs=((None, own),)):
            return own.first
        case ServerPorts(pairs=pairs):
            return {str(asked): str(own) for asked, own in pairs}
        case Clients(nets=nets):
            return ", ".join(map(str, nets))
        case Interface(name=name, params=params):
            return {"name": name, "parameters": params}
        case _:
            assert_never(fact)


def _probe_option(option: ProbeOption, value: str | None) -> Json | None:
    return None if value is None else {"method": option.method, "name": option.name, "value": value}


def _traffic(traffic: Traffic) -> Json:
    return {
        "address": str(traffic.address),
        "ports": {protocol.value: ports_text(ports) for protocol, ports in traffic.parts},
    }


def _service(service: Service) -> Json:
    return {
        "name": service.name,
        **_traffic(traffic_of(service)),
        **{setting.key: _plain(setting.value(service)) for setting in SERVICE_SETTINGS},
        **{switch.key: switch.is_on(service) for switch in SERVICE_SWITCHES},
        "pool": None if service.pool is None else _pool(service, service.pool),
        "probe": None if service.probe is None else _probe(service.probe),
    }


def _pool(service: Service, pool: Pool) -> Json:
    return {
        "name": pool.name,
        "port": _plain(server_port(service)) if pool.ports else None,
        **{field.key: _plain(field.value(pool)) for field in POOL_VALUES},
        "servers": [_server(server) for server in pool.servers],
    }


def _server(server: Server) -> Json:
    switches = {switch.key: switch.is_on(server) for switch in SERVER_SWITCHES}
    settings = {setting.key: _plain(setting.value(server)) for setting in SERVER_SETTINGS}
    options = {"port": server.port, "weight": server.weight, **switches, **settings}
    wishes = {**_drain(drain_state(server.drain)), **_down(down_state(server.down_by_hand))}
    return {"address": str(server.address), **options, **wishes}


def _drain(drain: DrainState | None) -> Json:
    """Whether a server is drained, and the options of its `drain`."""
    if drain is None:
        return {"drained": False, "drain": None}
    options = {"keep_clients": drain.keeps_clients, "time": drain.time, "reason": drain.reason}
    return {"drained": True, "drain": options}


def _down(down: DownState | None) -> Json:
    """The options of the `down` of a server, null if there is none."""
    return {"down_by_hand": None if down is None else {"reason": down.reason}}


def _probe(probe: Probe) -> Json:
    return {
        "method": probe.method,
        "argument": probe.argument,
        "options": dict(probe.options),
        **{setting.key: _plain(setting.value(probe)) for setting in PROBE_SETTINGS},
        **{field.key: _plain(field.value(probe)) for field in PROBE_VALUES},
        **{switch.key: switch.is_on(probe) for switch in PROBE_SWITCHES},
    }


def _failover(failover: Failover) -> Json:
    settings = {setting.key: _plain(setting.value(failover)) for setting in FAILOVER_SETTINGS}
    watched = [str(address) for address in failover.watched]
    return {"devices": [_device(device) for device in failover.devices], "watched": watched, **settings}


def _device(device: Device) -> Json:
    return {"name": device.name, "addresses": [str(address) for address in device.addresses], "skew": device.skew}
