"""Selects the profile of `tests.profiles` and the tests that it applies to, and lets programs be interrupted."""

from __future__ import annotations

import os
import signal

import pytest
from hypothesis import settings

from tests import profiles

profiles.register()
if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:  # a shell ignores it for what it starts in the background
    signal.signal(signal.SIGINT, signal.default_int_handler)  # so that the programs that tests start do not
settings.load_profile(profiles.GATE if os.environ.get("CI") else profiles.QUICK)  # unless an option says otherwise


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    functions = {id(item.obj): item.obj for item in items if isinstance(item, pytest.Function)}
    for function in functions.values():
        profiles.apply(function)
