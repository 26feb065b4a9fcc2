"""Finds the installed backends, built-in ones and plug-ins alike, through the entry points of their distributions."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from typing import TYPE_CHECKING, cast

from lbsh_lang.backends.base import Backend
from lbsh_lang.reported import ReportedError

if TYPE_CHECKING:
    from importlib.metadata import EntryPoint

GROUP = "lbsh.backends"


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
    entry = installed()[name]
    try:
        return cast(Backend, entry.load())
    except (ImportError, AttributeError) as error:
        raise BackendError(f"the backend `{name}` ({entry.value}) cannot be loaded: {error}") from error
