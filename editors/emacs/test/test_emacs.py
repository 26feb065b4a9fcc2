"""Emacs with lbsh-mode, with Eglot as a package and as its own part: compilation, colours, and the server."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest
from conftest import EDITORS, GOOD, Finding, Site, kinds_of_words, program, run

HERE = EDITORS / "emacs"
MODE = HERE / "lbsh-mode.el"
FACES = {"keyword": "keyword", "comment": "comment", "string": "string"}
OLD, NEW = "emacs", "emacs-30"
each = pytest.mark.parametrize("emacs", [OLD, NEW])
ELPA = Path("/usr/share/emacs/site-lisp/elpa")
"""The folder of Debian's packages, which an Emacs without settings does not search."""


def start(emacs: str, *arguments: str, plan: Path | None = None) -> str:
    elpa = [] if emacs == NEW else sorted(ELPA.glob("*"))
    paths = [part for folder in (HERE, *elpa) for part in ("-L", str(folder))]
    return run([program(emacs), "-Q", "--batch", *paths, *arguments], {"LBSH_PLAN": str(plan)})


def drive(emacs: str, task: str, files: list[Path], folder: Path, count: int = 0) -> list[Any]:
    """The report of `drive.el`."""
    plan, out = folder / "plan.json", folder / "seen.json"
    wanted = {"task": task, "files": list(map(str, files)), "count": count, "out": str(out)}
    plan.write_text(json.dumps(wanted), encoding="utf-8")
    start(emacs, "-l", str(HERE / "test" / "drive.el"), plan=plan)
    seen: list[Any] = json.loads(out.read_text(encoding="utf-8"))
    return seen


@each
def test_it_compiles_without_a_warning(emacs: str, tmp_path: Path) -> None:
    target = f'(setq byte-compile-error-on-warn t byte-compile-dest-file-function (lambda (_) "{tmp_path}/mode.elc"))'
    start(emacs, "--eval", target, "-f", "batch-byte-compile", str(MODE))
    assert (tmp_path / "mode.elc").is_file()


@each
def test_its_texts_are_in_order(emacs: str) -> None:
    fail = '(advice-add \'display-warning :before (lambda (&rest told) (message "%S" told) (kill-emacs 1)))'
    start(emacs, "--eval", "(require 'checkdoc)", "--eval", fail, "--eval", f'(checkdoc-file "{MODE}")')


@each
@pytest.mark.parametrize("script", GOOD, ids=lambda path: path.name)
def test_colours(emacs: str, script: Path, tmp_path: Path) -> None:
    rows = drive(emacs, "colours", [script], tmp_path)
    expected = kinds_of_words(script.read_text(encoding="utf-8"))
    found = {}
    for row, column in expected:
        face = re.search(r"font-lock-(keyword|comment|string)", rows[row][column])
        found[row, column] = FACES[face[1]] if face else "other"
    assert found == expected


@each
def test_the_same_findings_as_on_the_command_line(emacs: str, site: Site, tmp_path: Path) -> None:
    expected = site.findings()
    seen = drive(emacs, "diagnostics", list(site.files), tmp_path, len(expected))
    assert sorted(seen) == sorted([one.file, one.line, one.column, text_of(one)] for one in expected)


def text_of(one: Finding) -> str:
    """The text in which Eglot combines the parts of a finding."""
    return f"lbsh [{one.code}]: {one.message}"


@each
def test_rules_traces_formatting_and_renaming(emacs: str, sound: Path, tmp_path: Path) -> None:
    rules, trace, fault, formatted, renamed, outline = drive(emacs, "commands", [sound], tmp_path)
    assert "192.168.1.2" in rules
    assert "web_pool" in trace
    assert "`none`" in fault
    assert "pool web_pool for WEB\n" in formatted
    assert "pool farm for WEB\nadd 192.168.1.2-3 to farm\n" in renamed
    assert outline
