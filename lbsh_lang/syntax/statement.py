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
    """A statement form that an extension adds (`extensions`): its notation, readers, explanation and meaning.

    `head` are its first words, the first of them a keyword of the extension. `usage` has one text for each way in which its
    lines may begin; `sentence` explains the statement. `node` is the class of its nodes, which is called with the fields of
    the slots by their names. Fields in `many` collect tokens; the field `joined` is one token made of all words from its
    first one on. `means` is a pure function from the node to the statements that replace it. It keeps the tokens of the
    node, so that their faults are reported at the original words. As in every node, a field that the line leaves out, or
    that cannot be read, is None.
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
        """The fields of the node, which its words fill."""
        return tuple(dict.fromkeys(one.field for one in self.slots))

    @property
    def make(self) -> Callable[[Iterable[object]], ExtensionStatement]:
        """Makes the statement from the values of its node's fields."""
        return lambda values: ExtensionStatement(self, self.node(**dict(zip(self.fields, values, strict=True))))

    @property
    def repeated(self) -> frozenset[str]:
        """No field: each option of an extension stands once."""
        return frozenset()

    @property
    def lacks(self) -> str:
        """No terminal: the first words of an extension's statement determine its form."""
        return ""


class ExtensionStatement(NamedTuple):
    """A statement that an extension adds. It concerns no entity itself; the statements that it means do.

    `node` is a named tuple, like all nodes, with the fields of the form's slots.
    """

    form: ExtensionForm
    node: tuple[object, ...]


Statement = BuiltIn | ExtensionStatement
"""Every statement of the language. A `match` over statements is closed by `assert_never`."""

Node = Statement | None
"""The content of a line: a statement, or None if it could not be read."""

Node_co = TypeVar("Node_co", bound=Node, covariant=True)


class Stated(NamedTuple, Generic[Node_co]):
    """A statement in its place: its line, and its rank among all statements of a script and its includes.

    The type parameter is the class of the statement; `node` is None for an unreadable line.
    """

    rank: int
    source: Source
    line: int
    node: Node_co

    @property
    def place(self) -> str:
        """`file:line`, counted from 1, for the comments in generated rules."""
        return f"{self.source.name}:{self.line + 1}"

    def span(self, token: Token[object] | None) -> Span:
        """The span of a token of this statement; without a token, the line from its first word to its last."""
        if token is not None:
            return Span(self.source, Position(self.line, token.start), Position(self.line, token.end))
        words = split_words(self.source.lines[self.line])
        start = words.starts[0] if words.starts else 0
        end = words.starts[-1] + len(words.texts[-1]) if words.starts else 0
        return Span(self.source, Position(self.line, start), Position(self.line, end))


class Meant(Stated[Node_co]):
    """A statement that the extension's statement on its line means, which is ranked right before it.

    Tokens that it keeps from that statement are the words of the line. A token made up by the extension has the place of
    the word at which it starts, or of the whole line.
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
"""A statement of any form in its place."""


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
