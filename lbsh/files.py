"""Reading scripts and writing rules: all that the commands do with files. Decides nothing about their content."""

from __future__ import annotations

import os
import re
import stat
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path

from lbsh.reading import ReadError, bounded, lies_below, read_named, read_regular, reason_of, text_of
from lbsh_lang.reported import ReportedError
from lbsh_lang.site.faults import Inadmissible, Refusal
from lbsh_lang.source import LARGEST_FILE, Source

STANDARD_INPUT = "<stdin>"

_STREAMS = re.compile(r"/dev|/dev/fd|/proc/[^/]+(/task/[^/]+)?/fd")
"""The folders of open streams, such as `/dev/stdin`: no script lies there with others around it."""

_MARK = "\ufeff"
"""A byte order mark: no part of the text, but some editors on Windows tell UTF-8 by it."""


class FileError(ReportedError):
    """A file cannot be read or written; the text says which and why, in one line."""


def read_source(path: str) -> Source:
    """The script in a file, `-` being standard input. Raises `FileError`."""
    if not path:
        raise FileError("a file name is empty")
    name = STANDARD_INPUT if path == "-" else os.path.normpath(path)
    try:
        if path == "-":
            return Source.of(name, text_of(_read_standard_input()))
        return Source.of(name, text_of(read_named(path)), os.path.realpath(path))
    except ReadError as error:
        raise FileError(f"{name}: {error}") from error


def include_loader(root: Source, include_from: Sequence[str] = ()) -> Callable[[str, Source], Source | Refusal | str]:
    """The loader of the files that a script includes: regular files below its own folder or one of `include_from`.

    A path is relative to the file that includes it, and a symbolic link counts by where it leads. The loader returns why
    there is no file.
    """
    folders = [os.path.realpath(_folder_of(root)), *map(os.path.realpath, include_from)]

    def load(path: str, source: Source) -> Source | Refusal | str:
        if "\0" in path:
            return "a file name has no NUL character"
        name = os.path.normpath(_folder_of(source) / path)
        target = os.path.realpath(name)
        if not lies_below(target, folders):
            return Inadmissible.OUTSIDE
        try:
            return Source.of(name, text_of(read_regular(target)), target)
        except ReadError as error:
            return str(error)

    return load


def names_stream(path: str) -> bool:
    """Whether a name is that of an open stream, `/dev/stdin`, whatever the stream leads to."""
    return _STREAMS.fullmatch(os.path.dirname(os.path.abspath(path))) is not None  # noqa: PTH100, PTH120 -- a text


def write_atomically(path: str, text: str) -> None:
    """Replaces a file by one with another text, or leaves it as it was. Raises `FileError`.

    The new text lies beside the file under another name until it is complete and on the disk. The file keeps its mode and
    owner; a symbolic link is followed. A file that is not regular, such as `/dev/null`, is written to.
    """
    content = text.encode(errors="backslashreplace")
    try:
        status = _status(path)
        if path.endswith("/") or (status is not None and stat.S_ISDIR(status.st_mode)):
            raise FileError(f"{path}: is a folder")
        if status is not None and not stat.S_ISREG(status.st_mode):
            Path(path).write_bytes(content)
            return
        _replace(Path(os.path.realpath(path)), content, status)
    except OSError as error:
        raise FileError(f"{path}: {reason_of(error)}") from error


def rewrite(changes: Sequence[tuple[Source, str]]) -> None:
    """Replaces the files of sources by ones with another text, each atomically. Raises `FileError`.

    All new files are complete on the disk before the first replaces an old one: if a file cannot be written, or has changed
    since it was read, none is replaced. A byte order mark stays.
    """
    with ExitStack() as stack:
        ready = []
        for source, text in changes:
            target = Path(source.identity)
            try:
                content = (_mark_of(source) + text).encode()
                ready.append((stack.enter_context(_prepared(target, content, target.stat())), target))
            except OSError as error:
                raise FileError(f"{source.name}: {reason_of(error)}") from error
        for prepared, target in ready:
            prepared.replace(target)


def is_same_file(path: str, source: Source) -> bool:
    """Whether a path leads to the file from which a source was read."""
    return os.path.realpath(path) == source.identity or (
        Path(path).exists() and Path(source.identity).exists() and Path(path).samefile(source.identity)
    )


def _folder_of(source: Source) -> Path:
    """The folder from which the paths in a script lead on: the working folder if the script comes from a stream."""
    folder = Path(source.name).parent
    named_stream = _STREAMS.fullmatch(os.path.realpath(folder)) is not None
    return Path() if source.identity == STANDARD_INPUT or named_stream else folder


def _mark_of(source: Source) -> str:
    """The byte order mark, if there is one, of the file of a source. Raises `FileError` if it must not be replaced."""
    path = source.identity
    try:
        status = _status(path)
        if status is None or not stat.S_ISREG(status.st_mode):
            raise FileError("is no regular file that could be replaced")
        if not os.access(path, os.W_OK):  # a rename would circumvent it
            raise FileError("must not be written to")
        content = read_regular(path)
        if text_of(content) != source.text:
            raise FileError("has changed since it was read, and is left as it is")
    except (FileError, ReadError, OSError) as error:
        raise FileError(f"{source.name}: {reason_of(error)}") from error
    return _MARK if content.startswith(_MARK.encode()) else ""


def _status(path: str) -> os.stat_result | None:
    try:
        return Path(path).stat()
    except FileNotFoundError:
        return None


def _replace(target: Path, content: bytes, status: os.stat_result | None) -> None:
    with _prepared(target, content, status) as prepared:
        prepared.replace(target)


@contextmanager
def _prepared(target: Path, content: bytes, status: os.stat_result | None) -> Iterator[Path]:
    """A file beside another that can take its place by a rename: complete, on the disk, with its mode and owner."""
    import tempfile  # noqa: PLC0415 -- most commands write nothing, and it takes a while to import

    try:
        handle, name = tempfile.mkstemp(prefix=".lbsh-", dir=target.parent)
    except PermissionError as error:
        raise FileError(f"{target}: its folder cannot be written to") from error
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        if status is not None:
            Path(name).chmod(stat.S_IMODE(status.st_mode))
            _keep_owner(target, name, status)
        else:
            mask = os.umask(0)
            os.umask(mask)
            Path(name).chmod(0o666 & ~mask)
        yield Path(name)
    finally:
        Path(name).unlink(missing_ok=True)


def _keep_owner(target: Path, name: str, status: os.stat_result) -> None:
    own = Path(name).stat()
    if (own.st_uid, own.st_gid) == (status.st_uid, status.st_gid):
        return
    try:
        os.chown(name, status.st_uid, status.st_gid)
    except PermissionError as error:
        raise FileError(f"{target}: belongs to somebody else, and would not any more") from error


def _read_standard_input() -> bytes:
    if sys.stdin is None:
        raise ReadError("is closed")
    try:
        return bounded(sys.stdin.buffer.read(LARGEST_FILE + 1))
    except OSError as error:
        raise ReadError(reason_of(error)) from error
