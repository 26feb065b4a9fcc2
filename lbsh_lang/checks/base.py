"""What a check is, and what it may look at. Knows no single check."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator
from dataclasses import dataclass
from enum import Enum
from functools import cached_property

from lbsh_lang.backends.base import Backend, Capability
from lbsh_lang.codes import Code
from lbsh_lang.diagnostics import Applicability, Diagnostic, Edit, Fix, Label, Severity
from lbsh_lang.docstrings import docstring_of
from lbsh_lang.site.device import Given
from lbsh_lang.site.faults import Fault, code_of
from lbsh_lang.site.pools import Member, PoolHistory, address_of, member_of
from lbsh_lang.site.resolve import Resolution
from lbsh_lang.site.script import AnyFound
from lbsh_lang.site.services import ServiceHistory, ServiceLife
from lbsh_lang.syntax.grammar import reserved
from lbsh_lang.syntax.nodes import Node, Stated, Statement, Token
from lbsh_lang.values import BITS, Address, Family, Network
from oyster.near import NearMisses
from oyster.words import split_words

MOST_LABELS = 2
"""How many places of one kind a finding shows; more of them would hide it."""

UNREACHED = frozenset({Code.LB101, Code.LB102, Code.LB103})
"""The codes of statements that do not reach the entity that they name."""

UNREAD = frozenset({Code.LB001, Code.LB002, Code.LB003})
"""The codes of lines that may be other statements than they were read as."""


@dataclass(frozen=True, slots=True)
class Finding:
    """What a check has to say: the diagnostic without its code and severity."""

    at: Stated[Node]
    token: Token[object] | None
    message: str
    labels: tuple[Label, ...] = ()
    help: tuple[str, ...] = ()
    fixes: tuple[Fix, ...] = ()


class Over(Enum):
    """What a check is written over: what it gets to see at a time."""

    FAULT = "a fault that parsing or resolving found"
    SERVICE = "a service that the script leaves behind"
    POOL = "a pool that is defined when the script ends"
    ADDRESS = "the services of one address"
    DEVICE = "what the script says of the device"
    STATEMENT = "a statement for the shell"
    BACKEND = "the site and a backend that is to render it"
    COMMENT = "a comment that allows a finding"
    FILTER = "the answer of the packet filter's own program"


Findings = Iterable[Finding]


@dataclass(frozen=True, slots=True)
class Check:
    """A diagnostic code with its severity, the problem in a few words, and the function that finds it."""

    code: Code
    severity: Severity
    title: str
    over: Over
    run: Callable[..., Findings]

    @property
    def page(self) -> str:
        """What, why, a failing and a mended example: the docstring of the check."""
        return docstring_of(self.run)

    def render_page(self) -> str:
        """The page that explains the code, as text with a last line end."""
        return f"{self.code}: {self.title} ({self.severity.value})\n\n{self.page}\n"

    def report(self, finding: Finding) -> Diagnostic:
        span = finding.at.span(finding.token)
        return Diagnostic(self.code, self.severity, finding.message, span, finding.labels, finding.help, finding.fixes)


class Context:
    """The meaning of the script as a whole, for checks over one part of it. All indexes are made on first use."""

    def __init__(
        self,
        resolution: Resolution,
        backend: Backend | None = None,
        target: str | None = None,
        others: tuple[Backend, ...] = (),
    ) -> None:
        self.resolution = resolution
        self.device = resolution.device
        self.backend = backend
        self.target = target
        self._others = others

    def able(self, capability: Capability) -> list[str]:
        """The installed backends, with the target where it matters, that have a capability."""
        names = []
        for backend in self._others:
            targets = [target for target in backend.targets if capability in backend.capabilities(target)]
            if len(targets) == len(backend.targets):
                names.append(backend.name)
            else:
                names += [f"{backend.name} ({target})" for target in targets]
        return names

    @cached_property
    def near_service(self) -> NearMisses:
        return NearMisses(sorted(name for name, history in self.resolution.services.items() if history.lives))

    @cached_property
    def near_pool(self) -> NearMisses:
        return NearMisses(sorted(name for name, history in self.resolution.pools.items() if history.lives))

    def missed(self, kind: type[Statement], name: str | None) -> bool:
        """Whether some statement of this kind was probably meant for the entity of this name, but did not reach it.

        Its name is misspelled, or it stands above the definition, or it could not be read: that has been said once.
        """
        return name in self._missed.get(kind, ()) or kind in self._lost_kinds

    def unread(self, at: Stated[Node], name: str) -> bool:
        """Whether the definition of a name may be in a line or a file that could not be read: that has been said once."""
        if self.unread_files or name in reserved():
            return True
        return any(place != (at.source.name, at.line) for place in self._unread_words.get(name, ()))

    def faults_at(self, at: Stated[Node]) -> list[Fault]:
        """All that is wrong with a line by itself."""
        return self._line_faults[at.source.name, at.line]

    @cached_property
    def _line_faults(self) -> dict[tuple[str, int], list[Fault]]:
        found: dict[tuple[str, int], list[Fault]] = {}
        for one in self.resolution.script.faults:
            found.setdefault((one.at.source.name, one.at.line), []).append(one.fault)
        return found

    @cached_property
    def unread_files(self) -> bool:
        """Whether part of the script is missing, so that nothing can be said of what is not there."""
        return any(code_of(found.fault) is Code.LB004 for found in self.resolution.script.faults)

    @cached_property
    def _lost_kinds(self) -> set[type[Statement]]:
        return {type(lost.node) for lost in self.resolution.facts.lost}

    @cached_property
    def _unread_words(self) -> dict[str, set[tuple[str, int]]]:
        """The words of the lines that are no statements, with their places."""
        found: dict[str, set[tuple[str, int]]] = {}
        for one in self.resolution.script.faults:
            if code_of(one.fault) in UNREAD:
                place = (one.at.source.name, one.at.line)
                for word in split_words(one.at.source.lines[one.at.line]).texts:
                    found.setdefault(word, set()).add(place)
        return found

    @cached_property
    def _missed(self) -> dict[type[Node], set[str]]:
        found: dict[type[Node], set[str]] = {}
        for name, history, near in self._unreached():
            for one in history.found:
                meant = name if history.lives else near(name)
                if code_of(one.fault) in UNREACHED and meant is not None:
                    found.setdefault(type(one.at.node), set()).add(meant)
        return found

    def _unreached(self) -> Iterator[tuple[str, ServiceHistory | PoolHistory, Callable[[str], str | None]]]:
        """The entities that statements may have missed, and how to look for names similar to theirs."""
        for name, services in self.resolution.services.items():
            yield name, services, self.near_service.of
        for name, pools in self.resolution.pools.items():
            yield name, pools, self.near_pool.of

    @cached_property
    def service_at(self) -> dict[Member, ServiceLife]:
        """The services of the site by their addresses, one of each address."""
        found: dict[Member, ServiceLife] = {}
        for life in self.resolution.current_services():
            if life.node.address is not None and life.node.address.value is not None:
                found.setdefault(member_of(life.node.address.value), life)
        return found

    @cached_property
    def unfit_members(self) -> dict[Member, tuple[str, Label]]:
        """Addresses of the device and of networks, which no server can have; each with what it is and where that is said."""
        found: dict[Member, tuple[str, Label]] = {}
        for given in self.device.internal_nets:
            net = given.value
            for address in (Address(net.family, net.value), Address(net.family, net.last)):
                edge = edge_of(net, address)
                if edge is not None:
                    found[member_of(address)] = (edge, label(given.at, given.token, "the network"))
        for gateway in self.device.gateways:
            found[member_of(gateway.value)] = ("the internal gateway", label(gateway.at, gateway.token, "the gateway"))
        return found

    @cached_property
    def nets(self) -> NetIndex:
        return NetIndex(self.device.internal_nets)


class NetIndex:
    """Networks by their prefixes: which one holds an address costs a look-up for each length of a prefix in use."""

    def __init__(self, nets: list[Given[Network]]) -> None:
        self._by_prefix: dict[tuple[Family, int, int], Given[Network]] = {}
        for given in nets:
            net = given.value
            self._by_prefix[net.family, net.length, net.value >> (BITS[net.family] - net.length)] = given
        self._lengths = sorted({(net.value.family, net.value.length) for net in nets})

    def outside(self, members: Collection[Member]) -> list[Member]:
        """The members in no network, of the families of which networks are given. Most pools lie within one network."""
        if not self._lengths or not members:
            return []
        least, most = address_of(min(members)), address_of(max(members))
        for family, length in self._lengths:
            host = BITS[family] - length
            prefix = (family, length, least.value >> host)
            if family == least.family == most.family and most.value >> host == prefix[2] and prefix in self._by_prefix:
                return []
        families = {family for family, _ in self._lengths}
        addresses = [(member, address_of(member)) for member in members]
        return [member for member, one in addresses if one.family in families and self.holder(one) is None]

    def holder(self, address: Address | None) -> Given[Network] | None:
        """A network that holds an address."""
        if address is None:
            return None
        for family, length in self._lengths:
            if family == address.family:
                given = self._by_prefix.get((family, length, address.value >> (BITS[family] - length)))
                if given is not None:
                    return given
        return None


def edge_of(net: Network, address: Address) -> str | None:
    """What an address is in its network, if it is not for hosts: RFC 919, RFC 4291 2.6.1; RFC 3021 for two addresses."""
    if net.last - net.value < 2:
        return None
    if address.value == net.value:
        return f"the network address of {net}"
    return f"the broadcast address of {net}" if net.family == 4 and address.value == net.last else None


def label(at: Stated[Node], token: Token[object] | None, message: str) -> Label:
    return Label(at.span(token), message)


def replace(
    at: Stated[Node],
    token: Token[object],
    text: str,
    title: str | None = None,
    applicability: Applicability = Applicability.UNSAFE,
) -> Fix:
    """A fix that writes another text in a token's place."""
    return Fix(title or f"write `{text}`", (Edit(at.span(token), text),), applicability)


def delete_line(at: Stated[Node], title: str, applicability: Applicability = Applicability.UNSAFE) -> Fix:
    """A fix that takes a statement out, its line with it."""
    return Fix(title, (Edit(at.source.whole_line(at.line), ""),), applicability)


def other_place(found: AnyFound, token: Token[object] | None, message: str) -> tuple[Label, ...]:
    """The label on the other place of a fault, if it has one: a word of the other statement, or of the same."""
    if found.other is None and token is None:
        return ()
    return (label(found.other or found.at, token, message),)


def near_help(kind: str, name: str | None) -> tuple[str, ...]:
    return (f"a {kind} with a similar name exists: `{name}`",) if name else ()
