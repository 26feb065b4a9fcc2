"""The protocol of stores: what the gateway, the poller and the shell may ask of one.

It is narrow enough for a distributed store: a transaction is one compare-and-put of the revision with a few values beside
it, a status is one small value a server, and a watch tells that something changed, never what.

Two kinds of things are kept. *Durable* is what the operator said: the running script, its history, what is loaded. A
transaction that returned is on the disk. *Probed anew* are statuses: never torn, but lost with the power.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from contextlib import AbstractContextManager
from enum import Enum
from typing import NamedTuple, Protocol

from lbsh_lang.reported import ReportedError
from lbsh_lang.site.status import ServerId, Status


class StoreError(ReportedError):
    """The store cannot be used; the text says why and what to do, in one line."""


class BusyError(StoreError):
    """Another process holds the lock; the text names its process and command."""


class File(NamedTuple):
    """A file of the running script as it was read: its name in messages, its identity (a real path), its text."""

    name: str
    identity: str
    text: str


class Act(NamedTuple):
    """Who changed something and how: time in milliseconds since 1970 (UTC), user, terminal or address that the user came
    from (empty if unknown), and the way (`apply site.lb`, `run -c`)."""

    time: int
    user: str
    origin: str
    way: str


class Statement(NamedTuple):
    """A statement that was appended to the script, one line without its end, and the act that appended it."""

    text: str
    act: Act


class Running(NamedTuple):
    """The running script: the files, the root first, and the statements after them.

    The revision is raised by every change of the script, and never by anything else; 0 is the empty store.
    """

    revision: int
    files: tuple[File, ...]
    statements: tuple[Statement, ...]


class Loaded(NamedTuple):
    """What a driver loaded last: the revision of the script, the servers that were down, and the driver's own notes.

    `driver` is its name, `options` are those of the backend as JSON values, `notes` whatever the gateway needs to change
    these rules (a mark, a layout), as JSON values too. `trouble` is why what should be loaded is not, empty if it is.
    """

    revision: int
    down: frozenset[ServerId]
    driver: str
    options: Mapping[str, object]
    notes: Mapping[str, object]
    trouble: str = ""


class Entry(NamedTuple):
    """A script of the history: the revision that its last statement made, the act that applied it, and the number of
    statements behind it."""

    revision: int
    act: Act
    statements: int


class Node(NamedTuple):
    """A node of the tree (paper, Table 1): its attributes, and its children if it is a container."""

    attributes: Mapping[str, str]
    children: Mapping[str, Node] | None


class Record(Enum):
    """What the store keeps besides, durably: one JSON object each, which those who write it give a meaning."""

    CONFIRMATION = "confirmation"
    """A change that is put back unless somebody confirms it."""
    PUT_BACK = "put-back"
    """The last change that was put back."""
    NETWORK = "network"
    """Addresses, routes and settings of the machine that lbsh has made."""
    PROBES = "probes"
    """The probes that decide in place of those that the running script says (shadow probes)."""


class Reader(Protocol):
    """What may be read at any time, without a lock. All raise `StoreError`."""

    def revision(self) -> int:
        """The revision of the running script, without the script."""

    def running(self) -> Running:
        """The running script, as one transaction left it."""

    def loaded(self) -> Loaded | None:
        """What is loaded, None if nothing ever was."""

    def record(self, record: Record) -> Mapping[str, object] | None:
        """A record as it was noted last, None if there is none."""

    def statuses(self, pool: str | None = None) -> dict[ServerId, Status]:
        """The statuses of the servers of one pool, or of all; a server without one counts as unknown since it was added."""

    def tree(self, pools: Collection[str] | None = None) -> Node:
        """ROOT with all pools, or with some of them only; leaves have what is defined and what probes found."""

    def history(self) -> tuple[Entry, ...]:
        """The scripts that were applied, the newest first, the running one included."""

    def script_of(self, revision: int) -> Running:
        """The script as it was at a revision of the history; of revisions between those, as many as are kept."""


class Writer(Reader, Protocol):
    """The same, by the one process that holds the lock. Each call is one transaction: whole and durable, or not at all."""

    def replace(self, files: Sequence[File], act: Act, statements: Sequence[Statement] = ()) -> Running:
        """Replaces the running script as a whole; `statements` (drains) are kept behind it, with their acts."""

    def append(self, statements: Sequence[str], act: Act, dropped: Sequence[int] = ()) -> Running:
        """Appends statements; `dropped` are indices of earlier ones that these undo."""

    def write_tree(self, pools: Mapping[str, Node], attributes: Mapping[str, str] | None = None) -> None:
        """Writes the definitions of pools to the tree, and the attributes of ROOT if they changed. An empty node is removed.

        Statuses of servers that stay are kept.
        """

    def note_loaded(self, loaded: Loaded) -> None:
        """Notes what a driver loaded."""

    def note_record(self, record: Record, content: Mapping[str, object] | None) -> None:
        """Notes a record (JSON values) in place of the one before; None removes it."""


class Store(Reader, Protocol):
    """A store. Statuses are written without the lock: there is one poller, and the tree is repaired by the next change."""

    @property
    def place(self) -> str:
        """What names this store to another process of the machine: its folder."""

    def lock(self, command: str, wait: float = 0.0) -> AbstractContextManager[Writer]:
        """The lock for changes, within so many seconds. Raises `BusyError`. `command` is shown to those who wait."""

    def claim(self, command: str) -> AbstractContextManager[None]:
        """The right to probe for this store, for as long as it is held. Raises `BusyError`, which names the holder."""

    def set_statuses(self, statuses: Mapping[ServerId, Status]) -> None:
        """Notes what probes found, without waiting for the disk. Servers that are not in the tree are left out."""

    def wait_for_change(self, seconds: float) -> bool:
        """Waits for a change by others of script, statuses or what is loaded; whether there was one (or may have been)."""
