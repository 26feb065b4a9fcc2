"""Definitions, references, highlights: scripts in which all places of one entity are marked (`marked`)."""

from __future__ import annotations

from itertools import chain

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lbsh_lang.analysis.live.regions import Location, on_line
from lbsh_lang.analysis.live.view import View
from lbsh_lang.analysis.names.references import (
    Access,
    definition,
    highlights,
    linked_regions,
    references,
    references_and_definitions,
)
from lbsh_lang.source import Position
from tests.analysis.marked import Marked, read_marked, view_of
from tests.test_properties import TEXTS

NAMES = {
    "a service": """
service {WEB} is 10.0.0.1 tcp 80 # WEB
pool WEB for [WEB]
probe [WEB] with tcp
add 192.168.1.2 to WEB
status [WEB]
remove [WEB]
""",
    "a pool": """
service pool_ is 10.0.0.1 tcp 80
pool {p} for pool_ port 80
add 192.168.1.2, 192.168.1.3 to [p]
remove 192.168.1.2 from [p]
drain 192.168.1.3 from [p]
resume 192.168.1.3 in [p]
status [p]
add 192.168.1.3 to p2
""",
    "the first life of a name": """
service {A} is 10.0.0.1 tcp 80
probe [A] with tcp
remove [A]
service A is 10.0.0.1 tcp 80
pool p for A
status A
remove A
""",
    "the last life of a name": """
service A is 10.0.0.1 tcp 80
probe A with tcp
remove A
service {A} is 10.0.0.1 tcp 80
pool p for [A]
""",
    "a pool whose service goes": """
service A is 10.0.0.1 tcp 80
pool {p} for A
add 192.168.1.2 to [p]
remove A
service B is 10.0.0.1 tcp 80
pool p for B
add 192.168.1.2 to p
""",
    "a device": "failover device {gw1} skew 3\nfailover device gw2",
    "an interface": "interface internal {em1} up\ninterface external em0\nfailover sync [em1]",
    "in other files": """
include "services.lb"
include "pools.lb"
probe [A] with tcp
== services.lb
service {A} is 10.0.0.1 tcp 80
== pools.lb
pool p for [A]
""",
    "broken lines": """
\ufeffservice {A} is 10.0.0.300 tcp
pool p for [A] prot 80 balance
ad 192.168.1.2 to p
prob [A] with tcp "\N{GRINNING FACE}"
""",
    "odd characters": "\ufeffservice {A} is 10.0.0.1 tcp 80\r\n\x0c\tpool\tp for [A]\x0c # \U0001f600\rprobe [A] with tcp",
}
"""All names of the entity are marked, and its definition and uses lead to each other."""

UNDEFINED = {
    "never": "pool p for [A]\nadd 192.168.1.2 to p\nprobe [A] with tcp",
    "after its end": "service X is 10.0.0.1 tcp 80\nremove X\nadd 192.168.1.2 to [p]\ndrain 192.168.1.2 from [p]",
}
"""Names without a definition; the marks are the places that belong together nevertheless."""


def each(cases: dict[str, str]) -> pytest.MarkDecorator:
    return pytest.mark.parametrize("text", cases.values(), ids=list(cases))


@each(NAMES)
def test_from_each_place_of_a_name_all_others_are_found(text: str) -> None:
    marked = read_marked(text)
    for place in marked.places:
        view = marked.view(place)
        for at in {place.region.start, place.region.end}:
            found = definition(view, at)
            assert found is not None
            assert found.origin == place.region
            assert [target.location for target in found.targets] == marked.definitions
            assert sorted(references(view, at)) == sorted(marked.uses)
            assert sorted(references_and_definitions(view, at)) == sorted(marked.places)


@each(NAMES | UNDEFINED)
def test_the_places_of_a_name_in_a_document_are_highlighted(text: str) -> None:
    marked = read_marked(text)
    for place in marked.places:
        found = highlights(marked.view(place), place.region.start)
        expected = [one for one in marked.places if one.identity == place.identity]
        assert [Location(place.identity, one.region) for one in found] == expected


@each(UNDEFINED)
def test_places_of_an_undefined_name_belong_together(text: str) -> None:
    marked = read_marked(text)
    for place in marked.uses:
        assert definition(marked.view(place), place.region.start) is None
        assert references(marked.view(place), place.region.start) == marked.uses


LEADS = {
    "a use above the definition": "pool p for |A\nservice {A} is 10.0.0.1 tcp 80",
    "a second definition": "service {A} is 10.0.0.1 tcp 80\nservice |A is 10.0.0.2 tcp 80",
    "a use after the end": "service A is 10.0.0.1 tcp 80\nremove A\nprobe |A with tcp",
    "status of a pool": "service A is 10.0.0.1 tcp 80\npool {p} for A\nstatus |p",
    "status of nothing": "status |nothing",
    "a drained server": "{P}add {10.0.0.2} to p\ndrain |10.0.0.2 from p",
    "a server of a network": "{P}add 10.0.0.1, {10.0.1.0/24} to p\nadd 10.0.2.1 to p\nresume |10.0.1.9 in p",
    "servers that several statements brought": "{P}add {10.0.0.2} to p\nadd {10.0.0.3-4}, 10.0.0.5 to p\n"
    "remove |10.0.0.2-4 from p",
    "a server that came again": "{P}add 10.0.0.2 to p\nremove 10.0.0.2 from p\nadd {10.0.0.2} to p\ndrain |10.0.0.2 from p",
    "a server of another pool": "{P}add 10.0.0.2 to q\ndrain |10.0.0.2 from p",
    "a server in an `add`": "{P}add {10.0.0.|2} to p",
    "an included file": 'include "b|.lb"\n== b.lb\n{}service A is 10.0.0.1 tcp 80',
    "a file that is not there": 'include "|c.lb"',
    "a keyword": "serv|ice A is 10.0.0.1 tcp 80",
    "a comment": "service A is 10.0.0.1 tcp 80 # |A",
    "a service's address": "service A is |10.0.0.1 tcp 80",
}


@each(LEADS)
def test_definition(text: str) -> None:
    marked = read_marked(text.replace("{P}", "service S is 10.0.0.1 tcp 80\npool p for S\n"))
    ((view, at),) = marked.cursors
    found = definition(view, at)
    assert ([target.location for target in found.targets] if found else []) == marked.definitions


SERVERS = """
service S is 10.0.0.1 tcp 80
pool p for S
add 192.168.1.1, {192.168.1.2} to p
drain [192.168.1.|2] from p
pool q for S
add {192.168.1.2-9} to q
remove [192.168.1.2] from q
status [192.168.1.2]
add 192.168.1.22 to q
"""


def test_references_of_a_server_are_in_all_pools() -> None:
    marked = read_marked(SERVERS)
    ((view, at),) = marked.cursors
    assert references_and_definitions(view, at) == marked.places
    assert references(view, at) == marked.uses


def test_highlights_of_a_server_are_in_its_pool() -> None:
    ((view, at),) = read_marked(SERVERS).cursors
    assert [(one.region.start.line, one.access) for one in highlights(view, at)] == [
        (3, Access.WRITE),
        (4, Access.READ),
    ]


def test_what_makes_or_ends_a_thing_is_a_write() -> None:
    marked = read_marked(NAMES["a service"])
    found = highlights(marked.view(marked.places[0]), marked.places[0].region.start)
    assert [one.access.value for one in found] == ["write", "read", "read", "read", "write"]


LINKED = {
    "at the definition": "service {A|} is 10.0.0.1 tcp 80\npool p for [A]\nprobe [A] with tcp",
    "at the definition of a pool": "pool {|p} for A\nadd 192.168.1.2 to [p]",
    "not at a use": "service A is 10.0.0.1 tcp 80\npool p for |A",
    "not alone": "service |A is 10.0.0.1 tcp 80",
    "not with another definition": "service |A is 10.0.0.1 tcp 80\npool p for A\nservice A is 10.0.0.1 tcp 81",
    "not where another file has it": 'service |A is 10.0.0.1 tcp 80\ninclude "b.lb"\n== b.lb\npool p for A',
    "not an interface": "interface external |em0\nfailover sync em0",
}


@each(LINKED)
def test_places_that_change_with_a_name(text: str) -> None:
    marked = read_marked(text)
    ((view, at),) = marked.cursors
    assert linked_regions(view, at) == [one.region for one in marked.places]


@given(TEXTS, st.data())
@settings(max_examples=300)
def test_any_place_of_any_text_has_an_answer(text: str, data: st.DataObject) -> None:
    view = view_of(text)
    at = Position(data.draw(st.integers(0, 14)), data.draw(st.integers(0, 40)))
    for location in chain(references(view, at), references_and_definitions(view, at)):
        assert_inside(view, location)
    found = definition(view, at)
    for target in found.targets if found else ():
        assert_inside(view, target.location)
    assert len(highlights(view, at)) >= len(linked_regions(view, at))


def assert_inside(view: View, location: Location) -> None:
    (line, start), (last, end) = location.region
    assert line == last
    assert 0 <= start <= end <= len(view.document.lines[line])


def test_marks_are_read() -> None:
    marked: Marked = read_marked("a {b} c\n[d|]")
    assert marked.definitions == [Location("site.lb", on_line(0, 2, 3))]
    assert marked.uses == [Location("site.lb", on_line(1, 0, 1))]
    assert [at for _, at in marked.cursors] == [Position(1, 1)]
