"""Where a session's lines come from: a terminal, or a text that is shown line by line as if it was typed."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterable, Iterator
from contextlib import suppress

PROMPT = "lab> "


def typed() -> Iterator[str]:
    """Lines from the terminal, which can be edited and recalled; they end with Ctrl-D."""
    with suppress(ImportError):  # some Pythons lack it
        import readline  # noqa: F401, PLC0415 -- its import lets `input` edit lines
    while True:
        try:
            yield input(PROMPT)
        except EOFError:
            print()
            return


def given(lines: Iterable[str], say: Callable[[str], None]) -> Iterator[str]:
    """Lines of a text, each shown behind a prompt before it is carried out; empty ones and comments are left out."""
    for line in lines:
        text = line.strip()
        if text and not text.startswith("#"):
            say(f"{PROMPT}{text}")
            sys.stdout.flush()
            yield text
