"""Every fix that is offered mends its fault and brings in no new one."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import pytest

from lbsh_lang.checks.base import Context
from lbsh_lang.checks.run import check_script
from lbsh_lang.diagnostics import Diagnostic, Fix
from lbsh_lang.source import Source
from tests.reading import resolution_of
from tests.test_lines import FAULTS

DEVICE = "interface external em0\ninterface internal em1\ninternal net 10.0.0.0/8\ninternal gw 10.0.0.254\n"
SERVICE = "service S is 203.0.113.1 tcp 25\npool p for S\nadd 10.0.0.9 to p\n"

LINES = [line for line, _, _ in FAULTS] + [
    "service T is 203.0.113.2 tpc 25",
    "service T is 203.0.113.2 tcp 25 sticky 10",
    "service T is 203.0.113.2 tcp smpt",
    "service T is 203.0.113.2 tcp 90-80",
    "internal net 10.9.0.1/24",
    "add 10.0.0.9-10.0.0.2 to p",
    "probe S with tcp every 1s",
    'probe S with smtp hello "x"',
    "probe S with htp",
    "probe NS with tcp",
    "drain 10.0.0.9 from P1",
    "interface external em9",
    "add 10.0.0.3 to p wieght 2",
]
BROKEN = sorted((Path(__file__).parents[1] / "examples" / "broken").glob("*.lb"))


def findings(text: str) -> tuple[Diagnostic, ...]:
    return check_script(Context(resolution_of(text)))


def applied(text: str, fix: Fix) -> str:
    source = Source.of("site.lb", text)
    for edit in sorted(fix.edits, key=lambda edit: edit.span.start, reverse=True):
        start, end = source.offset(edit.span.start), source.offset(edit.span.end)
        text = text[:start] + edit.text + text[end:]
    return text


def check_fixes(text: str) -> int:
    found = findings(text)
    before = Counter(one.code for one in found)
    tried = 0
    for one in found:
        for fix in one.fixes:
            after = Counter(other.code for other in findings(applied(text, fix)))
            assert after[one.code] < before[one.code], (one.message, fix.title)
            fresh = {code for code in after - before if code < "LB1" and code != "LB004"}  # here there are no files
            assert not fresh, (one.message, fix.title, fresh)
            tried += 1
    return tried


@pytest.mark.parametrize("line", LINES)
def test_fixes_of_a_line_mend_it(line: str) -> None:
    check_fixes(f"{DEVICE}{SERVICE}{line}\n")


@pytest.mark.parametrize("path", BROKEN, ids=lambda path: path.stem)
def test_fixes_of_broken_examples_mend_them(path: Path) -> None:
    check_fixes(path.read_text())


def test_there_are_fixes() -> None:
    assert sum(check_fixes(f"{DEVICE}{SERVICE}{line}\n") > 0 for line in LINES) >= 20


HARMFUL = [
    "add 10.0.0.2 - 10.0.0.5 to p",
    "service T is 203.0.113.2 tcp 80 - 90",
    "pool q for S weight 3",
    "add 10.0.0.2 to p weight=2",
    "service T is 203.0.113.2 tcp udp 80",
    "service T is 203.0.113.2 tcp tcp 80",
]


@pytest.mark.parametrize("line", HARMFUL)
def test_no_fix_guesses_at_a_meaning(line: str) -> None:
    at_line = len((DEVICE + SERVICE).splitlines())
    found = findings(f"{DEVICE}{SERVICE}{line}\n")
    assert [fix for one in found for fix in one.fixes if one.span.start.line == at_line] == []
