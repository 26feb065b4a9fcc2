"""`lbsh save`: writes the rules of the packet filter, or the running script, to files."""

from __future__ import annotations

from pathlib import Path

import click

from lbsh import device
from lbsh.cli import device as options
from lbsh.cli.terminal import CLEAN, FINDINGS, Trouble, complain
from lbsh.drivers.savers import saver_of
from lbsh.files import write_atomically
from lbsh.gateway.running import statements_text, whole_text
from lbsh.saving import LackingError, Saved, save_rules
from lbsh.store.protocol import Store
from lbsh.stores import open_store
from lbsh_lang.renderings.terminal import printable


@click.command()
@click.argument("file", metavar="[FILE]", required=False, type=click.Path())
@click.option("--script", is_flag=True, help="Write the running script instead; `-` is standard output.")
@click.option("--force", is_flag=True, help="Replace a file that has rules which are not loaded.")
@options.store
def save(*, file: str | None, script: bool, force: bool, folder: str | None) -> int:
    """Write the rules of the packet filter to its file, from which it loads them at boot.

    All rules are written as the filter has them now, those of others too. Without FILE the target is /etc/nftables.conf,
    /etc/iptables/rules.v4 and rules.v6, or /etc/pf.conf. The filter's own program tests the new file first, and the old
    one is kept beside it as FILE.before-lbsh. With --script, the target is the file that was applied. Exit status: 0 it
    was written, or had this content already, 1 a file has rules that are not loaded, or a change waits for confirmation,
    2 trouble.
    """
    store = open_store(folder)
    if script:
        if force:
            raise click.UsageError("--force goes with rules, --script writes the script")
        save_script(store, file)
        return CLEAN
    return save_all_rules(store, file, force=force)


def save_all_rules(store: Store, path: str | None, *, force: bool = False) -> int:
    """Saves rules, and says what became of each file; the exit status."""
    if path == "-":
        raise Trouble("rules are saved to a file: `nft list ruleset` and the like print them")
    gateway = device.open_gateway(store)
    if gateway.keeper.notices().confirmation is not None:
        complain("lbsh: a change waits for confirmation, and is not saved before: `lbsh confirm` keeps it")
        return FINDINGS
    choice = gateway.choice()
    saver = saver_of(choice.driver)
    if not device.may_change_filters():
        raise Trouble("to read the rules of the packet filter takes CAP_NET_ADMIN: run lbsh as root")
    try:
        found = save_rules(saver, choice.options, gateway.rules, path, force=force)
    except LackingError as error:
        complain(f"lbsh: {error}")
        return FINDINGS
    for one in found:
        click.echo(printable(_words(one)))
    return CLEAN


def _words(saved: Saved) -> str:
    if saved.is_same:
        return f"{saved.path} has these rules already"
    includes = "; it included other files, whose rules are in the new one now" if saved.includes else ""
    return f"Saved to {saved.path}{f' (the old file: {saved.kept}{includes})' if saved.kept else ''}"


def save_script(store: Store, path: str | None) -> None:
    """Writes the running script to a file, or back to the one that it came from. Raises `Trouble`."""
    running = store.running()
    root = running.files[0] if running.files else None
    own = root.identity if root is not None and Path(root.identity).is_absolute() else None
    target = path or own
    if target is None:
        raise Trouble("the running script came from no file: say where to, as in `lbsh save --script site.lb`")
    if root is not None and target == own:
        text = root.text + ("" if root.text.endswith("\n") or not root.text else "\n")
        text += statements_text(running.statements)
    else:
        text = whole_text(running, device.language())
    if target == "-":
        click.echo(text, nl=False)
        return
    write_atomically(target, text)
    click.echo(f"Saved to {printable(target)}")
