"""A profile decides how many examples a property tries, whatever number stands beside it."""

from __future__ import annotations

import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests import profiles
from tests.limits import LONGEST

ROOT = Path(__file__).parents[1]


@pytest.fixture(params=[profiles.QUICK, profiles.GATE])
def profile(request: pytest.FixtureRequest) -> Iterator[str]:
    """A profile other than the one of this run, which comes back at the end."""
    settings.register_profile("of this run", settings.default)
    settings.load_profile(request.param)
    yield request.param
    settings.load_profile("of this run")


def tried(most: int) -> int:
    """How many examples a property tries that asks for this many."""
    numbers = []

    @given(st.integers())
    @settings(max_examples=most, database=None)
    def holds(number: int) -> None:
        numbers.append(number)

    profiles.apply(holds)
    holds()
    return len(numbers)


@pytest.mark.parametrize(("most", "quick"), [(400, 20), (25, profiles.FEWEST), (3, 3)])
def test_a_property_tries_its_share(profile: str, most: int, quick: int) -> None:
    assert tried(most) == (most if profile == profiles.GATE else quick)


def test_the_gate_tries_the_same_examples_each_time() -> None:
    assert settings.get_profile(profiles.GATE).derandomize
    assert settings.get_profile(profiles.GATE).max_examples == profiles.GATE_EXAMPLES
    assert not settings.get_profile(profiles.QUICK).derandomize


def in_the_background(*command: str) -> subprocess.CompletedProcess[bytes]:
    """Runs Python as a shell without job control does: it, and what it starts in turn, ignore the interrupt of Ctrl-C."""
    code = (
        "import os, signal, sys; signal.signal(signal.SIGINT, signal.SIG_IGN); os.execv(sys.executable, sys.argv[1:])"
    )
    words = [sys.executable, "-c", code, sys.executable, *command]
    return subprocess.run(words, cwd=ROOT, capture_output=True, timeout=4 * LONGEST, check=False)


def test_what_tests_start_in_the_background_can_be_interrupted() -> None:
    interrupted = f"import os, subprocess; os.kill(os.getpid(), {signal.SIGINT:d})"
    code = f"""
import signal, subprocess, sys
from tests import interrupts
interrupts.hear()
print(subprocess.run([sys.executable, "-c", {interrupted!r}], stderr=subprocess.DEVNULL).returncode)
"""
    assert in_the_background("-c", code).stdout == b"%d\n" % -signal.SIGINT


@pytest.mark.gate
def test_tests_can_be_started_in_the_background() -> None:
    test = "tests/lsp/test_transports.py::test_each_server_has_a_token_of_its_own"
    done = in_the_background("-m", "pytest", "-q", "-p", "no:cacheprovider", test)
    assert done.returncode == 0, done.stdout
