"""The record of a probe method, which parser, checks, completion, hover and documentation read."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from enum import Enum
from typing import NamedTuple

from lbsh_lang.values import Protocol

PORT_OPTION = "port"
"""The option of all probes that ask a port."""

COMMON_OPTIONS = (PORT_OPTION, "every", "timeout", "rise", "fall", "recheck")
"""The options that probes have whatever their method."""


class OptionKind(Enum):
    """The kind of a probe option's value, in the words of a message."""

    TEXT = "a text in quotes"
    STATUSES = "a status or a range of them such as `200-399`"
    SWITCH = "`on` or `off`"
    RECORD = "a record type such as `A`"
    FILE = "`file` and a path in quotes"
    PATH = 'a path in quotes such as `"/health"`, without spaces'
    HOST = 'a host name in quotes such as `"www.example.net"`'
    SITE = 'a host name in quotes such as `"www.example.net"`, with or without a port'
    DOMAIN = 'a domain name in quotes such as `"example.net"`'
    FILTER = 'a search filter in quotes such as `"(uid=probe)"`'
    CODE = "a response code such as `NXDOMAIN`"


QUOTED = frozenset(
    {OptionKind.TEXT, OptionKind.PATH, OptionKind.HOST, OptionKind.SITE, OptionKind.DOMAIN, OptionKind.FILTER}
)
"""The kinds of values that stand in quotes."""


class Library(NamedTuple):
    """What a method needs besides lbsh to be carried out: the name of a module, and that of the library it comes with."""

    module: str
    name: str


class Option(NamedTuple):
    """An option of a probe method: the kind of its value, a sentence on its purpose, and whether it must be given."""

    kind: OptionKind
    sentence: str
    required: bool


class Argument(NamedTuple):
    """The text right behind a method's name: a phrase, such as `the command to run`, and a sentence on its purpose.

    `is_command` tells that it is the path of a program, with plain words behind it.
    """

    phrase: str
    sentence: str
    is_command: bool = False


class Method(NamedTuple):
    """A way to probe: a sentence on when a server counts as up, and the protocols of the services that it fits.

    Options are listed, and formatted, in the order of `options`. `argument` is None if no text stands behind the name.
    `has_port` is false if a probe asks the machine itself, and no port of it. `library` is None if lbsh itself is enough.
    `usual_ports` are those on which servers usually speak its protocol. `connects_only` tells that it finds out no more than
    that a port is open.
    """

    name: str
    sentence: str
    protocols: frozenset[Protocol]
    argument: Argument | None
    options: Mapping[str, Option]
    has_port: bool = True
    library: Library | None = None
    usual_ports: frozenset[int] = frozenset()
    connects_only: bool = False

    @property
    def common(self) -> tuple[str, ...]:
        """The common options that the method has."""
        return tuple(name for name in COMMON_OPTIONS if name != PORT_OPTION or self.has_port)

    def fits(self, protocols: Collection[Protocol], port_given: bool) -> bool:
        """Whether servers of a service can be probed so: by its own protocol, or at a port for the purpose, by TCP."""
        own = not self.protocols.isdisjoint(protocols)
        return own or (port_given and self.has_port and Protocol.TCP in self.protocols)

    @property
    def required(self) -> tuple[str, ...]:
        """The options that must be given."""
        return tuple(name for name, option in self.options.items() if option.required)
