"""Whether servers have failed or the way to them: what happens when all servers behind one interface fail at a time. Pure.

Theory of operation. Before a server goes down, the other machines behind its interface are looked at. If one of them has
answered since the server's first failure began, the way is good. If none has, and another has failed within an interval
too, the way is in doubt: the poller's own path is tested first, and what has failed waits. If the path works, or nobody can
tell in `PATIENCE`, the servers go down. If it does not, they go down at once (`eject`), or only after a while (`hold`).

An answer of any of them in that time shows that the path is back, if a test of it says so, too. The way to the others may
take longer: the kernel has to find its neighbours again. So no failure counts of a probe that started before the path had
been back for `RETURNING`. If tests go on to say that the path is broken while servers answer, these are reached by another
way than the script says, and failures count.

Own times are in microseconds, real ones in milliseconds.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from enum import Enum
from typing import NamedTuple

from lbsh.poller.settings import AllFailed, Settings

PATIENCE = 100_000
AGAIN = 1_000_000
"""From one test of a broken path to the next."""
GOOD = 3_000_000
"""So long a path is not doubted again that was found to work."""
CONTRADICTIONS, ELSEWHERE = 3, 60_000_000
"""So often, a second apart, servers answer though the path is broken until they count as reached by another way, and so
long. Once could be a cable that was put back and pulled again."""
LATEST_ANSWER = 50_000
"""An answer that came before a path broke may be looked at so much later, a turn of the loop."""
RETURNING = 3_000_000
"""So long after a path is back, a server behind it may still be out of reach. The kernel gives up a neighbour after three
questions a second apart (`mcast_solicit`, `retrans_time_ms` in arp(7)), some of which can have been lost."""


class Stage(Enum):
    """The stage of a doubt."""

    TESTING = "testing"
    HELD = "held"


@dataclass(slots=True)
class Doubt:
    """A doubt about the path through an interface. Answers from `since_ms` on, real time, show that the path is good; at
    first that is when the first failure began. `since` is the same in own time, once the path is known to be broken. An
    answer has the path tested, and `contradictions` counts the tests that said that it is broken nevertheless."""

    stage: Stage
    since_ms: int
    until: int
    test_at: int
    until_ms: int = 0
    since: int = 0
    answered: bool = False
    contradictions: int = 0
    waiting: dict[int, None] = field(default_factory=dict)


class Outcome(NamedTuple):
    """What follows: servers that go down, interfaces that are back, others to be tested, words for people."""

    down: list[int]
    back: list[str]
    tests: list[str]
    notices: list[str]


class Paths:
    """The interfaces with the servers behind them. `interfaces` names that of each server, empty if nobody knows.

    `has_answered` says whether a server has shown since a real time that the way to it is good.
    """

    def __init__(
        self,
        interfaces: Sequence[str],
        machines: Sequence[object],
        has_answered: Callable[[int, int], bool],
        settings: Settings,
    ) -> None:
        self.doubts: dict[str, Doubt] = {}
        self._interfaces, self._machines = tuple(interfaces), machines
        self._has_answered, self._settings = has_answered, settings
        self._members: dict[str, list[int]] = {}
        self._good_until: dict[str, int] = {}
        self._excused_until: dict[str, int] = {}
        self._witness: dict[str, int] = {}
        self._outcome = Outcome([], [], [], [])
        for server, interface in enumerate(self._interfaces):
            if interface:
                self._members.setdefault(interface, []).append(server)

    def held(self) -> tuple[str, ...]:
        """Why statuses are held now, a phrase each."""
        words = {Stage.HELD: "is broken", Stage.TESTING: "is in doubt, and is being tested"}
        return tuple([f"the path through `{name}` {words[doubt.stage]}" for name, doubt in self.doubts.items()])

    def must_wait(self, server: int, now: int, since_ms: int) -> bool:
        """Whether a server whose failures began then has to wait, since the way to it is in doubt."""
        interface = self._interfaces[server]
        doubt = self.doubts.get(interface)
        if doubt is None:
            if not interface or self._good_until.get(interface, -1) >= now or not self._is_doubtful(server, since_ms):
                return False
            doubt = self.doubts[interface] = Doubt(Stage.TESTING, since_ms, now + PATIENCE, now + AGAIN)
            self._outcome.tests.append(interface)
        doubt.waiting[server] = None
        return True

    def excused_until(self, server: int) -> int:
        """Failures of probes of a server that started before this time do not count."""
        return self._excused_until.get(self._interfaces[server], 0)

    def take_over(self, old: Paths) -> None:
        """Goes on with what another one knew of paths. Who waits is decided anew."""
        self._excused_until, self._good_until = dict(old._excused_until), dict(old._good_until)
        self._outcome = old._outcome._replace(down=[])  # those are down by their watches
        for interface, doubt in old.doubts.items():
            if interface in self._members:
                self.doubts[interface] = replace(doubt, waiting={})

    def are_behind(self, servers: Iterable[int], interfaces: Sequence[str]) -> list[int]:
        """Those of some servers that are behind some interfaces."""
        return [server for server in servers if self._interfaces[server] in interfaces]

    def leave(self, server: int) -> None:
        """A server waits no longer, since it has answered."""
        doubt = self.doubts.get(self._interfaces[server])
        if doubt is not None:
            doubt.waiting.pop(server, None)

    def answered(self, server: int, now: int) -> None:
        """A server has answered."""
        interface = self._interfaces[server]
        doubt = self.doubts.get(interface)
        if doubt is not None and now >= doubt.since:
            self._is_answered(interface, doubt, now)

    def lost(self, interface: str, now: int, now_ms: int) -> None:
        """The kernel says that an interface of this machine carries nothing: its path is broken, without a test."""
        doubt = self.doubts.get(interface)
        if doubt is None and interface in self._members:
            doubt = self.doubts[interface] = Doubt(Stage.TESTING, now_ms, now + PATIENCE, now + AGAIN)
        if doubt is not None and doubt.stage is Stage.TESTING:
            self._is_broken(interface, doubt, now, now_ms)

    def tested(self, interface: str, works: bool, now: int, now_ms: int) -> None:
        """The result of a test."""
        doubt = self.doubts.get(interface)
        if doubt is None:
            return
        if works:
            self._is_good(interface, doubt, now)
        elif doubt.stage is Stage.TESTING:
            self._is_broken(interface, doubt, now, now_ms)
        elif doubt.answered:
            self._is_contradicted(interface, doubt, now, now_ms)

    def look(self, now: int) -> None:
        """Ends doubts whose time is over."""
        for interface, doubt in list(self.doubts.items()):
            if now >= min(doubt.until, doubt.test_at):
                self._look(interface, doubt, now)

    def taken(self) -> Outcome:
        """What has followed since the last call."""
        outcome, self._outcome = self._outcome, Outcome([], [], [], [])
        return outcome

    def next_time(self, now: int) -> int | None:
        """When a doubt is to be looked at; now if there is an outcome to be taken."""
        if any(self._outcome):
            return now
        return min((min(doubt.until, doubt.test_at) for doubt in self.doubts.values()), default=None)

    def _look(self, interface: str, doubt: Doubt, now: int) -> None:
        if doubt.answered:  # nobody could tell whether the path works
            self._is_good(interface, doubt, now)
        elif any(self._has_answered(member, doubt.since_ms) for member in self._others(interface)):
            self._is_answered(interface, doubt, now)
        elif now >= doubt.until:
            if doubt.stage is Stage.HELD:
                self._say(f"no server behind `{interface}` answers any longer than statuses are held: they go down")
            self._go_down(interface, now)
        else:
            doubt.test_at = now + AGAIN
            self._outcome.tests.append(interface)

    def _is_good(self, interface: str, doubt: Doubt, now: int) -> None:
        if doubt.stage is Stage.TESTING:
            self._go_down(interface, now)
            return
        self._say(f"the path through `{interface}` works again; failures while it did not do not count")
        del self.doubts[interface]
        self._excused_until[interface] = now + RETURNING
        self._outcome.back.append(interface)

    def _is_answered(self, interface: str, doubt: Doubt, now: int) -> None:
        """A server behind the interface has answered: if the path is known to be broken, it is tested whether it is back."""
        if doubt.stage is Stage.TESTING:
            self._is_good(interface, doubt, now)
        elif not doubt.answered:
            doubt.answered, doubt.test_at = True, now + PATIENCE
            self._outcome.tests.append(interface)

    def _is_contradicted(self, interface: str, doubt: Doubt, now: int, now_ms: int) -> None:
        """A server has answered, and the path does not work."""
        doubt.answered, doubt.contradictions = False, doubt.contradictions + 1
        doubt.since, doubt.since_ms, doubt.test_at = now + AGAIN, now_ms + AGAIN // 1000, now + AGAIN
        if doubt.contradictions >= CONTRADICTIONS:
            self._say(f"servers behind `{interface}` answer though it carries nothing: what fails there goes down")
            self._go_down(interface, now)
            self._good_until[interface] = now + ELSEWHERE

    def _is_broken(self, interface: str, doubt: Doubt, now: int, now_ms: int) -> None:
        if self._settings.all_failed is AllFailed.EJECT:
            self._say(f"the path through `{interface}` is broken: all servers behind it go down")
            self._go_down(interface, now)
            return
        hold = self._settings.hold
        doubt.stage, doubt.until, doubt.until_ms = Stage.HELD, now + 1000 * hold, now_ms + hold
        doubt.since, doubt.since_ms = now + LATEST_ANSWER, now_ms + LATEST_ANSWER // 1000
        self._say(
            f"the path through `{interface}` is broken: statuses of servers behind it are held for {hold / 1000:g} s"
        )

    def _go_down(self, interface: str, now: int) -> None:
        """What waits goes down, and so does for a while what fails behind the interface."""
        self._good_until[interface] = now + GOOD
        self._outcome.down.extend(self.doubts.pop(interface).waiting)

    def _say(self, notice: str) -> None:
        self._outcome.notices.append(notice)

    def _is_doubtful(self, server: int, since_ms: int) -> bool:
        """Whether there is another machine behind the interface, and none of them has answered.

        That none has failed by now says nothing: of servers that fail together one is always the first.
        """
        machine, interface = self._machines[server], self._interfaces[server]
        others = [other for other in self._others(interface) if self._machines[other] != machine]
        for other in others:
            if self._has_answered(other, since_ms):
                self._witness[interface] = other
                return False
        return bool(others)

    def _others(self, interface: str) -> Iterator[int]:
        """The servers behind an interface; first the one that last showed that the path is good."""
        witness = self._witness.get(interface)
        if witness is not None:
            yield witness
        yield from self._members[interface]
