"""The probers of a board: for each method its own, on one loop and with one budget of descriptors."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from functools import partial
from typing import NamedTuple, Protocol

from lbsh.poller.board import Board
from lbsh.poller.conversation import Method
from lbsh.poller.exec import ExecProber
from lbsh.poller.icmp import IcmpProber
from lbsh.poller.own_ports import OwnPorts
from lbsh.poller.parts import Prober, Reactor, Team
from lbsh.poller.probes.methods import method_of
from lbsh.poller.runner import Runner
from lbsh.poller.sockets import Budget
from lbsh.poller.syn import SynProber, may_probe_half_open
from lbsh.poller.targets import Target
from lbsh.poller.tcp import TcpProber, Way, best_way
from lbsh.poller.unmade import Unmade
from lbsh_lang import values
from lbsh_lang.reported import ReportedError
from lbsh_lang.site.model import Probe


class Closing(Prober, Protocol):
    """A prober that gives up its probes and closes what it has open."""

    def close(self) -> None: ...


MakeMethod = Callable[[Probe, Collection[values.Protocol]], Method]
"""Makes the conversations of a probe, for a service of these protocols. Raises `ReportedError`."""


class _Present(NamedTuple):
    """The members of a team, and the descriptor that the loop watches for them."""

    members: Sequence[Closing]
    watched: int | None


class Crew:
    """Makes the teams for a loop, one after another; the probes of a former one go on until somebody closes it."""

    def __init__(
        self, reactor: Reactor, budget: Budget, make_method: MakeMethod = method_of, own_ports: OwnPorts | None = None
    ) -> None:
        self._reactor, self._budget, self._make_method = reactor, budget, make_method
        self._own_ports = own_ports
        self._present: dict[int, _Present] = {}

    def team(self, board: Board, special: bytearray) -> Team:
        """The probers for a board; may be called by any thread. `special` is health's column of that name."""
        made = _made(board.targets, self._make_method)
        own, way = self._own_ports, best_way()
        column = own.column(board.targets) if own is not None and way is Way.EPOLL_POOL else None
        tcp = TcpProber(board, special, way, self._budget, own.ports if own is not None else (), column)
        runner = Runner(board.targets, made.methods, self._budget)
        syn = SynProber(board.targets)
        members = (tcp, runner, IcmpProber(board.targets), ExecProber(board.targets), syn, Unmade(made.reasons))
        self._present[id(tcp)] = _Present(members, runner.descriptor)
        begin = partial(self._begin, runner.descriptor)
        return Team(members, made.of, tcp, begin, tcp.retire, syn.send, partial(self._close, id(tcp)))

    def dissolve(self) -> None:
        """Ends the open probes of all teams."""
        for name in [*self._present]:
            self._close(name)

    def _begin(self, watched: int | None) -> None:
        if watched is not None:
            self._reactor.watch(watched, _wake)

    def _close(self, name: int) -> None:
        present = self._present.pop(name, None)
        if present is None:
            return
        if present.watched is not None:
            self._reactor.forget(present.watched)
        for member in present.members:
            member.close()


_TCP, _RUNNER, _ICMP, _EXEC, _SYN, _UNMADE = range(6)
_OWN = {"tcp": _TCP, "icmp": _ICMP, "exec": _EXEC, "syn": _SYN}
"""Methods that have a prober of their own; all others are conversations."""


class _Made(NamedTuple):
    """For each server the number of its prober, and its conversation's method; for some, why there is no probe."""

    of: bytes
    methods: Sequence[Method | None]
    reasons: Mapping[int, str]


def _made(targets: Sequence[Target], make: MakeMethod) -> _Made:
    """Prepares each probe once for all servers of its service."""
    known: dict[int, tuple[int, Method | None, str]] = {}
    of, methods, reasons = bytearray(), [], {}
    for index, target in enumerate(targets):
        if id(target.probe) not in known:
            known[id(target.probe)] = _prepared(target, make)
        number, method, reason = known[id(target.probe)]
        of.append(number)
        methods.append(method)
        if number == _UNMADE:
            reasons[index] = reason
    return _Made(bytes(of), methods, reasons)


def _prepared(target: Target, make: MakeMethod) -> tuple[int, Method | None, str]:
    own = _OWN.get(target.probe.method)
    if own == _SYN and not may_probe_half_open():
        own = _TCP  # a whole connection shows what half of one does
    if own is not None:
        return own, None, ""
    try:
        return _RUNNER, make(target.probe, target.protocols), ""
    except ReportedError as error:
        return _UNMADE, None, str(error)


def _wake() -> None:
    """Nothing: the turn that follows collects."""
