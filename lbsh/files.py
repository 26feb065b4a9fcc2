"""Reading scripts and writing rules: all that the commands do with files. Decides nothing about their content."""

from __future__ import annotations

import os
import stat
import sys
import tempfile
from contextlib import suppress
from pathlib import Path

from lbsh_lang.source import Source

STANDARD_INPUT = "<stdin>"

LARGEST_FILE = 64 * 1024 * 1024
"""In bytes; far above any script, so that a wrong file name cannot fill the memory."""


class FileError(Exception):
    """A file cannot be read or written; the text says which and why, in one line."""


def read_source(path: str) -> Source:
    """The script in a file, `-` being standard input. Raises `FileError`."""
    name = STANDARD_INPUT if path == "-" else path
    try:
        return Source.of(name, _decode(_read(path)))
    except FileError as error:
        raise FileError(f"{name}: {error}") from error


def load_include(path: str, source: Source) -> Source | str:
    """The loader of included files: relative to the file that includes them. A text says why there is none."""
    base = Path() if source.name == STANDARD_INPUT else Path(source.name).parent
    if "\0" in path:
        return "a file name has no NUL character"
    name = os.path.normpath(base / path)
    try:
        return Source.of(name, _decode(_read(name)))
    except FileError as error:
        return str(error)


def write_atomically(path: str, text: str) -> None:
    """Replaces a file by one with another text, or leaves it as it was. Raises `FileError`.

    The new text lies beside the file under another name until it is complete and on the disk. The file keeps its mode
    and owner; a symbolic link is followed. What is no regular file, such as `/dev/null`, is written to.
    """
    target = Path(os.path.realpath(path))
    try:
        status = target.stat() if target.exists() else None
        if status is not None and stat.S_ISDIR(status.st_mode):
            raise FileError(f"{path}: is a folder")
        if status is not None and not stat.S_ISREG(status.st_mode):
            target.write_text(text, encoding="utf-8")
            return
        _replace(target, text.encode(), status)
    except OSError as error:
        raise FileError(f"{path}: {_reason(error)}") from error


def _replace(target: Path, content: bytes, status: os.stat_result | None) -> None:
    handle, name = tempfile.mkstemp(prefix=f".{target.name}.", dir=target.parent)
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        if status is not None:
            Path(name).chmod(stat.S_IMODE(status.st_mode))
            with suppress(PermissionError):
                os.chown(name, status.st_uid, status.st_gid)
        else:
            mask = os.umask(0)
            os.umask(mask)
            Path(name).chmod(0o666 & ~mask)
        Path(name).replace(target)
    except BaseException:
        Path(name).unlink(missing_ok=True)
        raise


def _read(path: str) -> bytes:
    try:
        if path == "-":
            content = sys.stdin.buffer.read(LARGEST_FILE + 1)
        else:
            with Path(path).open("rb") as file:
                content = file.read(LARGEST_FILE + 1)
    except IsADirectoryError as error:
        raise FileError("is a folder, not a file") from error
    except (OSError, ValueError) as error:
        raise FileError(_reason(error)) from error
    if len(content) > LARGEST_FILE:
        raise FileError(f"is larger than {LARGEST_FILE >> 20} MiB, which no script is")
    return content


def _decode(content: bytes) -> str:
    """The text of a file, a byte order mark at its start left out."""
    if content.startswith((b"\xff\xfe", b"\xfe\xff")):
        raise FileError("is UTF-16 text; save it as UTF-8")
    nul = content.find(b"\0")
    if nul >= 0:
        raise FileError(f"is no text: there is a NUL byte in line {content.count(10, 0, nul) + 1}")
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = content.count(10, 0, error.start) + 1
        raise FileError(f"is not UTF-8: there is a byte 0x{content[error.start]:02x} in line {line}") from error


def _reason(error: Exception) -> str:
    return (error.strerror or str(error)).lower() if isinstance(error, OSError) else str(error)
