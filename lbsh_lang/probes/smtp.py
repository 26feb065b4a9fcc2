"""The probe method `smtp`: a greeting in SMTP, and the way to an encrypted connection."""

from __future__ import annotations

from lbsh_lang.probes.base import Method, Option, OptionKind
from lbsh_lang.values import Protocol

METHOD = Method(
    name="smtp",
    sentence="A server is up if it greets and answers as a mail server does.",
    protocols=frozenset({Protocol.TCP}),
    argument=None,
    options={
        "helo": Option(OptionKind.HOST, "The name by which the prober greets.", required=False),
        "starttls": Option(OptionKind.SWITCH, "Whether the server must go over to TLS when asked.", required=False),
        "tls": Option(OptionKind.SWITCH, "Whether the connection is encrypted from its first byte.", required=False),
    },
    usual_ports=frozenset({25, 587}),
)
