"""The trace of a packet through a script, for an editor's view beside the script."""

from __future__ import annotations

from typing import NamedTuple

from lbsh_lang.analysis.emission import fault_of
from lbsh_lang.analysis.live.snapshots import ScriptSnapshot
from lbsh_lang.check import check_resolved
from lbsh_lang.packets import Refused, parse_packet, protocol_of, refuse_source
from lbsh_lang.renderings.trace.text import render_trace
from lbsh_lang.site.places import Places
from lbsh_lang.site.trace import trace_packet
from lbsh_lang.values import Protocol


class Traced(NamedTuple):
    """The trace of a packet as text; or the reason why there is none."""

    text: str | None
    fault: str | None


def trace(script: ScriptSnapshot, proto: str, start: str, end: str) -> Traced:
    """The output of `lbsh trace` for a script."""
    protocol = protocol_of(proto)
    if protocol is None:
        known = " or ".join(f"`{one.value}`" for one in Protocol)
        return Traced(None, f"`{proto}` is no protocol of a packet; that is {known}")
    packet = parse_packet(start.strip(), end.strip(), protocol)
    if isinstance(packet, Refused):
        return _refused(packet, start, end)
    resolution = script.resolve()
    fault = fault_of(check_resolved(resolution))
    if fault is not None:
        return Traced(None, fault)
    site = resolution.site
    refused = refuse_source(packet, (*site.internal_nets, *site.external_nets))
    if refused is not None:
        return _refused(refused, start, end)
    return Traced(render_trace(trace_packet(site, packet), Places(resolution)), None)


def _refused(refused: Refused, start: str, end: str) -> Traced:
    part = {"from": f"from {start.strip()}: ", "to": f"to {end.strip()}: ", None: ""}[refused.end]
    return Traced(None, part + refused.reason)
