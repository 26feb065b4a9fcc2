"""`python -m tools.generate [--check]`: writes the stale derived files, or lists them.

Generators run in the order of derivation: the automaton is made from the grammar, the words of editors from the automaton,
the tree-sitter parser from its rules. A generator reads the files of those before it. After a change of Python code, of
which this process has the old version loaded, a new process does the rest.
"""

from __future__ import annotations

import argparse
import subprocess
import sys
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import NamedTuple

from tools.generate.derived import ROOT, CannotGenerateError, Derived, is_stale, write

FRESH, STALE, TROUBLE = 0, 1, 2
"""Exit status: all files are (now) fresh; some are stale; the generators cannot run."""

MEND = "make generate"


class Generator(NamedTuple):
    """A generator by its name, and the function that yields its files."""

    name: str
    files: Callable[[], Iterable[Derived]]


# Modules are imported when their turn comes: a broken automaton must not keep the automaton from being made.


def _automaton() -> Iterable[Derived]:
    from tools.generate import automaton

    return automaton.files()


def _editor_words() -> Iterable[Derived]:
    from tools.generate import editor_words

    return editor_words.files()


def _textmate() -> Iterable[Derived]:
    from tools.generate import textmate

    return textmate.files()


def _tree_sitter_rules() -> Iterable[Derived]:
    from tools.generate import tree_sitter_rules

    return tree_sitter_rules.files()


def _tree_sitter() -> Iterable[Derived]:
    from tools.generate import tree_sitter

    return tree_sitter.files()


def _language_page() -> Iterable[Derived]:
    from tools.generate import language_page

    return language_page.files()


def _layers() -> Iterable[Derived]:
    from tools.generate import layers

    return layers.files()


def _backends_page() -> Iterable[Derived]:
    from tools.generate import backends_page

    return backends_page.files()


def _code_pages() -> Iterable[Derived]:
    from tools.generate import code_pages

    return code_pages.files()


def _doctor_table() -> Iterable[Derived]:
    from tools.generate import doctor_table

    return doctor_table.files()


def _poller_page() -> Iterable[Derived]:
    from tools.generate import poller_page

    return poller_page.files()


def _man_page() -> Iterable[Derived]:
    from tools.generate import man_page

    return man_page.files()


GENERATORS = (
    Generator("automaton", _automaton),
    Generator("editor words", _editor_words),
    Generator("TextMate grammar", _textmate),
    Generator("tree-sitter rules", _tree_sitter_rules),
    Generator("tree-sitter parser", _tree_sitter),
    Generator("table of layers", _layers),
    Generator("language page", _language_page),
    Generator("backends page", _backends_page),
    Generator("code pages", _code_pages),
    Generator("table of the doctor", _doctor_table),
    Generator("tables of the poller", _poller_page),
    Generator("man page", _man_page),
)
"""All generators, in the order of derivation. Two derived texts are not here: docs/tutorial.md shows outputs of a kernel
(`python -m tests.tutorial`), and docs/performance.md measurements (`python -m bench --write`)."""


def stale(generator: Generator) -> Iterator[Derived]:
    """The files of a generator that differ from those on the disk."""
    return (file for file in generator.files() if is_stale(file))


def check_all(generators: Sequence[Generator]) -> int:
    """Lists the stale files, each with the command that mends it; returns the exit status."""
    status = FRESH
    for generator in generators:
        try:
            for file in stale(generator):
                status = STALE
                _complain(f"{file.path.relative_to(ROOT)} is stale; to mend it: {MEND}")
        except CannotGenerateError as error:
            status = STALE
            _complain(f"{error.path.relative_to(ROOT)} is stale ({error}); to mend it: {error.mend}")
    return status


def write_all(generators: Sequence[Generator]) -> int:
    """Writes the stale files and lists them; returns the exit status."""
    status = FRESH
    for generator in generators:
        try:
            written = list(_write_stale(generator))
        except CannotGenerateError as error:
            status = STALE
            _complain(f"{error.path.relative_to(ROOT)} stays stale ({error}); to mend it: {error.mend}")
            continue
        if any(file.path.suffix == ".py" for file in written):
            return subprocess.call([sys.executable, "-m", "tools.generate"], cwd=ROOT)
    return status


def _write_stale(generator: Generator) -> Iterator[Derived]:
    for file in stale(generator):
        write(file)
        print(f"{'deleted' if file.text is None else 'wrote'} {file.path.relative_to(ROOT)}", flush=True)
        yield file


def _complain(message: str) -> None:
    print(message, file=sys.stderr, flush=True)


def main() -> int:
    """Runs the command line and returns the exit status."""
    parser = argparse.ArgumentParser(prog="python -m tools.generate", description="Writes derived files.")
    parser.add_argument("--check", action="store_true", help="write nothing, list what is stale, exit with 1 if any is")
    arguments = parser.parse_args()
    if __doc__ is None:
        _complain("pages are made from docstrings, which python -OO leaves out: run Python without it")
        return TROUBLE
    return check_all(GENERATORS) if arguments.check else write_all(GENERATORS)


if __name__ == "__main__":
    sys.exit(main())
