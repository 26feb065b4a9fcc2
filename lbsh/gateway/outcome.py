"""What became of a change of the running script."""

from __future__ import annotations

from typing import NamedTuple

from lbsh.drivers.protocol import Drift
from lbsh.gateway.acceptance import Verdict
from lbsh.gateway.deadline import Confirmation
from lbsh.gateway.network import Networking
from lbsh.gateway.taking_back import Change
from lbsh.store.protocol import Entry


class Outcome(NamedTuple):
    """What became of a change. `revision` is 0 if nothing was kept; `trouble` is why what should be loaded is not.

    `drift` is what others had changed in the filter, `forgotten` the number of connections that the kernel forgot, `unnoted`
    why the store cannot say that the rules are loaded, `network` what became of the network of the machine, `kept` the
    statements that stay though an applied file lacks them.
    `is_change` is false where all was as it should be, `notices` are words about changes that were put back, and `waiting`
    is the change as it waits for confirmation. `is_held` tells that a caution kept the change from being made. `made`
    is the change of the statements behind the files, where that is all that has changed.
    """

    verdict: Verdict
    revision: int = 0
    trouble: str = ""
    drift: tuple[Drift, ...] = ()
    forgotten: int = 0
    unnoted: str = ""
    network: Networking = Networking()
    kept: tuple[str, ...] = ()
    is_change: bool = True
    notices: tuple[str, ...] = ()
    waiting: Confirmation | None = None
    is_held: bool = False
    made: Change | None = None


class Rollback(NamedTuple):
    """A return to an earlier script: that script in the history, None if there was none, and what became of it."""

    entry: Entry | None
    outcome: Outcome
