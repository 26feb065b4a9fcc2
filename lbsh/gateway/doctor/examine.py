"""Runs checks one by one: what each found, or why it could not look. A check that fails stops no other."""

from __future__ import annotations

from collections.abc import Iterable
from enum import Enum
from typing import NamedTuple

from lbsh.gateway.doctor.base import BlindError, Case, Check, FailedError, Finding, Kind, Severity

FAILED = Kind("program-failed", Severity.WARNING, "A program that a check asks fails, or does not answer in time.")
"""What any check may find."""


class State(Enum):
    """What became of a check."""

    CLEAN = "nothing found"
    FOUND = "found"
    BLIND = "could not look"
    ELSEWHERE = "not on this system"


class Result(NamedTuple):
    """What became of a check; `reason` is why it could not look."""

    check: Check
    state: State
    findings: tuple[Finding, ...]
    reason: str = ""


def examine(checks: Iterable[Check], case: Case) -> tuple[Result, ...]:
    """The results of all checks, in their order. What several find alike stands in the result of the first."""
    results, seen = [], set[Finding]()
    for check in checks:
        result = _examine(check, case)
        new = tuple([one for one in result.findings if one not in seen])
        seen.update(new)
        results.append(result._replace(findings=new))
    return tuple(results)


def _examine(check: Check, case: Case) -> Result:
    if check.systems and case.system.platform not in check.systems:
        return Result(check, State.ELSEWHERE, ())
    found: list[Finding] = []
    try:
        for finding in check.look(case):
            assert finding.kind in check.kinds, finding
            found.append(finding)
    except BlindError as error:
        return Result(check, State.BLIND, tuple(found), str(error))
    except FailedError as error:
        advice = "run that program by itself to see why; other checks went on"
        return Result(check, State.FOUND, (*found, Finding(FAILED, str(error), advice)))
    return Result(check, State.FOUND if found else State.CLEAN, tuple(found))


def is_healthy(results: Iterable[Result]) -> bool:
    """Whether nothing but notes was found."""
    return all(one.kind.severity is Severity.NOTE for result in results for one in result.findings)


def is_blind(results: Iterable[Result]) -> bool:
    """Whether a part of the store that most checks need could not be read: the running script is not known."""
    return any(one.state is State.BLIND and one.check.name == "script" for one in results)
