"""The probe by which a service is probed: the one that the script states, or the default."""

from __future__ import annotations

from dataclasses import fields

from lbsh_lang.site.model import Probe, Service
from lbsh_lang.syntax import methods
from lbsh_lang.syntax.nodes import ProbeStatement, ServiceStatement
from lbsh_lang.syntax.statement import Stated
from lbsh_lang.values import Protocol

_DEFAULT_METHOD = "tcp"


def effective_probe(service: Service) -> Probe | None:
    """The probe of a service: the stated one, or else the default, which only tcp can have. None if it is not probed."""
    if service.probe is not None or Protocol.TCP not in service.protocols:
        return service.probe
    return default_probe(service.origin)


def is_same(one: Probe | None, other: Probe | None) -> bool:
    """Whether two probes ask the same, wherever the script says so."""
    if one is None or other is None:
        return one is other
    names = (field.name for field in fields(Probe) if field.name != "origin")
    return all(getattr(one, name) == getattr(other, name) for name in names)


def default_probe(origin: Stated[ProbeStatement | ServiceStatement]) -> Probe:
    """The probe of a service without a probe statement; `origin` is the statement of the service."""
    return Probe(
        method=_DEFAULT_METHOD,
        argument=None,
        options=(),
        port=None,
        every=methods.DEFAULT_EVERY,
        timeout=methods.DEFAULT_TIMEOUT,
        rise=methods.DEFAULT_RISE,
        fall=methods.DEFAULT_FALL,
        origin=origin,
    )
