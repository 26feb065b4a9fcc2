"""Checks of single lines: syntax and values. The parser finds these faults; the checks put them into words."""

from __future__ import annotations

from collections.abc import Collection
from functools import lru_cache
from typing import TypedDict, assert_never

from lbsh_lang.checks import addresses, applicability, pools
from lbsh_lang.checks.base import ANY_LINE, ERROR, WARNING, Finding, Findings, other_place, replace
from lbsh_lang.checks.filters import why_nobody
from lbsh_lang.checks.scopes import FAULT
from lbsh_lang.checks.views import FaultContext
from lbsh_lang.checks.wording import (
    character_name,
    expected,
    problem_text,
    quotable,
    refusal_help,
    refusal_text,
    stray,
    with_article,
)
from lbsh_lang.codes import Code
from lbsh_lang.diagnostics import Fix
from lbsh_lang.site.faults import FindingsEnded, NoMeaning, Unreadable
from lbsh_lang.site.script import Found
from lbsh_lang.syntax import nodes
from lbsh_lang.syntax.faults import UNREACHED, BadValue, Choice, Mismatch, ReadingEnded, RepeatedPort, TooManyAddresses
from lbsh_lang.syntax.lowering import ALGORITHM_ELSEWHERE, SWITCHES
from lbsh_lang.syntax.methods import METHODS
from lbsh_lang.syntax.nodes import FailoverKeyStatement, FailoverPasswordStatement, FailoverSyncStatement, Token
from lbsh_lang.syntax.statement import Node, Stated
from lbsh_lang.syntax.terminals import Terminal
from lbsh_lang.values import ALGORITHMS, HELPERS, PROTOCOLS
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
from oyster.words import Words, split_words

_OfLine = (
    LineTooLong
    | StrayCharacters
    | OpenText
    | Unexpected
    | BadValue
    | MoreFaults
    | ReadingEnded
    | FindingsEnded
    | NoMeaning
)


_MOST_PLUGINS = 5
"""The most plug-ins that a finding names."""


@FAULT.check(Code.LB001, ERROR, "unexpected word", met_by=ANY_LINE)
def unexpected_word(found: Found[_OfLine], context: FaultContext) -> Findings:
    """The line is not a statement: at the marked place something else must stand.

    lbsh reads one statement a line. The message names everything that may stand at the place; a statement is never
    continued on the next line, and texts such as file names stand in double quotes.

    Wrong:

        service LDAP is 62.103.127.157 tcp 389
        pool ldap_pool of LDAP
        add 192.168.1.2 to ldap_pool

    Right:

        service LDAP is 62.103.127.157 tcp 389
        pool ldap_pool for LDAP
        add 192.168.1.2 to ldap_pool
    """
    at, fault = found.at, found.fault
    match fault:
        case Unexpected():
            if not (_lacks_port(fault) and (_has_strange_protocol(at, context) or _has_port_in_address(at, context))):
                yield _unexpected(at, fault, context)
        case BadValue(token=token, problem=problem):
            message = _of_word(token, problem_text(problem))
            yield Finding(at, token, message, **_instead(at, token, problem.instead, context))
        case OpenText(token=token, instead=instead):
            message = _of_word(token, "the text has no closing quote")
            yield Finding(at, token, message, **_instead(at, token, instead, context))
        case StrayCharacters(token=token, instead=instead):
            fix = replace(at, token, instead, None, applicability.of_invisible(at, fault))
            yield Finding(at, token, stray(fault), fixes=(fix,))
        case LineTooLong(token=token, length=length, most=most):
            yield Finding(at, token, f"the line has {length} characters; a line has at most {most}")
        case MoreFaults(token=token, number=number):
            yield Finding(at, token, _of_word(token, f"{number} more faults are in this line"))
        case ReadingEnded(token=token, most=most):
            yield Finding(at, token, f"there are more than {most} faults; the rest is not read")
        case FindingsEnded(token=token, most=most):
            yield Finding(at, token, f"there are more than {most} findings; from here on they are left out")
        case NoMeaning(head=head, words=words):
            helps = ("the fault is the plug-in's: please tell its authors of this line",)
            yield Finding(at, None, f"the plug-in that adds `{head}` fails at this line: {quotable(words)}", help=helps)
        case _:
            assert_never(fault)


@FAULT.check(Code.LB002, ERROR, "reserved word as a name", met_by=ANY_LINE)
def reserved_name(found: Found[ReservedName], context: FaultContext) -> Findings:
    """A reserved word cannot be a name.

    Statement words such as `service`, `pool` or `to` are reserved, so that every line reads in one way only. Names are
    case-sensitive: `Service` is free. Protocols, algorithms and probe methods are not reserved: `pool ldap` is fine.

    Wrong:

        service status is 62.103.127.154 tcp 25
        pool mx_pool for status
        add 192.168.1.2 to mx_pool

    Right:

        service STATUS is 62.103.127.154 tcp 25
        pool mx_pool for STATUS
        add 192.168.1.2 to mx_pool
    """
    word = found.fault.token.text
    yield Finding(
        found.at,
        found.fault.token,
        f"`{word}` is a statement word and cannot be {context.language.phrase(found.fault.terminal)}",
        help=(f"names are case-sensitive: `{word.upper()}` is free",),
    )


@FAULT.check(Code.LB003, ERROR, "unknown statement", met_by=ANY_LINE)
def unknown_statement(found: Found[UnknownStatement], context: FaultContext) -> Findings:
    """The line starts with a word that starts no statement.

    Statement words are written in lower case; the message lists them where no similar one exists. A plug-in may add
    statements. A script that needs one says so in a comment, `# lbsh: needs NAME`: where the plug-in is missing, the message
    names it.

    Wrong:

        servce SMTP is 62.103.127.154 tcp 25
        pool mx_pool for SMTP
        add 192.168.1.2 to mx_pool

    Right:

        service SMTP is 62.103.127.154 tcp 25
        pool mx_pool for SMTP
        add 192.168.1.2 to mx_pool
    """
    fault = found.fault
    message = f"`{quotable(fault.token.text)}` starts no statement"
    plugins = _plugin_helps(fault.token, _in_order(context.needed()))
    if fault.instead is None and plugins:
        yield Finding(found.at, fault.token, message, help=plugins)
        return
    if fault.instead is None:
        heads = ", ".join(dict.fromkeys(f"`{form.head.split()[0]}`" for form in context.language.forms))
        yield Finding(found.at, fault.token, message, help=(f"statements start with {heads}",))
        return
    helps = (f"a statement with a similar name exists: `{fault.instead}`", *plugins)
    fix = replace(found.at, fault.token, fault.instead, None, applicability.of_choice(fault.token, fault.instead))
    yield Finding(found.at, fault.token, message, help=helps, fixes=(fix,))


@FAULT.check(Code.LB004, ERROR, "unreadable file", met_by=(nodes.IncludeStatement,))
def unreadable_file(found: Found[Unreadable], context: FaultContext) -> Findings:
    """A file cannot be included: it is missing, is no script, includes itself, or lies outside of the script's folder.

    An included path is relative to the file that includes it. A script may include regular files of the folder that holds
    its first file, and of the folders in that one; a link counts by where it leads. `--include-from DIR` allows another
    folder, and in an editor the setting `includeFrom`.

    A file with faults in which no line is a statement is no script. Its lines are not shown, since it may hold secrets. A
    file that would include itself, directly or through others, has no meaning; a script consists of at most 1,000 files.

    Wrong:

        include "frm.lb"

    Right:

        include "farm.lb"
    """
    fault = found.fault
    message = f"cannot include {fault.token.text}: {refusal_text(fault.reason)}"
    advice = refusal_help(fault.reason)
    yield Finding(found.at, fault.token, message, help=(advice,) if advice is not None else ())


@FAULT.check(Code.LB005, WARNING, "text that shows other than it is", met_by=ANY_LINE)
def misleading_text(found: Found[Misleading], context: FaultContext) -> Findings:
    """A comment or a text in quotes has a character by which a display may show something else than the script holds.

    Control characters move the cursor or colour a terminal, line separators look like the end of the line, and marks of
    writing direction let letters stand in another order: a reviewer reads a script that is not the one which lbsh reads. The
    example has such a mark, which cannot be seen, behind the word `ready`. lbsh prints the sign U+FFFD for each of these
    characters.

    Wrong:

        service SMTP is 62.103.127.154 tcp 25  # ready\u200e
        pool mx_pool for SMTP
        add 192.168.1.2 to mx_pool

    Right:

        service SMTP is 62.103.127.154 tcp 25  # ready
        pool mx_pool for SMTP
        add 192.168.1.2 to mx_pool
    """
    token, more = found.fault
    others = f"; this line has {more} more such character{'s' * (more > 1)}" if more else ""
    message = f"{character_name(token.text)} can make this line show other than it is{others}"
    yield Finding(found.at, token, message, fixes=(replace(found.at, token, "", "delete the character"),))


@FAULT.check(
    Code.LB109,
    ERROR,
    "option given twice",
    met_by=(
        nodes.ServiceStatement,
        nodes.PoolStatement,
        nodes.AddStatement,
        nodes.SetStatement,
        nodes.SetServiceStatement,
        nodes.ProbeStatement,
        nodes.FailoverDeviceStatement,
        nodes.ExternalAddrStatement,
        nodes.ExternalGwStatement,
        nodes.ExternalNetStatement,
        nodes.InternalNetStatement,
    ),
)
def option_twice(found: Found[RepeatedOption], context: FaultContext) -> Findings:
    """An option stands twice in one statement.

    Options may stand in any order, each at most once; with two values it would not be clear which one holds.

    Wrong:

        service WWW is 62.103.127.154 tcp 80 sticky 10m sticky 1h
        pool www_pool for WWW
        add 192.168.1.2 to www_pool

    Right:

        service WWW is 62.103.127.154 tcp 80 sticky 1h
        pool www_pool for WWW
        add 192.168.1.2 to www_pool
    """
    first, again = found.fault.first, found.fault.token
    absent = _absent(found)
    what, other = "given twice", "given first here"
    if (first in absent) != (again in absent):
        what, other = "given and taken away", "taken away here" if first in absent else "given here"
    elif again in absent:
        what, other = "taken away twice", "taken away first here"
    message = f"the option `{again.text}` is {what}"
    fixes = () if absent else _second_of_two(found, context.language.automaton.keywords)
    yield Finding(found.at, again, message, other_place(found, first, other), fixes=fixes)


def _absent(found: Found[RepeatedOption]) -> list[nodes.Token[object]]:
    """The names of options that a statement takes away, of the two that are the same."""
    node = found.at.node
    words = node.absent if isinstance(node, nodes.SetStatement | nodes.SetServiceStatement) else ()
    return [token for token in (found.fault.first, found.fault.token) if token in words]


@FAULT.check(
    Code.LB201,
    ERROR,
    "bad IP address",
    met_by=(
        nodes.ExternalAddrStatement,
        nodes.ExternalGwStatement,
        nodes.KeepSourceStatement,
        nodes.InternalGwStatement,
        nodes.ServiceStatement,
        nodes.AddStatement,
        nodes.RemoveStatement,
        nodes.DrainStatement,
        nodes.ResumeStatement,
        nodes.DownStatement,
        nodes.UpStatement,
        nodes.SetStatement,
        nodes.FailoverDeviceStatement,
        nodes.FailoverWatchStatement,
    ),
)
def bad_address(found: Found[BadValue], context: FaultContext) -> Findings:
    """A word is not the IP address that must stand there.

    IPv4 addresses are four numbers from 0 to 255 without leading zeros (which some systems read as octal), IPv6
    addresses are written as RFC 4291 says. The address must be one that a host can have: no loopback, multicast or
    broadcast address, and none that is known on one link only.

    Wrong:

        service SMTP is 62.103.127.354 tcp 25
        pool mx_pool for SMTP
        add 192.168.1.2 to mx_pool

    Right:

        service SMTP is 62.103.127.154 tcp 25
        pool mx_pool for SMTP
        add 192.168.1.2 to mx_pool
    """
    token, problem = found.fault
    if isinstance(found.at.node, nodes.SetStatement) and found.at.node.pool is None:
        return  # the line ends before it says whether this is a server or a service
    if problem.reason is Mismatch.PORT_IN_ADDRESS:
        yield addresses.port_behind(found.at, found.fault)
    elif problem.reason is Mismatch.ADDRESS_FORM:
        yield addresses.no_address(found.at, found.fault)
    elif problem.reason in UNREACHED:
        yield Finding(found.at, token, f"`{quotable(token.text)}` cannot stand here: {problem_text(problem)}")
    else:
        yield _not_a(found.at, found.fault, "an IP address")


@FAULT.check(
    Code.LB202,
    ERROR,
    "bad network",
    met_by=(
        nodes.ExternalAddrStatement,
        nodes.ExternalNetStatement,
        nodes.InternalNetStatement,
        nodes.KeepSourceStatement,
        nodes.AddStatement,
        nodes.RemoveStatement,
    ),
)
def bad_network(found: Found[BadValue], context: FaultContext) -> Findings:
    """A word is not the network that must stand there.

    A network is written as its first address, a slash, and the prefix length: at most 32 for IPv4, 128 for IPv6.

    Wrong:

        internal net 10.0.0.0/33

    Right:

        internal net 10.0.0.0/24
    """
    yield _not_a(found.at, found.fault, "a network")


@FAULT.check(
    Code.LB203,
    ERROR,
    "network with host bits set",
    met_by=(
        nodes.ExternalAddrStatement,
        nodes.ExternalNetStatement,
        nodes.InternalNetStatement,
        nodes.KeepSourceStatement,
        nodes.AddStatement,
        nodes.RemoveStatement,
    ),
)
def host_bits(found: Found[BadValue], context: FaultContext) -> Findings:
    """A network has bits set behind its prefix, so it is an address in a network rather than the network.

    `192.168.1.1/24` may be meant as the network of that host or as a mistyped address; packet filters differ in what
    they make of it.

    Wrong:

        internal net 10.0.0.1/24

    Right:

        internal net 10.0.0.0/24
    """
    token, problem = found.fault
    fixes: tuple[Fix, ...] = ()
    if problem.instead is not None:
        fixes = (replace(found.at, token, problem.instead, None, applicability.of_network(found)),)
    message = f"`{token.text}` has host bits set"
    yield Finding(found.at, token, message, help=(problem_text(problem),), fixes=fixes)


@FAULT.check(
    Code.LB204,
    ERROR,
    "bad port",
    met_by=(
        nodes.ServiceStatement,
        nodes.PoolStatement,
        nodes.AddStatement,
        nodes.RemoveStatement,
        nodes.ProbeStatement,
        nodes.DrainStatement,
        nodes.DrainEverywhereStatement,
        nodes.ResumeStatement,
        nodes.ResumeEverywhereStatement,
        nodes.DownStatement,
        nodes.DownEverywhereStatement,
        nodes.UpStatement,
        nodes.UpEverywhereStatement,
        nodes.SetStatement,
    ),
)
def bad_port(found: Found[BadValue | RepeatedPort], context: FaultContext) -> Findings:
    """A word is not the port that must stand there.

    A port is a number from 1 to 65535 or a name of the IANA registry; a service may also have a range (`30000-30100`) or
    a list (`80,443`) in which no port stands twice.

    Wrong:

        service SMTP is 62.103.127.154 tcp 70000
        pool mx_pool for SMTP
        add 192.168.1.2 to mx_pool

    Right:

        service SMTP is 62.103.127.154 tcp smtp
        pool mx_pool for SMTP
        add 192.168.1.2 to mx_pool
    """
    fault = found.fault
    if isinstance(fault, BadValue):
        if not _has_strange_protocol(found.at, context):
            yield _not_a(found.at, fault, "a port")
        return
    message = f"the port `{fault.token.text}` is in the list already"
    yield Finding(found.at, fault.token, message, other_place(found, fault.first, "first here"))


@FAULT.check(
    Code.LB205,
    ERROR,
    "unknown protocol, algorithm, probe method, helper or option",
    met_by=(
        nodes.ServiceStatement,
        nodes.PoolStatement,
        nodes.SetStatement,
        nodes.SetServiceStatement,
        nodes.ProbeStatement,
    ),
)
def unknown_choice(found: Found[BadValue], context: FaultContext) -> Findings:
    """A protocol, an algorithm, a probe method, a helper, or an option to take away has a name that lbsh does not know.

    Plug-ins add probe methods. If a plug-in's method cannot be used, the message says why.

    Wrong:

        service SMTP is 62.103.127.154 tpc 25
        pool mx_pool for SMTP
        add 192.168.1.2 to mx_pool

    Right:

        service SMTP is 62.103.127.154 tcp 25
        pool mx_pool for SMTP
        add 192.168.1.2 to mx_pool
    """
    token, problem = found.fault
    what, instead = problem.reason, problem.instead
    if not isinstance(what, Choice):
        yield Finding(found.at, token, f"`{quotable(token.text)}`: {problem_text(problem)}")
        return
    known = ", ".join(f"`{name}`" for name in _known(what))
    near: tuple[str, ...] = (f"{with_article(what.value)} with a similar name exists: `{instead}`",) if instead else ()
    if token.text in ALGORITHM_ELSEWHERE:
        near = (f"here this is called `{instead}`",)
    reason = why_nobody(ALGORITHMS[instead]) if what is Choice.ALGORITHM and instead else None
    near += (f"no supported packet filter has it: {reason}",) if reason is not None else ()
    fixes: tuple[Fix, ...] = ()
    if instead:
        fixes = (replace(found.at, token, instead, None, applicability.of_choice(token, instead)),)
    message = f"`{quotable(token.text)}` is not {with_article(what.value)}"
    yield Finding(found.at, token, message, help=near or (f"known are {known}",), fixes=fixes)


@FAULT.check(
    Code.LB206,
    ERROR,
    "bad duration, weight, skew or count",
    met_by=(
        nodes.ServiceStatement,
        nodes.AddStatement,
        nodes.SetStatement,
        nodes.SetServiceStatement,
        nodes.ProbeStatement,
        nodes.FailoverDeviceStatement,
    ),
)
def bad_quantity(found: Found[BadValue], context: FaultContext) -> Findings:
    """A duration, a weight, a skew or a count is malformed or out of its bounds.

    A duration is a number with its unit: `500ms`, `3s`, `2m`, `1h`, `1d`; a bare number would leave its unit open. A
    weight is a number from 1 to 256, a skew one from 0 to 254.

    Wrong:

        service WWW is 62.103.127.154 tcp 80 sticky 600
        pool www_pool for WWW
        add 192.168.1.2 to www_pool

    Right:

        service WWW is 62.103.127.154 tcp 80 sticky 600s
        pool www_pool for WWW
        add 192.168.1.2 to www_pool
    """
    token, problem = found.fault
    message = f"`{quotable(token.text)}`: {problem_text(problem)}"
    fixes = (replace(found.at, token, problem.instead),) if problem.instead else ()
    helps = (f"`{problem.instead}` may be meant",) if problem.instead else ()
    if token.text == "0" and isinstance(found.at.node, nodes.AddStatement | nodes.SetStatement):
        helps = ("a server that is to get no new connections is drained: `drain IP from POOL`",)
    yield Finding(found.at, token, message, help=helps, fixes=fixes)


@FAULT.check(
    Code.LB208,
    ERROR,
    "bad range of addresses",
    met_by=(nodes.ExternalAddrStatement, nodes.AddStatement, nodes.RemoveStatement),
)
def bad_range(found: Found[BadValue | TooManyAddresses], context: FaultContext) -> Findings:
    """A range of addresses is upside down, or a statement has more than 1,024 addresses.

    The bound keeps a mistyped prefix length from filling a packet filter with a million servers.

    Wrong:

        service SMTP is 62.103.127.154 tcp 25
        pool mx_pool for SMTP
        add 192.168.1.9-192.168.1.2 to mx_pool

    Right:

        service SMTP is 62.103.127.154 tcp 25
        pool mx_pool for SMTP
        add 192.168.1.2-192.168.1.9 to mx_pool
    """
    fault, token = found.fault, found.fault.token
    fixes: tuple[Fix, ...] = ()
    if isinstance(fault, TooManyAddresses):
        reason = f"the statement has {fault.number} addresses; it takes at most {fault.most}"
    else:
        reason = problem_text(fault.problem)
        if fault.problem.instead:
            title = "turn the range round"
            fixes = (replace(found.at, token, fault.problem.instead, title, applicability.of_range(token)),)
    yield Finding(found.at, token, f"`{quotable(token.text)}`: {reason}", fixes=fixes)


@FAULT.part_of(pools.family_differs, (nodes.AddStatement, nodes.RemoveStatement))
def range_family(found: Found[BadValue], context: FaultContext) -> Findings:
    """The ranges whose ends differ in family: a part of LB207, whose page stands at the servers' check."""
    token, problem = found.fault
    yield Finding(found.at, token, f"`{quotable(token.text)}`: {problem_text(problem)}")


def _known(choice: Choice) -> tuple[str, ...]:
    """The words of a closed set."""
    match choice:
        case Choice.PROTOCOL:
            return tuple(PROTOCOLS)
        case Choice.ALGORITHM:
            return tuple(ALGORITHMS)
        case Choice.METHOD:
            return tuple(METHODS)
        case Choice.HELPER:
            return tuple(HELPERS)
        case Choice.SWITCH:
            return tuple(SWITCHES)
        case Choice.SERVICE_OPTION:
            return tuple(nodes.SERVICE_OPTION_OF)
        case Choice.SERVER_OPTION:
            return nodes.SERVER_ABSENCES
        case _:
            assert_never(choice)


def _plugin_helps(token: Token[object], names: tuple[str, ...]) -> tuple[str, ...]:
    """The plug-ins that a word may need, of very many the first ones."""
    word = quotable(token.text)
    helps = [
        f"`{word}` may be a statement of the plug-in `{name}`, which is not installed" for name in names[:_MOST_PLUGINS]
    ]
    if len(names) > _MOST_PLUGINS:
        helps.append(f"{len(names) - _MOST_PLUGINS} more plug-ins that the script names are not installed")
    return tuple(helps)


@lru_cache(maxsize=16)
def _in_order(names: frozenset[str]) -> tuple[str, ...]:
    """The names in alphabetical order, sorted once for all lines that may need them."""
    return tuple(sorted(names))


class _Mending(TypedDict):
    """The help and the fixes of a finding, by the word that should stand in its place."""

    help: tuple[str, ...]
    fixes: tuple[Fix, ...]


def _instead(at: Stated[Node], token: Token[object], instead: str | None, context: FaultContext) -> _Mending:
    if instead is None:
        return {"help": (), "fixes": ()}
    fix = replace(at, token, instead, None, applicability.of_word(at, token, instead, context))
    return {"help": (f"`{quotable(instead)}` may be meant",), "fixes": (fix,)}


def _lacks_port(fault: Unexpected) -> bool:
    """Whether a line ends where a port must stand."""
    return not fault.token.text and fault.expected == (Terminal.PORT.name,)


def _has_strange_protocol(at: Stated[Node], context: FaultContext) -> bool:
    """Whether a line names a protocol that is unlike those of services: whether it has ports is a question for later."""
    faults = [fault for fault in context.faults_at(at) if isinstance(fault, BadValue)]
    return any(one.problem.reason is Choice.PROTOCOL and one.problem.instead is None for one in faults)


def _has_port_in_address(at: Stated[Node], context: FaultContext) -> bool:
    faults = [fault for fault in context.faults_at(at) if isinstance(fault, BadValue)]
    return any(one.problem.reason is Mismatch.PORT_IN_ADDRESS for one in faults)


def _of_word(token: Token[object], reason: str) -> str:
    text = quotable(token.text)
    return f"`{text}`: {reason}" if text and token.text.isprintable() else reason


def _unexpected(at: Stated[Node], fault: Unexpected, context: FaultContext) -> Finding:
    text, wanted = quotable(fault.token.text), f"expected {expected(context.language, fault.expected)}"
    message = f"unexpected `{text}`: {wanted}" if text else f"the line ends too early: {wanted}"
    if text == "-":
        advice = "a range is written without blanks, as in `192.168.1.2-192.168.1.5` or `8000-8010`"
        return Finding(at, fault.token, message, help=(advice,))
    if isinstance(at.node, FailoverSyncStatement) and text == "peer":
        advice = "each device states its own address on the link: `failover device NAME at IP`"
        return Finding(at, fault.token, message, help=(advice,))
    if isinstance(at.node, FailoverPasswordStatement | FailoverKeyStatement) and text and fault.expected == ("FILE",):
        advice = "a secret never stands in the script: put it into a file and name that file"
        return Finding(at, fault.token, message, help=(advice,))
    return Finding(at, fault.token, message, **_instead(at, fault.token, fault.instead, context))


def _not_a(at: Stated[Node], fault: BadValue, what: str) -> Finding:
    token, problem = fault
    fixes: tuple[Fix, ...] = ()
    helps: tuple[str, ...] = ()
    if problem.instead is not None:
        fixes = (replace(at, token, problem.instead, None, applicability.of_ports(token, problem.instead)),)
        helps = (f"`{problem.instead}` may be meant",)
    message = f"`{quotable(token.text)}` is not {what}: {problem_text(problem)}"
    return Finding(at, token, message, help=helps, fixes=fixes)


def _second_of_two(found: Found[RepeatedOption], keywords: Collection[str]) -> tuple[Fix, ...]:
    """A fix that deletes an option that repeats the first one word by word."""
    line = found.at.source.lines[found.at.line]
    words = split_words(line)
    first, again = (_option(words, token, keywords) for token in (found.fault.first, found.fault.token))
    if words.texts[first] != words.texts[again]:
        return ()
    start, end = (words.starts[last] + len(words.texts[last]) for last in (again.start - 1, again.stop - 1))
    second = Token(line[start:end], start, None)
    return (replace(found.at, second, "", "delete the second", applicability.SAFE),)


def _option(words: Words, token: Token[object], keywords: Collection[str]) -> slice:
    """The words of an option: its own, and those behind it up to the next keyword."""
    start = words.starts.index(token.start)
    stop = next(
        (index for index in range(start + 1, len(words.texts)) if words.texts[index] in keywords), len(words.texts)
    )
    return slice(start, stop)
