"""The command `lbsh shell`: lines of a file, of standard input, or one alone."""

from __future__ import annotations

from pathlib import Path

import click
import pytest
from click.testing import CliRunner

from lbsh.cli.main import cli
from lbsh_lang.reported import ReportedError
from tests.gateway.world import FIG_7


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    site, store = tmp_path / "site.lb", tmp_path / "store"
    site.write_text(FIG_7)
    CliRunner().invoke(cli, ["apply", "--driver", "none", "--store", str(store), str(site)], standalone_mode=False)
    return store


def run(folder: Path, *words: str, stdin: str = "") -> tuple[int, list[str]]:
    """The exit status, and the answers."""
    command = ["shell", "--store", str(folder), *words]
    done = CliRunner().invoke(cli, command, input=stdin, standalone_mode=False)
    assert done.exception is None or isinstance(done.exception, click.ClickException | ReportedError), done.exc_info
    return 2 if done.exception is not None else done.return_value, done.stdout.splitlines()


LINES = "drain 192.168.1.2 from mx_pool\nshow log | last 1\n"


def test_one_code_for_a_line_a_file_and_standard_input(folder: Path, tmp_path: Path) -> None:
    file = tmp_path / "lines"
    file.write_text(LINES)
    status, said = run(folder, str(file))
    assert (status, said[0]) == (0, "Drained 192.168.1.2 from pool mx_pool")
    assert said[-1].endswith(": drain 192.168.1.2 from mx_pool")
    assert run(folder, "-c", "resume 192.168.1.2 in mx_pool")[1][0] == "Resumed 192.168.1.2 in pool mx_pool"
    assert run(folder, stdin=LINES)[1][0] == "Drained 192.168.1.2 from pool mx_pool"


def test_a_line_that_is_refused_is_the_last_one(folder: Path, tmp_path: Path) -> None:
    file = tmp_path / "lines"
    file.write_text("nonsense\ndrain 192.168.1.2 from mx_pool\n")
    status, said = run(folder, str(file))
    assert (status, said[0]) == (1, "ERROR: unknown command `nonsense`")
    assert f"  in {file}, line 1" in said
    assert not any("Drained" in line for line in said)


def test_commands_of_lbsh_are_commands_of_the_shell(folder: Path) -> None:
    assert run(folder, "-c", "explain LB101")[1][0].startswith("LB101")
    assert run(folder, "-c", "plan --nonsense")[1][0].startswith("ERROR: No such option")
    assert run(folder, "-c", "probes | match SMTP")[1][0].startswith("SMTP")


@pytest.mark.parametrize(("words", "status"), [(("-c", "status", "file"), 2), (("/nonexistent",), 2)])
def test_wrong_usage_is_trouble(folder: Path, words: tuple[str, ...], status: int) -> None:
    assert run(folder, *words)[0] == status
