"""Statement forms as people read them: `pool NAME for SERVICE [port PORT] [balance ALGORITHM]`, part by part.

The terminals of a part are not stored anywhere: the grammar reads the form's text, with a word of the right kind for each
placeholder.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from itertools import takewhile

from lbsh_lang.syntax.language import Lbsh
from lbsh_lang.syntax.statement import AnyForm
from oyster.automaton import COMMA, DIGITS, STRING, WORD, Automaton

_PART = re.compile(r"(?:\[(?:[^][]|\[[^][]*\])*\]|[^\s[\]])+")
_WORD = re.compile(r"[A-Za-z]+|,")
_KINDS = (WORD, DIGITS, STRING)
_BESIDE = {"AS": "IS", "COMMA": "PORT", "METHOD_ARGUMENT": "METHOD", "OPTION_TEXT": "PROBE_WORD", "FILE": "PROBE_WORD"}
"""Terminals that forms do not show, with the terminals beside which they stand."""


@dataclass(frozen=True, slots=True)
class Part:
    """A part of a form between blanks, or in brackets: its place, and its terminals."""

    start: int
    end: int
    terminals: tuple[str, ...]
    text: str

    @property
    def is_optional(self) -> bool:
        return self.text.startswith("[")


@dataclass(frozen=True, slots=True)
class FormParts:
    """A form with its text; `head` are the words common to all of its lines, in the order of `parts`."""

    form: AnyForm
    text: str
    parts: tuple[Part, ...]
    head: tuple[str, ...]

    def part_of(self, terminal: str) -> Part | None:
        """The part that contains a terminal."""
        return next((part for part in self.parts if terminal in part.terminals), None)


@cache
def all_forms(language: Lbsh) -> tuple[FormParts, ...]:
    """All forms of a language; a form whose lines may begin in two ways is listed twice."""
    return tuple(_form_parts(language.automaton, form, text) for form in language.forms for text in form.usage)


def forms_of(language: Lbsh, terminals: tuple[str, ...]) -> list[FormParts]:
    """The possible forms of a line that begins with these terminals."""
    keywords = language.automaton.keywords
    return [one for one in all_forms(language) if _may_begin(one, terminals, keywords)]


def _form_parts(automaton: Automaton, form: AnyForm, text: str) -> FormParts:
    parts = _parts(automaton, text)
    head = takewhile(automaton.keywords.__contains__, (part.text for part in parts))
    return FormParts(form, text, parts, tuple(head))


def _parts(automaton: Automaton, text: str) -> tuple[Part, ...]:
    """The parts of a form, each with its terminals, as the grammar reads them word by word."""
    shape: tuple[str, ...] = ()
    parts = []
    for match in _PART.finditer(text):
        terminals: list[str] = []
        for word in _WORD.findall(match.group()):
            pieces = (word,) if word in automaton.keywords or word == COMMA else _KINDS
            for piece in pieces:
                reading = automaton.read_shape((*shape, piece))
                if len(reading.terminals) > len(shape):
                    shape = (*shape, piece)
                    terminals.append(reading.terminals[-1])
                    break
        terminals += [one for one, base in _BESIDE.items() if base in terminals]
        parts.append(Part(match.start(), match.end(), tuple(dict.fromkeys(terminals)), match.group()))
    return tuple(parts)


def _may_begin(form: FormParts, terminals: tuple[str, ...], keywords: Mapping[str, str]) -> bool:
    known = {terminal for part in form.parts for terminal in part.terminals}
    head = tuple(keywords[word] for word in form.head)
    common = min(len(head), len(terminals))
    return bool(terminals) and terminals[:common] == head[:common] and known.issuperset(terminals)
