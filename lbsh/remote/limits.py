"""How long a transfer may take, and how much may come."""

from __future__ import annotations

from typing import NamedTuple

MIB = 1 << 20


class Limits(NamedTuple):
    """In seconds and bytes."""

    connect: float = 10
    """Until a connection stands."""
    silence: float = 15
    """Without any progress."""
    total: float = 120
    """For all of a transfer, however little of it comes at a time."""
    size: int = 16 * MIB
    """Of a file; far above any script that somebody wrote."""

    @property
    def too_large(self) -> str:
        return f"it is larger than {self.size / MIB:g} MiB"


USUAL = Limits()
