"""Starts a poller for a store, one that acts or one that only says what it would do."""

from __future__ import annotations

import sys
from collections.abc import Callable
from contextlib import ExitStack

from lbsh import device
from lbsh.drivers.choice import NO_DRIVER
from lbsh.drivers.probing import table_of
from lbsh.drivers.untracking import raw_table_of
from lbsh.poll.ground import Ground
from lbsh.poll.model import Model
from lbsh.poll.script import Script, Tasks
from lbsh.poll.serving import Poller
from lbsh.poll.signs import Signing
from lbsh.poll.untracked import Untracking
from lbsh.poll.workshop import Options
from lbsh.poller.on_change import OnChange, require_program
from lbsh.poller.shadow import Recording
from lbsh.resident import open_resident
from lbsh.store.protocol import Store


def poll(store: Store, options: Options, tasks: Tasks | None = None) -> None:
    """Probes the servers of a store and acts on what it finds, until a signal ends it. Raises `ReportedError`."""
    if options.on_change is not None:
        require_program(options.on_change)
    with store.claim("poll"):
        script = Script(store)
        poller = Poller(script, open_resident(store, script.changed), options, tasks or Tasks())
        poller.signing = _signing(store, poller.said)
        poller.untracking = _untracking(store, poller.said)
        with ExitStack() as stack:
            if options.on_change is not None:
                program = OnChange(options.on_change, poller.said)
                program.start()
                stack.callback(program.stop)
                poller.done = program.changed
            poller.run(store.place, poller.actions)


def shadow(store: Store, options: Options) -> None:
    """Probes, and says what a poller would do, in a model in memory and with the driver `none`."""
    model = Model(store)
    poller = Poller(model, model.device, options, Tasks())
    poller.tells_deeds = False
    poller.run("", Recording(poller.said, poller.actions.act))


def clear(store: Store) -> None:
    """Takes back what a poller of this store that was killed has left in the kernel. Raises `ReportedError`."""
    with store.claim("poll"):
        chosen = device.open_gateway(store).choice()
        if chosen.driver != NO_DRIVER and sys.platform.startswith("linux"):
            table_of(chosen.options.name).remove()
            Ground(raw_table_of(chosen.options.name)).give_back_what_was_left()


def _signing(store: Store, said: Callable[[str], None]) -> Signing | None:
    """The passive signs, beside the rules in use; None where lbsh changes no rules."""
    chosen = device.open_gateway(store).choice()
    return None if chosen.driver == NO_DRIVER else Signing(table_of(chosen.options.name), said)


def _untracking(store: Store, said: Callable[[str], None]) -> Untracking | None:
    """What keeps tcp probes out of connection tracking; None where lbsh changes no rules, or they are not those of Linux."""
    chosen = device.open_gateway(store).choice()
    if chosen.driver == NO_DRIVER or not sys.platform.startswith("linux"):
        return None
    return Untracking(Ground(raw_table_of(chosen.options.name)), said)
