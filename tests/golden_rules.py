"""Writes tests/golden/rules/: beside each script the rules of every backend, so that a change of rules is read as one diff.

`python -m tests.golden_rules` rewrites them, `tests/test_golden_rules.py` compares them. A case is a folder:

    site.lb              the script
    next.lb              if there is one: what the script becomes
    TARGET.rules         the rules for a target; in their place, why there are none
    TARGET+FLAG.rules    the rules with a flag of the backend, for the cases in `WITH_FLAGS`
    TARGET.change        what leads from the rules of site.lb to those of next.lb, where a backend can change rules in use

A target whose rules are those of an earlier target of the same backend, but for the first line, which names it, has no file.
"""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from contextlib import chdir
from itertools import groupby
from pathlib import Path
from typing import NamedTuple

from click.testing import CliRunner

from lbsh.cli.main import cli
from lbsh_lang.backends.base import Backend
from lbsh_lang.backends.registry import installed, load_backend

FOLDER = Path(__file__).parent / "golden" / "rules"
SCRIPT, NEXT = "site.lb", "next.lb"

WITH_FLAGS = {"plain", "both-sides"}


class Emission(NamedTuple):
    """The name of a file and the text that it should have."""

    name: str
    text: str


def cases() -> list[Path]:
    return sorted(path.parent for path in FOLDER.glob(f"*/{SCRIPT}"))


def emissions(case: Path) -> Iterator[Emission]:
    """All that is emitted for the scripts of a case."""
    for backend in map(load_backend, installed()):
        yield from _whole(case, backend)
        for flag in sorted(backend.flags) if case.name in WITH_FLAGS else ():
            yield from _whole(case, backend, flag)
        if (case / NEXT).exists():
            yield from _changes(case, backend)


def written(case: Path) -> dict[str, str]:
    """What stands beside the scripts of a case."""
    return {path.name: path.read_text() for path in case.iterdir() if path.suffix in {".rules", ".change"}}


def _whole(case: Path, backend: Backend, flag: str = "") -> Iterator[Emission]:
    """The rules for each target that has others than the target before it."""
    ending = f"+{flag}.rules" if flag else ".rules"
    options = (f"--{flag}",) if flag else ()
    emitted = ((target, _emit(case, backend, target, *options, SCRIPT)[1]) for target in backend.targets)
    for _, same in groupby(emitted, lambda one: one[1].partition("\n")[2]):
        target, text = next(same)
        yield Emission(f"{target}{ending}", text)


def _changes(case: Path, backend: Backend) -> Iterator[Emission]:
    for target in backend.targets:
        status, text = _emit(case, backend, target, "--since", SCRIPT, NEXT)
        if status == 0:
            yield Emission(f"{target}.change", text)


def _emit(case: Path, backend: Backend, target: str, *words: str) -> tuple[int, str]:
    """The exit status of `lbsh emit`, and the rules; if there are none, what it says."""
    with tempfile.TemporaryDirectory() as folder, chdir(case):
        output = Path(folder) / "rules"
        command = ["emit", "--backend", backend.name, "--target", target, "-o", str(output), *words]
        done = CliRunner().invoke(cli, command, standalone_mode=False)
        return (0, output.read_text()) if output.exists() else (1, done.output or f"{done.exception}\n")


def renew(case: Path) -> None:
    """Makes the files of a case what they should be, and takes away those that are none any more."""
    wanted = dict(emissions(case))
    for name in written(case).keys() - wanted.keys():
        (case / name).unlink()
    for name, text in wanted.items():
        (case / name).write_text(text)


if __name__ == "__main__":
    for one in cases():
        renew(one)
