"""Fetches and stores files by their URLs: what shell and commands call. Each scheme is imported when it is used."""

from __future__ import annotations

import re
from hashlib import sha256
from typing import NamedTuple, assert_never

from lbsh.reading import ReadError, text_of
from lbsh.remote.errors import RemoteError, TransferError
from lbsh.remote.limits import USUAL, Limits
from lbsh.remote.schemes import Scheme
from lbsh.remote.urls import Url
from lbsh_lang.source import Source

_DIGEST = re.compile(r"[0-9A-Fa-f]{64}")


class Fetched(NamedTuple):
    """A file as it came, whole."""

    url: Url
    content: bytes

    @property
    def sha256(self) -> str:
        """Its digest, in hexadecimal digits."""
        return sha256(self.content).hexdigest()

    def require_sha256(self, digest: str) -> None:
        """Holds it to a digest that the operator has from elsewhere. Raises `RemoteError`."""
        if not _DIGEST.fullmatch(digest):
            raise RemoteError("a digest of sha256 is 64 hexadecimal digits")
        if digest.lower() != self.sha256:
            raise RemoteError(f"`{self.url}` is not the file that was meant: its sha256 is {self.sha256}")

    def source(self) -> Source:
        """The text of it, by the rules for any script. Raises `RemoteError`."""
        try:
            return Source.of(str(self.url), text_of(self.content))
        except ReadError as error:
            raise RemoteError(f"`{self.url}` {error}") from error


def fetch(url: Url, limits: Limits = USUAL) -> Fetched:
    """The file at a URL. Raises `RemoteError`."""
    try:
        return Fetched(url, _fetch(url, limits))
    except TransferError as error:
        raise RemoteError(f"`{url}` is not fetched: {error}") from error


def put(url: Url, text: str, limits: Limits = USUAL) -> None:
    """Stores a text at a URL, in place of what is there. Raises `RemoteError`."""
    content = text.encode()
    try:
        if len(content) > limits.size:
            raise TransferError(limits.too_large)
        _put(url, content, limits)
    except TransferError as error:
        raise RemoteError(f"`{url}` is not stored: {error}") from error


def no_includes(path: str, source: Source) -> str:
    """The loader of included files for a script from elsewhere, whose author shall not choose which files are read here."""
    return "a script that was fetched includes no files: put its statements into it"


def _fetch(url: Url, limits: Limits) -> bytes:
    match url.scheme:
        case Scheme.SFTP:
            from lbsh.remote import sftp  # noqa: PLC0415

            return sftp.fetch(url, limits)
        case Scheme.TFTP:
            from lbsh.remote import tftp  # noqa: PLC0415

            return tftp.fetch(url, limits)
        case Scheme.HTTPS:
            from lbsh.remote import https  # noqa: PLC0415

            return https.fetch(url, limits)
        case _:
            assert_never(url.scheme)


def _put(url: Url, content: bytes, limits: Limits) -> None:
    match url.scheme:
        case Scheme.SFTP:
            from lbsh.remote import sftp  # noqa: PLC0415

            sftp.put(url, content, limits)
        case Scheme.TFTP:
            from lbsh.remote import tftp  # noqa: PLC0415

            tftp.put(url, content, limits)
        case Scheme.HTTPS:
            from lbsh.remote import https  # noqa: PLC0415

            https.put(url, content, limits)
        case _:
            assert_never(url.scheme)
