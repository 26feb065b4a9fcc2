"""Runs the checks: over all entities of a script, or over the one that a key names."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from itertools import islice
from typing import TypeVar, assert_never

from lbsh_lang.checks import faults
from lbsh_lang.checks.allowances import Allowance, apply_allowances, find_allowances
from lbsh_lang.checks.base import Check
from lbsh_lang.checks.catalog import ALL_CHECKS
from lbsh_lang.checks.context import Context
from lbsh_lang.checks.keys import (
    BACKEND,
    DEVICE,
    AddressKey,
    BackendKey,
    DeviceKey,
    EverywhereKey,
    Key,
    LineKey,
    PoolKey,
    ServiceKey,
    ShellKey,
)
from lbsh_lang.checks.scopes import Checks
from lbsh_lang.checks.views import NO_CONTEXT, FaultContext
from lbsh_lang.codes import Code
from lbsh_lang.diagnostics import Diagnostic
from lbsh_lang.site.faults import FindingsEnded
from lbsh_lang.site.model import Site
from lbsh_lang.site.script import AnyFound, Found
from lbsh_lang.source import Position
from lbsh_lang.syntax.nodes import Token
from lbsh_lang.syntax.statement import Stated

MOST_FINDINGS = 125_000
"""The most findings about a script; a further one says so at the place of the next. A script of some megabytes can have a
fault at each of its words, and a finding takes far more memory than a word. Faults of lines end earlier (`MOST_FAULTS`)."""

Subject = TypeVar("Subject")
OwnContext = TypeVar("OwnContext")


def check_script(context: Context, checks: Checks = ALL_CHECKS) -> tuple[Diagnostic, ...]:
    """All findings about a script, in the order of its sources and lines."""
    found = _first(one for key in keys_of(context) for one in find(key, context, checks))
    ended = len(found) > MOST_FINDINGS
    if ended:
        found += check_faults([_end_of(found.pop())], context.contexts.fault)
    sources = context.resolution.script.sources
    order = {source.name: rank for rank, source in reversed(list(enumerate(sources)))}
    allowances = [one for source in sources for one in find_allowances(source)]
    sifted = sift(found, allowances, context, checks)
    if ended:  # what was left out may be what a comment allows
        sifted = [one for one in sifted if one.code != Code.LB702]
    context.forget_contexts()
    return tuple(sorted(sifted, key=lambda one: (order[one.span.source.name], *place_of(one))))


def _first(found: Iterator[Diagnostic]) -> list[Diagnostic]:
    """The findings up to the bound, and one more if there are more."""
    return list(islice(found, MOST_FINDINGS + 1))


def _end_of(more: Diagnostic) -> AnyFound:
    """The fault at the first finding that is left out."""
    at = Stated(0, more.span.source, more.span.start.line, None)
    return Found(at, FindingsEnded(Token("", 0, None), MOST_FINDINGS))


def sift(
    found: list[Diagnostic], allowances: list[Allowance], context: Context, checks: Checks = ALL_CHECKS
) -> list[Diagnostic]:
    """The findings without the doubtful and the allowed ones, and the findings about allowances."""
    if context.unread_files:
        found = [one for one in found if one.code not in checks.of_absence]
    return apply_allowances(found, allowances, context)


def place_of(found: Diagnostic) -> tuple[Position, str, Position, str]:
    """The sort key of findings of one source."""
    return found.span.start, found.code, found.span.end, found.message


def keys_of(context: Context) -> Iterator[Key]:
    """All entities of a script that may have findings."""
    resolution = context.resolution
    yield from context.faulty_lines()
    yield from map(ServiceKey, resolution.services)
    yield from map(PoolKey, resolution.pools)
    yield from map(AddressKey, context.shared_addresses())
    yield from (EverywhereKey(stated.rank) for stated in resolution.facts.everywhere.statements)
    yield from (ShellKey(command.rank) for command in resolution.facts.shell)
    yield DEVICE
    yield BACKEND


def find(key: Key, context: Context, checks: Checks = ALL_CHECKS) -> list[Diagnostic]:
    """The findings about an entity, none if it does not exist."""
    resolution, contexts = context.resolution, context.contexts
    match key:
        case ServiceKey():
            services = resolution.services.get(key.name)
            if services is None:
                return []
            found = _find(services.found, contexts.fault, services.current, contexts.service, checks.service)
            if contexts.machine.missing:
                found += _find((), contexts.fault, services.current, contexts.machine, checks.machine)
            return found
        case PoolKey():
            pools = resolution.pools.get(key.name)
            if pools is None:
                return []
            return _find(pools.found, contexts.fault, pools.current, contexts.pool, checks.pool)
        case LineKey():
            return check_faults(context.noted(key), contexts.fault)
        case AddressKey():
            lives = context.services_at(key.address)
            return _find((), contexts.fault, lives if len(lives) > 1 else None, NO_CONTEXT, checks.address)
        case ShellKey():
            return _find((), contexts.fault, context.shell_command(key.rank), NO_CONTEXT, checks.statement)
        case EverywhereKey():
            return check_faults(context.without_effect(key.rank), contexts.fault)
        case DeviceKey():
            device = resolution.device
            return _find(device.found, contexts.fault, device, contexts.device, checks.device)
        case BackendKey():
            return find_limits(resolution.site, context, checks) if contexts.backend is not None else []
        case _:
            assert_never(key)


def find_limits(site: Site, context: Context, checks: Checks = ALL_CHECKS) -> list[Diagnostic]:
    """What the backend of a context cannot express of a site, which may be a part of that of the script."""
    contexts = context.contexts
    return _find((), contexts.fault, site, contexts.backend, checks.backend) if contexts.backend is not None else []


def _find(
    noted: Sequence[AnyFound],
    of_faults: FaultContext,
    subject: Subject | None,
    context: OwnContext,
    checks: tuple[Check[Subject, OwnContext], ...],
) -> list[Diagnostic]:
    """The faults noted about an entity, and the findings of its checks."""
    if len(noted) > MOST_FINDINGS:
        noted = noted[: MOST_FINDINGS + 1]
    if subject is None:
        return check_faults(noted, of_faults)
    found = [check.report(finding) for check in checks for finding in check.run(subject, context)]
    return check_faults(noted, of_faults) + found if noted else found


def check_faults(noted: Iterable[AnyFound], context: FaultContext) -> list[Diagnostic]:
    """The findings of faults that parsing or resolving noted."""
    return [one for found in noted for one in faults.find(found, context)]
