"""Files that probes name: secrets and certificates, read once, bounded, never quoted in a message."""

from __future__ import annotations

from pathlib import Path

from lbsh_lang.reported import ReportedError

LARGEST_SECRET = 1024


class ProbeFileError(ReportedError):
    """A file that a probe names cannot be used; the text says why."""


def read_secret(path: str) -> bytes:
    """The secret in a file, without the end of its line. Raises `ProbeFileError`."""
    try:
        with Path(path).open("rb") as file:
            data = file.read(LARGEST_SECRET + 2)
    except (OSError, ValueError) as error:
        words = error.strerror if isinstance(error, OSError) else None
        raise ProbeFileError(f"cannot read the secret in `{path}`: {words or 'no such path'}") from error
    secret = data.removesuffix(b"\n").removesuffix(b"\r")
    if not secret or b"\n" in secret or len(secret) > LARGEST_SECRET:
        raise ProbeFileError(f"`{path}` must hold one secret, in one line of at most {LARGEST_SECRET} bytes")
    return secret
