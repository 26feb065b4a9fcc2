"""Every field of the model: a site in which all have a value, and for each field another value.

Tests change one field after another and look whether a rendering shows it, so that a new field is not forgotten.
"""

from __future__ import annotations

from dataclasses import fields, is_dataclass, replace

from lbsh_lang.site import model
from lbsh_lang.values import Address, Algorithm, Network, PortRange, Protocol
from tests.reading import site_of

SCRIPT = (
    "interface external em0 mtu 1500\ninterface internal em1\ninternal net 10.0.0.0/24\ninternal gw 10.0.0.254\n"
    + "external addr 203.0.113.2\nexternal net 203.0.113.0/24\n"
    + "service WEB is 203.0.113.1 tcp 80 sticky\npool web for WEB port 81\n"
    + "add 10.0.0.1 to web weight 2\nadd 10.0.0.2 to web\n"
    + 'probe WEB with http get "/"\n'
    + "failover device a\nfailover device b\nfailover sync em2 peer 10.9.9.9\n"
    + 'failover password file "/p"\n'
)
RICH = site_of(SCRIPT)

OTHERS: dict[tuple[str, str], object] = {
    ("Interface", "name"): "em7",
    ("Interface", "params"): "mtu 9000",
    ("Server", "address"): Address(4, 10 << 24 | 7),
    ("Server", "weight"): 3,
    ("Server", "backup"): True,
    ("Server", "drained"): True,
    ("Pool", "name"): "other",
    ("Pool", "port"): 82,
    ("Pool", "algorithm"): Algorithm.RANDOM,
    ("Pool", "servers"): (),
    ("Probe", "method"): "https",
    ("Probe", "argument"): "/bin/true",
    ("Probe", "options"): (("get", "/x"),),
    ("Probe", "every"): 4000,
    ("Probe", "timeout"): 500,
    ("Probe", "rise"): 2,
    ("Probe", "fall"): 2,
    ("Service", "name"): "OTHER",
    ("Service", "address"): Address(4, 203 << 24 | 7),
    ("Service", "protocols"): (Protocol.UDP,),
    ("Service", "ports"): (PortRange(80, 81),),
    ("Service", "sticky"): 60,
    ("Service", "reflect"): True,
    ("Service", "pool"): None,
    ("Service", "probe"): None,
    ("Device", "name"): "z",
    ("Device", "skew"): 7,
    ("Failover", "devices"): (
        model.Device("c", 0, RICH.services[0].origin),
        model.Device("d", 1, RICH.services[0].origin),
    ),
    ("Failover", "sync"): "em8",
    ("Failover", "peer"): None,
    ("Failover", "password_file"): "/q",
    ("Site", "external"): None,
    ("Site", "internal"): None,
    ("Site", "external_addresses"): (),
    ("Site", "external_nets"): (Network(4, 203 << 24, 8),),
    ("Site", "internal_nets"): (),
    ("Site", "gateways"): (Address(4, 10 << 24 | 9),),
    ("Site", "services"): (),
    ("Site", "failover"): None,
}
"""For each field of each class of the model another value than that of the site above."""

CLASSES = [
    one
    for one in vars(model).values()
    if isinstance(one, type) and is_dataclass(one) and one.__module__ == model.__name__
]
FIELDS = [(one.__name__, field.name) for one in CLASSES for field in fields(one) if field.name != "origin"]


def with_other(part: object, owner: str, field: str) -> object:
    """A part of a site in which the first part of a class has another value in a field."""
    if isinstance(part, tuple) and part and is_dataclass(part[0]):
        return (with_other(part[0], owner, field), *part[1:])
    if not is_dataclass(part) or isinstance(part, type):
        return part
    if type(part).__name__ == owner:
        return replace(part, **{field: OTHERS[owner, field]})
    inside = [one.name for one in fields(part) if one.name != "origin"]
    for name in inside:
        other = with_other(getattr(part, name), owner, field)
        if other != getattr(part, name):
            return replace(part, **{name: other})
    return part
