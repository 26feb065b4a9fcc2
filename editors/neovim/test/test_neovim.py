"""Neovim with the files of this folder: a release without vim.lsp.start, one with it, and one with vim.lsp.config."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from conftest import BUILD, EDITORS, LBSH, Finding, Site, program, run

HERE = EDITORS / "neovim"
OLD, MIDDLE, NEW = "/usr/bin/nvim", str(BUILD / "bin" / "nvim-0.10"), str(BUILD / "bin" / "nvim-0.12")
each = pytest.mark.parametrize("nvim", [OLD, MIDDLE, NEW], ids=["of Debian", "0.10", "0.12"])


def drive(nvim: str, task: str, files: list[Path], count: int = 0, also: Path = HERE) -> dict[str, object]:
    """The report of `drive.lua`; `also` is a further folder for Neovim to search."""
    folder = files[0].parent
    plan, out = folder / "plan.json", folder / "seen.json"
    wanted = {"task": task, "files": list(map(str, files)), "count": count, "out": str(out)}
    plan.write_text(json.dumps(wanted), encoding="utf-8")
    setup = f"set runtimepath^={HERE},{also} | let g:lbsh = {{'cmd': ['{LBSH}', 'lsp']}}"
    command = [program(nvim), "--headless", "--clean", "--cmd", setup, "-c", f"luafile {HERE}/test/drive.lua"]
    run(command, {"LBSH_PLAN": str(plan)})
    answer = json.loads(out.read_text(encoding="utf-8"))
    assert answer["ok"], answer["seen"]
    return {"seen": answer["seen"]} if isinstance(answer["seen"], list) else answer["seen"]


@each
def test_the_same_findings_as_on_the_command_line(nvim: str, site: Site) -> None:
    expected = site.findings()
    seen = drive(nvim, "diagnostics", list(site.files), len(expected))["seen"]
    assert isinstance(seen, list)
    assert sorted(Finding(file, line, site.characters(file, line, octets) + 1, code, message)
                  for file, line, octets, code, message in seen) == expected  # fmt: skip


@each
def test_a_change_in_one_file_mends_another(nvim: str, site: Site) -> None:
    drive(nvim, "across", [site.files[0], site.files[2]])


@each
def test_hover_completion_rename_and_format(nvim: str, sound: Path) -> None:
    seen = drive(nvim, "features", [sound])
    assert (seen["filetype"], seen["commentstring"]) == ("lbsh", "# %s")
    assert "203.0.113.20" in json.dumps(seen["hover"])
    assert "web_pool" in json.dumps(seen["completion"])
    assert isinstance(seen["lines"], list)
    assert seen["lines"][7:9] == ["pool farm for WEB", "add 192.168.1.2-3 to farm"]


@each
def test_rules_and_traces(nvim: str, sound: Path) -> None:
    seen = drive(nvim, "commands", [sound])
    assert "192.168.1.2" in json.dumps(seen["rules"])
    assert seen["again"] == seen["rules"]
    assert "web_pool" in json.dumps(seen["trace"])
    assert "`none`" in json.dumps(seen["notices"])


@each
def test_lenses_and_hints(nvim: str, sound: Path) -> None:
    seen = drive(nvim, "lenses", [sound])
    assert "servers" in json.dumps(seen["lenses"])
    assert isinstance(seen["uses"], list)
    assert [use["lnum"] for use in seen["uses"]] == [8]
    assert seen.get("hints_on", True)


@pytest.mark.parametrize("nvim", [MIDDLE, NEW], ids=["0.10", "0.12"])
def test_colours_by_tree_sitter(nvim: str, parser_library: Path, tmp_path: Path) -> None:
    script = tmp_path / "site.lb"
    script.write_text("service A is 203.0.113.1 tcp 80\n# one\n# two\n# three\n", encoding="utf-8")
    seen = drive(nvim, "colours", [script], also=parser_library.parents[1])
    assert seen == {"tree_sitter": True, "colour": "keyword"}


@each
def test_colours_without_a_parser(nvim: str, sound: Path) -> None:
    assert drive(nvim, "colours", [sound]) == {"tree_sitter": False, "colour": "lbshStatement"}
