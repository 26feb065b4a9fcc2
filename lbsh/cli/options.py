"""Options that commands share, and the values that a shell can complete.

Each completion is a function for `shell_complete=` of click. The shell itself completes the kinds `script` and `file`,
since it knows better how to quote names and walk through folders (`lbsh/cli/completion.py`).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from click.shell_completion import CompletionItem

    Items = list[CompletionItem[str]]


def scripts(ctx: click.Context, param: click.Parameter, incomplete: str) -> Items:
    """FILE: scripts and folders."""
    return [_item(incomplete, kind="script")]


def paths(ctx: click.Context, param: click.Parameter, incomplete: str) -> Items:
    """PATH: any file."""
    return [_item(incomplete, kind="file")]


def backends(ctx: click.Context, param: click.Parameter, incomplete: str) -> Items:
    """The installed backends, with their titles."""
    from lbsh import app  # noqa: PLC0415 -- commands that complete nothing need not wait for it

    return [_item(one.name, one.title) for one in app.all_backends() if one.name.startswith(incomplete)]


def targets(ctx: click.Context, param: click.Parameter, incomplete: str) -> Items:
    """The versions of the backend that is chosen on this line; of all backends if none is."""
    from lbsh import app  # noqa: PLC0415

    chosen = ctx.params.get("backend_name")
    known = {one.name: one for one in app.all_backends()}
    return [
        _item(target, backend.title)
        for backend in ([known[chosen]] if chosen in known else known.values())
        for target in backend.targets
        if target.startswith(incomplete)
    ]


def codes(ctx: click.Context, param: click.Parameter, incomplete: str) -> Items:
    """The diagnostic codes, with their titles."""
    from lbsh_lang.checks.catalog import PAGES  # noqa: PLC0415

    return [_item(code, PAGES[code].title) for code in sorted(PAGES) if code.startswith(incomplete.upper())]


target = click.option(
    "--target",
    metavar="VERSION",
    shell_complete=targets,
    help="The version of the packet filter, as `lbsh backends` lists them.",
)
"""The option of commands that use a backend."""


include_from = click.option(
    "--include-from",
    "include_from",
    metavar="DIR",
    multiple=True,
    type=click.Path(exists=True, file_okay=False),
    shell_complete=paths,
    help="Let scripts include files of this folder too, not only of their own; may be repeated.",
)
"""The option of commands that read scripts with all that they include."""


def _item(value: str, about: str | None = None, kind: str = "plain") -> CompletionItem[str]:
    from click.shell_completion import CompletionItem  # noqa: PLC0415 -- only the shell's questions need it

    return CompletionItem(value, kind, about)
