"""What is known of a script, kept true: who is touched by an edit, what is folded anew, whose findings are renewed."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from lbsh_lang.analysis.live.context import LiveContext
from lbsh_lang.analysis.live.findings import Findings
from lbsh_lang.analysis.live.queries import Key
from lbsh_lang.analysis.live.reading import Reading
from lbsh_lang.analysis.live.resolution import LiveResolution
from lbsh_lang.analysis.live.script_files import ScriptFile
from lbsh_lang.checks import run
from lbsh_lang.diagnostics import Diagnostic
from lbsh_lang.site.device import DeviceState
from lbsh_lang.site.facts import About, Subject, subjects
from lbsh_lang.site.faults import Fault
from lbsh_lang.site.pools import member_of
from lbsh_lang.site.script import Found
from lbsh_lang.site.services import ServiceHistory
from lbsh_lang.syntax.nodes import ShellCommand, Stated
from lbsh_lang.syntax.parser import Parsed
from lbsh_lang.values import Address

_DEVICE: Key = (About.DEVICE,)
_BACKEND: Key = ("backend",)


class Analysis:
    """The meaning of a script and what is wrong with it. Lines come and go; `settle` makes everything true again."""

    def __init__(self, reading: Reading) -> None:
        self.resolution = LiveResolution(reading.statements)
        self.context = LiveContext(self.resolution, reading)
        self.findings = Findings()
        self.include_faults = reading.include_faults
        self._summary = self.resolution.summary()
        facts = self.resolution.facts
        self._touched = {Subject(About.DEVICE)}
        self._touched |= {Subject(About.SERVICE, name) for name in facts.services}
        self._touched |= {Subject(About.POOL, name) for name in facts.pools}
        for member in reading.members.values():
            for label, parsed, text in zip(member.labels, member.document.parsed, member.document.lines, strict=True):
                self._note(member, label, parsed, text)

    def withdraw(self, member: ScriptFile, label: int, parsed: Parsed) -> None:
        """Takes back what a line stated."""
        if parsed.node is not None:
            self.resolution.facts.withdraw(label, parsed.node)
            self._touched.update(subjects(parsed.node))
        self.include_faults.pop(label, None)
        self.context.forget_line(member, label)
        self.findings.forget_line(label)
        self.findings.forget(("line", label))
        self.findings.forget((About.SHELL, label))

    def state(self, member: ScriptFile, label: int, parsed: Parsed, text: str) -> None:
        """Takes what a new line states."""
        if parsed.node is not None:
            self.resolution.facts.insert(Stated(label, member.source, label, parsed.node))
            self._touched.update(subjects(parsed.node))
        self._note(member, label, parsed, text)

    def settle(self) -> None:
        """Folds and checks anew what edits have touched, and what is linked with it."""
        for key in self._renew():
            self._check(key)

    def _note(self, member: ScriptFile, label: int, parsed: Parsed, text: str) -> None:
        """Takes what a line has to itself: its faults, what its comment allows, a command for the shell."""
        node = parsed.node
        faults: list[Fault] = [*parsed.faults]
        self.findings.note_line(member, label, text)
        included = self.include_faults.get(label)
        if included is not None:
            faults.append(included)
        if faults:
            stated = Stated(label, member.source, label, node)
            self.context.note_line(member, label, faults)
            found = run.check_faults([Found(stated, fault) for fault in faults], self.context)
            self.findings.renew(("line", label), found)
        if isinstance(node, ShellCommand):
            command = Stated(label, member.source, label, node)
            self.findings.renew((About.SHELL, label), run.check_statement(command, self.context))

    def _renew(self) -> set[Key]:
        """Folds anew the entities that edits touched; whose findings may be others now."""
        touched, self._touched = self._touched, set()
        services = {subject.name for subject in touched if subject.about is About.SERVICE}
        pools = {subject.name for subject in touched if subject.about is About.POOL}
        keys, addresses = self._fold_services(services, pools)
        for name in pools:
            _, history = self.resolution.fold_pool(name)
            self.context.note_pool(name, history)
            keys.add((About.POOL, name))
        keys.update(self._look_at_addresses(addresses, pools))
        if any(subject.about is About.DEVICE for subject in touched):
            keys |= self._fold_device()
        if any(subject.about is About.LOST for subject in touched):
            self.context.note_lost()
        summary = self.resolution.summary()
        if summary != self._summary:
            self._summary = summary
            keys.add(_DEVICE)
        self.resolution.forget()
        return keys | {_BACKEND} | self.context.queries.changed_askers(self.context.settle())

    def _fold_services(self, names: set[str], pools: set[str]) -> tuple[set[Key], set[Address]]:
        """Folds services; adds the pools that are linked with them, and says which addresses have to do with them."""
        addresses: set[Address] = set()
        for name in names:
            before, after = self.resolution.fold_service(name)
            self.context.note_service(name, after)
            addresses.update(_address(before), _address(after))
            pools.update(self.resolution.pools_of(name))
            if name in self.resolution.facts.pools:  # they share a name, of which a check of pools speaks
                pools.add(name)
        return {(About.SERVICE, name) for name in names}, addresses

    def _fold_device(self) -> set[Key]:
        """Folds the device; whatever its services and pools see of it has them checked as well."""
        before = self.resolution.device
        self.resolution.fold_device()
        self.context.note_device()
        after, keys = self.resolution.device, {_DEVICE}
        if _seen_by_services(before) != _seen_by_services(after):
            keys.update((About.SERVICE, name) for name in self.resolution.services)
        if _seen_by_pools(before) != _seen_by_pools(after):
            keys.update((About.POOL, name) for name in self.resolution.pools)
        return keys

    def _look_at_addresses(self, addresses: set[Address], pools: set[str]) -> Iterator[Key]:
        """Services came to these addresses or left them: whoever shares one of them, and pools with such a server."""
        members = []
        for address in addresses:
            self.context.note_address(address)
            members.append(member_of(address))
            yield ("address", address)
        if members:
            for name in self.resolution.pools.keys() - pools:
                life = self.resolution.pools[name].current
                if life is not None and any(member in life.members for member in members):
                    yield (About.POOL, name)

    def _check(self, key: Key) -> None:
        """Renews what is found about an entity, which may be there no more."""
        self.context.queries.begin(key)
        self.findings.renew(key, self._find_faults(key))

    def _find_faults(self, key: Key) -> Iterable[Diagnostic]:
        resolution, context = self.resolution, self.context
        match key:
            case (About.SERVICE, str(name)):
                services = resolution.services.get(name)
                if services is not None:
                    yield from run.check_faults(services.found, context)
                    if services.current is not None:
                        yield from run.check_service(services.current, context)
            case (About.POOL, str(name)):
                pools = resolution.pools.get(name)
                if pools is not None:
                    yield from run.check_faults(pools.found, context)
                    if pools.current is not None:
                        yield from run.check_pool(pools.current, context)
            case ("address", Address() as address):
                lives = sorted(resolution.at.get(address, {}).values(), key=lambda life: life.defined.rank)
                if len(lives) > 1:
                    yield from run.check_address(lives, context)
            case (About.DEVICE,):
                yield from run.check_device(context)
            case _:
                if context.backend is not None:
                    yield from run.check_backend(context)


def _address(history: ServiceHistory | None) -> tuple[Address, ...]:
    """The address of the service that a history leaves behind."""
    life = history.current if history is not None else None
    token = life.node.address if life is not None else None
    return (token.value,) if token is not None and token.value is not None else ()


def _seen_by_services(device: DeviceState) -> tuple[object, ...]:
    """What checks of services look at, places included since findings show them."""
    return device.internal_nets, device.gateways, device.external_nets, device.internal is None, device.blurred


def _seen_by_pools(device: DeviceState) -> tuple[object, ...]:
    """What checks of pools look at."""
    return device.internal_nets, device.gateways, device.blurred
