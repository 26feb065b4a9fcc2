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
    except BaseException as error:
        if _is_interrupt(error):
            return INTERRUPTED
        raise


def _is_interrupt(error: BaseException | None) -> bool:
    """Whether an exception is that of Ctrl-C, or was made of it: Python 3.11 wraps those that come while a class is made."""
    while error is not None and not isinstance(error, KeyboardInterrupt):
        error = error.__cause__
    return error is not None


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
