"""The composition root of a process that lives long, as a poller does: its gateway, and the process that looks at all rules.

To compare those in the filter with those that are loaded takes long for a large site, much memory, and the interpreter, for
which a poller's loop would have to wait. `lbsh/look.py` is what that process runs.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Callable
from functools import partial

from lbsh import device
from lbsh.drivers.values import Drift, DriverError, Observed
from lbsh.gateway.known import Known
from lbsh.gateway.resident import Resident
from lbsh.gateway.writer import Gateway
from lbsh.programs import CommandError, Rights, run_program
from lbsh.store.protocol import Store

SECONDS = 600.0
_START = "import sys; sys.path[:] = {path!r}; from lbsh.look import main; sys.exit(main(sys.argv[1]))"


def open_resident(store: Store, changed: Callable[[Known], None] = lambda known: None) -> Resident:
    """The gateway of this machine for a process that lives long; `changed` is called with each new site."""
    machine = device.machine(None, store.place)
    gateway = Gateway(store, machine, device.default_choice())
    return Resident(store, gateway, machine, changed, partial(observe, store.place))


def observe(place: str) -> Observed:
    """The differences between what is in the filter and what the store at a place says is loaded. Raises `DriverError`."""
    command = (sys.executable, "-c", _START.format(path=sys.path), place)
    try:
        outcome = run_program(command, "", SECONDS, Rights.OF_FILTER)
    except CommandError as error:
        raise DriverError(f"the rules cannot be looked at: {error}") from error
    if outcome.status:
        raise DriverError(f"the rules cannot be looked at: {' '.join(outcome.words.split())[-500:]}")
    found = json.loads(outcome.output)
    return Observed(tuple([Drift(words, is_ours) for words, is_ours in found["drift"]]), found["notes"])
