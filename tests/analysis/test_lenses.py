"""Lenses: scripts with the text of each lens written behind its line."""

from __future__ import annotations

import re

import pytest
from hypothesis import given, settings

from lbsh_lang.analysis.live.regions import Region, on_line
from lbsh_lang.analysis.names.lenses import Lens, lens_title, lenses
from lbsh_lang.analysis.names.references import references
from lbsh_lang.source import Position
from lbsh_lang.syntax.terminals import NameKind
from tests.analysis.marked import read_marked, view_of, views_of
from tests.test_properties import TEXTS

SHOWN = {
    "services and pools": """
service A is 10.0.0.1 tcp 80      ^ p, 3 servers, 2 references
probe A with tcp
pool p for A                      ^ 3 servers, 3 references
add 192.168.1.2 to p
add 192.168.1.3-4 to p
drain 192.168.1.3 from p
""",
    "one of each": """
service A is 10.0.0.1 tcp 80      ^ p, 1 server, 1 reference
pool p for A                      ^ 1 server, 1 reference
add 192.168.1.2 to p
""",
    "none": """
service A is 10.0.0.1 tcp 80      ^ no pool, 0 references
pool p for B                      ^ 0 servers, 0 references
pool 1p for B
""",
    "each life has its own": """
service A is 10.0.0.1 tcp 80      ^ a, 1 server, 2 references
pool a for A                      ^ 1 server, 1 reference
add 192.168.1.2 to a
remove A
service A is 10.0.0.1 tcp 80      ^ a, 0 servers, 1 reference
pool a for A                      ^ 0 servers, 0 references
""",
    "lines that cannot be read": """
service A is 10.0.0.1 tcp         ^ p, at least 1 server, 1 reference
pool p for A                      ^ at least 1 server, 2 references
add 192.168.1.300 to p
add 192.168.1.2 to p
""",
}


@pytest.mark.parametrize("text", SHOWN.values(), ids=list(SHOWN))
def test_lenses(text: str) -> None:
    view = view_of(re.sub(r" +\^.*", "", text))
    titles = {lens.region.start.line: lens_title([view], lens) for lens in lenses(view.document)}
    expected = {line: row.partition("^ ")[2] for line, row in enumerate(text.split("\n")) if "^" in row}
    assert {line: title.title for line, title in titles.items() if title is not None} == expected


def test_a_lens_knows_the_places_that_it_counts() -> None:
    marked = read_marked('service {A|} is 10.0.0.1 tcp 80\ninclude "b.lb"\nprobe [A] with tcp\n== b.lb\npool p for [A]')
    ((view, _),) = marked.cursors
    title = lens_title([view], lenses(view.document)[0])
    assert title is not None
    assert sorted(title.references) == sorted(marked.uses)


def test_a_lens_is_found_again_when_lines_have_moved() -> None:
    view = view_of("\n\nservice A is 10.0.0.1 tcp 80\nservice B is 10.0.0.1 tcp 81")
    before = Lens(on_line(0, 8, 9), NameKind.SERVICE, "A")
    title = lens_title([view], before)
    assert title is not None
    assert title.title == "no pool, 0 references"
    assert lens_title([view], before._replace(name="C")) is None
    assert lens_title([view], before._replace(kind=NameKind.POOL)) is None
    assert lens_title([view], before._replace(region=Region(Position(99, 0), Position(99, 1)))) == title


def test_a_lens_that_has_moved_stays_in_its_document() -> None:
    text = (
        '\nservice |A is 10.0.0.1 tcp 80\nremove A\ninclude "b.lb"\n== b.lb\nservice A is 10.0.0.2 tcp 80\npool p for A'
    )
    ((view, _),) = read_marked(text).cursors
    title = lens_title([view], Lens(on_line(0, 8, 9), NameKind.SERVICE, "A"))
    assert title is not None
    assert title.title == "no pool, 1 reference"


SHARED = """pool p for A
add 192.168.1.2 to p
service B is 10.0.0.2 tcp 80
pool b for B
== r1.lb
include "site.lb"
service A is 10.0.0.1 tcp 80
== r2.lb
service A is 10.0.0.1 tcp 80
include "site.lb"
add 192.168.1.3 to p
add 192.168.1.3 to b
remove B
"""


def test_lenses_of_a_file_of_several_scripts_count_what_references_find() -> None:
    views = views_of(SHARED)
    titles = {}
    for lens in lenses(views[0].document):
        title = lens_title(views, lens)
        assert title is not None
        places = [one for view in views for one in references(view, lens.region.start)]
        assert sorted(title.references) == sorted(set(places))
        titles[lens.name] = title.title
    assert titles == {
        "p": "1 server or 2 servers, 2 references",
        "B": "b, 0 servers or b, 1 server, 2 references",
        "b": "0 servers or 1 server, 1 reference",
    }


@given(TEXTS)
@settings(max_examples=200)
def test_any_text_has_an_answer(text: str) -> None:
    view = view_of(text)
    for lens in lenses(view.document):
        assert view.document.text_of(lens.region) == lens.name
        assert lens_title([view], lens) is not None
