"""From each kind of fault to the check that puts it into words. A kind without a check is a type error."""

from __future__ import annotations

from typing import assert_never

from lbsh_lang.checks import filters, lines, names, pools, probes, services
from lbsh_lang.checks.views import FaultContext
from lbsh_lang.codes import Code
from lbsh_lang.diagnostics import Diagnostic
from lbsh_lang.site.faults import (
    AlreadyMember,
    DefinedTwice,
    Entity,
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
from lbsh_lang.site.script import AnyFound, Found
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


def find(found: AnyFound, context: FaultContext) -> list[Diagnostic]:
    """The findings of a fault: one, or none where another finding reports it already."""
    at, fault, other = found
    match fault:
        case (
            LineTooLong()
            | StrayCharacters()
            | OpenText()
            | Unexpected()
            | MoreFaults()
            | ReadingEnded()
            | FindingsEnded()
            | NoMeaning()
        ):
            return lines.unexpected_word.diagnose(Found(at, fault, other), context)
        case Misleading():
            return lines.misleading_text.diagnose(Found(at, fault, other), context)
        case UnknownStatement():
            return lines.unknown_statement.diagnose(Found(at, fault, other), context)
        case ReservedName():
            return lines.reserved_name.diagnose(Found(at, fault, other), context)
        case RepeatedOption():
            return lines.option_twice.diagnose(Found(at, fault, other), context)
        case BadValue():
            return _bad_value(Found(at, fault, other), context)
        case RepeatedPort():
            return lines.bad_port.diagnose(Found(at, fault, other), context)
        case TooManyAddresses():
            return lines.bad_range.diagnose(Found(at, fault, other), context)
        case IntervalTooShort() | TimeoutTooLong():
            return services.timeout_too_long.diagnose(Found(at, fault, other), context)
        case NoArgument() | NoPort() | MissingArgument() | UnknownOption() | BadOptionValue() | MissingOption():
            return services.probe_option.diagnose(Found(at, fault, other), context)
        case BadCommand():
            return probes.bad_command.diagnose(Found(at, fault, other), context)
        case Unreadable():
            return lines.unreadable_file.diagnose(Found(at, fault, other), context)
        case Undefined(entity=Entity.SERVICE):
            return names.undefined_service.diagnose(Found(at, fault, other), context)
        case Undefined():
            return names.undefined_pool.diagnose(Found(at, fault, other), context)
        case UsedAbove():
            return names.used_above_definition.diagnose(Found(at, fault, other), context)
        case DefinedTwice(entity=Entity.SERVICE):
            return names.service_twice.diagnose(Found(at, fault, other), context)
        case DefinedTwice():
            return names.pool_twice.diagnose(Found(at, fault, other), context)
        case SecondPool():
            return names.second_pool.diagnose(Found(at, fault, other), context)
        case SecondProbe():
            return services.second_probe.diagnose(Found(at, fault, other), context)
        case GivenTwice():
            return names.given_twice.diagnose(Found(at, fault, other), context)
        case NotGiven():
            return names.not_given.diagnose(Found(at, fault, other), context)
        case AlreadyMember():
            return pools.server_twice.diagnose(Found(at, fault, other), context)
        case NotMember():
            return pools.server_not_there.diagnose(Found(at, fault, other), context)
        case NoEffect():
            return services.without_effect.diagnose(Found(at, fault, other), context)
        case NoClients():
            return services.keeps_nobody.diagnose(Found(at, fault, other), context)
        case RefusedByFilter():
            return filters.refused_by_filter.diagnose(Found(at, fault, other), context)
        case _:
            assert_never(fault)


def _bad_value(found: Found[BadValue], context: FaultContext) -> list[Diagnostic]:
    """The findings of an unreadable word, by the code that its reader chose."""
    match found.fault.problem.code:
        case Code.LB201:
            return lines.bad_address.diagnose(found, context)
        case Code.LB202:
            return lines.bad_network.diagnose(found, context)
        case Code.LB203:
            return lines.host_bits.diagnose(found, context)
        case Code.LB204:
            return lines.bad_port.diagnose(found, context)
        case Code.LB205:
            return lines.unknown_choice.diagnose(found, context)
        case Code.LB206:
            return lines.bad_quantity.diagnose(found, context)
        case Code.LB207:
            return lines.range_family.diagnose(found, context)
        case Code.LB208:
            return lines.bad_range.diagnose(found, context)
        case Code.LB001:
            return lines.unexpected_word.diagnose(found, context)
        case code:
            assert_never(code)
