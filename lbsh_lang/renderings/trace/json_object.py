"""A trace for programs: one JSON object with stable keys and words.

    {
      "version": 1,
      "packet": {"protocol": "tcp", "source": IP, "source_port": PORT or null, "destination": IP, "port": PORT},
      "down": [IP...],                 servers that count as down
      "summary": TEXT,                 the first line of the text for people
      "from": {"side": "outside", "inside", "device" or "elsewhere" (an interface that the script does not name),
               "interface": NAME or null, "net": CIDR or null,
               "interfaces": [NAME...],    those by which it may come in; "interface" is the only one
               "stated": BOOLEAN},         whether the interface was given; if not, the source tells the side
      "outcome": "balanced"            it goes to one of the servers below
                 "nobody"              it is for a service that no server serves
                 "device"              it ends at the device itself
                 "forwarded"           it is routed on to its destination
                 "aside",              it does not pass the device
      "reason": why it is not balanced, null if it is: "own" (of the device itself), "no-service", "other-port",
                "other-interface", "not-reflected", "other-clients", "no-pool", "empty-pool" or "none-up",
      "service": {"name": NAME, "sticky": SECONDS or null, "place": PLACE} or null,
                                       with a key for each option that matters, null without it; times are in seconds
      "pool": {"name": NAME, "algorithm": WORD, "place": PLACE} or null,
      "servers": [                     those of the pool, if the pool decides on the packet
        {"address": IP, "standing": "serves", "waits", "drained" or "down", "source": IP (the one that it sees; null
         for the address of the interface by which the packet leaves),
         "port": PORT, "share": 0 to 1 or null where it is not fixed, "weight": N, "backup": BOOLEAN,
         "drain": {"keep_clients": BOOLEAN, "time": SECONDS or null, "reason": TEXT or null} or null,
         "down_by_hand": {"reason": TEXT or null} or null, "place": PLACE}...
      ],
      "seen": {                        the packet as its receiver sees it, null if it reaches none
        "source": IP (null if it depends on the server, or is the address of an interface),
        "translated": BOOLEAN (whether it is not the packet's own),
        "port": PORT (null if it depends on the server)
      },
      "leaves": NAME or null,          the interface by which it goes on, null also where the script names none or several
      "leaves_by": [NAME...],          the interfaces on that side: it goes on by one of them
      "near": [{"name": NAME, "address": IP, "place": PLACE}...],   services that were probably meant
      "steps": [{"about": WORD, "text": TEXT, "places": [PLACE...]}...]
    }

PLACE is {"file": NAME, "line": from 1, "text": the statement}. Further keys may be added; the present ones never change.
"""

from __future__ import annotations

from lbsh_lang.renderings.json_text import render_value
from lbsh_lang.renderings.trace.options import options_of
from lbsh_lang.renderings.trace.sources import seen_as
from lbsh_lang.renderings.trace.steps import Step, headline, steps_of
from lbsh_lang.renderings.trace.text import statement_text
from lbsh_lang.site.model import DownByHand, Drain, Interface, Origin, Pool, Service
from lbsh_lang.site.places import Places
from lbsh_lang.site.trace.values import Candidate, Ingress, Outcome, Packet, Trace

Json = dict[str, object]

_REACHES_NONE = (Outcome.NOBODY, Outcome.DEVICE)


def render_trace_json(trace: Trace, places: Places) -> str:
    """A trace as one object, with a last line end."""
    found: Json = {
        "version": 1,
        "packet": _packet(trace.packet),
        "down": [str(address) for address in trace.down],
        "summary": headline(trace),
        "from": _entry(trace.entry),
        "outcome": trace.outcome.value,
        "reason": trace.reason.value if trace.reason is not None else None,
        "service": _service(trace, trace.service) if trace.service is not None else None,
        "pool": _pool(trace.pool) if trace.pool is not None else None,
        "servers": [_server(one) for one in trace.candidates],
        "seen": None if trace.outcome in _REACHES_NONE else _seen(trace),
        "leaves": _only(trace.leaves),
        "answers_by": [interface.name for interface in trace.answers],
        "leaves_by": [interface.name for interface in trace.leaves],
        "near": [_near(service) for service in trace.near],
        "steps": [_step(step) for step in steps_of(trace, places)],
    }
    return render_value(found, indent=2) + "\n"


def _packet(packet: Packet) -> Json:
    return {
        "protocol": packet.protocol.value,
        "source": str(packet.source),
        "source_port": packet.source_port,
        "destination": str(packet.destination),
        "port": packet.port,
    }


def _entry(entry: Ingress) -> Json:
    return {
        "side": entry.side.value,
        "interface": entry.stated or _only(entry.interfaces),
        "net": str(entry.net) if entry.net is not None else None,
        "interfaces": [entry.stated] if entry.stated else [interface.name for interface in entry.interfaces],
        "stated": entry.stated is not None,
    }


def _only(interfaces: tuple[Interface, ...]) -> str | None:
    return interfaces[0].name if len(interfaces) == 1 else None


def _service(trace: Trace, service: Service) -> Json:
    options = {option.word: option.value for option in options_of(trace, service)}
    return {"name": service.name, **options, "place": _place(service.origin)}


def _pool(pool: Pool) -> Json:
    return {"name": pool.name, "algorithm": pool.algorithm.value, "place": _place(pool.origin)}


def _server(one: Candidate) -> Json:
    server = one.server
    return {
        "address": str(server.address),
        "standing": one.standing.value,
        "source": str(one.source) if one.source is not None else None,
        "port": one.port,
        "share": round(float(one.share), 6) if one.share is not None else None,
        "weight": server.weight,
        "backup": server.backup,
        "drain": _drain(server.drain) if server.drain is not None else None,
        "down_by_hand": _down(server.down_by_hand) if server.down_by_hand is not None else None,
        "place": _place(server.origin),
    }


def _down(down: DownByHand) -> Json:
    return {"reason": down.reason}


def _drain(drain: Drain) -> Json:
    time = drain.time / 1000 if drain.time is not None else None
    return {"keep_clients": drain.keeps_clients, "time": time, "reason": drain.reason}


def _seen(trace: Trace) -> Json:
    source = _source_seen(trace) if len(trace.sources) == 1 else None
    return {"source": source, "translated": trace.is_translated, "port": trace.port}


def _source_seen(trace: Trace) -> str | None:
    """The only source that a receiver may see; None for the address of an interface that is not known."""
    only = trace.sources[0]
    if only is not None:
        return str(only)
    return seen_as(trace.translations[0], trace.packet.source) if trace.translations else None


def _near(service: Service) -> Json:
    return {"name": service.name, "address": str(service.address), "place": _place(service.origin)}


def _step(step: Step) -> Json:
    origins = [*step.origins, *(row.origin for row in step.rows if row.origin is not None)]
    return {"about": step.about, "text": step.text, "places": [_place(one) for one in dict.fromkeys(origins)]}


def _place(stated: Origin) -> Json:
    return {"file": stated.source.name, "line": stated.line + 1, "text": statement_text(stated)}
