"""The methods of probes by name: what a script says, made ready once for all servers of a service.

`tcp`, `syn`, `icmp` and `exec` have no conversation, and stand elsewhere.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Mapping
from functools import partial
from typing import cast

from lbsh.poller.conversation import Conversation, Method, Transport
from lbsh.poller.probes.files import read_secret
from lbsh_lang.probes.filters import FilterError, parse_filter
from lbsh_lang.reported import ReportedError
from lbsh_lang.site.model import Probe
from lbsh_lang.values import Protocol

_PORT = re.compile(r":[0-9]+\Z")


class MethodError(ReportedError):
    """A probe cannot be carried out here; the text says why, and what to do."""


def method_of(probe: Probe, protocols: Collection[Protocol] = ()) -> Method:
    """The method of a probe, for a service of these protocols. Raises `MethodError`."""
    make = METHODS.get(probe.method) or partial(_made_by_plug_in, probe.method)
    try:
        return make(dict(probe.options), frozenset(protocols))
    except ModuleNotFoundError as error:
        library = LIBRARIES.get((error.name or "").partition(".")[0])
        if library is None:
            raise
        reason = f"the probe method `{probe.method}` needs the library {library}, which is not installed"
        raise MethodError(f"{reason}: pip install 'lbsh[poller]'") from error


def _made_by_plug_in(name: str, options: Options, protocols: frozenset[Protocol]) -> Method:
    """The method that a plug-in makes. Raises `MethodError`."""
    from importlib.metadata import entry_points  # noqa: PLC0415 -- only plug-ins pay for the import

    found = [*entry_points(group=GROUP, name=name)]
    if len(found) != 1:
        reason = "more than one plug-in knows" if found else "no plug-in says"
        raise MethodError(f"{reason} how to carry out the probe method `{name}` (entry points of `{GROUP}`)")
    try:
        return cast(Maker, found[0].load())(options, protocols)
    except ReportedError:
        raise
    except Exception as error:  # a plug-in may raise anything
        reason = " ".join(str(error).split()) or type(error).__name__
        raise MethodError(f"the plug-in for the probe method `{name}` cannot be used: {reason}") from error


GROUP = "lbsh.conversations"
"""The entry points of plug-ins that carry out methods of theirs: the name of a method, and its `Maker`."""

LIBRARIES = {"dns": "dnspython", "pyrad": "pyrad"}
"""The names of libraries by those of their modules."""

Options = Mapping[str, str]
Maker = Callable[[Options, frozenset[Protocol]], Method]


def _http(options: Options, protocols: frozenset[Protocol], usual_port: int = 80) -> Method:
    from lbsh.poller.probes.http import DEFAULT_EXPECTED, Wanted, http_method  # noqa: PLC0415 -- only methods in use

    first, _, last = options.get("expect", "{}-{}".format(*DEFAULT_EXPECTED)).partition("-")
    wanted = Wanted(int(first), int(last or first), options.get("match", "").encode())
    return http_method(options.get("get", "/"), options.get("host"), wanted, usual_port)


def _https(options: Options, protocols: frozenset[Protocol]) -> Method:
    from lbsh.poller.tls import TlsMethod, context_of  # noqa: PLC0415

    context = context_of(options.get("verify") == "on", options.get("ca"))
    host = options.get("host")
    name = options.get("name") or (host and _PORT.sub("", host).strip("[]"))
    return TlsMethod(_http(options, protocols, usual_port=443), context, name or None)


def _smtp(options: Options, protocols: frozenset[Protocol]) -> Method:
    from lbsh.poller.probes import smtp  # noqa: PLC0415

    ehlo = smtp.greeting_turn(options.get("helo", smtp.DEFAULT_HELO))
    if options.get("starttls") != "on":
        return smtp.SmtpMethod((smtp.GREETING, ehlo))
    from lbsh.poller.tls import TlsConversation, context_of  # noqa: PLC0415

    context = context_of(verify=False, ca=None)

    def upgrade() -> Conversation:
        return TlsConversation(smtp.SmtpConversation((ehlo,)), context, None)

    return smtp.SmtpMethod((smtp.GREETING, ehlo, smtp.START), upgrade)


def _imap(options: Options, protocols: frozenset[Protocol]) -> Method:
    from lbsh.poller.probes.greeting import IMAP, GreetingMethod  # noqa: PLC0415

    return GreetingMethod(IMAP)


def _pop3(options: Options, protocols: frozenset[Protocol]) -> Method:
    from lbsh.poller.probes.greeting import POP3, GreetingMethod  # noqa: PLC0415

    return GreetingMethod(POP3)


def _ldap(options: Options, protocols: frozenset[Protocol]) -> Method:
    from lbsh.poller.probes.ldap import LdapMethod, bind_request, search_request  # noqa: PLC0415
    from lbsh.poller.probes.ldap_filter import encode_filter  # noqa: PLC0415

    if "base" not in options and "filter" not in options:
        return LdapMethod(bind_request(), b"")
    try:
        wanted = encode_filter(parse_filter(options.get("filter", "(objectClass=*)")))
    except FilterError as error:
        raise MethodError(f"the filter of the probe method `ldap` cannot be read: {error}") from error
    scope = 2 if "filter" in options else 0
    return LdapMethod(bind_request(), search_request(options.get("base", ""), scope, wanted))


def _dns(options: Options, protocols: frozenset[Protocol]) -> Method:
    from lbsh.poller.probes.dns import DnsMethod  # noqa: PLC0415
    from lbsh.poller.probes.dns_messages import question_for  # noqa: PLC0415 -- it needs dnspython

    transport = Transport.TCP if protocols == {Protocol.TCP} else Transport.UDP
    question = question_for(options["query"], options.get("type", "A"))
    return DnsMethod(question, options.get("expect", "NOERROR"), transport)


def _radius(options: Options, protocols: frozenset[Protocol]) -> Method:
    from lbsh.poller.probes.radius import RadiusMethod  # noqa: PLC0415 -- it needs pyrad

    user = options["user"].encode() if "user" in options else None
    password = read_secret(options["password"]) if "password" in options else None
    if (user is not None and not 1 <= len(user) <= 253) or (password is not None and len(password) > 128):
        raise MethodError("a user's name has 1 to 253 bytes in RADIUS, a password at most 128")
    return RadiusMethod(read_secret(options["secret"]), user, password if user is not None else None)


def _perhaps_over_tls(make: Maker, options: Options, protocols: frozenset[Protocol]) -> Method:
    """A method with the option `tls`; any certificate will do."""
    inside = make(options, protocols)
    if options.get("tls") != "on":
        return inside
    from lbsh.poller.tls import TlsMethod, context_of  # noqa: PLC0415

    return TlsMethod(inside, context_of(verify=False, ca=None), None)


METHODS: Mapping[str, Maker] = {
    "http": _http,
    "https": _https,
    "smtp": partial(_perhaps_over_tls, _smtp),
    "imap": partial(_perhaps_over_tls, _imap),
    "pop3": partial(_perhaps_over_tls, _pop3),
    "ldap": partial(_perhaps_over_tls, _ldap),
    "dns": _dns,
    "radius": _radius,
}
"""What makes a method of the options of a probe."""
