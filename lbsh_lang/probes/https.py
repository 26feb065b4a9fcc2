"""The probe method `https`: a request by HTTP over TLS."""

from __future__ import annotations

from lbsh_lang.probes.base import Method, Option, OptionKind
from lbsh_lang.probes.http import HTTP_OPTIONS
from lbsh_lang.values import Protocol

METHOD = Method(
    name="https",
    sentence="A server is up if it answers a request by HTTP over TLS.",
    protocols=frozenset({Protocol.TCP}),
    argument=None,
    options={
        **HTTP_OPTIONS,
        "verify": Option(OptionKind.SWITCH, "Whether the server's certificate is checked.", required=False),
    },
)
