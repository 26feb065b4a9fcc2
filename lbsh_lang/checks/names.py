"""Checks of names: missing, repeated and late definitions."""

from __future__ import annotations

from typing import get_args

from lbsh_lang.checks import applicability
from lbsh_lang.checks.base import (
    ERROR,
    WARNING,
    Finding,
    Findings,
    delete_line,
    label,
    near_help,
    other_place,
    replace,
    users_of,
)
from lbsh_lang.checks.scopes import FAULT, POOL
from lbsh_lang.checks.views import FaultContext, PoolContext
from lbsh_lang.checks.wording import thing_given
from lbsh_lang.codes import Code
from lbsh_lang.site.faults import DefinedTwice, GivenTwice, NotGiven, SecondPool, Thing, Undefined, UsedAbove
from lbsh_lang.site.pool_lives import PoolLife
from lbsh_lang.site.script import Found
from lbsh_lang.syntax import nodes
from lbsh_lang.syntax.terminals import NameKind


@FAULT.check(Code.LB101, ERROR, "undefined service", met_by=users_of(NameKind.SERVICE))
def undefined_service(found: Found[Undefined], context: FaultContext) -> Findings:
    """A statement names a service that the script does not define, or has removed before.

    Wrong:

        service LDAP is 62.103.127.157 tcp 389
        pool ldap_pool for LDPA
        add 192.168.1.2 to ldap_pool

    Right:

        service LDAP is 62.103.127.157 tcp 389
        pool ldap_pool for LDAP
        add 192.168.1.2 to ldap_pool
    """
    if not context.unread(found.at, found.fault.token.text):
        yield _undefined(found, context.near_service(found.fault.token.text))


@FAULT.check(Code.LB102, ERROR, "undefined pool", met_by=users_of(NameKind.POOL))
def undefined_pool(found: Found[Undefined], context: FaultContext) -> Findings:
    """A statement names a pool that the script does not define, or that was removed with its service before.

    Wrong:

        service LDAP is 62.103.127.157 tcp 389
        pool ldap_pool for LDAP
        add 192.168.1.2 to ldap_pool
        add 192.168.1.3 to ldap_pol

    Right:

        service LDAP is 62.103.127.157 tcp 389
        pool ldap_pool for LDAP
        add 192.168.1.2 to ldap_pool
        add 192.168.1.3 to ldap_pool
    """
    if not context.unread(found.at, found.fault.token.text):
        yield _undefined(found, context.near_pool(found.fault.token.text))


@FAULT.check(Code.LB103, ERROR, "used above its definition", met_by=users_of(NameKind.SERVICE, NameKind.POOL))
def used_above_definition(found: Found[UsedAbove], context: FaultContext) -> Findings:
    """A name is used above the line that defines it.

    Statements act in order, in a file as at the prompt: a service is defined above its pool, a pool above its servers.

    Wrong:

        pool ldap_pool for LDAP
        service LDAP is 62.103.127.157 tcp 389
        add 192.168.1.2 to ldap_pool

    Right:

        service LDAP is 62.103.127.157 tcp 389
        pool ldap_pool for LDAP
        add 192.168.1.2 to ldap_pool
    """
    kind = found.fault.entity.value
    message = f"the {kind} `{found.fault.token.text}` is used above its definition"
    helps = (f"statements act in order: define the {kind} first",)
    yield Finding(
        found.at, found.fault.token, message, other_place(found, found.fault.definition, "defined here"), helps
    )


@FAULT.check(Code.LB104, ERROR, "service defined twice", met_by=(nodes.ServiceStatement,))
def service_twice(found: Found[DefinedTwice], context: FaultContext) -> Findings:
    """A service is defined twice.

    A service has one definition, with all of its ports in one list. To change it further down, `remove` it first.

    Wrong:

        service WWW is 62.103.127.154 tcp 80
        service WWW is 62.103.127.154 tcp 443
        pool www_pool for WWW
        add 192.168.1.2 to www_pool

    Right:

        service WWW is 62.103.127.154 tcp 80,443
        pool www_pool for WWW
        add 192.168.1.2 to www_pool
    """
    message = f"the service `{found.fault.token.text}` is defined twice"
    yield Finding(found.at, found.fault.token, message, other_place(found, found.fault.first, "first defined here"))


@FAULT.check(Code.LB105, ERROR, "pool defined twice", met_by=(nodes.PoolStatement,))
def pool_twice(found: Found[DefinedTwice], context: FaultContext) -> Findings:
    """A pool is defined twice.

    A pool serves one service. Two services can share their servers: add these to a pool of each.

    Wrong:

        service SMTP is 62.103.127.154 tcp 25
        service LDAP is 62.103.127.157 tcp 389
        pool farm for SMTP
        pool farm for LDAP
        add 192.168.1.2 to farm

    Right:

        service SMTP is 62.103.127.154 tcp 25
        service LDAP is 62.103.127.157 tcp 389
        pool mx_farm for SMTP
        pool ldap_farm for LDAP
        add 192.168.1.2 to mx_farm
        add 192.168.1.2 to ldap_farm
    """
    message = f"the pool `{found.fault.token.text}` is defined twice"
    yield Finding(found.at, found.fault.token, message, other_place(found, found.fault.first, "first defined here"))


@FAULT.check(Code.LB106, ERROR, "the service has a pool already", met_by=(nodes.PoolStatement,))
def second_pool(found: Found[SecondPool], context: FaultContext) -> Findings:
    """A service gets a second pool.

    A service has one pool. Servers for when all others are down are `backup` members of it.

    Wrong:

        service WWW is 62.103.127.154 tcp 80
        pool www_pool for WWW
        pool spare_pool for WWW
        add 192.168.1.2 to www_pool

    Right:

        service WWW is 62.103.127.154 tcp 80
        pool www_pool for WWW
        add 192.168.1.2 to www_pool
        add 192.168.1.3 to www_pool backup
    """
    message = f"the service `{found.fault.token.text}` has a pool already"
    yield Finding(
        found.at, found.fault.token, message, other_place(found, found.fault.first, "its pool is defined here")
    )


@FAULT.check(Code.LB107, ERROR, "given twice", met_by=get_args(nodes.DeviceFact))
def given_twice(found: Found[GivenTwice], context: FaultContext) -> Findings:
    """A part of the device that exists once is given twice.

    There is one gateway for each internal net; an interface, or a net, is named once for each side. The parameters of an
    interface of both sides stand in one of its two statements. There is one external address for each address family and
    interface, and one for each exception behind `for`.

    Wrong:

        internal gw 192.168.1.254

    Right:

        internal gw fd00:1::1
        internal net fd00:1::/64
    """
    message = f"{thing_given(found.fault)} is given twice"
    fixes = (delete_line(found.at, "delete this line", applicability.of_repetition(found)),)
    yield Finding(
        found.at, found.fault.token, message, other_place(found, found.fault.first, "first given here"), fixes=fixes
    )


@FAULT.check(
    Code.LB112,
    ERROR,
    "nothing to take back",
    of_absence=True,
    met_by=(nodes.RemoveProbeStatement, *get_args(nodes.RemovePartStatement)),
)
def not_given(found: Found[NotGiven], context: FaultContext) -> Findings:
    """A statement takes something back that no statement above it gives.

    `remove` with a part of the device, or with `probe`, ends the statements that gave it, and these stand above.

    Wrong:

        remove internal net 192.168.77.0/24

    Right:

        internal net 192.168.77.0/24    # lbsh: allow LB316
        remove internal net 192.168.77.0/24
    """
    token, thing = found.fault.token, found.fault.thing
    if thing is None:
        message = f"the service `{token.text}` has no probe"
    elif thing in (Thing.FAILOVER_LINK, Thing.PASSWORD, Thing.KEY):
        message = f"no {thing.value} is given above"
    else:
        message = f"no {thing.value} {token.text} is given above"
    yield Finding(found.at, token, message)


@POOL.check(Code.LB108, WARNING, "a service and a pool share a name", met_by=(nodes.PoolStatement,))
def shared_name(life: PoolLife, context: PoolContext) -> Findings:
    """A service and a pool have the same name.

    Nothing is wrong with the rules, but `status NAME` could mean either.

    Wrong:

        service ldap is 62.103.127.157 tcp 389
        pool ldap for ldap
        add 192.168.1.2 to ldap

    Right:

        service LDAP is 62.103.127.157 tcp 389
        pool ldap for LDAP
        add 192.168.1.2 to ldap
    """
    name = life.node.name
    assert name is not None
    service = context.service_named(name.text)
    if service is not None:
        labels = (label(service.defined, service.node.name, "the service of that name"),)
        yield Finding(life.defined, name, f"a service and a pool share the name `{name.text}`", labels)


def _undefined(found: Found[Undefined], near: str | None) -> Finding:
    name, kind = found.fault.token.text, found.fault.entity.value
    fixes = (replace(found.at, found.fault.token, near),) if near else ()
    labels = other_place(found, None, "removed here")
    return Finding(found.at, found.fault.token, f"undefined {kind} `{name}`", labels, near_help(kind, near), fixes)
