"""The probe method `imap`: the greeting of an IMAP server."""

from __future__ import annotations

from lbsh_lang.probes.base import Method, Option, OptionKind
from lbsh_lang.values import Protocol

METHOD = Method(
    name="imap",
    sentence="A server is up if it greets as an IMAP server does.",
    protocols=frozenset({Protocol.TCP}),
    argument=None,
    options={
        "tls": Option(OptionKind.SWITCH, "Whether the connection is encrypted from its first byte.", required=False),
    },
    usual_ports=frozenset({143}),
)
