"""The probe method `syn`: half a connection, which the server's kernel answers and no program of it sees."""

from __future__ import annotations

from lbsh_lang.probes.base import Method
from lbsh_lang.values import Protocol

METHOD = Method(
    name="syn",
    sentence="A server is up if it answers the first packet of a connection; none is opened.",
    protocols=frozenset({Protocol.TCP}),
    argument=None,
    options={},
    connects_only=True,
)
