"""Vim with the files of this folder: colours, ALE, :make, and the settings for vim-lsp."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest
from conftest import EDITORS, GOOD, LBSH, Site, kinds_of_words, program, run

HERE = EDITORS / "vim"
ALE = Path("/usr/share/vim-ale")
KINDS = {"Statement": "keyword", "Keyword": "keyword", "Comment": "comment", "String": "string"}
"""The kind of a word by the last word of its group's name."""

VIM = ["-T", "dumb", "--not-a-term", "-n", "-i", "NONE", "-u", "NONE", "-N"]


def drive(script: Path, out: Path, *setup: str, count: int = 0) -> dict[str, Any]:
    """The report of `drive.vim`; `setup` are commands that come first."""
    commands = [part for one in (f"set runtimepath^={HERE}", *setup) for part in ("--cmd", one)]
    command = [program("vim.nox"), *VIM, *commands, "-S", str(HERE / "test" / "drive.vim")]
    run(command, {"LBSH_SCRIPT": str(script), "LBSH_OUT": str(out), "LBSH_COUNT": str(count)})
    seen: dict[str, Any] = json.loads(out.read_text(encoding="utf-8"))
    assert "fault" not in seen, seen["fault"]
    return seen


@pytest.mark.parametrize("script", GOOD, ids=lambda path: path.name)
def test_colours(script: Path, tmp_path: Path) -> None:
    seen = drive(script, tmp_path / "seen.json")
    assert (seen["filetype"], seen["commentstring"]) == ("lbsh", "# %s")
    text = script.read_text(encoding="utf-8")
    assert text.isascii(), "columns of Vim are bytes"
    expected = kinds_of_words(text)
    groups = {(row, column): re.findall("[A-Z][a-z]+|$", seen["colours"][row][column]) for row, column in expected}
    assert {place: KINDS.get(parts[-2:][0], "other") for place, parts in groups.items()} == expected


def test_ale_has_the_findings_of_the_command_line(site: Site, tmp_path: Path) -> None:
    script = site.files[0]
    expected = [one for one in site.findings() if one.file == str(script)]
    setup = (f"set runtimepath+={ALE}", f"let g:lbsh = {{'cmd': ['{LBSH}', 'lsp']}}", "runtime! plugin/ale.vim")
    seen = drive(script, tmp_path / "seen.json", *setup, count=len(expected))
    found = [
        (line, site.characters(str(script), line, octets - 1) + 1, code, text)
        for line, octets, code, text in seen["findings"]
    ]
    assert sorted(found) == [(one.line, one.column, one.code, one.message.replace("\n", " ")) for one in expected]


def test_make_fills_the_quickfix_list(site: Site, tmp_path: Path) -> None:
    seen = drive(site.files[0], tmp_path / "seen.json")
    found = {(file, line) for file, line, _, _ in seen["made"]}
    assert found == {(one.file, one.line) for one in site.findings()}


def test_vim_lsp_is_told_of_the_server(tmp_path: Path) -> None:
    """vim-lsp itself is in no registry that the tests use; so the test reads the settings that it would get."""
    out = tmp_path / "seen.json"
    told = tmp_path / "told.vim"
    told.write_text(
        "function! lsp#register_server(told) abort\n"
        "  call writefile([json_encode([a:told.name, a:told.allowlist, a:told.cmd({}), a:told.initialization_options])],"
        " $LBSH_OUT)\nendfunction\n",
        encoding="utf-8",
    )
    (tmp_path / "autoload").mkdir()
    told.rename(tmp_path / "autoload" / "lsp.vim")
    chosen = "let g:lbsh = {'backend': 'pf', 'include_from': ['/srv']}"
    setup = [f"set runtimepath^={HERE},{tmp_path}", chosen, f"source {HERE}/plugin/lbsh.vim"]
    commands = [part for one in (*setup, "doautocmd User lsp_setup", "qall!") for part in ("--cmd", one)]
    run([program("vim.nox"), *VIM, *commands], {"LBSH_OUT": str(out)})
    settings = {"backend": "pf", "target": None, "includeFrom": ["/srv"]}
    assert json.loads(out.read_text(encoding="utf-8")) == ["lbsh", ["lbsh"], ["lbsh", "lsp"], settings]
