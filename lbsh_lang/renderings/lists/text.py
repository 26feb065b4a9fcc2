"""The lists for a device as text for people."""

from __future__ import annotations

from collections.abc import Iterator

from lbsh_lang.renderings.terminal import printable
from lbsh_lang.renderings.value_text import listed
from lbsh_lang.site.addresses import DeviceLists, Purpose, Role
from lbsh_lang.site.places import Places
from lbsh_lang.values import Address


def render_lists(lists: DeviceLists, places: Places) -> str:
    """The addresses with their interfaces, the routes, and what the kernel must do; empty lists are left out."""
    return "\n".join(_blocks(lists, places))


def _blocks(lists: DeviceLists, places: Places) -> Iterator[str]:
    if lists.links:
        rows = [
            (link.interface, "" if link.mtu is None else f"mtu {link.mtu}", "up" * link.is_up) for link in lists.links
        ]
        yield _block("Interfaces", rows)
    if lists.held:
        rows = [
            (held.interface, f"{held.address}/{held.length}", _uses(held.purposes, held.address, places))
            for held in lists.held
        ]
        yield _block("Addresses of the device", rows)
    if lists.routed:
        rows = [
            ("blackhole", str(routed.address), _uses(routed.purposes, routed.address, places))
            for routed in lists.routed
        ]
        yield _block("Routes, for addresses that are only routed to the device: what no rule takes is dropped", rows)
    if lists.defaults:
        rows = [(way.interface, str(way.hop), "") for way in lists.defaults]
        yield _block("Default routes", rows)
    for table in lists.tables:
        rows = [(way.interface, str(way.hop), "the next hop") for way in table.ways]
        rows += [(table.interface, str(net), "on the link") for net in table.links]
        yield _block(f"Routes of packets with the mark 0x{table.mark:08x}/0x{table.mask:08x}", rows)
    must = [("forward packets of", f"IPv{family}", "") for family in lists.forwarded]
    must += [("send no ICMP redirects on", name, "") for name in lists.quiet]
    must += [("take packets of any source (rp_filter=2) on", table.interface, "") for table in lists.tables]
    must += [("pass over marks in that test (src_valid_mark=0) on", "all", "")] if lists.tables else []
    if must:
        yield _block("The kernel must", must)


def _block(title: str, rows: list[tuple[str, str, str]]) -> str:
    widths = [max(len(row[column]) for row in rows) for column in range(2)]
    lines = [f"  {row[0]:{widths[0]}}  {row[1]:{widths[1]}}  {row[2]}".rstrip() for row in rows]
    return "\n".join([f"{title}:", *lines]) + "\n"


def _uses(purposes: tuple[Purpose, ...], address: Address, places: Places) -> str:
    return printable(listed([_use(one, address, places) for one in purposes]))


def _use(purpose: Purpose, address: Address, places: Places) -> str:
    origin = purpose.origin or (places.gateway(address) if purpose.role is Role.GATEWAY else None)
    name = f"{purpose.role.value} {purpose.name}".rstrip()
    return name if origin is None else f"{name} ({origin.place})"
