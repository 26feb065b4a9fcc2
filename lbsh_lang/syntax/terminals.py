"""The terminals of the grammar that are no keywords, each with a record of its words.

A terminal is stated once: here, as a member of `Terminal` with its record. The parser, messages, highlighting, names and
renames read the record; completion, hover and outline derive their answers from it. The sentence about a terminal stands in
the code of hover, in a `match` over `Terminal` closed by `assert_never`, so that a forgotten member is a type error.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from enum import Enum, auto
from typing import NamedTuple

from lbsh_lang.syntax import lowering
from lbsh_lang.syntax.lowering import count_reader

Reader = Callable[[str], object]
"""Reads the text of a word; returns its value, or a `Problem`."""


class TokenType(Enum):
    """The type of a word in highlighting (LSP 3.17, "Semantic Tokens")."""

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
    HELPER = auto()
    METHOD = auto()
    VALUE = auto()
    TEXT = auto()
    COMMENT = auto()
    CODE = auto()


class NameKind(Enum):
    """The kinds of named entities. A server's name is its address, or a range of addresses."""

    SERVICE = "service"
    POOL = "pool"
    DEVICE = "device"
    INTERFACE = "interface"
    SERVER = "server"

    @property
    def is_identifier(self) -> bool:
        """Whether users choose such names: then no reserved word can be one."""
        return self in (NameKind.SERVICE, NameKind.POOL, NameKind.DEVICE)


class Role(Enum):
    """The effect of a statement on an entity that it names."""

    DEFINES = "defines"
    USES = "uses"
    ENDS = "ends"


class Naming(NamedTuple):
    """The naming by a word: the kind of its entity, and the effect of its statement on that."""

    kind: NameKind
    role: Role


@dataclass(frozen=True, slots=True, eq=False)
class Word:
    """The words of a terminal: their name in messages, their reader, their highlighting, and their naming.

    `phrase` completes "expected ...". `usual` are the offers of completion where any other word could stand too. A record is
    equal only to itself, since two terminals may have the same entries.
    """

    phrase: str
    read: Reader
    type: TokenType
    names: Naming | None
    usual: tuple[str, ...] = ()

    @property
    def is_identifier(self) -> bool:
        """Whether the word is a name that the user chooses."""
        return self.names is not None and self.names.kind.is_identifier


def _defines(kind: NameKind) -> Naming:
    return Naming(kind, Role.DEFINES)


def _uses(kind: NameKind) -> Naming:
    return Naming(kind, Role.USES)


def _ends(kind: NameKind) -> Naming:
    return Naming(kind, Role.ENDS)


def _count(noun: str, least: int, most: int, usual: str, phrase: str | None = None) -> Word:
    """The words of a whole number within bounds; `usual` are the offers of completion."""
    reader = count_reader(noun, least, most)
    return Word(phrase or f"a number from {least} to {most}", reader, TokenType.NUMBER, None, tuple(usual.split()))


def _time(phrase: str, read: Reader, usual: str) -> Word:
    """The words of a duration; `usual` are the offers of completion."""
    return Word(phrase, read, TokenType.DURATION, None, tuple(usual.split()))


_word, _name, _text = lowering.lower_word, lowering.lower_name, lowering.lower_string
_ROUNDS = "1 2 3 5"
_SERVICE, _POOL, _SERVER = NameKind.SERVICE, NameKind.POOL, NameKind.SERVER


class Terminal(Enum):
    """All terminals that are no keywords, commas aside, in the order of the grammar."""

    NEW_SERVICE = Word("a name for the service", _name, TokenType.SERVICE, _defines(_SERVICE))
    SERVED_SERVICE = Word("the name of a service", _name, TokenType.SERVICE, _uses(_SERVICE))
    FURTHER_SERVICE = Word("the name of a service", _name, TokenType.SERVICE, _uses(_SERVICE))
    PROBED_SERVICE = Word("the name of a service", _name, TokenType.SERVICE, _uses(_SERVICE))
    NEW_POOL = Word("a name for the pool", _name, TokenType.POOL, _defines(_POOL))
    JOINED_POOL = Word("the name of a pool", _name, TokenType.POOL, _uses(_POOL))
    POOL_NAME = Word("the name of a pool", _name, TokenType.POOL, _uses(_POOL))
    NEW_DEVICE = Word("a name for the device", _name, TokenType.DEVICE, _defines(NameKind.DEVICE))
    GONE_DEVICE = Word("the name of a device", _name, TokenType.DEVICE, _ends(NameKind.DEVICE))
    IFNAME = Word(
        "the name of an interface", lowering.lower_interface, TokenType.INTERFACE, _defines(NameKind.INTERFACE)
    )
    LINK = Word("the name of an interface", lowering.lower_interface, TokenType.INTERFACE, _uses(NameKind.INTERFACE))
    BOUND = Word("the name of an interface", lowering.lower_interface, TokenType.INTERFACE, _uses(NameKind.INTERFACE))
    LEASED = Word("the name of an interface", lowering.lower_interface, TokenType.INTERFACE, _uses(NameKind.INTERFACE))
    NEXT_HOP = Word("an IP address", lowering.lower_address, TokenType.ADDRESS, None)
    INSIDE = Word(
        "an address, a network, a range or the name of a pool", lowering.lower_inside, TokenType.POOL, _uses(_POOL)
    )
    KEPT = Word("an address or a network", lowering.lower_clients, TokenType.NETWORK, None)
    PARAM = Word("interface parameters", _word, TokenType.PARAMETER, None)
    SERVICE_ADDRESS = Word("an IP address", lowering.lower_address, TokenType.ADDRESS, None)
    DEVICE_ADDRESS = Word("an IP address", lowering.lower_address, TokenType.ADDRESS, None)
    LINK_ADDRESS = Word("an IP address", lowering.lower_address, TokenType.ADDRESS, None)
    WATCHED = Word("an IP address", lowering.lower_address, TokenType.ADDRESS, None)
    MEMBER = Word("an address, a network or a range", lowering.lower_target, TokenType.ADDRESS, _uses(_SERVER))
    NETWORK = Word("a network such as `192.168.1.0/24`", lowering.lower_network, TokenType.NETWORK, None)
    CLIENTS = Word("an address or a network of clients", lowering.lower_clients, TokenType.NETWORK, None)
    HELPER_NAME = Word("`ftp`, `tftp` or `sip`", lowering.lower_helper, TokenType.HELPER, None)
    TARGET = Word("an address, a network or a range", lowering.lower_target, TokenType.ADDRESS, _defines(_SERVER))
    LEAVING = Word("a server or the name of a service", lowering.lower_target, TokenType.ADDRESS, _ends(_SERVER))
    LEAVING_TARGET = Word("an address, a network or a range", lowering.lower_target, TokenType.ADDRESS, _ends(_SERVER))
    CHANGED = Word("a server or the name of a service", lowering.lower_target, TokenType.ADDRESS, _uses(_SERVER))
    CHANGED_TARGET = Word("an address, a network or a range", lowering.lower_target, TokenType.ADDRESS, _uses(_SERVER))
    ABSENT = Word("the name of an option", _word, TokenType.OPTION, None)
    PROTOCOL = Word("`tcp`, `udp` or `tcp+udp`", lowering.lower_protocol, TokenType.PROTOCOL, None)
    PORT = Word("a port", lowering.lower_port, TokenType.PORT, None)
    SERVER_PORT = Word("a port", lowering.lower_server_port, TokenType.PORT, None)
    NEW_PORT = Word("a port", lowering.lower_server_port, TokenType.PORT, None)
    POOL_PORT = Word("a port", lowering.lower_port, TokenType.PORT, None)
    STICKY_TIME = _time("a duration", lowering.lower_sticky_time, "10m 30m 1h 1d")
    ALGORITHM = Word("an algorithm such as `round-robin`", lowering.lower_algorithm, TokenType.ALGORITHM, None)
    WEIGHT_VALUE = _count("weight", 1, 256, "1 2 3 5 10")
    RAMP_TIME = _time("a duration such as `1m`", lowering.lower_duration, "30s 1m 5m 10m")
    METHOD = Word("a probe method such as `tcp`", _word, TokenType.METHOD, None)
    METHOD_ARGUMENT = Word("a text in quotes", _text, TokenType.TEXT, None)
    PROBE_OPTION = Word("an option of the probe method", _word, TokenType.OPTION, None)
    PROBE_WORD = Word("a value", _word, TokenType.VALUE, None)
    OPTION_TEXT = Word("a text in quotes", _text, TokenType.TEXT, None)
    ASKED_PORT = Word("a port", lowering.lower_server_port, TokenType.PORT, None)
    CLIENT_PREFIX = _count("prefix length", 1, 128, "24 64 56 48", "a prefix length such as `24`")
    DRAIN_TIME = _time("a duration such as `2h`", lowering.lower_duration, "10m 1h 8h 1d")
    REASON = Word("a text in quotes", _text, TokenType.TEXT, None)
    EVERY_TIME = _time("a duration such as `3s`", lowering.lower_duration, "1s 3s 5s 10s 30s 1m")
    TIMEOUT_TIME = _time("a duration such as `1s`", lowering.lower_duration, "500ms 1s 2s 5s")
    RISE_COUNT = _count("count of probes", 1, 1000, _ROUNDS, "a number")
    FALL_COUNT = _count("count of probes", 1, 1000, _ROUNDS, "a number")
    RECHECK_VALUE = Word("`on` or `off`", lowering.lower_switch, TokenType.VALUE, None, ("on", "off"))
    SKEW_VALUE = _count("skew", 0, 254, "0 100")  # CARP's advskew: carp(4)
    PATH = Word("a text in quotes", _text, TokenType.TEXT, None)
    STRING = Word("a text in quotes", _text, TokenType.TEXT, None)
    SUBJECT = Word("the name of a service or a pool, or an address", _word, TokenType.VALUE, None)
    TOPIC = Word("a statement word", _word, TokenType.KEYWORD, None)


TERMINALS: dict[str, Terminal] = {terminal.name: terminal for terminal in Terminal}
"""The terminals by their names in the grammar, without keywords and the comma."""

WORDS: dict[str, Word] = {terminal.name: terminal.value for terminal in Terminal}
"""The records by the names of their terminals in the grammar."""

PHRASES: dict[str, str] = {
    "COMMA": "`,`",
    **{name: word.phrase for name, word in WORDS.items()},
    "$END": "the end of the line",
}
"""The names in messages of the terminals that are no keywords; a keyword is its own name."""
