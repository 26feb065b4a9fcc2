"""Probes a site's servers until its input ends, then prints its account: `python prober.py SITE`. For `bench/probing.py`.

It is what `lbsh poll` has around its loop, without a store, a gateway and people who look.
"""

from __future__ import annotations

import gc
import json
import sys
import time
from collections.abc import Sequence
from pathlib import Path

from lbsh.poller.board import Board
from lbsh.poller.health import Health
from lbsh.poller.lateness import BOUNDS
from lbsh.poller.loop import Loop
from lbsh.poller.parts import Change, Team
from lbsh.poller.sockets import Budget, raise_descriptors
from lbsh.poller.targets import targets_of
from lbsh.poller.tcp import TcpProber, best_way
from lbsh.poller.turning import Turning
from lbsh.poller.wheel import Wheel
from lbsh_lang.site.resolve import Resolution
from lbsh_lang.site.script import read_script
from lbsh_lang.source import Source


class Silent:
    """In place of the handler."""

    def act(self, changes: Sequence[Change]) -> None: ...


def fail(error: Exception) -> None:
    raise error


def main(path: str) -> None:
    site = Resolution(read_script(Source.of(path, Path(path).read_text(encoding="ascii")))).site
    held = memory()
    board = Board(targets_of(site))
    health = Health(board)
    prober = TcpProber(board, health.special, best_way(), Budget(raise_descriptors()))
    wheel = Wheel([target.probe.every for target in board.targets], time.time_ns())
    turning = Turning(
        board, health, wheel, Team((prober,), bytes(len(board.targets)), prober), Silent(), lambda _: None
    )
    loop = Loop(fail)
    loop.probe_with(turning)
    loop.watch(sys.stdin.fileno(), loop.stop)
    gc.collect()
    gc.freeze()
    print("ready", flush=True)
    loop.run()
    late = turning.lateness
    account = {
        "good": sum(board.good),
        "bad": sum(board.bad),
        "lag": loop.clock.lag,
        "turns": loop.turns,
        "bounds": BOUNDS,
        "late": late.counts,
        "own": late.own,
        "held": held,
        "memory": memory(),
    }
    print(json.dumps(account), flush=True)


def memory() -> int:
    """The memory of this process that is in use, in bytes."""
    for line in Path("/proc/self/status").read_text(encoding="ascii").splitlines():
        if line.startswith("VmRSS:"):
            return 1024 * int(line.split()[1])
    return 0


if __name__ == "__main__":
    main(sys.argv[1])
