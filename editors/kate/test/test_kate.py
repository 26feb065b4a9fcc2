"""Kate's colours, by the program that comes with its highlighting; its LSP client's settings by their JSON alone."""

from __future__ import annotations

import json
from html.parser import HTMLParser
from pathlib import Path
from xml.etree import ElementTree

import pytest
from conftest import EDITORS, GOOD, kinds_of_words, program, run

HERE = EDITORS / "kate"
STYLES = {
    "Statement": "keyword",
    "Keyword": "keyword",
    "Comment": "comment",
    "Annotation": "comment",
    "String": "string",
}
COLOURS = {f"#0000{number:02x}": style for number, style in enumerate(STYLES, 1)}
"""A colour for each style, so that the colours of the output show the styles."""


class Painted(HTMLParser):
    """The style of each character of the highlighted text, line by line."""

    def __init__(self) -> None:
        super().__init__()
        self.rows: list[list[str]] = [[]]
        self._inside: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        style = dict(attrs).get("style") or ""
        self._inside.append(next((name for colour, name in COLOURS.items() if f"color:{colour}" in style), ""))

    def handle_endtag(self, tag: str) -> None:
        self._inside.pop()

    def handle_data(self, data: str) -> None:
        for character in data:
            if character == "\n":
                self.rows.append([])
            else:
                self.rows[-1].append(self._inside[-1] if self._inside else "")


def highlighted(script: Path, home: Path) -> str:
    """The script as HTML."""
    data = home / "org.kde.syntax-highlighting"
    for folder in ("syntax", "themes"):
        (data / folder).mkdir(parents=True)
    (data / "syntax" / "lbsh.xml").write_bytes((HERE / "lbsh.xml").read_bytes())
    styles = {style: {"text-color": colour} for colour, style in COLOURS.items()}
    theme = {
        "metadata": {"name": "plain", "revision": 1},
        "text-styles": {"Normal": {"text-color": "#ffffff"}},
        "custom-styles": {"lbsh": styles},
    }
    (data / "themes" / "plain.theme").write_text(json.dumps(theme), encoding="utf-8")
    command = [program("kate-syntax-highlighter"), "--theme", "plain", "--output-format", "html", str(script)]
    return run(command, {"XDG_DATA_HOME": str(home)})


@pytest.mark.parametrize("script", GOOD, ids=lambda path: path.name)
def test_colours(script: Path, tmp_path: Path) -> None:
    painted = Painted()
    painted.feed(highlighted(script, tmp_path).split("<pre>")[1].split("</pre>")[0].lstrip("\n"))
    expected = kinds_of_words(script.read_text(encoding="utf-8"))
    found = {(row, column): STYLES.get(painted.rows[row][column], "other") for row, column in expected}
    assert found == expected


def test_every_style_and_context_is_there() -> None:
    root = ElementTree.parse(HERE / "lbsh.xml").getroot()  # noqa: S314 -- a file of ours
    styles = {one.get("name") for one in root.iter("itemData")}
    contexts = {one.get("name") for one in root.iter("context")}
    assert {one.get("attribute") for one in root.iter() if one.get("attribute")} <= styles
    named = {one.get("context", "").lstrip("#") for one in root.iter() if one.get("context")}
    assert named - {"stay", "pop", "Comments"} <= contexts


def test_the_client_settings() -> None:
    server = json.loads((HERE / "lspclient.json").read_text(encoding="utf-8"))["servers"]["lbsh"]
    assert server["command"] == ["lbsh", "lsp"]
    assert server["highlightingModeRegex"] == "^lbsh$"
