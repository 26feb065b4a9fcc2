"""The tree-sitter parser, `editors/tree-sitter-lbsh/src/`, which the program `tree-sitter` makes from `grammar.js`.

That program needs node, and few machines have either. So a record with the digests of all that it read and wrote is
committed beside the parser: while the files are those of the record, the parser is the one that these inputs make, and the
program is not needed. It is run when a file differs from the record, and then writes parser and record anew.
`sha256sum -c generated.sha256` compares them by hand.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from hashlib import sha256
from pathlib import Path

from tools.generate.derived import ROOT, CannotGenerateError, Derived, left_over

FOLDER = ROOT / "editors" / "tree-sitter-lbsh"
INPUTS = ("beginnings.js", "grammar.js", "rules.json")
RECORD = "generated.sha256"
PROGRAM = Path(os.environ.get("EDITORS_BUILD", ROOT / "build" / "editors")) / "bin" / "tree-sitter"
"""The release that the committed parser is made by: another one would write another parser."""

MEND = 'sh editors/newer-programs.sh "$PWD/build/editors" && make generate'
"""Gets the program, on Debian, and runs it."""


def files(folder: Path = FOLDER, program: Path = PROGRAM) -> Iterator[Derived]:
    """Nothing if all files are as recorded; else the parser and its record. Raises `CannotGenerateError`."""
    record = folder / RECORD
    if not record.exists() or record.read_text(encoding="utf-8") != record_of(folder):
        yield from _generated(folder, program)


def record_of(folder: Path) -> str:
    """The digests of what the program reads and writes in a folder, as `sha256sum` prints them."""
    made = (path.relative_to(folder).as_posix() for path in (folder / "src").rglob("*") if path.is_file())
    names = sorted([*INPUTS, *made])
    return "".join(f"{sha256((folder / name).read_bytes()).hexdigest()}  {name}\n" for name in names)


def _generated(folder: Path, program: Path) -> Iterator[Derived]:
    with tempfile.TemporaryDirectory() as name:
        made = Path(name)
        for one in INPUTS:
            shutil.copy(folder / one, made)
        _run(program, made, folder / "src")
        parser = [path for path in sorted((made / "src").rglob("*")) if path.is_file()]
        wanted = [Derived(folder / path.relative_to(made), path.read_text(encoding="utf-8")) for path in parser]
        yield from wanted
        yield from left_over(folder / "src", {file.path for file in wanted})
        yield Derived(folder / RECORD, record_of(made))


def _run(program: Path, inside: Path, stale: Path) -> None:
    if not program.exists():
        raise CannotGenerateError(stale, f"not as recorded in {RECORD}", MEND)
    command = [str(program), "generate", "--no-bindings"]
    done = subprocess.run(  # noqa: S603 -- a list of arguments of ours
        command, cwd=inside, capture_output=True, text=True, timeout=180, check=False
    )
    if done.returncode:
        said = " ".join((done.stderr or done.stdout).split())
        raise CannotGenerateError(stale, f"tree-sitter fails: {said}", "look at grammar.js, then make generate")
