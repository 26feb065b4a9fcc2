"""The probe method `tcp`: a connection is opened, and nothing sent."""

from __future__ import annotations

from lbsh_lang.probes.base import Method
from lbsh_lang.values import Protocol

METHOD = Method(
    name="tcp",
    sentence="A server is up if it takes a connection.",
    protocols=frozenset({Protocol.TCP}),
    argument=None,
    options={},
    connects_only=True,
)
