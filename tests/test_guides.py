"""The guides of CONTRIBUTING.md hold: changes are made in a copy by their guides, whole, and without one of their files."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
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


@pytest.fixture(scope="module")
def complain(whole: Path) -> Iterator[Callable[[], str]]:
    """Tells what mypy says of that copy as it is now: a daemon of it, which looks only at what was edited."""
    daemon = ("mypy.dmypy", "--status-file", str(whole / "dmypy.json"))

    def check() -> str:
        done = run(whole, *daemon, "run", "--", "--cache-dir", str(ROOT / "build" / "mypy"), *TYPED)
        assert done.returncode in (0, 1), done.stdout + done.stderr
        return done.stdout if done.returncode else ""

    yield check
    run(whole, *daemon, "stop")


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
    whole: Path, complain: Callable[[], str], change: Change, file: str
) -> None:
    assert complain() == ""
    (whole / file).write_text(text_with(file, change), encoding="utf-8")
    try:
        assert "error:" in complain()
    finally:
        (whole / file).write_text(text_with(file), encoding="utf-8")


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
