"""The scripts on the disk: the running one and its history. Knows neither locks nor the tree.

Each applied script is a folder, named by the revision that it made, with its files as they were read, an index of them,
and the journal of the statements behind them. The folder is complete and on the disk before it gets its name, so the
highest one is the running script, and nothing else says so. A text of the statements, for people, is derived.
"""

from __future__ import annotations

import json
import os
from collections.abc import Sequence
from contextlib import suppress
from datetime import UTC, datetime
from functools import lru_cache
from typing import NamedTuple

from lbsh.store.files import FILE_MODE, NEW, Files
from lbsh.store.journal import Journal, act_of, appended, line_of, read_journal, snapshot_of
from lbsh.store.names import escaped
from lbsh.store.protocol import Act, Entry, File, Running, Statement, StoreError

KEPT = 50
"""As many scripts are kept, the running one included."""

_INDEX, _JOURNAL, _TEXT = "index", "journal", "statements"
_GONE = ".gone-"
_LONGEST = 100
"""In a file's name, of the name that it had; in bytes. It is for people, and never read."""


class Script(NamedTuple):
    """An applied script without the texts of its files: its folder, the act that applied it, and its journal."""

    folder: str
    act: Act
    files: tuple[tuple[str, str, str], ...]
    journal: Journal


class Scripts(NamedTuple):
    """The scripts in a folder of the store."""

    folder: str
    files: Files

    def running(self) -> Running:
        return self._whole(self._last())

    def revision(self) -> int:
        script = self._last()
        return 0 if script is None else script.journal.revision

    def history(self) -> tuple[Entry, ...]:
        """The newest first. A script has the revision that its last statement made."""
        found = []
        for revision in reversed(self._revisions()):
            with suppress(FileNotFoundError):  # it became too old meanwhile
                found.append(self._script(revision))
        return tuple(Entry(one.journal.revision, one.act, len(one.journal.statements)) for one in found)

    def script_of(self, revision: int) -> Running:
        """The script as it was at a revision, as far as its journal still tells."""
        base = max((one for one in self._revisions() if one <= revision), default=None)
        script = None if base is None else self._script(base, revision)
        if script is None or script.journal.revision != revision:
            raise StoreError(f"revision {revision} is not kept; `lbsh history` lists those that are")
        return self._whole(script)

    def replace(self, files: Sequence[File], act: Act, statements: Sequence[Statement]) -> Running:
        """Makes another script the running one, by one rename."""
        self.files.make_folder(self.folder)
        self._clean()
        last = self._last()
        revision = 1 if last is None else last.journal.revision + 1
        new, place = f"{self.folder}/{NEW}{revision}", f"{self.folder}/{revision:012}"
        try:
            self._write_script(new, files, act, statements)
            self._name(new, place)
        except OSError:
            with suppress(OSError):
                self.files.remove(new)  # a full disk has no room for what nobody needs
            raise
        running = Running(revision, tuple(files), tuple(statements))
        self._derive(place, running.statements)
        self._prune()
        return running

    def _write_script(self, new: str, files: Sequence[File], act: Act, statements: Sequence[Statement]) -> None:
        """Writes the folder of a script, and waits until it is on the disk."""
        self.files.make_folder(new)
        stored = [(file.name, file.identity, _stored_name(rank, file.name)) for rank, file in enumerate(files, 1)]
        for file, (_, _, name) in zip(files, stored, strict=True):
            self.files.create(f"{new}/{name}", file.text.encode("utf-8", "surrogatepass"))
        index = {"act": list(act), "files": stored, "statements": [[text, list(by)] for text, by in statements]}
        self.files.create(f"{new}/{_INDEX}", json.dumps(index, indent=1).encode())
        self.files.create(f"{new}/{_JOURNAL}", b"")
        self.files.sync(new)

    def append(self, statements: Sequence[str], act: Act, dropped: Sequence[int]) -> Running:
        """Appends a line to the journal."""
        script = self._last()
        if script is None:
            return self.replace((), act, [Statement(text, act) for text in statements])
        after = appended(script.journal, statements, act, dropped)
        running = self._whole(script._replace(journal=after))
        path = f"{script.folder}/{_JOURNAL}"
        self._append_line(path, script.journal.size, line_of(after.revision, statements, act, dropped))
        if script.journal.is_bloated:
            with suppress(OSError):  # it says the same at less length
                self.files.replace(path, snapshot_of(after))
        self._derive(script.folder, after.statements)
        return running

    def _name(self, new: str, place: str) -> None:
        """Gives a complete folder its name, durably."""
        calls = self.files.calls
        calls.rename(new, place)
        try:
            self.files.sync(self.folder)
            self.files.sync(self.folder.rpartition("/")[0])  # the folder of scripts may be new there
        except OSError:
            calls.rename(place, new)  # a transaction that failed must not count after all
            raise

    def _append_line(self, path: str, size: int, line: bytes) -> None:
        """Appends to the part of the journal that counts; what an interrupted transaction left behind it is cut."""
        calls = self.files.calls
        if calls.lstat(path).st_nlink > 1:  # its other name may be somebody else's, or a backup's
            self.files.replace(path, self.files.read(path)[:size])
        file = calls.open(path, os.O_WRONLY | os.O_APPEND | os.O_NOFOLLOW | os.O_CLOEXEC, FILE_MODE)
        try:
            if calls.fstat(file).st_size != size:
                calls.truncate(file, size)
                calls.fsync(file)
            try:
                self.files.write_all(file, line)
                calls.fdatasync(file)
            except OSError:
                calls.truncate(file, size)  # as above
                raise
        finally:
            calls.close(file)

    def _derive(self, folder: str, statements: Sequence[Statement]) -> None:
        """Writes what people read. The transaction is over, so a failure has no consequence."""
        with suppress(OSError):
            text = "".join(map(_shown, statements))
            self.files.replace_quickly(f"{folder}/{_TEXT}", text.encode("utf-8", "surrogatepass"))
            self.files.link_quickly(f"{self.folder}/running", folder.rpartition("/")[2])

    def _clean(self) -> None:
        """Removes what interrupted transactions left."""
        for name in self.files.calls.listdir(self.folder):
            if name.startswith((NEW, _GONE)):
                self.files.remove(f"{self.folder}/{name}")

    def _prune(self) -> None:
        """Removes scripts that are too old; readers pass over them, so a failure has no consequence."""
        with suppress(OSError):
            for revision in self._all_revisions()[:-KEPT]:
                gone = f"{self.folder}/{_GONE}{revision}"
                self.files.calls.rename(f"{self.folder}/{revision:012}", gone)
                self.files.remove(gone)

    def _revisions(self) -> list[int]:
        """The revisions that the kept scripts made, in order."""
        return self._all_revisions()[-KEPT:]

    def _all_revisions(self) -> list[int]:
        try:
            return sorted(int(name) for name in self.files.names(self.folder) if name.isdecimal())
        except FileNotFoundError:
            return []

    def _last(self) -> Script | None:
        revisions = self._revisions()
        return self._script(revisions[-1]) if revisions else None

    def _script(self, base: int, last: int | None = None) -> Script:
        folder = f"{self.folder}/{base:012}"
        try:
            index = json.loads(self.files.read(f"{folder}/{_INDEX}"))
            act = act_of(index["act"])
            files = tuple((name, identity, stored) for name, identity, stored in index["files"])
            start = Journal(base, tuple(Statement(str(text), act_of(by)) for text, by in index["statements"]))
        except (ValueError, KeyError, TypeError) as error:
            raise StoreError(f"{folder}/{_INDEX} is damaged; restore it from a backup") from error
        try:
            journal = read_journal(self.files.read(f"{folder}/{_JOURNAL}"), start, last)
        except StoreError as error:
            raise StoreError(f"{folder}/{_JOURNAL}: {error}") from error
        return Script(folder, act, files, journal)

    def _whole(self, script: Script | None) -> Running:
        """A script with the texts of its files."""
        if script is None:
            return Running(0, (), ())
        files = [
            File(name, identity, self._text(f"{script.folder}/{stored}")) for name, identity, stored in script.files
        ]
        return Running(script.journal.revision, tuple(files), script.journal.statements)

    def _text(self, path: str) -> str:
        try:
            return self.files.read(path).decode("utf-8", "surrogatepass")
        except UnicodeDecodeError as error:
            raise StoreError(f"{path} is damaged; restore it from a backup") from error


def _stored_name(rank: int, name: str) -> str:
    """The name of a file in a script's folder: its rank, and what can be kept of its own name."""
    return f"{rank:02}-{escaped(os.path.basename(name))[:_LONGEST]}"  # noqa: PTH119 -- a name in messages, no path


def _shown(statement: Statement) -> str:
    """A statement with a comment that says when and by whom it was made."""
    line = f"{statement.text}  # {_comment(statement.act)}"
    if not line.isprintable():  # a terminal would obey some of it
        line = "".join([one if one.isprintable() else "?" for one in line])
    return f"{line}\n"


@lru_cache(1024)
def _comment(act: Act) -> str:
    time, user, origin, way = act
    moment = f"{datetime.fromtimestamp(time // 1000, UTC):%Y-%m-%d %H:%M:%S} UTC" if 0 <= time < 1 << 47 else str(time)
    return " ".join(", ".join(part for part in (moment, user, origin, way) if part).split())
