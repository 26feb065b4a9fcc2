"""The statements that act and are not kept: `status`, `save`, `help`. The command `status` shows the same."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import assert_never

import click

from lbsh import device
from lbsh.cli.explanations import help_lines
from lbsh.cli.terminal import Trouble
from lbsh.drivers.protocol import Driver
from lbsh.files import write_atomically
from lbsh.gateway.running import statements_text, whole_text
from lbsh.gateway.status import (
    Device,
    Table,
    as_json,
    device_text,
    is_at,
    server_text,
    table_of,
    table_text,
)
from lbsh.store.protocol import Node, Store
from lbsh_lang.syntax.nodes import HelpStatement, SaveStatement, ShellCommand, StatusStatement


class ShellCommands:
    """Carries out shell commands, and prints what they say."""

    def __init__(self, store: Store) -> None:
        self._store = store

    def carry_out(self, command: ShellCommand) -> None:
        """Does what a statement says. Raises `Trouble` if that is not possible."""
        match command:
            case StatusStatement():
                self.status(command.subject.text if command.subject else None)
            case SaveStatement():
                self._save(command.path.value if command.path else None)
            case HelpStatement():
                self._help(command.topic.text if command.topic else None)
            case _:
                assert_never(command)

    # status

    def status(self, subject: str | None, form: str = "text", driver: Driver | None = None) -> None:
        """Prints the state of the device, of a service, of a pool, or of a machine."""
        tables = self._tables(subject, driver)
        if subject is not None and not tables:
            raise Trouble(f"`{subject}` is no service, pool or server of the running script")
        device_now = self._device() if subject is None else None
        if form == "json":
            click.echo(json.dumps(as_json(device_now, tables)))
            return
        now = device.now()
        if device_now is not None:
            click.echo("\n".join(device_text(device_now, now)))
        if subject is not None and not any(subject in (table.pool, *table.services) for table in tables):
            click.echo("\n".join(server_text(subject, tables, now)))
            return
        for number, table in enumerate(tables):
            if number or device_now is not None:
                click.echo()
            click.echo("\n".join(table_text(table)))

    def _tables(self, subject: str | None, driver: Driver | None) -> list[Table]:
        """The pools that a subject means: its own, those of its services, or those with its machine."""
        root = self._store.tree([subject]) if subject is not None else self._store.tree()
        if subject is not None and not _pools(root):
            root = self._store.tree()
        tables = [table_of(name, pool, {}) for name, pool in sorted(_pools(root).items())]
        if subject is None:
            return tables
        return (
            [table for table in tables if subject == table.pool]
            or [table for table in tables if subject in table.services]
            or [table for table in tables if any(is_at(row.server, subject) for row in table.rows)]
        )

    def _device(self) -> Device:
        loaded = self._store.loaded()
        revision = self._store.revision()
        if loaded is None:
            return Device(revision, "none", "nothing was ever loaded" if revision else "", (), None)
        behind = loaded.revision != revision and not loaded.trouble
        trouble = f"revision {loaded.revision} is loaded" if behind else loaded.trouble
        time = loaded.notes.get("time")
        return Device(revision, loaded.driver, trouble, (), time if isinstance(time, int) else None)

    # save

    def _save(self, path: str | None) -> None:
        """Writes the running script to a file, or back to the one that it came from."""
        running = self._store.running()
        root = running.files[0] if running.files else None
        own = root.identity if root is not None and Path(root.identity).is_absolute() else None
        target = path or own
        if target is None:
            raise Trouble('the running script came from no file: say where to, as in `save "site.lb"`')
        if root is not None and target == own:
            text = root.text + ("" if root.text.endswith("\n") or not root.text else "\n")
            text += statements_text(running.statements)
        else:
            text = whole_text(running, device.language())
        write_atomically(target, text)
        click.echo(f"Saved to {target}")

    # help

    def _help(self, topic: str | None) -> None:
        found = list(help_lines(topic))
        if not found:
            raise Trouble(f"there is no statement `{topic}`: `help` lists them")
        click.echo("\n".join(found))


def _pools(root: Node) -> Mapping[str, Node]:
    """The pools of a tree."""
    pools = (root.children or {}).get("pools")
    return pools.children or {} if pools is not None else {}
