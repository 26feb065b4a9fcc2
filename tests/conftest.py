"""Selects the profile of `tests.profiles` and the tests that it applies to, and lets programs be interrupted."""

from __future__ import annotations

import os
import signal

import pytest
from hypothesis import settings

from tests import forking, profiles

LEFT = pytest.StashKey[set[str]]()
"""The files with tests that this run leaves to the gate."""

profiles.register()
if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:  # a shell ignores it for what it starts in the background
    signal.signal(signal.SIGINT, signal.default_int_handler)  # so that the programs that tests start do not
settings.load_profile(profiles.GATE if os.environ.get("CI") else profiles.QUICK)  # unless an option says otherwise


def pytest_collection_finish() -> None:
    if not profiles.is_gate() and hasattr(os, "fork"):
        forking.install()


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    functions = {id(item.obj): item.obj for item in items if isinstance(item, pytest.Function)}
    for function in functions.values():
        profiles.apply(function)
    named = config.args_source is pytest.Config.ArgsSource.ARGS
    left = [item for item in items if item.get_closest_marker("gate") and not named and not profiles.is_gate()]
    config.stash[LEFT] = {item.location[0] for item in left}
    if left:
        config.hook.pytest_deselected(items=left)
        items[:] = [item for item in items if item not in left]


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter, config: pytest.Config) -> None:
    left = config.stash.get(LEFT, set())
    if left:
        terminalreporter.write_line(f"left to `make test PROFILE=gate`, or to be named: {', '.join(sorted(left))}")
