"""Untracked probes as part of a poller: trials of each net, by which its servers are opened to them.

A net is probed untracked while trials say that it answers such probes as it answers tracked ones. Trials go on, since
others may change their rules at any time; whatever they do meanwhile ejects nobody: a probe that is not answered this way at
once begins again as a tracked one. Without the right, without nft, or in any trouble, all are tracked.

Trials change rules only where they have to: a change of any has all rules read where somebody asks whether they are as they
should be. An open net needs none, of one that is closed the same servers are tried for a while.
"""

from __future__ import annotations

import random
import threading
from collections.abc import Callable, Sequence
from typing import NamedTuple

from lbsh.drivers.untracking import TRIALS
from lbsh.poll.ground import Ground, GroundError
from lbsh.poller.own_ports import Door, OwnPorts, may_have_ports
from lbsh.poller.readings import Reading
from lbsh.poller.trial import Outcome, tried_again
from lbsh_lang.reported import ReportedError

BETWEEN_TRIALS, MORE_BETWEEN = 10.0, 0.02
"""Seconds, and how many more for each net: of a thousand nets, trials take a tenth of a second of a core."""
AFTER_TROUBLE = 60.0
MOST_OF_A_NET, MOST = 8, 512
"""Servers that are tried at a time, of a net and of all; but of each net one at least."""
KEPT_FOR = 6
"""Trials of the same servers of a closed net: after them others have their turn, since these may be down."""
_MOST_NAMED = 5

Net = tuple[str, int]
"""An interface, and the version of the addresses behind it."""
Nets = dict[Net, list[Door]]
Trial = Callable[[Sequence[Door], Sequence[int], Callable[[], bool]], Outcome]
"""Tries servers from some ports, until it is over."""


class _Kept(NamedTuple):
    """A sample of the servers of a net, which are `doors`."""

    doors: list[Door]
    sample: list[Door]


class Untracking:
    """Opens nets to untracked probes. `said` gets what became of them; a poller goes on tracked without."""

    def __init__(self, ground: Ground, said: Callable[[str], None], trial: Trial = tried_again) -> None:
        self._ground, self._said, self._trial = ground, said, trial
        self._nets: Nets = {}
        self._opened: Nets = {}
        self._closed: set[Net] = set()
        self._kept: dict[Net, _Kept] = {}
        self._tried: frozenset[Door] = frozenset()
        self._count = 0
        self._has_ground = False
        self._trouble = ""
        self._changed, self._over = threading.Event(), threading.Event()
        self._thread = threading.Thread(target=self._run, name="untracked", daemon=True)
        ports = ground.table.ports
        self._trial_ports = ports[-TRIALS:]
        self.own_ports = OwnPorts(ports[:-TRIALS])

    def start(self) -> None:
        """Starts trials, in the namespaces of the calling thread."""
        self._thread.start()

    def heed(self, reading: Reading) -> None:
        """Tries the servers of another script; by the handler's thread."""
        nets: dict[Net, dict[Door, None]] = {}
        for target, interface in zip(reading.targets, reading.interfaces or [""] * len(reading.targets), strict=True):
            if may_have_ports(target):
                nets.setdefault((interface, target.address.family), {})[target.address, target.port] = None
        self._nets = {net: [*doors] for net, doors in nets.items()}
        self._changed.set()

    def stop(self) -> None:
        """Ends trials, and takes rules and ports back."""
        self._over.set()
        self._changed.set()
        self._thread.join()
        try:
            self._ground.give_back()
        except GroundError as error:
            self._complain(str(error))

    def _run(self) -> None:
        while not self._over.is_set():
            self._changed.clear()
            nets = self._nets
            self._changed.wait(BETWEEN_TRIALS + MORE_BETWEEN * len(nets) if self.look(nets) else AFTER_TROUBLE)

    def look(self, nets: Nets) -> bool:
        """Whether the nets could be tried; if not, all probes are tracked."""
        for is_last in (False, True):  # others may have flushed all rules: a second time they are there
            try:
                self._try_all(nets)
            except Exception as error:  # the boundary of the thread: whatever it is, probes are tracked
                self.own_ports.open(frozenset())
                self._opened, self._tried, self._has_ground = {}, frozenset(), False
                if is_last:
                    self._complain(str(error) if isinstance(error, ReportedError | OSError) else repr(error))
            else:
                self._trouble = ""
                return True
        return False

    def _try_all(self, nets: Nets) -> None:
        """Tries some servers of each net, and opens those of good ones."""
        if not nets:
            if self._has_ground:
                self._open(nets)
            return
        if not self._has_ground:
            self._ground.take()
            self._has_ground = True
        self._ground.require()
        samples = self._samples(nets)
        self._try_only(frozenset([door for kept in self._kept.values() for door in kept.sample]))
        doors = [door for sample in samples.values() for door in sample]
        outcome = self._trial(doors, self._trial_ports, self._over.is_set)
        if not self._over.is_set():
            silent = {net for net in samples if outcome.lost.isdisjoint(samples[net])}  # they may all be down
            still = {net for net in silent if self._opened.get(net) is nets[net]}
            good = {net for net, sample in samples.items() if outcome.is_good(sample)} | still
            self._tell(samples, good, outcome)
            self._open({net: doors for net, doors in nets.items() if net in good})

    def _samples(self, nets: Nets) -> Nets:
        """Some servers of each net; those of closed nets are kept."""
        most = max(min(MOST // len(nets), MOST_OF_A_NET), 1)
        self._count += 1
        kept = self._kept if self._count % KEPT_FOR else {}
        samples: Nets = {}
        for net, doors in nets.items():
            former = kept.get(net)
            if former is not None and former.doors is doors:
                samples[net] = former.sample
            else:
                samples[net] = random.sample(doors, min(len(doors), most))
        closed = [net for net, doors in nets.items() if self._opened.get(net) is not doors]
        self._kept = {net: _Kept(nets[net], samples[net]) for net in closed}
        return samples

    def _try_only(self, doors: frozenset[Door]) -> None:
        """Has rules for trials of these; those of others may stay, since nobody tries them."""
        if not doors <= self._tried:
            self._ground.table.try_only(doors)
            self._tried = doors

    def _open(self, nets: Nets) -> None:
        """Opens these nets alone: rules come before probes that need them, and go after them."""
        if nets == self._opened:
            return
        former, doors = _doors(self._opened), _doors(nets)
        self.own_ports.open(former & doors)
        self._ground.table.change(former - doors, doors - former)
        self._opened = nets
        self.own_ports.open(doors)

    def _tell(self, samples: dict[Net, list[Door]], good: set[Net], outcome: Outcome) -> None:
        """Says which nets are opened and closed."""
        opened = [net for net in samples if net in good and net not in self._opened]
        closed = [net for net in samples if net not in good and net not in self._closed]
        self._closed = set(samples) - good
        if opened:
            self._said(f"tcp probes of servers {_names(opened)} are untracked")
        silent = [net for net in closed if outcome.lost.isdisjoint(samples[net])]
        if silent:
            self._said(f"tcp probes of servers {_names(silent)} are tracked: none answers a trial")
        lost = [net for net in closed if net not in silent]
        if lost:
            address, port = next(door for door in samples[lost[0]] if door in outcome.lost)
            why = f"an untracked one to {address} port {port} is not answered, a tracked one is"
            self._said(f"tcp probes of servers {_names(lost)} are tracked: {why}; `lbsh doctor` looks for the rule")

    def _complain(self, why: str) -> None:
        if why != self._trouble:
            self._trouble = why
            self._said(f"tcp probes are tracked: {why}")


def _doors(nets: Nets) -> frozenset[Door]:
    return frozenset([door for doors in nets.values() for door in doors])


def _names(nets: Sequence[Net]) -> str:
    """Where servers are, in words."""
    return f"behind {_listed([f'`{name}` (IPv{version})' if name else f'IPv{version}' for name, version in nets])}"


def _listed(names: Sequence[str]) -> str:
    more = len(names) - _MOST_NAMED
    return ", ".join(names[:_MOST_NAMED]) + (f" and {more} more" if more > 0 else "")
