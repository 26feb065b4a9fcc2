"""The protocol of networks: they alone look at addresses, routes and settings of the machine, and change them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple, Protocol

from lbsh.drivers.network.decide import Observed, Step
from lbsh.drivers.network.items import Record
from lbsh.drivers.network.wanted import Wanted
from lbsh_lang.site.addresses import DeviceLists


class Failed(NamedTuple):
    """A step that could not be carried out, and why, in the system's words."""

    step: Step
    words: str


class Network(Protocol):
    """The network of the machine. What it cannot ask at all is a `DriverError`."""

    def wanted(self, lists: DeviceLists) -> Wanted:
        """What lists for a device mean on this system."""

    def observe(self, wanted: Wanted, record: Record) -> Observed:
        """What is there of these parts and settings, and in their places."""

    def carry_out(self, steps: Sequence[Step]) -> tuple[Failed, ...]:
        """Carries out all steps that can be; those that could not, in their order."""
