"""The faults of a line, as values without any English.

Parser (`oyster.faults`), readers of words and folds (`lbsh_lang.site`) record faults; only the checks turn them into
messages. A fault knows its word (`token`) and the values that its message needs.

Each class is a named tuple: a frozen dataclass would take ten times as long to make at the start of every command.
"""

from __future__ import annotations

from enum import Enum
from typing import Literal, NamedTuple, assert_never

from lbsh_lang.codes import Code
from lbsh_lang.probes.command import CommandFault
from oyster.faults import (
    LineFault,
    LineTooLong,
    Misleading,
    MoreFaults,
    OpenText,
    RepeatedOption,
    ReservedName,
    StrayCharacters,
    Token,
    Unexpected,
    UnknownStatement,
)


class Mismatch(Enum):
    """The reasons why a word is not a value of the required kind. The comments describe `Problem.details`."""

    NAME_LENGTH = "a name that is too long"  # its length, the greatest
    NAME_START = "a name that starts with neither a letter nor an underscore"
    NAME_CHARACTERS = "a name with a character that names do not have"
    SERVER_WITHOUT_POOL = "a server that is to leave, but no pool"
    SERVER_WITHOUT_IN = "a server that is to change, but no pool"
    INTERFACE_LENGTH = "an interface name that is too long"  # its length, the greatest
    INTERFACE_CHARACTERS = "an interface name with a character that such names do not have"
    NOT_QUOTED = "a text without quotes"
    NOT_CLOSED = "a text without its closing quote"
    BAD_ESCAPE = "a backslash before a character that needs none"
    NETWORK_FOR_ADDRESS = "a network where one address is expected"
    RANGE_FOR_ADDRESS = "a range where one address is expected"
    NO_HOST = "an address that names no host"
    LOOPBACK = "a loopback address"
    MULTICAST = "a multicast address"
    BROADCAST = "the broadcast address"
    LINK_LOCAL = "an address that is known on one link only"
    PORT_IN_ADDRESS = "an address with a port behind it"
    ZONE = "an address with a zone"
    IPV6_FORM = "no IPv6 address"
    HOST_NAME = "the name of a host"
    ADDRESS_FORM = "no address"
    OCTET_COUNT = "an IPv4 address with too few or too many numbers"  # how many
    LEADING_ZERO = "an octet with a leading zero"  # the octet
    OCTET_SIZE = "an octet over 255"  # the octet
    LAST_OCTET = "the end of a range that is no last octet"  # its text
    UNFIT_SERVER = "an address that no server can have"  # the address, the reason
    NO_PREFIX_LENGTH = "a network without a prefix length"
    PREFIX_LENGTH = "no prefix length"  # the greatest
    HOST_BITS = "a network with host bits set"  # the network
    PORT_NUMBER = "no port number"
    PORTS_REVERSED = "a range of ports from the higher to the lower"
    PORT_FORM = "no port"
    PORT_COUNT = "several ports where one is expected"
    DURATION_FORM = "no duration"
    DURATION_WITHOUT_UNIT = "a duration without a unit"
    DURATION_UNIT = "an unknown unit of time"  # the unit
    DURATION_SIZE = "a duration out of bounds"
    FRACTION_OF_SECOND = "a sticky time that is no number of whole seconds"
    COUNT = "no whole number in its bounds"  # what it counts, the least, the greatest
    MIXED_FAMILIES = "a range with ends of two families"
    ADDRESSES_REVERSED = "a range of addresses from the higher to the lower"
    RANGE_SIZE = "a range with too many addresses"  # how many, the greatest number


UNREACHED = frozenset(
    {Mismatch.NO_HOST, Mismatch.LOOPBACK, Mismatch.MULTICAST, Mismatch.BROADCAST, Mismatch.LINK_LOCAL}
)
"""The reasons why an address that can be read is not that of a host which the device could meet."""


class Choice(Enum):
    """The closed sets of words from which a line must have one."""

    PROTOCOL = "protocol"
    ALGORITHM = "algorithm"
    METHOD = "probe method"
    HELPER = "helper"
    SWITCH = "setting"
    SERVICE_OPTION = "option of a service"
    SERVER_OPTION = "option that a server may be without"


ValueCode = Literal[
    Code.LB001,
    Code.LB201,
    Code.LB202,
    Code.LB203,
    Code.LB204,
    Code.LB205,
    Code.LB206,
    Code.LB207,
    Code.LB208,
]
"""The codes for unreadable words."""


class Problem(NamedTuple):
    """The reason why one word cannot be read, by itself and in any place.

    `reason` is a `Choice` if the word is not in that set, and a text, in the words of the message, if the reader of the
    word belongs to a plug-in. `instead` is the correct text, None if it is not clear.
    """

    code: ValueCode
    reason: Mismatch | Choice | str
    instead: str | None = None
    details: tuple[int | str | Mismatch, ...] = ()


class BadValue(NamedTuple):
    """A word that is not a value of the required kind."""

    token: Token[object]
    problem: Problem


class ReadingEnded(NamedTuple):
    """The place where reading ends, in a text with more than `most` faults."""

    token: Token[object]
    most: int


# Faults between the words of a line


class RepeatedPort(NamedTuple):
    """A port that the list has already."""

    token: Token[object]
    first: Token[object]


class TooManyAddresses(NamedTuple):
    """The number of addresses in the targets of a statement, and the greatest number allowed."""

    token: Token[object]
    number: int
    most: int


class IntervalTooShort(NamedTuple):
    """An interval that is too short for the default timeout."""

    token: Token[object]
    instead: str


class TimeoutTooLong(NamedTuple):
    """A timeout that is not shorter than the interval; `interval` is None for the default interval."""

    token: Token[object]
    interval: Token[object] | None


class NoArgument(NamedTuple):
    """A text behind a probe method without an argument."""

    token: Token[object]
    method: str


class NoPort(NamedTuple):
    """A port for a probe method that asks no port."""

    token: Token[object]
    method: str


class MissingArgument(NamedTuple):
    """A probe method without its argument, which is in the words of the method's description."""

    token: Token[object]
    method: str
    argument: str


class BadCommand(NamedTuple):
    """A text behind a probe method that is no command which can be run as it stands."""

    token: Token[object]
    reason: CommandFault


class UnknownOption(NamedTuple):
    """An option that a probe method does not have; `known` are its options."""

    token: Token[object]
    method: str
    known: tuple[str, ...]
    instead: str | None


class BadOptionValue(NamedTuple):
    """An unsuitable value for an option of a probe method, and the suitable ones, in the words of the option's kind."""

    token: Token[object]
    option: str
    takes: str
    instead: str | None


class MissingOption(NamedTuple):
    """A probe method without a required option."""

    token: Token[object]
    method: str
    option: str


OwnFault = (
    BadValue
    | ReadingEnded
    | RepeatedPort
    | TooManyAddresses
    | IntervalTooShort
    | TimeoutTooLong
    | NoArgument
    | NoPort
    | MissingArgument
    | BadCommand
    | UnknownOption
    | BadOptionValue
    | MissingOption
)
"""The faults in the words of a line, and between them, that only this language has."""

WordFault = LineFault | OwnFault
"""A fault of a line by itself."""


def code_of(fault: WordFault) -> Code:
    """The code under which a fault is reported."""
    match fault:
        case LineTooLong() | StrayCharacters() | OpenText() | Unexpected() | MoreFaults() | ReadingEnded():
            return Code.LB001
        case Misleading():
            return Code.LB005
        case ReservedName():
            return Code.LB002
        case UnknownStatement():
            return Code.LB003
        case RepeatedOption():
            return Code.LB109
        case BadValue(problem=problem):
            return problem.code
        case RepeatedPort():
            return Code.LB204
        case TooManyAddresses():
            return Code.LB208
        case NoArgument() | NoPort() | MissingArgument() | UnknownOption() | BadOptionValue() | MissingOption():
            return Code.LB502
        case BadCommand():
            return Code.LB508
        case IntervalTooShort() | TimeoutTooLong():
            return Code.LB503
        case _:
            assert_never(fault)
