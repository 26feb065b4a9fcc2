"""The table of all checks, in the order in which they run: what other things depend on comes first."""

from __future__ import annotations

from lbsh.gateway.doctor.base import Check
from lbsh.gateway.doctor.checks import (
    addresses,
    boot,
    clock,
    confirmation,
    connections,
    drift,
    forward_rules,
    forwarding,
    interfaces,
    ipv6,
    listeners,
    modes,
    neighbours,
    other_translations,
    packet_filter,
    redirects,
    reverse_path,
    routes,
    script,
    sticky_clients,
    store_place,
    untracked_probes,
    versions,
)

CHECKS: tuple[Check, ...] = (
    script.CHECK,
    confirmation.CHECK,
    packet_filter.CHECK,
    versions.CHECK,
    interfaces.CHECK,
    ipv6.CHECK,
    addresses.CHECK,
    forwarding.CHECK,
    routes.CHECK,
    reverse_path.CHECK,
    redirects.CHECK,
    connections.CHECK,
    sticky_clients.CHECK,
    forward_rules.CHECK,
    untracked_probes.CHECK,
    other_translations.CHECK,
    drift.CHECK,
    neighbours.CHECK,
    listeners.CHECK,
    modes.CHECK,
    store_place.CHECK,
    clock.CHECK,
    boot.CHECK,
)
"""All checks. A check is here or it does not exist."""
