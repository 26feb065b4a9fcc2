"""The faults of statements within their script, as values without English; `lbsh_lang.syntax.faults` has those of lines.

The reader of scripts and the folds of services, pools and the device record them; the checks turn them into messages.
"""

from __future__ import annotations

from enum import Enum
from typing import NamedTuple

from lbsh_lang.codes import Code
from lbsh_lang.syntax import faults
from lbsh_lang.syntax.faults import WordFault
from lbsh_lang.values import Address, Network
from oyster.faults import Token


class Entity(Enum):
    """The kinds of entities whose names other statements use."""

    SERVICE = "service"
    POOL = "pool"


class Thing(Enum):
    """The things that the device has once: altogether, for each address family, or for each value."""

    EXTERNAL_INTERFACE = "external interface"
    INTERNAL_INTERFACE = "internal interface"
    EXTERNAL_ADDRESS = "external address"
    EXTERNAL_NET = "external net"
    INTERNAL_NET = "internal net"
    GATEWAY = "internal gateway"
    NEXT_HOP = "external gateway"
    KEPT_NET = "network of kept sources"
    FAILOVER_DEVICE = "failover device"
    FAILOVER_ADDRESS = "failover address"
    FAILOVER_LINK = "failover link"
    WATCHED = "watched address"
    PASSWORD = "failover password"  # noqa: S105 -- names the statement
    KEY = "failover key"


class Circular(NamedTuple):
    """A file that would include itself; the names of the files on the way, itself first and last."""

    way: tuple[str, ...]


class IncludedAlready(NamedTuple):
    """A file that the script has already read, and the name by which it was read."""

    name: str


class IncludesTooDeep(NamedTuple):
    """An `include` that is nested too deep."""

    most: int


class TooManyFiles(NamedTuple):
    """An `include` of more files than a script may consist of."""

    most: int


class Inadmissible(Enum):
    """A file that no script may include from where it is, or with the content that it has."""

    OUTSIDE = "outside of the folders from which the script may include files"
    NO_SCRIPT = "with faults, and without a statement"
    """Findings must not quote such a file, since it may hold secrets."""


Refusal = Circular | IncludedAlready | IncludesTooDeep | TooManyFiles | Inadmissible
"""The reason why a file is not included, although it may be readable."""


class Unreadable(NamedTuple):
    """An `include` whose file is not read; a text is the system's reason."""

    token: Token[object]
    reason: Refusal | str


class NoMeaning(NamedTuple):
    """A statement whose extension fails to expand it; it begins with `head`."""

    token: Token[object]
    head: str
    words: str


class Undefined(NamedTuple):
    """A name without a definition at its use."""

    token: Token[object]
    entity: Entity


class UsedAbove(NamedTuple):
    """A name that is used above its definition."""

    token: Token[object]
    entity: Entity
    definition: Token[object]


class DefinedTwice(NamedTuple):
    """A name that is in use already."""

    token: Token[object]
    entity: Entity
    first: Token[object]


class SecondPool(NamedTuple):
    """A pool for a service that has a pool; `first` is the name of that pool."""

    token: Token[object]
    first: Token[object]


class SecondProbe(NamedTuple):
    """A probe for a service that has a probe; `first` is the service's name in the statement of that probe."""

    token: Token[object]
    first: Token[object]


class GivenTwice(NamedTuple):
    """A second value for something that the device has once; the value is the new one."""

    token: Token[object]
    thing: Thing
    value: Address | Network | str
    first: Token[object]


class NotGiven(NamedTuple):
    """Something to take back that no statement above gives: a thing of the device, or a probe if it is None."""

    token: Token[object]
    thing: Thing | None


class AlreadyMember(NamedTuple):
    """A server that the pool has already; `first` is the target that added it, if that is known."""

    token: Token[object]
    address: str
    first: Token[object] | None


class NotMember(NamedTuple):
    """A server that the pool does not have, or no pool; `pool` is the pool's name in its definition."""

    token: Token[object]
    address: str
    pool: Token[object] | None


class NoEffect(NamedTuple):
    """A statement that a later one reverts, or that changes nothing.

    Of a `set` that is one of its options; `what` names that option, and the server or service that it was to change.
    """

    token: Token[object]
    what: str = ""


class NoClients(NamedTuple):
    """A `keep clients` for servers of services that remember no clients."""

    token: Token[object]


class FindingsEnded(NamedTuple):
    """The place of the first finding that is left out, in a script with more than `most` findings."""

    token: Token[object]
    most: int


class RefusedByFilter(NamedTuple):
    """Rules that the packet filter's own program refuses, with its message."""

    token: Token[object]
    words: str


Fault = (
    WordFault
    | Unreadable
    | NoMeaning
    | Undefined
    | UsedAbove
    | DefinedTwice
    | SecondPool
    | SecondProbe
    | GivenTwice
    | NotGiven
    | AlreadyMember
    | NotMember
    | NoEffect
    | NoClients
    | FindingsEnded
    | RefusedByFilter
)
"""A fault of reading or resolving a script."""


def code_of(fault: Fault) -> Code:
    """The code under which a fault is reported."""
    match fault:
        case Unreadable():
            return Code.LB004
        case NoMeaning() | FindingsEnded():
            return Code.LB001
        case Undefined(entity=entity):
            return Code.LB101 if entity is Entity.SERVICE else Code.LB102
        case UsedAbove():
            return Code.LB103
        case DefinedTwice(entity=entity):
            return Code.LB104 if entity is Entity.SERVICE else Code.LB105
        case SecondPool():
            return Code.LB106
        case GivenTwice():
            return Code.LB107
        case NotGiven():
            return Code.LB112
        case AlreadyMember():
            return Code.LB309
        case NotMember():
            return Code.LB310
        case NoEffect() | NoClients():
            return Code.LB316
        case RefusedByFilter():
            return Code.LB403
        case SecondProbe():
            return Code.LB505
        case _:
            return faults.code_of(fault)
