"""The poller of a laboratory's device, a process of its own: `lbsh poll`, with probes that toy servers understand."""

from __future__ import annotations

import sys
from collections.abc import Callable

from lbsh.lab.asking import make_toy_method, toy_targets
from lbsh.poll.script import Tasks
from lbsh.poll.start import poll
from lbsh.poll.workshop import Options
from lbsh.programs import start_detached
from lbsh.stores import open_store


def start_process(place: str) -> Callable[[], bool]:
    """Starts it for a store; the result tells whether it still runs. Raises `CommandError`."""
    return start_detached((sys.executable, "-m", __name__, place), ())


def main(place: str) -> int:
    """Probes until it is ended."""
    poll(open_store(place), Options(), Tasks(toy_targets, make_toy_method))
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
