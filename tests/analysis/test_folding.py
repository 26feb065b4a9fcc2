"""Folds: scripts with the expected folds written beside the lines."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from hypothesis import given, settings

from lbsh_lang.analysis.lines.folding import Fold, FoldKind, folds
from tests.analysis.marked import view_of
from tests.test_properties import TEXTS

EXAMPLES = sorted((Path(__file__).parents[2] / "examples").rglob("*.lb"))

SCRIPT = """
                                                  |
# What this is for,                               |comment+1
# in two lines                                    |
                                                  |
include "a.lb"                                    |imports+2
include "b.lb"                                    |
include "c.lb"                                    |
interface external em0                            |
                                                  |
# --- the first                                   |region+12
                                                  |
service A is 10.0.0.1 tcp 80                      |region+8
pool a for A                                      |region+5
add 10.0.0.1 to a                                 |
# one more                                        |
add 10.0.0.2 to a                                 |
add broken to a                                   |
drain 10.0.0.2 from a                             |
probe A with tcp                                  |
remove 10.0.0.1 from a                            |
# then                                            |
service B is 10.0.0.2 tcp 80                      |
                                                  |
                                                  |
# Two lines that                                  |region+4 comment+1
# lead on                                         |
pool b for B                                      |region+2
add 10.0.0.1 to b                                 |
add 10.0.0.2 to b                                 |
                                                  |
# a heading                                       |region+2
pool c for C                                      |
nonsense                                          |
                                                  |
# alone                                           |
                                                  |
# prose,                                          |comment+2
#                                                 |
# much of it                                      |
                                                  |
service D is 10.0.0.3 tcp 80                      |
service E is 10.0.0.3 tcp 81                      |region+3
pool e for E                                      |region+1
add 10.0.0.1 to e                                 |
pool f for E                                      |
"""

KINDS = {"region": FoldKind.REGION, "comment": FoldKind.COMMENT, "imports": FoldKind.IMPORTS}


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_folds(end: str) -> None:
    rows = [row.rpartition("|") for row in SCRIPT.strip("\n").split("\n")]
    expected = [
        Fold(line, line + int(size), KINDS[kind])
        for line, row in enumerate(rows)
        for kind, size in re.findall(r"(\w+)\+(\d+)", row[2])
    ]
    found = folds(view_of(end.join(row[0].rstrip() for row in rows)).document)
    assert found == expected


@given(TEXTS)
@settings(max_examples=300)
def test_folds_of_any_text_lie_in_it(text: str) -> None:
    document = view_of(text).document
    found = folds(document)
    assert all(0 <= fold.first < fold.last < len(document.lines) for fold in found)
    assert len(set(found)) == len(found)


@pytest.mark.parametrize("path", EXAMPLES, ids=lambda path: path.stem)
def test_folds_of_examples_lie_within_each_other(path: Path) -> None:
    found = folds(view_of(path.read_text()).document)
    for one in found:
        for other in found:
            assert not one.first < other.first <= one.last < other.last
