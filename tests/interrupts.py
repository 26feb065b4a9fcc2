"""Lets the programs that tests start be interrupted, wherever the tests themselves were started."""

from __future__ import annotations

import signal


def hear() -> None:
    """Has this process, and those that it starts, hear Ctrl-C: a shell ignores it for what it starts in the background."""
    if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
        signal.signal(signal.SIGINT, signal.default_int_handler)
