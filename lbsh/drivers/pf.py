"""The driver of PF: `pfctl`, for the anchor of the rules' name (flag `anchor`) or for the whole main ruleset.

A load is one transaction of PF, and replaces everything in its anchor. It forgets which sticky clients belong to which
server; so where only members of tables differ, those alone are replaced. PF tells nothing cheaply, so whether others changed
something is found out by looking.

What pfctl says is not taken for what it did: `-T add` and `-T replace` make a missing table and succeed, `-s nat` fails with
status 0, `-k` succeeds without ending anything.
"""

from __future__ import annotations

import re
import time
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from hashlib import blake2b

from lbsh.drivers.pfctl_output import (
    members_shown,
    read_hooks,
    servers_of_nodes,
    states_in,
    table_sizes,
    tables_in,
    translation_rules,
    without_members,
)
from lbsh.drivers.protocol import Connections, Drift, DriverError, Observed, Place, RefusedError, Target
from lbsh.drivers.running import feed, run, said
from lbsh.drivers.states import Census, State, chosen
from lbsh.programs import Outcome
from lbsh_lang.backends.base import Artifact, Options, own_name
from lbsh_lang.backends.pf import VERIFIER
from lbsh_lang.backends.pf.releases import FREEBSD_14
from lbsh_lang.site.model import Service
from lbsh_lang.site.status import ServerId
from lbsh_lang.values import Address, Family

_RULES, _TABLES = "rules", "tables"
"""The notes: a digest of all but the members of tables, and one of each table's members."""

_ABSENT = re.compile(r"does not exist|Invalid argument")
"""The words for an anchor or a table that is not there."""

_BUSY = re.compile(r"Device busy|Resource temporarily unavailable")
_TRIES, _PAUSE = 5, 0.2
"""Another program's transaction on the rules is short; pfctl does not wait for its end."""

_MOST_ARGUMENTS = 1000
"""Members that are given to pfctl as arguments; a larger table is loaded with all rules."""

_MOST_SHOWN = 256
"""Tables whose members are compared one by one, by a program each; of more tables the numbers of members are compared."""


class Pf:
    """Drives PF."""

    name = "pf"

    def __init__(self) -> None:
        self._census = Census(time.monotonic)

    def test(self, artifact: Artifact) -> None:
        feed(artifact, VERIFIER.arguments, VERIFIER)

    def load(self, artifact: Artifact, options: Options) -> Mapping[str, object]:
        pfctl = _Pfctl(options)
        pfctl.load(artifact)
        pfctl.remove_tables_but(tables_in(_texts(artifact)))
        for drift in _differences(pfctl, artifact):
            raise DriverError(f"pfctl says that it loaded the rules, but {drift.words}")
        return _notes(artifact)

    def change(self, artifact: Artifact, options: Options, notes: Mapping[str, object]) -> Mapping[str, object]:
        """Replaces the members of tables if nothing else differs from what was noted. The rules are whole ones."""
        after, pfctl = _notes(artifact), _Pfctl(options)
        differing = _differing(notes.get(_TABLES), after[_TABLES])
        members = {name: one for name, one in tables_in(_texts(artifact)).items() if name in differing}
        too_many = any(len(one) > _MOST_ARGUMENTS for one in members.values())
        if notes.get(_RULES) != after[_RULES] or too_many or pfctl.rules() != pfctl.wanted_rules(artifact):
            return self.load(artifact, options)
        if any(pfctl.members(name) is None for name in members):  # a missing table would be made, without use
            return self.load(artifact, options)
        for name, addresses in members.items():
            pfctl.replace(name, addresses)
        return after

    def unload(self, options: Options) -> None:
        pfctl = _Pfctl(options)
        pfctl.flush()
        left = pfctl.rules()
        if left:
            raise DriverError(f"pfctl says that it removed the rules, but this one is there: {left[0]}")

    def unchanged(self, notes: Mapping[str, object]) -> bool:
        return False

    def observe(self, artifact: Artifact, options: Options, notes: Mapping[str, object]) -> Observed:
        pfctl = _Pfctl(options)
        return Observed((*_differences(pfctl, artifact), *_surroundings(pfctl, options)), notes)

    def caught_up(self, options: Options, notes: Mapping[str, object]) -> Mapping[str, object] | Drift | None:
        return notes if self.unchanged(notes) else None

    def remember(self, services: Sequence[Service], options: Options) -> None:
        """Nothing: PF keeps clients while they have states."""

    def states(self, places: Collection[Address]) -> Sequence[State]:
        wanted = frozenset(places)
        return [one for one in _states() if one.service in wanted]

    def translating_others(self, options: Options) -> frozenset[Family]:
        return frozenset((4, 6))  # a state of PF translates by itself

    def forget(self, targets: Collection[Target]) -> int:
        """Ends connections, each by its number: by addresses pfctl finds no redirected ones.

        Sticky clients of their servers are forgotten too, of all services there, since no call of pfctl tells services
        apart: up to FreeBSD 14 PF would lead them to a dead server for good.
        """
        found = [*chosen(_states(), targets)]
        ended = sum(_ended(run(("pfctl", "-k", "id", "-k", state.key.decode()))) for state in found)
        servers = {str(one.server) for one in targets if one.server is not None}
        for server in sorted(servers & servers_of_nodes(_shown(("pfctl", "-s", "Sources")))):
            run(("pfctl", "-K", "::/0" if ":" in server else "0.0.0.0/0", "-K", server))
        return ended

    def connections(self, servers: Mapping[ServerId, Place]) -> Mapping[ServerId, Connections]:
        return self._census.count(servers, _states())


class _Pfctl:
    """`pfctl` on the rules of some options. Names of tables are words of the rules, and begin with no dash."""

    def __init__(self, options: Options) -> None:
        self.anchor = own_name(options.name) if "anchor" in options.flags else ""
        self._head = ("pfctl", "-a", self.anchor) if self.anchor else ("pfctl",)

    def load(self, artifact: Artifact) -> None:
        for attempt in range(_TRIES):
            try:
                feed(artifact, (*self._head, "-f", "-"), VERIFIER)
            except RefusedError:
                raise
            except DriverError as error:
                if not _BUSY.search(str(error)) or attempt == _TRIES - 1:
                    raise
                time.sleep(_PAUSE)
            else:
                return

    def flush(self) -> None:
        """Takes out the translation rules; in an anchor the filter's rules and the tables too, all of which are ours.

        Filter rules of the main ruleset stay: without them a firewall would be open.
        """
        for what in ("nat", "rules", "Tables") if self.anchor else ("nat",):
            outcome = run((*self._head, "-F", what))
            if outcome.status != 0 and not _ABSENT.search(outcome.words):
                raise DriverError(f"`{' '.join(self._head)} -F {what}` failed: {said(outcome)}")

    def wanted_rules(self, artifact: Artifact) -> tuple[str, ...]:
        """The translation rules as PF would print them, which is how it prints those that are loaded."""
        return translation_rules(feed(artifact, (*self._head, "-P", "-n", "-v", "-f", "-"), VERIFIER).output)

    def rules(self) -> tuple[str, ...]:
        return translation_rules(_shown((*self._head, "-P", "-s", "nat")))

    def sizes(self) -> Mapping[str, int]:
        return table_sizes(_shown((*self._head, "-vv", "-s", "Tables")))

    def members(self, table: str) -> frozenset[str] | None:
        """The members of a table, None if it is not there."""
        arguments = (*self._head, "-t", table, "-T", "show")
        outcome = run(arguments)
        if outcome.status == 0:
            return members_shown(outcome.output)
        if _ABSENT.search(outcome.words):
            return None
        raise DriverError(f"`{' '.join(arguments)}` failed: {said(outcome)}")

    def replace(self, table: str, addresses: frozenset[str]) -> None:
        """Exchanges the members of a table, in one step."""
        outcome = run((*self._head, "-t", table, "-T", "replace", *sorted(addresses)))
        if self.members(table) != addresses:
            raise DriverError(f"pfctl did not replace the members of the table `{table}`: {said(outcome)}")

    def remove_tables_but(self, kept: Collection[str]) -> None:
        """Removes what earlier rules left behind in the anchor: PF keeps tables that were made to persist.

        Tables of the main ruleset may be others'.
        """
        for table in sorted(self.sizes().keys() - set(kept)) if self.anchor else ():
            run((*self._head, "-t", table, "-T", "kill"))


def _shown(arguments: tuple[str, ...]) -> str:
    """What a command shows. If it only complains, that is a failure, unless of something that is not there."""
    outcome = run(arguments)
    if outcome.output or not outcome.errors or _ABSENT.search(outcome.errors):
        return outcome.output
    raise DriverError(f"`{' '.join(arguments)}` failed: {said(outcome)}")


def _differences(pfctl: _Pfctl, artifact: Artifact) -> Iterator[Drift]:
    """What differs from whole rules: translation rules, tables and their members, and tables left over in the anchor."""
    wanted, there = pfctl.wanted_rules(artifact), pfctl.rules()
    if wanted != there:
        missing, strange = len(set(wanted) - set(there)), len(set(there) - set(wanted))
        yield Drift(
            f"{missing} translation rules are missing and {strange} are not of lbsh"
            if missing or strange
            else "the translation rules are in another order",
            is_ours=True,
        )
    tables, sizes = tables_in(_texts(artifact)), pfctl.sizes()
    for name in sorted(sizes.keys() - tables.keys()) if pfctl.anchor else ():
        yield Drift(f"the table `{name}` is left over", is_ours=True)
    for name, members in tables.items():
        if name not in sizes:
            yield Drift(f"the table `{name}` is gone", is_ours=True)
        elif sizes[name] != len(members) or (len(tables) <= _MOST_SHOWN and pfctl.members(name) != members):
            yield Drift(f"the table `{name}` has other members than it should", is_ours=True)


def _surroundings(pfctl: _Pfctl, options: Options) -> Iterator[Drift]:
    """What is not ours to change, and keeps rules from working."""
    outcome = run(("pfctl", "-s", "Running"))
    if not outcome.output.startswith("Enabled"):
        yield Drift("PF is not enabled, so no rule has an effect (enable it with `pfctl -e`)", is_ours=False)
    if not pfctl.anchor:
        return
    hooks = read_hooks(_shown(("pfctl", "-P", "-s", "nat")), pfctl.anchor)
    for line in hooks.lacking:
        yield Drift(f"the main ruleset does not lead to the rules of lbsh: /etc/pf.conf lacks `{line}`", is_ours=False)
    # Up to FreeBSD 14 a match in the anchor ends the search; later releases go on behind it, and the last match decides.
    earlier = hooks.before if options.target == FREEBSD_14 else (*hooks.before, *hooks.behind)
    for rule in earlier if not hooks.lacking else ():
        yield Drift(f"a rule of the main ruleset may translate connections in place of lbsh: {rule}", is_ours=False)


def _states() -> Iterator[State]:
    return states_in(_shown(("pfctl", "-vv", "-s", "states")))


def _ended(outcome: Outcome) -> int:
    """The number in `killed 1 states`."""
    number = re.search(r"killed (\d+)", outcome.words)
    return int(number[1]) if number else 0


def _notes(artifact: Artifact) -> dict[str, object]:
    tables = {name: _digest(sorted(members)) for name, members in tables_in(_texts(artifact)).items()}
    return {_RULES: _digest(without_members(_texts(artifact))), _TABLES: tables}


def _differing(before: object, after: object) -> set[str]:
    """The tables whose members are not those that were noted."""
    assert isinstance(after, dict)
    noted = before if isinstance(before, dict) else {}
    return {str(name) for name, digest in after.items() if noted.get(name) != digest}


def _digest(lines: Iterable[str]) -> str:
    return blake2b("\n".join(lines).encode(), digest_size=8).hexdigest()


def _texts(artifact: Artifact) -> list[str]:
    return [line.text for line in artifact.lines]
