"""The broken examples: behind `#!` on a line stand the codes that are reported for it, and no others are."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from lbsh import app
from lbsh.files import read_source

BROKEN = sorted((Path(__file__).parents[1] / "examples" / "broken").glob("*.lb"))


def expected(path: Path) -> list[tuple[int, str]]:
    found = []
    for number, line in enumerate(path.read_text().splitlines(), 1):
        match = re.search(r"#!((?: LB\d{3})+)", line)
        found += [(number, code) for code in match[1].split()] if match else []
    return found


def reported(path: Path) -> list[tuple[int, str]]:
    request = app.choose("pf", "freebsd-14") if path.stem == "filters" else None
    checked = app.check_source(read_source(str(path)), request)
    return [(one.span.start.line + 1, one.code) for one in checked.diagnostics]


@pytest.mark.parametrize("path", BROKEN, ids=lambda path: path.stem)
def test_reports_what_the_comments_say(path: Path) -> None:
    assert sorted(reported(path)) == sorted(expected(path))
