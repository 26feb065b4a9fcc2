"""A new member of a closed set is a type error at each of its readers: shown in a copy of the code."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
from pathlib import Path
from typing import NamedTuple

import pytest

pytestmark = pytest.mark.gate

ROOT = Path(__file__).parents[1]


class Addition(NamedTuple):
    """A member that is added to a closed set: in which file, before which line, and what.

    `union` is a text to exchange besides, `says` a pattern for complaints about it, `readers` where there must be one.
    """

    file: str
    before: str
    lines: str
    union: tuple[str, str]
    says: str
    readers: frozenset[str]


ADDITIONS = {
    "a statement": Addition(
        "lbsh_lang/syntax/nodes.py",
        "DeviceFact = (",
        'class WeatherStatement(NamedTuple):\n    """`weather NAME`"""\n\n    name: Name | None = None\n\n\n',
        ("\nDeviceFact = (\n", "\nDeviceFact = (\n    WeatherStatement\n    | "),
        "WeatherStatement",
        frozenset({"lbsh_lang/analysis/prose/sentences.py", "lbsh_lang/site/device_facts.py"}),
    ),
    "a fault of a line": Addition(
        "lbsh_lang/syntax/faults.py",
        "OwnFault = (",
        'class OddWeather(NamedTuple):\n    """A fault."""\n\n    token: Token[object]\n\n\n',
        ("OwnFault = (\n", "OwnFault = (\n    OddWeather\n    | "),
        "OddWeather",
        frozenset({"lbsh_lang/syntax/faults.py", "lbsh_lang/checks/faults.py"}),
    ),
    "a fault of a script": Addition(
        "lbsh_lang/site/faults.py",
        "Fault = (",
        'class OddSeason(NamedTuple):\n    """A fault."""\n\n    token: Token[object]\n\n\n',
        ("\nFault = (\n", "\nFault = (\n    OddSeason\n    | "),
        'OddSeason|Argument 1 to "code_of"',
        frozenset({"lbsh_lang/site/faults.py", "lbsh_lang/checks/faults.py"}),
    ),
    "a reason": Addition(
        "lbsh_lang/syntax/faults.py",
        '    RANGE_SIZE = "',
        '    TOO_COLD = "a word in winter"\n',
        ("", ""),
        "Mismatch.TOO_COLD",
        frozenset({"lbsh_lang/checks/wording.py"}),
    ),
    "a terminal": Addition(
        "lbsh_lang/syntax/terminals.py",
        "    TOPIC = Word(",
        '    SEASON = Word("a season", _word, TokenType.VALUE, None)\n',
        ("", ""),
        "Terminal.SEASON",
        frozenset({"lbsh_lang/analysis/prose/sentences.py"}),
    ),
    "a type of token": Addition(
        "lbsh_lang/syntax/terminals.py",
        "    CODE = auto()",
        "    WEATHER = auto()\n",
        ("", ""),
        "TokenType.WEATHER",
        frozenset(
            {
                "tools/generate/textmate.py",
                "lbsh_lang/analysis/completion/complete.py",
                "lbsh_lang/analysis/hover/hover.py",
            }
        ),
    ),
    "a keyword": Addition(
        "lbsh_lang/syntax/keywords.py",
        '    SKEW = "skew"',
        '    DURING = "during"\n',
        ("", ""),
        "Keyword.DURING",
        frozenset({"lbsh_lang/analysis/prose/sentences.py"}),
    ),
    "a record of a terminal without all of its entries": Addition(
        "lbsh_lang/syntax/terminals.py",
        "    SUBJECT = Word(",
        '    NOBODY = Word("nobody", _word, TokenType.VALUE)\n',
        ("", ""),
        'Missing positional argument "names"',
        frozenset({"lbsh_lang/syntax/terminals.py"}),
    ),
}


def add(folder: Path, addition: Addition) -> None:
    path = folder / addition.file
    before, found, after = path.read_text(encoding="utf-8").partition(addition.before)
    assert found, f"{addition.file} has no {addition.before!r} any more"
    text = before + addition.lines + found + after
    if addition.union[0]:
        assert addition.union[0] in text, f"{addition.file} has no {addition.union[0]!r} any more"
        text = re.sub(re.escape(addition.union[0]) + r"\s*", lambda _: addition.union[1], text, count=1)
    path.write_text(text, encoding="utf-8")


@pytest.fixture(scope="module")
def complaints(tmp_path_factory: pytest.TempPathFactory) -> list[tuple[str, str]]:
    """What mypy says of a copy of the code in which every closed set has a member more: files and messages."""
    folder = tmp_path_factory.mktemp("copy")
    for name in ("lbsh", "lbsh_lang", "lsp", "oyster", "tools"):
        shutil.copytree(ROOT / name, folder / name, ignore=shutil.ignore_patterns("__pycache__", "node_modules"))
    shutil.copy(ROOT / "pyproject.toml", folder)
    for addition in ADDITIONS.values():
        add(folder, addition)
    command = [
        sys.executable,
        "-m",
        "mypy",
        "--cache-dir",
        str(ROOT / "build" / "mypy"),
        "lbsh",
        "lbsh_lang",
        "oyster",
        "tools",
    ]
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, timeout=1200, check=False)
    assert done.returncode == 1, done.stdout + done.stderr
    found = [line.split(":", 2) for line in done.stdout.splitlines() if ": error:" in line]
    return [(file, message) for file, _, message in found]


@pytest.mark.parametrize("what", ADDITIONS)
def test_each_reader_that_was_not_told_is_a_type_error(what: str, complaints: list[tuple[str, str]]) -> None:
    addition = ADDITIONS[what]
    assert {file for file, message in complaints if re.search(addition.says, message)} >= addition.readers, complaints
