"""Ports of untracked probes, reserved beside those of others; their rules, and verdicts of trials."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Sequence
from pathlib import Path
from typing import ClassVar

import pytest

from lbsh.drivers.generation import Moment
from lbsh.drivers.probing import is_of_poller
from lbsh.drivers.untracking import RANGES, TRIALS, WIDTH, Door, RawTable, raw_table_of, reserved_in
from lbsh.drivers.values import DriverError
from lbsh.poll.ground import Ground, GroundError
from lbsh.poll.untracked import KEPT_FOR, Nets, Untracking
from lbsh.poller.reserved import is_reserved, parsed, release, reserve, written
from lbsh.poller.trial import Outcome
from lbsh_lang.values import Address
from tests.poller.stand_ins import targets


@pytest.fixture(autouse=True)
def _kernel() -> None:
    Kernel.is_loaded, Kernel.is_broken, Kernel.looks, Kernel.reserved = False, False, 0, None


@pytest.mark.parametrize("text", ["", "80", "80,443", "80-81,443,8000-8010", "1-65535"])
def test_a_list_is_read_and_written(text: str) -> None:
    assert written(parsed(f"{text}\n")) == text


def test_ports_are_added_and_taken_back_beside_those_of_others(tmp_path: Path) -> None:
    place = tmp_path / "reserved"
    place.write_text("80,99,110-120\n")
    assert not is_reserved(range(100, 110), place)
    reserve(range(100, 110), place)
    assert place.read_text() == "80,99-120\n"
    assert is_reserved(range(100, 110), place)
    release(range(100, 110), place)
    assert place.read_text() == "80,99,110-120\n"
    with pytest.raises(OSError, match="port 110 of 105-114 is reserved by others"):
        is_reserved(range(105, 115), place)


def test_a_list_that_the_kernel_does_not_take_at_once_stays_as_it_is(tmp_path: Path) -> None:
    place = tmp_path / "reserved"
    long = ",".join([str(port) for port in range(1, 1600, 2)])
    place.write_text(f"{long}\n")
    assert len(long) < 4000
    with pytest.raises(OSError, match="too long a list"):
        reserve(range(20_000, 60_000, 2), place)
    assert place.read_text() == f"{long}\n"
    place.write_text(f"{long},{long}\n")
    with pytest.raises(OSError, match="too long a list"):
        is_reserved(range(20_000, 20_010), place)


@pytest.mark.parametrize(
    ("before", "left", "during", "after"),
    [
        ("80", None, "80,{}", "80"),
        ("80,{}", "{}", "80,{}", "80"),  # by a poller that was killed: the next one gives it back
        ("80,{}", None, "80,{}", "80,{}"),  # by somebody else
        ("80,90-99", "90-99", "80,{}", "80"),  # a range of an earlier version
        ("80", "{}", "80,{}", "80"),  # somebody took it back meanwhile
    ],
)
def test_what_a_killed_poller_left_is_taken_over(
    tmp_path: Path, before: str, left: str | None, during: str, after: str
) -> None:
    table, place = Kernel("lbsh_raw"), tmp_path / "reserved"
    ports = f"{table.ports.start}-{table.ports.stop - 1}"
    place.write_text(before.format(ports) + "\n")
    Kernel.reserved = range_of(left.format(ports)) if left else None
    ground = Ground(table, place)
    ground.take()
    assert place.read_text().strip() == during.format(ports)
    assert Kernel.reserved == (table.ports if during.format(ports) != after.format(ports) else None)
    ground.require()
    ground.take()  # all rules were flushed, say
    place.write_text(after.format(ports) + "\n")
    ground.take()  # and the list was written anew
    ground.give_back()
    assert place.read_text().strip() == after.format(ports)
    assert not Kernel.is_loaded


def test_what_a_killed_poller_left_can_be_taken_back(tmp_path: Path) -> None:
    table, place = Kernel("lbsh_raw"), tmp_path / "reserved"
    place.write_text("80\n")
    Ground(table, place).take()
    Ground(table, place).give_back_what_was_left()
    assert (place.read_text(), Kernel.is_loaded) == ("80\n", False)
    Ground(table, place).give_back_what_was_left()


def test_without_the_right_to_reserve_ports_no_rules_are_loaded() -> None:
    place = Path("/proc/sys/kernel/random/poolsize")  # a number that not even root may change
    ground = Ground(Kernel("lbsh_raw"), place)
    with pytest.raises(GroundError, match="Permission denied"):
        ground.take()
    assert not Kernel.is_loaded
    ground.give_back()


def test_a_table_is_looked_for_when_rules_have_changed(tmp_path: Path) -> None:
    table, place, moment = Kernel("lbsh_raw"), tmp_path / "reserved", Moment("boot", 1, 7)
    place.write_text("80\n")
    ground = Ground(table, place, lambda: moment)
    ground.take()
    Kernel.looks = 0
    for _ in range(3):
        ground.require()
    assert Kernel.looks == 1
    moment = moment.after(1)
    ground.require()
    assert Kernel.looks == 2
    table.remove()
    ground.require()
    moment = moment.after(1)
    with pytest.raises(GroundError, match="others removed the table `inet lbsh_raw`"):
        ground.require()
    ground.take()
    place.write_text("80\n")
    with pytest.raises(GroundError, match="others took its ports back"):
        ground.require()


class Steps:
    """Untracking with a kernel that records, in nets of which each has an answer of its own."""

    def __init__(self, folder: Path) -> None:
        place = folder / "reserved"
        place.write_text("80\n")
        self.nets: Nets = {(name, 4): [(Address(4, first + n), 80) for n in range(200)] for name, first in NETS.items()}
        self.answers = dict.fromkeys(NETS, "both")
        self.said: list[str] = []
        self.untracking = Untracking(
            Ground(Kernel("lbsh_raw"), place, lambda: self.moment), self.said.append, self._trial
        )
        self.moment = Moment("boot", 1, 7)

    def pass_by(self) -> tuple[list[str], list[str]]:
        """What was done in the kernel in one more trial, and what was said."""
        Kernel.done.clear()
        self.said.clear()
        assert self.untracking.look(self.nets) is not Kernel.is_broken
        return [*Kernel.done], [*self.said]

    def open_nets(self) -> set[str]:
        places = [(str(address), port) for doors in self.nets.values() for address, port in doors]
        column = self.untracking.own_ports.column(targets(places))
        return {name for number, (name, _) in enumerate(self.nets) if any(column[200 * number : 200 * number + 200])}

    def _trial(self, doors: Sequence[Door], ports: Sequence[int], is_over: Callable[[], bool]) -> Outcome:
        assert len(ports) == TRIALS
        of = {door: self.answers[name] for (name, _), some in self.nets.items() for door in some}
        tracked = frozenset(door for door in doors if of[door] in ("both", "tracked"))
        return Outcome(tracked, frozenset(door for door in doors if of[door] == "both"))


NETS = {"a": 0x0A000000, "b": 0x0A010000}


def test_nets_are_opened_and_closed_by_trials_and_rules_change_no_more_than_that(tmp_path: Path) -> None:
    steps = Steps(tmp_path)
    steps.answers["b"] = "tracked"
    done, said = steps.pass_by()
    assert done == ["load", "try 16", "close 0, open 200"]
    assert said[0] == "tcp probes of servers behind `a` (IPv4) are untracked"
    assert said[1].startswith("tcp probes of servers behind `b` (IPv4) are tracked: an untracked one to 10.1.0.")
    assert steps.open_nets() == {"a"}
    assert [steps.pass_by() for _ in range(KEPT_FOR - 2)] == [([], [])] * (KEPT_FOR - 2), "the same are tried again"
    assert steps.pass_by() == (["try 8"], []), "others have their turn"
    steps.answers.update(a="none", b="both")
    assert steps.pass_by() == (["close 0, open 200"], ["tcp probes of servers behind `b` (IPv4) are untracked"])
    assert steps.open_nets() == {"a", "b"}, "they may all be down"
    steps.answers["a"] = "tracked"
    done, said = steps.pass_by()
    assert done == ["close 200, open 0"]
    assert [line.startswith("tcp probes of servers behind `a` (IPv4) are tracked") for line in said] == [True]
    assert steps.open_nets() == {"b"}


def test_what_goes_wrong_has_all_probes_tracked_and_is_said_once(tmp_path: Path) -> None:
    steps = Steps(tmp_path)
    steps.answers["b"] = "none"
    assert steps.pass_by()[1][1] == "tcp probes of servers behind `b` (IPv4) are tracked: none answers a trial"
    steps.moment = steps.moment.after(1)
    Kernel.is_loaded = False  # somebody flushed all rules
    assert steps.pass_by()[0] == ["load", "try 16", "close 0, open 200"]
    Kernel.is_loaded, Kernel.is_broken, steps.moment = False, True, steps.moment.after(1)
    assert steps.pass_by()[1] == ["tcp probes are tracked: no nft"]
    assert steps.open_nets() == set()
    assert steps.pass_by()[1] == []
    Kernel.is_broken = False
    assert steps.pass_by()[0] == ["load", "try 16", "close 0, open 200"]
    assert steps.open_nets() == {"a"}
    steps.answers, answers = {}, steps.answers  # a fault of lbsh
    assert not steps.untracking.look(steps.nets)
    assert steps.said[-1] == "tcp probes are tracked: KeyError('a')"
    assert steps.open_nets() == set()
    steps.answers = answers
    assert steps.pass_by()[0] == ["load", "try 16", "close 0, open 200"]
    steps.nets = {}
    assert steps.pass_by() == (["close 200, open 0"], [])


class Kernel(RawTable):
    """A table that is there or not, with its set of reserved ports."""

    __slots__ = ()
    is_loaded = False
    is_broken = False
    done: ClassVar[list[str]] = []
    """What was done to it."""
    looks = 0
    reserved: range | None = None

    def load(self, user: int, reserved: range | None) -> None:
        if Kernel.is_broken:
            raise DriverError("no nft")
        Kernel.done.append("load")
        Kernel.is_loaded, Kernel.reserved = True, reserved

    def try_only(self, doors: Iterable[Door]) -> None:
        Kernel.done.append(f"try {len([*doors])}")

    def change(self, closed: Iterable[Door], opened: Iterable[Door]) -> None:
        Kernel.done.append(f"close {len([*closed])}, open {len([*opened])}")

    def is_there(self) -> bool:
        Kernel.looks += 1
        return Kernel.is_loaded

    def remove(self) -> None:
        Kernel.is_loaded, Kernel.reserved = False, None

    def left_behind(self) -> range | None:
        return Kernel.reserved


def range_of(text: str) -> range:
    first, last = text.split("-")
    return range(int(first), int(last) + 1)


@pytest.mark.parametrize(
    ("elements", "found"),
    [
        ('[{"range": [20480, 22527]}]', range(20_480, 22_528)),
        ("[]", None),
        (
            '["20480", {"prefix": {"addr": 1, "len": 2}}, {"range": ["a", 3]}, {"range": [3, 2]}, {"range": [0, 70000]}]',
            None,
        ),
    ],
)
def test_reserved_ports_are_read_from_a_listing(elements: str, found: range | None) -> None:
    assert (
        reserved_in(f'{{"nftables": [{{"metainfo": {{}}}}, {{"set": {{"name": "r", "elem": {elements}}}}}]}}') == found
    )
    assert reserved_in('{"nftables": [{"set": {"name": "r"}}]}') is None
    with pytest.raises(DriverError, match="what lbsh cannot read"):
        reserved_in("no listing")


def test_rules_under_each_name_have_a_table_and_a_range() -> None:
    table = raw_table_of("dmz")
    assert table.name == "lbsh_raw.dmz"
    assert is_of_poller(f"inet {table.name}")
    assert not is_of_poller("inet lbsh_rawest")
    assert len(table.ports) == WIDTH > 2 * TRIALS
    assert {raw_table_of(f"n{number}").ports.start % WIDTH for number in range(99)} == {0}
    assert len({raw_table_of(f"n{number}").ports for number in range(99)}) == RANGES
    assert max(raw_table_of(f"n{number}").ports.stop for number in range(99)) <= 32_768


def test_just_the_tried_doors_are_told() -> None:
    doors = [(Address(4, 0x0A000001), 80), (Address(6, 1), 443), (Address(4, 0x0A000002), 80)]
    assert list(raw_table_of("").trying(doors)) == [
        "flush set inet lbsh_raw tried4",
        "flush set inet lbsh_raw tried6",
        "add element inet lbsh_raw tried4 { 10.0.0.1 . 80, 10.0.0.2 . 80 }",
        "add element inet lbsh_raw tried6 { ::1 . 443 }",
    ]


A, B, C = [(Address(4, number), 80) for number in range(3)]


@pytest.mark.parametrize(
    ("tracked", "untracked", "is_good"),
    [
        ({A, B}, {A, B}, True),
        ({A}, {A, B}, True),
        ({A, B}, {A}, False),
        ((), {A}, False),
        ((), (), False),
        ({C}, {C}, False),
    ],
)
def test_a_net_is_good_if_it_answers_untracked_connections_as_tracked_ones(
    tracked: Collection[Door], untracked: Collection[Door], is_good: bool
) -> None:
    outcome = Outcome(frozenset(tracked), frozenset(untracked))
    assert outcome.is_good([A, B]) == is_good
