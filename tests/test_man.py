"""The manual page has the whole help of the commands, and programs that format manual pages accept it."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import click
import pytest

from lbsh.cli.commands import COMMANDS
from lbsh.cli.main import cli
from tests.limits import LONGEST
from tools.generate import man_page

ROOT = Path(__file__).parents[1]


def formatted() -> str:
    """The page as a person reads it, without fonts."""
    command = [program("mandoc"), "-T", "utf8", "-O", "width=500", str(man_page.PAGE)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=LONGEST, check=True)
    signs: list[str] = []
    for sign in done.stdout:
        if sign == "\b":
            signs.pop()
        else:
            signs.append(sign)
    return "".join(signs)


def program(name: str) -> str:
    found = shutil.which(name)
    if found is None:
        pytest.skip(f"{name} is not installed; tools/filter-programs installs it")
    return found


def test_every_command_option_and_help_can_be_read_there() -> None:
    text = " ".join(formatted().split())
    top = click.Context(cli, info_name="lbsh", **cli.context_settings)
    for name in COMMANDS:
        command = cli.get_command(top, name)
        assert command is not None
        assert f"lbsh {name}" in text
        for parameter in command.get_params(click.Context(command, top, name)):
            if isinstance(parameter, click.Option) and not parameter.hidden and "--help" not in parameter.opts:
                assert all(option in text for option in parameter.opts)
                assert " ".join((parameter.help or "").replace("`", "").split()) in text
        assert " ".join((command.help or "").replace("`", "").replace("\b", "").split()) in text


@pytest.mark.parametrize(
    ("text", "escaped"),
    [
        (".TH", "\\&.TH"),
        ("'quoted'", "\\(aqquoted\\(aq"),
        ("a\\b", "a\\eb"),
        ("--strict", "\\-\\-strict"),
        ("caf\u00e9", "caf\\[u00E9]"),
    ],
)
def test_nothing_is_taken_for_a_request(text: str, escaped: str) -> None:
    assert man_page._line(man_page._text(text)) == escaped


def test_mandoc_has_nothing_against_it() -> None:
    done = subprocess.run(
        [program("mandoc"), "-T", "lint", "-W", "style", man_page.PAGE],
        capture_output=True, text=True, timeout=LONGEST, check=False,
    )  # fmt: skip
    said = [line for line in done.stdout.splitlines() if man_page.released() or "missing date" not in line]
    assert said == []


def test_groff_has_nothing_against_it() -> None:
    done = subprocess.run(
        [program("groff"), "-man", "-ww", "-z", "-Tutf8", man_page.PAGE],
        capture_output=True, text=True, timeout=LONGEST, check=False,
    )  # fmt: skip
    assert (done.returncode, done.stdout + done.stderr) == (0, "")


@pytest.mark.parametrize("command", [command for _, command in man_page.EXAMPLES])
def test_examples_run(command: str, tmp_path: Path) -> None:
    shutil.copy(ROOT / "examples" / "mail.lb", tmp_path / "site.lb")
    lbsh = tmp_path / "bin" / "lbsh"
    lbsh.parent.mkdir()
    lbsh.write_text(f'#!/bin/sh\nPYTHONPATH={ROOT} exec {sys.executable} -m lbsh "$@"\n')
    lbsh.chmod(0o755)
    environment = {**os.environ, "PATH": f"{lbsh.parent}{os.pathsep}{os.environ['PATH']}"}
    done = subprocess.run(
        ["bash", "-ec", command],
        cwd=tmp_path,
        env=environment,
        capture_output=True,
        text=True,
        timeout=LONGEST,
        check=False,
    )
    assert (done.returncode, done.stderr) == (0, "")
