"""Warnings before the certificates of servers end. Pure."""

from __future__ import annotations

from lbsh_lang.site.status import ServerId

DAY = 86_400_000
"""Milliseconds."""


def warning(server: ServerId, expiry: int, now_ms: int, days: int) -> tuple[int, str] | None:
    """The days that are left, and what to say, None if there are more than so many. Both times are real."""
    left = (expiry - now_ms) // DAY
    if left >= days:
        return None
    of = f"the certificate of {server.address} for service {server.service}"
    if expiry <= now_ms:
        return left, f"{of} has expired"
    return left, f"{of} expires in {left} days" if left != 1 else f"{of} expires in 1 day"
