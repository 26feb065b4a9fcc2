"""The state of the site as people read it: the tables of the paper's Fig. 8, and the same as JSON. Pure.

Everything is read from the tree of the store, so that one pool among thousands costs no more than its own servers.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import NamedTuple

from lbsh.drivers.values import Connections, Place
from lbsh.gateway.looks import Cell, Finding, Look, cell_of
from lbsh.store.protocol import Node, Reader, Record
from lbsh.store.tree import address_in, method_in, place_in, server_of, services_of, statuses_in
from lbsh_lang.renderings.terminal import printable
from lbsh_lang.site.status import ServerId, State
from lbsh_lang.values import Address

_SECOND, _DAY = 1000, 86_400
_NOBODY = Look()


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
    detection: Mapping[str, int] = {}
    """By service that is probed, the longest time from a server's failure to its removal, in milliseconds."""


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


def probed_in(root: Node, pools: Mapping[str, Node]) -> frozenset[str]:
    """The services of pools that have a probe."""
    names = {name for pool in pools.values() for name in services_of(pool.attributes)}
    return frozenset(name for name in names if method_in(root.attributes, name))


def table_of(name: str, pool: Node, counts: Mapping[ServerId, Connections], look: Look = _NOBODY) -> Table:
    """A pool of the tree as a table."""
    services = services_of(pool.attributes)
    leaves = sorted((pool.children or {}).items(), key=_place)
    rows = [_row(server, leaf, services, name, counts, look) for server, leaf in leaves]
    probings = {service: look.probing(name, service) for service in services}
    detection = {service: probing.detection for service, probing in probings.items() if probing is not None}
    return Table(name, services, tuple(rows), detection)


def cells_of(tables: Sequence[Table]) -> dict[tuple[str, str], dict[str, Cell]]:
    """The cells of tables by pool and service, and then by server."""
    return {
        (table.pool, service): {row.server: row.cells[service] for row in table.rows}
        for table in tables
        for service in table.services
    }


def concerns(subject: str, name: str, pool: Node) -> bool:
    """Whether a pool has this name, is for a service of this name, or has a server at this address, or with this name."""
    leaves = pool.children or {}
    if subject == name or subject in services_of(pool.attributes) or subject in leaves:
        return True
    return address_in(subject) is not None and any(is_at(leaf, subject) for leaf in leaves)


def _place(leaf: tuple[str, Node]) -> tuple[Address, int]:
    """The sort key of a leaf, by its name."""
    return server_of(leaf[0]) or (Address(6, 0), 0)


def _row(
    server: str,
    leaf: Node,
    services: Sequence[str],
    pool: str,
    counts: Mapping[ServerId, Connections],
    look: Look,
) -> Row:
    wish, because = leaf.attributes.get("wish", ""), leaf.attributes.get("because", "")
    statuses = statuses_in(leaf.attributes, services)
    place = server_of(server)
    ids = {service: ServerId(pool, service, *place) if place is not None else None for service in services}
    cells = {service: cell_of(one, statuses.get(service), wish, look) for service, one in ids.items()}
    own = [counts.get(one) for one in ids.values() if one is not None]
    mine = [count for count in own if count is not None]
    rates = [count.new for count in mine if count.new is not None]
    total = Connections(sum(one.now for one in mine), sum(rates) if rates else None) if mine else None
    return Row(server, cells, because or wish.partition(", ")[2], total)


def figure_text(table: Table, now: int = 0) -> Iterator[str]:
    """A pool with a column a service and nothing else, as printed in the paper's Fig. 8; further lines say what is not as
    it should be."""
    grid = [["", *table.services], [table.pool, *["_" * len(service) for service in table.services]]]
    grid += [[row.server, *[row.cells[service].word for service in table.services]] for row in table.rows]
    yield from _aligned(grid)
    yield from [f"{row.server}: {note}" for row in table.rows if (note := _note(row, now))]


def _aligned(grid: Sequence[Sequence[str]]) -> Iterator[str]:
    widths = [max(len(line[column]) for line in grid) for column in range(len(grid[0]))]
    for line in grid:
        yield "  ".join([word.ljust(width) for word, width in zip(line, widths, strict=True)]).rstrip()


def table_text(table: Table, now: int = 0) -> Iterator[str]:
    """A pool with a column a service, as in the paper's Fig. 8; connections where the kernel tells, and the age of the last
    result where a poller does."""
    columns = [*_counts(table), *_ages(table, now)]
    heads = [*table.services, *[column[0] for column in columns]]
    body = [
        [
            row.server,
            *[row.cells[service].word for service in table.services],
            *[column[1 + index] for column in columns],
        ]
        for index, row in enumerate(table.rows)
    ]
    notes = [_note(row, now) for row in table.rows]
    grid = [["", *heads], [table.pool, *["_" * len(head) for head in heads]], *body]
    yield from _aligned([[*line, note] for line, note in zip(grid, ["", "", *notes], strict=True)])
    times = {f"{time / _SECOND:g} s": None for time in table.detection.values()}
    if times:
        each = [f"{time / _SECOND:g} s for {service}" for service, time in table.detection.items()]
        yield f"a failed server is out within {', '.join(each) if len(times) > 1 else ''.join(times)}"


def _counts(table: Table) -> Iterator[list[str]]:
    """The columns about connections, each with its head."""
    counts = [row.connections for row in table.rows]
    if any(count is not None for count in counts):
        yield ["connections", *["-" if count is None else str(count.now) for count in counts]]
    if any(count is not None and count.new is not None for count in counts):
        rates = [None if count is None else count.new for count in counts]
        yield ["new/s", *["-" if rate is None else f"{rate:.1f}" for rate in rates]]


def _ages(table: Table, now: int) -> Iterator[list[str]]:
    """The column with the age of the last result of each server, the oldest of its services; with its head."""
    if table.detection:
        times = [[row.cells[service].last for service in table.detection] for row in table.rows]
        oldest = [min([time or 0 for time in found]) for found in times]
        yield ["probed", *[f"{max(now - time, 0) / _SECOND:.1f} s ago" if time else "-" for time in oldest]]


_SOON = 14 * _DAY * _SECOND
"""Milliseconds before the end of a certificate, from when on it is noted in tables."""


def _note(row: Row, now: int) -> str:
    said = dict.fromkeys(note for cell in row.cells.values() for note in _notes(cell, now))
    return row.drained or "; ".join(said)


def _notes(cell: Cell, now: int, soon: int = _SOON) -> Iterator[str]:
    """What is to be said of a server in a service besides its state; all of it may be what a server sent."""
    if cell.reason:
        yield printable(cell.reason)
    if cell.until is not None and cell.until > now:
        yield f"flaps: held down for {-(-(cell.until - now) // _SECOND)} s more"
    if cell.expiry is not None and cell.expiry - now < soon:
        days = (cell.expiry - now) // (_DAY * _SECOND)
        yield f"certificate ends in {days} days" if cell.expiry > now else "certificate has ended"


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
            yield f"{service} on {row.server} is {cell.word}{_age(cell, now)}"
            note = row.drained or "; ".join(_details(cell, now))
            if note:
                yield f"  {note}"


def _details(cell: Cell, now: int) -> Iterator[str]:
    """What is to be said of a server in a service that is not simply up, or has a certificate."""
    notes = [*_notes(cell, now, 1 << 62)]
    yield from notes
    if cell.last is not None and (notes or cell.word != State.UP.value):
        took = f", which took {cell.milliseconds:g} ms" if cell.milliseconds is not None and not cell.reason else ""
        yield f"probed {max(now - cell.last, 0) / _SECOND:.1f} s ago{took}"


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


def poller_text(look: Look, findings: Sequence[Finding], *, whole: bool) -> Iterator[str]:
    """Who probes, and what is wrong with it; with `whole`, also if nothing is."""
    if look.live is None:
        if look.probed:
            yield f"STALE: {look.silence}; states are those that were found last, and a server that fails stays in the rules"
        return
    facts = look.live.facts
    if whole:
        late = f"{100 * facts.share_within(50_000):.1f} % of the probes start within 50 ms of their time"
        age = duration_text(max(look.now - facts.started, 0))
        yield f"poller: process {facts.process} [{age}]; {late}; clock lag {facts.lag / 1_000_000:.1f} s"
    yield from (printable(one.message) for one in findings if one.name in ("held", "not-applied", "waiting", "shadow"))
    yield from (printable(words) for words in facts.shadows if whole)


def as_json(
    device: Device | None, tables: Sequence[Table], look: Look = _NOBODY, findings: Sequence[Finding] = ()
) -> dict[str, object]:
    """The same for programs; times are in milliseconds since 1970 (UTC)."""
    whole: dict[str, object] = {
        "pools": [_table_json(table) for table in tables],
        "poller": look.live.facts._asdict() if look.live is not None else None,
        "silence": look.silence,
        "findings": [one._asdict() for one in findings],
    }
    if device is not None:
        whole["device"] = {**device._asdict(), "drift": list(device.drift)}
    return whole


def _table_json(table: Table) -> dict[str, object]:
    return {
        "pool": table.pool,
        "services": list(table.services),
        "servers": [_row_json(row) for row in table.rows],
        "detection": dict(table.detection),
    }


def _row_json(row: Row) -> dict[str, object]:
    found: dict[str, object] = {
        "server": row.server,
        "status": {service: cell._asdict() for service, cell in row.cells.items()},
        "drained": row.drained,
    }
    if row.connections is not None:
        found["connections"] = row.connections._asdict()
    return found
