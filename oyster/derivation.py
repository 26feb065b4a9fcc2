"""The derivation of a shape: the form of its lines, which word fills which field, and where the grammar stops."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator
from dataclasses import dataclass
from typing import Generic, NamedTuple

from oyster.automaton import Reading, Shape
from oyster.faults import LineFault, Token
from oyster.lines import Form, Language, Node, Own, Reader
from oyster.replay import Filling, Keywords, Replay, replay_of

_SHORTEST_TANGLE = 3
"""A statement of so few words has no two that could contradict each other."""


class Draft(NamedTuple):
    """A line on its way to a statement: its words, where they start, and the piece of a shape that each is taken for."""

    text: str
    texts: list[str]
    starts: list[int]
    shape: Shape


@dataclass(frozen=True, slots=True)
class Field:
    """The source of a field of a node: the words at these indexes, each read by its own function."""

    sources: tuple[tuple[int, Reader], ...]
    many: bool
    joined: bool


@dataclass(frozen=True, slots=True)
class Derivation(Generic[Node, Own]):
    """The facts that all lines of a shape share. `stop` is the first word that cannot stand where it does.

    `expected` are the terminals that could stand there, `repeats` pairs of words that state one option twice, `kinds` the
    words that must be of one kind (`oyster.automaton.Reading`).
    """

    form: Form | None
    make: Callable[[Iterable[object]], Node] | None
    fields: tuple[Field | None, ...]
    repeats: tuple[tuple[int, int], ...]
    stop: int | None
    expected: tuple[str, ...]
    kinds: tuple[tuple[int, str], ...]


def derive(language: Language[Node, Own], shape: Shape) -> Derivation[Node, Own]:
    """The derivation of a shape."""
    reading = language.automaton.read_shape(shape)
    form = _form(language, shape, reading)
    stop = None if reading.expected is None else len(reading.terminals)
    plan, repeats = _plan(language, form, reading.terminals) if form else ((), ())
    make = language.maker_of(form) if form else None
    return Derivation(form, make, plan, repeats, stop, reading.expected or (), reading.kinds)


def replays(
    language: Language[Node, Own], shape: Shape, derivation: Derivation[Node, Own]
) -> Iterator[tuple[Keywords, Replay[Node, Own]]]:
    """The quick reader of further lines of a shape, if there is one."""
    form, parts = derivation.form, derivation.fields
    if form is None or derivation.stop is not None or derivation.repeats or any(part and part.joined for part in parts):
        return
    many = [part is not None and part.many for part in parts]
    fillings = [
        Filling(index, place, many[place], read)
        for place, part in enumerate(parts)
        if part
        for index, read in part.sources
    ]
    replay = replay_of(language, shape, derivation.kinds, form, many, fillings)
    if replay is not None:
        yield replay


def build(
    language: Language[Node, Own],
    derivation: Derivation[Node, Own],
    line: Draft,
    faults: list[LineFault | Own],
) -> Node | None:
    """The node of a line; adds the faults of single words, and between them, to `faults`."""
    if derivation.make is None:
        return None
    texts, starts = line.texts, line.starts
    values: list[object] = []
    for field in derivation.fields:
        if field is None:
            values.append(None)
        elif field.joined:
            values.append(_joined(field, line))
        else:
            tokens = []
            for index, read in field.sources:
                text = texts[index]
                value = read(text) if text else None
                if type(value) is language.problem:
                    faults.append(language.bad_value(Token(text, starts[index], None), value))
                    value = None
                tokens.append(Token(text, starts[index], value))
            values.append(tuple(tokens) if field.many else tokens[0])
    node = derivation.make(values)
    if len(texts) > _SHORTEST_TANGLE:
        faults.extend(language.between(node))
    return node


def _form(language: Language[Node, Own], shape: Shape, reading: Reading) -> Form | None:
    """The form of a line, by the words it starts with; of a broken line as far as it was read."""
    terminals = reading.terminals
    return language.form_of(shape[: len(terminals)], terminals, complete=reading.expected is None)


def _plan(
    language: Language[Node, Own], form: Form, terminals: tuple[str, ...]
) -> tuple[tuple[Field | None, ...], tuple[tuple[int, int], ...]]:
    """The sources of the fields of the form's node, and the words of options that stand twice."""
    filled: dict[str, list[tuple[int, Reader]]] = {}
    slots = {slot.terminal: slot for slot in form.slots}
    for index, terminal in enumerate(terminals):
        if terminal in slots:
            # A keyword means itself, also where it is misspelled.
            words = language.words
            read = _always(words[terminal]) if terminal in words else slots[terminal].read
            filled.setdefault(slots[terminal].field, []).append((index, read))
    repeats = []
    plan: list[Field | None] = []
    for field in form.fields:
        sources = filled.get(field, [])
        many, joined = field in form.many, field == form.joined
        if not many and not joined:
            repeats += [(sources[0][0], again) for again, _ in sources[1:]]
            sources = sources[:1]
        elif many and field not in form.repeated:
            # A list is stated again where a keyword stands before one of its words, not a comma.
            opened = [index for index, _ in sources[1:] if _is_opened(language, slots.keys(), terminals[index - 1])]
            repeats += [(sources[0][0], again) for again in opened]
            sources = [source for source in sources if not opened or source[0] < opened[0]]
        plan.append(Field(tuple(sources), many, joined) if sources or many else None)
    options = [_option_words(language, terminals, pair) for pair in repeats]
    return tuple(plan), tuple(dict.fromkeys(options))  # an option may fill several fields


def _is_opened(language: Language[Node, Own], slots: Collection[str], before: str) -> bool:
    """Whether the terminal before a word is the keyword of an option, which fills no field itself."""
    return before in language.words and before not in slots and before != "COMMA"


def _always(word: str) -> Reader:
    return lambda _: word


def _option_words(language: Language[Node, Own], terminals: tuple[str, ...], pair: tuple[int, int]) -> tuple[int, int]:
    """The keywords of an option stated twice, given the words of its values."""
    first, again = pair
    return (first, again) if terminals[again] in language.words else (first - 1, again - 1)


def _joined(field: Field, line: Draft) -> Token[str]:
    """Words up to the last one of the line as one token, as they were written."""
    start = line.starts[field.sources[0][0]]
    text = line.text[start : line.starts[-1] + len(line.texts[-1])]
    return Token(text, start, text)
