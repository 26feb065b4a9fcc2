"""`lbsh status`: shows the state of the device."""

from __future__ import annotations

import json
from collections.abc import Sequence

import click

from lbsh.cli.device import store as store_option
from lbsh.cli.terminal import CLEAN, Trouble
from lbsh.gateway.status import Device, Table, as_json, device_text, is_at, pools_of, server_text, table_of, table_text
from lbsh.store.protocol import Store
from lbsh.stores import now, open_store


@click.command()
@click.argument("subject", metavar="[SERVICE|POOL|IP]", required=False)
@click.option("--format", "form", type=click.Choice(["text", "json"]), default="text", show_default=True)
@store_option
def status(*, subject: str | None, form: str, folder: str | None) -> int:
    """Show the state of the device, of a service, of a pool, or of a machine.

    A server is UP, DOWN or DRAINED. Where what is loaded is not what should be, the first lines say so, and why. Exit
    status: 0, or 2 if there is no such thing or no store.
    """
    print_status(open_store(folder), subject, form)
    return CLEAN


def print_status(store: Store, subject: str | None, form: str = "text") -> None:
    """Prints the state of the device, of a service, of a pool, or of a machine. Raises `Trouble` if it is not there."""
    tables = _tables(store, subject)
    if subject is not None and not tables:
        raise Trouble(f"`{subject}` is no service, pool or server of the running script")
    device = _device(store)
    if form == "json":
        click.echo(json.dumps(as_json(device, tables)))
        return
    lines = list(device_text(device, now())) if subject is None else list(_troubles(device))
    if subject is not None and not any(subject in (table.pool, *table.services) for table in tables):
        lines += server_text(subject, tables, now())
    else:
        for table in tables:
            lines += ["", *table_text(table)] if lines else table_text(table)
    click.echo("\n".join(lines))


def _tables(store: Store, subject: str | None) -> Sequence[Table]:
    """The pools that a subject means: its own, those of its services, or those with its machine."""
    root = store.tree() if subject is None else store.tree([subject])
    if subject is not None and not pools_of(root):
        root = store.tree()
    tables = [table_of(name, pool, {}) for name, pool in sorted(pools_of(root).items())]
    if subject is None:
        return tables
    return (
        [table for table in tables if subject == table.pool]
        or [table for table in tables if subject in table.services]
        or [table for table in tables if any(is_at(row.server, subject) for row in table.rows)]
    )


def _device(store: Store) -> Device:
    """What is loaded, and why it is not what it should be."""
    loaded, revision = store.loaded(), store.revision()
    if loaded is None:
        return Device(revision, "none", "nothing was ever loaded" if revision else "", (), None)
    behind = loaded.revision != revision and not loaded.trouble
    trouble = f"revision {loaded.revision} is loaded" if behind else loaded.trouble
    time = loaded.notes.get("time")
    return Device(revision, loaded.driver, trouble, (), time if isinstance(time, int) else None)


def _troubles(device: Device) -> Sequence[str]:
    """The lines about what is wrong."""
    return list(device_text(device, now()))[1:]
