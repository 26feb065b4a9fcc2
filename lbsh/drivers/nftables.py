"""The driver of nftables: `nft`, with rules on its standard input.

nft carries out a text as one transaction, whole or not at all, and touches what the text names: our own tables. What was
loaded is concluded from the kernel: its generation has moved, and the mark of the rules is there.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from functools import partial
from typing import TypeVar

from lbsh.drivers import generation
from lbsh.drivers.conntrack import Conntrack
from lbsh.drivers.earlier import earlier_chains
from lbsh.drivers.generation import Clock, Moment, moment_in
from lbsh.drivers.netlink import NetlinkError
from lbsh.drivers.nft_kernel import LoadedChain, arrivals, chains_of, families_of, objects_of, translating_tables
from lbsh.drivers.nft_listing import (
    Item,
    Listed,
    ListingError,
    differences,
    items_in,
    listed_tables,
    table_names,
)
from lbsh.drivers.nft_rules import Touched, declarations, number_of_commands, tables_in, touched_by
from lbsh.drivers.nft_watch import NftWatch
from lbsh.drivers.protocol import Connections, Drift, DriverError, Observed, Place, Target
from lbsh.drivers.running import answer_of, feed
from lbsh.drivers.states import State
from lbsh_lang.backends.base import Artifact, Options, own_name
from lbsh_lang.backends.nftables import VERIFIER
from lbsh_lang.site.model import Service
from lbsh_lang.site.status import ServerId
from lbsh_lang.values import Address, Family

_LOAD = ("nft", "-f", "-")
_RULES = "rules"
"""The note with a digest of each chain's rules, by table and chain."""


class Nftables:
    """Drives nftables of this network namespace. `clock` tells the moment that notes are taken at.

    In a process that lives long it keeps a watch on its tables, from the first `caught_up` on.
    """

    name = "nftables"

    def __init__(self, clock: Clock = generation.now, states: Conntrack | None = None) -> None:
        self._clock = clock
        self._states = states or Conntrack()
        self._watches: dict[frozenset[str], NftWatch] = {}

    def test(self, artifact: Artifact) -> None:
        feed(artifact, VERIFIER.arguments, VERIFIER)

    def load(self, artifact: Artifact, options: Options) -> Mapping[str, object]:
        before = self._clock()
        feed(artifact, _LOAD, VERIFIER)
        after = self._clock()
        if after.is_same(before):
            raise DriverError("nft says that it loaded the rules, but the kernel's rules are as they were")
        moment = after if after.is_same(before.after(1)) else after._replace(generation=None)
        return {**moment.notes(), _RULES: self._loaded(artifact, options)}

    def change(self, artifact: Artifact, options: Options, notes: Mapping[str, object]) -> Mapping[str, object]:
        lines = [line.text for line in artifact.lines]
        if not number_of_commands(lines):
            return notes
        before = self._clock()
        feed(artifact, _LOAD, VERIFIER)
        after = self._clock()
        if after.is_same(before):
            raise DriverError("nft says that it loaded the change, but the kernel's rules are as they were")
        moment = after if after.is_same(moment_in(notes).after(1)) else after._replace(generation=None)
        touched, rules = touched_by(lines), notes.get(_RULES)
        if isinstance(rules, dict) and (touched.tables or touched.chains):
            rules = _after(_texts(rules), touched, _chains(options))
        return {**moment.notes(), _RULES: rules}

    def unload(self, options: Options) -> None:
        own = own_name(options.name)
        answer_of(_LOAD, "".join([f"table {family} {own}\ndelete table {family} {own}\n" for family in ("ip", "ip6")]))
        left = _chains(options)
        if left:
            raise DriverError(f"nft says that it removed the chain `{min(left)}`, but it is there")

    def unchanged(self, notes: Mapping[str, object]) -> bool:
        return self._clock().is_same(moment_in(notes))

    def observe(self, artifact: Artifact, options: Options, notes: Mapping[str, object]) -> Observed:
        before, own = self._clock(), _own(options)
        listed = _listed(own & table_names(_items("list tables")), _chains(options))
        rules = notes.get(_RULES)
        wanted = tables_in(line.text for line in artifact.lines)
        drift = [*differences(wanted, sorted(own), listed, _texts(rules) if isinstance(rules, dict) else None)]
        drift += earlier_chains(_kernel(arrivals), own)
        quiet = not drift and self._clock().is_same(before)
        moment = before if quiet else before._replace(generation=None)
        return Observed(tuple(drift), {**moment.notes(), _RULES: rules})

    def caught_up(self, options: Options, notes: Mapping[str, object]) -> Mapping[str, object] | Drift | None:
        moment, own = moment_in(notes), _own(options)
        if own not in self._watches:
            self._watches[own] = _kernel(partial(NftWatch, own, self._clock))
        if self._clock().is_same(moment):
            return notes
        match _kernel(partial(self._watches[own].since, moment)):
            case Moment() as now:
                return {**notes, **now.notes()}
            case who:
                return Drift(f"{who} changed the rules", is_ours=True) if who else None

    def remember(self, services: Sequence[Service], options: Options) -> None:
        """Nothing: the rules see whether a client has an open connection."""

    def states(self, places: Collection[Address]) -> Sequence[State]:
        return self._states.states(places)

    def translating_others(self, options: Options) -> frozenset[Family]:
        return families_of(_kernel(translating_tables) - _own(options))

    def forget(self, targets: Collection[Target]) -> int:
        return self._states.forget(targets)

    def connections(self, servers: Mapping[ServerId, Place]) -> Mapping[ServerId, Connections]:
        return self._states.connections(servers)

    def _loaded(self, artifact: Artifact, options: Options) -> dict[str, str]:
        """The digests of the rules that were just loaded. Raises `DriverError` if they are not there."""
        wanted = tables_in(declarations(line.text for line in artifact.lines))
        for name, table in wanted.items():
            if not table.objects <= _kernel(partial(objects_of, name)):
                raise DriverError(
                    f"nft says that it loaded the rules, but the table `{name}` is not there as it should be"
                )
        return _digests(
            {f"{name} {chain}": count for name, one in wanted.items() for chain, count in one.chains.items()},
            _chains(options),
        )


def _own(options: Options) -> frozenset[str]:
    own = own_name(options.name)
    return frozenset((f"ip {own}", f"ip6 {own}"))


def _listed(names: Collection[str], loaded: Mapping[str, LoadedChain]) -> dict[str, Listed]:
    """Tables that are there; `loaded` are their chains.

    Each is a command of its own: nft 1.0.6 does not find the first of two tables that one command lists.
    """
    items = [item for name in sorted(names) for item in _items(f"list table {name}")]
    try:
        return listed_tables(items, loaded)
    except ListingError as error:
        raise DriverError(f"`nft -j list table` answers what lbsh cannot read: {error}") from error


def _items(command: str) -> tuple[Item, ...]:
    arguments = ("nft", "-j", command)
    try:
        return items_in(answer_of(arguments))
    except ListingError as error:
        raise DriverError(f"`{' '.join(arguments)}` answers what lbsh cannot read: {error}") from error


def _chains(options: Options) -> dict[str, LoadedChain]:
    """The chains that are there, by table and name."""
    return _kernel(partial(chains_of, sorted(_own(options))))


Answer = TypeVar("Answer")


def _kernel(ask: Callable[[], Answer]) -> Answer:
    """What the kernel answers. Raises `DriverError`."""
    try:
        return ask()
    except (NetlinkError, OSError) as error:
        raise DriverError(f"the kernel does not tell its rules: {error}") from error


def _digests(counts: Mapping[str, int], loaded: Mapping[str, LoadedChain]) -> dict[str, str]:
    """The digests of chains, by table and name. One with another number of rules than was loaded has none: others changed it
    in the moment since. That others exchange a rule for another in this moment is not noticed."""
    return {key: loaded[key].digest for key, count in counts.items() if key in loaded and loaded[key].rules == count}


def _after(rules: Mapping[str, str], touched: Touched, loaded: Mapping[str, LoadedChain]) -> dict[str, str]:
    """The digests after a change: new ones of the chains that it touched, and those of all others as they were."""
    kept = {
        key: one
        for key, one in rules.items()
        if key not in touched.chains and key.rpartition(" ")[0] not in touched.tables
    }
    return kept | _digests({key: count for key, count in touched.chains.items() if count is not None}, loaded)


def _texts(notes: Mapping[object, object]) -> dict[str, str]:
    return {str(key): str(value) for key, value in notes.items()}
