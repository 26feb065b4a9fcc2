"""The poller at work while 64 clients connect all the time: what opens after a removal succeeds, and nobody is ejected for
what is not a server's fault. Counts and events, never seconds.
"""

from __future__ import annotations

import contextlib
import re
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.system.crowd import Crowd, failed, shares
from tests.system.device import Device
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


@pytest.mark.sampled
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
