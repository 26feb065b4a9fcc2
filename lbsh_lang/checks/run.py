"""Runs the checks: over all entities of a script, or over those that one names."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from lbsh_lang.checks import catalog, faults
from lbsh_lang.checks.allowances import Allowance, apply_allowances, find_allowances
from lbsh_lang.checks.base import Check, Context, Over
from lbsh_lang.codes import Code
from lbsh_lang.diagnostics import Diagnostic
from lbsh_lang.site.faults import code_of
from lbsh_lang.site.pools import PoolLife
from lbsh_lang.site.script import AnyFound
from lbsh_lang.site.services import ServiceLife
from lbsh_lang.source import Position
from lbsh_lang.syntax.nodes import ShellCommand, Stated


def check_script(context: Context) -> tuple[Diagnostic, ...]:
    """All findings about a script, in the order of its sources and lines."""
    resolution = context.resolution
    found = list(check_faults(resolution.script.faults, context))
    for services in resolution.services.values():
        if services.found:
            found += check_faults(services.found, context)
    for pools in resolution.pools.values():
        if pools.found:
            found += check_faults(pools.found, context)
    found += check_device(context)
    for service in resolution.current_services():
        found += check_service(service, context)
    for lives in _by_address(resolution.current_services()):
        found += check_address(lives, context)
    for pool in resolution.current_pools():
        found += check_pool(pool, context)
    for stated in resolution.facts.shell:
        found += check_statement(stated, context)
    if context.backend is not None:
        found += check_backend(context)
    sources = resolution.script.sources
    order = {source.name: rank for rank, source in reversed(list(enumerate(sources)))}
    allowances = [one for source in sources for one in find_allowances(source)]
    return tuple(
        sorted(sift(found, allowances, context), key=lambda one: (order[one.span.source.name], *place_of(one)))
    )


def sift(found: list[Diagnostic], allowances: list[Allowance], context: Context) -> list[Diagnostic]:
    """The findings less those that nobody should be told of, and what is to be said of allowances."""
    if context.unread_files:
        found = [one for one in found if one.code not in _OF_ABSENCE]
    return apply_allowances(found, allowances, context)


def place_of(found: Diagnostic) -> tuple[Position, str, Position, str]:
    """What findings of one source are sorted by."""
    return found.span.start, found.code, found.span.end, found.message


_OF_ABSENCE = {Code.LB306, Code.LB307, Code.LB311, Code.LB312, Code.LB316, Code.LB501, Code.LB601, Code.LB602}
"""Findings that something is not there: where a file cannot be included, it may well be in that file."""


def check_faults(noted: Iterable[AnyFound], context: Context) -> Iterator[Diagnostic]:
    """Faults that parsing or resolving noted, put into words by the checks of their codes."""
    for found in noted:
        check = _FAULT[code_of(found.fault)]
        for finding in faults.find(found, context):
            yield check.report(finding)


def check_device(context: Context) -> Iterator[Diagnostic]:
    yield from check_faults(context.device.found, context)
    yield from _all(_DEVICE, context.device, context)


def check_service(life: ServiceLife, context: Context) -> list[Diagnostic]:
    return _all(_SERVICE, life, context)


def check_address(lives: list[ServiceLife], context: Context) -> list[Diagnostic]:
    return _all(_ADDRESS, lives, context)


def check_pool(life: PoolLife, context: Context) -> list[Diagnostic]:
    return _all(_POOL, life, context)


def check_statement(stated: Stated[ShellCommand], context: Context) -> list[Diagnostic]:
    return _all(_STATEMENT, stated, context)


def check_backend(context: Context) -> list[Diagnostic]:
    """What the context's backend cannot do with the site."""
    return _all(_BACKEND, context.resolution.site, context)


def _all(checks: tuple[Check, ...], subject: object, context: Context) -> list[Diagnostic]:
    return [check.report(finding) for check in checks for finding in check.run(subject, context)]


def _by_address(lives: list[ServiceLife]) -> Iterator[list[ServiceLife]]:
    """Groups of two and more services of one address."""
    groups: dict[object, list[ServiceLife]] = {}
    for life in lives:
        if life.node.address is not None and life.node.address.value is not None:
            groups.setdefault(life.node.address.value, []).append(life)
    return (group for group in groups.values() if len(group) > 1)


_FAULT = {check.code: check for check in catalog.over(Over.FAULT)}
_DEVICE = catalog.over(Over.DEVICE)
_SERVICE = catalog.over(Over.SERVICE)
_ADDRESS = catalog.over(Over.ADDRESS)
_POOL = catalog.over(Over.POOL)
_STATEMENT = catalog.over(Over.STATEMENT)
_BACKEND = catalog.over(Over.BACKEND)
