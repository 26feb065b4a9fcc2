"""The group of all commands, and the boundary at which exceptions become one line and an exit status."""

from __future__ import annotations

import gc
import os
import sys
from io import TextIOWrapper
from pathlib import Path

import click

from lbsh import __version__, app
from lbsh.cli.commands import COMMANDS
from lbsh.cli.terminal import CLEAN, INTERRUPTED, TROUBLE, Trouble, abandon, complain
from lbsh.drivers.commands import CommandError
from lbsh.files import FileError
from lbsh_lang.backends.registry import BackendError
from lbsh_lang.docstrings import NoDocstringsError, require_docstrings
from lbsh_lang.syntax.extensions import ExtensionError


def run(arguments: list[str]) -> int:
    """Runs a command line and returns the exit status. The boundary at which exceptions become one line."""
    # A command makes many small values without cycles and ends soon: looking for garbage takes as long as making them.
    gc.disable()
    sys.stdout = sys.stdout or Path(os.devnull).open("w")  # noqa: SIM115 -- a closed stream, for as long as we run
    sys.stderr = sys.stderr or Path(os.devnull).open("w")  # noqa: SIM115
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, TextIOWrapper):  # file names need not be text in any encoding
            stream.reconfigure(errors="backslashreplace")
    try:
        status = cli.main(arguments, prog_name="lbsh", standalone_mode=False)
        sys.stdout.flush()
        return status if isinstance(status, int) else CLEAN
    except click.ClickException as error:
        error.show()
        return TROUBLE
    except (
        Trouble,
        FileError,
        app.ChoiceError,
        BackendError,
        ExtensionError,
        CommandError,
        NoDocstringsError,
    ) as error:
        complain(f"lbsh: {error}")
        return TROUBLE
    except (click.Abort, KeyboardInterrupt):
        return INTERRUPTED
    except BrokenPipeError:  # the reader has gone
        abandon(sys.stdout)
        return TROUBLE
    except OSError as error:
        abandon(sys.stdout)
        complain(f"lbsh: cannot write the output: {(error.strerror or str(error)).lower()}")
        return TROUBLE


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
