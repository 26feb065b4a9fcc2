"""The bound on findings: beyond it one more says so, and no time or memory goes into those that are left out."""

from __future__ import annotations

import pytest

from lbsh_lang.check import check
from lbsh_lang.checks import run
from lbsh_lang.diagnostics import Diagnostic
from lbsh_lang.source import Source
from tests.costs import calls_of

BASE = "interface external em0\nservice A is 203.0.113.1 tcp 80  # lbsh: allow LB311\n"
BOUND = 20
LINES = {
    "one entity": "pool p for A\n",
    "many entities": "pool p{n} for A\n",
    "a name that is nowhere": "add 10.0.0.1 to q\n",
}


def script(kind: str, lines: int) -> str:
    return BASE + "".join(LINES[kind].format(n=n) for n in range(lines))


def found(text: str) -> tuple[Diagnostic, ...]:
    return check(Source.of("site.lb", text)).diagnostics


@pytest.fixture(autouse=True)
def bound(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(run, "MOST_FINDINGS", BOUND)


@pytest.mark.parametrize("kind", LINES)
def test_the_last_finding_says_that_there_are_more(kind: str) -> None:
    diagnostics = found(script(kind, 50))
    assert len(diagnostics) in (BOUND, BOUND + 1)  # a finding of the first ones may be allowed
    (end,) = [one for one in diagnostics if one.code == "LB001"]
    assert end.message == f"there are more than {BOUND} findings; from here on they are left out"
    assert not [one for one in diagnostics if one.code == "LB702"]


@pytest.mark.parametrize("kind", LINES)
def test_up_to_the_bound_all_findings_are_there(kind: str) -> None:
    assert not [one for one in found(script(kind, 5)) if one.code == "LB001"]


def test_findings_that_are_left_out_are_not_made(monkeypatch: pytest.MonkeyPatch) -> None:
    """However many faults an entity has, work on findings ends at the bound; reading the lines remains."""
    few, many = script("one entity", 100), script("one entity", 300)
    beyond = calls_of(found, many) - calls_of(found, few)
    monkeypatch.setattr(run, "MOST_FINDINGS", 1000)
    within = calls_of(found, many) - calls_of(found, few)
    assert beyond < 0.6 * within


def test_a_long_list_of_ports_is_not_repeated_whole() -> None:
    ports = ",".join(map(str, range(1, 401)))
    text = f"service A is 203.0.113.1 tcp {ports}\npool p for A port {ports},500\nadd 10.0.0.1 to p\n"
    (one,) = [one for one in found(text) if one.code == "LB317"]
    assert len(one.message) < 120
