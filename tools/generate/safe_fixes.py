"""Faulty lines that can be read in one way only, and what `lbsh check --fix` makes of them.

The pages of codes quote them for codes with a safe fix, but none in their own example; `tests/test_fixes.py` tries them.
"""

from __future__ import annotations

from lbsh_lang.check import check_resolved
from lbsh_lang.diagnostics import Diagnostic
from lbsh_lang.site.resolve import Resolution
from lbsh_lang.site.script import read_script
from lbsh_lang.source import Source

DEVICE = "interface external em0\ninterface internal em1\ninternal net 10.0.0.0/8\ninternal gw 10.0.0.254\n"
SERVICE = "service S is 203.0.113.1 tcp 25\npool p for S\nadd 10.0.0.9 to p\n"
"""The lines above a faulty line."""

SAFE = {
    "include farm.lb": 'include "farm.lb"',
    "failover password file /k": 'failover password file "/k"',
    "probe S with http get /a host b": 'probe S with http get "/a" host "b"',
    "probe S with http get /a EVERY 9s": 'probe S with http get "/a" every 9s',
    "Drain 10.0.0.9 FROM p": "drain 10.0.0.9 from p",
    "service T is 203.0.113.2 TCP SMTP": "service T is 203.0.113.2 tcp smtp",
    "service T is 203.0.113.2 udp+tcp 80": "service T is 203.0.113.2 tcp+udp 80",
    "service T is 203.0.113.2 UDP/tcp 80": "service T is 203.0.113.2 tcp+udp 80",
    "service T is 203.0.113.2 tcp 443,90-80": "service T is 203.0.113.2 tcp 443,80-90",
    "pool q for S balance Random": "pool q for S balance random",
    "probe S with SMTP": "probe S with smtp",
    "internal net 10.9.0.1/24": "internal net 10.9.0.0/24",
    "internal net fd00::1/64": "internal net fd00::/64",
    "add 10.0.0.5-10.0.0.2 to p": "add 10.0.0.2-10.0.0.5 to p",
    "add\N{NO-BREAK SPACE}10.0.0.2 to\N{ZERO WIDTH SPACE} p": "add 10.0.0.2 to p",
    "add 10.0.0.2 to p backup weight 2 backup": "add 10.0.0.2 to p backup weight 2",
    "add 10.0.0.2 to p weight 2 weight 2  # x": "add 10.0.0.2 to p weight 2  # x",
    "service T is 203.0.113.2 tcp 80 sticky 5m reflect sticky 5m": "service T is 203.0.113.2 tcp 80 sticky 5m reflect",
    "add 10.0.0.2 to p  # lbsh: allow LB316": "add 10.0.0.2 to p",
    "add 10.0.0.2 to p  # why # lbsh: allow LB316, LB101": "add 10.0.0.2 to p  # why",
    "add 10.0.0.2 to p  # lbsh: allow LB316: it leaves": "add 10.0.0.2 to p  # it leaves",
    "service T is 203.0.113.2 udp 80 # lbsh: allow LB501,LB312, LB311": (
        "service T is 203.0.113.2 udp 80 # lbsh: allow LB501, LB311"
    ),
}
"""Lines that have one reading, with the lines that the safe fixes make of them."""


def findings(text: str) -> tuple[Diagnostic, ...]:
    """The findings in a script."""
    return check_resolved(Resolution(read_script(Source.of("site.lb", text)))).diagnostics
