"""Docstrings that users read: complete under `python -O`, and a refusal in one line under `python -OO`."""

from __future__ import annotations

import ast
import os
import subprocess
import sys
from pathlib import Path

import pytest

from lbsh.cli.formats import FORMATS
from tests.test_layers import MODULES, nodes_of

ROOT = Path(__file__).parents[1]
REFUSAL = "lbsh: this needs docstrings, which python -OO and PYTHONOPTIMIZE=2 leave out: run Python without them\n"
FAULTY = "service SMTP is 203.0.113.25 tcp 25\npool mx_pool for SMPT\n"

SHOWN = (
    ("explain", "LB101"),
    ("check", "--format", "sarif", "site.lb"),
    ("check", "--fix", "--format", "sarif", "site.lb"),
    ("--help",),
    ("check", "--help"),
)
"""Commands that print docstrings."""

OTHERS = (
    ("explain",),
    ("explain", "LB9999"),
    ("backends",),
    ("ast", "site.lb"),
    ("fmt", "--diff", "site.lb"),
    ("check", "site.lb"),
    *(("check", "--format", form, "site.lb") for form in FORMATS if form != "sarif"),
)
"""Commands that print none."""


def run(folder: Path, *options: str, level: str = "") -> tuple[int, str, str]:
    """The exit status of a command, and what it printed, as Python with this option runs it."""
    done = subprocess.run(
        [sys.executable, *level.split(), "-m", "lbsh", *options],
        cwd=folder,
        env={**os.environ, "PYTHONPATH": str(ROOT), "PYTHONOPTIMIZE": ""},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    return done.returncode, done.stdout, done.stderr


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "site.lb").write_text(FAULTY)
    return tmp_path


@pytest.mark.sampled
@pytest.mark.parametrize("command", [*SHOWN, ("lsp",)], ids=" ".join)
def test_without_docstrings_a_command_that_shows_them_refuses(folder: Path, command: tuple[str, ...]) -> None:
    assert run(folder, *command, level="-OO") == (2, "", REFUSAL)
    assert (folder / "site.lb").read_text() == FAULTY


@pytest.mark.gate
@pytest.mark.parametrize("command", OTHERS, ids=" ".join)
def test_without_docstrings_all_other_commands_work(folder: Path, command: tuple[str, ...]) -> None:
    assert run(folder, *command, level="-OO") == run(folder, *command)


@pytest.mark.gate
@pytest.mark.parametrize("command", SHOWN, ids=" ".join)
def test_without_asserts_nothing_is_missing(folder: Path, command: tuple[str, ...]) -> None:
    shown = run(folder, *command)
    (folder / "site.lb").write_text(FAULTY)
    assert shown[1:] != ("", REFUSAL)
    assert run(folder, *command, level="-O") == shown


@pytest.mark.parametrize("level", ["", "-O"])
def test_the_language_server_starts_where_docstrings_are(folder: Path, level: str) -> None:
    """A client that says nothing and goes away: status 1, as `lsp --help` says."""
    status, _, said = run(folder, "lsp", level=level)
    assert (status, REFUSAL in said) == (1, False)


def test_docstrings_are_read_in_one_place() -> None:
    readers = {
        name
        for name, path in MODULES
        for node in nodes_of(path)
        if (isinstance(node, ast.Attribute) and node.attr == "__doc__")
        or (isinstance(node, ast.Name) and node.id == "__doc__")
        or (isinstance(node, ast.alias) and node.name == "getdoc")
    }
    assert readers == {"lbsh_lang.docstrings"}
