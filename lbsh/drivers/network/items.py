"""Parts of the network of a machine as values, and what lbsh notes of those that it made.

Two parts share a *slot* if the kernel keeps one of them only: an IPv6 address on an interface, a destination in a routing
table.
"""

from __future__ import annotations

import ipaddress
from collections.abc import Mapping, Sequence
from enum import Enum
from typing import NamedTuple, TypeAlias, assert_never

from lbsh.drivers.values import DriverError
from lbsh_lang.values import Address, Family, Network

MAIN = 254
"""The main routing table of Linux: rtnetlink(7)."""


class OnLink(NamedTuple):
    """An address on an interface, with the length of the prefix of its link."""

    interface: str
    address: Address
    length: int

    def __str__(self) -> str:
        return f"{self.address}/{self.length} on {self.interface}"


class Route(NamedTuple):
    """A route: to a next hop (`hop`), to the link of an interface, or to nowhere (a blackhole, without an interface).

    `is_far` tells that the hop lies in no net of the link. It is a hint for making the route, not a part of its identity.
    """

    to: Network
    hop: Address | None
    interface: str
    table: int = MAIN
    is_far: bool = False

    def __str__(self) -> str:
        to = "the default route" if not self.to.length else f"the route to {self.to}"
        way = f" via {self.hop} on {self.interface}" if self.hop else f" on {self.interface}" if self.interface else ""
        nowhere = "" if self.interface else " (blackhole)"
        return f"{to}{way}{nowhere}{'' if self.table == MAIN else f' in table 0x{self.table:08x}'}"


class MarkRule(NamedTuple):
    """A rule that leads packets with a mark to the routing table whose number is the mark."""

    family: Family
    mark: int
    mask: int

    def __str__(self) -> str:
        return f"the rule for IPv{self.family} packets with the mark 0x{self.mark:08x}/0x{self.mask:08x}"


Item: TypeAlias = OnLink | Route | MarkRule


class Subject(Enum):
    """What a setting is about."""

    KERNEL = "kernel"
    MTU = "mtu"
    STATE = "state"
    """Whether an interface is up. It is never taken back: who uses an interface needs it up."""


class Name(NamedTuple):
    """A setting: of the kernel, by its name there, or of an interface."""

    subject: Subject
    name: str

    def __str__(self) -> str:
        return self.name if self.subject is Subject.KERNEL else f"{self.subject.value} of {self.name}"


class Set(NamedTuple):
    """A setting that lbsh made: the value before, and the one that it set."""

    name: Name
    old: str
    value: str


class Record(NamedTuple):
    """What lbsh made of the network since the machine started: parts, and settings in the order in which they were set.

    Parts and settings that were there before are not in it.
    """

    items: tuple[Item, ...] = ()
    settings: tuple[Set, ...] = ()


def slot(item: Item) -> tuple[object, ...]:
    """The place in the kernel that an item takes. Equal slots of different items exclude each other."""
    match item:
        case OnLink(interface, address, length):
            return (interface, address, length if address.family == 4 else None)
        case Route():
            return (item.to, item.table)
        case MarkRule():
            return item
        case _:
            assert_never(item)


def plain(item: Item) -> Item:
    """An item without hints: equal items are the same part of the network."""
    return item._replace(is_far=False) if isinstance(item, Route) else item


def record_as_json(record: Record) -> dict[str, object]:
    """The record as JSON values."""
    settings = [
        {"about": one.name.subject.value, "name": one.name.name, "old": one.old, "set": one.value}
        for one in record.settings
    ]
    return {"made": [_as_json(item) for item in record.items], "settings": settings}


def record_of_json(kept: Mapping[str, object]) -> Record:
    """The record that `record_as_json` made. Raises `DriverError` if it is damaged."""
    made, settings = kept.get("made", ()), kept.get("settings", ())
    try:
        if not isinstance(made, Sequence) or not isinstance(settings, Sequence):
            raise TypeError
        items = tuple([_of_json(one) for one in made])
        return Record(
            items,
            tuple(
                [
                    Set(Name(Subject(str(one["about"])), str(one["name"])), str(one["old"]), str(one["set"]))
                    for one in settings
                ]
            ),
        )
    except (KeyError, TypeError, ValueError) as error:
        raise DriverError(
            "the note of what lbsh made of the network is damaged: remove the file `network` in the store,"
            " and take back by hand what is left over"
        ) from error


def _as_json(item: Item) -> dict[str, object]:
    match item:
        case OnLink(interface, address, length):
            return {"kind": "address", "interface": interface, "address": f"{address}/{length}"}
        case Route():
            hop = None if item.hop is None else str(item.hop)
            return {"kind": "route", "to": str(item.to), "via": hop, "interface": item.interface, "table": item.table}
        case MarkRule(family, mark, mask):
            return {"kind": "rule", "family": family, "mark": mark, "mask": mask}
        case _:
            assert_never(item)


def _of_json(kept: Mapping[str, object]) -> Item:
    match kept["kind"]:
        case "address":
            address, _, length = str(kept["address"]).partition("/")
            return OnLink(str(kept["interface"]), address_of(address), int(length))
        case "route":
            hop = kept["via"]
            to, interface, table = network_of(str(kept["to"])), str(kept["interface"]), int(str(kept["table"]))
            return Route(to, None if hop is None else address_of(str(hop)), interface, table)
        case "rule":
            return MarkRule(family_of(int(str(kept["family"]))), int(str(kept["mark"])), int(str(kept["mask"])))
        case _:
            raise ValueError(kept["kind"])


def family_of(number: int) -> Family:
    """An address family by its number. Raises `ValueError`."""
    if number not in (4, 6):
        raise ValueError(number)
    return 4 if number == 4 else 6


def address_of(text: str) -> Address:
    """An address as programs print it, without a zone. Raises `ValueError`."""
    parsed = ipaddress.ip_address(text.partition("%")[0])
    return Address(family_of(parsed.version), int(parsed))


def network_of(text: str) -> Network:
    """A network, or an address as the network of it alone. Raises `ValueError`."""
    parsed = ipaddress.ip_network(text)
    return Network(family_of(parsed.version), int(parsed.network_address), parsed.prefixlen)
