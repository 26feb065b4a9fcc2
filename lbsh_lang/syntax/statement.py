"""Any statement, one of the language or of an extension (`extensions`): its form, its words, and its place in a script."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import Generic, NamedTuple, TypeVar

from lbsh_lang.source import Position, Source, Span
from lbsh_lang.syntax.nodes import FORM_OF, BuiltIn, Fact, Form
from lbsh_lang.syntax.slots import Slot
from oyster.faults import Token
from oyster.words import split_words


class ExtensionForm(NamedTuple):
    """A statement form that an extension adds (`extensions`): how it is written, read, explained, and what it means.

    `head` are the words it starts with, the first of them a keyword of the extension. `usage` has one text for each way in
    which its lines may begin; `sentence` says what the statement does. `node` is the class of its nodes, which is called
    with the fields of the slots by their names. Fields in `many` collect tokens; the field `joined` is one token made of all
    words from its first one on. `means` is a pure function from the node to the statements that stand for it. It keeps the
    tokens of the node, so that what is found wrong with one of them is shown at the word that it comes from; as in every
    node a field is None where the line does not state it, or where it could not be read.
    """

    head: str
    usage: tuple[str, ...]
    node: Callable[..., tuple[object, ...]]
    slots: tuple[Slot, ...]
    sentence: str
    means: Callable[..., Iterable[Fact]]
    many: frozenset[str] = frozenset()
    joined: str = ""

    @property
    def fields(self) -> tuple[str, ...]:
        """The fields of the node that its words fill."""
        return tuple(dict.fromkeys(one.field for one in self.slots))

    @property
    def make(self) -> Callable[[Iterable[object]], ExtensionStatement]:
        """Makes the statement of the values of its node's fields."""
        return lambda values: ExtensionStatement(self, self.node(**dict(zip(self.fields, values, strict=True))))

    @property
    def lacks(self) -> str:
        """No terminal: the words at the start of an extension's statement leave one form."""
        return ""


class ExtensionStatement(NamedTuple):
    """A statement that an extension adds. It is about nothing itself: the statements that it means are.

    `node` is a named tuple, as all nodes are, with the fields of the form's slots.
    """

    form: ExtensionForm
    node: tuple[object, ...]


Statement = BuiltIn | ExtensionStatement
"""Every statement of the language. A `match` over statements is closed by `assert_never`."""

Node = Statement | None
"""What a line holds: a statement, or None where none could be read."""

Node_co = TypeVar("Node_co", bound=Node, covariant=True)


class Stated(NamedTuple, Generic[Node_co]):
    """A statement in its place: the line it stands on, and its rank among all statements of a script and its includes.

    The type says which statement; `node` is None for a line on which none could be read.
    """

    rank: int
    source: Source
    line: int
    node: Node_co

    @property
    def place(self) -> str:
        """`file:line`, counted from 1, as comments in generated rules name it."""
        return f"{self.source.name}:{self.line + 1}"

    def span(self, token: Token[object] | None) -> Span:
        """Where a token of this statement stands; without one, the line from its first word to its last."""
        if token is not None:
            return Span(self.source, Position(self.line, token.start), Position(self.line, token.end))
        words = split_words(self.source.lines[self.line])
        start = words.starts[0] if words.starts else 0
        end = words.starts[-1] + len(words.texts[-1]) if words.starts else 0
        return Span(self.source, Position(self.line, start), Position(self.line, end))


class Meant(Stated[Node_co]):
    """A statement that the extension's statement on its line means, which is ranked right before it.

    Its words are those of the line where it keeps the tokens of that statement. A token that the extension made up has the
    place of the word at which it starts, or of the whole line.
    """

    __slots__ = ()

    def span(self, token: Token[object] | None) -> Span:
        if token is not None:
            words = split_words(self.source.lines[self.line])
            for text, start in zip(words.texts, words.starts, strict=True):
                if start == token.start:
                    return Span(self.source, Position(self.line, start), Position(self.line, start + len(text)))
        return super().span(None)


AnyStated = Stated[Statement]
"""A statement of whichever form in its place."""


AnyForm = Form | ExtensionForm
"""A form of the language itself or of an extension."""


def form_of(node: Statement) -> AnyForm:
    """The form of a statement."""
    return node.form if isinstance(node, ExtensionStatement) else FORM_OF[type(node)]


def tokens_in(node: Statement, field: str) -> tuple[Token[object], ...]:
    """The words in a field of a statement: none, one or several."""
    value = getattr(node.node if isinstance(node, ExtensionStatement) else node, field)
    if isinstance(value, Token):
        return (value,)
    return value or ()


def tokens_of(node: Statement) -> Iterator[tuple[Slot, Token[object]]]:
    """The words of a statement that fill its fields, each with every slot that may have filled the field."""
    for one in form_of(node).slots:
        for token in tokens_in(node, one.field):
            yield one, token
