"""`lbsh status`: shows the state of the device."""

from __future__ import annotations

import json
import time
from collections.abc import Collection, Mapping, Sequence
from contextlib import suppress
from typing import NamedTuple

import click

from lbsh.cli.device import store as store_option
from lbsh.cli.terminal import CLEAN, FINDINGS, PENDING, Trouble
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
from lbsh.stores import boot, now, open_store, ticks
from lbsh_lang.renderings.terminal import printable
from lbsh_lang.site.status import ServerId


@click.command()
@click.argument("subject", metavar="[SERVICE|POOL|IP]", required=False)
@click.option("--format", "form", type=click.Choice(["text", "json"]), default="text", show_default=True)
@click.option(
    "--rate",
    "seconds",
    metavar="SECONDS",
    type=click.FloatRange(min=0, min_open=True, max=3600),
    help="Look twice, so long apart, and show the new connections a second.",
)
@store_option
def status(*, subject: str | None, form: str, seconds: float | None, folder: str | None) -> int:
    """Show the state of the device, of a service, of a pool, or of a machine.

    A server is UP, DOWN, DRAINED or UNKNOWN, `not probed` if its service has no probe, and STALE if no poller answers; where
    the kernel tells, its open connections stand beside. Where what is loaded is not what should be, the first lines say so,
    and why. Exit status: 0 all is as it should be; 1 a server is down, or statuses are held; 2 there is no such thing or no
    store; 3 what is loaded is not what should be, or a change waits for confirmation; 4 a service has no server that
    serves; 5 STALE. Of several, the first of 2, 4, 3, 5, 1.
    """
    return print_status(open_store(folder), subject, form, seconds)


def print_status(store: Store, subject: str | None, form: str = "text", seconds: float | None = None) -> int:
    """Prints the state of the device, of a service, of a pool, or of a machine; the exit status.

    Raises `Trouble` if it is not there.
    """
    loaded = store.loaded()
    witness = witness_of(loaded.driver) if loaded is not None and loaded.revision else None
    view = _view(store, subject, witness)
    if seconds is not None and witness is not None:
        time.sleep(seconds)
        view = _view(store, subject, witness)
    tables, look = view.tables, view.look
    if subject is not None and not tables:
        raise Trouble(f"`{subject}` is no service, pool or server of the running script")
    device = _device(store, loaded, witness)._replace(network=network_trouble(store, boot()))
    notices = notices_of(store, Moment(boot(), ticks()))
    findings = findings_of(cells_of(tables), look)
    is_pending = bool(device.trouble or device.drift or device.network or notices.confirmation)
    code = _exit_status(findings, is_pending=is_pending)
    if form == "json":
        shown = {"version": 1, **as_json(device, tables, look, findings), **notices.as_json(), "exit": code}
        click.echo(json.dumps(shown))
        return code
    lines = list(device_text(device, now())) if subject is None else list(_troubles(device))
    lines += [*poller_text(look, findings, whole=subject is None), *[printable(line) for line in notices.lines]]
    if subject is not None and not any(subject in (table.pool, *table.services) for table in tables):
        lines += server_text(subject, tables, look.now)
    else:
        for table in tables:
            lines += ["", *table_text(table, look.now)] if lines else table_text(table, look.now)
    click.echo("\n".join(lines))
    return code


UNSERVED_STATUS, STALE_STATUS = 4, 5
"""Exit statuses of `status` alone: a service has no server that serves; no poller answers."""


def _exit_status(findings: Sequence[Finding], *, is_pending: bool) -> int:
    """The exit status, by the worst that there is."""
    names = {one.name for one in findings}
    if UNSERVED in names:
        return UNSERVED_STATUS
    if is_pending:
        return PENDING
    return STALE_STATUS if STALE_NAME in names else FINDINGS if names else CLEAN


class _View(NamedTuple):
    """What is to be shown of pools."""

    tables: Sequence[Table]
    look: Look


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
    return _View([table_of(name, pool, counts, look) for name, pool in pools.items()], look)


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
