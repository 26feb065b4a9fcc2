"""The probe method `ldap`: a bind to a directory, and a search in it."""

from __future__ import annotations

from lbsh_lang.probes.base import Method, Option, OptionKind
from lbsh_lang.values import Protocol

METHOD = Method(
    name="ldap",
    sentence="A server is up if it lets an anonymous client bind, and finds an entry if there is a base or a filter.",
    protocols=frozenset({Protocol.TCP}),
    argument=None,
    options={
        "base": Option(
            OptionKind.TEXT, "The entry that must be there, or below which one is searched for.", required=False
        ),
        "filter": Option(OptionKind.FILTER, "What an entry must be like, the base or any below it.", required=False),
        "tls": Option(OptionKind.SWITCH, "Whether the connection is encrypted from its first byte.", required=False),
    },
    usual_ports=frozenset({389}),
)
