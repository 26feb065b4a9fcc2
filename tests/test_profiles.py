"""A profile decides how many examples a property tries, whatever number stands beside it."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests import profiles


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


@pytest.mark.parametrize(("most", "quick"), [(400, 40), (60, profiles.QUICK_EXAMPLES), (5, 5)])
def test_a_property_tries_its_share(profile: str, most: int, quick: int) -> None:
    assert tried(most) == (most if profile == profiles.GATE else quick)


def test_the_gate_tries_the_same_examples_each_time() -> None:
    assert settings.get_profile(profiles.GATE).derandomize
    assert settings.get_profile(profiles.GATE).max_examples == profiles.GATE_EXAMPLES
    assert not settings.get_profile(profiles.QUICK).derandomize
