"""What the laboratory shows, as lines of text."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence

from lbsh.lab.machines import Topology, Toy
from lbsh.lab.talk import Answer, Link, Outcome
from lbsh_lang.site.model import Server, Service
from lbsh_lang.values import Address

WIDEST_BAR = 40
MOST_ADDRESSES = 4


def map_lines(topology: Topology) -> Iterator[str]:
    """The machines on each segment, with their addresses."""
    width = max(len(machine.name) for machine in topology.machines)
    for segment in topology.segments:
        yield f"{segment}:"
        for machine in topology.machines:
            for plug in machine.plugs:
                if plug.segment == segment:
                    yield f"  {machine.name:{width}}  {_listed(machine.addresses_on(plug.interface))}".rstrip()


def _listed(addresses: Sequence[Address]) -> str:
    shown = ", ".join(map(str, addresses[:MOST_ADDRESSES]))
    more = len(addresses) - MOST_ADDRESSES
    return f"{shown} and {more} more" if more > 0 else shown


def outcome_words(outcome: Outcome) -> str:
    """What became of a request."""
    if isinstance(outcome, Answer):
        return f"{outcome.server} ({outcome.address} port {outcome.port}) answers, and sees {outcome.seen}"
    return outcome.words


def spread_lines(outcomes: Sequence[Outcome], service: Service | None, toys: Sequence[Toy]) -> Iterator[str]:
    """How often each server answered, beside its weight; servers of the service that never did, too."""
    counts = Counter(outcome.server if isinstance(outcome, Answer) else outcome.words for outcome in outcomes)
    names = {toy.address: toy.name for toy in toys}
    servers = service.pool.servers if service is not None and service.pool is not None else ()
    known = {names.get(server.address, ""): server for server in servers if server.address in names}
    rows = [(name, _about(server)) for name, server in known.items()]
    rows += [(name, "") for name in counts if name not in known]
    name_width, about_width = (max(len(row[column]) for row in rows) for column in (0, 1))
    most = max(counts.values())
    for name, about in rows:
        bar = "#" * (-(-counts[name] * min(most, WIDEST_BAR) // most))
        yield f"  {name:{name_width}}  {about:{about_width}}  {counts[name]:4}  {bar}".rstrip()


def _about(server: Server) -> str:
    state = " backup" if server.backup else ""
    state = " down by hand" if server.down_by_hand else " drained" if server.drained else state
    return f"{server.address} weight {server.weight}{state}"


def load_line(name: str, links: Sequence[Link]) -> str:
    """The connections that stay open, by server."""
    counts = Counter(link.server for link in links if isinstance(link.last, Answer))
    silent = sum(not isinstance(link.last, Answer) for link in links)
    parts = [f"{server} {count}" for server, count in sorted(counts.items())] + ([f"silent {silent}"] if silent else [])
    return f"{name}: {len(links)} open{': ' if parts else ''}{', '.join(parts)}"


def fault_lines(faults: Mapping[str, Sequence[str]]) -> Iterator[str]:
    """What befell servers."""
    yield from (f"{name}: {', '.join(words)}" for name, words in faults.items() if words)
