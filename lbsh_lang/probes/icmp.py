"""The probe method `icmp`: an echo request."""

from __future__ import annotations

from lbsh_lang.probes.base import Method
from lbsh_lang.values import Protocol

METHOD = Method(
    name="icmp",
    sentence="A server is up if it answers an echo request.",
    protocols=frozenset(Protocol),
    argument=None,
    options={},
    has_port=False,
)
