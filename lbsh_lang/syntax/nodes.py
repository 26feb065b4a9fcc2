"""The typed syntax tree: one frozen class per statement form, made of tokens that know their place.

A node is a value of one line and knows neither its line number nor its neighbours, so an editor keeps it when lines move.
A field is None, or a tuple shorter, where the line does not state it or where it could not be read.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Generic, NamedTuple, TypeVar

from lbsh_lang.source import Position, Source, Span
from lbsh_lang.values import Address, AddressRange, Algorithm, Network, PortRange, Protocol
from oyster.words import split_words

Value_co = TypeVar("Value_co", covariant=True)


class Token(NamedTuple, Generic[Value_co]):
    """A word of a line: its text, its first column, and the value it stands for, None if that could not be read."""

    text: str
    start: int
    value: Value_co | None

    @property
    def end(self) -> int:
        return self.start + len(self.text)


Name = Token[str]


class Fault(NamedTuple):
    """Something wrong with a line, known from the line alone. What the parts mean is the affair of the code's check."""

    code: str
    token: Token[object]
    reason: str = ""
    instead: str | None = None
    other: Token[object] | None = None


@dataclass(frozen=True, slots=True)
class Statement:
    """Any statement."""


@dataclass(frozen=True, slots=True)
class InterfaceStatement(Statement):
    """`interface external IFNAME [PARAMS]`, `interface internal IFNAME [PARAMS]`"""

    side: Name | None = None
    name: Name | None = None
    params: Name | None = None


@dataclass(frozen=True, slots=True)
class ExternalAddrStatement(Statement):
    """`external addr IP`"""

    address: Token[Address] | None = None


@dataclass(frozen=True, slots=True)
class ExternalNetStatement(Statement):
    """`external net CIDR`"""

    net: Token[Network] | None = None


@dataclass(frozen=True, slots=True)
class InternalNetStatement(Statement):
    """`internal net CIDR`"""

    net: Token[Network] | None = None


@dataclass(frozen=True, slots=True)
class InternalGwStatement(Statement):
    """`internal gw IP`"""

    address: Token[Address] | None = None


@dataclass(frozen=True, slots=True)
class ServiceStatement(Statement):
    """`service NAME is IP PROTO PORT [sticky [DURATION]] [reflect]`; the sticky time is in milliseconds."""

    name: Name | None = None
    address: Token[Address] | None = None
    protocol: Token[tuple[Protocol, ...]] | None = None
    ports: tuple[Token[PortRange], ...] = ()
    sticky: Name | None = None
    sticky_time: Token[int] | None = None
    reflect: Name | None = None


@dataclass(frozen=True, slots=True)
class PoolStatement(Statement):
    """`pool NAME for SERVICE [port PORT] [balance ALGORITHM]`"""

    name: Name | None = None
    service: Name | None = None
    port: Token[PortRange] | None = None
    algorithm: Token[Algorithm] | None = None


@dataclass(frozen=True, slots=True)
class AddStatement(Statement):
    """`add TARGET[, TARGET…] to POOL [weight N] [backup]`"""

    targets: tuple[Token[AddressRange], ...] = ()
    pool: Name | None = None
    weight: Token[int] | None = None
    backup: Name | None = None


@dataclass(frozen=True, slots=True)
class RemoveStatement(Statement):
    """`remove TARGET[, TARGET…] from POOL`"""

    targets: tuple[Token[AddressRange], ...] = ()
    pool: Name | None = None


@dataclass(frozen=True, slots=True)
class RemoveServiceStatement(Statement):
    """`remove SERVICE`"""

    service: Name | None = None


@dataclass(frozen=True, slots=True)
class ProbeStatement(Statement):
    """`probe SERVICE with METHOD [OPTION VALUE]… [every DURATION] [timeout DURATION] [rise N] [fall N]`

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


@dataclass(frozen=True, slots=True)
class DrainStatement(Statement):
    """`drain IP from POOL`"""

    address: Token[Address] | None = None
    pool: Name | None = None


@dataclass(frozen=True, slots=True)
class ResumeStatement(Statement):
    """`resume IP in POOL`"""

    address: Token[Address] | None = None
    pool: Name | None = None


@dataclass(frozen=True, slots=True)
class FailoverDeviceStatement(Statement):
    """`failover device NAME [skew N]`"""

    name: Name | None = None
    skew: Token[int] | None = None


@dataclass(frozen=True, slots=True)
class FailoverSyncStatement(Statement):
    """`failover sync IFNAME [peer IP]`"""

    interface: Name | None = None
    peer: Token[Address] | None = None


@dataclass(frozen=True, slots=True)
class FailoverPasswordStatement(Statement):
    """`failover password file STRING`"""

    path: Name | None = None


@dataclass(frozen=True, slots=True)
class IncludeStatement(Statement):
    """`include STRING`"""

    path: Name | None = None


@dataclass(frozen=True, slots=True)
class StatusStatement(Statement):
    """`status [NAME | IP]`"""

    subject: Name | None = None


@dataclass(frozen=True, slots=True)
class SaveStatement(Statement):
    """`save [STRING]`"""

    path: Name | None = None


@dataclass(frozen=True, slots=True)
class HelpStatement(Statement):
    """`help [TOPIC]`"""

    topic: Name | None = None


class Stated(NamedTuple):
    """A statement in its place: the line it stands on, and its rank among all statements of a script and its includes."""

    rank: int
    source: Source
    line: int
    node: Statement

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
