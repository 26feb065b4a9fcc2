"""The probe method `smtp`: a greeting in SMTP."""

from __future__ import annotations

from lbsh_lang.probes.base import Method, Option, OptionKind
from lbsh_lang.values import Protocol

METHOD = Method(
    name="smtp",
    sentence="A server is up if it greets and answers as a mail server does.",
    protocols=frozenset({Protocol.TCP}),
    argument=None,
    options={
        "helo": Option(OptionKind.TEXT, "The name by which the prober greets.", required=False),
    },
)
