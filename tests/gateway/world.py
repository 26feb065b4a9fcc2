"""A device for tests: a store in memory, a packet filter that only remembers, and a clock that stands."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field

from lbsh.drivers.network.decide import Add, Exchange, Put, Remove, Step
from lbsh.drivers.network.decide import Observed as Seen
from lbsh.drivers.network.items import Item, Name, Record, plain
from lbsh.drivers.network.protocol import Failed
from lbsh.drivers.network.wanted import Wanted, names_of, wanted_on_linux
from lbsh.drivers.protocol import Connections, Drift, DriverError, Observed, Place, Target
from lbsh.drivers.states import State
from lbsh.gateway.acceptance import Input
from lbsh.gateway.machine import Choice, Machine
from lbsh.gateway.writer import Gateway, Outcome
from lbsh.store.memory import Memory, MemoryStore
from lbsh.store.protocol import Act, StoreError
from lbsh_lang.backends.base import Artifact, Options
from lbsh_lang.backends.registry import load_backend
from lbsh_lang.site.addresses import DeviceLists
from lbsh_lang.site.model import Service
from lbsh_lang.site.script import AnyFound, read_script
from lbsh_lang.site.status import ServerId
from lbsh_lang.source import Source
from lbsh_lang.syntax.language import LBSH, Lbsh
from lbsh_lang.values import Address, Family
from tests.extensions import WITH_FARM

NOW = 1_700_000_000_000
WHO = Act(NOW, "alice", "192.0.2.7", "test")

FIG_7 = """\
interface external xl0
interface internal xl1
internal net 192.168.1.0/24
internal gw 192.168.1.1
external addr 62.103.127.153
service SMTP is 62.103.127.154 tcp 25
service LDAP is 62.103.127.157 tcp 389 reflect
pool mx_pool for SMTP
add 192.168.1.2 to mx_pool
add 192.168.1.3 to mx_pool
pool ldap_pool for LDAP
add 192.168.1.2 to ldap_pool
add 192.168.1.3 to ldap_pool
add 192.168.1.4 to ldap_pool
"""


def language_for(faults: Sequence[AnyFound]) -> Lbsh:
    """The language with a plug-in, where a line cannot be read without it."""
    return WITH_FARM if faults else LBSH


@dataclass
class Filter:
    """A packet filter that remembers what was done, the rules that it was last compared with, and the notes of its last
    change; `broken` is why it refuses everything, `touched` what others did, `open` are the connections of the kernel,
    `unreadable` why it does not tell them, `others` the families in which others translate, `remembered` the services of
    which sticky clients were kept, `is_told` whether it tells at once who changed the rules."""

    name: str = "nftables"
    done: list[tuple[str, str]] = field(default_factory=list)
    forgotten: list[Target] = field(default_factory=list)
    broken: str = ""
    touched: tuple[Drift, ...] = ()
    wanted: str = ""
    noted: Mapping[str, object] = field(default_factory=dict)
    open: list[State] = field(default_factory=list)
    unreadable: str = ""
    others: frozenset[Family] = frozenset()
    remembered: list[list[str]] = field(default_factory=list)
    is_told: bool = True

    def _do(self, verb: str, text: str) -> Mapping[str, object]:
        if self.broken:
            raise DriverError(self.broken)
        self.done.append((verb, text))
        return {"count": len(self.done)}

    def test(self, artifact: Artifact) -> None:
        self._do("test", artifact.text)

    def load(self, artifact: Artifact, options: Options) -> Mapping[str, object]:
        notes = self._do("load", artifact.text)
        self.touched = ()
        return notes

    def change(self, artifact: Artifact, options: Options, notes: Mapping[str, object]) -> Mapping[str, object]:
        self.noted = notes
        return self._do("change", artifact.text)

    def unload(self, options: Options) -> None:
        self._do("unload", options.name)

    def unchanged(self, notes: Mapping[str, object]) -> bool:
        return not self.touched

    def observe(self, artifact: Artifact, options: Options, notes: Mapping[str, object]) -> Observed:
        self.wanted = artifact.text
        return Observed(self.touched, {**notes, "seen": True})

    def caught_up(self, options: Options, notes: Mapping[str, object]) -> Mapping[str, object] | Drift | None:
        if not self.touched or not self.is_told:
            return None if self.touched else notes
        return next((one for one in self.touched if one.is_ours), None)

    def remember(self, services: Sequence[Service], options: Options) -> None:
        self.remembered.append([one.name for one in services])

    def states(self, places: Collection[Address]) -> Sequence[State]:
        if self.unreadable:
            raise DriverError(self.unreadable)
        return [one for one in self.open if one.service in set(places)]

    def translating_others(self, options: Options) -> frozenset[Family]:
        return self.others

    def forget(self, targets: Collection[Target]) -> int:
        self.forgotten += targets
        return len(targets)

    def connections(self, servers: Mapping[ServerId, Place]) -> Mapping[ServerId, Connections]:
        return {}

    @property
    def verbs(self) -> list[str]:
        return [verb for verb, _ in self.done]


@dataclass
class Cables:
    """A network that remembers its parts and settings; `broken` are words of steps that fail, `interfaces` those there.
    With `steps` it hangs behind so many of them, and `blind` is why it cannot be looked at."""

    interfaces: frozenset[str] = frozenset({"xl0", "xl1"})
    items: set[Item] = field(default_factory=set)
    settings: dict[Name, str] = field(default_factory=dict)
    broken: frozenset[str] = frozenset()
    looks: int = 0
    done: list[Step] = field(default_factory=list)
    steps: int | None = None
    blind: str = ""

    def wanted(self, lists: DeviceLists) -> Wanted:
        return wanted_on_linux(lists)

    def observe(self, wanted: Wanted, record: Record) -> Seen:
        if self.blind:
            raise DriverError(self.blind)
        self.looks += 1
        names = names_of(wanted, record)
        return Seen(self.interfaces, frozenset(self.items), {name: self.settings.get(name, "0") for name in names})

    def carry_out(self, steps: Sequence[Step]) -> tuple[Failed, ...]:
        failed = tuple(
            [Failed(step, f"{step} fails") for step in steps if any(one in str(step) for one in self.broken)]
        )
        for step in steps:
            if any(one.step == step for one in failed):
                continue
            if self.steps is not None:
                if not self.steps:
                    raise DriverError("`ip` does not end")
                self.steps -= 1
            self.done.append(step)
            match step:
                case Add(item):
                    assert plain(item) not in self.items
                    self.items.add(plain(item))
                case Remove(item):
                    self.items.remove(plain(item))
                case Exchange(old, new):
                    self.items.remove(plain(old))
                    self.items.add(plain(new))
                case Put(name, _, value):
                    self.settings[name] = value
        return failed


class World:
    """A device, and statements that act on it."""

    def __init__(self) -> None:
        self.memory = Memory()
        self.filters = {name: Filter(name) for name in ("nftables", "iptables", "pf", "none")}
        self.network = Cables()
        self.boot = "first"
        self.now = NOW
        self.audited: list[str] = []
        self.ticks = 5_000_000
        self.guards = 0
        self.guard_trouble = ""

    @property
    def store(self) -> MemoryStore:
        """The store, as a process opens it."""
        return MemoryStore(self.memory)

    @property
    def gateway(self) -> Gateway:
        """A gateway that knows nothing but the store."""
        machine = Machine(
            backend=load_backend,
            driver=self.filters.__getitem__,
            network=lambda name: self.network,
            language=language_for,
            now=lambda: self.now,
            boot=lambda: self.boot,
            audit=self.audited.extend,
            ticks=lambda: self.ticks,
            guard=self.start_guard,
        )
        return Gateway(self.store, machine, choice("nftables"))

    @property
    def filter(self) -> Filter:
        return self.filters["nftables"]

    def start_guard(self) -> None:
        """Counts guards, and fails if `guard_trouble` says so."""
        if self.guard_trouble:
            raise StoreError(self.guard_trouble)
        self.guards += 1

    def run(self, *lines: str, keep_going: bool = False) -> Outcome:
        """Carries out statements as one change."""
        source = Source.of("(test)", "\n".join(lines), "(test)")
        return self.gateway.append(Input(source), WHO._replace(time=self.now), keep_going=keep_going)

    def apply(
        self,
        text: str,
        driver: str | None = None,
        *,
        addresses: bool | None = None,
        confirm: int | None = None,
        shadow_probes: bool = False,
    ) -> Outcome:
        """Applies a script; `addresses` says whether the network follows it from now on."""
        script = read_script(Source.of("/etc/site.lb", text))
        chosen = choice(driver) if driver else None
        if addresses is not None:
            chosen = (chosen or self.gateway.choice())._replace(addresses=addresses)
        act = WHO._replace(time=self.now)
        return self.gateway.apply(script, act, chosen, confirm=confirm, shadow_probes=shadow_probes)


def choice(driver: str) -> Choice:
    """A driver with the default options of its backend."""
    backend = load_backend(driver if driver != "none" else "nftables")
    return Choice(driver, backend.name, Options(backend.targets[0]))
