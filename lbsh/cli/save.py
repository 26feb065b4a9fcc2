"""`lbsh save`: writes the rules of the packet filter to the file that is loaded at boot."""

from __future__ import annotations

from collections.abc import Iterable

import click

from lbsh import device
from lbsh.cli import device as options
from lbsh.cli import options as common
from lbsh.cli.terminal import CLEAN
from lbsh.saving import File
from lbsh.saving import save as save_rules
from lbsh.stores import open_store
from lbsh_lang.renderings.terminal import printable


@click.command()
@click.argument("file", metavar="[FILE]", required=False, shell_complete=common.paths)
@click.option("--force", is_flag=True, help="Replace a file even if it has rules that are not loaded.")
@options.store
def save(*, file: str | None, force: bool, folder: str | None) -> int:
    """Save the rules of the packet filter to the file that is loaded at boot.

    All rules are saved as the filter has them now, those of others too. Without FILE that is /etc/nftables.conf, or
    /etc/iptables/rules.v4 and rules.v6; under iptables FILE is a name without .v4 and .v6. The filter's own program tests
    the rules first. The former file is kept beside the new one. A file with rules that are not loaded is replaced with
    --force only.
    """
    report_saved(save_rules(device.open_gateway(open_store(folder)).choice().driver, file, force=force))
    return CLEAN


def report_saved(files: Iterable[File]) -> None:
    """Prints which files were saved, and where the former ones are."""
    for one in files:
        path = printable(one.path)
        if one.before is None:
            click.echo(f"{path} has these rules already")
        else:
            click.echo(
                f"Saved the rules to {path}{f', the former file is {printable(one.before)}' if one.before else ''}"
            )
