"""The statements that act and are not kept: `status`, `save`, `help`."""

from __future__ import annotations

from pathlib import Path
from typing import assert_never

import click

from lbsh import device
from lbsh.cli.explanations import help_lines
from lbsh.cli.status import print_status
from lbsh.cli.terminal import Trouble
from lbsh.files import write_atomically
from lbsh.gateway.running import statements_text, whole_text
from lbsh.store.protocol import Store
from lbsh_lang.renderings.terminal import printable
from lbsh_lang.syntax.nodes import HelpStatement, SaveStatement, ShellCommand, StatusStatement


class ShellCommands:
    """Carries out shell commands, and prints what they say."""

    def __init__(self, store: Store) -> None:
        self._store = store

    def carry_out(self, command: ShellCommand) -> None:
        """Does what a statement says. Raises `Trouble` if that is not possible."""
        match command:
            case StatusStatement():
                print_status(self._store, command.subject.text if command.subject else None)
            case SaveStatement():
                self._save(command.path.value if command.path else None)
            case HelpStatement():
                self._help(command.topic.text if command.topic else None)
            case _:
                assert_never(command)

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
        click.echo(f"Saved to {printable(target)}")

    # help

    def _help(self, topic: str | None) -> None:
        found = list(help_lines(topic))
        if not found:
            raise Trouble(f"there is no statement `{topic}`: `help` lists them")
        click.echo("\n".join(found))
