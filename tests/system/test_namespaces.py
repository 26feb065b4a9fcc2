"""Several runs on one machine, and several laboratories in one run, have separate namespaces."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.limits import LONGEST
from tests.system.lab import Lab
from tests.system.namespaces import (
    PREFIX,
    RUN_DIRECTORY,
    Namespace,
    delete_abandoned,
    is_abandoned,
    unique_name,
)

ROOT = Path(__file__).parents[2]
KILLED = (
    "import os; from tests.system.namespaces import Namespace; print(Namespace('killed').name, flush=True); os._exit(9)"
)


def test_one_role_may_be_taken_twice(lab: Lab) -> None:
    other = Namespace("device")
    try:
        assert other.name != lab["device"].name
    finally:
        other.delete()


def test_namespaces_of_a_process_that_was_killed_are_deleted(lab: Lab) -> None:
    command = [sys.executable, "-c", KILLED]
    done = subprocess.run(command, cwd=ROOT, stdout=subprocess.PIPE, text=True, timeout=LONGEST, check=False)
    assert done.returncode == 9
    name = done.stdout.strip()
    assert is_abandoned(name)
    delete_abandoned()
    assert not (RUN_DIRECTORY / name).exists()
    assert (RUN_DIRECTORY / lab["device"].name).exists()


@pytest.mark.parametrize("name", ["lo", PREFIX, f"{PREFIX}1", f"{PREFIX}999999999-device", "x-999999999-1-1-device"])
def test_namespaces_of_others_are_left_alone(name: str) -> None:
    assert not is_abandoned(name)


def test_a_name_says_whose_it_is() -> None:
    mine = unique_name("role")
    assert not is_abandoned(mine)
    assert mine != unique_name("role")
    start = mine.split("-")[3]
    assert is_abandoned(mine.replace(f"-{start}-", f"-{int(start) - 1}-")), "an earlier process with the same number"
    assert mine.startswith(f"{PREFIX}{os.getpid()}-")
