"""The one writer: statements become the running script, and the running script becomes the rules in the kernel.

Theory of operation. Everything happens under the lock of the store, in this order: read and judge; keep, which makes it
durable; load; note what is loaded. A process that dies between two of these leaves a store that says so, since what is
loaded has the revision of its script: the next change, of whomever, loads what should be loaded. A filter that refuses
or hangs keeps its old rules, the operator's wish is kept too, and the store says why they differ.

If the rules that are there are those that the store says, and nobody has changed anything in the filter since, a change
of a few services loads the rules of these alone. In every other case the rules are loaded as a whole.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import suppress
from typing import NamedTuple, assert_never, cast

from lbsh.drivers.choice import NO_DRIVER
from lbsh.drivers.protocol import Drift, Driver, DriverError, RefusedError
from lbsh.gateway.acceptance import Input, Verdict, judge, sift, verdict_of
from lbsh.gateway.audit import audit_lines
from lbsh.gateway.definitions import write_part, write_tree
from lbsh.gateway.desired import desired, down_of, gone, servers_of
from lbsh.gateway.expiry import by_itself, may_be_over, overdue
from lbsh.gateway.kept_drains import kept_drains
from lbsh.gateway.loading import (
    Rules,
    Step,
    Verb,
    kept_in,
    note_of_beside,
    part_of,
    rules_beside,
    rules_for,
    rules_in_use,
    step_of,
    whole_rules,
)
from lbsh.gateway.machine import Choice, Machine
from lbsh.gateway.running import STATEMENTS, files_of, index_of, read_running, statements_text
from lbsh.gateway.undone import needless
from lbsh.store.protocol import Act, Loaded, Reader, Running, Store, StoreError, Writer
from lbsh_lang.backends.base import Backend
from lbsh_lang.check import Rendering
from lbsh_lang.checks.context import Context
from lbsh_lang.checks.run import check_script, find_limits
from lbsh_lang.diagnostics import Severity
from lbsh_lang.site.model import Service, Site
from lbsh_lang.site.resolve import Resolution
from lbsh_lang.site.script import Script, read_behind
from lbsh_lang.site.status import ServerId
from lbsh_lang.source import Source
from lbsh_lang.syntax.language import LBSH
from lbsh_lang.syntax.statement import AnyStated


class Outcome(NamedTuple):
    """What became of a change. `revision` is 0 if nothing was kept; `trouble` is why what should be loaded is not.

    `drift` is what others had changed in the filter, `forgotten` the number of connections that the kernel forgot, `unnoted`
    why the store cannot say that the rules are loaded, `kept` the statements that stay though an applied file lacks them.
    """

    verdict: Verdict
    revision: int = 0
    trouble: str = ""
    drift: tuple[Drift, ...] = ()
    forgotten: int = 0
    unnoted: str = ""
    kept: tuple[str, ...] = ()


class _Loading(NamedTuple):
    trouble: str = ""
    drift: tuple[Drift, ...] = ()
    forgotten: int = 0
    unnoted: str = ""


class _Before(NamedTuple):
    """The state before a change: the running script, what is loaded, and whether that is what the script says,
    and was loaded since the machine started."""

    running: Running
    loaded: Loaded | None
    chosen: Choice
    is_current: bool
    is_of_this_start: bool


class Gateway:
    """Changes the running script of a store, and the rules of a machine with it.

    `default` is the choice of a driver where the store has none. All methods raise `StoreError`.
    """

    def __init__(self, store: Store, machine: Machine, default: Choice) -> None:
        self._store = store
        self._machine = machine
        self._default = default

    def choice(self) -> Choice:
        """The driver in use, with its options."""
        return self._choice_of(self._store.loaded())

    def driver(self) -> Driver:
        """The driver in use."""
        return self._driver(self.choice())

    def drift(self) -> tuple[Drift, ...]:
        """What others have changed in the filter, if what should be loaded is. Changes nothing. Raises `DriverError`."""
        before = self._before(self._store)
        if not before.is_current or before.loaded is None:
            return ()
        old = desired(Resolution(self._read(before.running)).site, before.loaded.down)
        _, drift = self._observed(before, old, self._driver(before.chosen))
        return drift

    def apply(self, script: Script, act: Act, choice: Choice | None = None, wait: float = 0.0) -> Outcome:
        """Replaces the running script by a script, if that has no error and the filter accepts its rules.

        Raises `DriverError` if the filter refuses the rules or cannot be asked; nothing is changed then.
        """
        with self._store.lock(act.way, wait) as writer:
            before = self._before(writer, choice)
            resolution = Resolution(script)
            context = Context(resolution, *self._rendering(before.chosen))
            verdict = verdict_of(resolution, 0, {one.identity for one in script.sources}, check_script(context))
            if verdict.refused or verdict.missing:
                return Outcome(verdict._replace(refused=(*verdict.refused, *verdict.missing), missing=()))
            old = Resolution(self._read(before.running)).site
            drains = kept_drains(old, before.running, resolution.site, self._machine.now())
            kept = tuple([one.text for one in drains])
            if drains:
                resolution = Resolution(read_behind(script, Source.of(STATEMENTS, statements_text(drains))))
            whole = desired(resolution.site, down_of(writer.statuses()))
            self._driver(before.chosen).test(self._backend(before.chosen).render(whole, before.chosen.options))
            after = writer.replace(files_of(script), act, drains)
            self._machine.audit(audit_lines(act, after.revision, ()))
            return Outcome(verdict, after.revision, *self._load(writer, before, after, resolution), kept=kept)

    def append(self, given: Input, act: Act, *, keep_going: bool = False, wait: float = 0.0) -> Outcome:
        """Appends statements to the running script, all or, with `keep_going`, those without an error."""
        with self._store.lock(act.way, wait) as writer:
            before = self._before(writer)
            running, script = self._after_drains(writer, before.running, given)
            rendering = self._rendering(before.chosen)
            verdict = sift(script, given, rendering) if keep_going else judge(script, given)
            is_plain = running is before.running and not verdict.refused and not verdict.missing
            step = self._step(writer, before, verdict) if is_plain else None
            if not (keep_going or verdict.refused or verdict.missing):
                site = verdict.resolution.site if step is None else part_of(Site(), step.after)
                limits = find_limits(site, Context(verdict.resolution, *rendering))
                verdict = verdict._replace(refused=tuple([one for one in limits if one.severity is Severity.ERROR]))
            if verdict.refused or not verdict.lasting:
                if running is not before.running:
                    self._load(writer, before, running, Resolution(script))
                return Outcome(verdict)
            after = self._keep(writer, running, verdict, act)
            if verdict.missing:
                trouble = trouble_of(verdict)
                with suppress(StoreError):  # the statements are kept, and the next change writes the tree
                    write_tree(writer, verdict.resolution.site)
                self._note_trouble(writer, before, trouble)
                return Outcome(verdict, after.revision, trouble)
            return Outcome(verdict, after.revision, *self._load(writer, before, after, verdict.resolution, step))

    def settle(self, act: Act, wait: float = 0.0) -> Outcome:
        """Loads what should be loaded, if that is not what is: after trouble, drift, or a change of statuses."""
        with self._store.lock(act.way, wait) as writer:
            before = self._before(writer)
            running, script = self._after_drains(writer, before.running)
            resolution = Resolution(script)
            verdict = verdict_of(resolution, len(script.statements), set(), check_script(Context(resolution)))
            if not running.revision:
                return Outcome(verdict)
            if verdict.missing or verdict.refused:
                self._note_trouble(writer, before, trouble_of(verdict))
                return Outcome(verdict, running.revision, trouble_of(verdict))
            return Outcome(verdict, running.revision, *self._load(writer, before, running, resolution))

    def _after_drains(self, writer: Writer, running: Running, given: Input | None = None) -> tuple[Running, Script]:
        """The running script after the drains whose time is over have ended."""
        script = self._read(running, given)
        if not may_be_over(script):
            return running, script
        applied = max([entry.act.time for entry in writer.history()[:1]], default=0)
        now = self._machine.now()
        lines = overdue(Resolution(script), running, applied, now)
        if not lines:
            return running, script
        running = self._keep(writer, running, judge(script, Input.of(STATEMENTS, lines)), by_itself(now))
        return running, self._read(running, given)

    def _keep(self, writer: Writer, running: Running, verdict: Verdict, act: Act) -> Running:
        """Appends the statements of a verdict; those that became needless, earlier ones or new ones, are left out."""
        left_out = needless(verdict)
        places = [verdict.resolution.script.statements[rank].line for rank in left_out.earlier]
        dropped = sorted({index for line in places if (index := index_of(running.statements, line)) is not None})
        lines = [one.source.lines[one.line].strip() for one in verdict.lasting if one.rank not in left_out.new]
        after = writer.append(lines, act, dropped) if lines or dropped else running
        said = [one.source.lines[one.line].strip() for one in verdict.lasting]
        self._machine.audit(audit_lines(act, after.revision, said))
        return after

    # Judging

    def _before(self, reader: Reader, choice: Choice | None = None) -> _Before:
        running, loaded = reader.running(), reader.loaded()
        chosen = choice or self._choice_of(loaded)
        is_of_this_start = loaded is not None and loaded.notes.get("boot") == self._machine.boot()
        is_current = (
            loaded is not None
            and not loaded.trouble
            and loaded.revision == running.revision
            and Choice.of_json(loaded.driver, loaded.options) == chosen
            and is_of_this_start
        )
        return _Before(running, loaded, chosen, is_current, is_of_this_start)

    def _read(self, running: Running, given: Input | None = None) -> Script:
        """The running script, in a language in which statements behind it can be read, too."""
        script = read_running(running, LBSH)
        faults = script.faults if given is None else read_behind(script, given.source, given.loader).faults
        language = self._machine.language(faults)
        return script if language is LBSH else read_running(running, language)

    def _rendering(self, chosen: Choice) -> Rendering:
        return Rendering(self._backend(chosen), chosen.options.target, (), chosen.options.name)

    def _choice_of(self, loaded: Loaded | None) -> Choice:
        return self._default if loaded is None else Choice.of_json(loaded.driver, loaded.options)

    def _step(self, writer: Writer, before: _Before, verdict: Verdict) -> Step | None:
        """The change of a few services, where what is loaded is known and nobody else has changed it."""
        if not before.is_current or before.loaded is None:
            return None
        if not self._driver(before.chosen).unchanged(_notes_of(before.loaded)):
            return None
        backend = self._backend(before.chosen)
        return step_of(verdict.resolution, verdict.first, before.loaded, writer, backend, before.chosen)

    # Loading

    def _load(
        self, writer: Writer, before: _Before, after: Running, resolution: Resolution, step: Step | None = None
    ) -> _Loading:
        """Brings the filter in line with the running script, which is kept by then, and notes what came of it."""
        try:
            if step is None:
                return self._load_site(writer, before, after, resolution)
            write_part(writer, resolution, step.before, step.after)
            driver = self._driver(before.chosen)
            notes = self._load_rules(driver, before, step.rules)
        except StoreError as error:
            return _Loading(str(error))
        except DriverError as error:
            if step is not None and isinstance(error, RefusedError):  # the rules there were others than noted
                return self._load(writer, before._replace(is_current=False), after, resolution)
            self._note_trouble(writer, before, str(error))
            return _Loading(str(error))
        noted = self._note(writer, before, after, step.down, step.rules, notes)
        return noted._replace(forgotten=self._forget(driver, step.before, step.after))

    def _load_site(self, writer: Writer, before: _Before, after: Running, resolution: Resolution) -> _Loading:
        """The same, for the site as a whole. Raises `DriverError`."""
        chosen, loaded = before.chosen, before.loaded
        down = down_of(writer.statuses()) & frozenset(servers_of(resolution.site.services))
        site = desired(resolution.site, down)
        write_tree(writer, site)
        driver, backend = self._driver(chosen), self._backend(chosen)
        old = self._old_site(before, after, resolution) if before.is_current and loaded is not None else None
        before, drift = self._observed(before, old, driver)
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
        noted = self._note(writer, before, after, down, rules, notes)
        forgotten = self._forget(driver, old.services if old is not None else (), site.services)
        return noted._replace(drift=drift, forgotten=forgotten)

    def _load_rules(self, driver: Driver, before: _Before, rules: Rules) -> Mapping[str, object]:
        """Has the driver load rules; its new notes. Raises `DriverError`."""
        notes = _notes_of(before.loaded)
        match rules.verb:
            case Verb.NOTHING:
                return notes
            case Verb.CHANGE:
                return driver.change(rules.artifact, before.chosen.options, notes)
            case Verb.WHOLE:
                return driver.load(rules.artifact, before.chosen.options)
            case _:
                assert_never(rules.verb)

    def _old_site(self, before: _Before, after: Running, resolution: Resolution) -> Site:
        """The site whose rules are loaded."""
        assert before.loaded is not None
        if before.running is not after:
            resolution = Resolution(self._read(before.running))
        return desired(resolution.site, before.loaded.down)

    def _observed(self, before: _Before, old: Site | None, driver: Driver) -> tuple[_Before, tuple[Drift, ...]]:
        """What others changed in the filter since rules were loaded. The notes become those of this moment: what does
        not concern these rules is looked at once."""
        loaded, noted = before.loaded, _notes_of(before.loaded)
        if old is None or loaded is None or driver.unchanged(noted):
            return before, ()
        whole = rules_in_use(old, kept_in(loaded), self._backend(before.chosen), before.chosen)
        seen = driver.observe(whole, before.chosen.options, noted)
        return before._replace(loaded=loaded._replace(notes={**loaded.notes, "driver": seen.notes})), seen.drift

    def _begin(self, writer: Writer, before: _Before) -> None:
        """Notes that rules come into the kernel besides those that are loaded: should this process die, the next change
        takes them out. Raises `StoreError`."""
        loaded, chosen = before.loaded, before.chosen
        was = self._choice_of(loaded)
        if loaded is not None and chosen.driver != NO_DRIVER and chosen.is_beside(was):
            beside = note_of_beside((*rules_beside(loaded, was), chosen))
            writer.note_loaded(loaded._replace(notes={**loaded.notes, **beside}))

    def _leave(self, before: _Before) -> tuple[list[Choice], str]:
        """Takes other rules than the chosen ones out of the kernel; those that are still there, and why."""
        left, trouble = [], ""
        for choice in rules_beside(before.loaded, before.chosen):
            try:
                self._driver(choice).unload(choice.options)
            except DriverError as error:
                if before.is_of_this_start:  # no rules outlive a start of the machine
                    left.append(choice)
                    trouble = f"the rules of the driver `{choice.driver}` cannot be removed: {error}"
        return left, trouble

    def _note(
        self,
        writer: Writer,
        before: _Before,
        after: Running,
        down: frozenset[ServerId],
        rules: Rules,
        notes: Mapping[str, object],
    ) -> _Loading:
        """Notes what is loaded, after other rules have left, and says why that is not what should be."""
        chosen = before.chosen
        left, trouble = self._leave(before)
        if chosen.driver == NO_DRIVER:
            trouble = trouble or "the driver `none` loads nothing"
        times = {"time": self._machine.now(), "boot": self._machine.boot()}
        kept = {"driver": notes, "kept": rules.kept, **times, **note_of_beside(left)}
        try:
            writer.note_loaded(Loaded(after.revision, down, chosen.driver, chosen.as_json(), kept, trouble))
        except StoreError as error:
            return _Loading(trouble, unnoted=str(error))
        return _Loading(trouble)

    def _forget(self, driver: Driver, before: Sequence[Service], after: Sequence[Service]) -> int:
        """Ends connections that must not go on. The rules are loaded by then: a failure is no trouble of theirs."""
        targets = gone(_by_name(before), _by_name(after))
        with suppress(DriverError):
            return driver.forget(targets) if targets else 0
        return 0

    def _note_trouble(self, writer: Writer, before: _Before, trouble: str) -> None:
        chosen = before.chosen
        with suppress(StoreError):  # the store says then that an older revision is loaded
            loaded = writer.loaded() or Loaded(0, frozenset(), chosen.driver, chosen.as_json(), {})
            writer.note_loaded(loaded._replace(trouble=trouble))

    def _driver(self, chosen: Choice) -> Driver:
        return self._machine.driver(chosen.driver)

    def _backend(self, chosen: Choice) -> Backend:
        return self._machine.backend(chosen.backend)


def _notes_of(loaded: Loaded | None) -> Mapping[str, object]:
    """The driver's own notes of what is loaded."""
    notes = loaded.notes.get("driver") if loaded is not None else None
    return cast("Mapping[str, object]", notes) if isinstance(notes, Mapping) else {}


def trouble_of(verdict: Verdict) -> str:
    """Why a script is not loaded: its errors, or what it lacks."""
    words = "the running script has errors" if verdict.refused else "incomplete"
    return f"{words}: {'; '.join([one.message for one in verdict.refused or verdict.missing])}"


def pools_touched(resolution: Resolution, stated: AnyStated) -> tuple[str, ...]:
    """The pools in which a statement about servers in all pools has found some."""
    return tuple(
        name
        for name, history in resolution.pools.items()
        if any(effect.found for effect in history.effects.get(stated.rank, {}).values())
    )


def _by_name(services: Sequence[Service]) -> dict[str, Service]:
    return {service.name: service for service in services}
