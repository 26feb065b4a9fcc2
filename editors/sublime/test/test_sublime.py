"""Sublime Text's colours, by bat, which reads the same syntax files; the other files by their formats alone."""

from __future__ import annotations

import json
import plistlib
import re
from pathlib import Path

import pytest
from conftest import EDITORS, GOOD, kinds_of_words, program, run

HERE = EDITORS / "sublime"
SCOPES = {"keyword": "keyword", "comment": "comment", "string": "string", "invalid": "invalid"}
COLOURS = dict(enumerate(SCOPES, 1))
"""A shade of blue for each scope, so that the colours of the output show the scopes."""
PIECE = re.compile(r"\x1b\[([0-9;]*)m|([^\x1b]+)")


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A configuration of bat with our syntax and a theme for the test, and no others."""
    home = tmp_path_factory.mktemp("bat")
    for folder in ("syntaxes", "themes"):
        (home / folder).mkdir()
    (home / "syntaxes" / "lbsh.sublime-syntax").write_bytes((HERE / "lbsh.sublime-syntax").read_bytes())
    plain: list[dict[str, object]] = [{"settings": {"foreground": "#FFFFFF", "background": "#FFFFFE"}}]
    plain += [{"scope": scope, "settings": {"foreground": f"#0000{number:02X}"}} for number, scope in COLOURS.items()]
    theme = plistlib.dumps({"name": "plain", "settings": plain})
    (home / "themes" / "plain.tmTheme").write_bytes(theme)
    run([program("batcat"), "cache", "--build", "--blank"], of(home))
    return home


def of(home: Path) -> dict[str, str]:
    return {"BAT_CONFIG_DIR": str(home), "BAT_CACHE_PATH": str(home / "cache"), "COLORTERM": "truecolor"}


def painted(script: Path, home: Path) -> list[list[str]]:
    """The scope of each character, line by line."""
    command = [program("batcat"), "--plain", "--paging=never", "--color=always", "--theme=plain", str(script)]
    rows: list[list[str]] = [[]]
    scope = ""
    for codes, text in PIECE.findall(run(command, of(home))):
        for character in text:
            if character == "\n":
                rows.append([])
            else:
                rows[-1].append(scope)
        shade = re.search(r"38;2;0;0;(\d+)", codes)
        if not text:
            scope = COLOURS[int(shade[1])] if shade else ""
    return rows


@pytest.mark.parametrize("script", GOOD, ids=lambda path: path.name)
def test_colours(script: Path, home: Path) -> None:
    rows = painted(script, home)
    expected = kinds_of_words(script.read_text(encoding="utf-8"))
    assert {(row, column): SCOPES.get(rows[row][column], "other") for row, column in expected} == expected


def test_faults_are_coloured_up_to_the_end_of_their_line(home: Path, tmp_path: Path) -> None:
    script = tmp_path / "x.lb"
    script.write_text('servce X # y\nadd a to b\ninclude "a\nadd a to b\n', encoding="utf-8")
    rows = painted(script, home)
    assert [rows[0][0], rows[0][7], rows[0][9]] == ["invalid", "invalid", "comment"]
    assert [rows[1][0], rows[3][0], rows[2][8]] == ["keyword", "keyword", "string"]


def test_comments_and_client_settings() -> None:
    comments = plistlib.loads((HERE / "Comments.tmPreferences").read_bytes())
    assert comments["scope"] == "source.lbsh"
    text = re.sub(r"^//.*$", "", (HERE / "LSP.sublime-settings").read_text(encoding="utf-8"), flags=re.MULTILINE)
    client = json.loads(text)["clients"]["lbsh"]
    assert (client["command"], client["selector"]) == (["lbsh", "lsp"], "source.lbsh")
