"""One line in, a typed statement and its faults out. Never raises, whatever the text.

A line that is no statement keeps what could be read of it: a misspelled keyword is read as the one that was meant, and
fields before the first unreadable word keep their tokens. So one cause gives one message, and names that a broken line
defines do not turn up as undefined further down.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import groupby
from typing import NamedTuple

from lbsh_lang.codes import Code
from lbsh_lang.syntax import grammar
from lbsh_lang.syntax.faults import (
    BadValue,
    LineFault,
    LineTooLong,
    MoreFaults,
    Problem,
    Reason,
    RepeatedOption,
    ReservedName,
    StrayCharacters,
    Token,
    Unexpected,
    UnknownStatement,
)
from lbsh_lang.syntax.forms import FORMS, REMOVE_SERVICE, Form, Lower
from lbsh_lang.syntax.grammar import Shape
from lbsh_lang.syntax.nodes import Statement
from lbsh_lang.syntax.replay import Keywords, Replay, replay_of
from lbsh_lang.syntax.sense import faults_between
from lbsh_lang.syntax.terminals import WORDS
from oyster.near import NearMisses
from oyster.words import Comment, split_words

LONGEST_LINE = 65_536
"""In characters; a longer line is refused unread, so that no line costs more than a bounded time and memory."""

_MOST_SHAPES = 4096
_SHORTEST_TANGLE = 3
"""A statement of so few words has no two that could contradict each other."""

_MOST_REPAIRS = 3
_MOST_FAULTS = 20
_STRING = re.compile(r'"(?:\\.|[^"\\])*"', re.DOTALL)
_BLANKS = " \t\f\v"


class Parsed(NamedTuple):
    """What a line is: its statement, None for a blank or unreadable one, and its faults from left to right."""

    node: Statement | None
    faults: tuple[LineFault, ...]


class _Line(NamedTuple):
    """A line on its way to a statement: its words, where they start, and what each is taken for."""

    texts: list[str]
    starts: list[int]
    shape: Shape


@dataclass(frozen=True, slots=True)
class _Field:
    """How a field of a node is filled: from the words at these indexes, each read by its own function."""

    sources: tuple[tuple[int, Lower], ...]
    many: bool
    joined: bool


@dataclass(frozen=True, slots=True)
class _Derivation:
    """What all lines of a shape have in common. `stop` is the first word that cannot stand where it does.

    `kinds` are the words that must be of one kind (`grammar.Reading`).
    """

    form: Form | None
    fields: tuple[_Field | None, ...]
    repeats: tuple[tuple[int, int], ...]
    stop: int | None
    expected: tuple[str, ...]
    kinds: tuple[tuple[int, str], ...]


class LineParser:
    """Reads lines, and remembers the derivations of the shapes it has met: its only state."""

    def __init__(self) -> None:
        self._derivations: dict[Shape, _Derivation] = {}
        self._replays: dict[Keywords, Replay] = {}

    def parse(self, text: str) -> Parsed:
        """The statement on one line, given without its line end."""
        if text.isascii() and text.isprintable() and not ("#" in text or '"' in text or "," in text):
            texts = text.split()
            if text.count(" ") == len(texts) - 1 and len(text) <= LONGEST_LINE:
                replay = self._replays.get(tuple(map(_terminal_of, texts)))
                node = replay.read(texts) if replay is not None else None
                if node is not None:
                    return _new(Parsed, (node, ()))
        parsed = self._parse(text)
        return parsed if len(parsed.faults) <= _MOST_FAULTS else _shortened(parsed)

    def _parse(self, text: str) -> Parsed:
        if len(text) > LONGEST_LINE:
            return Parsed(None, (LineTooLong(Token("", 0, None), len(text), LONGEST_LINE),))
        odd: list[LineFault] = []
        texts, starts, comment = split_words(text)
        if not (text.isascii() and text.isprintable() and '"' not in text):
            odd = _odd_characters(text, comment) + _open_strings(texts, starts)
            if odd:
                texts, starts = _visible(texts, starts)
        if not texts:
            return Parsed(None, tuple(odd)) if odd else _BLANK
        shape = grammar.shape_of(texts)
        derivation = self._derive(shape)
        if odd or derivation.stop is not None or derivation.repeats:
            return self._parse_faulty(_Line(texts, starts, shape), odd)
        faults: list[LineFault] = []
        node = _build(derivation, texts, starts, faults)
        return Parsed(node, tuple(sorted(faults, key=_column)) if faults else ())

    def _derive(self, shape: Shape) -> _Derivation:
        derivation = self._derivations.get(shape)
        if derivation is None:
            if len(self._derivations) >= _MOST_SHAPES:
                self._derivations.clear()
                self._replays.clear()
            derivation = self._derivations[shape] = _derivation(shape)
            self._replays.update(_replays(shape, derivation))
        return derivation

    def _parse_faulty(self, line: _Line, odd: list[LineFault]) -> Parsed:
        """A line with a fault of its own: reads on past each word that can be taken for the one that was meant."""
        faults: list[LineFault] = []
        for _ in range(_MOST_REPAIRS):
            derivation = self._derive(line.shape)
            if derivation.stop is None:
                break
            fault, meant = self._stopped(line, derivation)
            if not self._told_before(line, derivation):
                faults.append(fault)
            if meant is line:
                break
            line = meant
        derivation = self._derive(line.shape)
        faults += [
            _repeated(line, first, again)
            for first, again in derivation.repeats
            if line.texts[first] and line.texts[again]
        ]
        faults = [fault for fault in faults if not any(_covers(fault.token, known.token) for known in odd)]
        wrong: list[LineFault] = []
        node = _build(derivation, line.texts, line.starts, wrong)
        wrong = [fault for fault in wrong if not any(_covers(fault.token, known.token) for known in odd + faults)]
        return Parsed(node, tuple(sorted(odd + faults + wrong, key=_column)))

    def _told_before(self, line: _Line, derivation: _Derivation) -> bool:
        """Whether the word before already has a fault that is the same: it stands one place too early.

        In `service S is tcp 25` it is said that `tcp` is no address; that `25` is no protocol then is no news.
        """
        if derivation.form is None or derivation.stop is None or derivation.stop == len(line.texts):
            return False
        before = derivation.stop - 1
        if not any(wrong.token.start == line.starts[before] for wrong in self._wrong(line)):
            return False
        flags = grammar.keywords().values()
        return any(
            slot.terminal in derivation.expected
            and slot.terminal not in flags
            and not isinstance(slot.lower(line.texts[before]), Problem)
            for slot in derivation.form.slots
        )

    def _stopped(self, line: _Line, derivation: _Derivation) -> tuple[LineFault, _Line]:
        """The fault of the word at which a line stops making sense, and the line as it was probably meant.

        Taken in turn: the word misspells a keyword; it is a keyword used as a name; a word before it is missing; it
        stands for a keyword that must be there. A guess counts only if it lets the line be read on.
        """
        stop, expected = derivation.stop, derivation.expected
        assert stop is not None
        if stop == len(line.texts):
            return Unexpected(Token("", line.starts[-1] + len(line.texts[-1]), None), expected), line
        found = Token(line.texts[stop], line.starts[stop], None)
        words = [word for word, terminal in grammar.keywords().items() if terminal in expected]
        near = NearMisses(words).of(found.text)
        if stop == 0:
            return UnknownStatement(found, near), line if near is None else _taken_for(line, stop, near)
        if near is not None:
            return Unexpected(found, expected, near), _taken_for(line, stop, near)
        name = next((terminal for terminal in expected if terminal in WORDS and WORDS[terminal].is_identifier), None)
        if name and found.text in grammar.reserved() and self._reads_on(_taken_for(line, stop, grammar.WORD), stop):
            return ReservedName(found, name), _taken_for(line, stop, grammar.WORD)
        if self._reads_on(_taken_for(line, stop, grammar.STRING), stop):
            return Unexpected(found, expected, f'"{found.text}"'), _taken_for(line, stop, grammar.STRING)
        if "$END" in expected:  # the line could end here, so nothing need be missing
            return Unexpected(found, expected), line
        comma = [grammar.COMMA] * ("COMMA" in expected)
        guesses = [(_with_blank(line, stop, word), stop + 1, word) for word in (grammar.WORD, *words, *comma)]
        guesses += [(_taken_for(line, stop, word), stop, word) for word in words]
        likely = [guess for guess in guesses if self._reads_on(guess[0], guess[1]) and self._fits(*guess[:2])]
        if not likely:
            return Unexpected(found, expected), line
        meant, place, word = likely[0]
        if word == grammar.WORD or any(other != word for _, _, other in likely):
            return Unexpected(found, expected), meant
        return Unexpected(found, expected, word if place == stop else f"{word} {found.text}"), meant

    def _fits(self, line: _Line, place: int) -> bool:
        """Whether a guess leaves nothing wrong with the word it is about and the one behind."""
        near = {line.starts[index] for index in range(place, min(place + 2, len(line.texts))) if line.texts[index]}
        repeated = any(place <= again <= place + 1 for _, again in self._derive(line.shape).repeats)
        return not repeated and not any(fault.token.start in near for fault in self._wrong(line))

    def _wrong(self, line: _Line) -> list[LineFault]:
        """What is wrong with single words of a line that is taken for another."""
        faults: list[LineFault] = []
        _build(self._derive(line.shape), line.texts, line.starts, faults)
        return faults

    def _reads_on(self, line: _Line, word: int) -> bool:
        """Whether the grammar takes the line beyond this word."""
        tried = self._derive(line.shape)
        return tried.stop is None or tried.stop > word + 1


_BLANK = Parsed(None, ())
_new = tuple.__new__
_terminal_of = grammar.keywords().get


def _odd_characters(text: str, comment: Comment | None) -> list[LineFault]:
    """Control characters, invisible ones and blanks other than spaces and tabs, outside comments."""
    if text.isprintable():
        return []
    end = comment.start if comment else len(text)
    start = 1 if text.startswith("\ufeff") else 0
    faults: list[LineFault] = []
    for character, run in groupby(range(start, end), key=text.__getitem__):
        if not character.isprintable() and character not in _BLANKS:
            places = list(run)
            token = Token(character * len(places), places[0], None)
            faults.append(StrayCharacters(token, " " if character.isspace() else ""))
    return faults


def _visible(texts: list[str], starts: list[int]) -> tuple[list[str], list[int]]:
    """The words less those in which there is nothing to see."""
    kept = [(text, start) for text, start in zip(texts, starts, strict=True) if any(map(str.isprintable, text))]
    return [text for text, _ in kept], [start for _, start in kept]


def _shortened(parsed: Parsed) -> Parsed:
    """The first faults of a line that has very many, and how many more there are."""
    first, rest = parsed.faults[:_MOST_FAULTS], parsed.faults[_MOST_FAULTS:]
    return Parsed(parsed.node, (*first, MoreFaults(rest[0].token, len(rest))))


def _open_strings(texts: list[str], starts: list[int]) -> list[LineFault]:
    return [
        BadValue(Token(text, start, None), Problem(Code.LB001, Reason.NOT_CLOSED, text + '"'))
        for text, start in zip(texts, starts, strict=True)
        if text[0] == '"' and not _STRING.fullmatch(text)
    ]


def _taken_for(line: _Line, index: int, word: str) -> _Line:
    """The line with one of its words taken for another; what was written stays what was written."""
    return line._replace(shape=(*line.shape[:index], word, *line.shape[index + 1 :]))


def _with_blank(line: _Line, index: int, word: str) -> _Line:
    """The line with a word more, of which nothing was written."""
    return _Line(
        [*line.texts[:index], "", *line.texts[index:]],
        [*line.starts[:index], line.starts[index], *line.starts[index:]],
        (*line.shape[:index], word, *line.shape[index:]),
    )


def _repeated(line: _Line, first: int, again: int) -> LineFault:
    """The fault of an option that stands twice."""
    tokens = (Token(line.texts[index], line.starts[index], None) for index in (again, first))
    return RepeatedOption(*tokens)


def _column(fault: LineFault) -> int:
    return fault.token.start


def _covers(outer: Token[object], inner: Token[object]) -> bool:
    return outer.start <= inner.start < outer.end


def _derivation(shape: Shape) -> _Derivation:
    reading = grammar.read_shape(shape)
    form = _form(shape, reading)
    stop = None if reading.expected is None else len(reading.terminals)
    plan, repeats = _plan(form, reading.terminals) if form else ((), ())
    return _Derivation(form, plan, repeats, stop, reading.expected or (), reading.kinds)


def _replays(shape: Shape, derivation: _Derivation) -> Iterator[tuple[Keywords, Replay]]:
    """How to read further lines of a shape quickly, if that can be."""
    form, parts = derivation.form, derivation.fields
    if form is None or derivation.stop is not None or derivation.repeats or any(part and part.joined for part in parts):
        return
    many = [part is not None and part.many for part in parts]
    fillings = [
        (index, place, many[place], lower) for place, part in enumerate(parts) if part for index, lower in part.sources
    ]
    replay = replay_of(shape, derivation.kinds, form.node, many, fillings)
    if replay is not None:
        yield replay


def _form(shape: Shape, reading: grammar.Reading) -> Form | None:
    """The form of a line, by the words it starts with; of a broken one as far as it was read."""
    head = shape[: len(reading.terminals)]
    if head[:1] == ("remove",) and reading.expected is None and "FROM" not in reading.terminals:
        return REMOVE_SERVICE
    return next((form for form in FORMS if tuple(form.head.split()) == head[: form.head.count(" ") + 1]), None)


def _plan(form: Form, terminals: tuple[str, ...]) -> tuple[tuple[_Field | None, ...], tuple[tuple[int, int], ...]]:
    """How the fields of the form's node are filled, and which options stand twice: the words of both."""
    filled: dict[str, list[tuple[int, Lower]]] = {}
    slots = {slot.terminal: slot for slot in form.slots}
    words = {terminal: word for word, terminal in grammar.keywords().items()}
    for index, terminal in enumerate(terminals):
        if terminal in slots:
            # A keyword means itself, also where it is misspelled.
            lower = _always(words[terminal]) if terminal in words else slots[terminal].lower
            filled.setdefault(slots[terminal].field, []).append((index, lower))
    repeats = []
    plan: list[_Field | None] = []
    for field in form.node._fields:
        sources = filled.get(field, [])
        many, joined = field in form.many, field == form.joined
        if not many and not joined:
            repeats += [(sources[0][0], again) for again, _ in sources[1:]]
            sources = sources[:1]
        plan.append(_Field(tuple(sources), many, joined) if sources or many else None)
    return tuple(plan), tuple(_option_words(terminals, pair) for pair in repeats)


def _always(word: str) -> Lower:
    return lambda _: word


def _option_words(terminals: tuple[str, ...], pair: tuple[int, int]) -> tuple[int, int]:
    """The keywords of an option stated twice, given the words of its values."""
    first, again = pair
    flag = terminals[again] in grammar.keywords().values()
    return (first, again) if flag else (first - 1, again - 1)


def _build(derivation: _Derivation, texts: list[str], starts: list[int], faults: list[LineFault]) -> Statement | None:
    """The node of a line; what is wrong with single words goes to `faults`."""
    if derivation.form is None:
        return None
    values: list[object] = []
    for field in derivation.fields:
        if field is None:
            values.append(None)
        elif field.joined:
            values.append(_joined(field, texts, starts))
        else:
            tokens = []
            for index, lower in field.sources:
                text = texts[index]
                value = lower(text) if text else None
                if type(value) is Problem:
                    faults.append(BadValue(Token(text, starts[index], None), value))
                    value = None
                tokens.append(Token(text, starts[index], value))
            values.append(tuple(tokens) if field.many else tokens[0])
    node: Statement = _new(derivation.form.node, values)
    if len(texts) > _SHORTEST_TANGLE:
        faults.extend(faults_between(node))
    return node


def _joined(field: _Field, texts: list[str], starts: list[int]) -> Token[str]:
    """Words up to the end of the line as one token, blanks between them as they were written."""
    first = field.sources[0][0]
    line = ""
    for text, start in zip(texts[first:], starts[first:], strict=True):
        line = line.ljust(start - starts[first]) + text
    return Token(line, starts[first], line)
