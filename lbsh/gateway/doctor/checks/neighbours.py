"""Do the servers answer on their links? Asks the kernel what it knows of neighbours, and sends nothing."""

from __future__ import annotations

from collections.abc import Iterator

from lbsh.gateway.doctor.base import Case, Check, Finding, Kind, Severity
from lbsh.gateway.doctor.links import asked, read_address
from lbsh_lang.renderings.value_text import addresses_text
from lbsh_lang.values import Address

SILENT = Kind(
    "server-unreachable", Severity.WARNING, "A server does not answer on its link (ARP, neighbour discovery)."
)


def _look(case: Case) -> Iterator[Finding]:
    case.require_script()
    pools = {one.pool.name: one.pool for one in case.site.services if one.pool is not None}
    servers = {server.address for pool in pools.values() for server in pool.serving()}
    if not servers:
        return
    silent: dict[str, set[Address]] = {}
    for one in asked(case.system, "neighbour", "show"):
        states, address = one.get("state"), read_address(str(one.get("dst")))
        if isinstance(states, list) and {"FAILED", "INCOMPLETE"} & {*states} and address in servers:
            silent.setdefault(str(one.get("dev")), set()).add(address)
    for name, addresses in silent.items():
        found = addresses_text([one for one in servers if one in addresses])
        advice = "start the machine, look at its address and its cable, or take it out with `lbsh drain`"
        yield Finding(SILENT, f"behind the interface `{name}` nobody answers for the server {found}", advice)


CHECK = Check("neighbours", ("linux",), (SILENT,), _look)
