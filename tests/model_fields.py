"""Every field of the model: a site in which all have a value, and for each field another value.

Tests change one field after another and check that renderings show it, so that a new field is not forgotten.
"""

from __future__ import annotations

from dataclasses import fields, is_dataclass, replace
from typing import get_args, get_type_hints

from lbsh_lang.site import model
from lbsh_lang.values import Address, AddressRange, Algorithm, Helper, Network, PortRange, Protocol
from tests.reading import site_of

SCRIPT = (
    "interface external em0 mtu 1500\ninterface internal em1\ninterface internal em4\n"
    + "internal net 10.0.0.0/24 on em1\ninternal gw 10.0.0.254\n"
    + "interface external em5\nexternal gw 203.0.113.254 on em0\nexternal gw 198.51.100.1 on em5\n"
    + "keep source to 10.8.0.0/16\nexternal addr 203.0.113.2\nexternal net 203.0.113.0/24\n"
    + "service WEB is 203.0.113.1 tcp 80 sticky prefix 24\npool web for WEB port 81\n"
    + "add 10.0.0.1 to web weight 2 ramp 1m\nadd 10.0.0.2 to web\n"
    + "external addr 203.0.113.3 on em0 for 10.0.0.8/29, web\n"
    + 'drain 10.0.0.1 from web keep clients for 1h because "why"\n'
    + 'down 10.0.0.1 from web because "bad answers"\n'
    + 'probe WEB with http get "/" port 8080\n'
    + "failover device a\nfailover device b at 10.9.9.2\nfailover sync em2\nfailover watch 10.9.9.9\n"
    + 'failover password file "/p"\nfailover key file "/k"\n'
)
RICH = site_of(SCRIPT)

SPECIAL: dict[tuple[str, str], object] = {
    ("Server", "address"): Address(4, 10 << 24 | 7),
    ("Server", "drain"): None,
    ("Server", "down_by_hand"): None,
    ("Pool", "algorithm"): Algorithm.RANDOM,
    ("Pool", "ports"): (PortRange(82, 82),),
    ("Pool", "servers"): (),
    ("Probe", "method"): "https",
    ("Probe", "argument"): "/bin/true",
    ("Probe", "options"): (("get", "/x"),),
    ("Service", "address"): Address(4, 203 << 24 | 7),
    ("Service", "protocols"): (Protocol.UDP,),
    ("Service", "ports"): (PortRange(80, 81),),
    ("Service", "taken"): (model.Listener((Protocol.TCP,), (PortRange(80, 80),)),),
    ("Service", "clients"): (Network(4, 203 << 24, 8),),
    ("Service", "helper"): Helper.FTP,
    ("Service", "pool"): None,
    ("Service", "probe"): None,
    ("Failover", "devices"): (
        model.Device("c", (), 0, RICH.services[0].origin),
        model.Device("d", (), 1, RICH.services[0].origin),
    ),
    ("Source", "address"): Address(4, 203 << 24 | 7),
    ("Source", "targets"): (AddressRange(4, 10 << 24, 10 << 24 | 7),),
    ("Source", "pools"): ("web",),
    ("NextHop", "address"): Address(4, 203 << 24 | 8),
    ("Kept", "net"): Network(4, 198 << 24, 8),
    ("Binding", "net"): Network(4, 203 << 24 | 113 << 8, 24),
    ("Failover", "watched"): (),
    ("Device", "addresses"): (Address(4, 10 << 24 | 9 << 16 | 9 << 8 | 3),),
    ("Site", "external"): (),
    ("Site", "internal"): (),
    ("Site", "sources"): (),
    ("Site", "external_nets"): (Network(4, 203 << 24, 8),),
    ("Site", "internal_nets"): (),
    ("Site", "gateways"): (Address(4, 10 << 24 | 9),),
    ("Site", "next_hops"): (),
    ("Site", "kept"): (),
    ("Site", "bindings"): (),
    ("Site", "services"): (),
    ("Site", "failover"): None,
}
"""Another value than that of the site above, for each field whose type alone does not tell one."""

CLASSES = [
    one
    for one in vars(model).values()
    if isinstance(one, type) and is_dataclass(one) and one.__module__ == model.__name__
]
STATEMENTS = ("origin", "changes", "failed")
"""The fields that are no part of a script's meaning: the statements behind a part, and what probes found."""

FIELDS = [(one.__name__, field.name) for one in CLASSES for field in fields(one) if field.name not in STATEMENTS]


def _plain(kind: object, now: object) -> object:
    """Another value of a plain type."""
    for one in get_args(kind) or (kind,):
        if one is bool:
            return not now
        if one is int:
            return 60 if now != 60 else 61
        if one is str:
            return "other"
    raise AssertionError(f"say another value of {kind} in SPECIAL")


def other_value(part: object, field: str) -> object:
    """Another value for a field of a part of the site."""
    key = type(part).__name__, field
    return SPECIAL[key] if key in SPECIAL else _plain(get_type_hints(type(part))[field], getattr(part, field))


def with_other(part: object, owner: str, field: str) -> object:
    """A part of a site in which the first part of a class has another value in a field."""
    if isinstance(part, tuple) and part and is_dataclass(part[0]):
        return (with_other(part[0], owner, field), *part[1:])
    if not is_dataclass(part) or isinstance(part, type):
        return part
    if type(part).__name__ == owner:
        return replace(part, **{field: other_value(part, field)})
    inside = [one.name for one in fields(part) if one.name not in STATEMENTS]
    for name in inside:
        other = with_other(getattr(part, name), owner, field)
        if other != getattr(part, name):
            return replace(part, **{name: other})
    return part
