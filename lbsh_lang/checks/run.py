"""Runs the checks: over all entities of a script, or over the one that a key names."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
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
    Key,
    LineKey,
    PoolKey,
    ServiceKey,
    ShellKey,
)
from lbsh_lang.checks.scopes import Checks
from lbsh_lang.checks.views import NO_CONTEXT, FaultContext
from lbsh_lang.diagnostics import Diagnostic
from lbsh_lang.site.pools import PoolHistory
from lbsh_lang.site.script import AnyFound
from lbsh_lang.site.services import ServiceHistory
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
    """The findings less those that are doubtful or allowed, and what is to be said of allowances."""
    if context.unread_files:
        found = [one for one in found if one.code not in checks.of_absence]
    return apply_allowances(found, allowances, context)


def place_of(found: Diagnostic) -> tuple[Position, str, Position, str]:
    """What findings of one source are sorted by."""
    return found.span.start, found.code, found.span.end, found.message


def keys_of(context: Context) -> Iterator[Key]:
    """All entities of a script that there may be something to say of."""
    resolution = context.resolution
    yield from context.faulty_lines()
    yield from map(ServiceKey, resolution.services)
    yield from map(PoolKey, resolution.pools)
    yield from map(AddressKey, context.shared_addresses())
    yield from (ShellKey(command.rank) for command in resolution.facts.shell)
    yield DEVICE
    yield BACKEND


def find(key: Key, context: Context, checks: Checks = ALL_CHECKS) -> list[Diagnostic]:
    """The findings about an entity, none if it is not there."""
    match key:
        case ServiceKey(name=name):
            services = context.resolution.services.get(name)
            return _of_service(services, context, checks) if services is not None else []
        case PoolKey(name=name):
            pools = context.resolution.pools.get(name)
            return _of_pool(pools, context, checks) if pools is not None else []
        case LineKey():
            return check_faults(context.noted(key), context.contexts.fault)
        case AddressKey(address=address):
            lives = context.services_at(address)
            return _run(checks.address, lives, NO_CONTEXT) if len(lives) > 1 else []
        case ShellKey(rank=rank):
            command = context.shell_command(rank)
            return _run(checks.statement, command, NO_CONTEXT) if command is not None else []
        case DeviceKey():
            return _of_device(context, checks)
        case BackendKey():
            backend = context.contexts.backend
            return _run(checks.backend, context.resolution.site, backend) if backend is not None else []
        case _:
            assert_never(key)


def check_faults(noted: Iterable[AnyFound], context: FaultContext) -> list[Diagnostic]:
    """Faults that parsing or resolving noted, put into words."""
    return [one for found in noted for one in faults.find(found, context)]


def _of_service(history: ServiceHistory, context: Context, checks: Checks) -> list[Diagnostic]:
    contexts, life = context.contexts, history.current
    found = check_faults(history.found, contexts.fault) if history.found else []
    return found if life is None else found + _run(checks.service, life, contexts.service)


def _of_pool(history: PoolHistory, context: Context, checks: Checks) -> list[Diagnostic]:
    contexts, life = context.contexts, history.current
    found = check_faults(history.found, contexts.fault) if history.found else []
    return found if life is None else found + _run(checks.pool, life, contexts.pool)


def _of_device(context: Context, checks: Checks) -> list[Diagnostic]:
    contexts, device = context.contexts, context.resolution.device
    return check_faults(device.found, contexts.fault) + _run(checks.device, device, contexts.device)


def _run(checks: tuple[Check[Subject, OwnContext], ...], subject: Subject, context: OwnContext) -> list[Diagnostic]:
    return [check.report(finding) for check in checks for finding in check.run(subject, context)]
