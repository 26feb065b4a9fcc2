"""The one writer: statements become the running script, and the running script becomes the rules in the kernel.

Theory of operation. Everything happens under the lock of the store, in this order: read and judge; keep, which makes it
durable; load; note what is loaded. A process that dies between two of these leaves a store that says so, since what is
loaded has the revision of its script: the next change, of whomever, loads what should be loaded. A filter that refuses
or hangs keeps its old rules, the operator's wish is kept too, and the store says why they differ.

If the rules that are there are those that the store says, and nobody has changed anything in the filter since, a change
of a few services loads the rules of these alone. In every other case the rules are loaded as a whole.
"""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress
from typing import NamedTuple

from lbsh.drivers.protocol import Drift, Driver
from lbsh.gateway.acceptance import Input, Verdict, judge, sift, verdict_of
from lbsh.gateway.audit import audit_lines
from lbsh.gateway.definitions import write_tree
from lbsh.gateway.desired import desired, down_of
from lbsh.gateway.expiry import by_itself, may_be_over, overdue
from lbsh.gateway.kept_drains import kept_drains
from lbsh.gateway.loader import Before, Loader, notes_of
from lbsh.gateway.loading import Step, part_of, step_of
from lbsh.gateway.machine import Choice, Machine
from lbsh.gateway.network import Networking, findings_about
from lbsh.gateway.running import STATEMENTS, files_of, indices, statements_text
from lbsh.gateway.undone import needless
from lbsh.store.protocol import Act, Loaded, Reader, Running, Store, StoreError, Writer
from lbsh_lang.check import Rendering
from lbsh_lang.checks.context import Context
from lbsh_lang.checks.run import check_script, find_limits
from lbsh_lang.diagnostics import Severity
from lbsh_lang.site.model import Site
from lbsh_lang.site.resolve import Resolution
from lbsh_lang.site.script import Script, read_behind
from lbsh_lang.source import Source


class Outcome(NamedTuple):
    """What became of a change. `revision` is 0 if nothing was kept; `trouble` is why what should be loaded is not.

    `drift` is what others had changed in the filter, `forgotten` the number of connections that the kernel forgot, `unnoted`
    why the store cannot say that the rules are loaded, `network` what became of the network of the machine, `kept` the
    statements that stay though an applied file lacks them.
    """

    verdict: Verdict
    revision: int = 0
    trouble: str = ""
    drift: tuple[Drift, ...] = ()
    forgotten: int = 0
    unnoted: str = ""
    network: Networking = Networking()
    kept: tuple[str, ...] = ()


class Gateway:
    """Changes the running script of a store, and the rules of a machine with it.

    `default` is the choice of a driver where the store has none. All methods raise `StoreError`.
    """

    def __init__(self, store: Store, machine: Machine, default: Choice) -> None:
        self._store = store
        self._machine = machine
        self._default = default
        self._loader = Loader(machine)

    def choice(self) -> Choice:
        """The driver in use, with its options."""
        return self._choice_of(self._store.loaded())

    def driver(self) -> Driver:
        """The driver in use."""
        return self._loader.driver(self.choice())

    def drift(self) -> tuple[Drift, ...]:
        """What others have changed in the filter, if what should be loaded is. Changes nothing. Raises `DriverError`."""
        before = self._before(self._store)
        if not before.is_current or before.loaded is None:
            return ()
        old = desired(Resolution(self._loader.read(before.running)).site, before.loaded.down)
        _, drift = self._loader.observed(before, old, self._loader.driver(before.chosen))
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
            refused = (*verdict.refused, *verdict.missing, *findings_about(resolution, before.chosen))
            if refused:
                return Outcome(verdict._replace(refused=refused, missing=()))
            old = Resolution(self._loader.read(before.running)).site
            drains = kept_drains(old, before.running, resolution.site, self._machine.now())
            kept = tuple([one.text for one in drains])
            if drains:
                resolution = Resolution(read_behind(script, Source.of(STATEMENTS, statements_text(drains))))
            whole = desired(resolution.site, down_of(writer.statuses()))
            self._loader.driver(before.chosen).test(
                self._loader.backend(before.chosen).render(whole, before.chosen.options)
            )
            prepared = self._loader.networker.begin(writer, resolution.site, before.chosen, strictly=True)
            try:
                after = writer.replace(files_of(script), act, drains)
            except StoreError:
                self._loader.networker.withdraw(writer, prepared)
                raise
            self._machine.audit(audit_lines(act, after.revision, ()))
            loading = self._loader.load(writer, before, after, resolution, prepared=prepared)
            return Outcome(verdict, after.revision, *loading, kept=kept)

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
                    self._loader.load(writer, before, running, Resolution(script))
                return Outcome(verdict)
            after = self._keep(writer, running, verdict, act)
            if verdict.missing:
                trouble = trouble_of(verdict)
                with suppress(StoreError):  # the statements are kept, and the next change writes the tree
                    write_tree(writer, verdict.resolution.site)
                self._loader.note_trouble(writer, before, trouble)
                return Outcome(verdict, after.revision, trouble)
            return Outcome(verdict, after.revision, *self._loader.load(writer, before, after, verdict.resolution, step))

    def settle(self, act: Act, wait: float = 0.0, *, rules_only: bool = False) -> Outcome:
        """Loads what should be loaded, if that is not what is: after trouble, drift, or a change of statuses.

        `rules_only` leaves the network of the machine as it is.
        """
        with self._store.lock(act.way, wait) as writer:
            before = self._before(writer)
            running, script = self._after_drains(writer, before.running)
            resolution = Resolution(script)
            verdict = verdict_of(resolution, len(script.statements), set(), check_script(Context(resolution)))
            if not running.revision:
                return Outcome(verdict)
            if verdict.missing or verdict.refused:
                self._loader.note_trouble(writer, before, trouble_of(verdict))
                return Outcome(verdict, running.revision, trouble_of(verdict))
            return Outcome(
                verdict,
                running.revision,
                *self._loader.load(writer, before, running, resolution, rules_only=rules_only),
            )

    def _after_drains(self, writer: Writer, running: Running, given: Input | None = None) -> tuple[Running, Script]:
        """The running script after the drains whose time is over have ended."""
        script = self._loader.read(running, given)
        if not may_be_over(script):
            return running, script
        applied = max([entry.act.time for entry in writer.history()[:1]], default=0)
        now = self._machine.now()
        lines = overdue(Resolution(script), running, applied, now)
        if not lines:
            return running, script
        running = self._keep(writer, running, judge(script, Input.of(STATEMENTS, lines)), by_itself(now))
        return running, self._loader.read(running, given)

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

    def _before(self, reader: Reader, choice: Choice | None = None) -> Before:
        running, loaded = reader.running(), reader.loaded()
        chosen = choice or self._choice_of(loaded)
        is_of_this_start = loaded is not None and loaded.notes.get("boot") == self._machine.boot()
        is_current = (
            loaded is not None
            and not loaded.trouble
            and loaded.revision == running.revision
            and Choice.of_json(loaded.driver, loaded.options).has_rules_of(chosen)
            and is_of_this_start
        )
        return Before(running, loaded, chosen, is_current, is_of_this_start)

    def _rendering(self, chosen: Choice) -> Rendering:
        return Rendering(self._loader.backend(chosen), chosen.options.target, (), chosen.options.name)

    def _choice_of(self, loaded: Loaded | None) -> Choice:
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


def pools_touched(resolution: Resolution, rank: int) -> Sequence[str]:
    """The pools in which the statement of a rank has found some servers, if it is about all pools."""
    pools = resolution.effects_by_pool(rank).items()
    return [name for name, effects in pools if any(effect.found for effect in effects.values())]
