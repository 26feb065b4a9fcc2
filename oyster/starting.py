"""Which source and sink a shell has: the editor at a terminal that can hold one, else plain lines."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Mapping

from oyster.shown import Sink
from oyster.sources import Source
from oyster.streams import PlainTerminal, StreamSink, StreamSource, is_terminal


def channel(shown: Callable[[], None] = lambda: None, colours: Mapping[str, str] | None = None) -> tuple[Source, Sink]:
    """The source and the sink at standard input and output.

    `shown` is called once, when the first prompt stands. `colours` are styles of kinds of tokens (see `oyster.terminal`).
    """
    if not is_terminal():
        shown()
        return StreamSource("standard input", sys.stdin.buffer), StreamSink(sys.stdout)
    if os.environ.get("TERM", "dumb") in {"dumb", "unknown", ""}:
        shown()
        plain = PlainTerminal(sys.stdout, sys.stdin)
        return plain, plain
    from oyster.terminal import Terminal  # noqa: PLC0415 -- prompt_toolkit takes long to import

    terminal = Terminal(shown, colours)
    return terminal, terminal
