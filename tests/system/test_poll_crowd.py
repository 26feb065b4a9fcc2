"""The poller at work while 64 clients connect all the time: what opens after a removal succeeds, and nobody is ejected for
what is not a server's fault. Counts and events, never seconds.
"""

from __future__ import annotations

import contextlib
import json
import re
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.system.crowd import Crowd, failed, shares
from tests.system.device import Device
from tests.system.lab import Answer, Conversation, Refused
from tests.system.rack import SERVICE, Rack
from tests.system.watching import Watched, polling

HEAD = """\
interface external wan
interface internal lan
external addr 203.0.113.1
internal net 10.0.0.0/24
internal gw 10.0.0.254
"""
WEB = """\
service WEB is 203.0.113.5 tcp 8080
pool web for WEB
add 10.0.0.1-3 to web
add 10.0.0.4 to web backup
probe WEB with tcp every 500ms timeout 400ms rise 1
"""
ALL = {"m1", "m2", "m3"}
MOST_PROBES = 10
"""Between a death and its removal, `fall` being 3: the server's turn with its re-checks, never more than five open at once;
and as many again for those that start while this machine is busy and the change is loaded, or read here."""


class Site:
    """A farm, its device, and a poller's script on it."""

    def __init__(self, lab: Rack, device: Device, driver: str) -> None:
        self.lab, self.device, self._driver = lab, device, driver

    def apply(self, script: str) -> None:
        path = self.device.folder / "site.lb"
        path.write_text(HEAD + script)
        self.device.lbsh("apply", "--driver", self._driver, str(path))

    @contextlib.contextmanager
    def poller(self, *options: str, probed: int) -> Iterator[Watched]:
        """A poller that has found all servers up."""
        with polling(self.device, *options) as poller:
            for _ in range(probed):
                poller.wait_for("server-up")
            yield poller

    def crowd(self, port: int = 8080) -> Crowd:
        return Crowd(self.lab["client"], (SERVICE, port))

    def count_probes(self) -> None:
        """From now on the device's kernel notes each probe's server and source port."""
        text = """table inet probes {
            set sent { type ipv4_addr . inet_service; size 65535; flags dynamic; }
            chain out { type filter hook output priority 0
                ip daddr 10.0.0.0/24 tcp flags & (syn | ack) == syn add @sent { ip daddr . tcp sport }
            }
        }"""
        self.lab["device"].run("nft", "-f", "-", text=text)

    def probes(self, number: int) -> int:
        """How many connections the device itself began to a server; a packet that is sent again does not count."""
        said = self.lab["device"].run("nft", "list", "set", "inet", "probes", "sent")
        return len(re.findall(rf"10\.0\.0\.{number} \. \d+", said))


pytestmark = pytest.mark.sampled


@pytest.fixture(params=["nftables", "iptables"])
def site(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Site]:
    with Rack() as lab:
        yield Site(lab, Device(lab["device"], tmp_path), request.param)


def kill(lab: Rack) -> None:
    lab.stop("m2")


def silence(lab: Rack) -> None:
    lab.silence(2)


def unplug(lab: Rack) -> None:
    lab.pull("leg2")


@pytest.mark.parametrize("die", [kill, silence, unplug])
def test_no_connection_fails_that_is_opened_after_a_removal(site: Site, die: Callable[[Rack], None]) -> None:
    site.apply(WEB)
    with site.poller(probed=4) as poller, site.crowd() as crowd:
        before = crowd.after_now(320)
        assert failed(before) == []
        assert shares(before).keys() == ALL
        site.count_probes()
        earlier = site.probes(2)
        die(site.lab)
        poller.wait_for("server-down", address="10.0.0.2")
        assert 1 <= site.probes(2) - earlier <= MOST_PROBES
        poller.wait_for("rules")
        after = crowd.after_now(640)
        assert failed(after) == []
        assert shares(after).keys() == ALL - {"m2"}
        assert site.lab.in_rules() == {1, 3}
    assert [one["address"] for one in poller.of("server-down")] == ["10.0.0.2"]


TWO = """\
service MAIL is 203.0.113.5 tcp 143
pool mail for MAIL
add 10.0.0.1-3 to mail
probe MAIL with tcp every 500ms timeout 400ms rise 1
service DIRECTORY is 203.0.113.5 tcp 389
pool directory for DIRECTORY
add 10.0.0.1-3 to directory
probe DIRECTORY with tcp every 500ms timeout 400ms rise 1
"""


@contextlib.contextmanager
def session_on(lab: Rack, machine: str, port: int) -> Iterator[Conversation]:
    """An open connection that a server took, among as many as there are servers."""
    with contextlib.ExitStack() as stack:
        opened = [stack.enter_context(lab.converse("client", SERVICE, port)) for _ in ALL]
        yield next(one for one in opened if answering(one) == machine)


def answering(session: Conversation) -> str:
    """The server that answers an open connection now."""
    answer = session.ask()
    assert isinstance(answer, Answer), answer
    return answer.server


def test_a_session_goes_on_beside_a_directory_that_dies_and_takes_its_share_again(site: Site) -> None:
    site.apply(TWO)
    with site.poller(probed=6) as poller, session_on(site.lab, "m2", 143) as mail, site.crowd(389) as crowd:
        site.lab.stop("m2", 389)
        poller.wait_for_rules("server-down", service="DIRECTORY", address="10.0.0.2")
        without = crowd.after_now(320)
        assert failed(without) == []
        assert shares(without).keys() == ALL - {"m2"}
        assert answering(mail) == "m2"
        site.lab.start("m2")
        poller.wait_for_rules("server-up", service="DIRECTORY", address="10.0.0.2")
        again = crowd.after_now(640)
        assert failed(again) == []
        assert shares(again)["m2"] > len(again) // 4
        assert answering(mail) == "m2"
    assert {one["service"] for one in poller.of("server-down")} == {"DIRECTORY"}


def test_the_backup_serves_while_all_others_are_dead(site: Site) -> None:
    site.apply(WEB)
    with site.poller(probed=4) as poller, site.crowd() as crowd:
        for machine in sorted(ALL):
            site.lab.stop(machine)
        for _ in ALL:
            poller.wait_for("server-down")
        poller.wait_for("rules")
        alone = crowd.after_now(320)
        assert failed(alone) == []
        assert shares(alone).keys() == {"m4"}
        for machine in sorted(ALL):
            site.lab.start(machine)
        for _ in ALL:
            poller.wait_for("server-up")
        poller.wait_for("rules")
        together = crowd.after_now(320)
        assert failed(together) == []
        assert shares(together).keys() == ALL


def test_a_drained_server_keeps_its_connections_and_gets_no_new_ones(site: Site) -> None:
    site.apply(WEB)
    with site.poller(probed=4) as poller, session_on(site.lab, "m2", 8080) as session, site.crowd() as crowd:
        site.device.run("drain 10.0.0.2 from web")
        drained = crowd.after_now(320)
        assert failed(drained) == []
        assert shares(drained).keys() == ALL - {"m2"}
        site.lab.stop("m3")
        poller.wait_for_rules("server-down", address="10.0.0.3")
        last = crowd.after_now(320)
        assert failed(last) == []
        assert shares(last).keys() == {"m1"}
        assert answering(session) == "m2"


DATAGRAMS = """\
service NAMES is 203.0.113.5 udp 53
pool names for NAMES
add 10.0.0.1-3 to names
probe NAMES with icmp every 500ms timeout 400ms rise 1
"""


def test_a_client_of_datagrams_with_a_fixed_port_moves_to_a_server_that_lives(site: Site) -> None:
    site.apply(DATAGRAMS)
    with site.poller(probed=3) as poller, site.lab.converse("client", SERVICE, 53, "udp", source_port=5300) as client:
        met = []
        for _ in ALL:
            met.append(answering(client))
            assert answering(client) == met[-1]
            site.lab.pull(f"leg{met[-1][1:]}")
            poller.wait_for_rules("server-down", address=f"10.0.0.{met[-1][1:]}")
        assert set(met) == ALL
        assert site.lab.in_rules() == set()
        assert client.ask() == Refused()
        site.lab.plug_in("leg2")
        poller.wait_for_rules("server-up", address="10.0.0.2")
        assert answering(client) == "m2"


def test_own_link_lost_ejects_nobody_while_statuses_are_held(site: Site) -> None:
    """Whether probes fail for a while after the cable is back is up to the kernel, which looks for its neighbours then; that
    such failures do not count is certain from the playbooks (`tests/poller/playbooks/paths.txt`)."""
    site.apply(WEB)
    broken = "the path through `lan` is broken: statuses of servers behind it are held for 600 s"
    with site.poller("--hold", "600s", probed=4) as poller:
        site.lab.pull("trunk")
        poller.wait_for("notice", text=broken)
        for _ in range(3):
            before = last_results(site.device)
            while min(last_results(site.device)) <= max(before):
                assert poller.of("server-down") == []
        assert site.lab.in_rules() == {1, 2, 3}
        site.lab.plug_in("trunk")
        poller.wait_for("notice", text="the path through `lan` works again; failures while it did not do not count")
        with site.crowd() as crowd:
            while failed(served := crowd.after_now(320)):  # until the device has found all its neighbours again
                assert poller.of("server-down") == []
            assert shares(served).keys() == ALL
    assert poller.of("server-down") == []


def last_results(device: Device) -> list[int]:
    """For each server, the time of its last result."""
    said = json.loads(device.lbsh("status", "--format", "json", status=None).out)
    return [row["status"]["WEB"]["last"] for pool in said["pools"] for row in pool["servers"]]


def test_own_link_lost_takes_all_servers_out_where_that_is_wanted(site: Site) -> None:
    site.apply(WEB)
    with site.poller("--all-failed", "eject", probed=4) as poller:
        site.lab.pull("trunk")
        for _ in range(4):
            poller.wait_for("server-down")
        poller.wait_for("rules")
        assert site.lab.in_rules() == set()
        site.lab.plug_in("trunk")
        for _ in range(4):
            poller.wait_for("server-up")
        poller.wait_for("rules")
        with site.crowd() as crowd:
            served = crowd.after_now(320)
            assert failed(served) == []
            assert shares(served).keys() == ALL
