"""Slots of statement forms: a terminal that fills a field of a node. Knows no statement."""

from __future__ import annotations

from typing import NamedTuple

from lbsh_lang.syntax import lowering
from lbsh_lang.syntax.terminals import Naming, Reader, Terminal, Word


class Slot(NamedTuple):
    """A terminal that fills a field of a node, with the reader and the naming of its words there."""

    terminal: str
    field: str
    read: Reader
    names: Naming | None


class OwnWord(NamedTuple):
    """A terminal that an extension defines: the record of its words, and their meaning."""

    terminal: str
    word: Word
    sentence: str


def slot(terminal: Terminal | OwnWord, field: str, read: Reader | None = None, names: Naming | None = None) -> Slot:
    """A slot with the reader and the naming of the terminal's record; `read` and `names` replace them for one form."""
    if isinstance(terminal, OwnWord):
        name, word = terminal.terminal, terminal.word
    else:
        name, word = terminal.name, terminal.value
    return Slot(name, field, read or word.read, names or word.names)


def flag(keyword: str, field: str, names: Naming | None = None) -> Slot:
    """A keyword, by its terminal, that fills a field itself; with `names` it may be the name of something."""
    return Slot(keyword, field, lowering.lower_word, names)
