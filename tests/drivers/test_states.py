"""Whose connections are whose, as values; messages of netlink, as bytes."""

from __future__ import annotations

from collections.abc import Iterator

from hypothesis import given
from hypothesis import strategies as st

from lbsh.drivers.conntrack import read_state
from lbsh.drivers.netlink import attribute, attributes
from lbsh.drivers.protocol import Connections, Target
from lbsh.drivers.states import Census, State, chosen
from lbsh.gateway.desired import places_of
from lbsh_lang.site.status import ServerId
from lbsh_lang.values import Address, Protocol
from tests.costs import calls_of
from tests.reading import site_of

SITE = site_of(
    "service A is 203.0.113.1 tcp 80,443\npool p for A\nadd 10.0.0.1-2 to p\n"
    "service B is 203.0.113.1 tcp 25\npool q for B\nadd 10.0.0.1 to q port 2501\nadd 10.0.0.1 to q port 2502\n"
)
SERVICE, FIRST, SECOND = Address(4, 0xCB007101), Address(4, 0x0A000001), Address(4, 0x0A000002)


def state(number: int, port: int, server: tuple[Address, int] | None, *, is_over: bool = False) -> State:
    return State(number.to_bytes(4, "big"), Protocol.TCP, SERVICE, port, server, is_over)


STATES = (
    state(1, 80, (FIRST, 80)),
    state(2, 443, (FIRST, 443)),
    state(3, 80, (SECOND, 80), is_over=True),
    state(4, 25, (FIRST, 2501)),
    state(5, 25, (FIRST, 2502)),
    state(6, 80, None),
    state(7, 81, (FIRST, 81)),
)


def numbers(*targets: Target) -> list[int]:
    return [int.from_bytes(one.key) for one in chosen(STATES, targets)]


def test_a_target_means_its_ports_on_its_server() -> None:
    tcp = Protocol.TCP
    assert numbers(Target(SERVICE, tcp, ((80, 80), (443, 443)), FIRST)) == [1, 2]
    assert numbers(Target(SERVICE, tcp, ((25, 2501),), FIRST)) == [4]
    assert numbers(Target(SERVICE, tcp, ((25, 2502),), FIRST), Target(SERVICE, tcp, ((80, 80),), SECOND)) == [3, 5]
    assert numbers(Target(SERVICE, tcp, None, FIRST)) == [1, 2, 4, 5, 7]
    assert numbers(Target(SERVICE, tcp, None, None)) == numbers(Target(SERVICE, tcp, ((80, 1),), None)) == [6]
    assert numbers(Target(SERVICE, tcp, (), FIRST), Target(SERVICE, Protocol.UDP, None, FIRST)) == []
    assert numbers(Target(FIRST, tcp, None, FIRST)) == numbers() == []


def test_connections_are_counted_by_server() -> None:
    def clock() -> Iterator[float]:
        yield from (100.0, 104.0, 104.0)

    ticks = clock()
    census = Census(lambda: next(ticks))
    wanted = [ServerId("p", "A", FIRST), ServerId("p", "A", SECOND), ServerId("q", "B", FIRST, 2502)]
    places = {one: place for one, place in places_of(SITE.services).items() if one in wanted}
    assert census.count(places, STATES) == dict(
        zip(wanted, [Connections(2, None), Connections(0, None), Connections(1, None)], strict=True)
    )
    more = (*STATES[1:], state(8, 80, (FIRST, 80)), state(9, 443, (FIRST, 443)))
    assert census.count({wanted[0]: places[wanted[0]]}, more) == {wanted[0]: Connections(3, 0.5)}
    assert census.count({wanted[0]: places[wanted[0]]}, more) == {wanted[0]: Connections(3, None)}, "no time has passed"


def test_many_targets_cost_what_each_costs() -> None:
    """The states are gone through once, however many targets there are."""
    many = [Target(Address(4, number), Protocol.TCP, ((80, 80),), FIRST) for number in range(2000)]
    few = calls_of(lambda: [*chosen(STATES * 100, many[:20])])
    assert calls_of(lambda: [*chosen(STATES * 100, many)]) < few + 20 * len(many)


@given(st.lists(st.tuples(st.integers(1, 100), st.binary(max_size=50)), max_size=20))
def test_attributes_are_read_as_they_are_written(pairs: list[tuple[int, bytes]]) -> None:
    assert attributes(b"".join(attribute(*pair) for pair in pairs)) == dict(pairs)


@given(st.binary(max_size=200))
def test_bytes_of_any_kind_are_no_fault(data: bytes) -> None:
    attributes(data)
    read_state(data, 4)
    read_state(attribute(1, attribute(2, data) + attribute(1, data)) + attribute(2, attribute(2, data)), 6)
