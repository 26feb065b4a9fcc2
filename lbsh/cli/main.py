"""The group of all commands, and the boundary at which exceptions become one line and an exit status."""

from __future__ import annotations

import gc
import os
import sys
from io import BufferedWriter, RawIOBase, TextIOWrapper
from pathlib import Path
from typing import TextIO

import click

from lbsh import __version__
from lbsh.cli.commands import COMMANDS
from lbsh.cli.terminal import CLEAN, TROUBLE, abandon, complain, unread
from lbsh_lang.docstrings import require_docstrings
from lbsh_lang.reported import ReportedError


def run(arguments: list[str]) -> int:
    """Runs a command line and returns the exit status. The boundary at which exceptions become one line."""
    # A command makes many small values without cycles and ends soon: looking for garbage takes as long as making them.
    gc.disable()
    _open_streams()
    try:
        status = _invoke(arguments)
        sys.stdout.flush()
        return status
    except click.ClickException as error:
        _show(error)
    except ReportedError as error:
        complain(f"lbsh: {error}")
    except OSError as error:
        abandon(sys.stdout)
        if not isinstance(error, BrokenPipeError):  # else the reader has gone
            complain(f"lbsh: cannot write the output: {(error.strerror or str(error)).lower()}")
        _drop_errors()
    return TROUBLE


def _open_streams() -> None:
    """Gives closed streams a substitute, and lets all streams take file names that are no text in any encoding."""
    sys.stdout = _buffered(sys.stdout or unread())
    sys.stderr = _buffered(sys.stderr or Path(os.devnull).open("w"))  # noqa: SIM115 -- for as long as we run
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")


def _buffered(stream: TextIO) -> TextIO:
    """A stream that writes all of its text or raises an error, in place of an unbuffered one (`PYTHONUNBUFFERED`).

    An unbuffered stream drops what the system does not take at once, without an error.
    """
    raw = getattr(stream, "buffer", None)
    if not isinstance(raw, RawIOBase):
        return stream
    return TextIOWrapper(BufferedWriter(raw), stream.encoding, line_buffering=True)


def _invoke(arguments: list[str]) -> int:
    """Runs the command of a command line.

    `click.Command.main` would do the same, but turns a broken pipe into an exit status of its own, whatever the mode.
    """
    try:
        with cli.make_context("lbsh", list(arguments)) as context:
            status: object = cli.invoke(context)
    except click.exceptions.Exit as ended:  # after --help and --version
        status = ended.exit_code
    return status if isinstance(status, int) else CLEAN


def _show(error: click.ClickException) -> None:
    """Prints what is wrong with a command line; if standard error is broken, only the exit status is left."""
    try:
        error.show()
    except OSError:
        abandon(sys.stderr)


def _drop_errors() -> None:
    """Discards what standard error has not taken: it may be the broken stream."""
    try:
        sys.stderr.flush()
    except OSError:
        abandon(sys.stderr)


class _Context(click.Context):
    """A running command. Its help is a docstring, which may be missing."""

    def get_help(self) -> str:
        require_docstrings()
        return super().get_help()


class _Group(click.Group):
    """The commands of the list, each imported when it is called."""

    context_class = _Context

    def list_commands(self, ctx: click.Context) -> list[str]:
        return sorted(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        load = COMMANDS.get(cmd_name)
        if load is None:
            return None
        command = load()
        command.context_class = _Context
        return command


@click.group(cls=_Group, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__, prog_name="lbsh", message="%(prog)s %(version)s")
def cli() -> None:
    """Describe load-balanced services in a few plain lines; get the packet filter's rules for them."""
