"""Formatting as edits: they lead to the output of `lbsh fmt`, are small, and never touch the line under the cursor."""

from __future__ import annotations

import re
from collections.abc import Iterable
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lbsh_lang.analysis.lines.formatting import format_document, format_lines, format_typed
from lbsh_lang.analysis.live.documents import Document
from lbsh_lang.analysis.live.regions import Region, TextEdit
from lbsh_lang.source import Position, split_ends
from lbsh_lang.syntax.formatter import format_text
from tests.analysis.marked import view_of
from tests.test_properties import TEXTS

EXAMPLES = sorted((Path(__file__).parents[2] / "examples").rglob("*.lb"))


def document_of(text: str) -> Document:
    return view_of(text).document


def applied(document: Document, edits: Iterable[TextEdit]) -> str:
    """The text after edits, whose places are those of the text before."""
    copy = document_of(document.text)
    for region, text in sorted(edits, reverse=True):
        copy.edit(region, text)
    return copy.text


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
@given(text=TEXTS)
@settings(max_examples=300)
def test_a_document_becomes_what_the_command_writes(end: str, text: str) -> None:
    uniform = re.sub(r"\r\n|\r|\n", "\n", text).replace("\n", end)
    mark = "\ufeff" * uniform.startswith("\ufeff")
    document = document_of(uniform)
    after = applied(document, format_document(document))
    assert after == mark + format_text(uniform[len(mark) :])


@given(TEXTS)
@settings(max_examples=300)
def test_formatting_twice_is_formatting_once(text: str) -> None:
    once = document_of(applied(document_of(text), format_document(document_of(text))))
    assert applied(once, format_document(once)) == once.text


@given(TEXTS, st.integers(-1, 12), st.integers(-1, 12))
@settings(max_examples=300)
def test_a_range_touches_its_lines_only(text: str, first: int, last: int) -> None:
    document = document_of(text)
    edits = format_lines(document, first, last)
    assert all(first <= edit.region.start.line and edit.region.end <= (max(last, 0) + 1, 0) for edit in edits)
    whole = format_document(document)
    assert all(any(_is_part(edit, of) for of in whole) for edit in edits)


def _is_part(edit: TextEdit, whole: TextEdit) -> bool:
    """Whether an edit is another one, or a part of its deletion: blank lines are deleted together."""
    within = whole.region.start <= edit.region.start and edit.region.end <= whole.region.end
    return edit == whole or (edit.text == whole.text == "" and within)


@given(TEXTS, st.integers(-1, 14), st.integers(0, 99))
@settings(max_examples=300)
def test_what_is_typed_after_a_line_end_moves_no_line(text: str, line: int, column: int) -> None:
    document = document_of(text)
    edits = format_typed(document, Position(line, column))
    assert all(edit.region.start.line == edit.region.end.line == line - 1 for edit in edits)
    after = applied(document, edits)
    assert split_ends(after)[1] == split_ends(text)[1]


@pytest.mark.parametrize("path", EXAMPLES, ids=lambda path: path.stem)
def test_examples(path: Path) -> None:
    document = document_of(path.read_text())
    assert applied(document, format_document(document)) == format_text(document.text)


def _edit(line: int, start: int, end: int, text: str) -> TextEdit:
    return TextEdit(Region(Position(line, start), Position(line, end)), text)


SMALL = {
    "add 10.0.0.1  to p\n": [_edit(0, 13, 14, "")],
    "add  10.0.0.1 to p backup weight 2\n": [_edit(0, 4, 34, "10.0.0.1 to p weight 2 backup")],
    "service A as 10.0.0.1 tcp 80\n": [_edit(0, 10, 11, "i")],
    "\ufeff external addr 10.0.0.1\n": [_edit(0, 1, 2, "")],
    "# x": [_edit(0, 3, 3, "\n")],
    "a b\r\nadd  x": [_edit(1, 6, 6, "\r\n")],
    "status # 😀\r\nstatus  # 😀": [_edit(0, 7, 7, " "), _edit(1, 11, 11, "\r\n")],
    "\n\nstatus\n\n \n\nstatus\n\n\n": [
        TextEdit(Region(Position(0, 0), Position(2, 0)), ""),
        TextEdit(Region(Position(4, 0), Position(6, 0)), ""),
        TextEdit(Region(Position(7, 0), Position(9, 0)), ""),
    ],
    "status\r \nstatus\n": [],
}


@pytest.mark.parametrize(("text", "edits"), SMALL.items())
def test_edits_are_small(text: str, edits: list[TextEdit]) -> None:
    assert format_document(document_of(text)) == edits


TYPED = {
    # A finished line; a blank line; a line whose end was typed in its middle; a line that is no statement yet.
    "add 10.0.0.1  to p\n|": "add 10.0.0.1 to p\n",
    "status\n   \n|": "status\n\n",
    "status\n\n\n|": "status\n\n\n",
    "add  10.0.0.1 \n|to p": "add  10.0.0.1 \nto p",
    "servce  A\n|": "servce  A\n",
    "  # x  \n|": "# x\n",
    "add  10.0.0.1 to p|": "add  10.0.0.1 to p",
    'probe A with http  get "/"\f\r\n  |': 'probe A with http get "/"\r\n  ',
}


@pytest.mark.parametrize(("marked", "after"), TYPED.items())
def test_typing(marked: str, after: str) -> None:
    before, _, behind = marked.partition("|")
    document = document_of(before + behind)
    at = document_of(before).end
    assert applied(document, format_typed(document, at)) == after
