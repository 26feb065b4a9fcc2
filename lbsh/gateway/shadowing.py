"""Keeps the record of shadow probes in the store, for the holder of its lock."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress

from lbsh.gateway.outcome import Outcome
from lbsh.gateway.shadows import NONE, Shadows, both
from lbsh.store.protocol import Reader, Record, StoreError, Writer
from lbsh_lang.site.model import Site

Kept = Mapping[str, object] | None
"""A record, if there is one."""


def shadows_in(reader: Reader) -> Shadows:
    """The probes that decide in place of those of the running script. Raises `StoreError`."""
    return Shadows.of_json(reader.record(Record.PROBES))


def replace_with(writer: Writer, coming: Shadows, replace: Callable[[Kept], Outcome]) -> Outcome:
    """Replaces the running script; `coming` is what is kept with the new one. `replace` gets the record of the old one.

    The record is written first: whoever reads the new script has it, and on the old one it says nothing new.
    """
    kept = shadows_in(writer)
    if coming.former:
        _note(writer, both(kept, coming))
    try:
        outcome = replace(_record_of(kept))
    except BaseException:
        with suppress(StoreError):
            _note(writer, kept)
        raise
    _note(writer, coming if outcome.revision and not outcome.is_held else kept)
    return outcome


def promote(writer: Writer, site: Site) -> Sequence[str]:
    """Makes the probes of the running script decide: the services for which that is a change."""
    names = shadowed(site, shadows_in(writer))
    _note(writer, NONE)
    return names


def drop(writer: Writer, site: Site) -> Sequence[str]:
    """Gives shadow probes up; the former ones decide until another script is applied. The services that had some."""
    kept = shadows_in(writer)
    names = shadowed(site, kept) if not kept.is_dropped else ()
    if names:
        _note(writer, kept._replace(is_dropped=True))
    return names


def shadowed(site: Site, kept: Shadows) -> Sequence[str]:
    """The services of which another probe decides than the script says."""
    return tuple([service.name for service in site.services if kept.is_shadowed(service)])


def _note(writer: Writer, shadows: Shadows) -> None:
    content = _record_of(shadows)
    if content != writer.record(Record.PROBES):
        writer.note_record(Record.PROBES, content)


def _record_of(shadows: Shadows) -> Kept:
    return shadows.as_json() if shadows.former else None
