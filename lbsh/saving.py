"""`lbsh save`: writes the rules of the packet filter to the file that is loaded at boot. Prints nothing.

A file with rules that the kernel lacks is somebody's work, and is not replaced. To compare, the file is loaded in a network
namespace of its own, where it changes nothing: files say the same thing in many ways, the kernel's listing in one.
"""

from __future__ import annotations

import os
import stat
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

from lbsh.drivers import saved
from lbsh.drivers.saved import SAVED, Saved
from lbsh.drivers.values import DriverError
from lbsh.files import FileError, write_atomically
from lbsh.lab.namespaces import Namespace
from lbsh.programs import CommandError
from lbsh.reading import ReadError, read_regular, reason_of, text_of
from lbsh_lang.reported import ReportedError

_MOST_NAMED = 3


class SaveError(ReportedError):
    """Nothing was saved; the text says why, and what to do."""


class File(NamedTuple):
    """A file that was saved; `before` is where the former one is kept, empty if there was none, None if it was the same."""

    path: str
    before: str | None


class _Prepared(NamedTuple):
    path: Path
    old: str | None
    new: str


def save(driver: str, path: str | None, *, force: bool = False) -> tuple[File, ...]:
    """Writes the rules of a driver's filter to a file, or to the usual one. Raises `SaveError`, `DriverError`, `FileError`.

    All files are tested before the first of them is replaced.
    """
    kinds = SAVED.get(driver)
    if kinds is None:
        raise SaveError(f"the driver `{driver}` has no rules that could be saved: nftables and iptables have")
    ready = [_prepare(kind, _target(kind, path), force=force) for kind in kinds]
    return tuple([_write(one) for one in ready])


def _target(kind: Saved, path: str | None) -> Path:
    """The file itself. Raises `SaveError` for a link that somebody else may have made, and for what is no regular file."""
    given = Path(kind.path if path is None else f"{path}{kind.suffix}")
    try:
        if given.is_symlink() and given.lstat().st_uid not in (0, os.geteuid()):
            raise SaveError(f"{given}: is a link of another user: name the file that it leads to")
        target = Path(os.path.realpath(given))
        if target.exists() and not stat.S_ISREG(target.stat().st_mode):
            raise SaveError(f"{given}: is no regular file")
        if not target.parent.is_dir():
            raise SaveError(f"{given}: its folder is not there: `mkdir -p {target.parent}`, or name another file")
        writable = target if target.exists() else target.parent
        if not os.access(writable, os.W_OK):
            raise SaveError(f"{given}: permission denied: save as root")
    except OSError as error:
        raise SaveError(f"{given}: {reason_of(error)}") from error
    return target


def _prepare(kind: Saved, target: Path, *, force: bool) -> _Prepared:
    try:
        listing = saved.listing_of(kind)
        new = saved.tested(kind, listing)
    except DriverError as error:
        if "permitted" in str(error) or "ermission denied" in str(error):
            raise SaveError(f"the rules cannot be read, which takes the right CAP_NET_ADMIN: {error}") from error
        raise
    try:
        old = text_of(read_regular(str(target))) if target.exists() else None
    except (ReadError, OSError) as error:
        raise SaveError(f"{target}: {reason_of(error)}") from error
    if old is not None and old != new and not force:
        lost = _lost(kind, target, listing, old)
        if lost:
            more = f" (and {len(lost) - _MOST_NAMED} more)" if len(lost) > _MOST_NAMED else ""
            words = "; ".join(f"`{one}`" for one in lost[:_MOST_NAMED])
            raise SaveError(
                f"{target} has rules that are not loaded: {words}{more}. --force replaces it, and keeps the old one"
            )
    return _Prepared(target, old, new)


def _lost(kind: Saved, target: Path, listing: str, old: str) -> tuple[str, ...]:
    """The rules of a file that the kernel lacks. Raises `SaveError` if that cannot be told."""
    if not any(line.strip() and not line.lstrip().startswith("#") for line in old.splitlines()):
        return ()
    try:
        scratch = Namespace("scratch")
    except OSError as error:
        reason = f"a network namespace to load it in cannot be made ({reason_of(error)})"
        raise SaveError(f"whether {target} has rules that are not loaded cannot be told: {reason}. {_FORCE}") from error
    try:
        load = (*kind.load[:-1], str(target)) if kind.load[-1] == "-" else kind.load
        scratch.run(*load, text=old)
        return saved.lacking(kind, listing, scratch.run(*kind.list_rules))
    except CommandError as error:
        words = " ".join(str(error).split())
        raise SaveError(f"whether {target} has rules that are not loaded cannot be told: {words}. {_FORCE}") from error
    finally:
        scratch.delete()


_FORCE = "--force replaces the file, and keeps the old one"


def _write(one: _Prepared) -> File:
    """Replaces a file, with its mode and owner. The former one is kept beside it: that of somebody else for good."""
    if one.old == one.new:
        return File(str(one.path), None)
    before = ""
    if one.old is not None:
        is_own = saved.MARK in one.old.splitlines()[:3]
        before = f"{one.path}.old" if is_own else next(_free(one.path))
        _copy(one.path, before, one.old)
    write_atomically(str(one.path), one.new)
    if one.old is None:
        one.path.chmod(0o640)
    return File(str(one.path), before)


def _free(path: Path) -> Iterator[str]:
    """Names for a file that lbsh did not write, the first free one first."""
    number = 1
    while True:
        name = f"{path}.before-lbsh{'' if number == 1 else f'-{number}'}"
        if not os.path.lexists(name):
            yield name
        number += 1


def _copy(path: Path, to: str, text: str) -> None:
    """Keeps a file under another name, with its mode and owner."""
    status = path.stat()
    if Path(to).is_symlink():
        raise FileError(f"{to}: is a link, and the former {path} would be kept there")
    write_atomically(to, text)
    os.chown(to, status.st_uid, status.st_gid)
    Path(to).chmod(stat.S_IMODE(status.st_mode))
