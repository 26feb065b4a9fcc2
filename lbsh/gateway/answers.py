"""The answers to statements that were carried out, in the pattern of the paper's Fig. 8. One table has them all.

A place in braces is a field of the statement's node; its words stand there as they were typed. What stands in brackets is
left out where its field is empty.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from lbsh_lang.renderings.value_text import listed
from lbsh_lang.syntax import nodes
from lbsh_lang.syntax.nodes import Token
from lbsh_lang.syntax.statement import ExtensionStatement, Statement
from lbsh_lang.values import Protocol

ANSWERS: dict[type[nodes.BuiltIn], str] = {
    nodes.ServiceStatement: "Added new service {name} with dedicated IP {address} and {protocol} {ports}",
    nodes.PoolStatement: "",
    nodes.AddStatement: "Added {targets} to pool {pool}",
    nodes.ProbeStatement: "Added probe {method} of service {service}",
    nodes.RemoveStatement: "Removed {targets} from pool {pool}",
    nodes.RemoveServiceStatement: "Removed service {service}",
    nodes.RemoveProbeStatement: "Removed probe of service {service}",
    nodes.SetStatement: "Changed {targets} in pool {pool}",
    nodes.SetServiceStatement: "Changed service {service}",
    nodes.DrainStatement: "Drained {targets} from pool {pool}",
    nodes.DrainEverywhereStatement: "Drained {targets} from {pools}",
    nodes.ResumeStatement: "Resumed {targets} in pool {pool}",
    nodes.ResumeEverywhereStatement: "Resumed {targets} in {pools}",
    nodes.DownStatement: "Took {targets} of pool {pool} down",
    nodes.DownEverywhereStatement: "Took {targets} of {pools} down",
    nodes.UpStatement: "Left {targets} of pool {pool} to probes again",
    nodes.UpEverywhereStatement: "Left {targets} of {pools} to probes again",
    nodes.InterfaceStatement: "Added {side} interface {name}",
    nodes.RemoveInterfaceStatement: "Removed {side} interface {name}",
    nodes.ExternalAddrStatement: "Added external address [{address}][of {leased}]",
    nodes.ExternalNetStatement: "Added external net {net}",
    nodes.ExternalGwStatement: "Added external gateway {address}",
    nodes.RemoveExternalStatement: "Removed external [address {address}][address of {leased}]"
    "[net {net}][gateway {next_hop}]",
    nodes.InternalNetStatement: "Added internal net {net}",
    nodes.InternalGwStatement: "Added internal gateway {address}",
    nodes.RemoveInternalStatement: "Removed internal [net {net}][gateway {address}]",
    nodes.KeepSourceStatement: "Added networks that see the source of connections: {nets}",
    nodes.RemoveKeepStatement: "Removed networks that see the source of connections: {nets}",
    nodes.FailoverDeviceStatement: "Added failover device {name}",
    nodes.FailoverSyncStatement: "Added failover link {interface}",
    nodes.FailoverWatchStatement: "Added watched addresses {addresses}",
    nodes.FailoverPasswordStatement: "Added failover password in file {path}",
    nodes.FailoverKeyStatement: "Added failover key in file {path}",
    nodes.RemoveFailoverStatement: "Removed failover {part} {name}{addresses}",
}
"""The answer to each statement that the running script keeps; `pool` has none, as in the paper."""

_OPTIONAL = re.compile(r"\[([^\[\]]*\{(\w+)\})\]")
_PORTS = {False: "Port {}", True: "Ports {}"}


def answer(statement: Statement, line: str, pools: Sequence[str] = ()) -> str:
    """The answer to a statement in its line; `pools` are those in which a statement about all pools had an effect."""
    if isinstance(statement, ExtensionStatement):
        return f"Carried out: {' '.join(line.split())}"
    words = {field: _text(getattr(statement, field)) for field in statement._fields}
    if isinstance(statement, nodes.ServiceStatement):
        words |= {"protocol": _protocols(statement.protocol), "ports": _ports(statement.ports)}
    words["pools"] = f"pool{'s' * (len(pools) != 1)} {listed(pools)}"
    pattern = _OPTIONAL.sub(lambda part: part[1] if words[part[2]] else "", ANSWERS[type(statement)])
    return pattern.format_map(words).strip()


def _text(words: object) -> str:
    """One word or several, as typed."""
    if isinstance(words, Token):
        return words.text
    return ", ".join([word.text for word in words if isinstance(word, Token)]) if isinstance(words, tuple) else ""


def _protocols(token: Token[tuple[Protocol, ...]] | None) -> str:
    return " and ".join([one.value.upper() for one in (token.value if token and token.value else ())])


def _ports(ports: Sequence[Token[object]]) -> str:
    several = len(ports) > 1 or any("-" in port.text for port in ports)
    return _PORTS[several].format(",".join([port.text for port in ports]))
