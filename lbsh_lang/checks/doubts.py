"""Tells which faults make other findings doubtful: a faulty line may be meant as a statement that is missing elsewhere."""

from __future__ import annotations

from typing import assert_never

from lbsh_lang.codes import Code
from lbsh_lang.site.faults import (
    AlreadyMember,
    DefinedTwice,
    Fault,
    FindingsEnded,
    GivenTwice,
    NoClients,
    NoEffect,
    NoMeaning,
    NotGiven,
    NotMember,
    RefusedByFilter,
    SecondPool,
    SecondProbe,
    Undefined,
    Unreadable,
    UsedAbove,
)
from lbsh_lang.syntax.faults import (
    BadCommand,
    BadOptionValue,
    BadValue,
    IntervalTooShort,
    MissingArgument,
    MissingOption,
    NoArgument,
    NoPort,
    ReadingEnded,
    RepeatedPort,
    TimeoutTooLong,
    TooManyAddresses,
    UnknownOption,
)
from oyster.faults import (
    LineTooLong,
    Misleading,
    MoreFaults,
    OpenText,
    RepeatedOption,
    ReservedName,
    StrayCharacters,
    Unexpected,
    UnknownStatement,
)

_UNREACHED = (Undefined, UsedAbove)


def misses_entity(fault: Fault) -> bool:
    """Whether the statement does not reach the entity that it names."""
    return isinstance(fault, _UNREACHED)


def may_be_another_statement(fault: Fault) -> bool:
    """Whether the line may be a different statement than the one read, and so define any name in it."""
    match fault:
        case LineTooLong() | StrayCharacters() | OpenText() | Unexpected() | UnknownStatement() | ReservedName():
            return True
        case MoreFaults() | ReadingEnded():
            return True
        case BadValue(problem=problem):
            return problem.code is Code.LB001  # a word that is no name, or no text in quotes
        case RepeatedOption() | RepeatedPort() | TooManyAddresses() | IntervalTooShort() | TimeoutTooLong():
            return False
        case NoArgument() | NoPort() | MissingArgument() | UnknownOption() | BadOptionValue() | MissingOption():
            return False
        case BadCommand():
            return False
        case Misleading():
            return False
        case NoMeaning() | FindingsEnded():
            return True
        case Unreadable() | Undefined() | UsedAbove() | DefinedTwice() | SecondPool() | SecondProbe() | GivenTwice():
            return False
        case NotGiven() | AlreadyMember() | NotMember() | NoEffect() | NoClients() | RefusedByFilter():
            return False
        case _:
            assert_never(fault)
