"""Signature help: lines with a cursor, the forms that they may become, and the part at the cursor."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lbsh_lang.analysis.completion.signature import signature
from lbsh_lang.analysis.prose.blocks import plain_of
from lbsh_lang.source import Position
from lbsh_lang.syntax import nodes
from lbsh_lang.syntax.nodes import FORM_OF
from tests.analysis.marked import view_of
from tests.test_properties import TEXTS

SERVICE = FORM_OF[nodes.ServiceStatement].usage[0]
POOL = FORM_OF[nodes.PoolStatement].usage[0]
ADD = FORM_OF[nodes.AddStatement].usage[0]
PROBE = FORM_OF[nodes.ProbeStatement].usage[0]

ADDR = {
    "external addr IP [on IFNAME] [for TARGET|POOL[, TARGET|POOL…]]": "addr",
    "external addr of IFNAME [for TARGET|POOL[, TARGET|POOL…]]": "addr",
}
GW = {"external gw IP [on IFNAME]": "gw"}
PARTS = {usage: usage.split()[1] for form in nodes.ALL_FORMS if form.head.startswith("remove ") for usage in form.usage}
"""What else `remove` takes back, with the word that says so."""

FORMS = {
    "|": {},
    "serv|": {},
    "nonsense |": {},
    "status # x |": {},
    "service |": {SERVICE: "NAME"},
    "service | is 1.2.3.4": {SERVICE: "NAME"},
    "service A|": {SERVICE: "NAME"},
    "service A |": {SERVICE: "is"},
    "service A is |": {SERVICE: "IP"},
    "service A as 1.2|": {SERVICE: "IP"},
    "service A is 1.2.3.4 tcp 25, |": {SERVICE: "PORT"},
    "service A is 1.2.3.4 tcp 25 |": {SERVICE: "[sticky [DURATION] [prefix N]]"},
    "service A is 1.2.3.4 tcp 25 re|": {SERVICE: "[reflect]"},
    "service A is 1.2.3.4 tcp 25 sticky |": {SERVICE: "[sticky [DURATION] [prefix N]]"},
    "service A is 1.2.3.4 tcp 25 sticky 1h |": {SERVICE: "[reflect]"},
    "resume 1.2.3.4 in p |": {"resume TARGET[, TARGET…] [port PORT] in POOL": None},
    "drain 1.2.3.4 from p |": {
        "drain TARGET[, TARGET…] [port PORT] from POOL [keep clients] [for DURATION] [because STRING]": "[for DURATION]"
    },
    "service A at |": {SERVICE: None},
    "pool p for A |": {POOL: "[port PORT[, PORT…]]"},
    "pool p for A balance |": {POOL: "[balance ALGORITHM]"},
    "pool p for A balance random |": {POOL: "[port PORT[, PORT…]]"},
    "add 1.2.3.4, |": {ADD: "TARGET[, TARGET…]"},
    "add 1.2.3.4 to p weight 3|": {ADD: "[weight N]"},
    "add 1.2.3.4 to p weight 3 |": {ADD: "[port PORT]"},
    "probe A with |": {PROBE: "METHOD"},
    "probe A with exec |": {PROBE: "METHOD"},
    "probe A with tcp |": {PROBE: "[port PORT]"},
    "probe A with tcp port 80 |": {PROBE: "[every DURATION]"},
    "probe A with icmp |": {PROBE: "[every DURATION]"},
    "probe A with icmp every 5s |": {PROBE: "[timeout DURATION]"},
    "probe A with nonsense |": {PROBE: "[OPTION VALUE]…"},
    "probe A with syn |": {PROBE: "[port PORT]"},
    'probe A with smtp | helo "x"': {PROBE: "[OPTION VALUE]…"},
    'probe A with smtp helo "x" |': {PROBE: "[OPTION VALUE]…"},
    "probe A with http |": {PROBE: "[OPTION VALUE]…"},
    'probe A with http get "/|"': {PROBE: "[OPTION VALUE]…"},
    'probe A with http get "/" every 3s rise |': {PROBE: "[rise N]"},
    'probe A with http get "/" port |': {PROBE: "[port PORT]"},
    "external |": {**ADDR, "external net CIDR [on IFNAME]": "net", **GW},
    "external | net": {"external net CIDR [on IFNAME]": "net", **ADDR, **GW},
    "external a|": ADDR,
    "interface |": {"interface external IFNAME [PARAMS]": "external", "interface internal IFNAME [PARAMS]": "internal"},
    "interface internal em1 mtu |": {"interface internal IFNAME [PARAMS]": "[PARAMS]"},
    "remove |": {
        "remove TARGET[, TARGET…] [port PORT] from POOL": "TARGET[, TARGET…]",
        **PARTS,
        "remove SERVICE": "SERVICE",
    },
    "remove A |": {"remove TARGET[, TARGET…] [port PORT] from POOL": "from", "remove SERVICE": None},
    "remove A, |": {"remove TARGET[, TARGET…] [port PORT] from POOL": "TARGET[, TARGET…]"},
    "remove | from p": {
        "remove TARGET[, TARGET…] [port PORT] from POOL": "TARGET[, TARGET…]",
        **PARTS,
        "remove SERVICE": "SERVICE",
    },
    "failover device gw1 at 10.0.0.1, |": {"failover device NAME [at IP[, IP…]] [skew N]": "[at IP[, IP…]]"},
    "failover password file |": {"failover password file STRING": "STRING"},
    'include "a|': {"include STRING": "STRING"},
    "status |": {"status [NAME | IP]": "[NAME | IP]"},
    "\ufeff\x0c\tadd\t|": {ADD: "TARGET[, TARGET…]"},
}
"""Each line with its forms, and the active part of each."""


@pytest.mark.parametrize(("line", "expected"), FORMS.items())
def test_forms(line: str, expected: dict[str, str | None]) -> None:
    found = signature(view_of(line.replace("|", "", 1)), Position(0, line.index("|")))
    shown = {}
    for one in found:
        part = one.parameters[one.active] if one.active is not None else None
        shown[one.label] = one.label[part.start : part.end] if part is not None else None
    assert list(shown.items()) == list(expected.items())


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("service A is |", "The address of one host, such as `192.168.1.2` or `fd00:1::2`."),
        ("service A is 1.2.3.4 tcp 25 |", "A client stays with one server until so long after its last connection"),
        ("service A is 1.2.3.4 tcp 25 sticky |", "How long a client is remembered"),
        ("probe A with http get |", "The path that is asked for."),
        ("probe A with exec |", "The command that is run for each server."),
        ("failover |", "One of the two devices of a highly available pair."),
    ],
)
def test_the_active_part_is_explained(line: str, expected: str) -> None:
    found = signature(view_of(line.replace("|", "", 1)), Position(0, line.index("|")))[0]
    assert found.active is not None
    assert plain_of(found.parameters[found.active].documentation).startswith(expected)


@given(TEXTS, st.integers(-1, 14), st.integers(-1, 40))
@settings(max_examples=400)
def test_any_place_of_any_text(text: str, line: int, column: int) -> None:
    for one in signature(view_of(text), Position(line, column)):
        ends = [0, *(place for part in one.parameters for place in (part.start, part.end)), len(one.label)]
        assert ends == sorted(ends)
        assert one.active is None or 0 <= one.active < len(one.parameters)
        assert all(plain_of(part.documentation) for part in one.parameters)
