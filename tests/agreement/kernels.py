"""The destinations of packets when the kernel of the device runs the emitted rules."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence

from lbsh_lang.backends.base import Backend, Options
from lbsh_lang.site.model import Site
from tests.agreement.claims import Meeting, Trial
from tests.agreement.wires import Call, Wires


def load_nftables(wires: Wires, backend: Backend, before: Site, after: Site) -> None:
    """The rules of `before`, then, if `after` differs, the change to it, as for servers that fail."""
    options = Options(backend.targets[0])
    wires.device.run("nft", "-f", "-", text=backend.render(before, options).text)
    if after != before:
        change = backend.render_change(before, after, options)
        text = backend.render(after, options).text if change is None else change.text
        wires.device.run("nft", "-f", "-", text=text)


def load_iptables(wires: Wires, backend: Backend, site: Site) -> None:
    """As after a start: without `--noflush` the tables are emptied first, also of the rules of the case before."""
    text = backend.render(site, Options(backend.targets[0], frozenset({"hook"}))).text
    for program in ("iptables-restore", "ip6tables-restore"):
        wires.device.run(program, "-w", text=text)


def kernel_faults(wires: Wires, trials: Sequence[Trial]) -> Iterator[tuple[Trial, str]]:
    """The differences between real packets and the tracer."""
    wires.forget_connections()
    met: dict[tuple[int, int], Meeting] = {}
    for wave in _waves(trials):
        calls = [_call(trials[number], trials[number].sources[rank]) for number, rank in wave]
        met.update(zip(wave, wires.call(calls), strict=True))
    for number, trial in enumerate(trials):
        for fault in trial.faults([met[number, rank] for rank in range(len(trial.sources))]):
            yield trial, fault


def _waves(trials: Sequence[Trial]) -> Iterator[list[tuple[int, int]]]:
    """Calls that may be made at the same time, as numbers of trials and of their sources.

    Calls to one service wait for each other, since the servers take turns; all others can run at once.
    """
    queues: defaultdict[str, list[list[tuple[int, int]]]] = defaultdict(list)
    for number, trial in enumerate(trials):
        queue = queues[trial.trace.service.name if trial.is_balanced and trial.trace.service else f" {number}"]
        queue += [[(number, rank) for rank in wave] for wave in trial.waves()]
    longest = max(map(len, queues.values()), default=0)
    for turn in range(longest):
        yield [call for queue in queues.values() if turn < len(queue) for call in queue[turn]]


def _call(trial: Trial, source: str) -> Call:
    probe = trial.probe
    return Call(probe.sender, source, probe.protocol, probe.destination, probe.port)
