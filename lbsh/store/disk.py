"""The store in a folder of the file system: puts scripts, tree, locks and notices together. docs/store.md describes it.

There are two locks: one for changes of the script and for applying it, and one, held for moments, for the tree and for
the count of changes, since the poller writes statuses while others change pools. Readers take none.
"""

from __future__ import annotations

import errno
import json
import os
import sys
import time
from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager, suppress

from lbsh.store.calls import KERNEL, Calls
from lbsh.store.files import Files, explained, files_for
from lbsh.store.leaves import Tree
from lbsh.store.loaded import DownTexts, loaded_text, read_loaded
from lbsh.store.lock import locked
from lbsh.store.protocol import Act, Entry, File, Loaded, Node, Record, Running, Statement, StoreError
from lbsh.store.schema import SCHEMA, Schema, is_store, prepare, require_ours
from lbsh.store.scripts import Scripts
from lbsh.store.watch import notices
from lbsh_lang.site.status import ServerId, Status

_TREE_WAIT = 30.0
"""Seconds for the lock of the tree, which is held for as long as it takes to write some files."""
_POLLED = "another poller probes the servers of this store: {}"


def default_folder() -> str:
    """The folder of the device's store: hier(7)."""
    return "/var/lib/lbsh" if sys.platform.startswith("linux") else "/var/db/lbsh"


def now() -> int:
    """The time in milliseconds since 1970."""
    return time.time_ns() // 1_000_000


class _Handle:
    """Where a store lies. What changes: up to which count of changes its user has seen them, and what was read last as
    loaded, with the identity of its file, since to read it again takes long, and the texts of its servers."""

    __slots__ = ("calls", "down_texts", "folder", "loaded", "schema", "seen")

    def __init__(self, folder: str, calls: Calls, schema: Schema) -> None:
        self.folder = folder
        self.calls = calls
        self.schema = schema
        self.seen = 0
        self.loaded: tuple[tuple[int, ...], Loaded] | None = None
        self.down_texts = DownTexts()


class DiskReader:
    """Reads a store."""

    def __init__(self, handle: _Handle) -> None:
        self._handle = handle
        self._folder = handle.folder

    def running(self) -> Running:
        with explained(self._folder, "read"):
            return self._scripts.running() if self._is_there() else Running(0, (), ())

    def revision(self) -> int:
        with explained(self._folder, "read"):
            return self._scripts.revision() if self._is_there() else 0

    def loaded(self) -> Loaded | None:
        path = f"{self._folder}/loaded"
        with explained(self._folder, "read"):
            try:
                if not self._is_there():
                    return None
                identity, known = self._identity(path), self._handle.loaded
                if known is None or known[0] != identity:
                    known = self._handle.loaded = identity, read_loaded(self._files.read(path).decode())
                return known[1]
            except FileNotFoundError:
                return None
            except ValueError as error:
                raise StoreError(f"{path} is damaged; remove it, and everything is loaded anew") from error

    def record(self, record: Record) -> Mapping[str, object] | None:
        path = f"{self._folder}/{record.value}"
        with explained(self._folder, "read"):
            try:
                content = json.loads(self._files.read(path)) if self._is_there() else None
            except FileNotFoundError:
                return None
            except ValueError as error:
                raise StoreError(f"{path} is damaged; remove it") from error
        if content is None or isinstance(content, dict):
            return content
        raise StoreError(f"{path} is damaged; remove it")

    def statuses(self, pool: str | None = None) -> dict[ServerId, Status]:
        with explained(self._folder, "read"):
            return self._tree.statuses(pool) if self._is_there() else {}

    def tree(self, pools: Collection[str] | None = None) -> Node:
        with explained(self._folder, "read"):
            return self._tree.whole(pools) if self._is_there() else Node({}, {"pools": Node({}, {})})

    def history(self) -> tuple[Entry, ...]:
        with explained(self._folder, "read"):
            return self._scripts.history() if self._is_there() else ()

    def script_of(self, revision: int) -> Running:
        with explained(self._folder, "read"):
            self._is_there()
            return self._scripts.script_of(revision)

    @property
    def _files(self) -> Files:
        return files_for(self._folder, self._handle.calls)

    @property
    def _scripts(self) -> Scripts:
        return Scripts(f"{self._folder}/scripts", self._files)

    @property
    def _tree(self) -> Tree:
        return Tree(f"{self._folder}/ROOT", self._files)

    def _identity(self, path: str) -> tuple[int, ...]:
        """What distinguishes a file from all that ever had its name. Taken before it is read: it may be of an older one."""
        found = self._handle.calls.stat(path)
        return found.st_dev, found.st_ino, found.st_mtime_ns, found.st_ctime_ns, found.st_size

    def _is_there(self) -> bool:
        return is_store(self._files, self._folder, self._handle.schema)

    def _count(self) -> int:
        """The number of changes so far; a hint, lost with the power."""
        try:
            return int(self._files.read(f"{self._folder}/changed"))
        except (OSError, ValueError):
            return 0

    def _changed(self) -> None:
        """Counts a change; under the lock of the tree. Changes by others that its user has not seen stay unseen."""
        count = self._count()
        self._files.replace_quickly(f"{self._folder}/changed", f"{count + 1}\n".encode())
        if self._handle.seen == count:
            self._handle.seen = count + 1

    def _changed_before(self) -> None:
        """Counts the last change of a process that was interrupted, which may not have, unless nothing can be written."""
        try:
            self._changed()
        except OSError as error:
            if error.errno != errno.EROFS:
                raise

    @contextmanager
    def _tree_lock(self) -> Iterator[None]:
        with locked(self._files, f"{self._folder}/tree-lock", "tree", _TREE_WAIT) as was_interrupted:
            if was_interrupted:
                self._changed_before()
            yield


class DiskWriter(DiskReader):
    """Changes a store, for the holder of its lock."""

    def replace(self, files: Sequence[File], act: Act, statements: Sequence[Statement] = ()) -> Running:
        with self._change():
            return self._scripts.replace(files, act, statements)

    def append(self, statements: Sequence[str], act: Act, dropped: Sequence[int] = ()) -> Running:
        with self._change():
            return self._scripts.append(statements, act, dropped)

    def note_loaded(self, loaded: Loaded) -> None:
        with self._change():
            self._handle.loaded = None
            path = f"{self._folder}/loaded"
            self._files.replace(path, loaded_text(loaded, self._handle.down_texts).encode())
            with suppress(OSError):  # it is read again then
                self._handle.loaded = self._identity(path), loaded

    def note_record(self, record: Record, content: Mapping[str, object] | None) -> None:
        path = f"{self._folder}/{record.value}"
        with self._change():
            if content is not None:
                self._files.replace(path, f"{json.dumps(content)}\n".encode())
            elif self._files.remove(path):
                self._files.sync(self._folder)

    def write_tree(self, pools: Mapping[str, Node], attributes: Mapping[str, str] | None = None) -> None:
        with explained(self._folder, "written"), self._tree_lock():
            if self._tree.write(pools, attributes, now()):
                self._changed()

    @contextmanager
    def _change(self) -> Iterator[None]:
        """A durable change, counted after it."""
        with explained(self._folder, "written"):
            yield
            # It has been made by now, and must not be reported as failed.
            with suppress(OSError, StoreError), self._tree_lock():
                self._changed()


class DiskStore(DiskReader):
    """A store in a folder, which is made when it is first written to."""

    def __init__(self, folder: str | os.PathLike[str], calls: Calls = KERNEL, schema: Schema = SCHEMA) -> None:
        place = os.path.abspath(os.fspath(folder))  # noqa: PTH100 -- paths of the store are texts, for speed
        super().__init__(_Handle(place, calls, schema))
        self._handle.seen = self._count()

    @property
    def place(self) -> str:
        return self._folder

    @contextmanager
    def lock(self, command: str, wait: float = 0.0) -> Iterator[DiskWriter]:
        with ExitStack() as stack:
            with explained(self._folder, "written"):
                require_ours(self._files, self._folder)
                self._make_folder()
                lock = locked(self._files, f"{self._folder}/lock", _holder(command), wait)
                was_interrupted = stack.enter_context(lock)
                prepare(self._files, self._folder, self._handle.schema)
                if was_interrupted:
                    with self._tree_lock():
                        self._changed_before()
            yield DiskWriter(self._handle)

    @contextmanager
    def claim(self, command: str) -> Iterator[None]:
        with ExitStack() as stack:
            with explained(self._folder, "written"):
                require_ours(self._files, self._folder)
                self._make_folder()
                lock = locked(self._files, f"{self._folder}/poller", _holder(command), 0.0, _POLLED)
                stack.enter_context(lock)
            yield

    def set_statuses(self, statuses: Mapping[ServerId, Status]) -> None:
        with explained(self._folder, "written"):
            if self._is_there():
                with self._tree_lock():
                    if self._tree.set_statuses(statuses):
                        self._changed()

    def wait_for_change(self, seconds: float) -> bool:
        end = time.monotonic() + seconds
        with notices(self._folder) as wait:
            while (count := self._count()) == self._handle.seen:
                rest = end - time.monotonic()
                if rest <= 0:
                    return False
                wait(rest)
        self._handle.seen = count
        return True

    def _make_folder(self) -> None:
        """Makes the folder, and those above it for all to pass."""
        path, missing = _above(self._folder), []
        while not _exists(self._handle.calls, path):
            missing.append(path)
            path = _above(path)
        for path in reversed(missing):
            with suppress(FileExistsError):
                self._handle.calls.mkdir(path, 0o755)
        self._files.make_folder(self._folder)


def _holder(command: str) -> str:
    """A command as the holder of a lock."""
    return f"{command}, since {time.strftime('%H:%M:%S', time.gmtime())} UTC"


def _above(folder: str) -> str:
    return folder.rpartition("/")[0] or "/"


def _exists(calls: Calls, path: str) -> bool:
    try:
        calls.stat(path)
    except FileNotFoundError:
        return False
    return True
