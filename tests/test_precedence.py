"""The precedence of overlapping ports, compared with sets of single ports; and the findings about it."""

from __future__ import annotations

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from lbsh import app
from lbsh_lang.site.precedence import Listener, listeners, standings, without
from lbsh_lang.source import Source
from lbsh_lang.values import PROTOCOLS, PortRange, Protocol

Pairs = frozenset[tuple[Protocol, int]]

RANGES = st.tuples(st.integers(1, 12), st.integers(0, 4)).map(lambda pair: PortRange(pair[0], sum(pair)))
SETS = st.builds(
    Listener, st.sampled_from(list(PROTOCOLS.values())), st.lists(RANGES, min_size=1, max_size=3).map(tuple)
)


def pairs(*sets: Listener) -> Pairs:
    return frozenset(
        (protocol, number)
        for protocols, ports in sets
        for protocol in protocols
        for port in ports
        for number in range(port.first, port.last + 1)
    )


def clash(one: Pairs, other: Pairs) -> bool:
    return bool(one & other) and not (one < other or other < one)


def tcp(*ranges: tuple[int, int]) -> Listener:
    return Listener((Protocol.TCP,), tuple(PortRange(*ends) for ends in ranges))


@given(st.lists(SETS, max_size=6))
@example([tcp((5, 7)), tcp((1, 1), (4, 5)), tcp((1, 1), (5, 5))])  # inside the second, which clashes with the first
@example([tcp((1, 10), (20, 29)), tcp((2, 9), (19, 30)), tcp((3, 3), (25, 25))])  # inside two that clash
def test_precedence_is_that_of_sets(sets: list[Listener]) -> None:
    found, whole = standings(sets), [pairs(one) for one in sets]
    faulty = [one.clash is not None for one in found]
    assert any(faulty) == any(clash(one, other) for rank, one in enumerate(whole) for other in whole[:rank])
    for rank, standing in enumerate(found):
        if standing.clash is not None:
            assert clash(whole[rank], whole[standing.clash.other])
            assert (standing.clash.protocol, standing.clash.port) in whole[rank] & whole[standing.clash.other]
    if any(faulty):
        return
    for rank, standing in enumerate(found):
        around = [other for other, one in enumerate(whole) if whole[rank] < one]
        assert standing.outer == min(around, key=lambda other: len(whole[other]), default=None)
        inside = frozenset[tuple[Protocol, int]]().union(*(one for one in whole if one < whole[rank]))
        taken = listeners(standing.lost)
        assert pairs(*taken) == inside
        assert pairs(*without(sets[rank], taken)) == whole[rank] - inside
        assert standing.is_taken_whole == (inside == whole[rank])


DEVICE = "interface external em0\ninterface internal em1\ninternal net 10.0.0.0/24\n"

SHARING = {
    "the same": (["tcp 80", "tcp 80"], ["LB304 2 `B` and `A` share 203.0.113.1 tcp 80"]),
    "crossing lists": (["tcp 80,443", "tcp 443,8443"], ["LB304 2 `B` and `A` share 203.0.113.1 tcp 443"]),
    "crossing ranges": (["udp 1000-2000", "tcp+udp 1500-2500"], ["LB304 2 `B` and `A` share 203.0.113.1 udp 1500"]),
    "crossing protocols": (["tcp+udp 53", "tcp 53,54"], ["LB304 2 `B` and `A` share 203.0.113.1 tcp 53"]),
    "the later one is larger": (["tcp 80,81", "tcp 81-90"], ["LB304 2 `B` and `A` share 203.0.113.1 tcp 81"]),
    "apart": (["tcp 80", "udp 80"], []),
    "out of a list": (["tcp 80,443", "tcp 443"], ["LB320 2 `B` takes 443 from `A`"]),
    "out of a list, the smaller one first": (["tcp 443", "tcp 80,443"], ["LB320 1 `A` takes 443 from `B`"]),
    "one protocol of two": (["tcp+udp 53", "udp 53"], ["LB320 2 `B` takes 53 from `A`"]),
    "out of a range": (["tcp 30000-30100", "tcp 30050"], []),
    "a range out of a list": (["tcp 80,81,82", "tcp 81-82"], ["LB320 2 `B` takes 81 from `A`"]),
    "inside each other": (["tcp 1-100", "tcp 20-30", "tcp 25"], []),
    "two that share a part": (
        ["tcp 1-100", "tcp 20-30", "tcp 25-35"],
        ["LB304 3 `C` and `B` share 203.0.113.1 tcp 25"],
    ),
    "inside one that clashes": (
        ["tcp 5-7", "tcp 1,4-5", "tcp 1,5"],
        ["LB304 2 `B` and `A` share 203.0.113.1 tcp 5", "LB304 3 `C` and `A` share 203.0.113.1 tcp 5"],
    ),
    "all of it": (["tcp 80-81", "tcp 80", "tcp 81"], ["LB304 1 more specific services take all ports of `A`"]),
    "a port that cannot be read": (["tcp 80,443", "tcp 443,99999"], ["LB204 2"]),
}


@pytest.mark.parametrize(("services", "said"), SHARING.values(), ids=SHARING)
def test_findings_of_shared_ports(services: list[str], said: list[str]) -> None:
    names = "ABC"[: len(services)]
    lines = [f"service {name} is 203.0.113.1 {ports}" for name, ports in zip(names, services, strict=True)]
    lines += [f"pool p{name} for {name}\nadd 10.0.0.1 to p{name}" for name in names]
    text = DEVICE + "\n".join(lines) + "\n"
    found = app.check_source(Source.of("x.lb", text)).diagnostics
    texts = [f"{one.code} {one.span.start.line - 2} {one.message}" for one in found if one.code != "LB501"]
    assert len(texts) == len(said)
    assert all(text.startswith(start) for text, start in zip(texts, said, strict=True)), texts
