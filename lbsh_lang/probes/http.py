"""The probe method `http`: a request by HTTP."""

from __future__ import annotations

from lbsh_lang.probes.base import Method, Option, OptionKind
from lbsh_lang.values import Protocol

HTTP_OPTIONS = {
    "get": Option(OptionKind.PATH, "The path that is asked for.", required=False),
    "host": Option(OptionKind.SITE, "The name of the site that is asked for it.", required=False),
    "expect": Option(OptionKind.STATUSES, "The status, or the range of them, that is a good answer.", required=False),
    "match": Option(
        OptionKind.TEXT, "What must be found in the body of the answer, in its first 32 KiB.", required=False
    ),
}
"""The options of a request by HTTP and its answer, encrypted or not."""

METHOD = Method(
    name="http",
    sentence="A server is up if it answers a request by HTTP.",
    protocols=frozenset({Protocol.TCP}),
    argument=None,
    options=HTTP_OPTIONS,
    usual_ports=frozenset({80, 8000, 8080}),
)
