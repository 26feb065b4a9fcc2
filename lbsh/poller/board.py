"""What the poller knows of all servers, in columns: written by the loop and health, read by whoever shows it.

A server is an index into every column. Hot columns are arrays, since a hundred thousand servers must fit into little
memory; what few servers have (a reason, a hold) is in dictionaries by index.
"""

from __future__ import annotations

from array import array
from collections.abc import Sequence

from lbsh.poller.results import Reason
from lbsh.poller.targets import Target
from lbsh_lang.site.status import ServerId, State

STATES = (State.UNKNOWN, State.UP, State.DOWN)
"""The states by their number in the column `state`."""


class Board:
    """The columns for a sequence of targets. Real times are milliseconds since 1970 (UTC), durations microseconds."""

    def __init__(self, targets: Sequence[Target]) -> None:
        size = len(targets)
        self.targets = tuple(targets)
        self.index_of: dict[ServerId, int] = {target.server: index for index, target in enumerate(targets)}
        self.state = bytearray(size)
        """0 unknown, 1 up, 2 down."""
        self.since = array("q", bytes(8 * size))
        """Real time since when the state holds, 0 if it never changed."""
        self.last = array("q", bytes(8 * size))
        """Real time at which the last result came, 0 if none ever did."""
        self.duration = array("i", bytes(4 * size))
        """Duration of the last good probe."""
        self.good = array("I", bytes(4 * size))
        self.bad = array("I", bytes(4 * size))
        """Probes by result, since the poller started."""
        self.touched: list[int] | None = None
        """Servers of which something was written, noted while somebody copies the board."""
        self.reason: dict[int, Reason] = {}
        self.detail: dict[int, str] = {}
        """Of servers whose last result was bad."""
        self.cause: dict[int, tuple[Reason, str]] = {}
        """Why servers are down: reason and detail of the result that decided, whatever came since."""
        self.held: dict[int, int] = {}
        """Servers that flap, and the real time until which they are held down."""
        self.expiry: dict[int, int] = {}
        """The end of the certificate that was last seen, real time."""

    def why(self, index: int) -> tuple[Reason, str] | None:
        """What speaks against a server: its last result if that was bad, or else why it is down; None if nothing does."""
        reason = self.reason.get(index)
        return (reason, self.detail.get(index, "")) if reason is not None else self.cause.get(index)
