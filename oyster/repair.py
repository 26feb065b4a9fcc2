"""Repairs faulty lines: guesses the intended words, so that one mistake gives one fault and the rest of the line is read.

The problem. A parser that stops at the first wrong word reports one fault of a line at a time, and loses the words after
it. If the line defines a name, each use of that name would be a fault, too.

Theory of operation. A line is read as a *shape*: its keywords, and the kinds of its other words (`oyster.automaton`).
The automaton stops at the first piece that the grammar does not allow in its place. Repair then tries the usual mistakes,
in this order:

1. the word misspells an allowed keyword: `pool web fro WEB` has `fro` for `for`;
2. it is a reserved word in place of a name: `pool status for WEB`;
3. it is a text without its quotes: `include farm.lb`;
4. a word before it is missing: `add 10.0.0.1 web` lacks `to`;
5. it replaces a required keyword: `pool web of WEB` has `of` for `for`.

A guess is the shape with one piece inserted (4) or replaced (the others); the words stay as written, with an empty text for
a missing word. A guess is accepted only if the automaton then reads beyond the place (not required for 1), and, for 4 and
5, if the words around it have no fault of their own. For 5, where others could stand in its place too, the line must not
lack a word at its end. Where the words before have a meaning in one of two forms only, what belongs to the other form is not
expected (`Language.expected_after`). Reading continues with the first accepted guess, at most three times.

For example, `pool web fro WEB prot 80`, where w stands for a word and 0 for a word that begins with a digit:

    pool w w w w 0          stops at `fro`, where `for` is allowed: accepted by 1
    pool w for w w 0        stops at `prot`, where `port` is allowed: accepted by 1
    pool w for w port 0     is read to its end

So both misspellings are reported, and the rest of the script knows the pool, its service and its port.

A fault that only follows from another is not reported: if the word before the stop is unreadable, and the word at the stop
could stand in its place. In `service S is tcp 25` the address is missing, so `tcp` is no address, and then `25` is no
protocol; the second follows from the first.

The cost: a derivation of each guess, of which there are as many as allowed keywords. Derivations are cached by shape
(`oyster.shapes`), and lines without faults never come here.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Sequence
from typing import Generic

from oyster.automaton import COMMA, END, STRING, WORD
from oyster.derivation import Derivation, Draft, build
from oyster.faults import Fault, LineFault, RepeatedOption, ReservedName, Token, Unexpected, UnknownStatement
from oyster.lines import Language, Node, Own
from oyster.near import NearMisses
from oyster.shapes import Shapes

_MOST_REPAIRS = 3


class Repair(Generic[Node, Own]):
    """Reads the faulty lines of a language; its only state is the derivations that it shares with the parser."""

    def __init__(self, language: Language[Node, Own], shapes: Shapes[Node, Own]) -> None:
        self._language = language
        self._shapes = shapes

    def read(self, line: Draft, odd: list[LineFault | Own]) -> tuple[Node | None, list[LineFault | Own]]:
        """The probable statement, and the faults; `odd` are the faults found before, which hide others."""
        faults: list[LineFault | Own] = []
        for _ in range(_MOST_REPAIRS):
            derivation = self._derive(line)
            if derivation.stop is None:
                break
            fault, meant = self._stopped(line, derivation.stop, derivation.expected)
            if not self._follows_from_the_word_before(line, derivation):
                faults.append(fault)
            if meant is line:
                break
            line = meant
        derivation = self._derive(line)
        faults += [
            _repeated(line, first, again)
            for first, again in derivation.repeats
            if line.texts[first] and line.texts[again]
        ]
        faults = _uncovered(faults, odd)
        wrong: list[LineFault | Own] = []
        node = build(self._language, derivation, line, wrong)
        return node, odd + faults + _uncovered(wrong, odd + faults)

    def _derive(self, line: Draft) -> Derivation[Node, Own]:
        return self._shapes.derive(line.shape)

    def _stopped(self, line: Draft, stop: int, expected: tuple[str, ...]) -> tuple[LineFault | Own, Draft]:
        """The fault of the word at which the automaton stops, and the line with the accepted guess."""
        narrow = self._language.expected_after(line.texts[:stop], line.shape[:stop], expected)
        if stop == len(line.texts):
            return Unexpected(Token("", line.starts[-1] + len(line.texts[-1]), None), narrow), line
        found = Token[object](line.texts[stop], line.starts[stop], None)
        near = NearMisses(self._keywords(expected)).of(found.text)
        if stop == 0:
            return UnknownStatement(found, near), line if near is None else _taken_for(line, stop, near)
        if near is not None:
            return Unexpected(found, expected, near), _taken_for(line, stop, near)
        expected = narrow
        as_name = _taken_for(line, stop, WORD)
        name = next((terminal for terminal in expected if terminal in self._language.identifiers), None)
        if name and found.text in self._language.automaton.reserved and self._reads_on(as_name, stop):
            return ReservedName(found, name), as_name
        as_text = _taken_for(line, stop, STRING)
        if self._reads_on(as_text, stop):
            return Unexpected(found, expected, f'"{found.text}"'), as_text
        if END in expected:  # the line could end here, so no word need be missing
            return Unexpected(found, expected), line
        return self._missing(line, stop, expected)

    def _keywords(self, expected: tuple[str, ...]) -> list[str]:
        return [word for terminal, word in self._language.words.items() if terminal in expected]

    def _missing(self, line: Draft, stop: int, expected: tuple[str, ...]) -> tuple[LineFault | Own, Draft]:
        """The fault of a missing word before this one, or of a replaced keyword; without a proposal if several would do."""
        found, words = Token[object](line.texts[stop], line.starts[stop], None), self._keywords(expected)
        comma = [COMMA] * ("COMMA" in expected)
        guesses = [(_with_blank(line, stop, word), stop + 1, word) for word in (WORD, *words, *comma)]
        guesses += [(_taken_for(line, stop, word), stop, word) for word in words]
        likely = [guess for guess in guesses if self._reads_on(guess[0], guess[1]) and self._fits(*guess[:2])]
        if len(expected) > 1:  # so this word is not required, and is not meant if the line lacks more behind it
            likely = [guess for guess in likely if guess[1] > stop or self._derive(guess[0]).stop != len(line.texts)]
        if not likely:
            return Unexpected(found, expected), line
        meant, place, word = likely[0]
        if word == WORD or any(other != word for _, _, other in likely):
            return Unexpected(found, expected), meant
        return Unexpected(found, expected, word if place == stop else f"{word} {found.text}"), meant

    def _follows_from_the_word_before(self, line: Draft, derivation: Derivation[Node, Own]) -> bool:
        """Whether the word before has a fault already, and the word at the stop could stand in its place."""
        if derivation.form is None or derivation.stop is None or derivation.stop == len(line.texts):
            return False
        before = derivation.stop - 1
        if not any(wrong.start == line.starts[before] for wrong in self._wrong(line)):
            return False
        return any(
            slot.terminal in derivation.expected
            and slot.terminal not in self._language.words
            and type(slot.read(line.texts[before])) is not self._language.problem
            for slot in derivation.form.slots
        )

    def _fits(self, line: Draft, place: int) -> bool:
        """Whether the guessed word and the next word have no fault in this reading."""
        near = {line.starts[index] for index in range(place, min(place + 2, len(line.texts))) if line.texts[index]}
        repeated = any(place <= again <= place + 1 for _, again in self._derive(line).repeats)
        return not repeated and not any(wrong.start in near for wrong in self._wrong(line))

    def _wrong(self, line: Draft) -> list[Token[object]]:
        """The words that have a fault of their own in this reading of the line."""
        faults: list[LineFault | Own] = []
        build(self._language, self._derive(line), line, faults)
        return [fault.token for fault in faults]

    def _reads_on(self, line: Draft, word: int) -> bool:
        """Whether the automaton reads the line beyond this word."""
        tried = self._derive(line)
        return tried.stop is None or tried.stop > word + 1


def _taken_for(line: Draft, index: int, piece: str) -> Draft:
    """The line with another piece for one of its words; the written text stays."""
    return line._replace(shape=(*line.shape[:index], piece, *line.shape[index + 1 :]))


def _with_blank(line: Draft, index: int, piece: str) -> Draft:
    """The line with a further word, whose text is empty."""
    return Draft(
        line.text,
        [*line.texts[:index], "", *line.texts[index:]],
        [*line.starts[:index], line.starts[index], *line.starts[index:]],
        (*line.shape[:index], piece, *line.shape[index:]),
    )


def _repeated(line: Draft, first: int, again: int) -> RepeatedOption:
    """The fault of a repeated option."""
    tokens = (Token[object](line.texts[index], line.starts[index], None) for index in (again, first))
    return RepeatedOption(*tokens)


def _uncovered(faults: list[LineFault | Own], known: Sequence[Fault]) -> list[LineFault | Own]:
    """The faults in whose word no known fault lies. A line may have very many of both."""
    starts = sorted(fault.token.start for fault in known)
    places = (bisect_left(starts, fault.token.start) for fault in faults)
    return [
        fault
        for fault, place in zip(faults, places, strict=True)
        if place == len(starts) or starts[place] >= fault.token.end
    ]
