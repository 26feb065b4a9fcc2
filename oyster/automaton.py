"""A line language as a value: a finite automaton over the words of a line. Knows no grammar file and no Lark.

Theory of operation. Which statement a line is depends on its keywords and on the kinds of words between them, not on the
words themselves: `add 192.168.1.2 to mx_pool` and `add 10.0.0.9 to www` have one shape, `add 0 to w`. The pieces of a shape
are the keywords, each as itself, and four kinds: a word, a word that starts with a digit, a string, a comma. Scripts
repeat a few dozen shapes, so the reading of a shape can be kept for all lines that have it.

No statement nests in another, so a finite number of situations describes all beginnings of lines. A situation is the number
of a row in `moves`: for each piece that may come next, the part that it plays there (its terminal) and the situation after
it. Situation 0 is the beginning of a line, and no move leads back to it; so a language is extended by adding moves there.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import NamedTuple

Shape = tuple[str, ...]
"""The words of a line, each keyword as itself and every other word as its kind: WORD, DIGITS, STRING or COMMA."""

WORD, DIGITS, STRING, COMMA = "w", "0", '""', ","
"""Kinds of words; each is also a word of its kind, so that a shape joined by spaces is a line of that shape."""

KINDS = (WORD, DIGITS, STRING, COMMA)

END = "$END"
"""The terminal of the end of a line."""

Moves = Mapping[str, tuple[str, int]]
"""The pieces that may come next, each with its terminal and the situation after it, in the order of the grammar."""

Row = tuple[tuple[str, int], ...] | dict[str, tuple[str, int]]
"""The moves of a situation in short: terminals and the situations after them. A terminal takes all pieces that it admits
and that no terminal before it takes; a row without this property lists the moves themselves."""


class Reading(NamedTuple):
    """The reading of a shape: the terminal of each word up to the first that cannot stand where it does.

    `expected` are the terminals that could stand there, None if the whole line is a statement. `kinds` are the words
    that must keep their kind, WORD or DIGITS; any others may be of either.
    """

    terminals: tuple[str, ...]
    expected: tuple[str, ...] | None
    kinds: tuple[tuple[int, str], ...]


class Automaton(NamedTuple):
    """A line language.

    `keywords` are its words with a meaning, each with its terminal, in the order of the grammar; those in `reserved` cannot
    be names. `terminals` are all others, each with the word classes that it consists of (see `CLASSES`), such as
    `"ANY | STRING"`. `moves` holds the moves of each situation, `ends` the situations in which a line may end.
    """

    keywords: dict[str, str]
    reserved: frozenset[str]
    terminals: dict[str, str]
    moves: tuple[Moves, ...]
    ends: frozenset[int]

    def shape_of(self, words: Iterable[str]) -> Shape:
        """The shape of a line of these words."""
        keywords, kind = self.keywords, _FIRST.get
        return tuple([word if word in keywords else kind(word[0], WORD) for word in words])

    def read_shape(self, shape: Shape) -> Reading:
        """The terminals of a line of this shape."""
        situation = 0
        terminals: list[str] = []
        kinds: list[tuple[int, str]] = []
        for place, piece in enumerate(shape):
            moves = self.moves[situation]
            if piece not in moves:
                return Reading(tuple(terminals), self.expected_in(situation), tuple(kinds))
            if piece in _OTHER_KIND and moves.get(_OTHER_KIND[piece]) != moves[piece]:
                kinds.append((place, piece))
            terminal, situation = moves[piece]
            terminals.append(terminal)
        expected = None if situation in self.ends else self.expected_in(situation)
        return Reading(tuple(terminals), expected, tuple(kinds))

    def following(self, shape: Shape) -> tuple[str, ...]:
        """The terminals that may follow a beginning of a line; none if no statement begins so."""
        situation = 0
        for piece in shape:
            if piece not in self.moves[situation]:
                return ()
            _, situation = self.moves[situation][piece]
        return self.expected_in(situation)

    def expected_in(self, situation: int) -> tuple[str, ...]:
        """The terminals that may come next in a situation, in the order of the grammar, the end of the line last."""
        terminals = dict.fromkeys([terminal for terminal, _ in self.moves[situation].values()])
        return (*terminals, END) if situation in self.ends else tuple(terminals)

    def expected_with(self, shape: Shape, terminal: str) -> tuple[str, ...]:
        """The terminals that may follow a beginning of a line in which this one is still to come."""
        return tuple([one for one in self.following(shape) if one == terminal or self._leads(shape, one, terminal)])

    def expected_without(self, shape: Shape, terminal: str) -> tuple[str, ...]:
        """The terminals that may follow a beginning of a line to whose end this one does not come."""
        following = [one for one in self.following(shape) if one != terminal]
        return tuple([one for one in following if one == END or not self._needs(shape, one, terminal)])

    def _leads(self, shape: Shape, following: str, terminal: str) -> bool:
        """Whether a line that goes on with one terminal may have another one behind it."""
        reached = self._reachable(shape, following, "")
        return any(name == terminal for situation in reached for name, _ in self.moves[situation].values())

    def _needs(self, shape: Shape, following: str, terminal: str) -> bool:
        """Whether a line that goes on with one terminal must have another one behind it."""
        return not self.ends & self._reachable(shape, following, terminal)

    def _reachable(self, shape: Shape, following: str, avoided: str) -> set[int]:
        """The situations behind a terminal that follows a beginning of a line, on ways that avoid another terminal."""
        situation = 0
        for piece in shape:
            _, situation = self.moves[situation][piece]
        ahead = [after for terminal, after in {*self.moves[situation].values()} if terminal == following]
        reached: set[int] = set()
        while ahead:
            situation = ahead.pop()
            if situation not in reached:
                reached.add(situation)
                ahead += [after for terminal, after in {*self.moves[situation].values()} if terminal != avoided]
        return reached

    def admits(self, terminal: str, word: str) -> bool:
        """Whether a word can be this terminal in a place where no other terminal claims it."""
        if terminal not in self.terminals:
            return self.keywords.get(word) == terminal
        (piece,) = self.shape_of((word,))
        return piece in pieces_of(self.terminals[terminal], self.keywords, self.reserved)


CLASSES: dict[str, tuple[str, ...]] = {
    "WORD": (WORD, DIGITS),
    "DIGITS": (DIGITS,),
    "LETTERS": (WORD,),
    "ANY": (WORD, DIGITS),
    "STRING": (STRING,),
    '","': (COMMA,),
}
"""The classes of words by their names in grammars, with their kinds. Keywords that are not reserved belong to WORD and
LETTERS too, all keywords to ANY. LETTERS are words that start with no digit."""

_FIRST = {**dict.fromkeys("0123456789", DIGITS), '"': STRING, ",": COMMA}
_OTHER_KIND = {WORD: DIGITS, DIGITS: WORD}


def pieces_of(classes: str, keywords: Iterable[str], reserved: frozenset[str]) -> tuple[str, ...]:
    """The pieces that belong to word classes such as `"ANY | STRING"`: kinds first, then keywords."""
    names = classes.split(" | ")
    kinds = [kind for kind in KINDS if any(kind in CLASSES[name] for name in names)]
    if "ANY" in names:
        return (*kinds, *keywords)
    if "WORD" in names or "LETTERS" in names:
        return (*kinds, *[word for word in keywords if word not in reserved])
    return tuple(kinds)


def pieces_of_terminals(
    keywords: dict[str, str], reserved: frozenset[str], terminals: dict[str, str]
) -> dict[str, tuple[str, ...]]:
    """The pieces that each terminal admits."""
    pieces = {classes: pieces_of(classes, keywords, reserved) for classes in {*terminals.values()}}
    own: dict[str, tuple[str, ...]] = {terminal: (word,) for word, terminal in keywords.items()}
    return own | {terminal: pieces[classes] for terminal, classes in terminals.items()}


def of_rows(
    keywords: dict[str, str],
    reserved: frozenset[str],
    terminals: dict[str, str],
    rows: Iterable[Row],
    ends: frozenset[int],
) -> Automaton:
    """The automaton whose moves are given in short. Raises KeyError if a row has an unknown terminal."""
    pieces = pieces_of_terminals(keywords, reserved, terminals)
    moves = tuple([row if isinstance(row, dict) else moves_of(row, pieces) for row in rows])
    return Automaton(keywords, reserved, terminals, moves, ends)


def moves_of(row: Iterable[tuple[str, int]], pieces: dict[str, tuple[str, ...]]) -> dict[str, tuple[str, int]]:
    """The moves of a row."""
    moves: dict[str, tuple[str, int]] = {}
    for move in row:
        for piece in pieces[move[0]]:
            moves.setdefault(piece, move)
    return moves
