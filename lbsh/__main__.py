"""The `lbsh` program. Answers `--version` by itself, so that it costs little more than starting Python."""

from __future__ import annotations

import gc
import os
import sys

INTERRUPTED = 130
"""Exit status: stopped by Ctrl-C."""


def main() -> int:
    """Runs the command line and returns its exit status. Ctrl-C ends it without a word, during the imports too."""
    try:
        return _run()
    except KeyboardInterrupt:
        return INTERRUPTED


def _run() -> int:
    if sys.argv[1:] == ["--version"]:
        from lbsh import __version__  # noqa: PLC0415 -- nothing is imported before it is needed

        try:
            os.write(1, f"lbsh {__version__}\n".encode())
        except OSError:
            return 2
        return 0
    from lbsh.cli.main import run  # noqa: PLC0415 -- click alone takes longer to import than all of the above

    status = run(sys.argv[1:])
    gc.freeze()  # the process ends: looking for garbage among all remaining values would take longer than most commands
    return status


if __name__ == "__main__":
    sys.exit(main())
