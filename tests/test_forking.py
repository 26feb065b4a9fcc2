"""Programs that the quick profile runs as forks of the tests show nothing of what the tests did before."""

from __future__ import annotations

import subprocess
import sys

import click
import pytest

from lbsh.cli.main import cli


def test_a_command_is_that_of_a_new_program(monkeypatch: pytest.MonkeyPatch) -> None:
    command = cli.get_command(click.Context(cli), "check")
    assert command is not None
    monkeypatch.setattr(command, "help", "What a test says.")
    words = [sys.executable, "-m", "lbsh", "check", "--help"]
    shown = subprocess.run(
        words, stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=60, check=True
    ).stdout
    assert "-h, --help" in shown
    assert "What a test says." not in shown
