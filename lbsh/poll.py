"""The composition root of the poller: store, gateway, loop, health, probers and handler put together."""

from __future__ import annotations

import gc
import io
import os
from collections.abc import Callable, Mapping, Sequence
from contextlib import closing
from typing import NamedTuple

from lbsh import device
from lbsh.drivers.choice import NO_DRIVER
from lbsh.gateway.known import Known
from lbsh.gateway.machine import Choice
from lbsh.gateway.resident import Resident
from lbsh.gateway.writer import Gateway
from lbsh.poller.actions import Actions, Deed, line_of
from lbsh.poller.board import Board
from lbsh.poller.health import Health
from lbsh.poller.interfaces import interfaces_of
from lbsh.poller.loop import Loop
from lbsh.poller.notify import own_notifier
from lbsh.poller.once import RoundRobin, Tally
from lbsh.poller.parts import Effects, Handler, Judge, Probed, Scheduler
from lbsh.poller.readings import Reading, Readings
from lbsh.poller.service import Service
from lbsh.poller.settings import AllFailed, Settings
from lbsh.poller.shadow import Recording
from lbsh.poller.sockets import Budget, for_probes, raise_descriptors
from lbsh.poller.targets import Target, targets_of
from lbsh.poller.team import Crew
from lbsh.poller.turning import Team, Turning
from lbsh.poller.wheel import Wheel
from lbsh.resident import open_resident
from lbsh.store.memory import Memory, MemoryStore
from lbsh.store.protocol import Act, Store
from lbsh_lang.site.status import ServerId, Status

Said = Callable[[str], None]


class Options(NamedTuple):
    """What the command line asks of a poller; times in milliseconds."""

    all_failed: str = "hold"
    hold: int = 10_000


class Script:
    """The running script of a store, as readings (`readings.Origin`)."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self.look: Callable[[], None] = lambda: None
        """Has the handler's thread look at the device, and read a changed script."""
        self.then: Callable[[Known], None] = lambda known: None
        """Gets each site that becomes the running one."""

    def changed(self, known: Known) -> None:
        self.then(known)

    def wait(self, seconds: float) -> bool:
        is_changed = self._store.wait_for_change(seconds)
        if is_changed:
            self.look()
        return is_changed

    def statuses(self) -> Mapping[ServerId, Status]:
        return self._store.statuses()


def reading_of(known: Known, statuses: Mapping[ServerId, Status]) -> Reading:
    """What is to be probed of a site."""
    targets = targets_of(known.site)
    return Reading(known.revision, targets, tuple(interfaces_of(known.site, targets)), statuses)


class Parts:
    """The parts of Fig. 10 as the service has them (`service.Makers`)."""

    def __init__(self, crew: Crew, options: Options) -> None:
        self._crew, self._options = crew, options

    def judge(self, board: Board, reading: Reading, former: Judge | None) -> Judge:
        chosen = Settings(AllFailed(self._options.all_failed), self._options.hold)
        return Health(board, chosen, reading.interfaces)

    def scheduler(self, board: Board, now: int) -> Scheduler:
        return Wheel([target.probe.every for target in board.targets], os.getpid(), now)

    def team(self, board: Board, special: bytearray) -> Team:
        return self._crew.team(board, special)

    def dissolve(self) -> None:
        self._crew.dissolve()


def poll(store: Store, options: Options, said: Said) -> None:
    """Probes the servers of a store and acts on what it finds, until a signal ends it."""
    with store.claim("poll"):
        script = Script(store)
        _serve(script, open_resident(store, script.changed), options, said, lambda actions: actions)


def shadow(store: Store, options: Options, said: Said) -> None:
    """Probes, and says what a poller would do, in a model in memory and with the driver `none`."""
    model = Model(store)
    _serve(model, model.device, options, said, lambda actions: Recording(said, actions.act), model.drained)


def _serve(
    script: Script,
    resident: Resident,
    options: Options,
    said: Said,
    handler: Callable[[Actions], Handler],
    more: Callable[[], Sequence[str]] = tuple,
) -> None:
    """Probes until a signal comes. `more` are further lines about a deed of the handler."""
    loop = Loop(lambda error: said(f"a fault of lbsh, which goes on: {error!r}"))
    with closing(loop):
        readings = Readings(script, said)
        actions = Actions(resident, lambda deed: _tell(deed, said, more()))
        script.then = lambda known: readings.put(reading_of(known, script.statuses()))
        script.look = actions.look
        makers = Parts(Crew(loop, _budget()), options)
        notifier = own_notifier()
        service = Service(loop, readings, makers, handler(actions), notifier, said, lambda one: _remark(one, said))
        readings.put(Reading(0, (), (), {}))
        actions.start()
        gc.enable()
        try:
            service.run()
        finally:
            actions.stop()


class Round(NamedTuple):
    """The servers of a round, and the result of each by its index."""

    targets: Sequence[Target]
    results: Mapping[int, Probed]


def once(store: Store, said: Said) -> Round:
    """Probes each server of a store once, and changes nothing."""
    targets = targets_of(device.open_gateway(store).running().site)
    loop = Loop(lambda error: said(f"a fault of lbsh: {error!r}"))
    with closing(loop):
        board, tally, crew = Board(targets), Tally(len(targets)), Crew(loop, _budget())
        team = crew.team(board, tally.special)
        scheduler, handler = RoundRobin(len(targets)), Recording(said)
        loop.probe_with(Turning(board, tally, scheduler, team, handler, lambda effects: None))
        while not tally.is_complete:
            loop.turn()
        crew.dissolve()
    return Round(targets, tally.results)


class Model(Script):
    """A copy of what runs, in memory, which the driver `none` has: for a poller that only says what it would do."""

    def __init__(self, origin: Store) -> None:
        super().__init__(MemoryStore(Memory()))
        self._origin, self._out = origin, io.StringIO()
        chosen = device.open_gateway(origin).choice()
        machine = device.machine(self._out)
        choice = Choice(NO_DRIVER, chosen.backend, chosen.options)
        self._gateway = Gateway(self._store, machine, choice)
        self.device = Resident(self._store, self._gateway, machine, self.changed)
        self._copy()

    def wait(self, seconds: float) -> bool:
        is_changed = self._origin.wait_for_change(seconds)
        if is_changed and self._origin.running() != self._copied:
            self._copy()
            self.look()
        return is_changed

    def drained(self) -> Sequence[str]:
        """What the driver has said since."""
        lines = self._out.getvalue().splitlines()
        self._out.seek(0)
        self._out.truncate()
        return lines

    def _copy(self) -> None:
        """Makes what runs the script of the model, with the statuses of its servers, and loads it without a word."""
        self._copied, act = self._origin.running(), Act(0, "", "", "poll --shadow")
        with self._store.lock(act.way) as writer:
            writer.replace(self._copied.files, act, self._copied.statements)
        self._gateway.settle(act)
        self._store.set_statuses(self._origin.statuses())
        self._gateway.settle(act)
        self.drained()


def _budget() -> Budget:
    """The descriptors that probes may open in this process."""
    return Budget(for_probes(raise_descriptors()))


def _tell(deed: Deed, said: Said, more: Sequence[str]) -> None:
    """Says what was done, or why it was not."""
    if not deed.trouble:
        for change in deed.changes:
            said(line_of(change))
    for line in (deed.trouble, *deed.remarks, *more):
        if line:
            said(line)


def _remark(effects: Effects, said: Said) -> None:
    for line in effects.notices:
        said(line)
