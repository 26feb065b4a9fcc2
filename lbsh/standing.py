"""The state of the device as operators see it: in lines, as data, and as an exit status."""

from __future__ import annotations

import time
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from contextlib import suppress
from typing import NamedTuple

from lbsh.drivers.values import Connections, DriverError, Witness
from lbsh.drivers.witness import witness_of
from lbsh.gateway.deadline import Moment
from lbsh.gateway.looks import STALE_NAME, UNSERVED, Finding, Look, findings_of
from lbsh.gateway.notices import notices_of
from lbsh.gateway.status import (
    Device,
    Table,
    as_json,
    cells_of,
    concerns,
    device_text,
    network_trouble,
    places_in,
    poller_text,
    pools_of,
    probed_in,
    server_text,
    table_of,
    table_text,
)
from lbsh.live.answers import Live, LiveError
from lbsh.live.asking import ask
from lbsh.store.protocol import Loaded, Node, Store
from lbsh.stores import boot, now, ticks
from lbsh_lang.renderings.terminal import printable
from lbsh_lang.reported import ReportedError
from lbsh_lang.site.status import ServerId

FINE, FOUND, PENDING, UNSERVED_STATUS, STALE_STATUS = 0, 1, 3, 4, 5
"""Exit statuses: all is as it should be; a server is down, or statuses are held; what is loaded is not what should be; a
service has no server that serves; no poller answers."""


class NoSubjectError(ReportedError):
    """There is no such service, pool or server."""


class Standing(NamedTuple):
    """The state of the device, of a service, of a pool, or of a machine."""

    lines: Sequence[str]
    data: Mapping[str, object]
    exit: int


def standing(
    store: Store,
    subject: str | None,
    seconds: float | None = None,
    text: Callable[[Table, int], Iterable[str]] = table_text,
) -> Standing:
    """Looks at the device; twice, so many seconds apart, if the new connections a second are wanted. `text` has the lines
    of a pool.

    Raises `NoSubjectError` if it is not there.
    """
    loaded = store.loaded()
    witness = witness_of(loaded.driver) if loaded is not None and loaded.revision else None
    view = _view(store, subject, witness)
    if seconds is not None and witness is not None:
        time.sleep(seconds)
        view = _view(store, subject, witness)
    tables, look = view.tables, view.look
    if subject is not None and not tables:
        raise NoSubjectError(f"`{subject}` is no service, pool or server of the running script")
    device = _device(store, loaded, witness)._replace(network=network_trouble(store, boot()))
    notices = notices_of(store, Moment(boot(), ticks()))
    findings = findings_of(cells_of(tables), look)
    code = _exit_status(
        findings, is_pending=bool(device.trouble or device.drift or device.network or notices.confirmation)
    )
    lines = list(device_text(device, now())) if subject is None else list(_troubles(device))
    lines += [*poller_text(look, findings, whole=subject is None), *[printable(line) for line in notices.lines]]
    if subject is not None and not any(subject in (table.pool, *table.services) for table in tables):
        lines += server_text(subject, sorted(tables, key=view.rank), look.now)
    else:
        for table in tables:
            lines += ["", *text(table, look.now)] if lines else text(table, look.now)
    data = {"version": 1, **as_json(device, tables, look, findings), **notices.as_json(), "exit": code}
    return Standing(lines, data, code)


def _exit_status(findings: Sequence[Finding], *, is_pending: bool) -> int:
    """The exit status, by the worst that there is."""
    names = {one.name for one in findings}
    if UNSERVED in names:
        return UNSERVED_STATUS
    if is_pending:
        return PENDING
    return STALE_STATUS if STALE_NAME in names else FOUND if names else FINE


class _View(NamedTuple):
    """What is to be shown of pools."""

    tables: Sequence[Table]
    look: Look
    services: Sequence[str]
    """All services, in the order of the script."""

    def rank(self, table: Table) -> int:
        """The place of a pool's first service among all."""
        return min(
            [self.services.index(one) for one in table.services if one in self.services], default=len(self.services)
        )


def _view(store: Store, subject: str | None, witness: Witness | None) -> _View:
    """The pools that a subject means: its own, those of its services, or those with its machine; with what a poller says."""
    root = store.tree() if subject is None else store.tree([subject])
    if subject is not None and not pools_of(root):
        root = store.tree()
    pools = {
        name: pool for name, pool in sorted(pools_of(root).items()) if subject is None or concerns(subject, name, pool)
    }
    counts = _counts(witness, root, pools)
    live, silence = _live(store, None if subject is None else pools)
    look = Look(live, silence, probed_in(root, pools), now())
    services = [name.removeprefix("service_") for name in root.attributes if name.startswith("service_")]
    return _View([table_of(name, pool, counts, look) for name, pool in pools.items()], look, services)


def _live(store: Store, pools: Collection[str] | None) -> tuple[Live | None, str]:
    """What the poller says, or why none does."""
    try:
        return ask(store.place, pools), ""
    except LiveError as error:
        return None, str(error)


def _counts(witness: Witness | None, root: Node, pools: Mapping[str, Node]) -> Mapping[ServerId, Connections]:
    """The connections of the servers of pools; none where the kernel does not tell this user."""
    servers = places_in(Node(root.attributes, {"pools": Node({}, pools)}))
    if witness is None or not servers:
        return {}
    with suppress(DriverError):
        return witness.connections(servers)
    return {}


def _device(store: Store, loaded: Loaded | None, witness: Witness | None) -> Device:
    """What is loaded, and why it is not what it should be."""
    revision = store.revision()
    if loaded is None or witness is None:
        trouble = loaded.trouble if loaded is not None else "nothing was ever loaded" if revision else ""
        return Device(revision, loaded.driver if loaded is not None else "none", trouble, (), None)
    trouble = loaded.trouble or _behind(loaded, revision)
    since = loaded.notes.get("time")
    drift, unseen = ((), "") if trouble else _drift(store, loaded, witness)
    return Device(revision, loaded.driver, trouble, drift, since if isinstance(since, int) else None, unseen)


def _behind(loaded: Loaded, revision: int) -> str:
    """Why rules that were loaded without trouble are not those of the running script now; empty if they are."""
    if loaded.notes.get("boot") != boot():
        return "nothing was loaded since the machine started; `lbsh apply --running` loads the running script"
    return f"revision {loaded.revision} is loaded" if loaded.revision != revision else ""


def _drift(store: Store, loaded: Loaded, witness: Witness) -> tuple[tuple[str, ...], str]:
    """What others have changed in the filter, and why that is unknown, if it is.

    The rules are compared only if somebody has changed anything there.
    """
    notes = loaded.notes.get("driver")
    try:
        if isinstance(notes, Mapping) and witness.unchanged(notes):
            return (), ""
        from lbsh import device  # noqa: PLC0415 -- renders the whole site

        return tuple([one.words for one in device.open_gateway(store).drift()]), ""
    except DriverError as error:
        return (), str(error)


def _troubles(device: Device) -> Sequence[str]:
    """The lines about what is wrong."""
    return list(device_text(device, now()))[1:]
