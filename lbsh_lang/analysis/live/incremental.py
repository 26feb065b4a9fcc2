"""The invalidation of findings by edits: which entities are folded again, and which findings are recomputed.

Theory of operation. Checking a large script from scratch after each key stroke would take too long. So findings are stored
by entity (`checks.keys`): for each line by itself, each service, pool and address, the device, each shell command, and the
site under the chosen backend. `run.find` computes the findings of one entity, here as in a batch check. The task is to
invalidate, after an edit, every entity for which `run.find` might return something else, and few others.

An edit deletes lines and inserts lines. The *touched* entities are those that any of these lines name. They are folded
again: their histories are recomputed from their statements alone (`site.facts`). So are the pools of each touched service,
since a pool ends with its service, and the pools with a server that a touched statement drains or resumes in all its pools.
Then these entities are invalidated:

1. the folded entities, the statements about servers in all pools that were touched or concern a folded pool, and the lines
   themselves: the subjects of their checks have changed;
2. the addresses that folded services had before or have now, and the pools with a server at such an address: their checks
   compare addresses of services;
3. all services, or all pools, if their view of the device has changed; the device, if its view of the services has changed
   (`checks.views`);
4. the readers of the entities folded under 1, and the askers of queries with a different answer (`queries`);
5. the backend's findings, always: they concern the whole site. Without a chosen backend, all installed ones stand for it as
   one, but only while the site may ask for more than any of them can do.

Why this is complete: a check reads only its subject and its context. A subject changes only under 1 and 2. A context holds
views, which 3 compares, and functions: `services_among` reads the addresses that 2 follows, `faults_at` reads the faults of
the line itself, and the reads of all others are recorded, for 4. Whether a file is missing is fixed for the life of an
`Analysis`: the session reads the script anew when that changes.

For example, `add 10.0.0.2 to a` becomes `add 10.0.0.3 to a`. The only touched entity is the pool `a`; it is folded, and the
seven checks of pools run on it. No view has changed, since neither a service nor the device was touched. That is all the
work, even in a script of ten thousand pools.

The cost: a fold takes time in the number of statements about the entity. An edit of a service also looks through all pools
once, for 2. An edit of the device may invalidate all services or all pools.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import assert_never

from lbsh_lang.analysis.live.context import LiveContext
from lbsh_lang.analysis.live.findings import Findings
from lbsh_lang.analysis.live.labels import LineLabel
from lbsh_lang.analysis.live.reading import Reading
from lbsh_lang.analysis.live.resolution import LiveResolution
from lbsh_lang.analysis.live.script_files import ScriptFile
from lbsh_lang.checks import run
from lbsh_lang.checks.keys import (
    BACKEND,
    DEVICE,
    AddressKey,
    EverywhereKey,
    Key,
    LineKey,
    PoolKey,
    ServiceKey,
    ShellKey,
)
from lbsh_lang.checks.scopes import Checks
from lbsh_lang.site.facts import About, subjects
from lbsh_lang.site.faults import Fault
from lbsh_lang.site.pool_lives import PoolHistory
from lbsh_lang.site.script import faults_of
from lbsh_lang.site.server_keys import server_key
from lbsh_lang.site.services import ServiceHistory
from lbsh_lang.syntax.extensions import acts_of
from lbsh_lang.syntax.nodes import EverywhereFact
from lbsh_lang.syntax.parser import Parsed
from lbsh_lang.syntax.statement import AnyStated, Stated, Statement
from lbsh_lang.values import Address


class _Touched:
    """The entities and lines touched by edits since the last recomputation of findings."""

    def __init__(self) -> None:
        self.services: dict[str, None] = {}
        self.pools: dict[str, None] = {}
        self.everywhere: list[tuple[int, EverywhereFact]] = []
        self.device = False
        self.lost = False
        self.lines: set[Key] = set()

    def add(self, stated: AnyStated, label: LineLabel) -> None:
        """Adds an inserted or deleted statement, and the label of its line."""
        node = stated.node
        if isinstance(node, EverywhereFact):
            self.everywhere.append((stated.rank, node))
        for subject in subjects(node):
            match subject.about:
                case About.SERVICE:
                    self.services[subject.name] = None
                case About.POOL:
                    self.pools[subject.name] = None
                case About.EVERYWHERE:
                    pass  # its pools are found by its servers
                case About.DEVICE:
                    self.device = True
                case About.LOST:
                    self.lost = True
                case About.SHELL:
                    self.lines.add(ShellKey(label))
                case _:
                    assert_never(subject.about)


class Analysis:
    """The meaning of a script and its findings. Lines come and go; `recompute` brings everything else up to date."""

    def __init__(self, reading: Reading, checks: Checks) -> None:
        self.resolution = LiveResolution(reading.statements, reading.language)
        self.context = LiveContext(self.resolution, reading)
        self.findings = Findings(checks)
        self.include_faults = reading.include_faults
        self._checks = checks
        self._services_of_device = self.resolution.services_of_device()
        self._is_new = True
        self._touched = _Touched()
        self._touched.device = True
        self._touched.services.update(dict.fromkeys(self.resolution.facts.services))
        self._touched.pools.update(dict.fromkeys(self.resolution.facts.pools))
        for member in reading.members.values():
            for label, parsed, text in zip(member.labels, member.document.parsed, member.document.lines, strict=True):
                self._note(member, label, parsed, text)

    def withdraw(self, member: ScriptFile, label: LineLabel, parsed: Parsed) -> None:
        """Withdraws the statements of a line."""
        for stated in _stated(member, label, parsed.node):
            self.resolution.facts.withdraw(stated.rank, stated.node)
            self._touched.add(stated, label)
        self.include_faults.pop(label, None)
        self.context.forget_line(member, label)
        self.findings.forget_line(label)
        line = LineKey(member.document.identity, label)
        self._touched.lines.discard(line)
        self.context.queries.forget(line)
        self.findings.forget(line)

    def state(self, member: ScriptFile, label: LineLabel, parsed: Parsed, text: str) -> None:
        """Files the statements of a new line."""
        for stated in _stated(member, label, parsed.node):
            self.resolution.facts.insert(stated)
            self._touched.add(stated, label)
        self._note(member, label, parsed, text)

    def recompute(self) -> None:
        """Folds the touched entities, and recomputes the invalidated findings."""
        invalidated = self._fold()
        if self._is_new:
            invalidated = set(run.keys_of(self.context))
            self._is_new = False
        for key in invalidated:
            self.context.queries.begin(key)
            self.findings.renew(key, run.find(key, self.context, self._checks))

    def _note(self, member: ScriptFile, label: LineLabel, parsed: Parsed, text: str) -> None:
        """Files the parts of a new line that concern it alone: its faults, and the allowances of its comment."""
        faults: list[Fault] = [*faults_of(parsed)]
        self.findings.note_line(member, label, text)
        self.context.note_needs(label, text)
        included = self.include_faults.get(label)
        if included is not None:
            faults.append(included)
        if faults:
            self.context.note_line(member, label, faults)
            self._touched.lines.add(LineKey(member.document.identity, label))

    def _fold(self) -> set[Key]:
        """Folds the touched entities; returns the entities whose findings this invalidates."""
        touched, self._touched = self._touched, _Touched()
        folded, addresses = self._fold_services(touched.services, touched.pools)
        for rank, node in touched.everywhere:
            folded.update(map(EverywhereKey, (rank, *self.resolution.facts.everywhere.beside(node))))
        touched.pools.update(self.resolution.pools_with([node for _, node in touched.everywhere], touched.pools))
        for name in touched.pools:
            before, history = self.resolution.fold_pool(name)
            self.context.note_pool(name, history)
            folded.add(PoolKey(name))
            folded.update(map(EverywhereKey, _everywhere_in(before) | _everywhere_in(history)))
        linked = set(self._look_at_addresses(addresses, touched.pools))
        if touched.device:
            folded.add(DEVICE)
            linked |= self._fold_device()
        if touched.lost:
            self.context.note_lost()
        services = self.resolution.services_of_device()
        if services != self._services_of_device:
            self._services_of_device = services
            linked.add(DEVICE)
        self.resolution.forget()
        queries = self.context.queries
        return folded | linked | touched.lines | {BACKEND} | queries.readers(folded) | self.context.recompute()

    def _fold_services(self, names: dict[str, None], pools: dict[str, None]) -> tuple[set[Key], set[Address]]:
        """Folds services; adds their pools to `pools`; returns the folded keys, and the old and new addresses."""
        addresses: set[Address] = set()
        for name in names:
            before, after = self.resolution.fold_service(name)
            self.context.note_service(name, after)
            addresses.update(_address(before), _address(after))
            pools.update(dict.fromkeys(self.resolution.pools_of(name)))
        return {ServiceKey(name) for name in names}, addresses

    def _fold_device(self) -> set[Key]:
        """Folds the device; returns the services and pools whose view of it has changed."""
        self.resolution.fold_device()
        before, after = self.context.note_device()
        invalidated: set[Key] = set()
        if before.services != after.services:
            invalidated.update(map(ServiceKey, self.resolution.services))
        if before.pools != after.pools:
            invalidated.update(map(PoolKey, self.resolution.pools))
        return invalidated

    def _look_at_addresses(self, addresses: set[Address], pools: dict[str, None]) -> Iterator[Key]:
        """The addresses that services came to or left, and the other pools that have a server there."""
        members = []
        for address in addresses:
            self.context.note_address(address)
            members.append(server_key(address))
            yield AddressKey(address)
        if members:
            for name in self.resolution.pools.keys() - pools.keys():
                life = self.resolution.pools[name].current
                if life is not None and not life.addresses.isdisjoint(members):
                    yield PoolKey(name)


def _stated(member: ScriptFile, label: LineLabel, node: Statement | None) -> list[AnyStated]:
    """The statements that a line makes, itself or by its extension's statement."""
    return [] if node is None else acts_of(Stated(label, member.source, label, node))


def _everywhere_in(history: PoolHistory | None) -> set[int]:
    """The ranks of the statements about servers in all pools that concern a pool."""
    return {rank for rank in history.effects if rank not in history.uses} if history is not None else set()


def _address(history: ServiceHistory | None) -> tuple[Address, ...]:
    """The address of the service that exists at the end of a history."""
    life = history.current if history is not None else None
    token = life.node.address if life is not None else None
    return (token.value,) if token is not None and token.value is not None else ()
