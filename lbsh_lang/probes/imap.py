"""The probe method `imap`: the greeting of an IMAP server."""

from __future__ import annotations

from lbsh_lang.probes.base import Method
from lbsh_lang.values import Protocol

METHOD = Method(
    name="imap",
    sentence="A server is up if it greets as an IMAP server does.",
    protocols=frozenset({Protocol.TCP}),
    argument=None,
    options={},
    usual_ports=frozenset({143}),
)
