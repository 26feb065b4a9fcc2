"""The trace of a packet through a script, for an editor's view beside the script."""

from __future__ import annotations

from dataclasses import replace
from typing import NamedTuple

from lbsh_lang.analysis.emission import fault_of
from lbsh_lang.analysis.live.snapshots import ScriptSnapshot
from lbsh_lang.check import check_resolved
from lbsh_lang.packets import Refused, parse_interface, parse_packet, protocol_of, refuse_entry, refuse_source
from lbsh_lang.renderings.trace.text import render_trace
from lbsh_lang.site.model import Site
from lbsh_lang.site.places import Places
from lbsh_lang.site.trace.tracer import trace_packet
from lbsh_lang.site.trace.values import Trace
from lbsh_lang.values import Protocol


class Traced(NamedTuple):
    """The trace of a packet as text; or the reason why there is none.

    `interfaces` are those by which the packet may come in, if the trace depends on which of them it is.
    """

    text: str | None
    fault: str | None
    interfaces: tuple[str, ...] = ()


def trace(script: ScriptSnapshot, proto: str, start: str, end: str, arrives_by: str | None = None) -> Traced:
    """The output of `lbsh trace` for a script. Without `arrives_by`, an interface, the source tells the side."""
    protocol = protocol_of(proto)
    if protocol is None:
        known = " or ".join(f"`{one.value}`" for one in Protocol)
        return Traced(None, f"`{proto}` is no protocol of a packet; that is {known}")
    packet = parse_packet(start.strip(), end.strip(), protocol)
    if isinstance(packet, Refused):
        return _refused(packet, start, end)
    interface = parse_interface(arrives_by.strip()) if arrives_by else None
    if isinstance(interface, Refused):
        return _refused(interface, start, end, arrives_by)
    resolution = script.resolve()
    fault = fault_of(check_resolved(resolution))
    if fault is not None:
        return Traced(None, fault)
    site = resolution.site
    nets = (*site.internal_nets, *site.external_nets)
    refused = refuse_source(packet, nets) or refuse_entry(packet, site, interface)
    if refused is not None:
        return _refused(refused, start, end, arrives_by)
    found = trace_packet(site, packet, arrives_by=interface)
    return Traced(render_trace(found, Places(resolution)), None, _in_doubt(site, found))


def _in_doubt(site: Site, found: Trace) -> tuple[str, ...]:
    """The interfaces by which a packet may come in, none if the trace is the same for all of them."""
    if found.entry.stated is not None:
        return ()
    names = tuple(interface.name for interface in found.entry.interfaces)
    each = [replace(trace_packet(site, found.packet, arrives_by=name), entry=found.entry) for name in names]
    return names if any(one != each[0] for one in each) else ()


def _refused(refused: Refused, start: str, end: str, arrives_by: str | None = None) -> Traced:
    parts = {"from": f"from {start.strip()}: ", "to": f"to {end.strip()}: ", "in": f"in {arrives_by}: ", None: ""}
    return Traced(None, parts[refused.end] + refused.reason)
