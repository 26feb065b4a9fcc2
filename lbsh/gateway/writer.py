"""The one writer: statements become the running script, and the running script becomes the rules in the kernel.

Theory of operation. Everything happens under the lock of the store, in this order: read and judge; keep, which makes it
durable; load; note what is loaded. A process that dies between two of these leaves a store that says so, since what is
loaded has the revision of its script: the next change, of whomever, loads what should be loaded. A filter that refuses
or hangs keeps its old rules, the operator's wish is kept too, and the store says why they differ.

To read and judge statements behind a large script takes seconds, for which a poller with a server to take out would wait. So
they are judged before the lock is taken; what came of that counts if the script is still the same under the lock.

If the rules that are there are those that the store says, and nobody has changed anything in the filter since, a change
of a few services loads the rules of these alone. In every other case the rules are loaded as a whole.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import suppress
from typing import NamedTuple

from lbsh.drivers.protocol import Drift, Driver, DriverError, Observed
from lbsh.gateway.acceptance import Input, Verdict, judge, sift, verdict_of
from lbsh.gateway.audit import audit_lines
from lbsh.gateway.coming import Ahead, Coming
from lbsh.gateway.confirm import WAYS_BACK, Confirmations
from lbsh.gateway.deadline import Confirmation
from lbsh.gateway.definitions import write_tree
from lbsh.gateway.desired import desired, down_of
from lbsh.gateway.expiry import by_itself, may_be_over, overdue
from lbsh.gateway.keeper import Keeper
from lbsh.gateway.loader import Before, Loader, notes_of
from lbsh.gateway.loading import Step, kept_in, loaded_site, part_of, rules_in_use, step_of
from lbsh.gateway.machine import Choice, Machine
from lbsh.gateway.notices import notices_of
from lbsh.gateway.outcome import Outcome, Rollback
from lbsh.gateway.replacement import Replacement, Wanted
from lbsh.gateway.running import STATEMENTS, indices, statements_text
from lbsh.gateway.shadowing import drop, promote, replace_with, shadows_in
from lbsh.gateway.shadows import NONE, Shadows, changed
from lbsh.gateway.taking_back import Change
from lbsh.gateway.undone import needless
from lbsh.store.protocol import Act, Entry, Loaded, Reader, Running, Statement, Store, StoreError, Writer
from lbsh_lang.backends.base import Artifact, Backend
from lbsh_lang.checks.context import Context
from lbsh_lang.checks.run import check_script, find_limits
from lbsh_lang.diagnostics import Severity
from lbsh_lang.site.model import Site
from lbsh_lang.site.resolve import Resolution
from lbsh_lang.site.script import Script
from lbsh_lang.source import Source

__all__ = ["Gateway", "Outcome", "Rollback", "pools_touched", "trouble_of"]


class Early(NamedTuple):
    """A verdict from before the lock was taken, and the revision of the script that it is about."""

    revision: int
    verdict: Verdict


class Gateway:
    """Changes the running script of a store, and the rules of a machine with it.

    `default` is the choice of a driver where the store has none; `keeper` keeps the deadlines of changes that wait for
    confirmation. All methods raise `StoreError`.
    """

    def __init__(self, store: Store, machine: Machine, default: Choice) -> None:
        self._store = store
        self._machine = machine
        self._default = default
        self._loader = Loader(machine)
        self._confirmations = Confirmations(machine, self._loader, self.before)
        self.keeper = Keeper(store, machine, self._loader, self._confirmations)
        self._replacement = Replacement(machine, self._loader, self._confirmations, self.before)

    def choice(self) -> Choice:
        """The driver in use, with its options."""
        return self.choice_of(self._store.loaded())

    def driver(self) -> Driver:
        """The driver in use."""
        return self._loader.driver(self.choice())

    def backend(self, chosen: Choice) -> Backend:
        """The backend of a choice. Raises `DriverError`."""
        return self._loader.backend(chosen)

    def running(self) -> Resolution:
        """The running script, resolved."""
        return Resolution(self._loader.read(self._store.running()))

    def drift(self) -> tuple[Drift, ...]:
        """What others have changed in the filter, if what should be loaded is. Changes nothing. Raises `DriverError`."""
        before = self.before(self._store)
        if not before.is_current or before.loaded is None:
            return ()
        old = loaded_site(Resolution(self._loader.read(before.running)).site, before.loaded)
        _, drift = self._loader.observed(before, old, self._loader.driver(before.chosen))
        return drift

    def observe(self) -> Observed:
        """The differences between what is loaded and what is in the filter, and the driver's notes of this moment.

        Changes nothing. Raises `DriverError`, also if what should be loaded is not.
        """
        before = self.before(self._store)
        if not before.is_current or before.loaded is None:
            raise DriverError("what should be loaded is not")
        site = loaded_site(Resolution(self._loader.read(before.running)).site, before.loaded)
        return self._loader.observe(before.loaded, site, before.chosen)

    def rules(self) -> Artifact | None:
        """The whole rules of lbsh in the filter; None if they are not what should be loaded. Raises `DriverError`."""
        before = self.before(self._store)
        if not before.is_current or before.loaded is None or any(one.is_ours for one in self.drift()):
            return None
        site = loaded_site(Resolution(self._loader.read(before.running)).site, before.loaded)
        return rules_in_use(site, kept_in(before.loaded), self._loader.backend(before.chosen), before.chosen)

    def apply(
        self,
        script: Script,
        act: Act,
        choice: Choice | None = None,
        wait: float = 0.0,
        confirm: int | None = None,
        *,
        resume_all: bool = False,
        shadow_probes: bool = False,
        caution: Callable[[Ahead], bool] | None = None,
    ) -> Outcome:
        """Replaces the running script by a script, if that has no error and the filter accepts its rules.

        Drains that were made by statement outlive it, unless `resume_all`. With `confirm`, in milliseconds, the former
        script is put back after that time unless somebody confirms the new one. `caution` may hold the change. With
        `shadow_probes` probes that changed do not decide yet; those of an earlier such script do then without it.
        Raises `DriverError` if the filter refuses the rules or cannot be asked; nothing is changed then.
        """
        wanted, replace = Wanted(script, (), choice, confirm, resume_all, caution), self._replacement.replace

        def change(writer: Writer) -> Outcome:
            coming = self._shadows_for(writer, script) if shadow_probes else NONE
            return replace_with(writer, coming, lambda kept: replace(writer, wanted._replace(probes=kept), act))

        return self.keeper.change(act, wait, change)

    def _shadows_for(self, reader: Reader, script: Script) -> Shadows:
        old = Resolution(self._loader.read(reader.running())).site
        return changed(old, shadows_in(reader), Resolution(script).site)

    def promote_probes(self, act: Act, wait: float = 0.0) -> Sequence[str]:
        """Makes the probes of the running script decide; the services for which that is a change."""
        return self._end_shadows(act, wait, promote)

    def drop_probes(self, act: Act, wait: float = 0.0) -> Sequence[str]:
        """Gives shadow probes up, so that the former ones alone are carried out; the services that had some."""
        return self._end_shadows(act, wait, drop)

    def _end_shadows(self, act: Act, wait: float, end: Callable[[Writer, Site], Sequence[str]]) -> Sequence[str]:
        with self.keeper.locked(act, wait) as (writer, _):
            names = end(writer, Resolution(self._loader.read(writer.running())).site)
            if names:
                self._machine.audit(audit_lines(act, writer.revision(), [f"probes of {', '.join(names)}"]))
            return names

    def look_ahead(self, script: Script | None, choice: Choice | None = None, *, resume_all: bool = False) -> Ahead:
        """A script on its way to become the running one, as `apply` would judge it; None is the running one, as `settle`
        would. Changes nothing, and takes no lock."""
        store = self._store
        before = self.before(store, choice)
        if script is not None:
            coming = self._replacement.coming(store, before, Wanted(script, (), choice, None, resume_all))
        else:
            coming = self._settled(store, before)
        return self._replacement.ahead(store, before, coming)

    def _settled(self, reader: Reader, before: Before) -> Coming:
        """The running script itself, after the drains whose time is over."""
        script, lines = self._overdue(reader, before.running)
        if lines:
            script = judge(script, Input.of(STATEMENTS, lines)).resolution.script
        resolution = Resolution(script)
        verdict = verdict_of(resolution, len(script.statements), set(), check_script(Context(resolution)))
        return Coming(verdict, resolution, desired(resolution.site, down_of(reader.statuses())))

    def rollback(self, back: int | None, act: Act, wait: float = 0.0, confirm: int | None = None) -> Rollback:
        """Applies the script so many places before the running one, 1 unless given.

        While a change waits for confirmation, and without a number, it puts back the script before that. Raises as `apply`.
        """
        entry: Entry | None = None

        def change(writer: Writer) -> Outcome:
            nonlocal entry
            entry = entry_back(writer.history(), back)
            former = writer.script_of(entry.revision)
            given = Input(Source.of(STATEMENTS, statements_text(former.statements)))
            script = self._loader.read(former._replace(statements=()), given)
            wanted, replace = Wanted(script, former.statements, None, confirm), self._replacement.replace
            return replace_with(writer, NONE, lambda kept: replace(writer, wanted._replace(probes=kept), act))

        with self.keeper.locked(act, wait) as (writer, pending):
            if pending is not None and back is None:
                found = [one for one in writer.history() if one.revision == pending.previous]
                trouble = self._confirmations.put_back(writer, pending, act)
                verdict = judge(self._loader.read(writer.running()), Input.of(STATEMENTS, ()))
                return Rollback(next(iter(found), None), Outcome(verdict, writer.revision(), trouble))
            outcome = self.keeper.changed(writer, pending, change)
        return Rollback(entry, outcome)

    def append(self, given: Input, act: Act, *, keep_going: bool = False, wait: float = 0.0) -> Outcome:
        """Appends statements to the running script, all or, with `keep_going`, those without an error."""
        early = None if keep_going else self._judged(self._store.running(), given)
        return self.keeper.change(
            act, wait, lambda writer: self._append(writer, given, act, early, keep_going=keep_going)
        )

    def _judged(self, running: Running, given: Input) -> Early | None:
        """What becomes of statements behind a script, unless drains of it end first."""
        script, lines = self._overdue(self._store, running, given)
        return None if lines else Early(running.revision, judge(script, given))

    def _append(self, writer: Writer, given: Input, act: Act, early: Early | None, *, keep_going: bool) -> Outcome:
        before = self.before(writer)
        if early is not None and early.revision == before.running.revision:
            return self._take(writer, before, before.running, early.verdict, act, keep_going=False)
        running, script = self._after_drains(writer, before.running, given)
        rendering = self._loader.rendering(before.chosen)
        verdict = sift(script, given, rendering) if keep_going else judge(script, given)
        return self._take(writer, before, running, verdict, act, keep_going=keep_going)

    def _take(
        self, writer: Writer, before: Before, running: Running, verdict: Verdict, act: Act, *, keep_going: bool
    ) -> Outcome:
        """Keeps and loads what a verdict says of statements. `running` is the script that they come behind."""
        rendering = self._loader.rendering(before.chosen)
        is_plain = running is before.running and not verdict.refused and not verdict.missing
        step = self._step(writer, before, verdict) if is_plain else None
        if not (keep_going or verdict.refused or verdict.missing):
            site = verdict.resolution.site if step is None else part_of(Site(), step.after)
            limits = find_limits(site, Context(verdict.resolution, *rendering))
            verdict = verdict._replace(refused=tuple([one for one in limits if one.severity is Severity.ERROR]))
        if verdict.refused or not verdict.lasting:
            if running is not before.running:
                self._loader.load(writer, before, running, Resolution(self._loader.read(running)))
            return Outcome(verdict)
        after = self._keep(writer, running, verdict, act)
        made = Change(running.statements, after.statements)
        if verdict.missing:
            trouble = trouble_of(verdict)
            with suppress(StoreError):  # the statements are kept, and the next change writes the tree
                write_tree(writer, verdict.resolution.site)
            self._loader.note_trouble(writer, before, trouble)
            return Outcome(verdict, after.revision, trouble, made=made)
        loading = self._loader.load(writer, before, after, verdict.resolution, step)
        return Outcome(verdict, after.revision, *loading, made=made)

    def restate(
        self,
        make: Callable[[Running], Sequence[Statement]],
        act: Act,
        wait: float = 0.0,
        confirm: int | None = None,
    ) -> Outcome:
        """Replaces the statements behind the files of the running script by others, which `make` gives for it as it is.

        Shadow probes stay as they are. Raises as `apply`, and what `make` raises.
        """

        def change(writer: Writer) -> Outcome:
            running = writer.running()
            statements = tuple(make(running))
            given = Input(Source.of(STATEMENTS, statements_text(statements)))
            script = self._loader.read(running._replace(statements=()), given)
            wanted, replace = Wanted(script, statements, None, confirm, resume_all=True), self._replacement.replace
            outcome = replace_with(
                writer, shadows_in(writer), lambda kept: replace(writer, wanted._replace(probes=kept), act)
            )
            return outcome._replace(made=Change(running.statements, statements)) if outcome.revision else outcome

        return self.keeper.change(act, wait, change)

    def settle(self, act: Act, wait: float = 0.0, *, rules_only: bool = False) -> Outcome:
        """Loads what should be loaded, if that is not what is: after trouble, drift, or a change of statuses.

        `rules_only` leaves the network of the machine as it is.
        """
        with self.keeper.locked(act, wait) as (writer, waiting):
            told = notices_of(writer, self._confirmations.now()).past
            return self._settle(writer, waiting, rules_only=rules_only)._replace(notices=told)

    def _settle(self, writer: Writer, waiting: Confirmation | None, *, rules_only: bool) -> Outcome:
        before = self.before(writer)
        running, script = before.running, self._loader.read(before.running)
        if waiting is None:  # a change that waits is the last one
            running, script = self._after_drains(writer, running)
        resolution = Resolution(script)
        verdict = verdict_of(resolution, len(script.statements), set(), check_script(Context(resolution)))
        if not running.revision:
            return Outcome(verdict)
        if verdict.missing or verdict.refused:
            self._loader.note_trouble(writer, before, trouble_of(verdict))
            return Outcome(verdict, running.revision, trouble_of(verdict))
        loading = self._loader.load(writer, before, running, resolution, rules_only=rules_only)
        return Outcome(verdict, running.revision, *loading)

    def end_drains(self, writer: Writer) -> None:
        """Ends the drains whose time is over, in the running script; its rules are to be loaded then."""
        self._after_drains(writer, writer.running())

    def _after_drains(self, writer: Writer, running: Running, given: Input | None = None) -> tuple[Running, Script]:
        """The running script after the drains whose time is over have ended."""
        script, lines = self._overdue(writer, running, given)
        if not lines:
            return running, script
        now = self._machine.now()
        running = self._keep(writer, running, judge(script, Input.of(STATEMENTS, lines)), by_itself(now))
        return running, self._loader.read(running, given)

    def _overdue(self, reader: Reader, running: Running, given: Input | None = None) -> tuple[Script, Sequence[str]]:
        """The running script, and the statements that end drains whose time is over."""
        script = self._loader.read(running, given)
        if not may_be_over(script):
            return script, ()
        applied = max([entry.act.time for entry in reader.history()[:1]], default=0)
        return script, overdue(Resolution(script), running, applied, self._machine.now())

    def _keep(self, writer: Writer, running: Running, verdict: Verdict, act: Act) -> Running:
        """Appends the statements of a verdict; those that became needless, earlier ones or new ones, are left out."""
        left_out = needless(verdict)
        places = [verdict.resolution.script.statements[rank].line for rank in left_out.earlier]
        index_at = indices(running.statements) if places else {}
        dropped = sorted({index_at[line] for line in places if line in index_at})
        lines = [one.source.lines[one.line].strip() for one in verdict.lasting if one.rank not in left_out.new]
        after = writer.append(lines, act, dropped) if lines or dropped else running
        said = [one.source.lines[one.line].strip() for one in verdict.lasting]
        self._machine.audit(audit_lines(act, after.revision, said))
        return after

    # Judging

    def before(self, reader: Reader, choice: Choice | None = None) -> Before:
        """The state before a change, for a choice of a driver; that in use unless given."""
        running, loaded = reader.running(), reader.loaded()
        chosen = choice or self.choice_of(loaded)
        is_of_this_start = loaded is not None and loaded.notes.get("boot") == self._machine.boot()
        is_current = (
            loaded is not None
            and not loaded.trouble
            and loaded.revision == running.revision
            and Choice.of_json(loaded.driver, loaded.options).has_rules_of(chosen)
            and is_of_this_start
        )
        return Before(running, loaded, chosen, is_current, is_of_this_start)

    def choice_of(self, loaded: Loaded | None) -> Choice:
        """The driver by which these rules were loaded, with its options."""
        return self._default if loaded is None else Choice.of_json(loaded.driver, loaded.options)

    def _step(self, writer: Writer, before: Before, verdict: Verdict) -> Step | None:
        """The change of a few services, where what is loaded is known and nobody else has changed it."""
        if not before.is_current or before.loaded is None:
            return None
        if not self._loader.driver(before.chosen).unchanged(notes_of(before.loaded)):
            return None
        backend = self._loader.backend(before.chosen)
        return step_of(verdict.resolution, verdict.first, before.loaded, writer, backend, before.chosen)


def trouble_of(verdict: Verdict) -> str:
    """Why a script is not loaded: its errors, or what it lacks."""
    words = "the running script has errors" if verdict.refused else "incomplete"
    return f"{words}: {'; '.join([one.message for one in verdict.refused or verdict.missing])}"


def entry_back(history: Sequence[Entry], back: int | None) -> Entry:
    """The script so many places before the running one. Raises `StoreError` if there is none.

    Without a number it is the one before, unless the running script came by going back: one step more would go forward.
    """
    if back is None and history and history[0].act.way in WAYS_BACK:
        raise StoreError(
            "the running script came by going back: say which one by `lbsh rollback N`, as in `lbsh history`"
        )
    if (back or 1) >= len(history):
        raise StoreError(
            f"there is no script {back or 1} before the running one: `lbsh history` lists those that are kept"
        )
    return history[back or 1]


def pools_touched(resolution: Resolution, rank: int) -> Sequence[str]:
    """The pools in which the statement of a rank has found some servers, if it is about all pools."""
    pools = resolution.effects_by_pool(rank).items()
    return [name for name, effects in pools if any(effect.found for effect in effects.values())]
