"""Brings the filter in line with the running script, and notes in the store what came of it; for the holder of its lock.

A load that fails leaves the note of what is loaded as it was, with the reason. Before rules come into the kernel beside
others, as those of another driver do, the store notes that: whatever happens then, the next change takes the others out.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import suppress
from typing import NamedTuple, assert_never, cast

from lbsh.drivers.choice import NO_DRIVER
from lbsh.drivers.protocol import Drift, Driver, DriverError, Observed, RefusedError
from lbsh.gateway.acceptance import Input
from lbsh.gateway.definitions import write_part, write_tree
from lbsh.gateway.desired import NO_STEPS, desired, down_of, gone, servers_of
from lbsh.gateway.loading import (
    Rules,
    Step,
    Verb,
    kept_in,
    loaded_site,
    note_of_beside,
    note_of_steps,
    rules_beside,
    rules_for,
    rules_in_use,
    steps_in,
    whole_rules,
)
from lbsh.gateway.machine import Choice, Machine
from lbsh.gateway.network import Networker, Networking, Pending
from lbsh.gateway.running import read_running
from lbsh.store.protocol import Loaded, Reader, Running, StoreError, Writer
from lbsh_lang.backends.base import Artifact, Backend
from lbsh_lang.check import Rendering
from lbsh_lang.site.model import Service, Site
from lbsh_lang.site.resolve import Resolution
from lbsh_lang.site.script import Script, read_behind
from lbsh_lang.site.status import ServerId, Status
from lbsh_lang.syntax.language import LBSH
from lbsh_lang.values import Address

LOADS_NOTHING = "the driver `none` loads nothing"
"""Why rules are not loaded that nobody wants loaded: what the former ones needed can go, as after a load."""


NO_STATUSES: Mapping[ServerId, Status] = {}


class Loading(NamedTuple):
    """What became of a load; the fields are those of an `Outcome`."""

    trouble: str = ""
    drift: tuple[Drift, ...] = ()
    forgotten: int = 0
    unnoted: str = ""
    network: Networking = Networking()


class Before(NamedTuple):
    """The state before a change: the running script, what is loaded, and the choice that the change is made for.

    `is_current` tells whether the rules of this script and choice are loaded, `is_of_this_start` whether any were since the
    machine started.
    """

    running: Running
    loaded: Loaded | None
    chosen: Choice
    is_current: bool
    is_of_this_start: bool


class Loader:
    """Loads rules into the filter of a machine. Keeps nothing itself: what it knows stands in the store."""

    def __init__(self, machine: Machine) -> None:
        self._machine = machine
        self.networker = Networker(machine)

    def read(self, running: Running, given: Input | None = None) -> Script:
        """The running script, in a language in which statements behind it can be read, too."""
        script = read_running(running, LBSH)
        faults = script.faults if given is None else read_behind(script, given.source, given.loader).faults
        language = self._machine.language(faults)
        return script if language is LBSH else read_running(running, language)

    def load(
        self,
        writer: Writer,
        before: Before,
        after: Running,
        resolution: Resolution,
        step: Step | None = None,
        prepared: Pending | None = None,
        *,
        rules_only: bool = False,
    ) -> Loading:
        """Brings filter and network in line with the running script, which is kept by then, and notes what came of it.

        The network gets what is new before (unless it is `prepared`), and loses what is old once the new rules are there.
        `rules_only` leaves it as it is.
        """
        if rules_only or (step is not None and _addresses(step.before) == _addresses(step.after)):
            return self._load(writer, before, after, resolution, step)
        pending, failure = prepared, ""
        try:
            pending = prepared or self.networker.begin(writer, resolution.site, before.chosen)
        except (DriverError, StoreError) as error:
            failure = str(error)
            self.networker.note_trouble(writer, failure)
        loading = self._load(writer, before, after, resolution, step)
        network = self.networker.finish(writer, pending, is_loaded=loading.trouble in ("", LOADS_NOTHING))
        return loading._replace(network=Networking(trouble=failure) if failure else network)

    def _load(
        self, writer: Writer, before: Before, after: Running, resolution: Resolution, step: Step | None
    ) -> Loading:
        """The same, for the filter alone."""
        try:
            if step is None:
                return self._load_site(writer, before, after, resolution.site)
            write_part(writer, resolution, step.before, step.after)
            driver = self.driver(before.chosen)
            notes = self._load_rules(driver, before, step.rules)
        except StoreError as error:
            return Loading(str(error))
        except DriverError as error:
            if step is not None and isinstance(error, RefusedError):  # the rules there were others than noted
                return self._load(writer, before._replace(is_current=False), after, resolution, None)
            self.note_trouble(writer, before, str(error))
            return Loading(str(error))
        noted = self._note(writer, before, after, step.down, step.rules, notes)
        return noted._replace(forgotten=self._forget(driver, step.before, step.after))

    def load_site(
        self,
        writer: Writer,
        before: Before,
        site: Site,
        found: Mapping[ServerId, Status],
        steps: Mapping[ServerId, int],
        *,
        rules_only: bool = False,
    ) -> Loading:
        """Brings filter and network in line with the running script, whose site is known, and notes what came of it.

        `found` are statuses that the store may not have, `steps` those of servers that return gradually.
        """
        pending, failure = None, ""
        try:
            pending = None if rules_only else self.networker.begin(writer, site, before.chosen)
        except (DriverError, StoreError) as error:
            failure = str(error)
            self.networker.note_trouble(writer, failure)
        try:
            loading = self._load_site(writer, before, before.running, site, found, steps)
        except StoreError as error:
            loading = Loading(str(error))
        except DriverError as error:
            self.note_trouble(writer, before, str(error))
            loading = Loading(str(error))
        network = self.networker.finish(writer, pending, is_loaded=loading.trouble in ("", LOADS_NOTHING))
        return loading._replace(network=Networking(trouble=failure) if failure else network)

    def load_step(self, writer: Writer, loaded: Loaded, chosen: Choice, step: Step) -> Loading | None:
        """Loads the rules of a few services of which only statuses differ; None if other rules are there than noted.

        Connections that must not go on end before the note is written: whoever dies in between leaves rules that are not
        noted, and all of it is done again.
        """
        before = Before(Running(loaded.revision, (), ()), loaded, chosen, is_current=True, is_of_this_start=True)
        driver = self.driver(chosen)
        try:
            notes = self._load_rules(driver, before, step.rules)
        except RefusedError:
            return None
        except DriverError as error:
            self.note_trouble(writer, before, str(error))
            return Loading(str(error))
        forgotten = self._forget(driver, step.before, step.after)
        if step.rules.verb is Verb.NOTHING and (step.down, step.steps) == (loaded.down, steps_in(loaded)):
            return Loading(forgotten=forgotten)
        noted = self._note(writer, before, before.running, step.down, step.rules, notes, step.steps)
        return noted._replace(forgotten=forgotten)

    def _load_site(
        self,
        writer: Writer,
        before: Before,
        after: Running,
        meant: Site,
        found: Mapping[ServerId, Status] = NO_STATUSES,
        steps: Mapping[ServerId, int] = NO_STEPS,
    ) -> Loading:
        """The same, for the site as a whole. Raises `DriverError`."""
        chosen, loaded = before.chosen, before.loaded
        if not (after.files or after.statements):
            return self._unload(writer, before)
        down = down_of({**writer.statuses(), **found}) & frozenset(servers_of(meant.services))
        site = desired(meant, down, steps)
        write_tree(writer, site)
        driver, backend = self.driver(chosen), self.backend(chosen)
        old = self._old_site(before, after, meant) if before.is_current and loaded is not None else None
        before, drift = self.observed(before, old, driver)
        base = None if any(one.is_ours for one in drift) else old
        self._begin(writer, before)
        rules = rules_for(base, site, kept_in(loaded) if loaded is not None else None, backend, chosen)
        try:
            notes = self._load_rules(driver, before, rules)
        except RefusedError:
            if rules.verb is not Verb.CHANGE:
                raise
            rules = whole_rules(site, backend, chosen)
            notes = self._load_rules(driver, before, rules)
        noted = self._note(writer, before, after, down, rules, notes, steps)
        was = old if old is not None else self.site_before_trouble(writer, before)
        forgotten = self._forget(driver, was.services if was is not None else (), site.services)
        return noted._replace(drift=drift, forgotten=forgotten)

    def _unload(self, writer: Writer, before: Before) -> Loading:
        """Takes all rules out of the filter, where no script runs. Raises `DriverError`."""
        chosen = before.chosen
        write_tree(writer, Site())
        driver, was = self.driver(chosen), self.site_before_trouble(writer, before)
        driver.unload(chosen.options)
        noted = self._note(writer, before, Running(0, (), ()), frozenset(), Rules(Verb.NOTHING, Artifact(()), None), {})
        return noted._replace(forgotten=self._forget(driver, was.services if was is not None else (), ()))

    def _load_rules(self, driver: Driver, before: Before, rules: Rules) -> Mapping[str, object]:
        """Has the driver load rules; its new notes. Raises `DriverError`."""
        notes = notes_of(before.loaded)
        match rules.verb:
            case Verb.NOTHING:
                return notes
            case Verb.CHANGE:
                return driver.change(rules.artifact, before.chosen.options, notes)
            case Verb.WHOLE:
                return driver.load(rules.artifact, before.chosen.options)
            case _:
                assert_never(rules.verb)

    def _old_site(self, before: Before, after: Running, meant: Site) -> Site:
        """The site whose rules are loaded."""
        assert before.loaded is not None
        if before.running is not after:
            meant = Resolution(self.read(before.running)).site
        return loaded_site(meant, before.loaded)

    def site_before_trouble(self, reader: Reader, before: Before) -> Site | None:
        """The site that was loaded last since the machine started, as far as the store still has its script."""
        loaded = before.loaded
        if loaded is None or not loaded.revision or loaded.driver == NO_DRIVER or not before.is_of_this_start:
            return None
        try:
            running = reader.script_of(loaded.revision)
        except StoreError:
            return None
        return loaded_site(Resolution(self.read(running)).site, loaded)

    def observed(self, before: Before, old: Site | None, driver: Driver) -> tuple[Before, tuple[Drift, ...]]:
        """What others changed in the filter since rules were loaded. The notes become those of this moment: what does
        not concern these rules is looked at once."""
        loaded, noted = before.loaded, notes_of(before.loaded)
        if old is None or loaded is None or driver.unchanged(noted):
            return before, ()
        seen = self.observe(loaded, old, before.chosen)
        return before._replace(loaded=loaded._replace(notes={**loaded.notes, "driver": seen.notes})), seen.drift

    def observe(self, loaded: Loaded, site: Site, chosen: Choice) -> Observed:
        """Compares what is in the filter with the rules that are loaded, which are those of a site. Raises `DriverError`."""
        whole = rules_in_use(site, kept_in(loaded), self.backend(chosen), chosen)
        return self.driver(chosen).observe(whole, chosen.options, notes_of(loaded))

    def _begin(self, writer: Writer, before: Before) -> None:
        """Notes that rules come into the kernel besides those that are loaded: should this process die, the next change
        takes them out. Raises `StoreError`."""
        loaded, chosen = before.loaded, before.chosen
        was = Choice.of_json(loaded.driver, loaded.options) if loaded is not None else chosen
        if loaded is not None and chosen.driver != NO_DRIVER and chosen.is_beside(was):
            beside = note_of_beside((*rules_beside(loaded, was), chosen))
            writer.note_loaded(loaded._replace(notes={**loaded.notes, **beside}))

    def _leave(self, before: Before) -> tuple[list[Choice], str]:
        """Takes other rules than the chosen ones out of the kernel; those that are still there, and why."""
        left, trouble = [], ""
        for choice in rules_beside(before.loaded, before.chosen):
            try:
                self.driver(choice).unload(choice.options)
            except DriverError as error:
                if before.is_of_this_start:  # no rules outlive a start of the machine
                    left.append(choice)
                    trouble = f"the rules of the driver `{choice.driver}` cannot be removed: {error}"
        return left, trouble

    def _note(
        self,
        writer: Writer,
        before: Before,
        after: Running,
        down: frozenset[ServerId],
        rules: Rules,
        notes: Mapping[str, object],
        steps: Mapping[ServerId, int] = NO_STEPS,
    ) -> Loading:
        """Notes what is loaded, after other rules have left, and says why that is not what should be."""
        chosen = before.chosen
        left, trouble = self._leave(before)
        if chosen.driver == NO_DRIVER:
            trouble = trouble or LOADS_NOTHING
        times = {"time": self._machine.now(), "boot": self._machine.boot()}
        kept = {"driver": notes, "kept": rules.kept, **times, **note_of_beside(left), **note_of_steps(steps)}
        try:
            writer.note_loaded(Loaded(after.revision, down, chosen.driver, chosen.as_json(), kept, trouble))
        except StoreError as error:
            return Loading(trouble, unnoted=str(error))
        return Loading(trouble)

    def _forget(self, driver: Driver, before: Sequence[Service], after: Sequence[Service]) -> int:
        """Ends connections that must not go on. The rules are loaded by then: a failure is no trouble of theirs."""
        targets = gone(by_name(before), by_name(after))
        with suppress(DriverError):
            return driver.forget(targets) if targets else 0
        return 0

    def note_trouble(self, writer: Writer, before: Before, trouble: str) -> None:
        chosen = before.chosen
        with suppress(StoreError):  # the store says then that an older revision is loaded
            loaded = writer.loaded() or Loaded(0, frozenset(), chosen.driver, chosen.as_json(), {})
            troubled = loaded._replace(trouble=trouble, options={**loaded.options, "addresses": chosen.addresses})
            if troubled != writer.loaded():
                writer.note_loaded(troubled)

    def driver(self, chosen: Choice) -> Driver:
        return self._machine.driver(chosen.driver)

    def backend(self, chosen: Choice) -> Backend:
        return self._machine.backend(chosen.backend)

    def rendering(self, chosen: Choice) -> Rendering:
        """What checks must know of the rules that are made."""
        return Rendering(self.backend(chosen), chosen.options.target, (), chosen.options.name)


def notes_of(loaded: Loaded | None) -> Mapping[str, object]:
    """The driver's own notes of what is loaded."""
    notes = loaded.notes.get("driver") if loaded is not None else None
    return cast("Mapping[str, object]", notes) if isinstance(notes, Mapping) else {}


def by_name(services: Sequence[Service]) -> dict[str, Service]:
    """Services by their names."""
    return {service.name: service for service in services}


def _addresses(services: Sequence[Service]) -> set[Address]:
    return {service.address for service in services}
