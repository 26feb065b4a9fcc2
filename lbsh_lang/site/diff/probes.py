"""What changes in how the servers of a service are probed; a service without a probe statement counts with its default."""

from __future__ import annotations

from collections.abc import Iterator

from lbsh_lang.site.diff.changes import Change, Kind, Option, Time
from lbsh_lang.site.model import Probe, Service, Stated
from lbsh_lang.syntax import methods
from lbsh_lang.values import Protocol

_DEFAULT_METHOD = "tcp"


def diff_probes(old: Service, new: Service) -> Iterator[Change]:
    """The changes between the probes of a service."""
    if old.probe is None and new.probe is None and old.protocols == new.protocols:
        return
    before, after = effective_probe(old), effective_probe(new)
    origins = _origins(old), _origins(new)
    if before is None or after is None or before.method != after.method:
        if before is not after:
            yield Change(Kind.PROBE, new.name, before, after, (), (), *origins)
        if before is None or after is None:
            return
    elif before.argument != after.argument:
        yield Change(Kind.PROBE_COMMAND, new.name, before.argument, after.argument, (), (), *origins)
    else:
        yield from _diff_options(new.name, before, after, origins)
    yield from _diff_times(new.name, before, after, origins)


def effective_probe(service: Service) -> Probe | None:
    """How a service is probed, None if it is not: without a statement by tcp, or if it is for udp alone not at all."""
    if service.probe is not None or Protocol.TCP not in service.protocols:
        return service.probe
    return default_probe(service.origin)


def default_probe(origin: Stated) -> Probe:
    """What counts where no statement says how to probe, said of the statement that leaves it open."""
    times = methods.DEFAULT_EVERY, methods.DEFAULT_TIMEOUT, methods.DEFAULT_RISE, methods.DEFAULT_FALL
    return Probe(_DEFAULT_METHOD, None, (), *times, origin)


def _origins(service: Service) -> tuple[Stated, ...]:
    return (service.probe.origin,) if service.probe is not None else ()


def _diff_options(
    name: str, before: Probe, after: Probe, origins: tuple[tuple[Stated, ...], tuple[Stated, ...]]
) -> Iterator[Change]:
    """The options that one method is given."""
    old, new = dict(before.options), dict(after.options)
    for option in [*new, *(option for option in old if option not in new)]:
        was, is_now = (
            Option(after.method, option, options[option]) if option in options else None for options in (old, new)
        )
        if was != is_now:
            yield Change(Kind.PROBE_OPTION, name, was, is_now, (), (), *origins)


def _diff_times(
    name: str, before: Probe, after: Probe, origins: tuple[tuple[Stated, ...], tuple[Stated, ...]]
) -> Iterator[Change]:
    """How often, how long, how many in a row."""
    if before.every != after.every:
        yield Change(Kind.PROBE_EVERY, name, Time(before.every), Time(after.every), (), (), *origins)
    if before.timeout != after.timeout:
        yield Change(Kind.PROBE_TIMEOUT, name, Time(before.timeout), Time(after.timeout), (), (), *origins)
    if before.rise != after.rise:
        yield Change(Kind.PROBE_RISE, name, before.rise, after.rise, (), (), *origins)
    if before.fall != after.fall:
        yield Change(Kind.PROBE_FALL, name, before.fall, after.fall, (), (), *origins)
