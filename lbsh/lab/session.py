"""What a user of a miniature has at hand: machines, services, and connections that stay open; says what becomes of these."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field

from lbsh.lab.errors import LabError
from lbsh.lab.machines import Kind, Machine, Toy
from lbsh.lab.miniature import Miniature
from lbsh.lab.poller import Poller
from lbsh.lab.talk import ENDED, Link, NoAnswer, Outcome, Talk
from lbsh_lang.site.model import Service, Site
from lbsh_lang.syntax.lowering import parse_address
from lbsh_lang.values import Address, PortRange, Protocol
from oyster.near import NearMisses


@dataclass(frozen=True, slots=True)
class Target:
    """What connections go to: an address, a protocol and a port, of a service if it was named so."""

    name: str
    address: Address
    protocol: Protocol
    port: int
    service: Service | None = None

    def __str__(self) -> str:
        place = f"{self.address} {self.protocol.value} {self.port}"
        return f"{self.name} {place}" if self.service else place


@dataclass(slots=True)
class Session:
    """A session in a miniature. Changes with its commands.

    `carry_out` has the device carry out a statement, and returns the exit status. `read_site` is what the device serves now,
    `say` prints a line.
    """

    miniature: Miniature
    poller: Poller
    carry_out: Callable[[str], int]
    read_site: Callable[[], Site]
    say: Callable[[str], None]
    talk: Talk = field(init=False)
    loads: dict[str, list[Link]] = field(default_factory=dict)
    faults: dict[str, list[str]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.talk = Talk(self.miniature)

    # Names

    def toy(self, word: str) -> Toy:
        """The server of a name or an address. Raises `LabError`."""
        toys = self.miniature.topology.toys
        names = {toy.name: toy for toy in toys} | {str(toy.address): toy for toy in toys if toy.address}
        address = parse_address(word)
        found = names.get(str(address) if isinstance(address, Address) else word)
        if found is None:
            raise LabError(f"there is no server `{word}` here{near(word, names)}")
        return found

    def client(self, word: str) -> Machine:
        """The machine of a name or an address that connects. Raises `LabError`."""
        machines = [one for one in self.miniature.topology.machines if one.kind not in (Kind.UPLINK, Kind.ROUTER)]
        names = {machine.name: machine for machine in machines}
        names |= {str(address): machine for machine in machines for address in machine.own}
        names |= {toy.name: names[toy.machine] for toy in self.miniature.topology.toys}
        found = names.get(word)
        if found is None:
            raise LabError(f"there is no machine `{word}` here{near(word, names)}")
        return found

    def service(self, word: str) -> Service:
        """The service of a name. Raises `LabError`."""
        services = {service.name: service for service in self.read_site().services}
        if word not in services:
            raise LabError(f"there is no service `{word}`{near(word, services)}")
        return services[word]

    def target(self, word: str, protocol: Protocol | None, port: int | None) -> Target:
        """A service with its first port and protocol where none are given, or an address. Raises `LabError`."""
        address = parse_address(word)
        if not isinstance(address, Address):
            service = self.service(word)
            first = service.ports[0].first
            return Target(word, service.address, protocol or service.protocols[0], port or first, service)
        services = [one for one in self.read_site().services if one.address == address]
        if port is None:
            if len(services) != 1:
                raise LabError(f"say which port of {word}: `connect {word} tcp 80`")
            return Target(
                services[0].name, address, protocol or services[0].protocols[0], services[0].ports[0].first, services[0]
            )
        wanted = PortRange(port, port)
        meant = [one for one in services if any(wanted.overlaps(ports) for ports in one.ports)]
        return Target(word, address, protocol or (meant[0].protocols[0] if meant else Protocol.TCP), port)

    def clients_for(self, target: Target) -> list[Machine]:
        """The clients that a target is for, those outside first. Raises `LabError` if there are none."""
        family, service = target.address.family, target.service
        found = [
            machine
            for kind in (Kind.CLIENT, Kind.INSIDER)
            for machine in self.miniature.topology.machines
            if machine.kind is kind
            and any(own.family == family and (service is None or service.is_for(own)) for own in machine.own)
        ]
        if not found:
            raise LabError(
                f"no client here may use {target.name}: name one, as in `connect from server1 {target.name}`"
            )
        outside = [machine for machine in found if machine.kind is Kind.CLIENT]
        return outside or found

    # Connections

    def connect(self, client: str, target: Target) -> tuple[Link, Outcome]:
        """A new connection, and what became of it."""
        return self.talk.connect(client, target.address, target.port, target.protocol)

    def watch(self) -> None:
        """Asks on all connections that stay open, and says which ended, fell silent, moved, or are answered again."""
        for name, links in self.loads.items():
            before = [(link.server, link.last) for link in links]
            self.talk.ask(links)
            found = Counter(_became(server, last, link) for (server, last), link in zip(before, links, strict=True))
            for words, count in sorted(found.items()):
                if words:
                    self.say(f"{name}: {count} {'connection' if count == 1 else 'connections'} {words}")
            for link in [link for link in links if link.last == ENDED]:
                link.close()
                links.remove(link)


def _became(server: str, last: Outcome, link: Link) -> str:
    """What changed with a connection, which a server answered, as the rest of a sentence; empty if nothing did."""
    if isinstance(link.last, NoAnswer):
        return "" if link.last == last else f"to {server}: {link.last.words}"
    if isinstance(last, NoAnswer):
        return f"answered again by {link.server}" if link.server == server else f"moved from {server} to {link.server}"
    return "" if link.server == server else f"moved from {server} to {link.server}"


def near(word: str, names: Iterable[str]) -> str:
    """A similar name, as the rest of a sentence; empty if there is none."""
    found = NearMisses(names).of(word)
    return f": a similar name exists, `{found}`" if found else ""
