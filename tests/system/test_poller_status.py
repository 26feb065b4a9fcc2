"""What `status` says beside a real poller: servers as they are found, STALE as soon as nobody probes, exit statuses."""

from __future__ import annotations

import http.client
import json
import os
import signal
import socket
import subprocess

import pytest

from tests.limits import LONGEST
from tests.system.device import Device

SCRIPT = """\
interface external xl0
interface internal lo
internal net 192.168.1.0/24
external addr 62.103.127.153
service SMTP is 62.103.127.154 tcp 25
pool mx for SMTP
add 192.168.1.2-3 to mx
probe SMTP with tcp every 300ms timeout 200ms fall 2
"""


def heard(poller: subprocess.Popen[str], event: str) -> dict[str, object]:
    """The next event of this name in the poller's log."""
    assert poller.stdout is not None
    said = []
    for line in poller.stdout:
        said.append(line)
        found: dict[str, object] = json.loads(line)
        if found["event"] == event:
            return found
    assert poller.stderr is not None
    raise AssertionError("".join([*said, *poller.stderr]))


def listening(address: str) -> socket.socket:
    return socket.create_server((address, 25))


def scrape() -> str:
    connection = http.client.HTTPConnection("127.0.0.1", 9115, timeout=LONGEST)
    connection.request("GET", "/metrics")
    return connection.getresponse().read().decode()


@pytest.fixture
def device(bare: Device) -> Device:
    bare.namespace.configure(
        "link set lo up", "addr replace 192.168.1.2/32 dev lo", "addr replace 192.168.1.3/32 dev lo"
    )
    path = bare.folder / "site.lb"
    path.write_text(SCRIPT)
    bare.lbsh("apply", "--no-addresses", str(path), status=None)
    return bare


def test_status_follows_the_poller_and_is_stale_without_one(device: Device) -> None:
    before = device.lbsh("status", status=5)
    assert "STALE: no poller runs; " in before.out
    first, second = (device.namespace.call(listening, f"192.168.1.{last}") for last in (2, 3))
    with device.started("poll", "--log", "json", "--metrics", "127.0.0.1:9115") as poller:
        assert heard(poller, "server-up")["address"] in ("192.168.1.2", "192.168.1.3")
        heard(poller, "server-up")
        heard(poller, "rules")
        shown = device.lbsh("status")
        assert "poller: process" in shown.out
        assert shown.out.count("  UP  ") == 2
        assert "a failed server is out within " in shown.out
        scraped = device.namespace.call(scrape)
        assert scraped.count("lbsh_server_up{") == 2
        assert 'lbsh_service_servers{service="SMTP",pool="mx",state="up"} 2\n' in scraped
        second.close()
        assert heard(poller, "server-down")["reason"] == "refused"
        heard(poller, "rules")
        assert "192.168.1.3  DOWN  " in device.lbsh("status", status=1).out
        first.close()
        heard(poller, "server-down")
        heard(poller, "rules")
        whole = json.loads(device.lbsh("status", "--format", "json", status=4).out)
        assert (whole["exit"], whole["findings"][0]["name"], whole["poller"]["process"]) == (4, "no-server", poller.pid)
        os.kill(poller.pid, signal.SIGKILL)
        poller.wait()
    after = device.lbsh("status", "mx", status=4)
    assert after.out.count("STALE (DOWN)") == 2
    assert "STALE: no poller runs; " in after.out
