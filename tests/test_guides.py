"""The guides of CONTRIBUTING.md hold: changes are made in a copy by their guides, whole, and without one of their files."""

from __future__ import annotations

import re
import shutil
from pathlib import Path

import pytest

from tests.guides import CHANGES, ROOT, Change, make_all, run, text_with
from tools.generate.language_page import section

pytestmark = pytest.mark.gate

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


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy in which all changes are made in full."""
    folder = tmp_path_factory.mktemp("whole")
    make_all(folder)
    return folder


def type_errors(folder: Path, kept: Path, packages: tuple[str, ...] = TYPED) -> str:
    """What mypy says of a copy; it looks only at what differs from what it kept before, and keeps the result."""
    done = run(folder, "mypy", "--sqlite-cache", "--cache-dir", str(kept), *packages)
    assert done.returncode in (0, 1), done.stdout + done.stderr
    return done.stdout if done.returncode else ""


@pytest.fixture(scope="module")
def kept(whole: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What mypy keeps of the whole copy, in which it finds no fault."""
    folder = tmp_path_factory.mktemp("types")
    assert type_errors(whole, folder) == ""
    return folder


@pytest.mark.parametrize("change", CHANGES, ids=lambda change: change.guide)
def test_the_guide_names_the_files(change: Change) -> None:
    assert len(change.edits) <= change.most
    assert complaints(change).keys() == change.edits.keys()


def test_changes_by_their_guides_are_whole(whole: Path) -> None:
    generated = run(whole, "tools.generate")
    assert WITHOUT_TREE_SITTER.sub("", generated.stdout + generated.stderr) == ""
    tests = sorted({test for change in CHANGES for test in change.tests})
    tested = run(whole, "pytest", "-q", "--hypothesis-profile=quick", "-p", "no:cacheprovider", *tests)
    assert tested.returncode == 0, tested.stdout[-4000:]


@pytest.mark.parametrize(("change", "file"), places(of_types=True))
def test_the_type_checker_says_what_was_forgotten(
    whole: Path, kept: Path, change: Change, file: str, tmp_path: Path
) -> None:
    """Mostly the package of the files themselves shows it: to look at all others takes far longer."""
    cache = tmp_path / "types"
    shutil.copytree(kept, cache)
    (whole / file).write_text(text_with(file, change), encoding="utf-8")
    try:
        assert any("error:" in type_errors(whole, cache, packages) for packages in (("lbsh_lang",), TYPED))
    finally:
        (whole / file).write_text(text_with(file), encoding="utf-8")
        shutil.rmtree(cache)


@pytest.mark.parametrize(("change", "file"), places(of_types=False))
def test_a_test_says_what_was_forgotten(change: Change, file: str, tmp_path: Path) -> None:
    make_all(tmp_path, (change, file))
    named = complaints(change)[file]
    done = run(tmp_path, "pytest", "-qx", "--hypothesis-profile=quick", "-p", "no:cacheprovider", named)
    assert done.returncode in (1, 2), done.stdout[-2000:]
    assert re.search(r"^(FAILED|ERROR) ", done.stdout, re.MULTILINE), done.stdout[-2000:]


def test_without_a_change_no_test_complains() -> None:
    """What the tests above see is due to what was forgotten."""
    named = sorted({who for change in CHANGES for who in complaints(change).values() if who != "mypy"})
    done = run(ROOT, "pytest", "-q", "--hypothesis-profile=quick", "-p", "no:cacheprovider", *named)
    assert done.returncode == 0, done.stdout[-2000:]
