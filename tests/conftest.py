"""Selects the profile of `tests.profiles`, and the tests that it applies to."""

from __future__ import annotations

import os

import pytest
from hypothesis import settings

from tests import profiles

profiles.register()
settings.load_profile(profiles.GATE if os.environ.get("CI") else profiles.QUICK)  # unless an option says otherwise


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    functions = {id(item.obj): item.obj for item in items if isinstance(item, pytest.Function)}
    for function in functions.values():
        profiles.apply(function)
