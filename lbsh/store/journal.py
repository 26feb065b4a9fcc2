"""The journal of a script: one line for each transaction that appended statements. Pure: from bytes to values and back.

A line is a checksum (CRC 32, eight hexadecimal digits), a space, and a JSON list: the revision, the act, the statements
that were appended, and the indices of those that they undo. A line counts once it is whole. A crash can tear the last one
alone, since a line is on the disk before the next is written; so a faulty line with a good one after it is damage.

A *snapshot* is a line with all statements of a revision. It stands in the place of all lines before it, so that the journal
does not grow with statements that were undone long ago.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import NamedTuple
from zlib import crc32

from lbsh.store.protocol import Act, Statement, StoreError

_SLACK = 256


class Journal(NamedTuple):
    """What a journal says: revision and statements, the number of lines that count, and of their bytes."""

    revision: int
    statements: tuple[Statement, ...]
    lines: int = 0
    size: int = 0

    @property
    def is_bloated(self) -> bool:
        """Whether most lines are of statements that have been undone."""
        return self.lines > 2 * len(self.statements) + _SLACK


def read_journal(content: bytes, start: Journal, last: int | None = None) -> Journal:
    """Reads a journal that follows on a script, up to a revision. Raises `StoreError` for a damaged one."""
    revision, statements, lines, size = start.revision, list(start.statements), 0, 0
    for line in content.splitlines(keepends=True):
        record = _record(line)
        if record is None or (last is not None and record[0] > last):
            break
        revision = _applied(record, revision, statements)
        lines, size = lines + 1, size + len(line)
    else:
        return Journal(revision, tuple(statements), lines, size)
    if record is None and any(map(_record, content[size:].splitlines(keepends=True))):
        raise StoreError(f"line {lines + 1} is damaged; restore it from a backup, or cut the file there")
    return Journal(revision, tuple(statements), lines, size)


def appended(journal: Journal, texts: Sequence[str], act: Act, dropped: Sequence[int]) -> Journal:
    """The journal after one more transaction; its counts are those of before."""
    assert all(0 <= index < len(journal.statements) for index in dropped), dropped
    gone = set(dropped)
    kept = [one for index, one in enumerate(journal.statements) if index not in gone]
    return journal._replace(
        revision=journal.revision + 1, statements=(*kept, *(Statement(text, act) for text in texts))
    )


def line_of(revision: int, texts: Sequence[str], act: Act, dropped: Sequence[int]) -> bytes:
    """The line of a transaction that makes a revision."""
    return _line([revision, list(act), list(texts), list(dropped)])


def snapshot_of(journal: Journal) -> bytes:
    """The line of a snapshot."""
    return _line([journal.revision, [[text, list(act)] for text, act in journal.statements]])


def _line(record: list[object]) -> bytes:
    text = json.dumps(record, separators=(",", ":")).encode()
    return b"%08x %b\n" % (crc32(text), text)


_Record = tuple[int, list[list[object]]] | tuple[int, list[object], list[str], list[int]]


def _record(line: bytes) -> _Record | None:
    """The values of a line, None if it is not whole."""
    text = line[9:-1]
    if not line.endswith(b"\n") or line[:9] != b"%08x " % crc32(text):
        return None
    found: _Record = tuple(json.loads(text))
    return found


def _applied(record: _Record, revision: int, statements: list[Statement]) -> int:
    """Changes a list of statements as a line says; the revision."""
    if len(record) == 2:
        statements[:] = [Statement(str(text), act_of(act)) for text, act in record[1]]
        return record[0]
    made, by, texts, dropped = record
    if made != revision + 1:
        raise StoreError(f"revision {made} follows on {revision}; restore the file from a backup")
    for index in sorted(dropped, reverse=True):
        del statements[index]
    act = act_of(by)
    statements += [Statement(text, act) for text in texts]
    return made


def act_of(values: object) -> Act:
    """An act from its JSON list. Raises `ValueError` for anything else."""
    if not isinstance(values, list):
        raise ValueError(values)
    time, user, origin, way = values
    return Act(int(time), str(user), str(origin), str(way))
