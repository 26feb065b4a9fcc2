"""The files that a script includes, as links."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from lbsh_lang.analysis.live.documents import Document
from lbsh_lang.analysis.live.regions import Region, on_line
from lbsh_lang.analysis.live.view import View
from lbsh_lang.syntax.nodes import IncludeStatement


class Link(NamedTuple):
    """A place that leads to a document: the document's identity and name."""

    region: Region
    identity: str
    name: str


def links(view: View) -> Iterator[Link]:
    """The paths of a document that lead to a readable file."""
    for line, parsed in enumerate(view.document.parsed):
        node = parsed.node
        if type(node) is IncludeStatement and node.path is not None and node.path.value is not None:
            found = view.session.included(node.path.value, view.document.identity)
            if isinstance(found, Document):
                yield Link(on_line(line, node.path.start, node.path.end), found.identity, found.name)
