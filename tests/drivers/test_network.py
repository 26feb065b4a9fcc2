"""The steps from the network that is there to the one that is wanted: none takes what others made, or forgets its own."""

from __future__ import annotations

import random

import pytest

from lbsh.drivers.network.decide import Add, Change, Exchange, Observed, Put, Remove, decide, inverse
from lbsh.drivers.network.items import (
    Item,
    MarkRule,
    Name,
    OnLink,
    Record,
    Route,
    Set,
    Subject,
    address_of,
    network_of,
    plain,
    record_as_json,
    record_of_json,
    slot,
)
from lbsh.drivers.network.linux import settings_in
from lbsh.drivers.network.wanted import Wanted, Wish
from lbsh.drivers.values import DriverError
from tests.gateway.world import Cables

A, B = OnLink("em0", address_of("192.0.2.1"), 24), OnLink("em0", address_of("192.0.2.2"), 24)
SIX, SIX_WIDER = OnLink("em0", address_of("2001:db8::1"), 64), OnLink("em0", address_of("2001:db8::1"), 48)
HOP, OTHER_HOP = (Route(network_of("0.0.0.0/0"), address_of(f"192.0.2.{last}"), "em0") for last in (14, 13))
HOLE = Route(network_of("198.51.100.9"), None, "")
RULE = MarkRule(6, 0x01000000, 0xFF000000)
AWAY = OnLink("em9", address_of("192.0.2.3"), 24)
FORWARD, ALONG = Name(Subject.KERNEL, "forward"), Name(Subject.KERNEL, "along")
UP = Name(Subject.STATE, "em0")


def change_of(
    wanted: tuple[Item, ...] = (), there: tuple[Item, ...] = (), made: tuple[Item, ...] = ()
) -> tuple[Change, list[object], list[object]]:
    change = decide(Wanted(wanted), Observed(frozenset({"em0"}), frozenset(there), {}), Record(made))
    return change, list(change.first), list(change.last)


@pytest.mark.parametrize(
    ("wanted", "there", "made", "first", "last", "left"),
    [
        ((A, HOP), (), (), [Add(A), Add(HOP)], [], [A, HOP]),
        ((A,), (A,), (), [], [], []),
        ((A,), (A,), (A,), [], [], [A]),
        ((A,), (), (A,), [Add(A)], [], [A]),
        ((B,), (A,), (A,), [Add(B)], [Remove(A)], [B]),
        ((), (A, B), (B,), [], [Remove(B)], []),
        ((), (A,), (B,), [], [], []),
        ((), (A, HOP, RULE), (A, HOP, RULE), [], [Remove(RULE), Remove(HOP), Remove(A)], []),
        ((SIX_WIDER,), (SIX,), (SIX,), [Exchange(SIX, SIX_WIDER)], [], [SIX_WIDER]),
        ((HOP,), (OTHER_HOP,), (OTHER_HOP,), [Exchange(OTHER_HOP, HOP)], [], [HOP]),
        ((HOP,), (OTHER_HOP,), (), [], [], []),
        ((A, AWAY), (), (), [Add(A)], [], [A]),
        ((HOLE, HOLE), (), (), [Add(HOLE)], [], [HOLE]),
    ],
)
def test_steps(
    wanted: tuple[Item, ...],
    there: tuple[Item, ...],
    made: tuple[Item, ...],
    first: list[object],
    last: list[object],
    left: list[Item],
) -> None:
    change, before, after = change_of(wanted, there, made)
    assert (before, after, list(change.left.items)) == (first, last, left)


def test_what_cannot_be_made_is_said() -> None:
    assert change_of((AWAY,))[0].lacking == ("the interface `em9` is not there",)
    (words,) = change_of((HOP,), (OTHER_HOP,))[0].lacking
    assert "via 192.0.2.14 on em0 would take the place of the default route via 192.0.2.13" in words


def settings(
    wishes: tuple[Wish, ...], now: dict[Name, str], made: tuple[Set, ...] = ()
) -> tuple[list[object], list[object], tuple[Set, ...]]:
    change = decide(Wanted((), (), wishes), Observed(frozenset({"em0"}), frozenset(), now), Record((), made))
    return list(change.first), list(change.last), change.left.settings


ON = Wish(FORWARD, "1")
MADE = Set(FORWARD, "0", "1")


def test_settings_go_back_to_what_they_were() -> None:
    assert settings((ON,), {FORWARD: "0"}) == ([Put(FORWARD, "0", "1")], [], (MADE,))
    assert settings((ON,), {FORWARD: "1"}) == ([], [], ())
    assert settings((ON,), {FORWARD: "1"}, (MADE,)) == ([], [], (MADE,))
    assert settings((ON,), {FORWARD: "0"}, (MADE,)) == ([Put(FORWARD, "0", "1")], [], (MADE,))
    assert settings((), {FORWARD: "1"}, (MADE,)) == ([], [Put(FORWARD, "1", "0")], ())
    assert settings((), {FORWARD: "2"}, (MADE,)) == ([], [], ())
    assert settings((), {}, (MADE,)) == ([], [], ())
    assert settings((), {UP: "up"}, (Set(UP, "down", "up"),)) == ([], [], ())


def test_a_setting_that_another_one_changes_is_noted_with_it() -> None:
    along = Wish(ALONG, "0", set_by=FORWARD)
    noted = settings((ON, along), {FORWARD: "0", ALONG: "0"})[2]
    assert noted == (MADE, Set(ALONG, "0", "0"))
    assert settings((), {FORWARD: "1", ALONG: "0"}, noted)[1] == [Put(FORWARD, "1", "0"), Put(ALONG, "0", "0")]
    assert settings((ON, along), {FORWARD: "1", ALONG: "0"})[2] == ()


def test_records_are_read_back() -> None:
    record = Record((A, SIX, HOP, HOLE, RULE), (MADE, Set(UP, "down", "up")))
    assert record_of_json(record_as_json(record)) == record


@pytest.mark.parametrize(
    "damaged", [{"made": 3}, {"made": [{"kind": "cable"}]}, {"settings": [{}]}, {"made": [{"kind": "rule"}]}], ids=str
)
def test_a_damaged_record_is_said(damaged: dict[str, object]) -> None:
    with pytest.raises(DriverError, match="is damaged"):
        record_of_json(damaged)


def test_any_history_takes_nothing_of_others() -> None:
    """Sites and others' acts in any order: what others made stays, and at the end nothing of lbsh is left."""
    pool: tuple[Item, ...] = (A, B, SIX, SIX_WIDER, HOP, OTHER_HOP, HOLE, RULE)
    for seed in range(300):
        draw = random.Random(seed)
        cables, record, others = Cables(frozenset({"em0"})), Record(), set[Item]()
        for step in range(8):
            free = [item for item in pool if slot(item) not in {slot(one) for one in cables.items}]
            if free and draw.random() < 0.4:
                item = draw.choice(free)
                cables.items.add(item)
                others.add(item)
                record = record._replace(items=tuple([one for one in record.items if one != item]))
            wanted: tuple[Item, ...] = () if step == 7 else tuple(draw.sample(pool, 3))
            change = decide(Wanted(wanted), cables.observe(Wanted(), record), record)
            assert not cables.carry_out(change.first)
            assert set(change.noted.items) >= cables.items - others
            assert not cables.carry_out(change.last)
            record = change.left
            assert others <= cables.items
        assert cables.items == others
        assert record == Record()


@pytest.mark.parametrize("step", [Add(A), Remove(A), Exchange(SIX, SIX_WIDER), Put(FORWARD, "0", "1")], ids=str)
def test_each_step_has_an_inverse(step: Add | Remove | Exchange | Put) -> None:
    assert inverse(inverse(step)) == step


class Link(dict[str, object]):
    """A link as `ip` shows it, which counts how often it is asked for its name."""

    asked = 0

    def __getitem__(self, key: str) -> object:
        Link.asked += key == "ifname"
        return super().__getitem__(key)


def test_each_link_is_asked_for_its_name_once() -> None:
    links = [Link(ifname=f"em{number}", mtu=1500, flags=["UP"]) for number in range(50)]
    names = [Name(subject, f"em{number}") for number in range(51) for subject in (Subject.MTU, Subject.STATE)]
    found = settings_in(names, links)
    assert Link.asked == len(links)
    assert found == {name: "1500" if name.subject is Subject.MTU else "up" for name in names[:-2]}


def test_hints_are_no_part_of_an_item() -> None:
    assert plain(HOP._replace(is_far=True)) == HOP
