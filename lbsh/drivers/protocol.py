"""The protocol of drivers: they alone speak to the packet filter and to the kernel's states of connections.

A driver concludes from what it observes, not from exit statuses. It writes nothing outside the tables, chains or anchor of
its own rules.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import Protocol

from lbsh.drivers.states import State
from lbsh.drivers.values import Connections, Drift, DriverError, Observed, Place, Target, Witness
from lbsh_lang.backends.base import Artifact, Options
from lbsh_lang.site.model import Origin, Service
from lbsh_lang.values import Address, Family

__all__ = ["Connections", "Drift", "Driver", "DriverError", "Observed", "Place", "RefusedError", "Target"]


class RefusedError(DriverError):
    """The filter refuses rules. `complaints` are its words, each with the statement that made the refused line, if any."""

    def __init__(self, words: str, complaints: tuple[tuple[Origin | None, str], ...] = ()) -> None:
        super().__init__(words)
        self.complaints = complaints


class Driver(Witness, Protocol):
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

    def observe(self, artifact: Artifact, options: Options, notes: Mapping[str, object]) -> Observed:
        """Compares what is loaded with these whole rules, and looks for rules of others that come before them.

        `notes` are those of the last `load`, `change` or `observe`.
        """

    def caught_up(self, options: Options, notes: Mapping[str, object]) -> Mapping[str, object] | Drift | None:
        """Notes of this moment in place of older ones, if others left the rules as they are since; or who changed them.

        For a process that lives long: it takes no look at the rules. None if that cannot be told: then `observe` tells.
        """

    def remember(self, services: Sequence[Service], options: Options) -> None:
        """Keeps sticky clients of services remembered whose open connections are silent, where rules alone cannot.

        For a process that lives long, which calls it several times within a sticky time.
        """

    def states(self, places: Collection[Address]) -> Sequence[State]:
        """All connections that were opened to these addresses; empty where the kernel does not tell."""

    def translating_others(self, options: Options) -> frozenset[Family]:
        """The families in which rules of others translate too: there, open connections go on without ours."""

    def forget(self, targets: Collection[Target]) -> int:
        """Ends connections in the kernel; returns their number."""
