"""`lbsh fmt`: brings scripts into their canonical form."""

from __future__ import annotations

import sys
from enum import Enum

import click

from lbsh import app
from lbsh.cli import options
from lbsh.cli.terminal import CLEAN, DEFAULT_FILE, FINDINGS, TROUBLE, complain
from lbsh.files import FileError, read_source, rewrite
from lbsh_lang.renderings.terminal import harmless, printable
from lbsh_lang.renderings.unified import render_unified
from lbsh_lang.source import Source
from lbsh_lang.syntax.formatter import Formatted, format_script
from lbsh_lang.syntax.language import LBSH

_MOST_NUMBERS = 5
"""The most unchanged lines that a message names."""


class _Answer(Enum):
    """The handling of a difference."""

    WRITE = "written"
    LIST = "listed"
    DIFF = "shown"


@click.command()
@click.argument("files", metavar="[FILE]...", nargs=-1, shell_complete=options.scripts)
@click.option("--check", "listing", is_flag=True, help="Write nothing; list the files that are not in canonical form.")
@click.option("--diff", "showing", is_flag=True, help="Write nothing; print what would change as a unified diff.")
def fmt(files: tuple[str, ...], listing: bool, showing: bool) -> int:
    """Bring scripts into their canonical form.

    Spaces, blank lines and the order of options become the same everywhere; comments and the meaning stay. Lines with
    faults stay as they are. FILE is a script, site.lb without one, and is rewritten where something changes; `-` is
    standard input, which goes to standard output. Exit status: 0 done, 1 something would change (--check, --diff),
    2 wrong usage, or a file that cannot be read or written.
    """
    answer = _Answer.DIFF if showing else _Answer.LIST if listing else _Answer.WRITE
    different = trouble = False
    for file in dict.fromkeys(files or (DEFAULT_FILE,)):
        try:
            different |= _format(file, answer)
        except FileError as error:
            trouble = True
            complain(f"lbsh: {error}")
    if trouble:
        return TROUBLE
    return FINDINGS if different and answer is not _Answer.WRITE else CLEAN


def _format(file: str, answer: _Answer) -> bool:
    """Formats one file; returns whether it differs."""
    source = read_source(file)
    formatted = _formatted(source)
    text = formatted.text
    if answer is _Answer.WRITE and file == "-":
        click.echo(text.encode(), nl=False)
    elif text != source.text:
        _answer(source, formatted, answer)
    kept = formatted.kept_after if answer is _Answer.WRITE else formatted.kept
    if kept:
        complain(f"lbsh: {source.name}: {_kept(kept)}")
    return text != source.text


def _formatted(source: Source) -> Formatted:
    """The canonical form of a script, with the statements of plug-ins."""
    formatted = format_script(source.text)
    language = app.language_of(source.lines[number] for number in formatted.kept)
    return formatted if language is LBSH else format_script(source.text, language)


def _answer(source: Source, formatted: Formatted, answer: _Answer) -> None:
    if answer is _Answer.WRITE:
        rewrite([(source, formatted.text)])
        complain(f"reformatted {source.name}")
    elif answer is _Answer.LIST:
        click.echo(f"would reformat {printable(source.name)}")
    else:
        _show(source, formatted)


def _show(source: Source, formatted: Formatted) -> None:
    """Prints the difference: harmless on a terminal; elsewhere as `patch` needs it, but for characters that mislead."""
    lines = render_unified(printable(source.name), formatted.lines)
    if sys.stdout.isatty():
        click.echo("".join(printable(line.removesuffix("\n")) + "\n" for line in lines), nl=False)
    else:
        click.echo("".join(map(harmless, lines)).encode(), nl=False)


def _kept(numbers: tuple[int, ...]) -> str:
    """The unchanged lines, in a few words."""
    shown = ", ".join(str(number + 1) for number in numbers[:_MOST_NUMBERS])
    more = f" and {len(numbers) - _MOST_NUMBERS} more" if len(numbers) > _MOST_NUMBERS else ""
    left = (
        "line {}{} has faults and stays as it is"
        if len(numbers) == 1
        else "lines {}{} have faults and stay as they are"
    )
    return f"{left.format(shown, more)}; `lbsh check` says what is wrong"
