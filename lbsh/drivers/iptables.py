"""The driver of iptables: `iptables-restore` and `iptables-save`, for both families.

A load has two steps: the rules, which replace those of our own chains, and what the text cannot do by itself
(`iptables_saved.settling`): jumps from the built-in chains, once and before the rules of others, and the removal of what an
earlier text left behind. Then what is there is compared with what should be.

With iptables over nf_tables, the generation of the rules tells cheaply whether anybody changed any. `iptables-legacy` has
nothing like it.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence

from lbsh.drivers import generation
from lbsh.drivers.conntrack import Conntrack
from lbsh.drivers.earlier import earlier_chains
from lbsh.drivers.generation import Clock, Moment, moment_in
from lbsh.drivers.iptables_saved import Saved, Wanted, differences, digests, has_others, read_saved, settling, wanted_in
from lbsh.drivers.netlink import NetlinkError
from lbsh.drivers.nft_kernel import Arrival, arrivals, families_of, translating_tables
from lbsh.drivers.protocol import Connections, Drift, DriverError, Observed, Place, Target
from lbsh.drivers.recent import clients_of, renew
from lbsh.drivers.running import answer_of, feed
from lbsh.drivers.states import State
from lbsh.programs import find_program
from lbsh_lang.backends.base import Artifact, Options
from lbsh_lang.backends.iptables import VERIFIERS
from lbsh_lang.site.model import Service
from lbsh_lang.site.status import ServerId
from lbsh_lang.values import Address, Family

_PROGRAMS: Mapping[Family, str] = {4: "iptables", 6: "ip6tables"}
_RULES = "rules"
"""The note with a digest of each chain's rules, by family, table and chain."""


class Iptables:
    """Drives iptables of this network namespace. `clock` tells the moment that notes are taken at.

    The rules are rendered without the flag `hook`: the jumps are the driver's.
    """

    name = "iptables"

    def __init__(self, clock: Clock = generation.now, states: Conntrack | None = None) -> None:
        self._clock = clock
        self._states = states or Conntrack()

    def test(self, artifact: Artifact) -> None:
        for family, wanted in _wanted(artifact, "").items():
            if wanted.chains:
                feed(artifact, VERIFIERS[family].arguments, VERIFIERS[family])

    def load(self, artifact: Artifact, options: Options) -> Mapping[str, object]:
        everything = _wanted(artifact, options.name)
        for family, wanted in everything.items():
            if wanted.chains:
                feed(artifact, (f"{_PROGRAMS[family]}-restore", "-w", "--noflush"), VERIFIERS[family])
            _settle(family, wanted)
        moment, rules = moment_of(self._clock), {}
        for family, wanted in everything.items():
            saved = _saved(family)
            for drift in differences(saved, wanted, None, _PROGRAMS[family]):
                raise DriverError(f"`{_PROGRAMS[family]}-restore` says that it loaded the rules, but {drift.words}")
            rules.update(_named(family, saved, wanted))
        return {**moment.notes(), _RULES: rules}

    def change(self, artifact: Artifact, options: Options, notes: Mapping[str, object]) -> Mapping[str, object]:
        return self.load(artifact, options)  # the backend has whole rules only

    def unload(self, options: Options) -> None:
        for family in families():
            _settle(family, Wanted(options.name, {}, ()))
            if digests(_saved(family), options.name):
                raise DriverError(f"`{_PROGRAMS[family]}-restore` says that it removed the rules, but they are there")

    def unchanged(self, notes: Mapping[str, object]) -> bool:
        moment = moment_in(notes)
        return moment.generation is not None and self._clock().is_same(moment)

    def observe(self, artifact: Artifact, options: Options, notes: Mapping[str, object]) -> Observed:
        moment, drift = moment_of(self._clock), list[Drift]()
        noted = notes.get(_RULES)
        for family, wanted in _wanted(artifact, options.name).items():
            rules = _of_family(family, noted) if isinstance(noted, dict) else {}
            drift += differences(_saved(family), wanted, rules, _PROGRAMS[family])
        drift += earlier_chains(_arrivals(), [f"{family} nat" for family in ("ip", "ip6")])
        if drift:
            moment = moment._replace(generation=None)
        return Observed(tuple(drift), {**moment.notes(), _RULES: noted})

    def caught_up(self, options: Options, notes: Mapping[str, object]) -> Mapping[str, object] | Drift | None:
        return notes if self.unchanged(notes) else None

    def remember(self, services: Sequence[Service], options: Options) -> None:
        sticky = [one for one in services if one.sticky is not None]
        try:
            renew(clients_of(sticky, self._states.states({one.address for one in sticky}), options.name))
        except OSError as error:
            raise DriverError(f"the lists of sticky clients cannot be written: {error}") from error

    def states(self, places: Collection[Address]) -> Sequence[State]:
        return self._states.states(places)

    def translating_others(self, options: Options) -> frozenset[Family]:
        if "nf_tables" not in answer_of(("iptables", "--version")):
            return frozenset(families())  # a table of iptables-legacy stays, empty or not
        found = {family for family in families() if has_others(_saved(family).get("nat", {}), options.name)}
        try:
            return frozenset(found) | families_of(translating_tables() - {"ip nat", "ip6 nat"})
        except (NetlinkError, OSError) as error:
            raise DriverError(f"the kernel does not tell its rules: {error}") from error

    def forget(self, targets: Collection[Target]) -> int:
        return self._states.forget(targets)

    def connections(self, servers: Mapping[ServerId, Place]) -> Mapping[ServerId, Connections]:
        return self._states.connections(servers)


def moment_of(clock: Clock) -> Moment:
    """The present moment; without a generation if it does not count what iptables changes."""
    if "nf_tables" in answer_of(("iptables", "--version")):
        return clock()
    return clock()._replace(generation=None)


def program_of(family: Family) -> str:
    """The first part of the names of a family's programs."""
    return _PROGRAMS[family]


def families() -> Iterator[Family]:
    """The families whose programs are here."""
    return (family for family, program in _PROGRAMS.items() if find_program(f"{program}-restore") is not None)


def _wanted(artifact: Artifact, name: str) -> dict[Family, Wanted]:
    """What an artifact wants of each family: of all that have rules, and of those whose programs are here."""
    lines = [line.text for line in artifact.lines]
    here = set(families())
    wanted = {family: wanted_in(lines, family, name) for family in _PROGRAMS}
    return {family: one for family, one in wanted.items() if one.chains or family in here}


def _arrivals() -> tuple[Arrival, ...]:
    """The chains of nf_tables that may come first; none in a kernel without it."""
    try:
        return arrivals()
    except (NetlinkError, OSError):
        return ()


def _saved(family: Family) -> Saved:
    return read_saved(answer_of((f"{_PROGRAMS[family]}-save",)))


def _settle(family: Family, wanted: Wanted) -> None:
    text = settling(_saved(family), wanted)
    if text:
        answer_of((f"{_PROGRAMS[family]}-restore", "-w", "--noflush"), text)


def _named(family: Family, saved: Saved, wanted: Wanted) -> dict[str, str]:
    return {f"{family} {key}": digest for key, digest in digests(saved, wanted.name).items()}


def _of_family(family: Family, noted: Mapping[object, object]) -> dict[str, str]:
    head = f"{family} "
    return {str(key).removeprefix(head): str(value) for key, value in noted.items() if str(key).startswith(head)}
