"""Changes of a site for programs: one JSON object.

`version` is 1; `changes` holds an object for each change, none if both sites mean the same:

- `kind`: a word of `Kind`; what `old` and `new` are follows from it.
- `effect`: `added`, `removed` or `changed`.
- `subject`: the name of the service, null where it is the device.
- `old`, `new`: what was and what is to be; null where it was or will be nothing, or is left to a default. Times are in
  milliseconds, traffic is an address with the ports of each protocol as text.
- `servers`: the addresses of the servers concerned. `others`: what else is affected, services or nets.
- `sentence`: the change in words.
- `places`: under `old` and `new` the statements that say so, each with `file` and `line`, which counts from 1.
"""

from __future__ import annotations

import json
from collections.abc import Iterable

from lbsh_lang.renderings.sentences import sentence
from lbsh_lang.renderings.site_words import ports_text
from lbsh_lang.site.diff.changes import (
    Change,
    Claim,
    Fact,
    Membership,
    Offer,
    Option,
    Owner,
    Share,
    Time,
    Traffic,
)
from lbsh_lang.site.diff.traffic import traffic_of
from lbsh_lang.site.model import Device, Failover, Interface, Pool, Probe, Service, Stated
from lbsh_lang.values import Address, Algorithm, Network

Json = dict[str, object]


def render_changes_json(changes: Iterable[Change]) -> str:
    """All changes as one object, without a last line end."""
    found = [_change(change) for change in changes]
    return json.dumps({"version": 1, "changes": found}, ensure_ascii=True, indent=2)


def _change(change: Change) -> Json:
    return {
        "kind": change.kind.value,
        "effect": change.effect.value,
        "subject": change.subject,
        "old": None if change.old is None else _fact(change.old),
        "new": None if change.new is None else _fact(change.new),
        "servers": [str(address) for address in change.servers],
        "others": list(change.others),
        "sentence": sentence(change),
        "places": {"old": _places(change.old_origins), "new": _places(change.new_origins)},
    }


def _places(origins: Iterable[Stated]) -> list[Json]:
    return [{"file": origin.source.name, "line": origin.line + 1} for origin in origins]


def _fact(fact: Fact) -> object:
    match fact:
        case Address() | Network():
            return str(fact)
        case Algorithm():
            return fact.value
        case Time(milliseconds=milliseconds):
            return milliseconds
        case Claim() | Owner() | Offer() | Traffic():
            return _traffic_fact(fact)
        case Membership() | Share() | Option() | Interface() | Device():
            return _plain_fact(fact)
        case Failover():
            return _failover(fact)
        case Probe():
            return _probe(fact)
        case _:
            return fact


def _traffic_fact(fact: Claim | Owner | Offer | Traffic) -> Json:
    match fact:
        case Claim(traffic=traffic, served=served):
            return {**_traffic(traffic), "served": served}
        case Owner(service=service, traffic=traffic):
            return {**_traffic(traffic), "service": service}
        case Offer(service=service):
            return _service(service)
        case Traffic():
            return _traffic(fact)


def _plain_fact(fact: Membership | Share | Option | Interface | Device) -> Json:
    match fact:
        case Membership() | Option():
            return fact._asdict()
        case Share(weight=weight, total=total):
            return {"weight": weight, "of": total}
        case Interface(name=name, params=params):
            return {"name": name, "parameters": params}
        case Device(name=name, skew=skew):
            return {"name": name, "skew": skew}


def _traffic(traffic: Traffic) -> Json:
    return {
        "address": str(traffic.address),
        "ports": {protocol.value: ports_text(ports) for protocol, ports in traffic.parts},
    }


def _service(service: Service) -> Json:
    return {
        "name": service.name,
        **_traffic(traffic_of(service)),
        "sticky": None if service.sticky is None else 1000 * service.sticky,
        "reflect": service.reflect,
        "pool": None if service.pool is None else _pool(service.pool),
        "probe": None if service.probe is None else _probe(service.probe),
    }


def _pool(pool: Pool) -> Json:
    servers = [
        {
            "address": str(server.address),
            "weight": server.weight,
            "backup": server.backup,
            "drained": server.drained,
        }
        for server in pool.servers
    ]
    return {"name": pool.name, "port": pool.port, "algorithm": pool.algorithm.value, "servers": servers}


def _probe(probe: Probe) -> Json:
    return {
        "method": probe.method,
        "argument": probe.argument,
        "options": dict(probe.options),
        "every": probe.every,
        "timeout": probe.timeout,
        "rise": probe.rise,
        "fall": probe.fall,
    }


def _failover(failover: Failover) -> Json:
    return {
        "devices": [{"name": device.name, "skew": device.skew} for device in failover.devices],
        "sync": failover.sync,
        "peer": None if failover.peer is None else str(failover.peer),
        "password_file": failover.password_file,
    }
