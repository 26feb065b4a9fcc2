"""The guides of CONTRIBUTING.md hold: changes are made in a copy by their guides, whole, and without one of their files."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.guides import CHANGES, ROOT, Change, copy_of_repository, edit, run
from tools.generate.language_page import section

CONTRIBUTING = ROOT / "CONTRIBUTING.md"
TYPED = ("lbsh", "lbsh_lang", "oyster", "tools")
WITHOUT_TREE_SITTER = re.compile(r"editors/tree-sitter-lbsh/src stays stale .*\n")
"""The complaint where the program is missing that writes that parser."""


def complaints(change: Change) -> dict[str, str]:
    """What says that a file was forgotten, as the guide's table has it."""
    rows = re.findall(r"^\| `([^`]+)` \| `([^`]+)` \|$", section(CONTRIBUTING, change.guide), re.MULTILINE)
    return {file: who for file, who in rows if file in change.edits}


def places(of_types: bool) -> list[object]:
    """Each change with each of its files of which the type checker, or else a test, says that it was forgotten."""
    return [
        pytest.param(change, file, id=f"{change.guide}-{file}")
        for change in CHANGES
        for file, who in complaints(change).items()
        if (who == "mypy") is of_types
    ]


def made(change: Change, folder: Path, forgotten: str = "") -> None:
    """Makes a change in a copy, by hand all files but one, and renews what is derived."""
    copy_of_repository(folder)
    for name, insertions in change.edits.items():
        if name != forgotten:
            edit(folder, name, insertions)
    for module in change.derive:
        run(folder, module)


class Typed:
    """A copy in which a change was made whole, with a daemon of mypy, which looks at what is edited only."""

    def __init__(self, change: Change, folder: Path) -> None:
        self.folder = folder
        made(change, folder)

    def complain(self) -> str:
        """What mypy says of the copy as it is."""
        status = ("--status-file", str(self.folder / "dmypy.json"))
        done = run(self.folder, "mypy.dmypy", *status, "run", "--", "--cache-dir", str(ROOT / "build" / "mypy"), *TYPED)
        assert done.returncode in (0, 1), done.stdout + done.stderr
        return "" if done.returncode == 0 else done.stdout

    def stop(self) -> None:
        run(self.folder, "mypy.dmypy", "--status-file", str(self.folder / "dmypy.json"), "stop")


@pytest.fixture(scope="module")
def copies(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, Typed]]:
    """The copies by the headings of the guides, each made when it is needed."""
    found: dict[str, Typed] = {}
    yield found
    for one in found.values():
        one.stop()


@pytest.mark.parametrize("change", CHANGES, ids=lambda change: change.guide)
def test_the_guide_names_the_files(change: Change) -> None:
    assert len(change.edits) <= change.most
    assert complaints(change).keys() == change.edits.keys()


@pytest.mark.parametrize("change", CHANGES, ids=lambda change: change.guide)
def test_a_change_by_its_guide_is_whole(change: Change, tmp_path: Path) -> None:
    made(change, tmp_path)
    generated = run(tmp_path, "tools.generate")
    assert WITHOUT_TREE_SITTER.sub("", generated.stdout + generated.stderr) == ""
    tested = run(tmp_path, "pytest", "-q", "--hypothesis-profile=quick", "-p", "no:cacheprovider", *change.tests)
    assert tested.returncode == 0, tested.stdout[-4000:]


@pytest.mark.parametrize(("change", "file"), places(of_types=True))
def test_the_type_checker_says_what_was_forgotten(
    copies: dict[str, Typed], change: Change, file: str, tmp_path_factory: pytest.TempPathFactory
) -> None:
    if change.guide not in copies:
        copies[change.guide] = Typed(change, tmp_path_factory.mktemp("typed"))
    copy = copies[change.guide]
    edited = copy.folder / file
    whole = edited.read_text(encoding="utf-8")
    assert copy.complain() == ""
    edited.write_bytes((ROOT / file).read_bytes())
    try:
        assert "error:" in copy.complain()
    finally:
        edited.write_text(whole, encoding="utf-8")


@pytest.mark.parametrize(("change", "file"), places(of_types=False))
def test_a_test_says_what_was_forgotten(change: Change, file: str, tmp_path: Path) -> None:
    made(change, tmp_path, file)
    named = complaints(change)[file]
    done = run(tmp_path, "pytest", "-q", "--hypothesis-profile=quick", "-p", "no:cacheprovider", named)
    assert done.returncode in (1, 2), done.stdout[-2000:]
    assert re.search(r"^(FAILED|ERROR) ", done.stdout, re.MULTILINE), done.stdout[-2000:]
    untouched = run(ROOT, "pytest", "-q", "--hypothesis-profile=quick", "-p", "no:cacheprovider", named)
    assert untouched.returncode == 0, untouched.stdout[-2000:]
