"""Reads a faulty line beyond each word for which another one was probably meant.

Theory of operation. The automaton stops at the first word that cannot stand where it does. Repair tries the usual ways
of mistyping a line, in this order:

1. the word misspells a keyword that may stand there: `pool web fro WEB` has `fro` for `for`;
2. it is a reserved word where a name must stand: `pool status for WEB`;
3. it is a text whose quotes are missing: `include farm.lb`;
4. a word before it is missing: `add 10.0.0.1 web` lacks `to`;
5. it stands for a keyword that must be there: `pool web of WEB` has `of` for `for`.

A guess is a shape with one piece more, or with another piece in that place; the words stay as written, with an empty
text for a missing word. It counts only if the automaton then reads beyond the place (and, for 4 and 5, if the words
around it can be read there). Reading continues with the first guess that counts, for at most three guesses. So one
cause gives one fault, and the node has what follows: in `pool web fro WEB prot 80` both misspellings are found, and the
pool, its service and its port are known to the rest of the script.

If the word before the stop cannot be read, and the word at the stop could stand in its place, there is no further
fault: in `service S is tcp 25` the address is missing, so `tcp` is no address, and `25` being no protocol only follows
from that.
"""

from __future__ import annotations

from typing import Generic

from oyster.automaton import COMMA, END, STRING, WORD
from oyster.derivation import Derivation, Draft, build
from oyster.faults import Fault, LineFault, RepeatedOption, ReservedName, Token, Unexpected, UnknownStatement
from oyster.lines import Language, Node, Own
from oyster.near import NearMisses
from oyster.shapes import Shapes

_MOST_REPAIRS = 3


class Repair(Generic[Node, Own]):
    """Reads the faulty lines of a language; has no state but the derivations that it shares with the parser."""

    def __init__(self, language: Language[Node, Own], shapes: Shapes[Node, Own]) -> None:
        self._language = language
        self._shapes = shapes

    def read(self, line: Draft, odd: list[LineFault | Own]) -> tuple[Node | None, list[LineFault | Own]]:
        """The probable statement, and the faults; `odd` are those found before, which hide others."""
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
        faults = [fault for fault in faults if not any(_covers(fault, known) for known in odd)]
        wrong: list[LineFault | Own] = []
        node = build(self._language, derivation, line, wrong)
        wrong = [fault for fault in wrong if not any(_covers(fault, known) for known in odd + faults)]
        return node, odd + faults + wrong

    def _derive(self, line: Draft) -> Derivation[Node, Own]:
        return self._shapes.derive(line.shape)

    def _stopped(self, line: Draft, stop: int, expected: tuple[str, ...]) -> tuple[LineFault | Own, Draft]:
        """The fault of the word at which the automaton stops, and the line as it was probably meant."""
        if stop == len(line.texts):
            return Unexpected(Token("", line.starts[-1] + len(line.texts[-1]), None), expected), line
        found = Token[object](line.texts[stop], line.starts[stop], None)
        words = [word for terminal, word in self._language.words.items() if terminal in expected]
        near = NearMisses(words).of(found.text)
        if stop == 0:
            return UnknownStatement(found, near), line if near is None else _taken_for(line, stop, near)
        if near is not None:
            return Unexpected(found, expected, near), _taken_for(line, stop, near)
        as_name = _taken_for(line, stop, WORD)
        name = next((terminal for terminal in expected if terminal in self._language.identifiers), None)
        if name and found.text in self._language.automaton.reserved and self._reads_on(as_name, stop):
            return ReservedName(found, name), as_name
        as_text = _taken_for(line, stop, STRING)
        if self._reads_on(as_text, stop):
            return Unexpected(found, expected, f'"{found.text}"'), as_text
        if END in expected:  # the line could end here, so nothing need be missing
            return Unexpected(found, expected), line
        return self._missing(line, stop, expected, words)

    def _missing(
        self, line: Draft, stop: int, expected: tuple[str, ...], words: list[str]
    ) -> tuple[LineFault | Own, Draft]:
        """The fault of a word before which one is missing, or which stands for a keyword; None is guessed for several."""
        found = Token[object](line.texts[stop], line.starts[stop], None)
        comma = [COMMA] * ("COMMA" in expected)
        guesses = [(_with_blank(line, stop, word), stop + 1, word) for word in (WORD, *words, *comma)]
        guesses += [(_taken_for(line, stop, word), stop, word) for word in words]
        likely = [guess for guess in guesses if self._reads_on(guess[0], guess[1]) and self._fits(*guess[:2])]
        if not likely:
            return Unexpected(found, expected), line
        meant, place, word = likely[0]
        if word == WORD or any(other != word for _, _, other in likely):
            return Unexpected(found, expected), meant
        return Unexpected(found, expected, word if place == stop else f"{word} {found.text}"), meant

    def _follows_from_the_word_before(self, line: Draft, derivation: Derivation[Node, Own]) -> bool:
        """Whether the word before has a fault already, and the word at the stop should have stood in its place."""
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
        """Whether the guessed word and the next one are without fault in this reading."""
        near = {line.starts[index] for index in range(place, min(place + 2, len(line.texts))) if line.texts[index]}
        repeated = any(place <= again <= place + 1 for _, again in self._derive(line).repeats)
        return not repeated and not any(wrong.start in near for wrong in self._wrong(line))

    def _wrong(self, line: Draft) -> list[Token[object]]:
        """The words that are wrong by themselves in a line that is taken for another."""
        faults: list[LineFault | Own] = []
        build(self._language, self._derive(line), line, faults)
        return [fault.token for fault in faults]

    def _reads_on(self, line: Draft, word: int) -> bool:
        """Whether the grammar takes the line beyond this word."""
        tried = self._derive(line)
        return tried.stop is None or tried.stop > word + 1


def _taken_for(line: Draft, index: int, piece: str) -> Draft:
    """The line with one of its words taken for another; the written text stays."""
    return line._replace(shape=(*line.shape[:index], piece, *line.shape[index + 1 :]))


def _with_blank(line: Draft, index: int, piece: str) -> Draft:
    """The line with one more word, whose text is empty."""
    return Draft(
        [*line.texts[:index], "", *line.texts[index:]],
        [*line.starts[:index], line.starts[index], *line.starts[index:]],
        (*line.shape[:index], piece, *line.shape[index:]),
    )


def _repeated(line: Draft, first: int, again: int) -> RepeatedOption:
    """The fault of an option that stands twice."""
    tokens = (Token[object](line.texts[index], line.starts[index], None) for index in (again, first))
    return RepeatedOption(*tokens)


def _covers(fault: Fault, known: Fault) -> bool:
    """Whether a known fault lies within the word of another."""
    return fault.token.start <= known.token.start < fault.token.end
