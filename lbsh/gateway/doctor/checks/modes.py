"""May others read or change the store, and the files with secrets that the script names?"""

from __future__ import annotations

import stat
from collections.abc import Iterator

from lbsh.gateway.doctor.base import Case, Check, FileStatus, Finding, Kind, Severity, command
from lbsh_lang.site.model import Site

STORE_OPEN = Kind("store-open", Severity.WARNING, "Everybody may read the store.")
STORE_WRITABLE = Kind(
    "store-writable", Severity.ERROR, "Others than its owner may write to the store, and so change rules."
)
FOLDER_WRITABLE = Kind(
    "folder-writable", Severity.ERROR, "Others may exchange the store or a secret: they may write above it."
)
SECRET_OPEN = Kind("secret-open", Severity.WARNING, "Everybody may read a file with a secret that the script names.")
SECRET_MISSING = Kind("secret-missing", Severity.ERROR, "A file with a secret that the script names is not there.")

_ROOT = 0


def _look(case: Case) -> Iterator[Finding]:
    system = case.system
    folder = system.real_path(case.folder)
    status = system.status(folder)
    if status is not None:
        yield from _store(folder, status)
        yield from _above(case, folder, f"the store {folder}", {status.uid})
    for path in secrets_of(case.site):
        yield from _secret(case, path)


def _store(folder: str, status: FileStatus) -> Iterator[Finding]:
    if status.mode & (stat.S_IWGRP | stat.S_IWOTH):
        words = f"the store {folder} (mode {status.mode & 0o7777:04o}) may be written to by others than {status.owner}"
        yield Finding(STORE_WRITABLE, words, "", (command("chmod", "g-w,o-rwx", folder),))
    elif status.mode & stat.S_IRWXO:
        words = f"everybody may read the store {folder} (mode {status.mode & 0o7777:04o})"
        yield Finding(STORE_OPEN, words, "", (command("chmod", "o-rwx", folder),))


def _above(case: Case, path: str, what: str, owners: set[int]) -> Iterator[Finding]:
    """The folders above: who may write to any of them may put something else in the place of what is below."""
    while path != "/":
        path = path.rpartition("/")[0] or "/"
        yield from _folder(path, case.system.status(path), what, owners)


def _folder(folder: str, status: FileStatus | None, what: str, owners: set[int]) -> Iterator[Finding]:
    """A folder above; with a sticky bit, its files are safe from others."""
    if status is None or status.mode & stat.S_ISVTX:
        return
    if status.mode & (stat.S_IWGRP | stat.S_IWOTH):
        words = f"the folder {folder} (mode {status.mode & 0o7777:04o}) above {what} may be written to by others"
        yield Finding(FOLDER_WRITABLE, words, "", (command("chmod", "go-w", folder),))
    elif status.uid not in {_ROOT, *owners}:
        words = f"the folder {folder} above {what} belongs to {status.owner}, who may exchange what is in it"
        yield Finding(FOLDER_WRITABLE, words, "", (command("chown", "root", folder),))


def _secret(case: Case, path: str) -> Iterator[Finding]:
    status = case.system.status(path)
    if status is None:
        advice = "write it, readable for root and the user of lbsh alone, or name another file in the script"
        yield Finding(SECRET_MISSING, f"the file {path}, which the script names, is not there", advice)
        return
    if status.mode & stat.S_IRWXO:
        words = f"everybody may read the secret in {path} (mode {status.mode & 0o7777:04o})"
        yield Finding(SECRET_OPEN, words, "then change the secret", (command("chmod", "o-rwx", path),))
    yield from _above(case, case.system.real_path(path), f"the secret {path}", {status.uid})


def secrets_of(site: Site) -> tuple[str, ...]:
    """The absolute paths of files with secrets; where others are looked for is not known here."""
    pair = site.failover
    found = [pair.password_file, pair.key_file] if pair is not None else []
    for service in site.services:
        found += (
            [value for name, value in service.probe.options if name == "secret"] if service.probe is not None else []
        )
    return tuple(dict.fromkeys([path for path in found if path is not None and path.startswith("/")]))


CHECK = Check("modes", (), (STORE_OPEN, STORE_WRITABLE, FOLDER_WRITABLE, SECRET_OPEN, SECRET_MISSING), _look)
