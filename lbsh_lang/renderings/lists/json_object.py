"""The lists for a device as one JSON object. The names of keys and roles never change; further ones may come."""

from __future__ import annotations

from lbsh_lang.renderings.json_text import render_value
from lbsh_lang.site.addresses import DeviceLists, Purpose, Role, Table
from lbsh_lang.site.places import Places
from lbsh_lang.values import Address

VERSION = 1
"""The version of this format."""


def render_lists_json(lists: DeviceLists, places: Places) -> str:
    """The lists, with the place of each statement that asks for an address."""
    value = {
        "version": VERSION,
        "addresses": [
            {
                "address": str(held.address),
                "prefix": held.length,
                "interface": held.interface,
                "for": _uses(held.purposes, held.address, places),
            }
            for held in lists.held
        ],
        "routes": [
            {"address": str(one.address), "kind": "blackhole", "for": _uses(one.purposes, one.address, places)}
            for one in lists.routed
        ],
        "default_routes": [{"via": str(way.hop), "interface": way.interface} for way in lists.defaults],
        "tables": [_table(table) for table in lists.tables],
        "forward": [f"ipv{family}" for family in lists.forwarded],
        "no_redirects": list(lists.quiet),
        "links": [{"interface": link.interface, "mtu": link.mtu, "up": link.is_up} for link in lists.links],
    }
    return render_value(value, indent=2) + "\n"


def _table(table: Table) -> object:
    return {
        "table": table.mark,
        "mark": table.mark,
        "mask": table.mask,
        "interface": table.interface,
        "via": [str(way.hop) for way in table.ways],
        "links": [str(net) for net in table.links],
    }


def _uses(purposes: tuple[Purpose, ...], address: Address, places: Places) -> list[object]:
    return [_use(one, address, places) for one in purposes]


def _use(purpose: Purpose, address: Address, places: Places) -> object:
    origin = purpose.origin or (places.gateway(address) if purpose.role is Role.GATEWAY else None)
    return {
        "role": purpose.role.value,
        "service": purpose.name if purpose.role is Role.SERVICE else None,
        "file": None if origin is None else origin.source.name,
        "line": None if origin is None else origin.line + 1,
    }
