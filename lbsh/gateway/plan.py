"""What a change would do before it is made: in meaning, in rules, and to the connections that are open. Changes nothing.

What this user or this kernel does not tell is left out with its reason: a plan is right as far as it goes.
"""

from __future__ import annotations

from functools import cached_property
from typing import NamedTuple

from lbsh.drivers.choice import NO_DRIVER
from lbsh.drivers.protocol import Drift, DriverError, RefusedError
from lbsh.gateway.acceptance import Verdict
from lbsh.gateway.coming import Ahead, Coming
from lbsh.gateway.desired import gone
from lbsh.gateway.fates import Portion, Step, addresses_of, fates_of, uplink_names
from lbsh.gateway.loader import by_name
from lbsh.gateway.loading import NO_RULES, Rules, Verb, kept_in, loaded_site, rules_for, rules_in_use
from lbsh.gateway.machine import Choice
from lbsh.gateway.remembered import remembered
from lbsh.gateway.session import dangers_to
from lbsh.session import Session
from lbsh_lang.backends.base import Kept
from lbsh_lang.site.diff.changes import Change
from lbsh_lang.site.diff.sites import diff_scripts
from lbsh_lang.site.model import Site
from lbsh_lang.site.resolve import Resolution
from lbsh_lang.values import Address, Family


class Plan(NamedTuple):
    """What a change would do.

    `old` and `new` are the drivers with their options, `trouble` is why what should be loaded now is not, `drift` what
    others changed in the filter. `rules` are what would be loaded, `is_beside` tells that those of another driver are there.
    `loaded` and `planned` are the whole rules before and after, as lines, if they were asked for. `connections` is
    None if they cannot be counted. `remembered` says what becomes of clients of sticky services. `unknown` are reasons why
    parts of the plan are missing, `refusal` that of the filter. `lost` and `got` are addresses of the device that
    `--addresses` takes and gives. `dangers` are the reasons why it would cut the operator's `session`.
    """

    verdict: Verdict
    revision: int
    old: Choice
    new: Choice
    changes: tuple[Change, ...] = ()
    kept: tuple[str, ...] = ()
    ended: tuple[str, ...] = ()
    rules: Rules = NO_RULES
    is_beside: bool = False
    loaded: tuple[str, ...] = ()
    planned: tuple[str, ...] = ()
    trouble: str = ""
    drift: tuple[Drift, ...] = ()
    connections: tuple[Portion, ...] | None = None
    remembered: tuple[str, ...] = ()
    unknown: tuple[str, ...] = ()
    refusal: RefusedError | None = None
    lost: tuple[Address, ...] = ()
    got: tuple[Address, ...] = ()
    session: Session | None = None
    dangers: tuple[str, ...] = ()

    @property
    def verb(self) -> Verb:
        """How the filter would get its rules."""
        return self.rules.verb

    @property
    def is_refused(self) -> bool:
        """Whether the change would not be made, since the script has errors, or the filter refuses its rules."""
        return bool(self.verdict.refused or self.verdict.missing or self.refusal)

    @property
    def is_pending(self) -> bool:
        """Whether the change would change anything."""
        return bool(
            self.changes or self.ended or self.verb is not Verb.NOTHING or self.trouble or self.lost or self.got
        )


def plan_of(ahead: Ahead, session: Session | None = None) -> Plan:
    """The plan for a script on its way. A filter that cannot be asked leaves gaps in it, and raises nothing."""
    plan = _Planner(ahead).plan(ahead.coming)
    dangers = dangers_of(ahead, session) if session is not None and not plan.is_refused else ()
    return plan._replace(session=session, dangers=dangers)


def with_lines(ahead: Ahead, plan: Plan) -> Plan:
    """A plan with the whole rules before and after. They are long, and most plans are read without them."""
    return _Planner(ahead).with_lines(plan)


def dangers_of(ahead: Ahead, session: Session) -> tuple[str, ...]:
    """The reasons why a change would cut the operator's session."""
    return dangers_to(session, _Planner(ahead).step(ahead.coming.site))


def portions_of(ahead: Ahead) -> tuple[Portion, ...]:
    """The fates of open connections; none if all of them stay for certain, as no look at them is needed then.

    Raises `DriverError`.
    """
    planner = _Planner(ahead)
    return () if planner.is_quiet(ahead.coming.site) else planner.portions(ahead.coming.site)


class _Planner:
    """Works out the plan for a script that comes in place of what is loaded."""

    def __init__(self, ahead: Ahead) -> None:
        self._loader, self._reader, self._before, self._old = ahead.loader, ahead.reader, ahead.before, ahead.old
        self._coming = ahead.coming
        self._moved = ahead.moved

    def plan(self, coming: Coming) -> Plan:
        before, chosen = self._before, self._before.chosen
        plan = Plan(coming.verdict, before.running.revision, self._old, chosen)
        if plan.is_refused or not (coming.resolution.script.statements or before.running.revision):
            return plan
        changes = diff_scripts(self._running, coming.resolution)
        plan = plan._replace(
            changes=changes,
            kept=tuple([one.text for one in coming.drains]),
            ended=coming.ended,
            lost=tuple(sorted(self._moved.gone)),
            got=tuple(sorted(self._moved.new)),
            trouble=(before.loaded.trouble if before.loaded is not None else "")
            or self._loader.networker.trouble(self._reader),
        )
        plan = self._with_rules(plan, coming.site)
        return self._with_connections(plan, coming.site)

    @cached_property
    def _running(self) -> Resolution:
        return self._coming.running or Resolution(self._loader.read(self._before.running))

    @cached_property
    def _site_loaded(self) -> Site | None:
        """The site that is loaded, or was before the filter was in trouble; None if none was since the machine started."""
        before = self._before
        if before.is_current and before.loaded is not None:
            return loaded_site(self._running.site, before.loaded)
        return self._loader.site_before_trouble(self._reader, before)

    def _with_rules(self, plan: Plan, site: Site) -> Plan:
        """The plan with what would be loaded, what others changed, and whether the filter accepts it."""
        before, chosen, unknown = self._before, self._before.chosen, [*plan.unknown]
        backend, driver = self._loader.backend(chosen), self._loader.driver(chosen)
        old = self._site_loaded if before.is_current else None
        try:
            before, drift = self._loader.observed(before, old, driver)
        except DriverError as error:
            drift = ()
            unknown.append(f"whether others changed rules: {error}")
        kept = kept_in(before.loaded) if before.loaded is not None else None
        rules = rules_for(None if any(one.is_ours for one in drift) else old, site, kept, backend, chosen)
        refusal = None
        try:
            if rules.verb is not Verb.NOTHING:
                driver.test(backend.render(site, chosen.options))
        except RefusedError as error:
            refusal = error
        except DriverError as error:
            unknown.append(f"whether the filter accepts the rules: {error}")
        before_site = self._site_loaded
        gone_clients = remembered(before_site, site, rules.verb, chosen.driver) if before_site is not None else ()
        return plan._replace(
            rules=rules,
            is_beside=self._is_beside,
            remembered=gone_clients,
            drift=drift,
            unknown=tuple(unknown),
            refusal=refusal,
        )

    @property
    def _is_beside(self) -> bool:
        """Whether rules of another driver, or with other options, are loaded."""
        old, new = self._old, self._before.chosen
        is_other = (old.driver, old.options) != (new.driver, new.options)
        return is_other and self._site_loaded is not None and old.driver != NO_DRIVER

    def with_lines(self, plan: Plan) -> Plan:
        """A plan of this change with the whole rules before and after, as lines."""
        loaded, site = self._before.loaded, self._site_loaded
        before = self._lines(site, kept_in(loaded), self._old) if loaded is not None and site is not None else ()
        return plan._replace(loaded=before, planned=self._lines(self._coming.site, plan.rules.kept, plan.new))

    def _lines(self, site: Site, kept: Kept | None, chosen: Choice) -> tuple[str, ...]:
        if chosen.driver == NO_DRIVER:
            return ()
        whole = rules_in_use(site, kept, self._loader.backend(chosen), chosen)
        return tuple([line.text for line in whole.lines])

    def _with_connections(self, plan: Plan, site: Site) -> Plan:
        """The plan with the fates of open connections."""
        try:
            return plan._replace(connections=self.portions(site))
        except DriverError as error:
            return plan._replace(unknown=(*plan.unknown, f"what becomes of open connections: {error}"))

    def portions(self, site: Site) -> tuple[Portion, ...]:
        """The fates of open connections. Raises `DriverError`."""
        new, step = self._before.chosen, self.step(site)
        driver = self._loader.driver(self._old if new.driver == NO_DRIVER else new)
        states = driver.states(addresses_of((step.before, site)))
        return fates_of(states, step._replace(untranslated=self._untranslated(step)))

    def step(self, site: Site) -> Step:
        """The step from what is loaded."""
        old = self._site_loaded or Site()
        targets = gone(by_name(old.services), by_name(site.services))
        return Step(old, site, targets, self._old.options.marks, self._before.chosen.options.marks, self._moved.gone)

    def _untranslated(self, step: Step) -> frozenset[Family]:
        """The families in which nothing translates afterwards, though something does now. Raises `DriverError`."""
        new = self._before.chosen
        lost = translated(step.before) - (frozenset() if new.driver == NO_DRIVER else translated(step.after))
        return lost - self._loader.driver(self._old).translating_others(self._old.options) if lost else lost

    def is_quiet(self, site: Site) -> bool:
        """Whether no open connection can be cut or moved, which is seen without a look at them."""
        step = self.step(site)
        same = uplink_names(step.before, step.marks_before) == uplink_names(step.after, step.marks_after)
        loses = translated(step.before) - translated(site) or self._before.chosen.driver == NO_DRIVER
        return not (step.targets or step.leaving or loses) and same


def translated(site: Site) -> frozenset[Family]:
    """The families in which the rules of a site translate."""
    balanced = {service.address.family for service in site.services if service.pool is not None}
    return frozenset(balanced | {source.family for source in site.sources if site.nets_inside(source.family)})
