"""The probe method `radius`: a question for the server's status, or a user's request for access."""

from __future__ import annotations

from lbsh_lang.probes.base import Library, Method, Option, OptionKind
from lbsh_lang.values import Protocol

METHOD = Method(
    name="radius",
    sentence="A server is up if it answers a question for its status, or a user's request for access.",
    protocols=frozenset({Protocol.UDP}),
    argument=None,
    options={
        "user": Option(OptionKind.TEXT, "The name of a user who asks for access.", required=False),
        "password": Option(
            OptionKind.FILE, "The file with the user's password; access must be granted.", required=False
        ),
        "secret": Option(OptionKind.FILE, "The file with the secret that prober and server share.", required=True),
    },
    library=Library("pyrad", "pyrad"),
)
