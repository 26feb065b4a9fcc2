"""Helix with the files of this folder, in a terminal that the test reads."""

from __future__ import annotations

import fcntl
import os
import pty
import re
import select
import struct
import subprocess
import termios
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from conftest import EDITORS, LBSH, LONGEST, program, run

HERE = EDITORS / "helix"
SIZE = (40, 160)
"""The lines and columns of the terminal."""

ESCAPE = re.compile(r"\x1b\[[0-9;?]*[A-Za-z]|\x1b\][^\x07\x1b]*(?:\x07|\x1b\\)|\x1b[()][A-Z0-9]|\x1b[=>]")


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A configuration according to README.md, with the grammar built."""
    home = tmp_path_factory.mktemp("helix") / "helix"
    (home / "runtime" / "queries").mkdir(parents=True)
    (home / "runtime" / "grammars").mkdir()
    settings = (HERE / "languages.toml").read_text(encoding="utf-8")
    settings = settings.replace("PATH/TO/lbsh/editors", str(EDITORS)).replace('"lbsh"\nargs', f'"{LBSH}"\nargs')
    only = 'use-grammars = { only = ["lbsh"] }\n'
    (home / "languages.toml").write_text(only + settings, encoding="utf-8")
    (home / "runtime" / "queries" / "lbsh").symlink_to(HERE / "runtime" / "queries" / "lbsh")
    run([program("hx"), "--grammar", "build"], of(home))
    return home


def of(home: Path) -> dict[str, str]:
    return {"XDG_CONFIG_HOME": str(home.parent), "TERM": "xterm-256color"}


def test_it_finds_the_server_the_grammar_and_the_colours(home: Path) -> None:
    health = run([program("hx"), "--health", "lbsh"], of(home))
    text = ESCAPE.sub("", health)
    assert LBSH in text
    for part in ("Tree-sitter parser: ✓", "Highlight queries: ✓"):
        assert part in text, text


def test_findings_are_shown_and_keywords_coloured(home: Path, tmp_path: Path) -> None:
    script = tmp_path / "site.lb"
    script.write_text("pool dns_pool for DSN\n", encoding="utf-8")
    with helix(home, script) as screen:
        painted = read_until(screen, "●")
        os.write(screen, b"]d")
        read_until(screen, "undefined service")
    colours = {text.strip(): codes for codes, text in re.findall(r"((?:\x1b\[[0-9;]*m)+)([^\x1b]+)", painted)}
    assert colours["for"] != colours["dns_pool"], colours


@contextmanager
def helix(home: Path, script: Path) -> Iterator[int]:
    """The terminal of an editor that shows the script."""
    terminal, inside = pty.openpty()
    fcntl.ioctl(inside, termios.TIOCSWINSZ, struct.pack("HHHH", *SIZE, 0, 0))
    started = subprocess.Popen(  # noqa: S603 -- a list of arguments of ours
        [program("hx"), str(script)],
        stdin=inside,
        stdout=inside,
        stderr=inside,
        env={**os.environ, **of(home)},
        start_new_session=True,
        preexec_fn=_take_terminal,  # noqa: PLW1509 -- there are no threads here
    )
    os.close(inside)
    try:
        yield terminal
        os.write(terminal, b":q!\r")
        started.wait(LONGEST)
    finally:
        started.kill()
        started.wait()
        os.close(terminal)


def _take_terminal() -> None:
    fcntl.ioctl(0, termios.TIOCSCTTY, 0)


def read_until(terminal: int, text: str) -> str:
    """The screen up to this text, which may be painted in pieces."""
    seen = b""
    end = time.monotonic() + LONGEST
    while text not in ESCAPE.sub("", seen.decode("utf-8", "replace")):
        ready, _, _ = select.select([terminal], [], [], max(0.0, end - time.monotonic()))
        assert ready, f"waited too long for {text!r}: {ESCAPE.sub('', seen.decode('utf-8', 'replace'))!r}"
        seen += os.read(terminal, 65536)
    return seen.decode("utf-8", "replace")
