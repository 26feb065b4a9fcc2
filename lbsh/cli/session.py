"""`lbsh shell`: an interactive session on the device, or the lines of a file."""

from __future__ import annotations

import gc
import io
import os
import sys
from collections.abc import Callable
from contextlib import redirect_stderr, redirect_stdout, suppress
from functools import partial
from pathlib import Path

import click

from lbsh import device
from lbsh.cli import device as options
from lbsh.files import read_source
from lbsh.session import session_here
from lbsh.shell.changes import Changes
from lbsh.shell.desk import Desk
from lbsh.shell.grouping import grouping
from lbsh.shell.loading import loading
from lbsh.shell.looking import looking
from lbsh.shell.prompting import prompt
from lbsh.shell.statements import Statements
from lbsh.stores import open_store
from lbsh_lang.reported import ReportedError
from oyster.commands import Call, Command, Refused, Table
from oyster.history import History
from oyster.predefined import PREDEFINED
from oyster.session import Session
from oyster.shown import Sink
from oyster.sources import Source, TextSource
from oyster.starting import channel
from oyster.streams import StreamSink

BORROWED = ("plan", "confirm", "rollback", "doctor", "explain", "save", "probes")
"""Commands of the shell that are commands of `lbsh`, with the same words and answers."""


COLOURS = {
    "option": "ansiblue",
    "service": "ansigreen",
    "pool": "ansimagenta",
    "device": "ansigreen",
    "interface": "ansiyellow",
    "address": "ansicyan",
    "network": "ansicyan",
    "port": "ansicyan",
    "duration": "ansicyan",
    "protocol": "ansiblue",
    "algorithm": "ansiblue",
    "method": "ansiblue",
    "text": "ansigreen",
}
"""The styles of the language's tokens, in prompt_toolkit's words; `keyword` and the like have those of oyster."""


@click.command()
@click.argument("file", metavar="[FILE]", required=False)
@click.option("-c", "line", metavar="LINE", help="Run one line.")
@options.store
@options.wait
def shell(*, file: str | None, line: str | None, folder: str | None, wait: float) -> int:
    """Look at the device and change it, in a session of statements and commands.

    FILE has lines of a session, `-` is standard input. Exit status: 0; 1 a line was refused, and those behind it were not
    run; 2 trouble.
    """
    if file is not None and line is not None:
        raise click.UsageError("give a FILE or a line with -c, not both")
    gc.enable()  # a session may last for days
    store = open_store(folder)
    gateway = device.open_gateway(store, sys.stderr)
    desk = Desk(store, gateway, Changes(gateway, device.act, wait), device.language, _interfaces)
    root = click.get_current_context().find_root()
    table = (
        PREDEFINED
        | grouping(desk)
        | looking(desk)
        | loading(desk, session_here())
        | Table([_borrowed(root, name, folder) for name in BORROWED])
    )
    source, sink = _ends(file, line, desk.start)
    desk.when_read(sink.refresh)
    history = History(_history_place() if source.is_typed else None)
    marks = partial(prompt, desk, gateway.keeper.notices)
    return Session(table, source, sink, languages=[Statements(desk)], history=history, prompt=marks).run()


def _ends(file: str | None, line: str | None, shown: Callable[[], None]) -> tuple[Source, Sink]:
    """Where lines come from, and where answers go. `shown` is called when the first prompt stands."""
    if line is not None:
        return TextSource("-c", line), StreamSink(sys.stdout)
    if file is None or file == "-":
        return channel(shown, COLOURS)
    source = read_source(file)
    return TextSource(source.name, source.text), StreamSink(sys.stdout)


def _history_place() -> Path:
    """The file of lines that were typed, for the user alone."""
    state = os.environ.get("XDG_STATE_HOME", "")
    folder = (Path(state) if state.startswith("/") else Path("~/.local/state").expanduser()) / "lbsh"
    with suppress(OSError):  # the history then says why it is not kept
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    return folder / "shell-history"


def _interfaces() -> tuple[str, ...]:
    import socket  # noqa: PLC0415

    return tuple(name for _, name in socket.if_nameindex())


def _borrowed(root: click.Context, name: str, folder: str | None) -> Command:
    """A command of `lbsh` as one of the shell."""
    return Command("lb", name, partial(_run, root, name, folder), _summary(name))


def _summary(name: str) -> str:
    return f"as `lbsh {name}`"


def _run(root: click.Context, name: str, folder: str | None, call: Call) -> None:
    group, out = root.command, _Lines(call)
    assert isinstance(group, click.Group)
    command = group.get_command(root, name)
    assert command is not None, name
    takes_store = folder is not None and any(one.name == "folder" for one in command.params)
    arguments = [*call.words, *(["--store", str(folder)] if takes_store else [])]
    with redirect_stdout(out), redirect_stderr(out):
        try:
            command.main(arguments, prog_name=name, standalone_mode=False)
        except click.ClickException as error:
            raise Refused(error.format_message()) from error
        except (click.exceptions.Exit, click.exceptions.Abort):
            return
        except ReportedError as error:
            raise Refused(str(error)) from error
        finally:
            out.end()


class _Lines(io.TextIOBase):
    """A stream whose lines are the answer to a call."""

    def __init__(self, call: Call) -> None:
        self._call, self._rest = call, ""

    def write(self, text: str) -> int:
        *lines, self._rest = (self._rest + text).split("\n")
        self._call.say(*lines)
        return len(text)

    def end(self) -> None:
        """Says what has no end of line."""
        if self._rest:
            self._call.say(self._rest)
