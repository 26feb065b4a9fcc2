"""Shared parts of the editors' tests: their programs, a site with faults, and its findings by `lbsh check`."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from lbsh_lang.syntax.automaton import AUTOMATON
from oyster.words import split_words

ROOT = Path(__file__).parents[1]
EDITORS = ROOT / "editors"
BUILD = Path(os.environ.get("EDITORS_BUILD", ROOT / "build" / "editors"))
LBSH = os.environ.get("LBSH", str(ROOT / ".venv" / "bin" / "lbsh"))
LONGEST = 300
"""The limit of any program, in seconds. Waits inside editors end earlier (120 s), so that they can report their reason."""

SITE = {
    "site.lb": """\
include "net.lb"
include "farms/web.lb"
include "farms/mail.lb"
service DNS is 203.0.113.53 udp 53
status "\N{CAT FACE}" x
pool dns_pool for DSN   # \N{CAT FACE}
""",
    "net.lb": """\
interface external em0
interface internal em1
external addr 203.0.113.1
internal net 192.168.1.0/24
internal gw 192.168.2.1
""",
    "farms/web.lb": """\
# \N{CAT FACE} web
service WEB is 203.0.113.20 tcp 80, 443 sticky
pool web_pool for WEB balance fastest
add 192.168.1.2 too web_pool
add 192.168.1.3 to web_pool
probe WEB with http match "\N{CAT FACE}\N{CAT FACE}" every 5
""",
    "farms/mail.lb": """\
service SMTP is 203.0.113.25 tcp 25
pool mx_pool for SMTP
add 192.168.9.9, 192.168.1.5 to mx_pool
servce X is 203.0.113.26 tcp 25
""",
}
"""Scripts with faults of many kinds, behind characters of one, two and four bytes."""

SOUND = """\
interface external em0
interface internal em1
external addr 203.0.113.1
internal net 192.168.1.0/24
internal gw 192.168.1.1

service WEB is 203.0.113.20 tcp 80
pool web_pool   for WEB
add 192.168.1.2-3 to web_pool
"""
"""A script without a fault, and with a line that is not in the canonical form."""


Place = tuple[int, int]
"""A line and a column, both from 0; columns in characters."""

GOOD = sorted((ROOT / "examples").glob("*.lb"))
"""Scripts without a fault, for colours."""


class Finding(NamedTuple):
    """A finding in the terms of every editor; line and column from 1, the column in characters."""

    file: str
    line: int
    column: int
    code: str
    message: str


@dataclass(frozen=True, slots=True)
class Site:
    """A folder with scripts, the first of which includes the others."""

    folder: Path
    files: tuple[Path, ...]

    def findings(self) -> list[Finding]:
        """The findings of `lbsh check`."""
        answer = run([LBSH, "check", "--format", "json", str(self.files[0])], status=None)
        found = [
            Finding(one["file"], one["start"]["line"], one["start"]["column"], one["code"], _message(one))
            for one in json.loads(answer)["diagnostics"]
        ]
        return sorted(found)

    def characters(self, file: str, line: int, octets: int) -> int:
        """The number of characters in the first bytes of a line; the line counts from 1."""
        content = Path(file).read_bytes().split(b"\n")[line - 1]
        return len(content[:octets].decode("utf-8"))


def _message(one: dict[str, Any]) -> str:
    """The message in an editor's form: advice stands in lines of its own."""
    return "\n".join([one["message"], *(f"help: {line}" for line in one["help"])])


def run(command: Sequence[str], environment: Mapping[str, str] | None = None, *, status: int | None = 0) -> str:
    """The output of a program, which gets no input and a limited time. `status` None accepts any status."""
    done = subprocess.run(  # noqa: S603 -- a list of arguments of ours
        list(command),
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=LONGEST,
        check=False,
        env={**os.environ, "LBSH": LBSH, "PATH": f"{Path(LBSH).parent}:{os.environ['PATH']}", **(environment or {})},
    )
    assert status is None or done.returncode == status, f"{command}: {done.returncode}\n{done.stdout}\n{done.stderr}"
    return done.stdout


def program(name: str) -> str:
    """The path of a program that `editors/test.sh` installs."""
    found = shutil.which(name, path=f"{BUILD / 'bin'}:{os.environ['PATH']}")
    assert found is not None, f"{name} is missing: run editors/test.sh"
    return found


@pytest.fixture(scope="session")
def parser_library(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The committed tree-sitter parser, compiled, in a folder for Neovim."""
    source = EDITORS / "tree-sitter-lbsh" / "src"
    library = tmp_path_factory.mktemp("tree-sitter") / "parser" / "lbsh.so"
    library.parent.mkdir()
    run([program("cc"), "-shared", "-fPIC", "-O1", "-I", str(source), "-o", str(library), str(source / "parser.c")])
    return library


@pytest.fixture
def site(tmp_path: Path) -> Site:
    """A site with faults in each of its files."""
    # Editors group files by repository.
    run([program("git"), "init", "--quiet", str(tmp_path)])
    files = []
    for name, text in SITE.items():
        path = tmp_path / name
        path.parent.mkdir(exist_ok=True)
        path.write_text(text, encoding="utf-8")
        files.append(path)
    return Site(tmp_path, tuple(files))


@pytest.fixture
def sound(tmp_path: Path) -> Path:
    """A script without a fault."""
    path = tmp_path / "site.lb"
    path.write_text(SOUND, encoding="utf-8")
    return path


def kinds_of_words(text: str) -> dict[Place, str]:
    """The words of a script and its comments, by their first characters: `keyword`, `string`, `comment` or `other`."""
    kinds = {}
    for row, line in enumerate(text.split("\n")):
        words = split_words(line)
        terminals = AUTOMATON.read_shape(AUTOMATON.shape_of(words.texts)).terminals
        assert len(terminals) == len(words.texts), line
        for word, start, terminal in zip(words.texts, words.starts, terminals, strict=True):
            known = "keyword" if terminal in AUTOMATON.keywords.values() else "other"
            kinds[row, start] = "string" if word.startswith('"') else known
        if words.comment:
            kinds[row, words.comment.start] = "comment"
    return kinds
