"""The composition root of the poller: store, gateway, loop, health, probers and handler put together."""

from __future__ import annotations

import gc
import io
import os
import socket
import sys
from collections.abc import Callable, Mapping, Sequence
from contextlib import ExitStack, closing
from typing import NamedTuple

from lbsh import __version__, device, stores
from lbsh.drivers.choice import NO_DRIVER
from lbsh.drivers.probing import table_of
from lbsh.gateway.known import Known
from lbsh.gateway.machine import Choice
from lbsh.gateway.resident import Resident
from lbsh.gateway.shadowing import shadows_in
from lbsh.gateway.shadows import NONE as NO_SHADOWS
from lbsh.gateway.shadows import Shadows
from lbsh.gateway.writer import Gateway
from lbsh.live.facts import Facts
from lbsh.poll_signs import Signing
from lbsh.poller.actions import Actions, Deed
from lbsh.poller.board import Board
from lbsh.poller.carrier import works
from lbsh.poller.health import Health
from lbsh.poller.inheritance import restore, take_over
from lbsh.poller.interfaces import interfaces_of
from lbsh.poller.journal import Journal, as_json, as_text
from lbsh.poller.live.facts import facts_of
from lbsh.poller.live.scraping import Scraper
from lbsh.poller.live.serving import Door
from lbsh.poller.live.status import StatusSocket
from lbsh.poller.loop import Loop
from lbsh.poller.notify import own_notifier
from lbsh.poller.on_change import OnChange, require_program
from lbsh.poller.once import RoundRobin, Tally
from lbsh.poller.parts import Change, Effects, Handler, Judge, Probed, Scheduler
from lbsh.poller.probes.methods import method_of
from lbsh.poller.readings import Reading, Readings
from lbsh.poller.service import Service
from lbsh.poller.settings import AllFailed, Settings
from lbsh.poller.shadow import Recording, Reporting
from lbsh.poller.sockets import Budget, raise_descriptors
from lbsh.poller.targets import Target, targets_of
from lbsh.poller.team import Crew, MakeMethod
from lbsh.poller.turning import Team, Turning
from lbsh.poller.wheel import Wheel
from lbsh.resident import open_resident
from lbsh.store.memory import Memory, MemoryStore
from lbsh.store.protocol import Act, Store, StoreError
from lbsh_lang.reported import ReportedError
from lbsh_lang.site.model import Site
from lbsh_lang.site.status import ServerId, Status

Said = Callable[[str], None]


class Options(NamedTuple):
    """What the command line asks of a poller; times in milliseconds."""

    all_failed: str = "hold"
    hold: int = 10_000
    metrics: tuple[str, int] | None = None
    on_change: str | None = None
    log: str = "text"


class Tasks(NamedTuple):
    """The check-task factory of Fig. 10: what is probed of a site, and how its probes become conversations."""

    targets_of: Callable[[Site], tuple[Target, ...]] = targets_of
    make_method: MakeMethod = method_of


class Script:
    """The running script of a store, as readings (`readings.Origin`)."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._last: Known | None = None
        self._shadows = NO_SHADOWS
        self.look: Callable[[], None] = lambda: None
        """Has the handler's thread look at the device, and read a changed script."""
        self.then: Callable[[Known], None] = lambda known: None
        """Gets each site that becomes the running one."""

    def changed(self, known: Known) -> None:
        self._last = known  # before the record is read: a change of it after that is seen by `wait`
        self._shadows = self.shadows()
        self.then(known)

    def shadows(self) -> Shadows:
        """The probes that decide in place of those of the script; where that is unknown, there are none."""
        try:
            return shadows_in(self._store)
        except StoreError:
            return NO_SHADOWS

    def wait(self, seconds: float) -> bool:
        is_changed = self._store.wait_for_change(seconds)
        if is_changed:
            self.look()
            if (
                self._last is not None
                and self._last.revision == self._store.revision()
                and self.shadows() != self._shadows
            ):
                self.changed(self._last)
        return is_changed

    def statuses(self) -> Mapping[ServerId, Status]:
        return self._store.statuses()


def reading_of(
    known: Known, statuses: Mapping[ServerId, Status], tasks: Tasks, shadows: Shadows = NO_SHADOWS
) -> Reading:
    """What is to be probed of a site."""
    targets = targets_of(known.site, shadows.deciding) if shadows.former else tasks.targets_of(known.site)
    beside = targets_of(known.site, shadows.shadow) if shadows.former else ()
    return Reading(known.revision, targets, tuple(interfaces_of(known.site, targets)), statuses, beside)


class Parts:
    """The parts of Fig. 10 as the service has them (`service.Makers`)."""

    def __init__(self, crew: Crew, beside: Crew, options: Options, said: Said) -> None:
        self._crew, self._beside, self._options, self._said = crew, beside, options, said
        self.health: Health | None = None

    def judge(self, board: Board, reading: Reading, former: Judge | None, now: int) -> Judge:
        chosen = Settings(AllFailed(self._options.all_failed), self._options.hold)
        health, old = Health(board, chosen, reading.interfaces), former if isinstance(former, Health) else None
        known = old.board.index_of if old is not None else {}
        restore(
            health, {server: one for server, one in reading.statuses.items() if server not in known}, now, stores.now()
        )
        if old is not None:
            take_over(health, old, now)
        self.health = health
        return health

    def scheduler(self, board: Board, now: int) -> Scheduler:
        return Wheel([target.probe.every for target in board.targets], os.getpid(), now)

    def team(self, board: Board, special: bytearray) -> Team:
        return self._crew.team(board, special)

    def shadow(self, reading: Reading, former: Turning | None, now: int) -> Turning | None:
        if not reading.shadows:
            self._beside.dissolve()
            return None
        board = Board(reading.shadows)
        health = Health(board)
        if former is not None and isinstance(former.health, Health):
            take_over(health, former.health, now)
        try:
            team = self._beside.team(board, health.special)
        except OSError as error:
            self._said(f"shadow probes cannot be carried out: {error.strerror or error}")
            self._beside.dissolve()
            return None
        turning = Turning(board, health, self.scheduler(board, now), team, Reporting(self._said), self._say)
        if former is not None:
            turning.go_on(former)
        return turning

    def _say(self, effects: Effects) -> None:
        for line in effects.notices:
            self._said(f"shadow probes: {line}")

    def dissolve(self) -> None:
        self._crew.dissolve()
        self._beside.dissolve()

    def link_lost(self, interface: str, now: int) -> None:
        """An interface of this machine carries nothing."""
        if self.health is not None:
            self.health.link_lost(interface, now)


def poll(store: Store, options: Options, tasks: Tasks | None = None) -> None:
    """Probes the servers of a store and acts on what it finds, until a signal ends it. Raises `ReportedError`."""
    if options.on_change is not None:
        require_program(options.on_change)
    with store.claim("poll"):
        script = Script(store)
        poller = Poller(script, open_resident(store, script.changed), options, tasks or Tasks())
        poller.signing = _signing(store, poller.said)
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


class Poller:
    """All that runs in a poller's process. `trouble`, which changes, is why rules are not loaded."""

    def __init__(self, script: Script, resident: Resident, options: Options, tasks: Tasks) -> None:
        self.journal = Journal(sys.stdout.fileno(), as_json if options.log == "json" else as_text)
        self.actions = Actions(resident, self._tell)
        self.tells_deeds = True
        """Whether what the handler did is noted; trouble is in any case."""
        self.done: Callable[[Sequence[Change]], None] = lambda changes: None
        """Gets changes whose rules are loaded."""
        self.trouble = ""
        self.signing: Signing | None = None
        """The passive signs; None without."""
        self._script, self._options, self._tasks, self._started = script, options, tasks, stores.now()

    def said(self, line: str) -> None:
        """Notes a line for the operator."""
        self.journal.note("notice", text=line)

    def run(self, place: str, handler: Handler) -> None:
        """Probes until a signal comes. `place` is that of the store in which the status socket lies, empty for none."""
        options, script = self._options, self._script
        loop = Loop(lambda error: self.said(f"a fault of lbsh, which goes on: {error!r}"))
        with closing(loop), ExitStack() as stack:
            readings = Readings(script, self.said)
            script.then = lambda known: self._take(known, readings)
            script.look = self.actions.look
            budget, make = _budget(), self._tasks.make_method
            makers = Parts(Crew(loop, budget, make), Crew(loop, budget, make), options, self.said)
            notifier, remark = own_notifier(), lambda effects: self._remark(effects, makers, loop)
            service = Service(loop, readings, makers, handler, notifier, self.said, remark)
            self._show(service, makers, place, stack)
            readings.put(Reading(0, (), (), {}))
            if self.signing is not None:
                self.signing.start(loop, lambda interface: makers.link_lost(interface, loop.clock.now))
                stack.callback(self.signing.stop)
            self.actions.start()
            stack.callback(self.actions.stop)
            gc.enable()
            service.run()

    def _take(self, known: Known, readings: Readings) -> None:
        """Hands over another script; by the handler's thread."""
        reading = reading_of(known, self._script.statuses(), self._tasks, self._script.shadows())
        if self.signing is not None:
            self.signing.heed(known, reading)
        readings.put(reading)

    def _show(self, service: Service, makers: Parts, place: str, stack: ExitStack) -> None:
        """Lets others look. Raises `ReportedError` if the address for metrics cannot be used."""

        def facts() -> Facts:
            held = makers.health.paths.held() if makers.health is not None else ()
            own = Facts(os.getpid(), __version__, self._started, service.revision, held=held, shadow=not place)
            return facts_of(own._replace(trouble=self.trouble), service.loop, service.turning, service.shadow)

        def board() -> Board:
            return service.board

        if place:
            try:
                stack.callback(StatusSocket(service.loop, place, board, facts).close)
            except OSError as error:
                self.said(f"`lbsh status` cannot ask this poller: {error}")
        if self._options.metrics is not None:
            listener = _listener(*self._options.metrics)
            stack.callback(Door(service.loop, listener, Scraper(board, facts).read).close)

    def _tell(self, deed: Deed) -> None:
        """Notes what was done, or why it was not; by the handler's thread."""
        self.trouble = deed.trouble
        if deed.trouble:
            self.journal.note("trouble", text=deed.trouble)
        elif self.tells_deeds:
            for change in deed.changes:
                self.journal.changed(change)
            if deed.changes:
                self.journal.note("rules", changes=len(deed.changes), milliseconds=1000 * deed.seconds)
                self.done(deed.changes)
        for line in deed.remarks:
            self.said(line)

    def _remark(self, effects: Effects, makers: Parts, loop: Loop) -> None:
        """Says what health wants said, and tests the own end of ways."""
        for line in effects.notices:
            self.said(line)
        for interface in effects.path_tests:
            does_work = works(interface)
            if does_work is not None and makers.health is not None:
                makers.health.path_tested(interface, does_work, loop.clock.now)


class PollError(ReportedError):
    """The poller cannot start as it was told to; the text says why."""


def _listener(host: str, port: int) -> socket.socket:
    """A listening socket for metrics. Raises `PollError`."""
    try:
        return socket.create_server((host, port), family=socket.AF_INET6 if ":" in host else socket.AF_INET)
    except OSError as error:
        raise PollError(f"--metrics: cannot listen at {host} port {port}: {error.strerror or error}") from error


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
        self._origin = origin
        chosen = device.open_gateway(origin).choice()
        machine = device.machine(io.StringIO())
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

    def _copy(self) -> None:
        """Makes what runs the script of the model, with the statuses of its servers, and loads it without a word."""
        self._copied, act = self._origin.running(), Act(0, "", "", "poll --shadow")
        with self._store.lock(act.way) as writer:
            writer.replace(self._copied.files, act, self._copied.statements)
        known = self._store.statuses()
        self._gateway.settle(act)
        found = self._origin.statuses()
        self._store.set_statuses({server: status for server, status in found.items() if server not in known})
        self._gateway.settle(act)


def _signing(store: Store, said: Said) -> Signing | None:
    """The passive signs, beside the rules in use; None where lbsh changes no rules."""
    chosen = device.open_gateway(store).choice()
    return None if chosen.driver == NO_DRIVER else Signing(table_of(chosen.options.name), said)


def _budget() -> Budget:
    """The descriptors that probes may open in this process."""
    return Budget(raise_descriptors())
