"""The probe method `radius`: a user's request for access."""

from __future__ import annotations

from lbsh_lang.probes.base import Method, Option, OptionKind
from lbsh_lang.values import Protocol

METHOD = Method(
    name="radius",
    sentence="A server is up if it answers a user's request for access.",
    protocols=frozenset({Protocol.UDP}),
    argument=None,
    options={
        "user": Option(OptionKind.TEXT, "The user's name.", required=True),
        "secret": Option(OptionKind.FILE, "The file with the secret that prober and server share.", required=True),
    },
)
