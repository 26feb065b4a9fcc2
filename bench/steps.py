"""Times the parts of a check within one process: `python steps.py SCRIPT` prints seconds for reading and for checking.

A program of its own, so that its memory does not count as that of other measured programs.
"""

from __future__ import annotations

import gc
import sys
import time
from collections.abc import Callable
from pathlib import Path

from lbsh_lang.check import check_resolved
from lbsh_lang.site.resolve import Resolution
from lbsh_lang.site.script import read_script
from lbsh_lang.source import Source

ROUNDS = 9


def main(path: Path) -> None:
    """Prints the processor time of each part on a line of its own."""
    source = Source.of(path.name, path.read_text(encoding="utf-8"))
    script = read_script(source)  # loads the grammar, which is no cost of lines
    print(least(lambda: read_script(source)))
    print(least(lambda: check_resolved(Resolution(script)).diagnostics))


def least(step: Callable[[], object]) -> float:
    """The least processor time of several runs, with the garbage collector off as in `lbsh check`."""
    spent = []
    gc.disable()
    for _ in range(ROUNDS):
        start = time.process_time()
        step()
        spent.append(time.process_time() - start)
        gc.collect()
    return min(spent)


if __name__ == "__main__":
    main(Path(sys.argv[1]))
