"""`lbsh backends`: shows what each installed backend can express."""

from __future__ import annotations

import click

from lbsh import app
from lbsh.cli.terminal import CLEAN, complain
from lbsh_lang.backends.base import Capability


@click.command()
def backends() -> int:
    """Show what each installed backend can express."""
    columns = [(backend, target) for backend in app.all_backends() for target in backend.targets]
    heads = [target if len(backend.targets) > 1 else backend.name for backend, target in columns]
    widest = max(len(capability.value) for capability in Capability)
    click.echo("  ".join([" " * widest, *heads]).rstrip())
    for capability in Capability:
        marks = ["yes" if capability in backend.capabilities(target) else "-" for backend, target in columns]
        cells = [mark.ljust(len(head)) for mark, head in zip(marks, heads, strict=True)]
        click.echo("  ".join([capability.value.ljust(widest), *cells]).rstrip())
    for backend in app.all_backends():
        click.echo(f"\n{backend.name}: {backend.title}; targets {', '.join(backend.targets)}")
        for flag, meaning in backend.flags.items():
            click.echo(f"  --{flag}: {meaning}")
    for complaint in (*app.broken_backends(), *app.broken_methods()):
        complain(f"lbsh: {complaint}")
    return CLEAN
