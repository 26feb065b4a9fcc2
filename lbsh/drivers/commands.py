"""Runs one program: an argument vector, a text on its standard input, a time limit. Never a shell."""

from __future__ import annotations

import os
from dataclasses import dataclass

SEARCH_PATH = "/usr/sbin:/sbin:/usr/local/sbin"
"""Folders of packet filters' programs besides the user's own path, which seldom has them."""


class CommandError(Exception):
    """A program is missing, does not end, or cannot be started; the text says which, in one line."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """The exit status of a program, and its output."""

    status: int
    words: str


def run_command(arguments: tuple[str, ...], text: str, seconds: float) -> Outcome:
    """Runs a program to its end. Raises `CommandError`."""
    import shutil  # noqa: PLC0415 -- most commands run no program, and these two take a while to import
    import subprocess  # noqa: PLC0415

    path = f"{os.environ.get('PATH', os.defpath)}:{SEARCH_PATH}"
    program = shutil.which(arguments[0], path=path)
    if program is None:
        raise CommandError(f"the program `{arguments[0]}` is not installed here")
    try:
        done = subprocess.run(  # noqa: S603 -- an argument vector that a backend names, no shell
            [program, *arguments[1:]],
            input=text.encode(errors="backslashreplace"),
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            timeout=seconds,
            env={"PATH": path, "LC_ALL": "C"},
            check=False,
        )
    except subprocess.TimeoutExpired as error:
        raise CommandError(f"`{' '.join(arguments)}` did not end within {seconds:g} s") from error
    except OSError as error:
        raise CommandError(f"`{program}` cannot be started: {(error.strerror or str(error)).lower()}") from error
    return Outcome(done.returncode, done.stdout.decode(errors="replace"))
