"""Finds the installed backends, built-in ones and plug-ins alike, through the entry points of their distributions.

Reading entry points takes longer than parsing 1,000 lines. So this module knows those of lbsh's own backends.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from importlib import import_module
from typing import TYPE_CHECKING, cast

from lbsh_lang.backends.base import Backend
from lbsh_lang.reported import ReportedError

if TYPE_CHECKING:
    from importlib.metadata import EntryPoint

GROUP = "lbsh.backends"

BUILT_IN = ("iptables", "nftables", "pf")
"""The names of lbsh's own backends, which no plug-in can take."""


class BackendError(ReportedError):
    """An installed backend cannot be used; the text names it and gives the reason."""


@cache
def installed() -> Mapping[str, EntryPoint]:
    """The entry points of all installed backends by name, in alphabetical order."""
    from importlib.metadata import entry_points  # noqa: PLC0415 -- it takes longer to import than to parse 1,000 lines

    found = sorted(entry_points(group=GROUP), key=lambda entry: entry.name)
    return {entry.name: entry for entry in found}


def load_backend(name: str) -> Backend:
    """Loads the backend of a name that is in `installed()`.

    Raises `BackendError` if a plug-in's module cannot be imported: its fault must not look like a fault of lbsh.
    """
    if name in BUILT_IN:
        return cast(Backend, import_module(f"{__package__}.{name}").BACKEND)
    entry = installed()[name]
    try:
        return cast(Backend, entry.load())
    except (ImportError, AttributeError) as error:
        raise BackendError(f"the backend `{name}` ({entry.value}) cannot be loaded: {error}") from error
