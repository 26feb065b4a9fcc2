"""How many probes may be open at a time besides the servers' turns: a tenth of the probes a second. Pure.

When more servers seem to have failed than that, the farm as a whole is slow, and more probes would make it slower. Servers
then wait in order. A small farm may have a few hundred all the same, since that many harm nobody.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Sequence

from lbsh.poller.targets import Target

SHARE = 10


class Extras:
    """The number of open ones, and who waits."""

    def __init__(self, targets: Sequence[Target], least: int) -> None:
        a_second = sum(1000 / target.probe.every for target in targets)
        self.most = max(int(a_second / SHARE), least)
        self.open = 0
        self.waiting: deque[int] = deque()

    @property
    def is_free(self) -> bool:
        return self.open < self.most
