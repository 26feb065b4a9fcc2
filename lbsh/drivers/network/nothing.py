"""The network of the driver `none`: prints the steps that another one would carry out, and looks at nothing.

What lbsh made with another driver counts as there, so that a return to that driver finds the record as it was.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TextIO

from lbsh.drivers.network.decide import Add, Exchange, Observed, Put, Remove, Step
from lbsh.drivers.network.items import MarkRule, Record
from lbsh.drivers.network.protocol import Failed
from lbsh.drivers.network.wanted import Wanted, wanted_on_linux
from lbsh_lang.site.addresses import DeviceLists


class NoNetwork:
    """Makes nothing. Prints on `out`, or nothing at all without it."""

    def __init__(self, out: TextIO | None) -> None:
        self._out = out

    def wanted(self, lists: DeviceLists) -> Wanted:
        """What lists for a device mean on Linux."""
        return wanted_on_linux(lists)

    def observe(self, wanted: Wanted, record: Record) -> Observed:
        """All that lbsh made before, and all interfaces."""
        interfaces = {item.interface for item in wanted.items if not isinstance(item, MarkRule)}
        interfaces |= {wish.interface for wish in (*wanted.links, *wanted.settings)}
        settings = dict.fromkeys([wish.name for wish in (*wanted.links, *wanted.settings)], "?")
        settings |= {one.name: one.value for one in record.settings}
        return Observed(frozenset(interfaces), frozenset(record.items), settings)

    def carry_out(self, steps: Sequence[Step]) -> tuple[Failed, ...]:
        """Prints the steps; none of them is done."""
        if steps and self._out is not None:
            print("# The driver `none` changes no network. Another one would:", file=self._out)
            print("".join([f"#   {words_of(step)}\n" for step in steps]), file=self._out, end="")
        return tuple([Failed(step, "") for step in steps])


def words_of(step: Step) -> str:
    """A step in words, as a command."""
    match step:
        case Add(item):
            return f"make {item}"
        case Remove(item):
            return f"take back {item}"
        case Exchange(old, new):
            return f"make {new} in place of {old}"
        case Put(name, _, value):
            return f"set {name} to {value}"
