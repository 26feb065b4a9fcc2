"""The reference shell, `python -m oyster`: the predefined commands without a language, to try the toolkit.

python -m oyster               at a terminal, or with the lines of standard input
python -m oyster FILE          the lines of a file
python -m oyster -c LINE       one line
"""

from __future__ import annotations

import sys

from oyster.commands import Refused
from oyster.predefined import NAMESPACE, PREDEFINED, SUMMARY
from oyster.reports import refusal_lines
from oyster.session import Session
from oyster.shown import plain, styled
from oyster.sources import Source, TextSource
from oyster.starting import channel
from oyster.streams import StreamSink, read_text


def main(arguments: list[str]) -> int:
    """Runs the reference shell, and gives its exit status."""
    match arguments:
        case []:
            source, sink = channel()
            return Session(PREDEFINED, source, sink, namespaces={NAMESPACE: SUMMARY}).run()
        case ["-c", line]:
            return _script(TextSource("-c", line))
        case [path] if not path.startswith("-"):
            try:
                return _script(TextSource(path, read_text(path)))
            except (OSError, ValueError) as error:
                return _complaint(f"cannot read {path}: {error}")
        case _:
            return _complaint("usage: python -m oyster [FILE | -c LINE]")


def _script(source: Source) -> int:
    return Session(PREDEFINED, source, StreamSink(sys.stdout), namespaces={NAMESPACE: SUMMARY}).run()


def _complaint(message: str) -> int:
    lines = refusal_lines(Refused(message))
    sys.stderr.write("".join([f"{plain(styled(line))}\n" for line in lines]))
    return 2


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
