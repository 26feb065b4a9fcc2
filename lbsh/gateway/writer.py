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
from typing import NamedTuple, cast

from lbsh.drivers.protocol import Drift, Driver, DriverError, RefusedError
from lbsh.gateway.acceptance import Input, Verdict, judge, sift, verdict_of
from lbsh.gateway.desired import desired, down_of, gone, servers_of
from lbsh.gateway.machine import NO_DRIVER, Choice, Machine
from lbsh.gateway.running import STATEMENTS, files_of, read_running
from lbsh.store.protocol import Act, Loaded, Node, Running, Store, Writer
from lbsh.store.tree import tree_of
from lbsh_lang.backends.base import Artifact
from lbsh_lang.check import Rendering
from lbsh_lang.checks.context import Context
from lbsh_lang.checks.run import check_script
from lbsh_lang.site.model import Service, Site
from lbsh_lang.site.resolve import Resolution
from lbsh_lang.site.script import Script
from lbsh_lang.site.status import ServerId
from lbsh_lang.syntax.statement import AnyStated


class Outcome(NamedTuple):
    """What became of a change. `revision` is 0 if nothing was kept; `trouble` is why what should be loaded is not.

    `drift` is what others had changed in the filter, `forgotten` the number of connections that the kernel forgot, `kept`
    the statements that an applied file did not have and that stay.
    """

    verdict: Verdict
    revision: int = 0
    trouble: str = ""
    drift: tuple[Drift, ...] = ()
    forgotten: int = 0
    kept: tuple[str, ...] = ()


class _Loading(NamedTuple):
    trouble: str = ""
    drift: tuple[Drift, ...] = ()
    forgotten: int = 0


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

    def apply(self, script: Script, act: Act, choice: Choice | None = None, wait: float = 0.0) -> Outcome:
        """Replaces the running script by a script, if that has no error and the filter accepts its rules.

        Raises `DriverError` if the filter refuses the rules or cannot be asked; nothing is changed then.
        """
        with self._store.lock(act.way, wait) as writer:
            before = writer.running()
            chosen = choice or self._choice_of(writer.loaded())
            resolution = Resolution(script)
            context = Context(resolution, *self._rendering(chosen))
            verdict = verdict_of(resolution, 0, {one.identity for one in script.sources}, check_script(context))
            if verdict.refused or verdict.missing:
                return Outcome(verdict._replace(refused=(*verdict.refused, *verdict.missing), missing=()))
            drains = self._drains(before, script)
            if drains.new:
                resolution = drains.resolution
            site = desired(resolution.site, down_of(writer.statuses()))
            self._driver(chosen).test(self._artifact(site, chosen))
            kept = tuple([one.source.lines[one.line] for one in drains.lasting])
            after = writer.replace(files_of(script), act, kept)
            loading = self._load(writer, before, after, resolution, chosen)
            return Outcome(verdict, after.revision, *loading, kept=kept)

    def append(self, given: Input, act: Act, *, keep_going: bool = False, wait: float = 0.0) -> Outcome:
        """Appends statements to the running script, all or, with `keep_going`, those without an error."""
        with self._store.lock(act.way, wait) as writer:
            before = writer.running()
            chosen = self._choice_of(writer.loaded())
            script = read_running(before, self._machine.language)
            verdict = (sift if keep_going else judge)(script, given, self._rendering(chosen))
            lines = [one.source.lines[one.line].strip() for one in verdict.lasting]
            if verdict.refused or not lines:
                return Outcome(verdict)
            after = writer.append(lines, act)
            if verdict.missing:
                trouble = f"incomplete: {'; '.join([one.message for one in verdict.missing])}"
                self._note_trouble(writer, chosen, trouble)
                return Outcome(verdict, after.revision, trouble)
            return Outcome(verdict, after.revision, *self._load(writer, before, after, verdict.resolution, chosen))

    def settle(self, act: Act, wait: float = 0.0) -> Outcome:
        """Loads what should be loaded, if that is not what is: after trouble, drift, or a change of statuses."""
        with self._store.lock(act.way, wait) as writer:
            running = writer.running()
            chosen = self._choice_of(writer.loaded())
            script = read_running(running, self._machine.language)
            resolution = Resolution(script)
            verdict = verdict_of(resolution, len(script.statements), set(), check_script(Context(resolution)))
            if verdict.missing or verdict.refused:
                return Outcome(verdict, trouble=writer_trouble(writer))
            return Outcome(verdict, running.revision, *self._load(writer, running, running, resolution, chosen))

    # Judging

    def _rendering(self, chosen: Choice) -> Rendering:
        return Rendering(self._machine.backend(chosen.backend), chosen.options.target, (), chosen.options.name)

    def _choice_of(self, loaded: Loaded | None) -> Choice:
        return self._default if loaded is None else Choice.of_json(loaded.driver, loaded.options)

    def _drains(self, before: Running, script: Script) -> Verdict:
        """The statements of the old script that drain servers and that a new script does not have."""
        old = Resolution(read_running(before, self._machine.language))
        lines = dict.fromkeys(
            server.drain.origin.source.lines[server.drain.origin.line]
            for service in old.site.services
            for server in (service.pool.servers if service.pool is not None else ())
            if server.drain is not None and server.drain.origin.source.name == STATEMENTS
        )
        return sift(script, Input.of(STATEMENTS, lines))

    # Loading

    def _load(
        self, writer: Writer, before: Running, after: Running, resolution: Resolution, chosen: Choice
    ) -> _Loading:
        """Brings the filter in line with the running script, and notes what came of it."""
        loaded = writer.loaded()
        down = down_of(writer.statuses()) & frozenset(servers_of(resolution.site.services))
        site = desired(resolution.site, down)
        _write_tree(writer, site)
        old = self._old_site(before, after, loaded, resolution, chosen)
        driver = self._driver(chosen)
        try:
            drift = self._drift(loaded, old, chosen, driver)
            self._leave(loaded, chosen)
            current = None if any(one.is_ours for one in drift) else old
            notes = self._exchange_rules(driver, chosen, current, site, _notes_of(loaded))
        except DriverError as error:
            self._note_trouble(writer, chosen, str(error))
            return _Loading(str(error))
        trouble = "the driver `none` loads nothing" if chosen.driver == NO_DRIVER else ""
        kept = {"driver": notes, "time": self._machine.now(), "boot": self._machine.boot()}
        writer.note_loaded(Loaded(after.revision, down, chosen.driver, chosen.as_json(), kept, trouble))
        return _Loading(trouble, drift, self._forget(driver, old, site))

    def _exchange_rules(
        self, driver: Driver, chosen: Choice, old: Site | None, new: Site, notes: Mapping[str, object]
    ) -> Mapping[str, object]:
        """Loads the rules of a site in place of those of another, None if that is not known; the driver's new notes."""
        whole = self._artifact(new, chosen)
        if old is None:
            return driver.load(whole, chosen.options)
        change = self._machine.backend(chosen.backend).render_change(old, new, chosen.options)
        if change is None:
            same = _rules(whole) == _rules(self._artifact(old, chosen))
            return notes if same else driver.change(whole, chosen.options, notes)
        if not _rules(change):
            return notes
        try:
            return driver.change(change, chosen.options, notes)
        except RefusedError:
            return driver.load(whole, chosen.options)

    def _old_site(
        self, before: Running, after: Running, loaded: Loaded | None, resolution: Resolution, chosen: Choice
    ) -> Site | None:
        """The site whose rules are loaded, with the same driver and options, None if that is not the one before."""
        if loaded is None or loaded.trouble or loaded.revision != before.revision:
            return None
        if Choice.of_json(loaded.driver, loaded.options) != chosen or loaded.notes.get("boot") != self._machine.boot():
            return None
        if before is not after:
            resolution = Resolution(read_running(before, self._machine.language))
        return desired(resolution.site, loaded.down)

    def _drift(self, loaded: Loaded | None, old: Site | None, chosen: Choice, driver: Driver) -> tuple[Drift, ...]:
        """What others changed in the filter since rules were loaded."""
        if loaded is None or old is None or driver.unchanged(_notes_of(loaded)):
            return ()
        return driver.observe(self._artifact(old, chosen), chosen.options, _notes_of(loaded)).drift

    def _leave(self, loaded: Loaded | None, chosen: Choice) -> None:
        """Takes the rules of another driver, or of another name, out of the kernel."""
        if loaded is None or loaded.driver == NO_DRIVER or not loaded.revision:
            return
        was = Choice.of_json(loaded.driver, loaded.options)
        if (was.driver, was.options.name) != (chosen.driver, chosen.options.name):
            self._driver(was).unload(was.options)

    def _forget(self, driver: Driver, old: Site | None, site: Site) -> int:
        """Ends connections that must not go on. The rules are loaded by then: a failure is no trouble of theirs."""
        if old is None:
            return 0
        targets = gone(_by_name(old.services), _by_name(site.services))
        with suppress(DriverError):
            return driver.forget(targets) if targets else 0
        return 0

    def _note_trouble(self, writer: Writer, chosen: Choice, trouble: str) -> None:
        loaded = writer.loaded() or Loaded(0, frozenset(), chosen.driver, chosen.as_json(), {})
        writer.note_loaded(loaded._replace(trouble=trouble))

    def _driver(self, chosen: Choice) -> Driver:
        return self._machine.driver(chosen.driver)

    def _artifact(self, site: Site, chosen: Choice) -> Artifact:
        return self._machine.backend(chosen.backend).render(site, chosen.options)


def _write_tree(writer: Writer, site: Site) -> None:
    """Writes all definitions of a site to the tree, in place of those that are there."""
    root = tree_of(site)
    there = {name: Node({}, {}) for name in pools_of(writer.tree())}
    writer.write_tree({**there, **pools_of(root)}, root.attributes)


def pools_of(root: Node) -> Mapping[str, Node]:
    """The pools of a tree."""
    pools = (root.children or {}).get("pools")
    return (pools.children or {}) if pools is not None else {}


def _rules(artifact: Artifact) -> list[str]:
    """The lines of an artifact that are no comments."""
    return [line.text for line in artifact.lines if line.text and not line.text.lstrip().startswith("#")]


def _notes_of(loaded: Loaded | None) -> Mapping[str, object]:
    """The driver's own notes of what is loaded."""
    notes = loaded.notes.get("driver") if loaded is not None else None
    return cast("Mapping[str, object]", notes) if isinstance(notes, Mapping) else {}


def writer_trouble(writer: Writer) -> str:
    """Why what should be loaded is not, as it was noted last."""
    loaded = writer.loaded()
    return loaded.trouble if loaded is not None else ""


def pools_touched(resolution: Resolution, stated: AnyStated) -> tuple[str, ...]:
    """The pools in which a statement about servers in all pools has found some."""
    return tuple(
        name
        for name, history in resolution.pools.items()
        if any(effect.found for effect in history.effects.get(stated.rank, {}).values())
    )


def drained_by(site: Site, statements: Sequence[AnyStated]) -> tuple[ServerId, ...]:
    """The servers of a site that statements have drained."""
    ranks = {stated.rank for stated in statements}
    return tuple(
        ServerId(service.pool.name, service.name, *server.identity)
        for service in site.services
        for server in (service.pool.servers if service.pool is not None else ())
        if service.pool is not None and server.drain is not None and server.drain.origin.rank in ranks
    )


def _by_name(services: Sequence[Service]) -> dict[str, Service]:
    return {service.name: service for service in services}
