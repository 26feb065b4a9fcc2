"""Completion in the shells themselves: a person types a line and presses the Tab key.

bash and zsh run on a pseudo-terminal of their own and print the line on a key that is bound for it; fish answers
`complete -C`. Needs bash, zsh and fish: `tools/filter-programs` installs them.
"""

from __future__ import annotations

import fcntl
import os
import re
import select
import shutil
import struct
import subprocess
import sys
import termios
import time
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import pytest

from lbsh import app
from lbsh.cli.commands import COMMANDS
from lbsh.cli.completion import SCRIPTS
from lbsh.cli.formats import FORMATS
from tests.limits import LONGEST

ROOT = Path(__file__).parents[1]


class Typed(NamedTuple):
    """A line that ends in Tab, what it becomes, and what is offered besides."""

    line: str
    becomes: str
    offered: tuple[str, ...] = ()


BACKENDS = tuple(one.name for one in app.all_backends())

TYPED = [
    Typed("lbsh ", "lbsh ", tuple(COMMANDS)),
    Typed("lbsh exp", "lbsh explain "),
    Typed("lbsh explain LB70", "lbsh explain LB70", ("LB701", "LB702")),
    Typed("lbsh explain lb311", "lbsh explain LB311 "),
    Typed("lbsh emit --backend ", "lbsh emit --backend ", BACKENDS),
    Typed("lbsh emit --backend n", "lbsh emit --backend nftables "),
    Typed("lbsh emit --backend=n", "lbsh emit --backend=nftables "),
    Typed("lbsh emit --verify --backend pf --target freebsd-1", "lbsh emit --verify --backend pf --target freebsd-1",
          app.choose("pf", None).backend.targets),
    Typed("lbsh check --form", "lbsh check --format "),
    Typed("lbsh check --format js", "lbsh check --format json", ("json", "json-lines")),
    Typed("lbsh check --format=sa", "lbsh check --format=sarif "),
    Typed("lbsh check s", "lbsh check site.lb "),
    Typed("lbsh check site.lb f", "lbsh check site.lb farm/"),
    Typed("lbsh check farm/i", "lbsh check farm/inner.lb "),
    Typed("lbsh check m", "lbsh check my\\ site.lb "),
    Typed("lbsh check nothing-like-it", "lbsh check nothing-like-it"),
    Typed("lbsh nonsense --", "lbsh nonsense --"),
    Typed("lbsh emit -o n", "lbsh emit -o notes.txt "),
    Typed("lbsh completion z", "lbsh completion zsh "),
]  # fmt: skip


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with scripts and another file, and `lbsh` itself, by its name, in `bin` beside it."""
    top = tmp_path_factory.mktemp("completion")
    (top / "here" / "farm").mkdir(parents=True)
    for name in ("site.lb", "my site.lb", "notes.txt", "farm/inner.lb"):
        (top / "here" / name).write_text("")
    (top / "bin").mkdir()
    program = top / "bin" / "lbsh"
    program.write_text(f'#!/bin/sh\nPYTHONPATH={ROOT} exec {sys.executable} -m lbsh "$@"\n')
    program.chmod(0o755)
    return top / "here"


def environment(place: Path) -> dict[str, str]:
    kept = {name: os.environ[name] for name in ("LANG", "LC_ALL") if name in os.environ}
    path = f"{place.parent / 'bin'}{os.pathsep}{os.environ['PATH']}"
    return {**kept, "PATH": path, "HOME": str(place.parent), "TERM": "xterm", "PS1": "", "ZDOTDIR": str(place.parent)}


def program(name: str) -> str:
    found = shutil.which(name)
    if found is None:
        pytest.skip(f"{name} is not installed; tools/filter-programs installs it")
    return found


def _take_terminal() -> None:
    """Makes the terminal that is its standard input the one that controls a new session."""
    fcntl.ioctl(0, termios.TIOCSCTTY, 0)


class Terminal:
    """A shell on a pseudo-terminal."""

    def __init__(self, arguments: list[str], place: Path) -> None:
        self._controller, terminal = os.openpty()
        fcntl.ioctl(terminal, termios.TIOCSWINSZ, struct.pack("HHHH", 60, 500, 0, 0))
        self._process = subprocess.Popen(
            arguments, cwd=place, env=environment(place), stdin=terminal, stdout=terminal, stderr=terminal,
            start_new_session=True, preexec_fn=_take_terminal,  # noqa: PLW1509 -- there are no threads here
        )  # fmt: skip
        os.close(terminal)

    def type(self, keys: str) -> None:
        os.write(self._controller, keys.encode())

    def read_until(self, pattern: str) -> str:
        """What the terminal has shown when the pattern is met, without escape sequences."""
        shown = b""
        end = time.monotonic() + LONGEST
        while time.monotonic() < end:
            if select.select([self._controller], [], [], 0.1)[0]:
                shown += os.read(self._controller, 65536)
                text = re.sub(r"\x1b(\[[0-9;?]*[A-Za-z]|[=>])|\r|\x07", "", shown.decode(errors="replace"))
                if re.search(pattern, text, re.DOTALL):
                    return text
        raise AssertionError(f"{pattern} never came: {shown!r}")

    def close(self) -> None:
        self._process.kill()
        self._process.wait(LONGEST)
        os.close(self._controller)


TELL = {
    "bash": 'bind -x \'"\\C-x": printf "LINE<%s>ENIL\\n" "$READLINE_LINE"; READLINE_LINE=; READLINE_POINT=0\'; '
    'bind "set show-all-if-ambiguous on"; '
    'bind "set page-completions off"; bind "set enable-bracketed-paste off"; bind "set completion-query-items 0"',
    "zsh": "unsetopt beep list_ambiguous; autoload -U compinit; compinit -u -D; LISTMAX=10000; "
    "tell() { print -r -- \"LINE<$BUFFER>ENIL\"; zle -I; BUFFER= }; zle -N tell; bindkey '^X' tell",
}
"""On ^X a shell shows its line and empties it. While it shows something, a key that empties the line would be lost: then the
terminal takes such keys for its own."""

START = {"bash": ["--norc", "--noprofile", "-i"], "zsh": ["-f", "-i"]}


def started(name: str, place: Path, load: str) -> Terminal:
    """A shell that has loaded the completion of lbsh."""
    terminal = Terminal([program(name), *START[name]], place)
    terminal.type(f'{load}; echo rea""dy\n')
    terminal.read_until("ready")
    return terminal


def after_tab(terminal: Terminal, line: str) -> tuple[str, str]:
    """What stands on the line after Tab, and all that was shown on the way."""
    terminal.type(f"{line}\t\x18")
    shown = terminal.read_until("LINE<.*>ENIL")
    (left,) = re.findall("LINE<(.*)>ENIL", shown)
    return left, shown.replace(f"LINE<{left}>", "")


@pytest.fixture(scope="module", params=["bash", "zsh"])
def shell(request: pytest.FixtureRequest, place: Path) -> Iterator[Terminal]:
    name = request.param
    terminal = started(name, place, f'{TELL[name]}; eval "$(lbsh completion {name})"')
    yield terminal
    terminal.close()


@pytest.mark.sampled
@pytest.mark.parametrize("typed", TYPED, ids=lambda typed: typed.line)
def test_tab_in_bash_and_zsh(shell: Terminal, typed: Typed) -> None:
    line, shown = after_tab(shell, typed.line)
    assert line == typed.becomes
    assert not [word for word in typed.offered if word not in shown]


@pytest.mark.sampled
@pytest.mark.parametrize("name", ["bash", "zsh"])
@pytest.mark.parametrize("line", ["lbsh ", "lbsh check s", "lbsh emit --backend=p"])
def test_a_program_that_fails_is_not_heard_of(name: str, line: str, place: Path) -> None:
    """The terminal shows nothing but the line, as if there were no completion."""
    load = f'{TELL[name]}; eval "$(lbsh completion {name})"; PATH={place.parent / "broken"}:$PATH; hash -r'
    (place.parent / "broken").mkdir(exist_ok=True)
    broken = place.parent / "broken" / "lbsh"
    broken.write_text("#!/bin/sh\necho SORRY; echo SORRY >&2; exit 1\n")
    broken.chmod(0o755)
    terminal = started(name, place, load)
    left, shown = after_tab(terminal, line)
    terminal.close()
    assert left == line
    assert "SORRY" not in shown


def test_zsh_loads_it_from_a_folder_of_functions(place: Path) -> None:
    functions = place.parent / "functions"
    functions.mkdir()
    (functions / "_lbsh").write_text(SCRIPTS["zsh"])
    terminal = started("zsh", place, f"fpath=({functions} $fpath); {TELL['zsh']}")
    assert after_tab(terminal, "lbsh explain lb311")[0] == "lbsh explain LB311 "
    assert after_tab(terminal, "lbsh check si")[0] == "lbsh check site.lb "
    terminal.close()


@pytest.mark.sampled
@pytest.mark.parametrize("typed", TYPED, ids=lambda typed: typed.line)
def test_tab_in_fish(place: Path, typed: Typed) -> None:
    offered = fish(place, typed.line)
    word = typed.becomes.removeprefix(typed.line.rpartition(" ")[0]).strip().replace("\\ ", " ")
    if typed.becomes == typed.line:
        assert set(typed.offered) <= set(offered)
    else:
        assert word in offered


def fish(place: Path, line: str) -> list[str]:
    """The words that fish offers, without what it says of them."""
    command = [program("fish"), "--no-config", "-c", "lbsh completion fish | source; complete -C $argv", line]
    done = subprocess.run(
        command, cwd=place, env=environment(place), capture_output=True, text=True, timeout=LONGEST, check=False
    )
    assert (done.returncode, done.stderr) == (0, "")
    return [offer.partition("\t")[0] for offer in done.stdout.splitlines()]


# What the scripts ask


def ask(shell: str, words: str, word: str) -> subprocess.CompletedProcess[str]:
    asked = {"COMP_WORDS": words, "COMP_CWORD": word}
    command = [sys.executable, "-m", "lbsh", "completion", shell, "--answer"]
    return subprocess.run(
        command, cwd=ROOT, env={**os.environ, **asked}, capture_output=True, text=True, timeout=LONGEST, check=False
    )


@pytest.mark.parametrize(
    ("words", "word", "answer"),
    [
        ("lbsh explain LB10", "2", [f"LB10{digit}" for digit in range(1, 10)]),
        ("lbsh explain LB9", "2", []),
        ("lbsh check --backend nonsense --target ", "5", [one for b in app.all_backends() for one in b.targets]),
        ("lbsh emit --backend pf --target ", "5", list(app.choose("pf", None).backend.targets)),
        ("lbsh check --format ", "3", ["text", *FORMATS]),
        ("lbsh 'check", "1", ["check"]),
        ("lbsh emit --backend = nf", "4", ["nftables"]),
    ],
)
def test_answers(words: str, word: str, answer: list[str]) -> None:
    done = ask("bash", words, word)
    assert (done.returncode, done.stderr) == (0, "")
    assert [line.removeprefix("plain,") for line in done.stdout.split()] == answer


@pytest.mark.parametrize(("words", "word"), [("", ""), ("lbsh", "x"), ("lbsh", "")])
def test_a_question_that_no_script_asks_is_answered_by_nothing(words: str, word: str) -> None:
    done = ask("bash", words, word)
    assert (done.returncode, done.stdout, done.stderr) == (2, "", "")


@pytest.mark.parametrize("name", SCRIPTS)
def test_scripts_are_sound(name: str, place: Path) -> None:
    """The shell's own check of its syntax."""
    done = subprocess.run(
        [program(name), "-n"], input=SCRIPTS[name], capture_output=True, text=True, timeout=LONGEST, check=False
    )
    assert (done.returncode, done.stdout + done.stderr) == (0, "")
