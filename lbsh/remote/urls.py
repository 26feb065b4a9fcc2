"""URLs of files on other machines, by a grammar that is stricter than that of RFC 3986. Opens nothing.

`scheme://[user@]host[:port]/path[?query]`. Parts of a URL become words of programs, lines of batches and requests. So what
could mean something else there is no URL: no word begins with `-`, a path has no `.` or `..`, no empty segment and no
encoded `/`, and nothing that is not printable comes out of decoding. There is no place for a password, and messages about a
URL that has one do not show it.

In `sftp`, a path is one from the root of the server, or from the user's home if it begins with `/~/`.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from ipaddress import AddressValueError, IPv4Address, IPv6Address
from urllib.parse import quote

from lbsh.remote.errors import RemoteError, said
from lbsh.remote.schemes import ABILITIES, Abilities, Scheme

LONGEST = 2048
"""Characters of a URL."""

_START = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*://")
_PARTS = re.compile(r"(?P<scheme>[a-z]+)://(?P<authority>[^/?#]*)(?P<path>[^?#]*)(?P<query>\?[^#]*)?(?P<fragment>#.*)?")
_SCHEMES = {one.value: one for one in Scheme}

_USER = re.compile(r"[A-Za-z0-9_][A-Za-z0-9._-]{0,63}")
_LABEL = re.compile(r"[A-Za-z0-9_]([A-Za-z0-9_-]{0,61}[A-Za-z0-9_])?")
_NUMBER = re.compile(r"[0-9]+|0[xX][0-9A-Fa-f]*")
"""What the system's resolver takes for an address where it stands for the last label, as in `127.1`."""
_LONGEST_NAME = 253
_PORT = re.compile(r"[1-9][0-9]{0,4}")

_PLAIN = r"A-Za-z0-9._~!$&'()*+,;=:@\-"
_SEGMENT = re.compile(rf"(?:[{_PLAIN}]|%[0-9A-Fa-f]{{2}})*")
_QUERY = re.compile(rf"\?(?:[{_PLAIN}/?]|%[0-9A-Fa-f]{{2}})*")
_ENCODED = re.compile(r"%([0-9A-Fa-f]{2})")

_SAFE = "/~!$&'()*+,;=:@"
"""What stays as it is in a path that is shown or sent."""


@dataclass(frozen=True, slots=True)
class Url:
    """A file on another machine. `host` is a name or an address, without brackets; `path` is decoded and begins with `/`."""

    scheme: Scheme
    user: str
    """Empty: none is named."""
    host: str
    port: int
    path: str
    query: str = ""
    """As it is sent, with its `?`. It may be confidential."""

    @property
    def abilities(self) -> Abilities:
        return ABILITIES[self.scheme]

    @property
    def has_usual_port(self) -> bool:
        return self.port == self.abilities.port

    @property
    def encoded_path(self) -> str:
        return quote(self.path, safe=_SAFE)

    @property
    def host_in_brackets(self) -> str:
        """The host as a URL has it: an address of IPv6 in brackets."""
        return f"[{self.host}]" if ":" in self.host else self.host

    @property
    def place(self) -> str:
        """Host and port as a URL has them, the usual port left out."""
        return self.host_in_brackets if self.has_usual_port else f"{self.host_in_brackets}:{self.port}"

    def __str__(self) -> str:
        """The URL as messages and names of sources show it: in one way, and without what a query says."""
        user = f"{self.user}@" if self.user else ""
        return f"{self.scheme.value}://{user}{self.place}{self.encoded_path}{'?…' if self.query else ''}"


def is_url(word: str) -> bool:
    """Whether a word is meant as a URL, not as the name of a file; it need not be a sound one."""
    return _START.match(word) is not None


def parse_url(text: str) -> Url:
    """The URL in a text. Raises `RemoteError`."""
    if len(text) > LONGEST:
        raise RemoteError(f"the URL is longer than {LONGEST} characters")
    if not text.isascii() or not text.isprintable() or " " in text:
        raise RemoteError("the URL has blanks or other characters than those of ASCII: write these with `%`, as `%20`")
    if not is_url(text):
        raise RemoteError(
            f"`{said(text)}` is no URL: that is `sftp://`, `tftp://` or `https://` with a host and a path"
        )
    word, _, rest = text.partition("://")
    scheme = _SCHEMES.get(word.lower())
    if scheme is None:
        raise RemoteError(f"files are not fetched by `{said(word.lower())}`, but by `sftp`, `tftp` or `https`")
    parts = _PARTS.fullmatch(f"{scheme.value}://{rest}")
    assert parts is not None
    user, host, port = _authority(parts["authority"], ABILITIES[scheme])
    if parts["fragment"] is not None:
        raise RemoteError("a URL of a file has no part behind `#`: write it as `%23` if it belongs to the name")
    return Url(scheme, user, host, port, _path(parts["path"]), _query(parts["query"] or "", ABILITIES[scheme]))


def _authority(text: str, abilities: Abilities) -> tuple[str, str, int]:
    user, at, place = text.rpartition("@")
    if ":" in user:
        raise RemoteError("a URL has no password here, since others see it: use keys")
    if at and not abilities.takes_user:
        raise RemoteError("only a URL of sftp names a user")
    if at and not _USER.fullmatch(user):
        raise RemoteError(
            f"`{said(user)}` is no name of a user: letters, digits, `.`, `_` and `-`, and no `.` or `-` first"
        )
    bracket = re.fullmatch(r"\[([^\]]*)\](?::(.*))?", place)
    host, port = (bracket[1], bracket[2]) if bracket else _name_and_port(place)
    return user, _address(host) if bracket else _host(host), _port(port, abilities)


def _name_and_port(place: str) -> tuple[str, str | None]:
    if place.count(":") > 1:
        raise RemoteError(f"`{said(place)}` is no host: an address of IPv6 stands in brackets")
    host, colon, port = place.partition(":")
    return host, port if colon else None


def _address(text: str) -> str:
    try:
        if "%" in text:
            raise RemoteError("an address with a zone is not taken")
        return str(IPv6Address(text))
    except AddressValueError as error:
        raise RemoteError(f"`{said(text)}` is no address of IPv6") from error


def _host(text: str) -> str:
    if not text:
        raise RemoteError("the URL names no host")
    labels = text.split(".")
    if _NUMBER.fullmatch(labels[-1]):
        try:
            return str(IPv4Address(text))
        except AddressValueError as error:
            raise RemoteError(f"`{said(text)}` is no address of IPv4: four numbers up to 255") from error
    if len(text) > _LONGEST_NAME or not all(_LABEL.fullmatch(one) for one in labels):
        raise RemoteError(
            f"`{said(text)}` is no name of a host: words of letters, digits and `-` inside, with dots between"
        )
    return text  # in any case: `~/.ssh/config` tells large letters from small ones


def _port(text: str | None, abilities: Abilities) -> int:
    if text is None:
        return abilities.port
    if not _PORT.fullmatch(text) or int(text) > 65535:
        raise RemoteError(f"`{said(text)}` is no port: a number from 1 to 65535")
    return int(text)


def _path(text: str) -> str:
    if text in {"", "/"} or text.endswith("/"):
        raise RemoteError("the URL names a folder, not a file")
    segments = text.removeprefix("/").split("/")
    return "".join([f"/{_segment(one)}" for one in segments])


def _segment(text: str) -> str:
    if not text:
        raise RemoteError("the path has two `/` in a row")
    if not _SEGMENT.fullmatch(text):
        raise RemoteError(f"`{said(text)}` has a character that a path has only as `%` with two hexadecimal digits")
    try:
        decoded = _ENCODED.sub(lambda one: chr(int(one[1], 16)), text).encode("latin-1").decode()
    except UnicodeDecodeError as error:
        raise RemoteError(f"`{said(text)}` is not UTF-8 when it is decoded") from error
    if decoded in {".", ".."}:
        raise RemoteError("the path has `.` or `..` in it: write it without")
    if "/" in decoded or not decoded.isprintable():
        raise RemoteError(f"`{said(text)}` stands for characters that no name of a file here has")
    return decoded


def _query(text: str, abilities: Abilities) -> str:
    if text and not abilities.takes_query:
        raise RemoteError("only a URL of https has a part behind `?`: write it as `%3F` if it belongs to the name")
    if text and not _QUERY.fullmatch(text):
        raise RemoteError("the part of the URL behind `?` has characters that must be written with `%`")
    return text
