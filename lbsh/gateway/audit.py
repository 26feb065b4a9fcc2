"""The line that the system's log gets for every change: who, from where, by what, and what; acts in words. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime

from lbsh.store.protocol import Act

LONGEST = 1000
"""In characters: systems cut longer lines, or lose them (RFC 5424, 6.1)."""


def audit_lines(act: Act, revision: int, statements: Sequence[str]) -> list[str]:
    """A line for each statement of a change, or one for a change without any."""
    origin = f" from {act.origin}" if act.origin else ""
    head = f"{act.user}{origin} by {act.way}, revision {revision}"
    return [_one_line(f"{head}: {statement}" if statement else head) for statement in statements or ("",)]


def time_of(act: Act) -> str:
    """The time of an act, to the second."""
    return datetime.fromtimestamp(act.time / 1000, UTC).strftime("%Y-%m-%d %H:%M:%S UTC")


def words_of(act: Act) -> str:
    """An act in words: `apply site.lb by alice from 192.0.2.7`."""
    return f"{act.way} by {act.user}{f' from {act.origin}' if act.origin else ''}"


def _one_line(text: str) -> str:
    """A text that nobody can make into two lines, or into commands for a terminal."""
    plain = "".join([one if one.isprintable() else "?" for one in text])
    return plain if len(plain) <= LONGEST else plain[: LONGEST - 1] + "…"
