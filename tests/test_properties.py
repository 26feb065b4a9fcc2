"""Properties of any text and of any valid site."""

from __future__ import annotations

import json
import random
from pathlib import Path

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from lbsh import app
from lbsh_lang.check import check_resolved
from lbsh_lang.diagnostics import Diagnostic, Severity
from lbsh_lang.renderings.findings.json_object import render_json
from lbsh_lang.renderings.findings.text import render_text
from lbsh_lang.renderings.tree import render_tree, render_tree_json
from lbsh_lang.site.resolve import Resolution
from lbsh_lang.site.script import read_script
from lbsh_lang.source import Source
from lbsh_lang.syntax.automaton import AUTOMATON
from tests.profiles import is_gate
from tests.sites import scripts

EXAMPLES = sorted((Path(__file__).parents[1] / "examples").rglob("*.lb"))

WORDS = st.one_of(
    st.sampled_from(sorted(AUTOMATON.keywords)),
    st.sampled_from(
        ["10.0.0.1", "10.0.0.0/24", "10.0.0.1-9", "fd00::1", "80", "tcp", "3s", ",", '"x"', '"', "#", "a", "LDAP"]
    ),
    st.text(max_size=8),
)
LINES = st.lists(st.one_of(WORDS, st.just(" ")), max_size=14).map(" ".join)
ENDS = st.sampled_from(["\n", "\r\n", "\r", ""])
TEXTS = st.one_of(
    st.text(),
    st.lists(st.tuples(LINES, ENDS), max_size=12).map(lambda pairs: "".join(line + end for line, end in pairs)),
)


def diagnose(text: str) -> tuple[Diagnostic, ...]:
    resolution = Resolution(read_script(Source.of("site.lb", text)))
    found = check_resolved(resolution).diagnostics
    assert resolution.site is not None
    assert resolution.references() is not None
    return found


@given(TEXTS)
@settings(max_examples=600)
def test_any_text_is_read_without_an_exception(text: str) -> None:
    for diagnostic in diagnose(text):
        assert render_text(diagnostic)


@given(TEXTS)
@settings(max_examples=300)
def test_positions_lie_inside_the_text(text: str) -> None:
    found = diagnose(text)
    lines = Source.of("site.lb", text).lines
    for one in json.loads(render_json(found))["diagnostics"]:
        places = [one, *one["related"], *(edit for fix in one["fixes"] for edit in fix["edits"])]
        for place in places:
            start, end = place["start"], place["end"]
            assert (1, 1) <= (start["line"], start["column"]) <= (end["line"], end["column"])
            for position in (start, end):
                assert 1 <= position["line"] <= len(lines)
                assert 1 <= position["column"] <= len(lines[position["line"] - 1]) + 1


@given(TEXTS)
@example("interface internal em1 mtu\t9000\nINTERFAC A 0\x850\n")
@settings(max_examples=150)
def test_the_tree_of_any_text_can_be_shown(text: str) -> None:
    script = read_script(Source.of("site.lb", text))
    assert isinstance(render_tree(script), str)
    assert json.loads(render_tree_json(script))["version"] == 1
    for stated in script.statements:
        line = stated.source.lines[stated.line]
        for name in stated.node._fields:
            value = getattr(stated.node, name)
            for token in value if isinstance(value, tuple) and not hasattr(value, "text") else (value,):
                assert token is None or line[token.start : token.end] == token.text


@pytest.mark.sampled
@pytest.mark.parametrize("path", EXAMPLES, ids=lambda path: f"{path.parent.name}-{path.stem}")
def test_every_prefix_of_an_example_is_read_without_an_exception(path: Path) -> None:
    text = path.read_text()
    lines = text.splitlines(keepends=True)
    step = 7 if is_gate() else 21
    start = random.randrange(step)
    for number, line in enumerate(lines):
        head = "".join(lines[:number])
        for cut in range(len(line)) if number % step == start else (0, len(line) // 2):
            diagnose(head + line[:cut])


@given(scripts())
@settings(max_examples=150)
def test_a_valid_site_has_no_errors(text: str) -> None:
    assert [one for one in diagnose(text) if one.severity is Severity.ERROR] == []


@given(scripts())
@settings(max_examples=150)
def test_every_backend_emits_a_valid_site_and_twice_the_same(text: str) -> None:
    source = Source.of("site.lb", text)
    for backend in app.all_backends():
        for target in backend.targets:
            request = app.choose(backend.name, target)
            checked = app.check_source(source, request)
            refused = {one.code for one in checked.diagnostics if one.severity is Severity.ERROR}
            if refused:
                assert refused == {"LB401"}
                continue
            first = app.render(checked.site, request).text
            assert first == app.render(app.check_source(source).site, request).text
            assert first.endswith("\n")
