"""Runs the checks: over all entities of a script, or over the one that a key names."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
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
from lbsh_lang.diagnostics import Diagnostic
from lbsh_lang.site.script import AnyFound
from lbsh_lang.source import Position

Subject = TypeVar("Subject")
OwnContext = TypeVar("OwnContext")


def check_script(context: Context, checks: Checks = ALL_CHECKS) -> tuple[Diagnostic, ...]:
    """All findings about a script, in the order of its sources and lines."""
    found = [one for key in keys_of(context) for one in find(key, context, checks)]
    sources = context.resolution.script.sources
    order = {source.name: rank for rank, source in reversed(list(enumerate(sources)))}
    allowances = [one for source in sources for one in find_allowances(source)]
    sifted = sift(found, allowances, context, checks)
    return tuple(sorted(sifted, key=lambda one: (order[one.span.source.name], *place_of(one))))


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
            return _find(services.found, contexts.fault, services.current, contexts.service, checks.service)
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
            backend = contexts.backend
            return _find((), contexts.fault, resolution.site, backend, checks.backend) if backend is not None else []
        case _:
            assert_never(key)


def _find(
    noted: Sequence[AnyFound],
    of_faults: FaultContext,
    subject: Subject | None,
    context: OwnContext,
    checks: tuple[Check[Subject, OwnContext], ...],
) -> list[Diagnostic]:
    """The faults noted about an entity, and the findings of its checks."""
    if subject is None:
        return check_faults(noted, of_faults)
    found = [check.report(finding) for check in checks for finding in check.run(subject, context)]
    return check_faults(noted, of_faults) + found if noted else found


def check_faults(noted: Iterable[AnyFound], context: FaultContext) -> list[Diagnostic]:
    """The findings of faults that parsing or resolving noted."""
    return [one for found in noted for one in faults.find(found, context)]
