"""`lbsh addresses`: lists what the device must have for a script besides rules."""

from __future__ import annotations

import sys

import click

from lbsh import app
from lbsh.cli import marks as uplink_marks
from lbsh.cli import options
from lbsh.cli.findings import report
from lbsh.cli.terminal import CLEAN, DEFAULT_FILE, FINDINGS
from lbsh.files import include_loader, read_source
from lbsh_lang.checks.lists import check_lists
from lbsh_lang.diagnostics import Severity
from lbsh_lang.renderings.lists.commands import render_ifconfig, render_ip
from lbsh_lang.renderings.lists.json_object import render_lists_json
from lbsh_lang.renderings.lists.text import render_lists
from lbsh_lang.site.addresses import DeviceLists, lists_of
from lbsh_lang.site.places import Places
from lbsh_lang.site.uplinks import Marks


@click.command()
@click.argument("file", metavar="[FILE]", default=DEFAULT_FILE, shell_complete=options.scripts)
@options.include_from
@uplink_marks.option
@click.option(
    "--format", "form", type=click.Choice(["text", "ip", "ifconfig", "json"]), default="text", show_default=True
)
def addresses(file: str, *, include_from: tuple[str, ...], marks: Marks, form: str) -> int:
    """List what the device must have for a script besides rules.

    The addresses that it must own, each with its interface and the length of its prefix; routes for addresses that are only
    routed to it; default routes, and the routing tables of several uplinks; and what its kernel must do. FILE is a script,
    site.lb without one; `-` is standard input.

    `ip` is for `ip -batch` of Linux, `ifconfig` a list of FreeBSD's commands. Nothing is changed by this command.
    """
    source = read_source(file)
    checked = app.check_source(source, load=include_loader(source, include_from))
    if checked.diagnostics:
        report(checked.diagnostics, sys.stderr)
    if checked.number_of(Severity.ERROR):
        return FINDINGS
    uplink_marks.check_room(checked.site, marks)
    lists, places = lists_of(checked.site, marks), Places(checked.resolution)
    unplaced = check_lists(lists, places)
    if unplaced:
        report(unplaced, sys.stderr)
        return FINDINGS
    click.echo(_text(form, lists, places), nl=False)
    return CLEAN


def _text(form: str, lists: DeviceLists, places: Places) -> str:
    match form:
        case "ip":
            return render_ip(lists)
        case "ifconfig":
            return render_ifconfig(lists)
        case "json":
            return render_lists_json(lists, places)
        case _:
            return render_lists(lists, places)
