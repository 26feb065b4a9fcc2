"""Differences in the probes of a service.

A service without a probe statement is compared as if it stated the default (`probing`): writing the default down
changes nothing. Probes of different methods have no options in common; for one method, options are compared by name.
"""

from __future__ import annotations

from collections.abc import Iterator

from lbsh_lang.site.diff.changes import Change, ProbeCommand, ProbeOption, Probing, What
from lbsh_lang.site.diff.compare import diff_settings, diff_switches, diff_values
from lbsh_lang.site.diff.fields import PROBE_SETTINGS, PROBE_SWITCHES, PROBE_VALUES
from lbsh_lang.site.model import Origin, Probe, Service
from lbsh_lang.site.probing import effective_probe


def diff_probes(old: Service, new: Service) -> Iterator[Change]:
    """The changes between the probes of a service."""
    if old.probe is None and new.probe is None and old.protocols == new.protocols:
        return
    for what in _diff(effective_probe(old), effective_probe(new)):
        # Where the default probe comes or goes with a protocol, the statements of the services say so.
        appears = isinstance(what, Probing) and None in (what.old, what.new)
        yield Change(what, new.name, _origins(old, appears), _origins(new, appears))


def _diff(old: Probe | None, new: Probe | None) -> Iterator[What]:
    if old is None or new is None:
        if old is not new:
            yield Probing(old, new)
        return
    if old.method != new.method:
        yield Probing(old, new)
    elif old.argument != new.argument:
        yield ProbeCommand(old.argument, new.argument)
    else:
        yield from _diff_options(old, new)
    yield from diff_settings(PROBE_SETTINGS, old, new)
    yield from diff_values(PROBE_VALUES, old, new)
    yield from diff_switches(PROBE_SWITCHES, old, new)


def _origins(service: Service, by_service: bool) -> tuple[Origin, ...]:
    if service.probe is not None:
        return (service.probe.origin,)
    return (service.origin,) if by_service and effective_probe(service) is not None else ()


def _diff_options(old: Probe, new: Probe) -> Iterator[What]:
    """The options of two probes by the same method."""
    before, after = dict(old.options), dict(new.options)
    for name in dict.fromkeys([*after, *before]):
        was, is_now = before.get(name), after.get(name)
        if was != is_now:
            yield ProbeOption(new.method, name, was, is_now)
