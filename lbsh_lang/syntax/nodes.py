"""The typed syntax tree: a class for each statement form (`forms`), made of tokens that know their place.

A node is a value of one line and knows neither its line number nor its neighbours, so an editor keeps it when lines move.
A field is None, or a tuple shorter, where the line does not state it or where it could not be read.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Generic, NamedTuple, TypeVar

from lbsh_lang.source import Position, Source, Span
from lbsh_lang.syntax.slots import Slot
from lbsh_lang.values import Address, AddressRange, Algorithm, Network, PortRange, Protocol
from oyster.faults import Token
from oyster.words import split_words

__all__ = ["Token"]

Name = Token[str]


class InterfaceStatement(NamedTuple):
    """An interface of the device, on one of its two sides."""

    side: Name | None = None
    name: Name | None = None
    params: Name | None = None


class ExternalAddrStatement(NamedTuple):
    """A public address of the device itself."""

    address: Token[Address] | None = None


class ExternalNetStatement(NamedTuple):
    """The public network."""

    net: Token[Network] | None = None


class InternalNetStatement(NamedTuple):
    """A network of the farms."""

    net: Token[Network] | None = None


class InternalGwStatement(NamedTuple):
    """The device's address in a network of the farms."""

    address: Token[Address] | None = None


class ServiceStatement(NamedTuple):
    """The definition of a service; the sticky time is in milliseconds."""

    name: Name | None = None
    address: Token[Address] | None = None
    protocol: Token[tuple[Protocol, ...]] | None = None
    ports: tuple[Token[PortRange], ...] = ()
    sticky: Name | None = None
    sticky_time: Token[int] | None = None
    reflect: Name | None = None


class PoolStatement(NamedTuple):
    """The definition of the pool of a service."""

    name: Name | None = None
    service: Name | None = None
    port: Token[PortRange] | None = None
    algorithm: Token[Algorithm] | None = None


class AddStatement(NamedTuple):
    """Servers that join a pool."""

    targets: tuple[Token[AddressRange], ...] = ()
    pool: Name | None = None
    weight: Token[int] | None = None
    backup: Name | None = None


class RemoveStatement(NamedTuple):
    """Servers that leave a pool."""

    targets: tuple[Token[AddressRange], ...] = ()
    pool: Name | None = None


class RemoveServiceStatement(NamedTuple):
    """The end of a service."""

    service: Name | None = None


class ProbeStatement(NamedTuple):
    """How the servers of a service are probed.

    `argument` is what `exec` runs; `files` are the words `file` before values; times are in milliseconds.
    """

    service: Name | None = None
    method: Name | None = None
    argument: Name | None = None
    options: tuple[Name, ...] = ()
    files: tuple[Name, ...] = ()
    option_values: tuple[Name, ...] = ()
    every: Token[int] | None = None
    timeout: Token[int] | None = None
    rise: Token[int] | None = None
    fall: Token[int] | None = None


class DrainStatement(NamedTuple):
    """A server that is to get no new connections."""

    address: Token[Address] | None = None
    pool: Name | None = None


class ResumeStatement(NamedTuple):
    """A server that is to get new connections again."""

    address: Token[Address] | None = None
    pool: Name | None = None


class FailoverDeviceStatement(NamedTuple):
    """A device of the highly available pair."""

    name: Name | None = None
    skew: Token[int] | None = None


class FailoverSyncStatement(NamedTuple):
    """The link between the two devices."""

    interface: Name | None = None
    peer: Token[Address] | None = None


class FailoverPasswordStatement(NamedTuple):
    """The file with the secret of the pair."""

    path: Name | None = None


class IncludeStatement(NamedTuple):
    """A file whose statements stand in the place of the line."""

    path: Name | None = None


class StatusStatement(NamedTuple):
    """The command that shows how things are."""

    subject: Name | None = None


class SaveStatement(NamedTuple):
    """The command that keeps the configuration."""

    path: Name | None = None


class HelpStatement(NamedTuple):
    """The command that explains a statement."""

    topic: Name | None = None


ServiceFact = ServiceStatement | PoolStatement | ProbeStatement | RemoveServiceStatement
"""The statements about a service."""

PoolFact = PoolStatement | AddStatement | RemoveStatement | DrainStatement | ResumeStatement
"""The statements about a pool."""

DeviceFact = (
    InterfaceStatement
    | ExternalAddrStatement
    | ExternalNetStatement
    | InternalNetStatement
    | InternalGwStatement
    | FailoverDeviceStatement
    | FailoverSyncStatement
    | FailoverPasswordStatement
)
"""The statements about the device."""

ShellCommand = StatusStatement | SaveStatement | HelpStatement
"""The statements for the shell, which say nothing of the site."""

Fact = ServiceFact | PoolFact | DeviceFact
"""The statements that say something of the site by themselves: those that an extension's statement may mean."""

BuiltIn = Fact | IncludeStatement | ShellCommand
"""The statements that are no extension's."""


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
