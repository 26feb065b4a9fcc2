"""The probe method `dns`: a question for a name."""

from __future__ import annotations

from lbsh_lang.probes.base import Library, Method, Option, OptionKind
from lbsh_lang.values import Protocol

METHOD = Method(
    name="dns",
    sentence="A server is up if it answers a question for a name.",
    protocols=frozenset(Protocol),
    argument=None,
    options={
        "query": Option(OptionKind.DOMAIN, "The name that is asked for.", required=True),
        "type": Option(OptionKind.RECORD, "The type of record that is asked for.", required=False),
        "expect": Option(OptionKind.CODE, "The response code of a good answer.", required=False),
    },
    library=Library("dns", "dnspython"),
    usual_ports=frozenset({53}),
)
