"""Selects the profile of `tests.profiles` and the tests that it applies to, and lets programs be interrupted."""

from __future__ import annotations

import gc
import os
import random
from collections.abc import Iterator

import pytest
from hypothesis import settings

from tests import forking, interrupts, profiles

LEFT = pytest.StashKey[set[str]]()
"""The files with tests that this run leaves to the gate."""
SEEN = pytest.StashKey[set[str]]()
"""The tests of which a case has begun."""

profiles.register()
interrupts.hear()
settings.load_profile(profiles.GATE if os.environ.get("CI") else profiles.QUICK)  # unless an option says otherwise


def pytest_collection_finish() -> None:
    if hasattr(os, "fork"):
        forking.install()
    # What exists by now stays. To look for garbage in it again and again would take a tenth of the processor time.
    gc.freeze()
    gc.set_threshold(100_000, 20, 20)


@pytest.hookimpl(tryfirst=True)
def pytest_runtest_setup(item: pytest.Item) -> None:
    """In the gate the first case of each test starts lbsh as users do; what further ones would add is known by then."""
    seen = item.session.stash.setdefault(SEEN, set())
    test = item.nodeid.partition("[")[0]
    forking.begin(item.location[0], forks_all=test in seen or not profiles.is_gate())
    seen.add(test)


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    functions = {id(item.obj): item.obj for item in items if isinstance(item, pytest.Function)}
    for function in functions.values():
        profiles.apply(function)
    named = config.args_source is pytest.Config.ArgsSource.ARGS
    if named or profiles.is_gate():
        return
    gate = [item for item in items if item.get_closest_marker("gate")]
    config.stash[LEFT] = {item.location[0] for item in gate}
    left = {*gate, *_not_sampled(items, random.Random(config.getoption("randomly_seed", None)))}
    if left:
        config.hook.pytest_deselected(items=[item for item in items if item in left])
        items[:] = [item for item in items if item not in left]


def _not_sampled(items: list[pytest.Item], chance: random.Random) -> Iterator[pytest.Item]:
    """The cases of sampled tests that this run does not try."""
    cases: dict[str, list[pytest.Item]] = {}
    for item in items:
        if item.get_closest_marker("sampled"):
            cases.setdefault(item.nodeid.partition("[")[0], []).append(item)
    for of_test in cases.values():
        yield from chance.sample(of_test, len(of_test) - profiles.sample_of(len(of_test)))


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter, config: pytest.Config) -> None:
    left = config.stash.get(LEFT, set())
    if left:
        terminalreporter.write_line(f"left to `make test PROFILE=gate`, or to be named: {', '.join(sorted(left))}")
