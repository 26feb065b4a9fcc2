"""Brings the network of the machine in line with a site, if the choice says so (`--addresses`); for the holder of the lock.

What lbsh makes is noted in the store before it is made (`Record.NETWORK`), and noted again as it became. A process that dies
between leaves a note of all that may be there, and the next change completes it. The note is of one start of the machine:
nothing that was made outlives the kernel, so that what is there after another start was made by somebody else.

New parts come with `begin`, before rules are loaded, old ones go with `finish`, afterwards.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import replace
from typing import NamedTuple, assert_never

from lbsh.drivers.network.decide import Add, Change, Exchange, Put, Remove, Step, decide, inverse, is_carried_out
from lbsh.drivers.network.items import (
    Item,
    MarkRule,
    Name,
    OnLink,
    Record,
    Route,
    plain,
    record_as_json,
    record_of_json,
)
from lbsh.drivers.network.protocol import Failed, Network
from lbsh.drivers.network.wanted import Wanted
from lbsh.drivers.protocol import DriverError
from lbsh.gateway.machine import Choice, Machine
from lbsh.gateway.status import network_trouble
from lbsh.store import protocol
from lbsh.store.protocol import Reader, StoreError, Writer
from lbsh_lang.checks.lists import check_lists
from lbsh_lang.codes import Code
from lbsh_lang.diagnostics import Diagnostic, Severity
from lbsh_lang.site.addresses import DeviceLists, lists_of, staying
from lbsh_lang.site.model import Site
from lbsh_lang.site.places import Places
from lbsh_lang.site.resolve import Resolution
from lbsh_lang.values import Address

NO_LISTS = DeviceLists((), (), (), (), (), (), ())
VERSION = 1


class Pending(NamedTuple):
    """A change of the network of which the new parts are made: what is left to do, what is noted
    now and was before, what was wrong before, what was done, and what went wrong."""

    network: Network
    change: Change
    record: Record
    before: Record
    former_trouble: tuple[str, ...]
    done: tuple[Step, ...] = ()
    trouble: tuple[str, ...] = ()


class Networking(NamedTuple):
    """What became of the network: what was changed in words, empty if nothing was, and why it is not what it should be."""

    said: str = ""
    trouble: str = ""


def wanted_lists(site: Site, chosen: Choice) -> DeviceLists:
    """What a choice asks of the network for a site: nothing without `--addresses`, and of a pair what does not move."""
    if not chosen.addresses:
        return NO_LISTS
    lists = lists_of(site, chosen.options.marks)
    return lists if site.failover is None else staying(lists)


def recorded(reader: Reader, boot: str) -> Record:
    """What lbsh made since this start of the machine. Raises `DriverError` if the note is damaged."""
    kept = reader.record(protocol.Record.NETWORK)
    return record_of_json(kept) if kept is not None and kept.get("boot") == boot else Record()


def findings_about(resolution: Resolution, chosen: Choice, told: Sequence[Diagnostic]) -> list[Diagnostic]:
    """What keeps a script from configuring the network: addresses without a single interface, parameters of interfaces
    without a meaning. These are among the warnings that are `told` otherwise."""
    if not chosen.addresses:
        return []
    lists = wanted_lists(resolution.site, chosen)
    unknown = [replace(one, severity=Severity.ERROR) for one in told if one.code is Code.LB113]
    return [*unknown, *(check_lists(lists, Places(resolution)) if lists.unplaced else ())]


class MovedAddresses(NamedTuple):
    """Addresses that a change takes from the device, and those that it gives to it."""

    gone: frozenset[Address]
    new: frozenset[Address]


def moved_addresses(record: Record, after: Site, chosen: Choice) -> MovedAddresses:
    """The addresses that go and come if a site becomes the running one with a choice. Pure.

    `record` is what lbsh made before (`recorded`): nothing else is ever taken.
    """
    lists = wanted_lists(after, chosen)
    will = {held.address for held in lists.held}
    was = {item.address for item in record.items if isinstance(item, OnLink)}
    return MovedAddresses(frozenset(was - will), frozenset(will - was))


class Networker:
    """Changes the network of a machine. Keeps nothing itself: what it knows stands in the store."""

    def __init__(self, machine: Machine) -> None:
        self._machine = machine

    def trouble(self, reader: Reader) -> str:
        """Why the network is not what it should be, as the last change found it."""
        return network_trouble(reader, self._machine.boot())

    def begin(self, writer: Writer, site: Site, chosen: Choice, *, strictly: bool = False) -> Pending | None:
        """Makes what is new; None if the network is nobody's wish, and never was.

        `strictly` takes all back if a part cannot be made, and raises `DriverError` then; otherwise the others stay.
        """
        lists = wanted_lists(site, chosen)
        record, former_trouble = recorded(writer, self._machine.boot()), self.trouble(writer)
        if not chosen.addresses and record == Record() and not former_trouble:
            return None
        network = self._machine.network(chosen.driver)
        wanted = network.wanted(lists)
        change = decide(wanted, network.observe(wanted, record), record)
        lacking = (*change.lacking, *(_without_place(one.address) for one in lists.unplaced))
        if strictly and lacking:
            raise DriverError(f"the network cannot be configured: {'; '.join(lacking)}")
        begun = Pending(network, change, change.noted, record, (former_trouble,) if former_trouble else ())
        if change.first:
            self._note(writer, change.noted, begun.former_trouble)
        failed, words = _carry_out(network, change.first, change.noted, in_doubt=True)
        lost = [one.step for one in failed]
        begun = begun._replace(
            record=_without(change.noted, lost), done=_done(change.first, failed), trouble=(*lacking, *words)
        )
        if strictly and words:
            self.withdraw(writer, begun)
            raise DriverError(f"the network cannot be configured: {_reasons(words)}")
        return begun

    def finish(self, writer: Writer, pending: Pending | None, *, is_loaded: bool = True) -> Networking:
        """Takes back what is old, if the new rules are loaded, and notes what became of all."""
        if pending is None:
            return Networking()
        record, trouble, taken = pending.record, pending.trouble, tuple[Step, ...]()
        if is_loaded:
            failed, words = _carry_out(pending.network, pending.change.last, record, in_doubt=False)
            taken, trouble = _done(pending.change.last, failed), (*trouble, *words)
            record = _left(record, pending.change, failed)
        try:
            self._note(writer, record, trouble)
        except StoreError as error:
            trouble += (str(error),)
        return Networking(summary(pending.done, taken), _reasons(trouble))

    def withdraw(self, writer: Writer, pending: Pending | None) -> None:
        """Undoes what was begun. What cannot be taken back stays noted."""
        if pending is None or not pending.change.first:
            return
        with suppress(DriverError, StoreError):
            back = [inverse(step) for step in reversed(pending.done)]
            failed, _ = _carry_out(pending.network, back, pending.record, in_doubt=False)
            self._note(writer, _withdrawn(pending, failed) if failed else pending.before, pending.former_trouble)

    def note_trouble(self, writer: Writer, trouble: str) -> None:
        """Notes why the network was not looked at; the note of what was made stays as it is, even if it is damaged."""
        boot = self._machine.boot()
        with suppress(StoreError):
            kept = writer.record(protocol.Record.NETWORK)
            if kept is None or kept.get("boot") != boot:
                kept = {"version": VERSION, "boot": boot, **record_as_json(Record())}
            writer.note_record(protocol.Record.NETWORK, {**kept, "trouble": trouble})

    def _note(self, writer: Writer, record: Record, trouble: Sequence[str]) -> None:
        content: dict[str, object] = {"version": VERSION, "boot": self._machine.boot(), **record_as_json(record)}
        if trouble:
            content["trouble"] = _reasons(trouble)
        is_empty = record == Record() and not trouble
        new: Mapping[str, object] | None = None if is_empty else content
        if new != writer.record(protocol.Record.NETWORK):
            writer.note_record(protocol.Record.NETWORK, new)


def _without_place(address: Address) -> str:
    return f"{address} has no place on a single interface (`lbsh addresses` says why)"


def _carry_out(
    network: Network, steps: Sequence[Step], record: Record, *, in_doubt: bool
) -> tuple[tuple[Failed, ...], tuple[str, ...]]:
    """Carries out steps; those that could not be, and words about what went wrong.

    Where a program hangs in their midst, what is there tells which were. If nobody can look, all were, or none (`in_doubt`).
    """
    if not steps:
        return (), ()
    try:
        failed = network.carry_out(steps)
    except DriverError as error:
        seen = None
        with suppress(DriverError):
            seen = network.observe(Wanted(), record)
        are_done = [in_doubt if seen is None else is_carried_out(step, seen) for step in steps]
        failed = tuple([Failed(step, "") for step, is_done in zip(steps, are_done, strict=True) if not is_done])
        return failed, (str(error),)
    return failed, tuple([one.words for one in failed if one.words])


def _done(steps: Sequence[Step], failed: Sequence[Failed]) -> tuple[Step, ...]:
    lost = {one.step for one in failed}
    return tuple([step for step in steps if step not in lost])


def _reasons(words: Sequence[str]) -> str:
    return "; ".join(words[:3]) + (f" (and {len(words) - 3} more)" if len(words) > 3 else "")


def _subject(step: Step) -> Item | Name:
    """The part or setting that a step makes or takes back."""
    match step:
        case Add(item) | Remove(item) | Exchange(_, item):
            return plain(item)
        case Put(name):
            return name
        case _:
            assert_never(step)


def _without(record: Record, steps: Sequence[Step]) -> Record:
    """A record without the parts and settings of steps."""
    lost = {_subject(step) for step in steps}
    return Record(
        tuple([item for item in record.items if item not in lost]),
        tuple([one for one in record.settings if one.name not in lost]),
    )


def _withdrawn(pending: Pending, failed: Sequence[Failed]) -> Record:
    """The record when new parts were taken back: what was noted before, and those that could not be."""
    stuck = {one.step for one in failed}
    undone = [step for step in pending.done if inverse(step) not in stuck]
    left, names = _without(pending.record, undone), {_subject(step) for step in undone}
    return left._replace(settings=(*left.settings, *[one for one in pending.before.settings if one.name in names]))


def _left(made: Record, change: Change, failed: Sequence[Failed]) -> Record:
    """The record when all is done: what is wanted and made, and what could not be taken back."""
    stuck = {_subject(one.step) for one in failed}
    items, settings = stuck | set(change.left.items), set(change.left.settings)
    return Record(
        tuple([item for item in made.items if item in items]),
        tuple([one for one in made.settings if one in settings or one.name in stuck]),
    )


def summary(made: Sequence[Step], taken: Sequence[Step]) -> str:
    """What steps did, in numbers: `set 3 addresses and 1 setting, took back 1 route`."""
    counted = [
        (verb, Counter([_kind(step) for step in steps])) for verb, steps in (("set", made), ("took back", taken))
    ]
    return ", ".join([f"{verb} {_counts(found)}" for verb, found in counted if found])


def _kind(step: Step) -> tuple[str, str]:
    """The kind of a step's subject, and its plural."""
    match _subject(step):
        case OnLink():
            return "address", "addresses"
        case Route():
            return "route", "routes"
        case MarkRule():
            return "rule of routing", "rules of routing"
        case Name():
            return "setting", "settings"


def _counts(found: Counter[tuple[str, str]]) -> str:
    words = [f"{number} {kind[number != 1]}" for kind, number in found.items()]
    return " and ".join([", ".join(words[:-1]), words[-1]]) if len(words) > 1 else words[0]
