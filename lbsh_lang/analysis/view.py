"""What the features get to see: one document, within the script that it is a part of."""

from __future__ import annotations

from typing import NamedTuple

from lbsh_lang.analysis.documents import Document
from lbsh_lang.analysis.session import Session
from lbsh_lang.syntax.parser import LineParser


class View(NamedTuple):
    """A document and the session in which it is analysed."""

    session: Session
    document: Document


def view_of(text: str, name: str = "site.lb") -> View:
    """A text that stands alone."""
    document = Document(name, name, text, LineParser())
    return View(Session(document, lambda path, includer: "included files are not available here"), document)
