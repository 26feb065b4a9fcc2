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
        "verify": Option(OptionKind.SWITCH, "Whether a bad certificate takes the server out.", required=False),
        "ca": Option(OptionKind.FILE, "The file with the certificates that are trusted, in PEM.", required=False),
        "name": Option(OptionKind.HOST, "The name that the certificate must have.", required=False),
    },
    usual_ports=frozenset({443, 8443}),
)
