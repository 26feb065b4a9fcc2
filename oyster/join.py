"""The single automaton of a language and the statements that plug-ins add to it.

Each statement of a plug-in begins with a keyword of its own, so the languages share no more than the beginning of a line:
its row gets the first words of all statements, and the rows of the plug-ins are put behind those of the language, which keep
their numbers. A keyword of a plug-in has its meaning in that plug-in's statements alone; in all others it is a word like any
other, so that a script which uses it as a name means what it meant before.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import NamedTuple

from oyster.automaton import CLASSES, WORD, Automaton, Moves

SHARED = frozenset({*CLASSES, "COMMA"})
"""Terminals that no grammar defines: they are the same in all grammars."""


class JoinError(ValueError):
    """Statements that cannot be part of one language."""


class _Addition(NamedTuple):
    """The part of a plug-in: its keywords and other terminals, and the automaton of its statements."""

    plugin: str
    keywords: dict[str, str]
    terminals: dict[str, str]
    automaton: Automaton


def join(base: Automaton, additions: Sequence[tuple[str, Automaton]]) -> Automaton:
    """The language of `base` with the statements of plug-ins, each given with its name and compiled for this base.

    Raises `JoinError` if two plug-ins define the same keyword or terminal, or if a plug-in was compiled for another base.
    """
    added = [_addition(base, plugin, automaton) for plugin, automaton in additions]
    _refuse_clashes(added)
    keywords = base.keywords | {word: name for addition in added for word, name in addition.keywords.items()}
    terminals = base.terminals | {name: made for addition in added for name, made in addition.terminals.items()}
    new = [word for addition in added for word in addition.keywords]
    rows = [_with_words(moves, new, 0) for moves in base.moves]
    ends = set(base.ends)
    for addition in added:
        shift = len(rows) - 1  # the plug-in's situation 1 comes next
        others = [word for word in new if word not in addition.keywords]
        rows[0] |= _with_words(addition.automaton.moves[0], (), shift)
        rows += [_with_words(moves, others, shift) for moves in addition.automaton.moves[1:]]
        ends |= {end + shift for end in addition.automaton.ends if end}
    return Automaton(keywords, base.reserved, terminals, tuple(rows), frozenset(ends))


def _addition(base: Automaton, plugin: str, automaton: Automaton) -> _Addition:
    words = [*automaton.keywords.items()]
    keywords = dict(words[len(base.keywords) :])
    terminals = {name: made for name, made in automaton.terminals.items() if name not in base.terminals}
    extends = (
        words[: len(base.keywords)] == [*base.keywords.items()]
        and base.terminals.items() <= automaton.terminals.items()
        and base.reserved == automaton.reserved
    )
    if not extends or {name for name, _ in automaton.moves[0].values()} - {*keywords.values()}:
        raise JoinError(f"the statements of `{plugin}` were compiled for another language")
    return _Addition(plugin, keywords, terminals, automaton)


def _refuse_clashes(added: Iterable[_Addition]) -> None:
    definers: dict[str, str] = {}
    for addition in added:
        words = [f"keyword `{word}`" for word in addition.keywords]
        names = [*addition.keywords.values(), *[name for name in addition.terminals if name not in SHARED]]
        for defined in (*words, *[f"terminal `{name}`" for name in names]):
            if defined in definers:
                raise JoinError(f"`{definers[defined]}` and `{addition.plugin}` both define the {defined}")
            definers[defined] = addition.plugin


def _with_words(moves: Moves, words: Iterable[str], shift: int) -> dict[str, tuple[str, int]]:
    """The moves with their situations shifted, and with more words that have no meaning of their own."""
    shifted = {piece: (terminal, after + shift) for piece, (terminal, after) in moves.items()}
    return shifted | dict.fromkeys(words, shifted[WORD]) if WORD in shifted else shifted
