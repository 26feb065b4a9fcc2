"""Usage lines cut to the width of a terminal, around the part that is written."""

from __future__ import annotations

from oyster.offers import Usage
from oyster.shown import clean


def shortened_usage(usage: Usage, columns: int) -> Usage:
    """A usage of so many characters at most, with its active part as far as it has room."""
    text = clean(usage.text)
    if len(text) <= columns:
        return usage._replace(text=text)
    columns = max(columns, 3)
    left = max(min(usage.start - columns // 3, len(text) - columns), 0)
    right = left + columns
    shown = text[left:right]
    if left:
        shown = "…" + shown[1:]
    if right < len(text):
        shown = shown[:-1] + "…"
    start, end = (min(max(column - left, 0), len(shown)) for column in (usage.start, usage.end))
    return Usage(shown, start, end)
