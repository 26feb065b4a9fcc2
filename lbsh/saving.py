"""Saves the rules of the packet filter to its files: read, test, compare, keep the old file, replace it."""

from __future__ import annotations

import re
from collections.abc import Sequence
from contextlib import ExitStack
from typing import NamedTuple

from lbsh.drivers.saving import Copy, InUse, Saver, UnknownError
from lbsh.replacing import Target, target_at
from lbsh_lang.backends.base import Options
from lbsh_lang.reported import ReportedError

_MOST_NAMED = 5
"""What a file has and the kernel lacks is named up to this number."""

_RULE = re.compile(rb"^[ \t]*[^\s#]", re.MULTILINE)
"""A line that is neither empty nor a comment, in the files of all filters."""

_INCLUDE = re.compile(rb"^[ \t]*include\b", re.MULTILINE)


class Saved(NamedTuple):
    """What became of a file: the path of the old one, empty if there was none, and whether it had this very content already.

    `includes` tells that the old file included others, whose rules are in the new one now.
    """

    path: str
    kept: str = ""
    is_same: bool = False
    includes: bool = False


class LackingError(ReportedError):
    """A file has, or may have, what the kernel lacks, so it is not replaced."""


def save_rules(saver: Saver, options: Options, in_use: InUse, path: str | None, *, force: bool) -> tuple[Saved, ...]:
    """Saves all rules to the usual places, or to files of this name. All files are ready before the first is replaced.

    Raises `DriverError`, `FileError` and `LackingError`; unless their text says otherwise, the old files are as they were.
    """
    copies = saver.copies(options, in_use)
    for copy in copies:
        saver.test(copy, options)
    with ExitStack() as stack:
        targets = [(copy, stack.enter_context(target_at(place_of(copy, path)))) for copy in copies]
        for copy, target in targets:
            if target.old != copy.text.encode() and _RULE.search(target.old or b"") and not force:
                _refuse_losses(saver, copy, target, options)
        for copy, target in targets:
            if target.old != copy.text.encode():
                target.prepare(copy.text.encode())
        return tuple([_replaced(copy, target) for copy, target in targets])


def place_of(copy: Copy, path: str | None) -> str:
    """Where a copy goes: to its usual place, or beside a path that the user gives."""
    if path is None:
        return copy.target
    for suffix in (".v4", ".v6") if copy.suffix else ():
        path = path.removesuffix(suffix)
    return path + copy.suffix


def _replaced(copy: Copy, target: Target) -> Saved:
    if target.old == copy.text.encode():
        return Saved(target.path, is_same=True)
    includes = target.old is not None and _INCLUDE.search(target.old) is not None
    return Saved(target.path, target.replace(), includes=includes)


def _refuse_losses(saver: Saver, copy: Copy, target: Target, options: Options) -> None:
    """Raises `LackingError` if a file has what a copy lacks, or if that cannot be told."""
    try:
        lost = saver.lacking(copy, target.path, options)
    except UnknownError as error:
        raise LackingError(
            f"{target.path}: is not replaced, since it cannot be told whether it has rules that are not loaded: {error};"
            " look at it, then say `lbsh save --force`, which keeps the old file beside the new one"
        ) from error
    if lost:
        raise LackingError(f"{target.path}: is not replaced, since it has what is not loaded: {losses(lost)}")


def losses(lost: Sequence[str]) -> str:
    """What would be lost, in one line, and what to do."""
    more = f", and {len(lost) - _MOST_NAMED} more" if len(lost) > _MOST_NAMED else ""
    named = ", ".join([f"`{one}`" for one in lost[:_MOST_NAMED]])
    return f"{named}{more}; load it, or say `lbsh save --force`, which keeps the old file beside the new one"
