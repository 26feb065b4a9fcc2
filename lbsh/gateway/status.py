"""The state of the site as people read it: the tables of the paper's Fig. 8, and the same as JSON. Pure.

Everything is read from the tree of the store, so that one pool among thousands costs no more than its own servers.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import NamedTuple

from lbsh.drivers.values import Connections, Place
from lbsh.store.protocol import Node, Reader, Record
from lbsh.store.tree import address_in, place_in, server_of, services_of, statuses_in
from lbsh_lang.renderings.terminal import printable
from lbsh_lang.site.status import ServerId, State, Status
from lbsh_lang.values import Address

_SECOND, _DAY = 1000, 86_400


BY_HAND = "DOWN (by hand)"
"""The word for a server that a statement has taken down."""


class Cell(NamedTuple):
    """A server in one of its services: the word for its state, the time since when, and the reason, if there is one."""

    state: str
    since: int | None
    reason: str = ""


class Row(NamedTuple):
    """A server of a pool: its name there, its cells by service, and its connections where the kernel tells."""

    server: str
    cells: Mapping[str, Cell]
    drained: str = ""
    connections: Connections | None = None


class Table(NamedTuple):
    """A pool with the services that it is for."""

    pool: str
    services: tuple[str, ...]
    rows: tuple[Row, ...]


class Device(NamedTuple):
    """What is loaded: the revision of the script, the driver, why it is not what it should be, and when that was noted.

    `drift` is what others changed since, `unseen` why this user cannot be told, `network` why the network is not what it
    should be.
    """

    revision: int
    driver: str
    trouble: str
    drift: tuple[str, ...]
    since: int | None
    unseen: str = ""
    network: str = ""


def network_trouble(reader: Reader, boot: str) -> str:
    """Why the network is not what it should be, as the last change of this start of the machine found it; empty if it is."""
    kept = reader.record(Record.NETWORK)
    return str(kept.get("trouble", "")) if kept is not None and kept.get("boot") == boot else ""


def pools_of(root: Node) -> Mapping[str, Node]:
    """The pools of a tree."""
    pools = (root.children or {}).get("pools")
    return (pools.children or {}) if pools is not None else {}


def places_in(root: Node) -> dict[ServerId, Place]:
    """The servers in a tree, each with the place where clients ask for it."""
    found = {}
    for pool, node in pools_of(root).items():
        for service in services_of(node.attributes):
            place = place_in(root.attributes, service)
            for leaf in node.children or {} if place is not None else ():
                server = server_of(leaf)
                if server is not None and place is not None:
                    found[ServerId(pool, service, *server)] = Place(*place)
    return found


def table_of(name: str, pool: Node, counts: Mapping[ServerId, Connections]) -> Table:
    """A pool of the tree as a table."""
    services = services_of(pool.attributes)
    leaves = sorted((pool.children or {}).items(), key=_place)
    rows = [_row(server, leaf, services, name, counts) for server, leaf in leaves]
    return Table(name, services, tuple(rows))


def concerns(subject: str, name: str, pool: Node) -> bool:
    """Whether a pool has this name, is for a service of this name, or has a server at this address, or with this name."""
    leaves = pool.children or {}
    if subject == name or subject in services_of(pool.attributes) or subject in leaves:
        return True
    return address_in(subject) is not None and any(is_at(leaf, subject) for leaf in leaves)


def _place(leaf: tuple[str, Node]) -> tuple[Address, int]:
    """The sort key of a leaf, by its name."""
    return server_of(leaf[0]) or (Address(6, 0), 0)


def _row(server: str, leaf: Node, services: Sequence[str], pool: str, counts: Mapping[ServerId, Connections]) -> Row:
    wish, because = leaf.attributes.get("wish", ""), leaf.attributes.get("because", "")
    statuses = statuses_in(leaf.attributes, services)
    cells = {service: _cell(statuses.get(service), wish) for service in services}
    place = server_of(server)
    own = [counts.get(ServerId(pool, service, *place)) for service in services] if place is not None else []
    mine = [count for count in own if count is not None]
    rates = [count.new for count in mine if count.new is not None]
    total = Connections(sum(one.now for one in mine), sum(rates) if rates else None) if mine else None
    return Row(server, cells, because or wish.partition(", ")[2], total)


def _cell(status: Status | None, wish: str) -> Cell:
    """The state of a server in a service: the wish of the operator comes before what probes found."""
    found = status or Status(State.UNKNOWN, -1)
    word = found.state.value if not wish else BY_HAND if wish == "down" else "DRAINED"
    return Cell(word, found.since if found.since >= 0 else None, found.reason)


def table_text(table: Table) -> Iterator[str]:
    """A pool with a column a service, as in the paper's Fig. 8; connections where the kernel tells."""
    counts = [row.connections for row in table.rows if row.connections is not None]
    shown = ("connections", "new/s") if any(one.new is not None for one in counts) else ("connections",)
    heads = [*table.services, *(shown if counts else ())]
    body = [[row.server, *_words(row, table.services), *_counts(row)][: len(heads) + 1] for row in table.rows]
    notes = [_note(row) for row in table.rows]
    grid = [["", *heads], [table.pool, *["_" * len(head) for head in heads]], *body]
    widths = [max(len(line[column]) for line in grid) for column in range(len(heads) + 1)]
    for line, note in zip(grid, ["", "", *notes], strict=True):
        yield "  ".join([*[word.ljust(width) for word, width in zip(line, widths, strict=True)], note]).rstrip()


def _words(row: Row, services: Sequence[str]) -> list[str]:
    return [row.cells[service].state for service in services]


def _counts(row: Row) -> list[str]:
    if row.connections is None:
        return ["-", "-"]
    return [str(row.connections.now), "-" if row.connections.new is None else f"{row.connections.new:.1f}"]


def _note(row: Row) -> str:
    reasons = dict.fromkeys(cell.reason for cell in row.cells.values() if cell.reason)
    return row.drained or "; ".join(reasons)


def server_text(address: str, tables: Sequence[Table], now: int) -> Iterator[str]:
    """A machine in all of its pools, as in the paper's Fig. 8."""
    rows = [
        (table, row) for table in tables for row in table.rows if address == row.server or is_at(row.server, address)
    ]
    services = dict.fromkeys(service for table, _ in rows for service in table.services)
    yield f"{address} is configured for {', '.join(services) or 'no service'}"
    for table, row in rows:
        for service in table.services:
            cell = row.cells[service]
            note = _note(row)
            yield f"{service} on {row.server} is {cell.state}{_age(cell, now)}{f' ({note})' if note else ''}"


def is_at(server: str, address: str) -> bool:
    """Whether a leaf is a server at an address in any notation, with a port of its own or without."""
    place, wanted = server_of(server), address_in(address)
    return place is not None and wanted is not None and place[0] == wanted


def _age(cell: Cell, now: int) -> str:
    return "" if cell.since is None else f" [{duration_text(max(now - cell.since, 0))}]"


def duration_text(milliseconds: int) -> str:
    """A duration as in the paper's Fig. 8: `1 days, 00:12:34`."""
    days, seconds = divmod(milliseconds // _SECOND, _DAY)
    return f"{days} days, {seconds // 3600:02}:{seconds // 60 % 60:02}:{seconds % 60:02}"


def device_text(device: Device, now: int) -> Iterator[str]:
    """What is loaded, in a line, and in further ones what is wrong."""
    if not device.revision:
        yield "nothing runs yet: `lbsh apply FILE` makes a script the one that this device runs"
        return
    age = "" if device.since is None else f" [{duration_text(max(now - device.since, 0))}]"
    yield f"revision {device.revision}, driver {device.driver}{age}"
    if device.trouble:
        yield f"not loaded: {device.trouble}"
    yield from (f"changed by others: {words}" for words in device.drift)
    if device.unseen:
        yield f"whether others changed rules is unknown: {device.unseen}"
    if device.network:
        yield f"network, not as it should be: {printable(device.network)}"


def as_json(device: Device | None, tables: Sequence[Table]) -> dict[str, object]:
    """The same for programs; times are in milliseconds since 1970 (UTC)."""
    whole: dict[str, object] = {"pools": [_table_json(table) for table in tables]}
    if device is not None:
        whole["device"] = {**device._asdict(), "drift": list(device.drift)}
    return whole


def _table_json(table: Table) -> dict[str, object]:
    return {"pool": table.pool, "services": list(table.services), "servers": [_row_json(row) for row in table.rows]}


def _row_json(row: Row) -> dict[str, object]:
    found: dict[str, object] = {
        "server": row.server,
        "status": {service: cell._asdict() for service, cell in row.cells.items()},
        "drained": row.drained,
    }
    if row.connections is not None:
        found["connections"] = row.connections._asdict()
    return found
