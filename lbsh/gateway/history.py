"""The scripts that a device ran, as a table and as JSON. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from lbsh.gateway.audit import time_of
from lbsh.store.protocol import Entry

_HEADS = ("", "revision", "time", "user", "from", "way", "statements")


def history_text(entries: Sequence[Entry]) -> Iterator[str]:
    """A line for each script, the newest first, with the number that `rollback` takes."""
    if not entries:
        yield "no script was applied yet"
        return
    grid = [_HEADS, *[_row(number, entry) for number, entry in enumerate(entries)]]
    widths = [max(len(line[column]) for line in grid) for column in range(len(_HEADS))]
    for line in grid:
        yield "  ".join([word.ljust(width) for word, width in zip(line, widths, strict=True)]).rstrip()


def _row(number: int, entry: Entry) -> tuple[str, ...]:
    act = entry.act
    first = str(number) if number else "runs"
    return (first, str(entry.revision), time_of(act), act.user, act.origin or "-", act.way, str(entry.statements))


def as_json(entries: Sequence[Entry]) -> dict[str, object]:
    """The same for programs; times are in milliseconds since 1970 (UTC)."""
    scripts = [
        {"number": number, "revision": entry.revision, **entry.act._asdict(), "statements": entry.statements}
        for number, entry in enumerate(entries)
    ]
    return {"version": 1, "scripts": scripts}
