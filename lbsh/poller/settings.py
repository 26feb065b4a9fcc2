"""What can be chosen about how health decides, besides what scripts say of their probes. Times are in milliseconds."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import Enum

from lbsh.poller.flapping import Flapping


class AllFailed(Enum):
    """What happens to servers that fail all together because the poller's own path to them is broken."""

    HOLD = "hold"
    EJECT = "eject"


@dataclass(frozen=True, slots=True)
class Settings:
    """`gather` is how long comings-up wait for others, `hold` how long servers behind a broken path are kept.

    `least_extra` is how many probes besides the servers' turns may be open in any case, `warning` how many days before its
    end a certificate is mentioned.
    """

    all_failed: AllFailed = AllFailed.HOLD
    hold: int = 10_000
    gather: int = 1_000
    flapping: Flapping = field(default_factory=Flapping)
    least_extra: int = 250
    warning: int = 14
