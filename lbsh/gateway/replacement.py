"""Replaces the running script as a whole, by a file or by an earlier script; for the holder of the store's lock."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import NamedTuple

from lbsh.drivers.choice import NO_DRIVER
from lbsh.drivers.protocol import DriverError
from lbsh.gateway.acceptance import Verdict, verdict_of
from lbsh.gateway.audit import audit_lines
from lbsh.gateway.coming import Ahead, Coming
from lbsh.gateway.confirm import PUT_BACK, Confirmations
from lbsh.gateway.desired import desired, down_of, servers_of
from lbsh.gateway.kept_drains import kept_drains
from lbsh.gateway.loader import Before, Loader
from lbsh.gateway.machine import Choice, Machine
from lbsh.gateway.network import findings_about, moved_addresses, recorded
from lbsh.gateway.outcome import Outcome
from lbsh.gateway.running import STATEMENTS, files_of, statements_text
from lbsh.store.protocol import Act, Reader, Running, Statement, StoreError, Writer
from lbsh_lang.checks.context import Context
from lbsh_lang.checks.run import check_script
from lbsh_lang.site.resolve import Resolution
from lbsh_lang.site.script import Script, read_behind
from lbsh_lang.source import Source


class Wanted(NamedTuple):
    """A script of files, the statements behind it, the driver if another one is wanted, and the time for a confirmation in
    milliseconds, None if none is asked for. `resume_all` ends the drains that would outlive the script before.
    `caution` tells of a change that the filter accepts whether it must not be made. `probes` is the record of shadow probes
    of the script before it, which comes back with that."""

    script: Script
    statements: tuple[Statement, ...]
    choice: Choice | None
    confirm: int | None
    resume_all: bool = False
    caution: Callable[[Ahead], bool] | None = None
    probes: Mapping[str, object] | None = None


class Replacement:
    """Replaces scripts. Keeps nothing itself."""

    def __init__(
        self,
        machine: Machine,
        loader: Loader,
        confirmations: Confirmations,
        before: Callable[[Reader, Choice | None], Before],
    ) -> None:
        self._machine = machine
        self._loader = loader
        self._confirmations = confirmations
        self._before = before

    def replace(self, writer: Writer, given: Wanted, act: Act) -> Outcome:
        """Makes a script the running one. Raises `DriverError` and `StoreError`; nothing is changed then."""
        before, confirm = self._before(writer, given.choice), given.confirm
        coming = self.coming(writer, before, given)
        verdict, resolution = coming.verdict, coming.resolution
        if verdict.refused:
            return Outcome(verdict)
        kept = tuple([one.text for one in coming.drains])
        wanted = Running(before.running.revision, files_of(given.script), (*given.statements, *coming.drains))
        if wanted == before.running and _is_in_use(before) and (before.is_current or confirm is None):
            return self._again(writer, before, verdict, resolution)._replace(kept=kept)
        self._loader.driver(before.chosen).test(
            self._loader.backend(before.chosen).render(coming.site, before.chosen.options)
        )
        if given.caution is not None and given.caution(self.ahead(writer, before, coming)):
            return Outcome(verdict, is_held=True)
        pending = None
        if confirm is not None:
            previous = _previous(before, wanted)
            pending = self._confirmations.begin(writer, before, previous, act, confirm, given.probes)
        prepared = None
        try:
            prepared = self._loader.networker.begin(writer, resolution.site, before.chosen, strictly=True)
            after = writer.replace(wanted.files, act, wanted.statements)
        except (DriverError, StoreError):
            self._loader.networker.withdraw(writer, prepared)
            self._confirmations.withdraw(writer, pending)
            raise
        if pending is None:  # a change that could not be put back so far is no more: this one takes its place
            self._confirmations.withdraw(writer, self._confirmations.pending(writer))
        self._machine.audit(audit_lines(act, after.revision, ()))
        outcome = Outcome(
            verdict, after.revision, *self._loader.load(writer, before, after, resolution, prepared=prepared)
        )
        outcome = outcome._replace(kept=kept)
        if pending is None or confirm is None:
            return outcome
        if outcome.trouble and before.chosen.driver != NO_DRIVER:
            self._confirmations.put_back(writer, pending, act._replace(way=PUT_BACK))
            return outcome._replace(revision=0)
        return outcome._replace(waiting=self._confirmations.made(writer, pending, confirm))

    def ahead(self, reader: Reader, before: Before, coming: Coming) -> Ahead:
        """A script on its way, with all that tells what it would do."""
        loaded, chosen = before.loaded, before.chosen
        old = chosen if loaded is None else Choice.of_json(loaded.driver, loaded.options)
        moved = moved_addresses(recorded(reader, self._machine.boot()), coming.resolution.site, chosen)
        return Ahead(self._loader, reader, before, coming, old, moved)

    def coming(self, reader: Reader, before: Before, given: Wanted) -> Coming:
        """A script with the drains that outlive the one before, as it is judged. Changes nothing."""
        script, statements = given.script, given.statements
        resolution = Resolution(_with(script, statements))
        context = Context(resolution, *self._loader.rendering(before.chosen))
        verdict = verdict_of(resolution, 0, {one.identity for one in script.sources}, check_script(context))
        refused = (*verdict.refused, *verdict.missing, *findings_about(resolution, before.chosen, verdict.told))
        if refused:
            codes = {one.code for one in refused}
            told = tuple([one for one in verdict.told if one.code not in codes])
            return Coming(verdict._replace(refused=refused, missing=(), told=told), resolution, resolution.site)
        running = Resolution(self._loader.read(before.running))
        drains = kept_drains(running.site, before.running, resolution.site, self._machine.now())
        kept, ended = ((), drains) if given.resume_all else (drains, ())
        if kept:
            resolution = Resolution(_with(script, (*statements, *kept)))
        site = desired(resolution.site, down_of(reader.statuses()))
        return Coming(verdict, resolution, site, kept, tuple([one.text for one in ended]), running)

    def _again(self, writer: Writer, before: Before, verdict: Verdict, resolution: Resolution) -> Outcome:
        """Loads what is missing of the script that runs already."""
        down = down_of(writer.statuses()) & frozenset(servers_of(resolution.site.services))
        is_current = before.is_current and before.loaded is not None and before.loaded.down == down
        loading = self._loader.load(writer, before, before.running, resolution)
        is_change = not is_current or bool(loading.network.said) or any(one.is_ours for one in loading.drift)
        return Outcome(verdict, before.running.revision, *loading, is_change=is_change)


def _is_in_use(before: Before) -> bool:
    return before.loaded is not None and Choice.of_json(before.loaded.driver, before.loaded.options) == before.chosen


def _previous(before: Before, wanted: Running) -> int:
    """The revision to put back if a change is not confirmed: the running script, or, where that is the same but was
    never loaded, the one whose rules are."""
    loaded = before.loaded
    return before.running.revision if wanted != before.running or loaded is None else loaded.revision


def _with(script: Script, statements: Sequence[Statement]) -> Script:
    """A script with statements behind it."""
    return read_behind(script, Source.of(STATEMENTS, statements_text(statements))) if statements else script
