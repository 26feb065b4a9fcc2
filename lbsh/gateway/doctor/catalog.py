"""The table of all checks, in the order in which they run: what other things depend on comes first."""

from __future__ import annotations

from lbsh.gateway.doctor.base import Check
from lbsh.gateway.doctor.checks import (
    addresses,
    forwarding,
    interfaces,
    redirects,
    reverse_path,
    script,
)

CHECKS: tuple[Check, ...] = (
    script.CHECK,
    interfaces.CHECK,
    addresses.CHECK,
    forwarding.CHECK,
    redirects.CHECK,
    reverse_path.CHECK,
)
"""All checks. A check is here or it does not exist."""
