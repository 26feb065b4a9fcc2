"""Reads a line: gives a typed statement and its faults. Never raises, whatever the text.

The readable part of a broken line is kept: a misspelled keyword is read as the intended one, and fields before the
first unreadable word keep their tokens (`oyster.repair`). So one cause gives one message, and names that a broken line
defines do not turn up as undefined further down.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import groupby
from typing import Generic, NamedTuple

from oyster.derivation import Draft, build
from oyster.faults import Fault, LineFault, LineTooLong, Misleading, MoreFaults, OpenText, StrayCharacters, Token
from oyster.lines import Language, Node, Own
from oyster.repair import Repair
from oyster.shapes import Shapes
from oyster.words import MISLEADING, Comment, split_words

LONGEST_LINE = 65_536
"""In characters; a longer line is refused unread, so that no line costs more than a bounded time and memory."""

_MOST_FAULTS = 20
_STRING = re.compile(r'"(?:\\.|[^"\\])*"', re.DOTALL)
_BLANKS = " \t\f\v"


class Parsed(NamedTuple, Generic[Node, Own]):
    """A parsed line: its statement, None if it is blank or unreadable, and its faults from left to right."""

    node: Node | None
    faults: tuple[LineFault | Own, ...]


class LineParser(Generic[Node, Own]):
    """Reads the lines of a language, and remembers the derivations of the shapes it has met: its only state."""

    def __init__(self, language: Language[Node, Own]) -> None:
        self.language = language
        self._shapes = Shapes(language)
        self._repair = Repair(language, self._shapes)
        self._terminal_of = language.automaton.keywords.get

    def parse(self, text: str) -> Parsed[Node, Own]:
        """The statement on one line, given without its line end."""
        if text.isascii() and text.isprintable() and not ("#" in text or '"' in text or "," in text):
            texts = text.split()
            if text.count(" ") == len(texts) - 1 and len(text) <= LONGEST_LINE:
                replay = self._shapes.replays.get(tuple(map(self._terminal_of, texts)))
                node = replay.read(texts) if replay is not None else None
                if node is not None:
                    return _new(Parsed, (node, ()))
        parsed = self._parse(text)
        if len(parsed.faults) > _MOST_FAULTS:
            parsed = _shortened(parsed)
        misleading = None if text.isprintable() or len(text) > LONGEST_LINE else _misleading(text)
        if misleading is None:
            return parsed
        return Parsed(parsed.node, tuple(sorted([misleading, *parsed.faults], key=_column)))

    def _parse(self, text: str) -> Parsed[Node, Own]:
        if len(text) > LONGEST_LINE:
            return Parsed(None, (LineTooLong(Token("", 0, None), len(text), LONGEST_LINE),))
        odd: list[LineFault | Own] = []
        texts, starts, comment = split_words(text)
        if not (text.isascii() and text.isprintable() and '"' not in text):
            odd = [*_stray_characters(text, texts, starts, comment), *_open_texts(texts, starts)]
            if odd:
                texts, starts = _visible(texts, starts)
        if not texts:
            return Parsed(None, tuple(odd))
        line = Draft(text, texts, starts, self.language.automaton.shape_of(texts))
        derivation = self._shapes.derive(line.shape)
        if odd or derivation.stop is not None or derivation.repeats:
            node, faults = self._repair.read(line, odd)
        else:
            faults = []
            node = build(self.language, derivation, line, faults)
        return Parsed(node, tuple(sorted(faults, key=_column)))


_new = tuple.__new__


def _misleading(text: str) -> Misleading | None:
    """The first misleading character in a comment or a text of a line. Outside them, such characters are stray."""
    texts, starts, comment = split_words(text)
    parts = [*_strings(texts, starts), *([(comment.start, len(text))] if comment else [])]
    found = [match for start, end in parts for match in MISLEADING.finditer(text, start, end)]
    return Misleading(Token(found[0].group(), found[0].start(), None), len(found) - 1) if found else None


def _strings(texts: list[str], starts: list[int]) -> Iterator[tuple[int, int]]:
    """The columns of each text in quotes, without those behind it."""
    return ((start, start + len(text)) for text, start in zip(texts, starts, strict=True) if text[0] == '"')


def _stray_characters(text: str, texts: list[str], starts: list[int], comment: Comment | None) -> list[StrayCharacters]:
    """Control characters, invisible ones and blanks other than spaces and tabs, outside comments.

    Those of texts in quotes that mislead are a fault of another kind.
    """
    if text.isprintable():
        return []
    end = comment.start if comment else len(text)
    start = 1 if text.startswith("\ufeff") else 0
    known = {match.start() for place in _strings(texts, starts) for match in MISLEADING.finditer(text, *place)}
    faults = []
    for character, run in groupby(range(start, end), key=text.__getitem__):
        if not character.isprintable() and character not in _BLANKS:
            places = [place for place in run if place not in known]
            if not places:
                continue
            token = Token[object](character * len(places), places[0], None)
            faults.append(StrayCharacters(token, " " if character.isspace() else ""))
    return faults


def _open_texts(texts: list[str], starts: list[int]) -> list[OpenText]:
    return [
        OpenText(Token(text, start, None), text + '"')
        for text, start in zip(texts, starts, strict=True)
        if text[0] == '"' and not _STRING.fullmatch(text)
    ]


def _visible(texts: list[str], starts: list[int]) -> tuple[list[str], list[int]]:
    """The words without the invisible ones."""
    kept = [(text, start) for text, start in zip(texts, starts, strict=True) if any(map(str.isprintable, text))]
    return [text for text, _ in kept], [start for _, start in kept]


def _shortened(parsed: Parsed[Node, Own]) -> Parsed[Node, Own]:
    """The first faults of a line that has very many, and the number of the others."""
    first, rest = parsed.faults[:_MOST_FAULTS], parsed.faults[_MOST_FAULTS:]
    return Parsed(parsed.node, (*first, MoreFaults(rest[0].token, len(rest))))


def _column(fault: Fault) -> int:
    return fault.token.start
