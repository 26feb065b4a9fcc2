"""The terminals of the grammar that are no keywords, each with all that is known of the words that play its part.

A terminal is stated once: here, as a member of `Terminal` with its record. The parser, messages, highlighting, names and
renames read the record. What a feature *does* with a terminal (what completion offers, what hover says) stays in the room of
that feature, as a `match` over `Terminal` that `assert_never` closes; so a new member is a type error where it is forgotten.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from enum import Enum, auto
from typing import NamedTuple

from lbsh_lang.syntax import lowering
from lbsh_lang.syntax.lowering import count_reader

Reader = Callable[[str], object]
"""Reads the text of a word: gives its value, or a `Problem`."""


class TokenType(Enum):
    """What a word is, as highlighting shows it (LSP 3.17, "Semantic Tokens")."""

    KEYWORD = auto()
    OPTION = auto()
    SERVICE = auto()
    POOL = auto()
    DEVICE = auto()
    INTERFACE = auto()
    PARAMETER = auto()
    ADDRESS = auto()
    NETWORK = auto()
    PORT = auto()
    DURATION = auto()
    NUMBER = auto()
    PROTOCOL = auto()
    ALGORITHM = auto()
    METHOD = auto()
    VALUE = auto()
    TEXT = auto()
    COMMENT = auto()
    CODE = auto()


class NameKind(Enum):
    """What a name may be the name of. A server's is its address, or that of a range of servers."""

    SERVICE = "service"
    POOL = "pool"
    DEVICE = "device"
    INTERFACE = "interface"
    SERVER = "server"

    @property
    def is_identifier(self) -> bool:
        """Whether the user makes such names up: no reserved word can be one."""
        return self in (NameKind.SERVICE, NameKind.POOL, NameKind.DEVICE)


class Role(Enum):
    """What a statement does with the thing that it names."""

    DEFINES = "defines"
    USES = "uses"
    ENDS = "ends"


class Naming(NamedTuple):
    """That a word is a name: of what, and what its statement does with that."""

    kind: NameKind
    role: Role


@dataclass(frozen=True, slots=True, eq=False)
class Word:
    """The words of a terminal: what messages call them, how they are read and shown, and what they name.

    `phrase` completes "expected ...". `usual` are words that completion offers where any other could stand too. Each record
    is equal to itself alone: two terminals may well have the same entries.
    """

    phrase: str
    read: Reader
    type: TokenType
    names: Naming | None
    usual: tuple[str, ...] = ()

    @property
    def is_identifier(self) -> bool:
        """Whether the word is a name that the user makes up."""
        return self.names is not None and self.names.kind.is_identifier


def _defines(kind: NameKind) -> Naming:
    return Naming(kind, Role.DEFINES)


def _uses(kind: NameKind) -> Naming:
    return Naming(kind, Role.USES)


def _ends(kind: NameKind) -> Naming:
    return Naming(kind, Role.ENDS)


def _count(noun: str, least: int, most: int, usual: str, phrase: str | None = None) -> Word:
    """The words of a whole number in bounds; `usual` are those that completion offers."""
    reader = count_reader(noun, least, most)
    return Word(phrase or f"a number from {least} to {most}", reader, TokenType.NUMBER, None, tuple(usual.split()))


def _time(phrase: str, read: Reader, usual: str) -> Word:
    """The words of a duration; `usual` are those that completion offers."""
    return Word(phrase, read, TokenType.DURATION, None, tuple(usual.split()))


_word, _name, _text = lowering.lower_word, lowering.lower_name, lowering.lower_string
_ROUNDS = "1 2 3 5"
_SERVICE, _POOL, _SERVER = NameKind.SERVICE, NameKind.POOL, NameKind.SERVER


class Terminal(Enum):
    """All terminals that are no keywords, commas aside, in the order of the grammar."""

    NEW_SERVICE = Word("a name for the service", _name, TokenType.SERVICE, _defines(_SERVICE))
    SERVED_SERVICE = Word("the name of a service", _name, TokenType.SERVICE, _uses(_SERVICE))
    PROBED_SERVICE = Word("the name of a service", _name, TokenType.SERVICE, _uses(_SERVICE))
    NEW_POOL = Word("a name for the pool", _name, TokenType.POOL, _defines(_POOL))
    JOINED_POOL = Word("the name of a pool", _name, TokenType.POOL, _uses(_POOL))
    POOL_NAME = Word("the name of a pool", _name, TokenType.POOL, _uses(_POOL))
    NEW_DEVICE = Word("a name for the device", _name, TokenType.DEVICE, _defines(NameKind.DEVICE))
    IFNAME = Word(
        "the name of an interface", lowering.lower_interface, TokenType.INTERFACE, _defines(NameKind.INTERFACE)
    )
    LINK = Word("the name of an interface", lowering.lower_interface, TokenType.INTERFACE, _uses(NameKind.INTERFACE))
    PARAM = Word("interface parameters", _word, TokenType.PARAMETER, None)
    SERVICE_ADDRESS = Word("an IP address", lowering.lower_address, TokenType.ADDRESS, None)
    DEVICE_ADDRESS = Word("an IP address", lowering.lower_address, TokenType.ADDRESS, None)
    PEER_ADDRESS = Word("an IP address", lowering.lower_address, TokenType.ADDRESS, None)
    MEMBER = Word("an IP address", lowering.lower_address, TokenType.ADDRESS, _uses(_SERVER))
    NETWORK = Word("a network such as `192.168.1.0/24`", lowering.lower_network, TokenType.NETWORK, None)
    TARGET = Word("an address, a network or a range", lowering.lower_target, TokenType.ADDRESS, _defines(_SERVER))
    LEAVING = Word("a server or the name of a service", lowering.lower_target, TokenType.ADDRESS, _ends(_SERVER))
    LEAVING_TARGET = Word("an address, a network or a range", lowering.lower_target, TokenType.ADDRESS, _ends(_SERVER))
    PROTOCOL = Word("`tcp`, `udp` or `tcp+udp`", lowering.lower_protocol, TokenType.PROTOCOL, None)
    PORT = Word("a port", lowering.lower_port, TokenType.PORT, None)
    SERVER_PORT = Word("a port", lowering.lower_server_port, TokenType.PORT, None)
    STICKY_TIME = _time("a duration", lowering.lower_sticky_time, "10m 30m 1h 1d")
    ALGORITHM = Word("an algorithm such as `round-robin`", lowering.lower_algorithm, TokenType.ALGORITHM, None)
    WEIGHT_VALUE = _count("weight", 1, 256, "1 2 3 5 10")
    METHOD = Word("a probe method such as `tcp`", _word, TokenType.METHOD, None)
    METHOD_ARGUMENT = Word("a text in quotes", _text, TokenType.TEXT, None)
    PROBE_OPTION = Word("an option of the probe method", _word, TokenType.OPTION, None)
    PROBE_WORD = Word("a value", _word, TokenType.VALUE, None)
    OPTION_TEXT = Word("a text in quotes", _text, TokenType.TEXT, None)
    EVERY_TIME = _time("a duration such as `3s`", lowering.lower_duration, "1s 3s 5s 10s 30s 1m")
    TIMEOUT_TIME = _time("a duration such as `1s`", lowering.lower_duration, "500ms 1s 2s 5s")
    RISE_COUNT = _count("count of probes", 1, 1000, _ROUNDS, "a number")
    FALL_COUNT = _count("count of probes", 1, 1000, _ROUNDS, "a number")
    SKEW_VALUE = _count("skew", 0, 254, "0 100")  # CARP's advskew: carp(4)
    PATH = Word("a text in quotes", _text, TokenType.TEXT, None)
    STRING = Word("a text in quotes", _text, TokenType.TEXT, None)
    SUBJECT = Word("the name of a service or a pool, or an address", _word, TokenType.VALUE, None)
    TOPIC = Word("a statement word", _word, TokenType.KEYWORD, None)


TERMINALS: dict[str, Terminal] = {terminal.name: terminal for terminal in Terminal}
"""By the name in the grammar. Keywords and the comma are in none."""

WORDS: dict[str, Word] = {terminal.name: terminal.value for terminal in Terminal}
"""The records by the name in the grammar."""

PHRASES: dict[str, str] = {
    "COMMA": "`,`",
    **{name: word.phrase for name, word in WORDS.items()},
    "$END": "the end of the line",
}
"""What messages call the terminals that are no keywords; a keyword is called by its own word."""
