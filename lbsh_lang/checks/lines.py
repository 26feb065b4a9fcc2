"""Checks of single lines: syntax and values. The parser finds these faults; here they are put into words."""

from __future__ import annotations

from lbsh_lang.checks import applicability
from lbsh_lang.checks.base import Context, Finding, Findings, other_place, replace
from lbsh_lang.diagnostics import Fix
from lbsh_lang.site.script import Found
from lbsh_lang.syntax.forms import FORMS
from lbsh_lang.syntax.grammar import keywords
from lbsh_lang.syntax.methods import METHODS
from lbsh_lang.syntax.nodes import FailoverPasswordStatement, Token
from lbsh_lang.values import ALGORITHMS, PROTOCOLS
from oyster.words import Words, split_words

_LONGEST_QUOTE = 80


def unexpected_word(found: Found, context: Context) -> Findings:
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
    fault = found.fault
    text = _quotable(fault.token.text)
    instead = fault.instead
    if not fault.reason.startswith("expected "):
        message = f"`{text}`: {fault.reason}" if text and fault.token.text.isprintable() else fault.reason
    elif text:
        message = f"unexpected `{text}`: {fault.reason}"
    else:
        message = f"the line ends too early: {fault.reason}"
    if text == "-":
        advice = "a range is written without blanks, as in `192.168.1.2-192.168.1.5` or `8000-8010`"
        yield Finding(found.at, fault.token, message, help=(advice,))
    elif isinstance(found.at.node, FailoverPasswordStatement) and text and fault.reason == "expected `file`":
        advice = "a secret never stands in the script: put it into a file and name that file"
        yield Finding(found.at, fault.token, message, help=(advice,))
    elif instead is not None:
        helps = (f"`{_quotable(instead)}` may be meant",) if instead.strip() else ()
        fix = replace(found.at, fault.token, instead, None, applicability.of_word(found, context))
        yield Finding(found.at, fault.token, message, help=helps, fixes=(fix,))
    else:
        yield Finding(found.at, fault.token, message)


def reserved_name(found: Found, context: Context) -> Findings:
    """A word that statements are made of cannot be a name.

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
        f"`{word}` is a statement word and cannot be {found.fault.reason}",
        help=(f"names are case-sensitive: `{word.upper()}` is free",),
    )


def unknown_statement(found: Found, context: Context) -> Findings:
    """The line starts with a word that starts no statement.

    Statement words are written in lower case; the message lists them where no similar one exists.

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
    message = f"`{_quotable(fault.token.text)}` starts no statement"
    if fault.instead is None:
        heads = ", ".join(dict.fromkeys(f"`{form.head.split()[0]}`" for form in FORMS))
        yield Finding(found.at, fault.token, message, help=(f"statements start with {heads}",))
        return
    helps = (f"a statement with a similar name exists: `{fault.instead}`",)
    fix = replace(found.at, fault.token, fault.instead, None, applicability.of_choice(fault))
    yield Finding(found.at, fault.token, message, help=helps, fixes=(fix,))


def unreadable_file(found: Found, context: Context) -> Findings:
    """A file cannot be read: it is missing, is no UTF-8 text, or includes itself.

    An included path is relative to the file that includes it. A file that would include itself, directly or through
    others, has no meaning; a script consists of at most 1,000 files.

    Wrong:

        include "frm.lb"

    Right:

        include "farm.lb"
    """
    yield Finding(found.at, found.fault.token, f"cannot include {found.fault.token.text}: {found.fault.reason}")


def option_twice(found: Found, context: Context) -> Findings:
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
    yield Finding(
        found.at,
        found.fault.token,
        f"the option `{found.fault.reason}` is given twice",
        other_place(found, "given first here"),
        fixes=_second_of_two(found),
    )


def bad_address(found: Found, context: Context) -> Findings:
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
    yield _not_a(found, "an IP address")


def bad_network(found: Found, context: Context) -> Findings:
    """A word is not the network that must stand there.

    A network is written as its first address, a slash, and the prefix length: at most 32 for IPv4, 128 for IPv6.

    Wrong:

        internal net 10.0.0.0/33

    Right:

        internal net 10.0.0.0/24
    """
    yield _not_a(found, "a network")


def host_bits(found: Found, context: Context) -> Findings:
    """A network has bits set behind its prefix, so it is an address in a network rather than the network.

    `192.168.1.1/24` may be meant as the network of that host or as a mistyped address; packet filters differ in what
    they make of it.

    Wrong:

        internal net 10.0.0.1/24

    Right:

        internal net 10.0.0.0/24
    """
    fault = found.fault
    assert fault.instead is not None
    yield Finding(
        found.at,
        fault.token,
        f"`{fault.token.text}` has host bits set",
        help=(fault.reason,),
        fixes=(replace(found.at, fault.token, fault.instead, None, applicability.of_network(found)),),
    )


def bad_port(found: Found, context: Context) -> Findings:
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
    if found.fault.other is None:
        yield _not_a(found, "a port")
        return
    message = f"the port `{found.fault.token.text}` {found.fault.reason}"
    yield Finding(found.at, found.fault.token, message, other_place(found, "first here"))


def unknown_choice(found: Found, context: Context) -> Findings:
    """A protocol, an algorithm or a probe method has a name that lbsh does not know.

    Wrong:

        service SMTP is 62.103.127.154 tpc 25
        pool mx_pool for SMTP
        add 192.168.1.2 to mx_pool

    Right:

        service SMTP is 62.103.127.154 tcp 25
        pool mx_pool for SMTP
        add 192.168.1.2 to mx_pool
    """
    fault = found.fault
    kind = fault.reason
    known = ", ".join(f"`{name}`" for name in _CHOICES[kind])
    near = (f"{_article(kind)} with a similar name exists: `{fault.instead}`",) if fault.instead else ()
    fixes: tuple[Fix, ...] = ()
    if fault.instead:
        fixes = (replace(found.at, fault.token, fault.instead, None, applicability.of_choice(fault)),)
    message = f"`{_quotable(fault.token.text)}` is not {_article(kind)}"
    yield Finding(found.at, fault.token, message, help=near or (f"known are {known}",), fixes=fixes)


def bad_quantity(found: Found, context: Context) -> Findings:
    """A duration, a weight, a skew or a count is not what it must be.

    A duration is a number with its unit: `500ms`, `3s`, `2m`, `1h`, `1d`; a bare number would leave open what it counts.
    A weight is a number from 1 to 256, a skew one from 0 to 254.

    Wrong:

        service WWW is 62.103.127.154 tcp 80 sticky 600
        pool www_pool for WWW
        add 192.168.1.2 to www_pool

    Right:

        service WWW is 62.103.127.154 tcp 80 sticky 600s
        pool www_pool for WWW
        add 192.168.1.2 to www_pool
    """
    fault = found.fault
    message = f"`{_quotable(fault.token.text)}`: {fault.reason}"
    fixes = (replace(found.at, fault.token, fault.instead),) if fault.instead else ()
    helps = (f"`{fault.instead}` may be meant",) if fault.instead else ()
    yield Finding(found.at, fault.token, message, help=helps, fixes=fixes)


def bad_range(found: Found, context: Context) -> Findings:
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
    fault = found.fault
    fixes: tuple[Fix, ...] = ()
    if fault.instead:
        title = "turn the range round"
        fixes = (replace(found.at, fault.token, fault.instead, title, applicability.of_range(fault)),)
    yield Finding(found.at, fault.token, f"`{_quotable(fault.token.text)}`: {fault.reason}", fixes=fixes)


def range_family(found: Found, context: Context) -> Findings:
    """The ranges whose ends differ in family: a part of LB207, whose page stands at the servers' check."""
    yield Finding(found.at, found.fault.token, f"`{_quotable(found.fault.token.text)}`: {found.fault.reason}")


_CHOICES = {"protocol": tuple(PROTOCOLS), "algorithm": tuple(ALGORITHMS), "probe method": tuple(METHODS)}


def _not_a(found: Found, what: str) -> Finding:
    fault = found.fault
    fixes: tuple[Fix, ...] = ()
    helps: tuple[str, ...] = ()
    if fault.instead is not None:
        fixes = (replace(found.at, fault.token, fault.instead, None, applicability.of_ports(fault)),)
        helps = (f"`{fault.instead}` may be meant",)
    message = f"`{_quotable(fault.token.text)}` is not {what}: {fault.reason}"
    return Finding(found.at, fault.token, message, help=helps, fixes=fixes)


def _second_of_two(found: Found) -> tuple[Fix, ...]:
    """A fix that deletes an option that says once more, word by word, what the first one says."""
    line = found.at.source.lines[found.at.line]
    words = split_words(line)
    first, again = (_option(words, token) for token in (found.fault.other, found.fault.token))
    if words.texts[first] != words.texts[again]:
        return ()
    start, end = (words.starts[last] + len(words.texts[last]) for last in (again.start - 1, again.stop - 1))
    second = Token(line[start:end], start, None)
    return (replace(found.at, second, "", "delete the second", applicability.SAFE),)


def _option(words: Words, token: Token[object] | None) -> slice:
    """The words of an option: its own, and those behind it up to the next keyword."""
    assert token is not None
    start = words.starts.index(token.start)
    stop = next(
        (index for index in range(start + 1, len(words.texts)) if words.texts[index] in keywords()), len(words.texts)
    )
    return slice(start, stop)


def _quotable(text: str) -> str:
    """A word as a message shows it: on one line, at a bounded length."""
    shown = "".join(character if character.isprintable() else "\N{REPLACEMENT CHARACTER}" for character in text)
    return shown if len(shown) <= _LONGEST_QUOTE else shown[: _LONGEST_QUOTE - 1] + "…"


def _article(noun: str) -> str:
    return f"an {noun}" if noun[0] in "aeiou" else f"a {noun}"
