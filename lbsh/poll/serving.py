"""A poller at work: its service, its log, and what it shows to others."""

from __future__ import annotations

import gc
import os
import socket
import sys
from collections.abc import Callable, Sequence
from contextlib import ExitStack, closing

from lbsh import __version__, stores
from lbsh.gateway.known import Known
from lbsh.gateway.resident import Resident
from lbsh.live.facts import Facts
from lbsh.poll.script import Script, Tasks, reading_of
from lbsh.poll.signs import Signing
from lbsh.poll.untracked import Untracking
from lbsh.poll.workshop import Options, Workshop
from lbsh.poller.actions import Actions, Deed
from lbsh.poller.board import Board
from lbsh.poller.carrier import works
from lbsh.poller.health import Health
from lbsh.poller.journal import Journal, as_json, text_form
from lbsh.poller.live.facts import facts_of
from lbsh.poller.live.scraping import Scraper
from lbsh.poller.live.serving import Door
from lbsh.poller.live.status import StatusSocket
from lbsh.poller.loop import Loop
from lbsh.poller.notify import own_notifier
from lbsh.poller.own_ports import OwnPorts
from lbsh.poller.parts import Change, Effects, Handler
from lbsh.poller.readings import Reading, Readings
from lbsh.poller.service import Service
from lbsh.poller.sockets import Budget, raise_descriptors
from lbsh.poller.team import Crew
from lbsh.poller.troubles import Troubles
from lbsh_lang.reported import ReportedError


class Poller:
    """All that runs in a poller's process."""

    def __init__(self, script: Script, resident: Resident, options: Options, tasks: Tasks) -> None:
        out = sys.stdout.fileno()
        self.journal = Journal(out, as_json if options.log == "json" else text_form(out))
        self.actions = Actions(resident, self._tell)
        self.tells_deeds = True
        """Whether what the handler did is noted; trouble is in any case."""
        self.done: Callable[[Sequence[Change]], None] = lambda changes: None
        """Gets changes whose rules are loaded."""
        self._troubles = Troubles()
        self.untracking: Untracking | None = None
        """What keeps tcp probes out of connection tracking; None without."""
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
            script.look, script.under_way = self.actions.look, self.actions.under_way
            budget, make = Budget(raise_descriptors()), self._tasks.make_method
            own_ports = self._own_ports(stack)
            makers = Workshop(Crew(loop, budget, make, own_ports), Crew(loop, budget, make), options, self.said)
            notifier = own_notifier()
            service: Service = Service(
                loop, readings, makers, handler, notifier, self.said, lambda effects: self._remark(effects, service)
            )
            self._show(service, place, stack)
            if script.has_none():
                readings.put(Reading(0, (), (), {}))
            else:
                notifier.say("STATUS=reads the running script")
            if self.signing is not None:
                self.signing.start(loop, lambda interface: _link_lost(service, interface))
                stack.callback(self.signing.stop)
            stack.callback(script.close)
            self.actions.start()
            stack.callback(self.actions.stop)
            gc.enable()
            service.run()

    def _own_ports(self, stack: ExitStack) -> OwnPorts | None:
        """The ports of untracked probes; None if there are none."""
        if self.untracking is None:
            return None
        self.untracking.start()
        stack.callback(self.untracking.stop)
        return self.untracking.own_ports

    def _take(self, known: Known, readings: Readings) -> None:
        """Hands over another script; by the thread that read it."""
        reading = reading_of(known, self._script.statuses(), self._tasks, self._script.shadows())
        if self.signing is not None:
            self.signing.heed(known, reading)
        if self.untracking is not None:
            self.untracking.heed(reading)
        readings.put(reading)

    def _show(self, service: Service, place: str, stack: ExitStack) -> None:
        """Lets others look. Raises `ReportedError` if the address for metrics cannot be used."""

        def facts() -> Facts:
            health = _health_of(service)
            held = health.held() if health is not None else ()
            own = Facts(os.getpid(), __version__, self._started, service.revision, held=held, shadow=not place)
            return facts_of(own._replace(trouble=self._troubles.words), service.loop, service.turning, service.shadow)

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
        news = self._troubles.news(deed)
        if news:
            self.journal.note("trouble", text=news)
        elif news is not None:
            self.said("the trouble is over")
        if self.tells_deeds and not deed.trouble:
            for change in deed.changes:
                self.journal.changed(change)
            if deed.changes:
                self.journal.note("rules", changes=len(deed.changes), milliseconds=1000 * deed.seconds)
                self.done(deed.changes)
        for line in deed.remarks:
            self.said(line)

    def _remark(self, effects: Effects, service: Service) -> None:
        """Says what health wants said, and tests the own end of ways."""
        for line in effects.notices:
            self.said(line)
        for interface in effects.path_tests:
            does_work, health = works(interface), _health_of(service)
            if does_work is not None and health is not None:
                health.path_tested(interface, does_work, service.loop.clock.now)


def _health_of(service: Service) -> Health | None:
    """The health that decides now; None if there is none yet."""
    health = service.turning.health if service.turning is not None else None
    return health if isinstance(health, Health) else None


def _link_lost(service: Service, interface: str) -> None:
    """An interface of this machine carries nothing."""
    health = _health_of(service)
    if health is not None:
        health.link_lost(interface, service.loop.clock.now)


class PollError(ReportedError):
    """The poller cannot start as it was told to; the text says why."""


def _listener(host: str, port: int) -> socket.socket:
    """A listening socket for metrics. Raises `PollError`."""
    try:
        return socket.create_server((host, port), family=socket.AF_INET6 if ":" in host else socket.AF_INET)
    except OSError as error:
        raise PollError(f"--metrics: cannot listen at {host} port {port}: {error.strerror or error}") from error
