"""Profiles of the tests: `quick` during work, `gate` before a change is accepted.

A property says how many examples the gate tries, the same in each run. The quick profile tries a twentieth of them, others
each time, so that many runs try many. It leaves out the tests marked `gate`, which take long, as builds and type checks of
whole copies of the repository do, unless their files are named; the last line of a run says so. Of the cases of tests marked
`sampled` it tries a quarter, others each time. Choose with `pytest --hypothesis-profile=gate`, or
`make test PROFILE=gate`.
"""

from __future__ import annotations

from hypothesis import HealthCheck, settings

GATE, QUICK = "gate", "quick"
GATE_EXAMPLES, QUICK_EXAMPLES = 100, 5
"""For properties that do not say how many; for all others, a share."""
FEWEST = 5
"""A property tries as many in any profile, or as many as it says."""

_SETTINGS = "_hypothesis_internal_use_settings"
"""Where hypothesis keeps the settings of a property: they count for more than a profile, and nothing public changes them."""


def register() -> None:
    """Tells hypothesis of the profiles. No example has a limit by the clock: machines may be busy."""
    common = settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])
    settings.register_profile(GATE, common, max_examples=GATE_EXAMPLES, derandomize=True)
    settings.register_profile(QUICK, common, max_examples=QUICK_EXAMPLES, derandomize=False)  # whatever the default is


def is_gate() -> bool:
    """Whether this run is to try everything."""
    return examples() == GATE_EXAMPLES


def examples() -> int:
    """How many examples a property tries that does not say so."""
    assert settings.default is not None
    return settings.default.max_examples


def share(most: int) -> int:
    """How many of something to try, where the gate tries this many."""
    return max(most * examples() // GATE_EXAMPLES, 1)


def sample_of(cases: int) -> int:
    """How many cases of a sampled test the quick profile tries."""
    return max(cases // 4, 1)


def apply(function: object) -> None:
    """Lets a property try its share of examples. To be called once for each."""
    own = getattr(function, _SETTINGS, None)
    if own is not None:
        fewest = min(own.max_examples, FEWEST)
        setattr(function, _SETTINGS, settings(own, max_examples=max(share(own.max_examples), fewest)))
