"""The statements that act and are not kept: `status`, `save`, `help`."""

from __future__ import annotations

from typing import assert_never

import click

from lbsh.cli.save import save_all_rules
from lbsh.cli.status import print_status
from lbsh.cli.terminal import CLEAN, FINDINGS, Trouble, complain
from lbsh.gateway.saving import Entry, refusal_of_save
from lbsh.shell.explanations import help_lines
from lbsh.store.protocol import Store
from lbsh_lang.syntax.nodes import HelpStatement, SaveStatement, ShellCommand, StatusStatement


class ShellCommands:
    """Carries out shell commands, and prints what they say. `entry` is how they come to the device."""

    def __init__(self, store: Store, entry: Entry) -> None:
        self._store = store
        self._entry = entry

    def carry_out(self, command: ShellCommand, *, is_included: bool) -> int:
        """Does what a statement says; the exit status. Raises `ReportedError` if that is not possible."""
        match command:
            case StatusStatement():
                print_status(self._store, command.subject.text if command.subject else None)
                return CLEAN
            case SaveStatement():
                return self._save(command.path.value if command.path else None, is_included=is_included)
            case HelpStatement():
                self._help(command.topic.text if command.topic else None)
                return CLEAN
            case _:
                assert_never(command)

    def _save(self, path: str | None, *, is_included: bool) -> int:
        refusal = refusal_of_save(self._entry, is_included=is_included, has_path=path is not None)
        if refusal:
            complain(f"lbsh: {refusal}")
            return FINDINGS
        return save_all_rules(self._store, path)

    def _help(self, topic: str | None) -> None:
        found = list(help_lines(topic))
        if not found:
            raise Trouble(f"there is no statement `{topic}`: `help` lists them")
        click.echo("\n".join(found))
