"""Files by `sftp`: runs OpenSSH's program of that name, in a private folder and without rights beyond the user's."""

from __future__ import annotations

import os
import secrets
import signal
from pathlib import Path
from tempfile import TemporaryDirectory

from lbsh.programs import CommandError, Outcome, Rights, SignalledError, run_program
from lbsh.reading import ReadError, read_regular
from lbsh.remote import sftp_batch, sftp_words
from lbsh.remote.errors import TransferError, reason_of, said
from lbsh.remote.limits import Limits
from lbsh.remote.urls import Url

_MOST_OUTPUT = 1 << 20
_PASSED_ON = ("SSH_AUTH_SOCK", "HOME")
"""Variables: the agent that has the keys, and what programs need that the user's configuration runs (ProxyCommand)."""
_TO_CLEAN = 20.0
"""Seconds for a second connection, which removes what a first one left."""
_BEGAN = "sftp> put"
"""`sftp` repeats each line of its batch when its turn comes."""


def fetch(url: Url, limits: Limits) -> bytes:
    """The content of a file. Raises `TransferError`."""
    try:
        with TemporaryDirectory(prefix="lbsh-") as folder:
            got = Path(folder, "file")
            _get(url, got, limits)
            return read_regular(str(got))
    except ReadError as error:
        raise TransferError(f"what came {error}") from error
    except OSError as error:
        raise TransferError(reason_of(error)) from error


def _get(url: Url, got: Path, limits: Limits) -> None:
    batch = sftp_batch.get_batch(sftp_batch.remote_path(url), str(got))
    try:
        outcome = _run(url, batch, limits, limits.size + 1)
    except TransferError as error:
        raise TransferError(limits.too_large if _is_too_large(got, limits) else str(error)) from error
    if _is_too_large(got, limits):
        raise TransferError(limits.too_large)
    if outcome.status != 0:
        raise TransferError(sftp_words.reason(outcome.errors, url))
    if not got.exists():
        raise TransferError("`sftp` has no complaint, and there is no file")


def _is_too_large(got: Path, limits: Limits) -> bool:
    return got.exists() and got.stat().st_size > limits.size


def put(url: Url, content: bytes, limits: Limits) -> None:
    """Stores a file, in place of the one that is there; its name leads to the old one or to the new one, never to a part.

    What the server keeps of the user's rights for new files (umask) applies. Raises `TransferError`.
    """
    remote = sftp_batch.remote_path(url)
    aside = f"{remote}.{secrets.token_hex(4)}.tmp"
    try:
        with TemporaryDirectory(prefix="lbsh-") as folder:
            local = Path(folder, "file")
            local.write_bytes(content)
            local.chmod(0o644)  # sftp takes the rights of the new file from here; the folder is private
            _store(url, sftp_batch.put_batch(str(local), aside, remote), aside, limits)
    except OSError as error:
        raise TransferError(reason_of(error)) from error


def _store(url: Url, batch: str, aside: str, limits: Limits) -> None:
    try:
        outcome = _run(url, batch, limits)
    except TransferError as error:
        raise TransferError(f"{error}{_clean(url, aside, limits)}") from error
    if outcome.status != 0:
        left = _clean(url, aside, limits) if _BEGAN in outcome.output else ""
        raise TransferError(f"{sftp_words.reason(outcome.errors, url)}{left}")


def _clean(url: Url, aside: str, limits: Limits) -> str:
    """Removes what a failed transfer may have left; what is to be said if that fails too."""
    shorter = limits._replace(connect=min(limits.connect, _TO_CLEAN), total=min(limits.total, _TO_CLEAN))
    try:
        done = _run(url, sftp_batch.remove_batch(aside), shorter).status == 0
    except TransferError:
        done = False
    return "" if done else f"; a part may be left there as `{said(aside)}`"


def _run(url: Url, batch: str, limits: Limits, largest_file: int | None = None) -> Outcome:
    try:
        return run_program(
            sftp_batch.arguments(url, limits),
            batch,
            limits.total,
            Rights.NONE,
            _MOST_OUTPUT,
            variables={name: os.environ[name] for name in _PASSED_ON if name in os.environ},
            largest_file=largest_file,
            name="sftp",
        )
    except SignalledError as error:
        closed = error.number == signal.SIGPIPE  # `ssh`, to which `sftp` speaks, had ended
        raise TransferError(sftp_words.CLOSED if closed else str(error)) from error
    except CommandError as error:
        raise TransferError(str(error)) from error
