"""`lbsh explain`: the page of a diagnostic code."""

from __future__ import annotations

import click

from lbsh.cli import options
from lbsh.cli.terminal import CLEAN, Trouble
from lbsh_lang.checks import catalog
from lbsh_lang.renderings.terminal import harmless
from oyster.near import NearMisses


@click.command()
@click.argument("code", required=False, shell_complete=options.codes)
def explain(code: str | None) -> int:
    """Explain a diagnostic code, or list all codes."""
    if code is None:
        for page in sorted(catalog.PAGES.values(), key=lambda one: one.code):
            click.echo(f"{page.code}  {page.severity.value:<11}  {page.title}")
        return CLEAN
    known = catalog.PAGES.get(code.upper())
    if known is None:
        near = NearMisses(catalog.PAGES).of(code)
        hint = f"; `{near}` exists" if near else ""
        raise Trouble(f"there is no code `{code}`{hint}; `lbsh explain` lists all codes")
    click.echo(harmless(known.render_page()), nl=False)
    return CLEAN
