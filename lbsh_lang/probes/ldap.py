"""The probe method `ldap`: a search in a directory."""

from __future__ import annotations

from lbsh_lang.probes.base import Method, Option, OptionKind
from lbsh_lang.values import Protocol

METHOD = Method(
    name="ldap",
    sentence="A server is up if it answers a search in the directory.",
    protocols=frozenset({Protocol.TCP}),
    argument=None,
    options={
        "base": Option(OptionKind.TEXT, "Where in the directory the search begins.", required=False),
        "filter": Option(OptionKind.TEXT, "What is searched for.", required=False),
    },
)
