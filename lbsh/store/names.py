"""Names in the file system for names of pools and servers. Ordinary names stay as they are, and all are decoded exactly.

A character that is neither a letter, a digit nor one of `_-.:[]` is written as its bytes in UTF-8, `%` and two hexadecimal
digits each. So are a dot or a dash at the start, since such names have a meaning for file systems and programs, and the
first letter of `attributes`, the file beside the children of a container.
"""

from __future__ import annotations

import re

from lbsh.store.protocol import StoreError

ATTRIBUTES = "attributes"
_LONGEST = 255
"""In bytes: the longest name of Linux' and FreeBSD's file systems."""
_EMPTY = "%"
_SAFE = re.compile(r"[A-Za-z0-9_\[:][A-Za-z0-9_.:\[\]-]*", re.ASCII)
_UNSAFE = re.compile(r"\A[.-]|[^A-Za-z0-9_.:\[\]-]", re.ASCII)
_BYTES = re.compile(r"(?:%[0-9A-F]{2})+", re.ASCII)


def encode(name: str) -> str:
    """The name of a file or folder for a name. Raises `StoreError` if it would be too long."""
    found = escaped(name)
    if len(found) > _LONGEST:
        raise StoreError(f"the name `{found[:40]}...` is too long for the file system")
    return found


def escaped(name: str) -> str:
    """As that, of any length."""
    if name == ATTRIBUTES:
        return "%61ttributes"
    return name if _SAFE.fullmatch(name) else _UNSAFE.sub(_escape, name) or _EMPTY


def decode(name: str) -> str:
    """The name for that of a file or folder."""
    return "" if name == _EMPTY else _BYTES.sub(_plain, name)


def _escape(found: re.Match[str]) -> str:
    return "".join(f"%{byte:02X}" for byte in found[0].encode("utf-8", "surrogatepass"))


def _plain(found: re.Match[str]) -> str:
    return bytes.fromhex(found[0].replace("%", "")).decode("utf-8", "surrogatepass")
