"""A service and a pool in a sentence each: the same words in completion and in hover."""

from __future__ import annotations

from lbsh_lang.analysis.names.servers import ServerCount, servers_phrase
from lbsh_lang.analysis.prose.blocks import Code, Paragraph, paragraph
from lbsh_lang.renderings.changes.parts import options_of, wishes_text
from lbsh_lang.renderings.value_text import time_text
from lbsh_lang.site.diff.pools import down_state, drain_state
from lbsh_lang.site.pool_lives import PoolLife
from lbsh_lang.site.resolve import down_of, drain_of, readable_part
from lbsh_lang.site.server_keys import ServerKey, port_of
from lbsh_lang.site.services import ServiceLife
from lbsh_lang.syntax.nodes import ServiceStatement
from lbsh_lang.values import Algorithm

_MOST_PORTS = 8


def service_place(node: ServiceStatement) -> str:
    """The address, protocol and ports of a service, as far as they are written; at most a few ports."""
    ports = ",".join([token.text for token in node.ports[:_MOST_PORTS]])
    more = f",… ({len(node.ports)} in all)" if len(node.ports) > _MOST_PORTS else ""
    place = [token.text for token in (node.address, node.protocol) if token is not None]
    return " ".join([*place, ports + more]).strip()


def service_head(life: ServiceLife) -> Paragraph:
    """A service by its name, place and options, as far as they could be read."""
    words: list[str | Code] = ["Service ", Code(life.node.name.text if life.node.name else "?")]
    place = service_place(life.node)
    words += [" at ", Code(place)] if place else []
    for keyword, value in options_of(readable_part(life)):
        words += [f", {keyword} ", Code(value)] if value else [f", {keyword}"]
    return paragraph(*words, ".")


def pool_head(life: PoolLife) -> Paragraph:
    """A pool with its name, service, options and the number of its servers."""
    node = life.node
    words: list[str | Code] = ["Pool ", Code(node.name.text if node.name else "?")]
    for rank, service in enumerate(node.services):
        words += [" for " if rank == 0 else ", ", Code(service.text)]
    if node.ports:
        words += [", on port ", Code(",".join(port.text for port in node.ports))]
    words += [", ", Code(node.algorithm.text if node.algorithm else Algorithm.ROUND_ROBIN.value)]
    drained = f", {len(life.drained)} of them drained" if life.drained else ""
    down = f", {len(life.downed)} of them down by hand" if life.downed else ""
    return paragraph(*words, f": {servers_of(life)}{drained}{down}.")


def servers_of(life: PoolLife) -> str:
    """The number of servers of a pool. Backups are not counted separately, which would take time."""
    return servers_phrase(ServerCount(len(life.members), len(life.drained), len(life.downed), 0, life.blurred))


def membership(life: PoolLife, member: ServerKey) -> list[str | Code]:
    """The options of a server, and the wishes about it: `, port 81, weight 3, drained`, piece by piece."""
    port, weight = port_of(member), life.weight_of(member)
    words: list[str | Code] = [", port ", Code(str(port))] if port is not None else []
    words += [", weight ", Code(weight.text)] if weight is not None else []
    words += [", backup"] if life.is_backup(member) else []
    ramp = life.ramp_of(member)
    words += [", ramp ", Code(time_text(ramp))] if ramp is not None else []
    drain, down = drain_state(drain_of(life.drained.get(member))), down_state(down_of(life.downed.get(member)))
    words += [f", {wish}" for wish in wishes_text(drain, down)]
    return words
