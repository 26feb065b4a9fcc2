"""What the system's manager hears of the poller, and when: services that start after it rely on that."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from lbsh.lab.namespaces import Namespace
from tests.limits import LONGEST
from tests.system.device import Device
from tests.system.test_poll import SITE


class Manager:
    """The socket on which a manager listens (sd_notify(3))."""

    def __init__(self, folder: Path) -> None:
        self.place = folder / "notify"
        self._link = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self._link.bind(str(self.place))
        self._link.settimeout(LONGEST)

    def close(self) -> None:
        self._link.close()

    def heard_until(self, last: str) -> list[list[str]]:
        """The messages up to the first one with this assignment, as lists of assignments."""
        heard: list[list[str]] = []
        while not heard or last not in heard[-1]:
            heard.append(self._link.recv(4096).decode().splitlines())
        return heard


@pytest.fixture
def device(tmp_path: Path) -> Iterator[Device]:
    namespace = Namespace("manager")
    namespace.configure("link set lo up")
    yield Device(namespace, tmp_path)
    namespace.delete()


@pytest.fixture
def manager(tmp_path: Path) -> Iterator[Manager]:
    with closing(Manager(tmp_path)) as made:
        yield made


def test_the_poller_is_ready_when_it_has_read_the_script_and_not_before(device: Device, manager: Manager) -> None:
    script = device.folder / "site.lb"
    script.write_text(SITE)
    device.lbsh("apply", "--driver", "nftables", str(script))
    with device.started("poll", environment={"NOTIFY_SOCKET": str(manager.place)}):
        heard = manager.heard_until("READY=1")
    assert heard[-1] == ["READY=1", "STATUS=probes 3 servers of revision 1"]
    assert heard[:-1] == [["STATUS=reads the running script"]]


def test_the_poller_is_ready_where_no_script_runs_yet(device: Device, manager: Manager) -> None:
    with device.started("poll", environment={"NOTIFY_SOCKET": str(manager.place)}):
        assert manager.heard_until("READY=1") == [["READY=1", "STATUS=no script runs yet: nothing is probed"]]
