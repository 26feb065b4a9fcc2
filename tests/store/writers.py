"""Programs that write to a store until they are done or killed: `python -m tests.store.writers KIND FOLDER NAME NUMBER`.

What a program has done, it prints, a line each.
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from itertools import count

from lbsh.store.disk import DiskStore
from tests.limits import LONGEST
from tests.store.examples import ACT, DOWN, FILES, FIRST, SECOND, UP


def append(store: DiskStore, name: str, number: int) -> None:
    """Appends numbered statements, and now and then drops those of its own that are not the last."""
    with store.lock(name, LONGEST) as writer:
        own = [index for index, one in enumerate(writer.running().statements) if one.text.startswith(f"{name} ")]
        writer.append([f"{name} {number}"], ACT, dropped=own[:-1] if number % 7 == 0 else ())


def apply(store: DiskStore, name: str, number: int) -> None:
    """As that, and now and then replaces the script, with its statements kept."""
    append(store, name, number)
    if number % 5 == 0:
        with store.lock(name, LONGEST) as writer:
            writer.replace(FILES, ACT, writer.running().statements)


def probe(store: DiskStore, name: str, number: int) -> None:
    """Sets statuses that can be told apart by their time."""
    store.set_statuses({FIRST: DOWN._replace(since=number, reason=name), SECOND: UP._replace(since=number)})


KINDS: dict[str, Callable[[DiskStore, str, int], None]] = {"append": append, "apply": apply, "probe": probe}


def main(kind: str, folder: str, name: str, numbers: str) -> None:
    store = DiskStore(folder)
    for number in range(int(numbers)) if int(numbers) else count():
        KINDS[kind](store, name, number)
        print(number, flush=True)


if __name__ == "__main__":
    main(*sys.argv[1:])
