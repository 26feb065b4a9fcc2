"""Every fix that is offered mends its fault and brings in no new one."""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Sequence
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lbsh import app
from lbsh.files import read_source
from lbsh_lang.check import check_resolved
from lbsh_lang.diagnostics import Applicability, Diagnostic, Edit, Fix, Severity
from lbsh_lang.fixes import Look, Sources, apply_fixes, compatible, mend
from lbsh_lang.site.resolve import Resolution
from lbsh_lang.site.script import read_script
from lbsh_lang.source import Position, Source, Span
from tests.sites import scripts
from tests.test_cli import lbsh
from tests.test_lines import FAULTS
from tests.test_properties import TEXTS
from tools.generate.safe_fixes import DEVICE, SAFE, SERVICE, findings

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
    "interface external em0",
    "add 10.0.0.3 to p wieght 2",
    "add 10.0.0.4:8080 to p",
    "drain 10.0.0.2:8080 from p",
    "service T is 203.0.113.2:80 tcp",
    "service T is 203.0.113.2:80 tcp 80",
    "service T is [2001:db8::2]:80 tcp",
    "external addr 203.0.113.3:53",
    "external addr ppp0",
]
BROKEN = sorted((Path(__file__).parents[1] / "examples" / "broken").glob("*.lb"))


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


UNSAFE = [
    *HARMFUL,
    "servce T is 203.0.113.2 tcp 80",
    "pool q of S",
    "pool q S",
    "service T is 203.0.113.2 tpc 80",
    "service T is 203.0.113.2 tcp smpt",
    "service T is 203.0.113.2 tcp 8000-443",
    "service T is 203.0.113.2 tcp 80 sticky 10",
    "service T is 203.0.113.2 tcp 80 sticky 5m sticky 1h",
    "add 10.0.0.5/24 to p",
    "add 10.0.0.20-5 to p",
    "add 10.0.0.2 to P",
    "probe s with tcp",
    "probe S with tcp every 1s",
    'probe S with smtp hello "x"',
    "probe S with exec /bin/x -v every 30s",
    "probe S with http get /a b",
    "include my farm.lb",
    'include "farm.lb',
    'probe S with http get "a\N{NO-BREAK SPACE}b"',
    "status\x1b S",
    "internal gw 10.0.0.253",
    "internal gw 10.0.0.254  # the same",
    "resume 10.0.0.9 in p",
    "add 10.0.0.2 to p  # lbsh: allow LB999",
    "add 10.0.0.2 to nowhere  # lbsh: allow LB312",
]
"""Lines whose fixes are guesses, or would have packets go elsewhere."""


def look_at(source: Source) -> Look:
    """Findings about a script of one source, or about the text that it has become."""

    def look(changed: Sources) -> tuple[Diagnostic, ...]:
        return check_resolved(Resolution(read_script(changed.get(source.identity, source)))).diagnostics

    return look


def mended(text: str) -> str:
    source = Source.of("site.lb", text)
    return mend(look_at(source)).sources.get(source.identity, source).text


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
@pytest.mark.parametrize("line", SAFE)
def test_what_has_one_reading_is_mended_unasked(line: str, end: str) -> None:
    before = (DEVICE + SERVICE).replace("\n", end)
    assert mended(f"{before}{line}{end}# é{end}") == f"{before}{SAFE[line]}{end}# é{end}"


@pytest.mark.parametrize("line", UNSAFE)
def test_a_guess_is_not_made_unasked(line: str) -> None:
    text = f"{DEVICE}{SERVICE}{line}\n"
    assert mended(text) == text
    assert findings(text)


def test_a_statement_said_twice_goes_with_its_line() -> None:
    text = f"{DEVICE}internal  gw 10.0.0.254\n{SERVICE}# lbsh: allow LB501\nadd 10.0.0.3 to p\n"
    assert mended(text) == f"{DEVICE}{SERVICE}add 10.0.0.3 to p\n"


def test_a_fix_that_brings_more_errors_to_light_is_left_and_others_are_made() -> None:
    lines = [
        "internal net 192.168.0.1/24",
        "service T is 203.0.113.2 TCP 80",
        "pool q for T",
        "add 10.1.0.1, 10.1.0.2, 10.1.0.3 TO q",
    ]
    text = (DEVICE + SERVICE).replace("internal net 10.0.0.0/8\n", "") + "".join(f"{line}\n" for line in lines)
    assert mended(text) == text.replace("TCP", "tcp").replace("TO", "to")
    known = text.replace("192.168.0.1/24", "192.168.0.0/24")
    assert errors(findings(known)) > errors(findings(text))


def test_of_fixes_that_touch_the_first_is_made() -> None:
    source = Source.of("site.lb", "abcdef\nghi\n")
    fixes = [fix_at(source, *place) for place in ((3, 5), (0, 2), (1, 4), (4, 6), (5, 5), (2, 2), (2, 3), (6, 6))]
    kept = compatible(fixes)
    assert [(fix.edits[0].span.start.column, fix.edits[0].span.end.column) for fix in kept] == [
        (0, 2),
        (2, 2),
        (3, 5),
        (5, 5),
        (6, 6),
    ]
    assert apply_fixes(kept)[source.identity].text == "-" + "-" + "c" + "-" + "-f-\nghi\n"


def fix_at(source: Source, start: int, end: int) -> Fix:
    return Fix("", (Edit(Span(source, Position(0, start), Position(0, end)), "-"),), Applicability.SAFE)


def errors(found: Sequence[Diagnostic]) -> int:
    return sum(one.severity is Severity.ERROR for one in found)


MUTATIONS = st.lists(
    st.tuples(
        st.integers(0, 10**6),
        st.sampled_from(["upper", "double", "swap", "drop", "unquote", "turn", "odd"]),
    ),
    max_size=8,
)
ONE_OF_EACH = """\
probe S with http get "/" host "h" expect 200-299 every 9s timeout 2s
service T is 203.0.113.2 udp 80-90,443 sticky 5m reflect  # lbsh: allow LB501, LB312
pool q for T balance random
add 10.0.0.2-10.0.0.5, 10.0.1.0/30 to q weight 2 backup
failover device a
failover device b skew 50
failover password file "/k"
"""


@st.composite
def mutated(draw: st.DrawFn) -> str:
    """A script with typing errors of the kinds that people make."""
    text = draw(st.one_of(st.just(DEVICE + SERVICE + ONE_OF_EACH), scripts()))
    words = re.split(r"([ \n,]+)", text)
    for place, kind in draw(MUTATIONS):
        index = place % len(words) & ~1
        words[index] = mutate(words[index], kind)
        if kind == "swap" and index + 2 < len(words):
            words[index], words[index + 2] = words[index + 2], words[index]
    return "".join(words)


def mutate(word: str, kind: str) -> str:
    match kind:
        case "upper":
            return word.upper()
        case "double":
            return f"{word} {word}"
        case "drop":
            return word[1:]
        case "unquote":
            return word.strip('"')
        case "turn":
            return "-".join(reversed(word.split("-")))
        case "odd":
            return f"{word}\N{NO-BREAK SPACE}"
        case _:
            return word


@given(st.one_of(mutated(), TEXTS))
@settings(max_examples=300)
def test_mending_any_script_ends_and_adds_no_error(text: str) -> None:
    source = Source.of("site.lb", text)
    before = findings(text)
    result = mend(look_at(source))
    after = result.sources.get(source.identity, source)
    assert errors(result.found) <= errors(before)
    assert [one.message for one in findings(after.text)] == [one.message for one in result.found]
    assert mended(after.text) == after.text


BROKEN_SITE = "interface external em0\ninclude farm.lb\nservice A is 203.0.113.1 TCP 80\n"
BROKEN_FARM = b"\xef\xbb\xbfservice B is 203.0.113.2 tcp 90-80\r\npool b for C\r\n"


@pytest.fixture
def broken(tmp_path: Path) -> Path:
    (tmp_path / "site.lb").write_text(BROKEN_SITE)
    (tmp_path / "farm.lb").write_bytes(BROKEN_FARM)
    return tmp_path


def test_check_fix_mends_the_files_and_reports_what_remains(broken: Path) -> None:
    done = lbsh("check", "--fix", cwd=broken)
    assert done.returncode == 1
    assert b"LB101" in done.stdout
    assert done.stdout.endswith(b"3 fixed, 1 error, 2 warnings\n")
    assert done.stderr == b"fixed 2 findings in site.lb\nfixed 1 finding in farm.lb\n"
    assert (broken / "site.lb").read_text() == BROKEN_SITE.replace("farm.lb", '"farm.lb"').replace("TCP", "tcp")
    assert (broken / "farm.lb").read_bytes() == BROKEN_FARM.replace(b"90-80", b"80-90")


def test_check_fix_as_json_is_what_remains(broken: Path) -> None:
    lbsh("check", "--fix", cwd=broken)
    again = lbsh("check", "--fix", "--format", "json", cwd=broken)
    assert again.stderr == b""
    assert again.stdout == lbsh("check", "--format", "json", cwd=broken).stdout


def test_check_fix_of_standard_input_is_refused() -> None:
    done = lbsh("check", "--fix", "-", stdin=BROKEN_SITE.encode())
    assert (done.returncode, done.stdout) == (2, b"")
    assert b"--fix rewrites files" in done.stderr


def test_a_script_with_a_file_that_changed_meanwhile_is_left(broken: Path) -> None:
    source = read_source(str(broken / "site.lb"))
    (broken / "site.lb").write_text("# somebody else was here\n")
    refused = app.fix_source(source)
    assert refused.complaint == f"{source.name}: has changed since it was read, and is left as it is"
    assert refused.counts == {}
    assert {one.code for one in refused.diagnostics if one.severity is Severity.ERROR} == {"LB001", "LB205"}
    assert (broken / "site.lb").read_text() == "# somebody else was here\n"
    assert (broken / "farm.lb").read_bytes() == BROKEN_FARM


def test_the_fix_of_a_finding_says_whether_it_is_safe(broken: Path) -> None:
    found = json.loads(lbsh("check", "--format", "json", cwd=broken).stdout)["diagnostics"]
    assert {fix["applicability"] for one in found for fix in one["fixes"]} == {"safe"}
