"""The list of all checks, in the order of their codes."""

from __future__ import annotations

from lbsh_lang.checks import (
    device,
    failover,
    filters,
    interfaces,
    lines,
    names,
    pools,
    ports,
    services,
    shell,
    sources,
    ways,
)
from lbsh_lang.checks.base import AnyCheck
from lbsh_lang.checks.scopes import sorted_by_kind
from lbsh_lang.codes import Code

CHECKS: tuple[AnyCheck, ...] = (
    lines.unexpected_word,
    lines.reserved_name,
    lines.unknown_statement,
    lines.unreadable_file,
    lines.misleading_text,
    names.undefined_service,
    names.undefined_pool,
    names.used_above_definition,
    names.service_twice,
    names.pool_twice,
    names.second_pool,
    names.given_twice,
    device.second_gateway,
    sources.source_twice,
    names.shared_name,
    lines.option_twice,
    interfaces.interface_unknown,
    lines.bad_address,
    lines.bad_network,
    lines.host_bits,
    lines.bad_port,
    lines.unknown_choice,
    lines.bad_quantity,
    pools.family_differs,
    device.gateway_family,
    device.clients_family,
    sources.exception_family,
    lines.range_family,
    lines.bad_range,
    pools.server_outside,
    sources.exception_outside,
    pools.server_unfit,
    device.gateway_outside,
    ports.same_address_and_port,
    device.service_inside,
    sources.external_address_inside,
    device.reflection_impossible,
    interfaces.net_without_gateway,
    device.no_external_interface,
    pools.server_twice,
    pools.server_not_there,
    services.service_without_pool,
    pools.empty_pool,
    device.nets_overlap,
    device.service_outside,
    pools.only_backups,
    services.without_effect,
    services.keeps_nobody,
    sources.idle_external_address,
    sources.idle_kept_net,
    pools.port_of_many,
    pools.all_drained,
    services.unfit_helper,
    ports.port_taken,
    ways.neighbours_unserved,
    ways.answers_past_device,
    ways.own_port,
    filters.not_expressible,
    filters.name_changed,
    filters.refused_by_filter,
    filters.perhaps_a_group,
    filters.fixed_block,
    filters.many_sticky_servers,
    services.udp_without_probe,
    services.probe_option,
    services.timeout_too_long,
    services.method_unfit,
    services.second_probe,
    failover.pair_incomplete,
    failover.prefix_unknown,
    shell.shell_command,
    shell.idle_allowance,
)

ALL_CHECKS = sorted_by_kind(CHECKS)

PAGES: dict[str, AnyCheck] = {check.code: check for check in CHECKS if not check.part}
"""Each code with the check that holds its page."""

IDLE: frozenset[Code] = frozenset(check.code for check in CHECKS if check.idle)
"""The codes of statements without effect, which an editor fades out."""
