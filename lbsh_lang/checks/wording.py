"""Words for the values that the parser, its readers of words and the folds note: reasons, refusals, things."""

from __future__ import annotations

import unicodedata
from typing import assert_never

from lbsh_lang.site.faults import (
    Circular,
    GivenTwice,
    Inadmissible,
    IncludedAlready,
    IncludesTooDeep,
    Refusal,
    Thing,
    TooManyFiles,
)
from lbsh_lang.syntax.faults import Mismatch, Problem
from lbsh_lang.syntax.language import Lbsh
from lbsh_lang.values import Address
from oyster.faults import StrayCharacters

_LONGEST_QUOTE = 80


def quotable(text: str) -> str:
    """A word as a message shows it: on one line, at a bounded length."""
    shown = "".join(character if character.isprintable() else "\ufffd" for character in text)
    return shown if len(shown) <= _LONGEST_QUOTE else shown[: _LONGEST_QUOTE - 1] + "…"


def with_article(noun: str) -> str:
    return f"an {noun}" if noun[0] in "aeiou" else f"a {noun}"


def expected(language: Lbsh, terminals: tuple[str, ...]) -> str:
    """The words that may stand in a place: "`to` or `,`"."""
    phrases = list(dict.fromkeys(map(language.phrase, terminals)))
    return " or ".join(filter(None, (", ".join(phrases[:-1]), phrases[-1])))


def stray(fault: StrayCharacters) -> str:
    """The name of a character that does not belong in a script."""
    return f"{character_name(fault.token.text[0])} does not belong in a script"


def character_name(character: str) -> str:
    """A character by its number and its name, since it may show as nothing or as something else."""
    name = unicodedata.name(character, "control character").lower()
    return f"U+{ord(character):04X} ({name})"


def problem_text(problem: Problem) -> str:
    """The reason why a word cannot be read."""
    if isinstance(problem.reason, Mismatch):
        return _reason(problem.reason, *problem.details)
    return problem.reason if isinstance(problem.reason, str) else f"no {problem.reason.value} of this name is known"


_Detail = int | str | Mismatch


def _reason(reason: Mismatch, first: _Detail = "", second: _Detail = "", third: _Detail = "") -> str:
    match reason:
        case Mismatch.NAME_LENGTH:
            return f"a name has at most {second} characters, this one {first}"
        case Mismatch.NAME_START:
            return "a name starts with a letter or `_`"
        case Mismatch.NAME_CHARACTERS:
            return "a name consists of letters, digits, `_`, `.` and `-`"
        case Mismatch.SERVER_WITHOUT_POOL:
            return "a server leaves a pool, which `from` and the pool's name must say"
        case Mismatch.SERVER_WITHOUT_IN:
            return "a server changes in a pool, which `in` and the pool's name must say"
        case Mismatch.INTERFACE_LENGTH:
            return f"an interface name has at most {second} characters, this one {first}"
        case Mismatch.INTERFACE_CHARACTERS:
            return "an interface name is a letter, then letters, digits, `_`, `.`, `:`, `@` or `-`"
        case Mismatch.NOT_QUOTED:
            return "a text in quotes is expected here"
        case Mismatch.NOT_CLOSED:
            return "the text has no closing quote"
        case Mismatch.BAD_ESCAPE:
            return 'in a text, `\\` stands only before `"` and `\\`'
        case Mismatch.NETWORK_FOR_ADDRESS:
            return "a single address is expected here, not a network"
        case Mismatch.RANGE_FOR_ADDRESS:
            return "a single address is expected here, not a range"
        case Mismatch.NO_HOST:
            return "it names no host"
        case Mismatch.LOOPBACK:
            return "it is a loopback address, which no other machine can reach"
        case Mismatch.MULTICAST:
            return "it is a multicast address"
        case Mismatch.BROADCAST:
            return "it is the broadcast address"
        case Mismatch.LINK_LOCAL:
            return "a link-local address is known on one link only"
        case Mismatch.PORT_IN_ADDRESS:
            return "a port stands behind it"
        case Mismatch.ZONE:
            return "an address with a zone is known on one link only"
        case Mismatch.IPV6_FORM:
            return "an IPv6 address is eight groups of up to four hexadecimal digits, or fewer with one `::`"
        case Mismatch.HOST_NAME:
            return "names of hosts are not looked up, since rules hold addresses"
        case Mismatch.ADDRESS_FORM:
            return "an address is written like 192.168.1.2 or fd00::2"
        case Mismatch.OCTET_COUNT:
            return f"an IPv4 address has four numbers, this one {first}"
        case Mismatch.LEADING_ZERO:
            return f"`{first}` has a leading zero"
        case Mismatch.OCTET_SIZE:
            return f"`{first}` is over 255"
        case Mismatch.LAST_OCTET:
            return f"`{first}` is not the last number of an address, 0 to 255"
        case Mismatch.UNFIT_SERVER:
            return f"{first} cannot be a server: {_reason(second) if isinstance(second, Mismatch) else second}"
        case Mismatch.NO_PREFIX_LENGTH:
            return "a prefix length such as `/24` is missing"
        case Mismatch.PREFIX_LENGTH:
            return f"a prefix length is a number from 0 to {first}"
        case Mismatch.HOST_BITS:
            return f"the network is {first}"
        case Mismatch.PORT_NUMBER:
            return "a port is a number from 1 to 65535"
        case Mismatch.PORTS_REVERSED | Mismatch.ADDRESSES_REVERSED:
            return "the range is upside down"
        case Mismatch.PORT_FORM:
            return "a port is a number from 1 to 65535 or a name such as `smtp`"
        case Mismatch.PORT_COUNT:
            return "a single port stands here"
        case Mismatch.DURATION_FORM:
            return "a duration is a number with a unit, such as `500ms`, `3s`, `2m`, `1h` or `1d`"
        case Mismatch.DURATION_WITHOUT_UNIT:
            return "a duration needs a unit: `ms`, `s`, `m`, `h` or `d`"
        case Mismatch.DURATION_UNIT:
            return f"`{first}` is not a unit of time; units are `ms`, `s`, `m`, `h` and `d`"
        case Mismatch.DURATION_SIZE:
            return "a duration is longer than nothing and at most 30 days"
        case Mismatch.FRACTION_OF_SECOND:
            return "a sticky time is a number of whole seconds"
        case Mismatch.COUNT:
            return f"a {first} is a number from {second} to {third}"
        case Mismatch.MIXED_FAMILIES:
            return "a range has ends of one family"
        case Mismatch.RANGE_SIZE:
            return f"it has {first} addresses; a statement takes at most {second}"
        case _:
            assert_never(reason)


def refusal_text(refusal: Refusal | str) -> str:
    """The reason why a file is not included."""
    match refusal:
        case str():
            return refusal
        case Circular(way):
            return "it would include itself: " + " includes ".join(f"`{name}`" for name in way)
        case IncludedAlready():
            return "it is included already, and would define everything twice"
        case IncludesTooDeep(most):
            return f"files include each other more than {most} deep"
        case TooManyFiles(most):
            return f"a script consists of at most {most} files"
        case Inadmissible.OUTSIDE:
            return "it leads out of the folder of the script"
        case Inadmissible.NO_SCRIPT:
            return "it is no script: none of its lines is a statement"
        case _:
            assert_never(refusal)


def refusal_help(refusal: Refusal | str) -> str | None:
    """The advice for a file that is not included."""
    match refusal:
        case Inadmissible.OUTSIDE:
            return "`--include-from DIR` allows the files of another folder, and `includeFrom` in the settings of an editor"
        case Inadmissible.NO_SCRIPT:
            return (
                "its lines are not shown here, as it may hold secrets; to see what is wrong in them, check it by itself"
            )
        case str() | Circular() | IncludedAlready() | IncludesTooDeep() | TooManyFiles():
            return None
        case _:
            assert_never(refusal)


def thing_given(fault: GivenTwice) -> str:
    """The thing that was given twice: "the IPv4 internal gateway", "the internal net 10.0.0.0/8"."""
    match fault.thing:
        case Thing.EXTERNAL_ADDRESS:
            family = f"IPv{fault.value.family} " if isinstance(fault.value, Address) else ""
            return f"the {family}{fault.thing.value}"
        case Thing.KEPT_NET:
            return f"the network {fault.value}, to which connections keep their source,"
        case (
            Thing.EXTERNAL_NET
            | Thing.NEXT_HOP
            | Thing.INTERNAL_NET
            | Thing.GATEWAY
            | Thing.FAILOVER_ADDRESS
            | Thing.WATCHED
        ):
            return f"the {fault.thing.value} {fault.value}"
        case Thing.EXTERNAL_INTERFACE | Thing.INTERNAL_INTERFACE | Thing.FAILOVER_DEVICE:
            return f"the {fault.thing.value} `{fault.value}`"
        case Thing.FAILOVER_LINK | Thing.PASSWORD | Thing.KEY:
            return f"the {fault.thing.value}"
        case _:
            assert_never(fault.thing)
