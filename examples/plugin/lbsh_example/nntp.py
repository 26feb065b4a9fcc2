"""The probe method `nntp`: a greeting in NNTP."""

from __future__ import annotations

from lbsh_lang.probes.base import Method, Option, OptionKind
from lbsh_lang.values import Protocol

METHOD = Method(
    name="nntp",
    sentence="A server is up if it greets as a news server does.",
    protocols=frozenset({Protocol.TCP}),
    argument=None,
    options={
        "tls": Option(OptionKind.SWITCH, "Whether the connection is encrypted from its first byte.", required=True),
        "capability": Option(OptionKind.TEXT, "What the server must say that it can do.", required=False),
    },
)
