"""The protocol of drivers: they alone speak to the packet filter and to the kernel's states of connections.

A driver concludes from what it observes, not from exit statuses. It writes nothing outside the tables, chains or anchor of
its own rules.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from typing import NamedTuple, Protocol

from lbsh_lang.backends.base import Artifact, Options
from lbsh_lang.reported import ReportedError
from lbsh_lang.site.model import Origin, Site
from lbsh_lang.site.status import ServerId
from lbsh_lang.values import Address
from lbsh_lang.values import Protocol as Transport


class DriverError(ReportedError):
    """The filter's program is missing, fails, or hangs; the text has its words, and the place that they lead back to."""


class RefusedError(DriverError):
    """The filter refuses rules. `complaints` are its words, each with the statement that made the refused line, if any."""

    def __init__(self, words: str, complaints: tuple[tuple[Origin | None, str], ...] = ()) -> None:
        super().__init__(words)
        self.complaints = complaints


class Drift(NamedTuple):
    """A difference between what is loaded and what should be: in words, and whether loading the rules again mends it."""

    words: str
    is_ours: bool


class Observed(NamedTuple):
    """The differences between what is loaded and what should be, and the notes of this moment, in place of older ones."""

    drift: tuple[Drift, ...]
    notes: Mapping[str, object]


class Target(NamedTuple):
    """States of connections in the kernel: of a service's address, protocol and ports, on one server and its ports.

    `server` None stands for connections that went to no server (while the pool was empty). `ports` are pairs of the port
    asked for and that of the server, None for all.
    """

    service: Address
    protocol: Transport
    ports: tuple[tuple[int, int], ...] | None
    server: Address | None


class Connections(NamedTuple):
    """What the kernel tells of a server: connections now, and new ones a second, None where it does not tell."""

    now: int
    new: float | None


class Driver(Protocol):
    """The programs of one packet filter. All but `name` raise `DriverError`."""

    @property
    def name(self) -> str:
        """The name of the backend whose rules it loads, or `none`."""

    def test(self, artifact: Artifact) -> None:
        """Has the filter check rules without loading them. Raises `RefusedError`."""

    def load(self, artifact: Artifact, options: Options) -> Mapping[str, object]:
        """Loads whole rules in place of those of the same name, and hooks them in. Returns notes of it (JSON)."""

    def change(self, artifact: Artifact, options: Options, notes: Mapping[str, object]) -> Mapping[str, object]:
        """Loads a change of the rules with these notes, and returns new ones. Others' changes since then stay noticed.

        Where the backend makes no changes, it is whole rules.
        """

    def unload(self, options: Options) -> None:
        """Takes the rules out again, with their hooks."""

    def unchanged(self, notes: Mapping[str, object]) -> bool:
        """Whether nothing was changed in the filter by anybody since these notes; False if that cannot be told cheaply."""

    def observe(self, artifact: Artifact, options: Options, notes: Mapping[str, object]) -> Observed:
        """Compares what is loaded with these whole rules, and looks for rules of others that come before them.

        `notes` are those of the last `load`, `change` or `observe`.
        """

    def forget(self, targets: Collection[Target]) -> int:
        """Ends connections in the kernel; returns their number."""

    def connections(self, site: Site, servers: Iterable[ServerId]) -> Mapping[ServerId, Connections]:
        """The connections of servers; empty where the kernel does not tell."""
