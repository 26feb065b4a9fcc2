"""Links to included files."""

from __future__ import annotations

from hypothesis import given, settings

from lbsh_lang.analysis.lines.links import Link, links
from lbsh_lang.analysis.live.documents import Document
from lbsh_lang.analysis.live.regions import on_line
from lbsh_lang.analysis.live.session import Session
from lbsh_lang.analysis.live.view import View
from lbsh_lang.syntax.parser import LineParser
from tests.analysis.marked import view_of
from tests.test_properties import TEXTS


def test_paths_that_lead_to_a_document() -> None:
    text = '\ufeffinclude "b.lb"  # \N{PILE OF POO}\ninclude "c.lb"\ninclude "a.lb"\ninclude\n include "b\\\\.lb" x\n'
    parser = LineParser()
    root = Document("/a.lb", "a.lb", text, parser)
    known = {"a.lb": root, "b.lb": Document("/b.lb", "x/b.lb", "status", parser)}
    known["b\\.lb"] = known["b.lb"]
    session = Session(root, lambda path, includer: known.get(path, "no such file"))
    assert list(links(View(session, root))) == [
        Link(on_line(0, 9, 15), "/b.lb", "x/b.lb"),
        Link(on_line(2, 8, 14), "/a.lb", "a.lb"),
        Link(on_line(4, 9, 17), "/b.lb", "x/b.lb"),
    ]


@given(TEXTS)
@settings(max_examples=100)
def test_any_text(text: str) -> None:
    assert list(links(view_of(text))) == []
