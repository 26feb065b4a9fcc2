"""The options of a service in a trace: each as a key of its JSON rendering, and its effect on a packet.

Both follow from the rows of `lbsh_lang.site.diff.fields`. A test goes through the fields of the model and finds those that
no trace shows.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from lbsh_lang.renderings.changes.parts import plain_text
from lbsh_lang.renderings.value_text import listed
from lbsh_lang.site.diff.fields import SERVICE_SETTINGS, SERVICE_SWITCHES, STICKY
from lbsh_lang.site.diff.plain import Plain, Time
from lbsh_lang.site.model import Service
from lbsh_lang.site.trace.values import Standing, Trace


class TracedOption(NamedTuple):
    """An option by its keyword, its value in JSON, and its effect in words, None if the service does not have it."""

    word: str
    value: int | str | None
    effect: str | None


def options_of(trace: Trace, service: Service) -> Iterator[TracedOption]:
    """The options of a packet's service that matter to the packet."""
    for field in SERVICE_SETTINGS:
        value = field.value(service)
        if field.traced is not None:
            effect = None if value is None else _effect(field.traced, trace, service, plain_text(value))
            more = _moved(trace) if field is STICKY and effect else ""
            yield TracedOption(field.key, _json(value), effect and effect + more)
    for switch in SERVICE_SWITCHES:
        if switch.traced is not None:
            is_on = switch.is_on(service)
            yield TracedOption(switch.key, is_on, _effect(switch.traced, trace, service) if is_on else None)


def _effect(traced: str, trace: Trace, service: Service, value: str = "") -> str:
    return traced.format(client=trace.packet.source, service=service.name, value=value)


def _json(value: Plain | None) -> int | str | None:
    """A value in JSON; times are in seconds here."""
    if isinstance(value, Time):
        return value.milliseconds // 1000
    return value if value is None or isinstance(value, int) else plain_text(value)


def _moved(trace: Trace) -> str:
    """The phrase for the clients that stay with another server."""
    away = [one.server for one in trace.candidates if one.standing in (Standing.DOWN, Standing.DRAINED)]
    kept = [str(one.address) for one in trace.keeping]
    gone = [str(one.address) for one in away if one not in trace.keeping]
    moves = f" So do the clients of {listed(gone)} now." if gone else ""
    return f"{moves} Those of {listed(kept)} stay there (`keep clients`)." if kept else moves
