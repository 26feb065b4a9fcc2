"""Checks of services: missing pools, statements without effect, probes."""

from __future__ import annotations

from typing import assert_never, get_args

from lbsh_lang.checks import applicability
from lbsh_lang.checks.base import ERROR, WARNING, Finding, Findings, delete_line, label, other_place, replace
from lbsh_lang.checks.scopes import FAULT, SERVICE
from lbsh_lang.checks.views import FaultContext, ServiceContext
from lbsh_lang.checks.wording import quotable
from lbsh_lang.codes import Code
from lbsh_lang.site.faults import NoClients, NoEffect, SecondProbe
from lbsh_lang.site.script import Found
from lbsh_lang.site.services import ServiceLife
from lbsh_lang.syntax import nodes
from lbsh_lang.syntax.faults import (
    BadOptionValue,
    IntervalTooShort,
    MissingArgument,
    MissingOption,
    NoArgument,
    NoPort,
    TimeoutTooLong,
    UnknownOption,
)
from lbsh_lang.syntax.methods import METHODS
from lbsh_lang.syntax.statement import Node, Stated
from lbsh_lang.values import PROTOCOLS_OF_HELPER, Protocol


@SERVICE.check(
    Code.LB319,
    ERROR,
    "helper that does not fit the protocol",
    met_by=(nodes.ServiceStatement, nodes.SetServiceStatement),
)
def unfit_helper(life: ServiceLife, context: ServiceContext) -> Findings:
    """A service has a helper for sessions by another protocol.

    Sessions of FTP are connections by TCP, those of TFTP are packets by UDP; SIP uses both.

    Wrong:

        service FILES is 62.103.127.154 tcp+udp 21 helper ftp
        pool files_pool for FILES
        add 192.168.1.2 to files_pool

    Right:

        service FILES is 62.103.127.154 tcp 21 helper ftp
        pool files_pool for FILES
        add 192.168.1.2 to files_pool
    """
    protocol = life.node.protocol
    for stated in life.statements_of("helper"):
        helper = stated.node.helper
        if helper is None or helper.value is None or protocol is None or protocol.value is None:
            continue
        fitting = PROTOCOLS_OF_HELPER[helper.value]
        if not set(protocol.value) <= set(fitting):
            words = " or ".join(one.value for one in fitting)
            labels = (label(life.defined, protocol, "the service's protocol"),)
            yield Finding(stated, helper, f"`{helper.text}` follows sessions by {words} only", labels)


@SERVICE.check(Code.LB311, WARNING, "service without a pool", of_absence=True, met_by=(nodes.ServiceStatement,))
def service_without_pool(life: ServiceLife, context: ServiceContext) -> Findings:
    """A service has no pool, so no server serves it.

    No rules are made for it: connections to its address reach the device itself.

    Wrong:

        service SMTP is 62.103.127.154 tcp 25

    Right:

        service SMTP is 62.103.127.154 tcp 25
        pool mx_pool for SMTP
        add 192.168.1.2 to mx_pool
    """
    name = life.node.name
    if life.pool is None and name is not None and not context.missed(nodes.PoolStatement, name.value):
        helps = (f"define one below: `pool {name.text.lower()}_pool for {name.text}`",)
        yield Finding(life.defined, name, f"the service `{name.text}` has no pool", help=helps)


_GIVING = tuple(node for node in get_args(nodes.DeviceFact) if node not in get_args(nodes.RemovePartStatement))
"""The statements about the device that others can take back."""


@FAULT.check(
    Code.LB316,
    WARNING,
    "statement without effect",
    of_absence=True,
    idle=True,
    met_by=(
        nodes.ServiceStatement,
        nodes.ProbeStatement,
        *_GIVING,
        nodes.AddStatement,
        nodes.SetStatement,
        nodes.SetServiceStatement,
        nodes.DrainStatement,
        nodes.DrainEverywhereStatement,
        nodes.ResumeStatement,
        nodes.ResumeEverywhereStatement,
        nodes.DownStatement,
        nodes.DownEverywhereStatement,
        nodes.UpStatement,
        nodes.UpEverywhereStatement,
    ),
)
def without_effect(found: Found[NoEffect], context: FaultContext) -> Findings:
    """A statement has no effect: a later one undoes it, or it asks for the present state.

    At the prompt that is daily work; in a file the pair of statements is dead weight that misleads readers.

    Wrong:

        service SMTP is 62.103.127.154 tcp 25
        pool mx_pool for SMTP
        add 192.168.1.2 to mx_pool
        add 192.168.1.3 to mx_pool
        remove 192.168.1.3 from mx_pool

    Right:

        service SMTP is 62.103.127.154 tcp 25
        pool mx_pool for SMTP
        add 192.168.1.2 to mx_pool
    """
    text = found.fault.token.text
    if isinstance(found.at.node, nodes.SetStatement | nodes.SetServiceStatement) and context.faults_at(found.at):
        return  # what it would set is not known
    match found.at.node:
        case nodes.ServiceStatement():
            message, other = f"the service `{text}` is removed again", "removed here"
        case nodes.AddStatement():
            message, other = "what this statement adds is removed again", "removed here"
        case nodes.DrainStatement() | nodes.DrainEverywhereStatement():
            message, other = _drained_in_vain(text, found)
        case nodes.SetStatement() | nodes.SetServiceStatement():
            message, other = _set_in_vain(found)
        case nodes.ResumeStatement() | nodes.ResumeEverywhereStatement():
            message, other = f"{text} is not drained", ""
        case nodes.DownStatement() | nodes.DownEverywhereStatement():
            message, other = _down_in_vain(text, found)
        case nodes.UpStatement() | nodes.UpEverywhereStatement():
            message, other = f"{text} is not down by hand", ""
        case node if isinstance(node, nodes.DeviceFact | nodes.ProbeStatement):
            message, other = "what this statement gives is taken back again", "taken back here"
        case node:
            raise AssertionError(node)  # folds find it in no other statements
    labels = other_place(found, None, other)
    token = None if isinstance(found.at.node, nodes.AddStatement) else found.fault.token
    alone = not isinstance(found.at.node, nodes.WishFact | nodes.ReleaseFact) or len(found.at.node.targets) == 1
    fixes = () if found.other or not alone else (delete_line(found.at, "delete this line"),)
    yield Finding(found.at, token, message, labels, fixes=fixes)


@FAULT.part_of(without_effect, (nodes.DrainStatement, nodes.DrainEverywhereStatement))
def keeps_nobody(found: Found[NoClients], context: FaultContext) -> Findings:
    """A `keep clients` without stickiness: a part of LB316, whose page stands above."""
    message = "`keep clients` has no effect: no service of these servers is sticky, so no client is remembered"
    yield Finding(found.at, found.fault.token, message)


def _set_in_vain(found: Found[NoEffect]) -> tuple[str, str]:
    """The message and the words of the label for a `set` without effect."""
    if found.other is not None and found.other.rank > found.at.rank:
        return f"a later `set` replaces {found.fault.what}", "replaced here"
    return f"{found.fault.what} is so already", "stated here"


def _drained_in_vain(text: str, found: Found[NoEffect]) -> tuple[str, str]:
    """The message and the words of the label for a `drain` without effect."""
    if found.other is not None and isinstance(found.other.node, nodes.ResumeFact):
        return f"{text} is resumed again", "resumed here"
    if found.other is not None and found.other.rank > found.at.rank:
        return f"{text} is drained anew, in another way", "drained anew here"
    return f"{text} is drained already", "drained here"


def _down_in_vain(text: str, found: Found[NoEffect]) -> tuple[str, str]:
    """The message and the words of the label for a `down` without effect."""
    if found.other is not None and isinstance(found.other.node, nodes.UpFact):
        return f"the `down` of {text} is taken back again", "taken back here"
    if found.other is not None and found.other.rank > found.at.rank:
        return f"{text} is down anew, for another reason", "down anew here"
    return f"{text} is down by hand already", "down here"


@SERVICE.check(Code.LB501, WARNING, "udp service without a probe", of_absence=True, met_by=(nodes.ServiceStatement,))
def udp_without_probe(life: ServiceLife, context: ServiceContext) -> Findings:
    """A udp service has no `probe` statement, so its servers are never found down.

    A tcp service without one is probed by connecting to its port. A udp server only answers in the service's own
    protocol: name a method such as `dns` or `radius`, or `icmp` or `exec`.

    Wrong:

        service DNS is 62.103.127.155 udp 53
        pool dns_pool for DNS
        add 192.168.1.2 to dns_pool

    Right:

        service DNS is 62.103.127.155 udp 53
        pool dns_pool for DNS
        add 192.168.1.2 to dns_pool
        probe DNS with dns query "ourdomain.tld"
    """
    protocol = life.node.protocol
    name = life.node.name
    if protocol is None or protocol.value != (Protocol.UDP,) or life.probe is not None or name is None:
        return
    if context.missed(nodes.ProbeStatement, name.value):
        return
    message = f"the udp service `{name.text}` has no probe: it is never found down"
    yield Finding(life.defined, protocol, message)


@FAULT.check(Code.LB502, ERROR, "wrong or missing option of a probe method", met_by=(nodes.ProbeStatement,))
def probe_option(
    found: Found[NoArgument | NoPort | MissingArgument | UnknownOption | BadOptionValue | MissingOption],
    context: FaultContext,
) -> Findings:
    """A probe has an option that its method does not have, or lacks one that the method needs.

    The language reference lists the options of each method. `every`, `timeout`, `rise` and `fall` fit all of them, and
    `port` all but `icmp`, which asks the machine itself.

    Wrong:

        service WWW is 62.103.127.154 tcp 80
        pool www_pool for WWW
        add 192.168.1.2 to www_pool
        probe WWW with http helo "mx"

    Right:

        service WWW is 62.103.127.154 tcp 80
        pool www_pool for WWW
        add 192.168.1.2 to www_pool
        probe WWW with http get "/" host "www.ourdomain.tld"
    """
    at, fault = found.at, found.fault
    match fault:
        case NoArgument(token=token, method=method):
            yield Finding(at, token, f"the method `{method}` takes no text of its own")
        case NoPort(token=token, method=method):
            yield Finding(at, token, f"the method `{method}` asks no port of a server")
        case MissingArgument(token=token, method=method, argument=argument):
            yield Finding(at, token, f"the method `{method}` needs {argument} in quotes behind it")
        case UnknownOption(token=token, method=method, known=known, instead=instead):
            names = ", ".join(f"`{name}`" for name in known)
            message = f"the method `{method}` has no option `{quotable(token.text)}`; its options are {names}"
            yield _mended(at, token, message, instead, context)
        case BadOptionValue(token=token, option=option, takes=takes, instead=instead):
            yield _mended(at, token, f"the option `{option}` takes {takes}", instead, context)
        case MissingOption(token=token, method=method, option=option):
            yield Finding(at, token, f"the method `{method}` needs the option `{option}`")
        case _:
            assert_never(fault)


def _mended(
    at: Stated[Node], token: nodes.Token[object], message: str, instead: str | None, context: FaultContext
) -> Finding:
    if not instead:
        return Finding(at, token, message)
    fix = replace(at, token, instead, None, applicability.of_word(at, token, instead, context))
    return Finding(at, token, message, help=(f"`{instead}` may be meant",), fixes=(fix,))


@FAULT.check(Code.LB503, ERROR, "timeout not shorter than the interval", met_by=(nodes.ProbeStatement,))
def timeout_too_long(found: Found[TimeoutTooLong | IntervalTooShort], context: FaultContext) -> Findings:
    """A probe's timeout is not shorter than the interval between probes.

    A probe that may still be waiting when the next one starts would count twice, or not at all. Without `timeout` a probe
    has one second, without `every` there are three between two probes.

    Wrong:

        service SMTP is 62.103.127.154 tcp 25
        pool mx_pool for SMTP
        add 192.168.1.2 to mx_pool
        probe SMTP with smtp every 3s timeout 5s

    Right:

        service SMTP is 62.103.127.154 tcp 25
        pool mx_pool for SMTP
        add 192.168.1.2 to mx_pool
        probe SMTP with smtp every 10s timeout 5s
    """
    fault, token = found.fault, found.fault.token
    if isinstance(fault, IntervalTooShort):
        message = "the interval is not longer than the timeout, which is `1s` unless given"
        yield Finding(found.at, token, message, fixes=(replace(found.at, token, fault.instead),))
        return
    interval = f"`{fault.interval.text}`" if fault.interval else "of `3s` that holds unless given"
    labels = (label(found.at, fault.interval, "the interval"),) if fault.interval else ()
    yield Finding(found.at, token, f"the timeout `{token.text}` is not shorter than the interval {interval}", labels)


@SERVICE.check(Code.LB504, ERROR, "probe method that does not fit the protocol", met_by=(nodes.ProbeStatement,))
def method_unfit(life: ServiceLife, context: ServiceContext) -> Findings:
    """A probe method does not fit the protocol of its service.

    A method uses one transport protocol; an answer over another one proves nothing about the service, unless it comes from
    a port that is there for the purpose: with `port`, any method over TCP can stand for a udp service.

    Wrong:

        service DNS is 62.103.127.155 udp 53
        pool dns_pool for DNS
        add 192.168.1.2 to dns_pool
        probe DNS with http get "/"

    Right:

        service DNS is 62.103.127.155 udp 53
        pool dns_pool for DNS
        add 192.168.1.2 to dns_pool
        probe DNS with dns query "ourdomain.tld"
    """
    if life.probe is None or life.node.protocol is None or life.node.protocol.value is None:
        return
    node = life.probe.node
    method = METHODS.get(node.method.text) if node.method else None
    if method is None or method.fits(life.node.protocol.value, port_given=node.port is not None):
        return
    message = f"the method `{method.name}` cannot probe a {life.node.protocol.text} service"
    labels = (label(life.defined, life.node.protocol, "the service's protocol"),)
    fitting = [other.name for other in METHODS.values() if other.fits(life.node.protocol.value, port_given=False)]
    helps = [f"methods that can: {', '.join(fitting)}"]
    if method.fits(life.node.protocol.value, port_given=True):
        helps.append("where the servers answer on a port for the purpose, give it with `port`")
    yield Finding(life.probe, node.method, message, labels, tuple(helps))


@FAULT.check(Code.LB505, ERROR, "the service has a probe already", met_by=(nodes.ProbeStatement,))
def second_probe(found: Found[SecondProbe], context: FaultContext) -> Findings:
    """A service gets a second probe.

    A service is probed in one way, on each of its servers.

    Wrong:

        service SMTP is 62.103.127.154 tcp 25
        pool mx_pool for SMTP
        add 192.168.1.2 to mx_pool
        probe SMTP with smtp
        probe SMTP with smtp

    Right:

        service SMTP is 62.103.127.154 tcp 25
        pool mx_pool for SMTP
        add 192.168.1.2 to mx_pool
        probe SMTP with smtp
    """
    message = f"the service `{found.fault.token.text}` has a probe already"
    yield Finding(found.at, found.fault.token, message, other_place(found, found.fault.first, "its probe is here"))
