"""What a poller costs that has next to nothing to do: one server, probed by tcp every three seconds."""

from __future__ import annotations

import time
from itertools import islice
from pathlib import Path

from bench import farm
from bench.bars import Bar
from bench.polling import apply, polled
from bench.runs import RunError
from bench.served import ACCEPTOR, PORT, served
from bench.wire import why_no_wire

MOST = 0.005
"""The greatest share of a processor core."""
SECONDS, STARTING = 15.0, 12.0
_LINES = 4 + 3
"""Those of the device, a service, its pool, and the first server."""


def measure_idle(folder: Path) -> float | str:
    """A poller of one server: the share of a core that it takes. Returns the reason if it cannot measure."""
    reason = why_no_wire("nft")
    if reason:
        return reason
    try:
        return measure(folder, STARTING, SECONDS)
    except (OSError, RunError) as error:
        return str(error)


def measure(folder: Path, starting: float, seconds: float) -> float:
    """The share of a core in so many seconds, after so many others."""
    home = folder / "idle"
    home.mkdir()
    farm.write(home / "site.lb", [*islice(farm.script(1), _LINES), "probe web0 with tcp every 3s timeout 2s"])
    with served(str(ACCEPTOR), str(PORT)) as net:
        apply(net, home, "site.lb")
        with polled(net, home) as poll:
            poll.wait_for("server-up", 1)
            time.sleep(starting)
            begun, spent = time.monotonic(), poll.processor
            time.sleep(seconds)
            return (poll.processor - spent) / (time.monotonic() - begun)


def judge(share: float | str) -> list[Bar]:
    """The bar on the share of a core."""
    what, most = "a poller of one server every 3 s: processor time", f"at most {100 * MOST:g} % of a core"
    if isinstance(share, str):
        return [Bar(what, "-", share, None, most, None)]
    return [Bar(what, f"{100 * share:.2f} % of a core", "-", None, most, share <= MOST)]
