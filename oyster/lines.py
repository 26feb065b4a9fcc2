"""A line language that can be read: its automaton, the forms of its statements, and how their words are read."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from typing import Generic, Protocol, TypeVar, cast

from oyster.automaton import Automaton, Shape
from oyster.faults import Fault, LineFault, Token

Reader = Callable[[str], object]
"""Reads the text of a word: gives its value, or a problem, which is an object of the language's own class."""

Node = TypeVar("Node")
Own = TypeVar("Own", bound=Fault)


class Slot(Protocol):
    """A terminal that fills a field of a node, and the reader of its words."""

    @property
    def terminal(self) -> str: ...
    @property
    def field(self) -> str: ...
    @property
    def read(self) -> Reader: ...


class Form(Protocol):
    """A statement form: the words it starts with, and what makes its node of the values of its fields, in their order.

    Fields in `many` collect tokens, those in `repeated` the tokens of options that may stand several times; the field
    `joined` is one token made of all words from its first one on. A form with
    `lacks` is that of complete lines without this terminal, where the words at the start leave more than one.
    """

    @property
    def head(self) -> str: ...
    @property
    def fields(self) -> tuple[str, ...]: ...
    @property
    def make(self) -> Callable[[Iterable[object]], object]: ...
    @property
    def slots(self) -> Sequence[Slot]: ...
    @property
    def many(self) -> frozenset[str]: ...
    @property
    def joined(self) -> str: ...
    @property
    def lacks(self) -> str: ...
    @property
    def repeated(self) -> frozenset[str]: ...


@dataclass(frozen=True, eq=False)
class Language(Generic[Node, Own]):
    """All that the line parser needs of a language. Two languages are equal only if they are the same object.

    `identifiers` are the terminals of names that users make up. A reader that cannot read a word gives an object of the
    class `problem`, of which `bad_value` makes the language's own fault; `between` finds faults between the words of a
    statement, each of which is right by itself.
    """

    automaton: Automaton
    forms: Sequence[Form]
    identifiers: frozenset[str]
    problem: type
    bad_value: Callable[[Token[object], object], Own]
    between: Callable[[Node], Sequence[LineFault | Own]]
    words: dict[str, str] = field(init=False)
    """The keywords by their terminals."""

    def __post_init__(self) -> None:
        object.__setattr__(self, "words", {terminal: word for word, terminal in self.automaton.keywords.items()})

    def form_of(self, words: Sequence[str], terminals: Sequence[str], *, complete: bool) -> Form | None:
        """The form of a line, by its first readable words; of a broken line as far as it was read."""
        heads = self._forms_of(words)
        lacking = (form for form in heads if form.lacks and complete and form.lacks not in terminals)
        return next(lacking, None) or next((form for form in heads if not form.lacks), None)

    def _forms_of(self, words: Sequence[str]) -> list[Form]:
        """The forms that begin with the first of these words, as many of them as possible."""
        heads = [form for form in self.forms if tuple(form.head.split()) == (*words[: form.head.count(" ") + 1],)]
        longest = max((form.head.count(" ") for form in heads), default=0)
        return [form for form in heads if form.head.count(" ") == longest]

    def expected_after(self, texts: Sequence[str], shape: Shape, expected: tuple[str, ...]) -> tuple[str, ...]:
        """The terminals in `expected` that may follow words which only one of two forms can read.

        The automaton knows the kinds of words, but not their values: whether `set A` is to go on as that of a service or as
        that of a server, the reader of `A` tells.
        """
        terminals = self.automaton.read_shape(shape).terminals
        forms = self._forms_of(shape)
        lacked = next((form.lacks for form in forms if form.lacks), "")
        able = [form for form in forms if self._reads(form, terminals, texts)]
        if not lacked or lacked in terminals or len(forms) == len(able) or len(able) != 1:
            return expected
        narrow = self.automaton.expected_without if able[0].lacks else self.automaton.expected_with
        return narrow(shape, lacked) or expected  # nothing may follow if an earlier word is none of that form

    def _reads(self, form: Form, terminals: Sequence[str], texts: Sequence[str]) -> bool:
        """Whether a form has a value for each of these words."""
        readers = {slot.terminal: slot.read for slot in form.slots if slot.terminal not in self.words}
        values = [readers[name](text) for name, text in zip(terminals, texts, strict=True) if name in readers]
        return not any(type(value) is self.problem for value in values)

    def maker_of(self, form: Form) -> Callable[[Iterable[object]], Node]:
        """The maker of a form's node; the forms make nodes of this language, which their type does not show."""
        return cast("Callable[[Iterable[object]], Node]", form.make)
