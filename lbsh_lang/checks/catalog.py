"""The list of all checks: the diagnostic codes, in their order. Codes are never reused."""

from __future__ import annotations

from lbsh_lang.checks import device, failover, filters, lines, names, pools, services, shell
from lbsh_lang.checks.base import Check, Over
from lbsh_lang.codes import Code
from lbsh_lang.diagnostics import Severity

_E, _W, _I = Severity.ERROR, Severity.WARNING, Severity.INFORMATION

CHECKS: tuple[Check, ...] = (
    Check(Code.LB001, _E, "unexpected word", Over.FAULT, lines.unexpected_word),
    Check(Code.LB002, _E, "reserved word as a name", Over.FAULT, lines.reserved_name),
    Check(Code.LB003, _E, "unknown statement", Over.FAULT, lines.unknown_statement),
    Check(Code.LB004, _E, "unreadable file", Over.FAULT, lines.unreadable_file),
    Check(Code.LB101, _E, "undefined service", Over.FAULT, names.undefined_service),
    Check(Code.LB102, _E, "undefined pool", Over.FAULT, names.undefined_pool),
    Check(Code.LB103, _E, "used above its definition", Over.FAULT, names.used_above_definition),
    Check(Code.LB104, _E, "service defined twice", Over.FAULT, names.service_twice),
    Check(Code.LB105, _E, "pool defined twice", Over.FAULT, names.pool_twice),
    Check(Code.LB106, _E, "the service has a pool already", Over.FAULT, names.second_pool),
    Check(Code.LB107, _E, "given twice", Over.FAULT, names.given_twice),
    Check(Code.LB108, _W, "a service and a pool share a name", Over.POOL, names.shared_name),
    Check(Code.LB109, _E, "option given twice", Over.FAULT, lines.option_twice),
    Check(Code.LB201, _E, "bad IP address", Over.FAULT, lines.bad_address),
    Check(Code.LB202, _E, "bad network", Over.FAULT, lines.bad_network),
    Check(Code.LB203, _E, "network with host bits set", Over.FAULT, lines.host_bits),
    Check(Code.LB204, _E, "bad port", Over.FAULT, lines.bad_port),
    Check(Code.LB205, _E, "unknown protocol, algorithm or probe method", Over.FAULT, lines.unknown_choice),
    Check(Code.LB206, _E, "bad duration, weight, skew or count", Over.FAULT, lines.bad_quantity),
    Check(Code.LB207, _E, "address families differ", Over.POOL, pools.family_differs),
    Check(Code.LB207, _E, "address families differ", Over.DEVICE, device.gateway_family),
    Check(Code.LB207, _E, "address families differ", Over.FAULT, lines.range_family),
    Check(Code.LB208, _E, "bad range of addresses", Over.FAULT, lines.bad_range),
    Check(Code.LB301, _E, "server outside every internal net", Over.POOL, pools.server_outside),
    Check(Code.LB302, _E, "address that no server can have", Over.POOL, pools.server_unfit),
    Check(Code.LB303, _E, "gateway in no internal net", Over.DEVICE, device.gateway_outside),
    Check(Code.LB304, _E, "two services share an address and a port", Over.ADDRESS, services.same_address_and_port),
    Check(Code.LB305, _E, "service address in an internal net", Over.SERVICE, device.service_inside),
    Check(Code.LB305, _E, "service address in an internal net", Over.DEVICE, device.external_address_inside),
    Check(Code.LB306, _E, "reflection without an inner side", Over.SERVICE, device.reflection_impossible),
    Check(Code.LB307, _E, "services, but no external interface", Over.DEVICE, device.no_external_interface),
    Check(Code.LB308, _E, "one interface for both sides", Over.DEVICE, device.same_interface),
    Check(Code.LB309, _E, "server is in the pool already", Over.FAULT, pools.server_twice),
    Check(Code.LB310, _E, "server is not in that pool", Over.FAULT, pools.server_not_there),
    Check(Code.LB311, _W, "service without a pool", Over.SERVICE, services.service_without_pool),
    Check(Code.LB312, _W, "pool without a server", Over.POOL, pools.empty_pool),
    Check(Code.LB313, _E, "internal and external nets overlap", Over.DEVICE, device.nets_overlap),
    Check(Code.LB314, _W, "service address outside the external net", Over.SERVICE, device.service_outside),
    Check(Code.LB315, _W, "only backups in a pool", Over.POOL, pools.only_backups),
    Check(Code.LB316, _W, "statement without effect", Over.FAULT, services.without_effect),
    Check(Code.LB316, _W, "statement without effect", Over.DEVICE, device.idle_external_address),
    Check(Code.LB317, _E, "one server port for several ports", Over.POOL, pools.port_of_many),
    Check(Code.LB401, _E, "not expressible in this packet filter", Over.BACKEND, filters.not_expressible),
    Check(Code.LB402, _I, "name changed for this packet filter", Over.BACKEND, filters.name_changed),
    Check(Code.LB403, _E, "refused by the packet filter's program", Over.FILTER, filters.refused_by_filter),
    Check(Code.LB501, _W, "udp service without a probe", Over.SERVICE, services.udp_without_probe),
    Check(Code.LB502, _E, "wrong or missing option of a probe method", Over.FAULT, services.probe_option),
    Check(Code.LB503, _E, "timeout not shorter than the interval", Over.FAULT, services.timeout_too_long),
    Check(Code.LB504, _E, "probe method that does not fit the protocol", Over.SERVICE, services.method_unfit),
    Check(Code.LB505, _E, "the service has a probe already", Over.FAULT, services.second_probe),
    Check(Code.LB601, _E, "incomplete highly available pair", Over.DEVICE, failover.pair_incomplete),
    Check(Code.LB602, _E, "failover without an external net", Over.DEVICE, failover.prefix_unknown),
    Check(Code.LB701, _I, "shell command in a script", Over.STATEMENT, shell.shell_command),
    Check(Code.LB702, _W, "allowance that suppresses nothing", Over.COMMENT, shell.idle_allowance),
)

PAGES: dict[str, Check] = {check.code: check for check in reversed(CHECKS)}
"""Each code with the check that holds its page: the first of those that find it."""


IDLE = frozenset({Code.LB316, Code.LB702})
"""The codes of what is there to no end: an editor fades it out."""


def over(kind: Over) -> tuple[Check, ...]:
    """The checks that look at one kind of thing."""
    return tuple(check for check in CHECKS if check.over is kind)
