"""`lbsh poll` in a real kernel: failed servers leave the rules and come back, whatever becomes of the poller."""

from __future__ import annotations

import json
import random
import re
import signal
import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import AbstractContextManager, suppress
from pathlib import Path

import pytest

from lbsh.lab.namespaces import Namespace
from tests.limits import LONGEST
from tests.profiles import share
from tests.system.device import Device
from tests.system.watching import Watched, polling

SERVERS = (1, 2, 3)
SITE = """\
interface external ext0
interface internal int0
external addr 203.0.113.1
internal net 10.0.0.0/24
internal gw 10.0.0.254
service WEB is 203.0.113.5 tcp 8080
pool web for WEB
add 10.0.0.1 to web
add 10.0.0.2 to web
add 10.0.0.3 to web
probe WEB with tcp every 200ms timeout 150ms rise 1
"""


class Farm:
    """A device whose servers are addresses of its own, each with a listener while it lives."""

    def __init__(self, device: Device) -> None:
        self.device = device
        self._alive: dict[int, socket.socket] = {}

    def start(self, number: int) -> None:
        listener = self.device.namespace.socket(socket.AF_INET, socket.SOCK_STREAM)
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind((f"10.0.0.{number}", 8080))
        listener.listen(128)
        self._alive[number] = listener

    def kill(self, number: int) -> None:
        self._alive.pop(number).close()

    def close(self) -> None:
        for number in list(self._alive):
            self.kill(number)

    def in_rules(self) -> set[int]:
        """The servers that the kernel gives connections."""
        said = self.device.rules() + self.device.namespace.run("iptables-save", "-t", "nat")
        return {int(one) for one in re.findall(r"(?:: |--to-destination )10\.0\.0\.([123])\b", said)}

    def poller(self, *options: str) -> AbstractContextManager[Watched]:
        return polling(self.device, *options)


@pytest.fixture(params=["nftables", "iptables"])
def farm(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Farm]:
    namespace = Namespace("polled")
    namespace.configure(
        "link add int0 type veth peer name int1",
        "link add ext0 type veth peer name ext1",
        *(f"link set {name} up" for name in ("lo", "int0", "int1", "ext0", "ext1")),
        "addr add 203.0.113.5/32 dev ext0",
        "addr add 10.0.0.254/24 dev int0",
        *(f"addr add 10.0.0.{number}/32 dev int0" for number in SERVERS),
    )
    made = Farm(Device(namespace, tmp_path))
    for number in SERVERS:
        made.start(number)
    script = tmp_path / "site.lb"
    script.write_text(SITE)
    made.device.lbsh("apply", "--driver", request.param, str(script))
    yield made
    made.close()
    namespace.delete()


def test_a_killed_server_leaves_the_rules_and_comes_back(farm: Farm) -> None:
    assert farm.in_rules() == {1, 2, 3}
    with farm.poller() as poller:
        poller.wait_for("server-up", address="10.0.0.2")
        farm.kill(2)
        found = poller.wait_for_rules("server-down", address="10.0.0.2")
        assert found["reason"] == "refused"
        assert farm.in_rules() == {1, 3}
        assert "DOWN" in farm.device.lbsh("status", "10.0.0.2", status=None).out
        farm.start(2)
        poller.wait_for_rules("server-up", address="10.0.0.2")
        assert farm.in_rules() == {1, 2, 3}


def test_a_changed_script_is_taken_over_and_health_is_kept(farm: Farm) -> None:
    """A server that is down stays down when another one is added, without a new finding; one that is added is probed."""
    with farm.poller() as poller:
        poller.wait_for("server-up", address="10.0.0.3")
        farm.kill(3)
        poller.wait_for_rules("server-down", address="10.0.0.3")
        farm.device.run("remove 10.0.0.1 from web")
        farm.device.run("add 10.0.0.1 to web weight 2")
        poller.wait_for_rules("server-up", address="10.0.0.1")
        assert farm.in_rules() == {1, 2}


def test_the_end_of_a_poller_leaves_the_rules_and_one_that_starts_tears_nothing_down(farm: Farm) -> None:
    with farm.poller() as poller:
        poller.wait_for("server-up", address="10.0.0.1")
        farm.kill(1)
        poller.wait_for_rules("server-down", address="10.0.0.1")
        poller.process.send_signal(signal.SIGTERM)
        assert poller.process.wait() == 0
    assert farm.in_rules() == {2, 3}
    with farm.poller() as poller:
        poller.wait_for("notice", text="probes 3 servers of revision 1")
        assert farm.in_rules() == {2, 3}
        farm.start(1)
        poller.wait_for_rules("server-up", address="10.0.0.1")
        assert farm.in_rules() == {1, 2, 3}


def test_a_second_poller_names_the_first_and_hangup_makes_probes_anew(farm: Farm) -> None:
    with farm.poller() as poller:
        poller.wait_for("server-up")
        done = farm.device.lbsh("poll", status=2)
        assert f"process {poller.process.pid} (poll" in done.errors
        poller.process.send_signal(signal.SIGHUP)
        poller.wait_for("notice", text="makes all probes anew")
        poller.wait_for("notice", text="probes 3 servers of revision 1")


class Story:
    """Servers that die and come back while pollers are killed, and what of that a poller may not know yet.

    A settled server is one whose fate a poller has seen since it last changed: its place in the rules is certain, whatever
    becomes of later pollers.
    """

    def __init__(self, farm: Farm, chance: random.Random) -> None:
        self.farm, self.chance = farm, chance
        self.alive = set(SERVERS)
        self.unsettled = set[int]()

    def turn(self, number: int) -> None:
        """A server dies, or comes back."""
        if number in self.alive:
            self.farm.kill(number)
        else:
            self.farm.start(number)
        self.alive ^= {number}
        self.unsettled.add(number)

    def check(self) -> None:
        """Only servers are out that are dead, or were when a poller last heard of them."""
        assert self.farm.in_rules() - self.unsettled == self.alive - self.unsettled

    def settle(self, poller: Watched) -> None:
        """Waits until a poller that started after the last change has found out about all."""
        end = time.monotonic() + LONGEST
        while self.farm.in_rules() != self.alive or self._up() != self.alive:
            assert poller.process.poll() is None
            assert time.monotonic() < end, f"alive {self.alive}, in the rules {self.farm.in_rules()}"
        self.unsettled.clear()

    def live_through(self, poller: Watched) -> None:
        """Lets servers die or come back, and kills the poller at a moment of that."""
        first, *others = self.chance.sample(SERVERS, self.chance.choice((1, 1, 2)))
        is_certain = first not in self.unsettled
        self.turn(first)
        event = self.chance.choice(("none", "change", "rules"))
        if event != "none" and is_certain:
            word = "up" if first in self.alive else "down"
            poller.wait_for(f"server-{word}", address=f"10.0.0.{first}")
            if event == "rules":
                poller.wait_for("rules")
        for number in others:
            self.turn(number)
        with suppress(subprocess.TimeoutExpired):
            poller.process.wait(self.chance.choice((0, 0, self.chance.uniform(0, 0.6))))
        poller.process.kill()
        poller.process.wait()

    def _up(self) -> set[int]:
        said = json.loads(self.farm.device.lbsh("status", "--format", "json", status=None).out)
        rows = [row for pool in said["pools"] for row in pool["servers"]]
        states = {row["server"]: row["status"]["WEB"]["state"] for row in rows}
        return {number for number in SERVERS if states[f"10.0.0.{number}"] == "UP"}


def test_a_poller_that_is_killed_at_any_moment_leaves_rules_that_are_right(farm: Farm) -> None:
    """SIGKILL while servers die and come back, a hundred times under both filters together. After each death of a poller
    and at the start of the next one, and in the end, no server is out of the rules, or in them, without a cause."""
    story = Story(farm, random.Random(14))
    for number in range(share(50)):
        with farm.poller() as poller:
            poller.wait_for("notice", text="probes 3 servers of revision 1")
            story.check()
            if number % 5 == 0:
                story.settle(poller)
            story.live_through(poller)
        story.check()
        if story.chance.random() < 0.3:
            story.turn(story.chance.choice(SERVERS))
    for number in set(SERVERS) - story.alive:
        story.turn(number)
    with farm.poller() as poller:
        story.settle(poller)
    assert farm.in_rules() == set(SERVERS)


def test_once_says_what_answers_and_changes_nothing(farm: Farm) -> None:
    farm.kill(3)
    before = farm.device.rules()
    done = farm.device.lbsh("poll", "--once", status=1)
    rows = [re.split(r"\s{2,}", line) for line in done.out.splitlines()]
    assert [row[2:5] for row in rows] == [
        ["10.0.0.1 port 8080", "tcp", "answered"],
        ["10.0.0.2 port 8080", "tcp", "answered"],
        ["10.0.0.3 port 8080", "tcp", "refused"],
    ]
    assert farm.device.rules() == before


def test_a_shadow_says_what_it_would_do_and_does_nothing(farm: Farm) -> None:
    with farm.poller("--shadow") as poller:
        poller.wait_for("notice", text="probes 3 servers of revision 1")
        farm.kill(2)
        poller.wait_for("notice", text="would take 10.0.0.2 in web for WEB out (refused)")
    assert farm.in_rules() == {1, 2, 3}
    assert "DOWN" not in farm.device.lbsh("status", status=None).out
