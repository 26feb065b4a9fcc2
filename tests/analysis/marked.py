"""Scripts for tests with marked places, and several files in one text.

`{name}` marks a definition of the entity in question, `[name]` a use, `|` a cursor. A line `== NAME` begins another file,
which the first file can include.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from lbsh_lang.analysis.live.documents import Document
from lbsh_lang.analysis.live.regions import Location, on_line
from lbsh_lang.analysis.live.session import Session
from lbsh_lang.analysis.live.view import View
from lbsh_lang.source import Position, split_lines
from lbsh_lang.syntax.language import LBSH, Lbsh
from lbsh_lang.syntax.parser import LineParser

_MARK = re.compile(r"[][{}|]")
_FILE = re.compile(r"^== (.*)\n", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class Marked:
    """A script without its marks, and the places of the marks."""

    session: Session
    definitions: list[Location]
    uses: list[Location]
    cursors: list[tuple[View, Position]]

    @property
    def places(self) -> list[Location]:
        """All definitions and uses, from top to bottom."""
        return sorted(self.definitions + self.uses)

    def view(self, location: Location) -> View:
        return View(self.session, self.session.documents[location.identity])

    def texts(self) -> dict[str, str]:
        return {identity: document.text for identity, document in self.session.documents.items()}


def read_marked(text: str, language: Lbsh = LBSH) -> Marked:
    """Removes the marks from a text and analyses the rest."""
    first, *rest = _FILE.split(text)
    files = {"site.lb": first, **dict(zip(rest[::2], rest[1::2], strict=True))}
    parser = LineParser(language)
    documents = {name: Document(name, name, _MARK.sub("", file), parser) for name, file in files.items()}
    session = Session(documents["site.lb"], lambda path, _: documents.get(path, "there is no such file"))
    definitions: list[Location] = []
    uses: list[Location] = []
    cursors: list[tuple[View, Position]] = []
    for name, file in files.items():
        for mark, location in _marks(name, file):
            if mark == "|":
                cursors.append((View(session, documents[name]), location.region.start))
            else:
                (definitions if mark == "{" else uses).append(location)
    return Marked(session, definitions, uses, cursors)


def view_of(text: str, name: str = "site.lb", language: Lbsh = LBSH) -> View:
    """A text without other files."""
    document = Document(name, name, text, LineParser(language))
    return View(Session(document, lambda path, includer: "included files are not available here"), document)


def views_of(text: str) -> list[View]:
    """The first of several files within each of the others, which include it."""
    shared, *roots = read_files(text)
    sessions = [Session(root, lambda path, _: shared) for root in roots]
    return [View(session, shared) for session in sessions]


def read_files(text: str) -> list[Document]:
    """The files of a text, the first under the name `site.lb`."""
    first, *rest = _FILE.split(text)
    parser = LineParser()
    names = ["site.lb", *rest[::2]]
    return [Document(name, name, file, parser) for name, file in zip(names, [first, *rest[1::2]], strict=True)]


def _marks(name: str, text: str) -> list[tuple[str, Location]]:
    """The marks with their places in the text without marks."""
    found = []
    for number, line in enumerate(split_lines(text)):
        opened = 0
        for taken, match in enumerate(_MARK.finditer(line)):
            column = match.start() - taken
            if match[0] in "{[":
                opened = column
            elif match[0] == "|":
                found.append(("|", Location(name, on_line(number, column, column))))
            else:
                found.append(("{" if match[0] == "}" else "[", Location(name, on_line(number, opened, column))))
    return found
