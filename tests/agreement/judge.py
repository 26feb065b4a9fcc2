"""Tries a case on all parties that must agree with the tracer, counts, and reports the differences."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field

from lbsh_lang.backends.base import Backend, Options
from lbsh_lang.backends.registry import load_backend
from lbsh_lang.check import Rendering, check_resolved
from lbsh_lang.diagnostics import Severity
from lbsh_lang.site.model import Site
from lbsh_lang.site.resolve import Resolution
from lbsh_lang.site.trace.values import Outcome
from lbsh_lang.site.uplinks import ways_of
from tests.agreement.cases import FEATURES, NOBODYS, Case, features
from tests.agreement.claims import Sources, Trial, trial
from tests.agreement.kernels import kernel_faults, load_iptables, load_nftables
from tests.agreement.readers import iptables_faults, pf_faults, read_iptables
from tests.agreement.topology import SOURCES, Probe, exit_to
from tests.agreement.wires import Wires
from tests.pf_reader import read_pf
from tests.reading import resolution_of

Faults = Iterator[tuple[Trial, str]]
SHOWN = 3


class Disagreement(AssertionError):
    """A party and the tracer differ about a packet; the text holds the script and both answers."""


@dataclass(frozen=True, slots=True)
class Question:
    """A resolved case: the site as written, the site without the servers that are down, and the packets with claims."""

    case: Case
    site: Site
    changed: Resolution
    trials: tuple[Trial, ...]

    @property
    def features(self) -> frozenset[str]:
        return frozenset(features(self.case, self.site, self.changed.site))


@dataclass(frozen=True, slots=True)
class Party:
    """A party that must agree with the tracer, and the backend and target whose rules it reads or runs."""

    name: str
    backend: Backend
    target: str
    faults: Callable[[Question], Faults]


@dataclass
class Tally:
    """The number of cases tried on the parties, and of their agreements; counted as tests go on.

    `refused_with` counts refused cases by party and feature of the case.
    """

    sites: int = 0
    packets: int = 0
    connections: int = 0
    agreed: Counter[str] = field(default_factory=Counter)
    refused: Counter[str] = field(default_factory=Counter)
    refused_with: Counter[tuple[str, str]] = field(default_factory=Counter)
    features: Counter[str] = field(default_factory=Counter)
    outcomes: Counter[str] = field(default_factory=Counter)

    def add(self, question: Question) -> None:
        self.sites += 1
        self.packets += len(question.trials)
        self.connections += sum(len(one.sources) for one in question.trials)
        self.features.update(question.features)
        self.outcomes.update(_kind(one) for one in question.trials)

    def refuse(self, party: Party, question: Question) -> None:
        self.refused[party.name] += 1
        self.refused_with.update((party.name, feature) for feature in question.features)

    def refused_by(self, backend: str, parties: Sequence[Party], feature: str) -> int:
        """In how many cases with a feature a backend said LB401, for the target that said it least."""
        return min(self.refused_with[one.name, feature] for one in parties if one.backend.name == backend)


SELDOM = 0.05
"""A feature that fewer of the sites have is hardly tried."""

ENOUGH = 300
"""With so many sites, a feature that is not seldom is found not to be."""


def untried(tally: Tally, parties: Sequence[Party]) -> Iterator[str]:
    """What the generated sites did not try: features that occur too seldom, or that every backend refuses."""
    backends = {party.backend.name for party in parties}
    for feature in FEATURES:
        number = tally.features[feature]
        if feature in NOBODYS:
            continue  # drawn seldom, since it stands for a site that is refused
        if number < tally.sites * SELDOM:
            yield f"{feature}: only in {number} of {tally.sites} sites"
        if parties and all(tally.refused_by(name, parties, feature) == number for name in backends):
            yield f"{feature}: every backend says LB401"


def as_it_is(backend: Backend) -> Backend:
    return backend


def readers(use: Callable[[Backend], Backend] = as_it_is) -> tuple[Party, ...]:
    """The parties that need only the emitted text. `use` may replace a backend."""
    pf, iptables = use(load_backend("pf")), use(load_backend("iptables"))

    def read_as_pf(target: str, *flags: str) -> Callable[[Question], Faults]:
        def faults(question: Question) -> Faults:
            text = pf.render(question.changed.site, Options(target, frozenset(flags))).text
            return pf_faults(read_pf(text, target, anchor="anchor" in flags), question.trials)

        return faults

    def walk(question: Question) -> Faults:
        text = iptables.render(question.changed.site, Options(iptables.targets[0], frozenset({"hook"}))).text
        return iptables_faults(read_iptables(text), question.trials)

    return (
        *(Party(f"PF reader, {target}", pf, target, read_as_pf(target)) for target in pf.targets),
        Party("PF reader, anchor", pf, pf.targets[0], read_as_pf(pf.targets[0], "anchor")),
        Party("iptables reader", iptables, iptables.targets[0], walk),
    )


def kernels(
    for_nftables: Wires, for_iptables: Wires, use: Callable[[Backend], Backend] = as_it_is
) -> tuple[Party, ...]:
    """Real packets. Each filter has machines of its own, which must be up."""
    nftables, iptables = use(load_backend("nftables")), use(load_backend("iptables"))

    def under_nftables(question: Question) -> Faults:
        load_nftables(for_nftables, nftables, question.site, question.changed.site)
        return kernel_faults(for_nftables, question.trials)

    def under_iptables(question: Question) -> Faults:
        load_iptables(for_iptables, iptables, question.changed.site)
        return kernel_faults(for_iptables, question.trials)

    return (
        Party("packets under nftables", nftables, nftables.targets[0], under_nftables),
        Party("packets under iptables", iptables, iptables.targets[0], under_iptables),
    )


def judge(case: Case, parties: Sequence[Party], tally: Tally, sources: Sources) -> None:
    """Raises `Disagreement` if a party differs. Only a backend's refusal is allowed, and counted."""
    question = read(case, sources)
    tally.add(question)
    _agree_with_itself(question)
    for party in parties:
        if refuses(question.changed, party.backend, party.target):
            tally.refuse(party, question)
            continue
        found = list(party.faults(question))
        if found:
            raise Disagreement(_told(question, party.name, found))
        tally.agreed[party.name] += 1


def read(case: Case, sources: Sources) -> Question:
    site, changed = resolution_of(case.script).site, resolution_of(case.changed)
    trials = tuple(trial(site, probe, _net(probe), sources, case.down) for probe in case.probes)
    return Question(case, site, changed, tuple(one for one in trials if not _is_led_elsewhere(site, one)))


def _is_led_elsewhere(site: Site, one: Trial) -> bool:
    """Whether a mark leads a packet to another uplink than the routes do: the machines have no routing tables for marks."""
    source, leaves = one.trace.packet.source, exit_to(one.probe.destination)
    if one.trace.outcome is not Outcome.FORWARDED or leaves not in {interface.name for interface in site.external}:
        return False
    return any(
        way.uplink.interface.name != leaves and any(net.holds(source) for net in way.inside)
        for way in ways_of(site, source.family)
    )


def refuses(resolution: Resolution, backend: Backend, target: str) -> bool:
    """Whether a backend refuses the site; other errors are not allowed."""
    found = check_resolved(resolution, Rendering(backend, target, (backend,))).diagnostics
    codes = {one.code for one in found if one.severity is Severity.ERROR}
    assert codes <= {"LB401"}, (codes, [source.text for source in resolution.script.sources])
    return bool(codes)


def _net(probe: Probe) -> str | None:
    """The network from which a probe's sender takes its sources."""
    return SOURCES[probe.sender][probe.family] if probe.source is None else None


def _agree_with_itself(question: Question) -> None:
    """`--down` means the same as removing the servers by hand."""
    for one in question.trials:
        net = one.probe._replace(source=one.sources[0])
        other = trial(question.changed.site, net, None, Sources())
        same = (one.destinations, one.trace.port, one.trace.sources) == (
            other.destinations,
            other.trace.port,
            other.trace.sources,
        )
        if not same:
            raise Disagreement(_told(question, "tracer, without the servers that are down", [(one, other.claim)]))


def _told(question: Question, party: str, found: Sequence[tuple[Trial, str]]) -> str:
    lines = ["", f"{party} does not agree with the tracer.", "", "The script:", question.case.changed]
    if question.case.down:
        lines += [f"(Its last lines stand for --down {' --down '.join(question.case.down)}.)", ""]
    for one, fault in found[:SHOWN]:
        probe = one.probe
        lines += [
            f"{probe.protocol} {one.sources[0]} -> {probe.destination} port {probe.port}, sent by {probe.sender}:",
            f"  the tracer: {one.trace.outcome.value}: {one.claim}",
            f"  {party}: {fault}",
        ]
    return "\n".join(lines + [f"… and {len(found) - SHOWN} more"] * (len(found) > SHOWN))


def _kind(one: Trial) -> str:
    words = [one.trace.entry.side.value, one.trace.outcome.value]
    return " ".join(words + ["translated"] * one.trace.is_translated)
