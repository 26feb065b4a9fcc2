"""The gateway in a process that lives long, as a poller does: statuses into the store, and their rules into the filter.

Theory of operation. To read and resolve a large script takes seconds, so its site is kept while the script stays the same
(`known`), and a server that goes down or comes up costs the rules of its services alone. A changed script is read in a
thread of its own; while that goes on, servers of services that the change leaves alone go by what is known (`appended.py`).
That way is taken, too, where it cannot be told cheaply whether others changed the rules: nft refuses a change of others than
those that were noted, and the next look (`attend`) finds the rest. Everything that is not as it was noted takes the whole
way, as `settle` does.

A disk that is full keeps no failed server in the rules: statuses that the store does not take are kept until it does.

It fulfils `lbsh.poller.actions.Device`. Its methods are called by one thread.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence

from lbsh.drivers.choice import NO_DRIVER
from lbsh.drivers.protocol import Drift, DriverError, Observed
from lbsh.gateway.appended import touched_since
from lbsh.gateway.deadline import Confirmation
from lbsh.gateway.desired import down_of, servers_of
from lbsh.gateway.known import NOTHING, Known, known_of
from lbsh.gateway.loader import LOADS_NOTHING, Loader, Loading, notes_of
from lbsh.gateway.loading import step_of_statuses, steps_in
from lbsh.gateway.looking import Looking
from lbsh.gateway.machine import Machine
from lbsh.gateway.rereading import Rereading
from lbsh.gateway.returning import Returning
from lbsh.gateway.unserved import Unserved
from lbsh.gateway.writer import Gateway
from lbsh.store.protocol import Act, BusyError, Loaded, Store, StoreError, Writer
from lbsh.uncollected import uncollected
from lbsh_lang.site.status import ServerId, State, Status

WAIT = 2.0
"""Seconds for the lock of the store; whoever waits longer tries again."""

LOOK, QUIET_LOOK, SLOW_LOOK = 2.0, 10.0, 60.0
"""Seconds from one look at the device to the next: usually, while others change rules of theirs, and where the filter does
not tell cheaply whether anybody changed anything."""

RENEWAL = 60.0
"""Seconds, at most, after which sticky clients with open connections are looked for again."""

READING = 0.1
"""Seconds, at most, until the next look while a changed script is read, and for which a look waits for that."""

SHARE = 20
"""A look takes at most this part of the time."""

WAY = "poll"
"""The way of acts, and the holder of the lock."""


class Resident:
    """Acts on a device for a process that lives long, and keeps the site of the running script.

    `changed` is called with a site that has become the running one, by the thread that read it. `observe` compares the
    rules in the filter with those that are loaded (`Gateway.observe`), perhaps in a process of its own.
    """

    def __init__(
        self,
        store: Store,
        gateway: Gateway,
        machine: Machine,
        changed: Callable[[Known], None] = lambda known: None,
        observe: Callable[[], Observed] | None = None,
    ) -> None:
        self._store = store
        self._gateway = gateway
        self._machine = machine
        self._loader = Loader(machine)
        self._changed = changed
        self._known = NOTHING
        self._rereading = Rereading(self._read)
        self._patience = READING
        self._found: dict[ServerId, Status] = {}
        self._is_stored = True
        self._unserved = Unserved()
        self._returning = Returning()
        self._looking = Looking()
        self._observe = observe or gateway.observe
        self._drift: tuple[Drift, ...] = ()
        self._others: tuple[str, ...] = ()
        self._next_look = 0.0
        self._next_renewal = 0.0
        self._forgets: DriverError | None = None
        self._is_compared = False

    def known(self) -> Known:
        """The running script as it is now, read if it is another one. Raises `StoreError`."""
        while self._store.revision() != self._known.revision:
            self._know(None)
        return self._known

    def _know(self, seconds: float | None) -> bool:
        """Has a changed script read; whether the running one is known then."""
        if self._store.revision() != self._known.revision:
            self._known = self._rereading.known(seconds) or self._known
        return self._store.revision() == self._known.revision

    def _read(self) -> Known:
        """The running script, read and handed on; where that fails, the next look tries again."""
        with uncollected():
            known = known_of(self._store, self._loader, self._gateway.before(self._store))
        self._changed(known)
        return known

    def note(self, statuses: Mapping[ServerId, Status]) -> None:
        """Writes statuses into the store. Raises `StoreError`; the rules follow from them nevertheless."""
        self._take_over(statuses)
        self._found |= statuses
        self._is_stored = False
        self._store.set_statuses(self._found)
        self._is_stored = True

    def _take_over(self, statuses: Mapping[ServerId, Status]) -> None:
        """Notices which servers return gradually."""
        ramped = {server: status for server, status in statuses.items() if self._known.ramp_of(server) is not None}
        stored = [self._store.statuses(pool) for pool in {server.pool for server in ramped}]
        before = {server: status for found in stored for server, status in found.items()} | self._found
        self._returning.found(self._known, self._machine.now(), before, ramped)

    def apply(self, servers: Collection[ServerId]) -> Sequence[str]:
        """Loads the rules that follow from the statuses of these servers. Raises `StoreError` if they are not loaded, and
        `TimeoutError` if another process holds the lock."""
        try:
            with self._gateway.keeper.locked(self._act(), WAIT) as (writer, waiting):
                loading = self._exchange(writer, servers) or self._whole(writer, waiting)
        except BusyError as error:
            raise TimeoutError(str(error)) from error
        if loading.trouble not in ("", LOADS_NOTHING):
            raise StoreError(loading.trouble)
        if self._is_stored:
            self._found.clear()
        said = [f"changed by others: {one.words}" for one in loading.drift]
        return [*self._of_services(servers), *said, *filter(None, (loading.unnoted, loading.network.trouble))]

    def _of_services(self, servers: Collection[ServerId]) -> Iterator[str]:
        """What to say of the services of servers whose rules are loaded."""
        if servers:
            yield from self._unserved.news(self._known.services_of(servers), self._down())

    def _down(self) -> Collection[ServerId]:
        """The servers that are down in the rules."""
        loaded = self._store.loaded()
        return loaded.down if loaded is not None else ()

    def audit(self, lines: Sequence[str]) -> None:
        """Writes lines into the system's log."""
        self._machine.audit(lines)

    def attend(self) -> tuple[float, Sequence[str]]:
        """Keeps the deadline of a change that waits for confirmation, ends drains whose time is over, takes another script
        over, lets servers return by steps, keeps sticky clients remembered, and mends what others did to the rules.

        Returns the seconds until the next look, and what the operator should know.
        """
        left, said = LOOK, list[str]()
        try:
            waiting = self._gateway.keeper.keep_deadline(WAIT)
            left = LOOK if waiting is None else min(LOOK, waiting)
            if not self._is_stored:
                self.note({})
            if not self._know(self._patience):
                return READING, said
            known = self._known
            if not self._is_compared:
                self._compare()
            if self._unserved.names:
                said += self._unserved.again(known.services, self._down())
            is_drain_over = known.next_end is not None and known.next_end <= self._machine.now()
            if is_drain_over:
                said += ["a drain is over", *self.apply(())]
            left = min(left, self._climb())
            if time.monotonic() >= self._next_renewal:
                self._remember()
            if not is_drain_over and time.monotonic() >= self._next_look:
                said += self._look()  # at last: an error of it keeps nothing else waiting
            if self._forgets is not None and not said:
                raise self._forgets.with_traceback(None)
        except (BusyError, TimeoutError):  # whoever holds the lock loads rules, most likely
            pass
        return left, said

    def _climb(self) -> float:
        """Lets servers that return take their next steps; the seconds until the one after."""
        loaded, known = self._store.loaded(), self._known
        steps = self._returning.steps(known, self._machine.now())
        noted = steps_in(loaded) if loaded is not None else {}
        if steps != noted:
            self.apply(steps.keys() | noted.keys())
        seconds = self._returning.next_time(known, self._machine.now())
        return LOOK if seconds is None else seconds

    def _remember(self) -> None:
        """Keeps sticky clients remembered that have open connections."""
        loaded, start = self._store.loaded(), time.monotonic()
        sticky = [one for one in self._known.site.services if one.sticky is not None]
        self._next_renewal = start + RENEWAL
        self._forgets = None
        if sticky and loaded is not None and self._is_loaded(loaded):
            chosen = self._gateway.choice_of(loaded)
            try:
                self._loader.driver(chosen).remember(sticky, chosen.options)
            except DriverError as error:  # a lasting trouble until it goes well, which keeps nothing else waiting
                self._forgets = error
        seconds = min([one.sticky for one in sticky if one.sticky is not None], default=RENEWAL)
        end = time.monotonic()
        self._next_renewal = end + max(min(seconds / 4, RENEWAL), SHARE * (end - start))

    def _compare(self) -> None:
        """Loads the statuses that the store has, where a process ended before it could."""
        loaded = self._store.loaded()
        down = down_of(self._store.statuses()) & frozenset(servers_of(self._known.site.services))
        if loaded is not None and self._is_loaded(loaded) and loaded.down != down:
            self.apply(loaded.down ^ down)
        self._is_compared = True

    def _look(self) -> Sequence[str]:
        """Loads all that is missing, if others changed the rules, or they could not be loaded."""
        loaded, start = self._store.loaded(), time.monotonic()
        if loaded is not None and loaded.driver == NO_DRIVER and loaded.revision == self._known.revision:
            return ()
        caught = self._caught_up(loaded)
        if isinstance(caught, Loaded):
            if caught != loaded:
                self._note_again(caught)
                self._next_look = start + QUIET_LOOK
            return ()
        if caught is None and loaded is not None and self._is_loaded(loaded):
            return self._compare_rules(loaded)
        self._next_look = start + QUIET_LOOK  # if it fails
        said = self.apply(())
        pause = LOOK if isinstance(self._caught_up(self._store.loaded()), Loaded) else SLOW_LOOK
        self._next_look = time.monotonic() + max(pause, SHARE * (time.monotonic() - start))
        return said

    def _compare_rules(self, loaded: Loaded) -> Sequence[str]:
        """Mends what others did to the rules, once a look has told the difference."""
        seen = self._looking.seen(loaded, self._observe)
        if seen is None:
            return ()
        self._drift = tuple([one for one in seen.drift if one.is_ours])
        others = tuple([one.words for one in seen.drift if not one.is_ours])
        said, self._others = [one for one in others if one not in self._others], others
        if self._drift:
            said += self.apply(())
        else:
            self._note_again(loaded._replace(notes={**loaded.notes, "driver": seen.notes}))
        pause = LOOK if isinstance(self._caught_up(self._store.loaded()), Loaded) else SLOW_LOOK
        self._next_look = time.monotonic() + max(pause, SHARE * self._looking.seconds)
        return said

    def _note_again(self, caught: Loaded) -> None:
        """Notes that others left the rules as they are, so that `status` need not look at them."""
        with self._store.lock(WAY, WAIT) as writer:
            loaded = writer.loaded()
            if loaded is not None and loaded._replace(notes=caught.notes) == caught:
                writer.note_loaded(caught)

    def _caught_up(self, loaded: Loaded | None) -> Loaded | Drift | None:
        """What is loaded, noted as of now, if it is what should be and nobody else changed it; or who did."""
        if loaded is None or not self._is_loaded(loaded):
            return None
        return self._noted_now(loaded)

    def _noted_now(self, loaded: Loaded) -> Loaded | Drift | None:
        chosen = self._gateway.choice_of(loaded)
        notes = self._loader.driver(chosen).caught_up(chosen.options, notes_of(loaded))
        if notes is None or isinstance(notes, Drift):
            return notes
        return loaded._replace(notes={**loaded.notes, "driver": notes})

    def _is_loaded(self, loaded: Loaded) -> bool:
        """Whether what is loaded is of the script that is known."""
        return self._is_good(loaded) and loaded.revision == self._known.revision

    def _is_good(self, loaded: Loaded) -> bool:
        return not loaded.trouble and loaded.notes.get("boot") == self._machine.boot()

    def _exchange(self, writer: Writer, servers: Collection[ServerId]) -> Loading | None:
        """Loads the rules of the services of some servers alone; None if that does not do."""
        known, loaded = self._known, writer.loaded()
        if not servers or loaded is None or loaded.revision != writer.revision() or not self._is_good(loaded):
            return None
        steps = self._returning.steps(known, self._machine.now())
        there = {*servers, *steps, *steps_in(loaded)}
        if not self._goes_by_known(writer, there):
            return None
        caught = self._noted_now(loaded)
        if isinstance(caught, Drift):
            return None
        loaded = caught or loaded
        found = {server: self._state_of(writer, server) for server in servers if known.has(server)}
        there = {*found, *steps, *steps_in(loaded)}
        chosen = self._gateway.choice_of(loaded)
        backend = self._loader.backend(chosen)
        step = step_of_statuses(known.services_of(there), loaded, found, steps, backend, chosen)
        return self._loader.load_step(writer, loaded, chosen, step) if step is not None else None

    def _goes_by_known(self, writer: Writer, servers: Collection[ServerId]) -> bool:
        """Whether the services of servers are what is known of them, in the script that runs now."""
        known = self._known
        if writer.revision() == known.revision:
            return True
        touched = touched_since(known.extent, writer.running()) if known.revision else None
        return touched is not None and not any(touched.has(server) for server in servers)

    def _state_of(self, writer: Writer, server: ServerId) -> State:
        """The state of a server: what was found now, or else what the store has."""
        status = self._found.get(server) or writer.statuses(server.pool).get(server)
        return status.state if status is not None else State.UNKNOWN

    def _whole(self, writer: Writer, waiting: Confirmation | None) -> Loading:
        """Loads what should be loaded, if that is not what is."""
        known = self.known()
        if waiting is None and known.next_end is not None and known.next_end <= self._machine.now():
            self._gateway.end_drains(writer)
            known = self.known()
        before = self._gateway.before(writer)
        if not known.revision:
            return Loading()
        if known.trouble:
            self._loader.note_trouble(writer, before, known.trouble)
            return Loading(known.trouble)
        drift, steps = self._drift_of(before.loaded), self._returning.steps(known, self._machine.now())
        if drift:  # whole rules mend that, and nobody need look for the difference
            anew = before._replace(is_current=False)
            loading = self._loader.load_site(writer, anew, known.site, self._found, steps)
            self._drift = () if not loading.trouble else drift
            return loading._replace(drift=(*drift, *loading.drift))
        only = before.is_current
        return self._loader.load_site(writer, before, known.site, self._found, steps, rules_only=only)

    def _drift_of(self, loaded: Loaded | None) -> tuple[Drift, ...]:
        """What others are known to have done to the rules."""
        caught = self._caught_up(loaded)
        return (caught,) if isinstance(caught, Drift) else self._drift

    def _act(self) -> Act:
        return Act(self._machine.now(), "lbsh", "", WAY)
