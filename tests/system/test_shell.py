"""`lbsh shell` on a real device: the session of the paper's Fig. 8, with a real filter, real servers and a real poller."""

from __future__ import annotations

import re
import socket
import sys
from collections.abc import Iterator

import pytest

from tests.system.device import ROOT, Device
from tests.system.watching import polling
from tests.tmux import Tmux

FIG_7 = """\
interface external xl0
interface internal xl1
external addr 62.103.127.153
internal net 192.168.1.0/24
internal gw 192.168.1.1
service SMTP is 62.103.127.154 tcp 25 reflect
service LDAP is 62.103.127.157 tcp 389 reflect
pool mx_pool for SMTP
add 192.168.1.2 to mx_pool
add 192.168.1.3 to mx_pool
pool ldap_pool for LDAP
add 192.168.1.2-4 to ldap_pool
probe SMTP with tcp every 300ms timeout 200ms
probe LDAP with tcp every 300ms timeout 200ms
"""

FIG_8 = """\
status 192.168.1.2
status ldap_pool
pool SOME_POOL for FOO
"""
SAID = """\
192.168.1.2 is configured for SMTP, LDAP
SMTP on 192.168.1.2 is UP [AGE]
LDAP on 192.168.1.2 is DOWN [AGE]
  refused; probed SECONDS ago
             LDAP
ldap_pool    ____
192.168.1.2  DOWN
192.168.1.3  UP
192.168.1.4  UP
192.168.1.2: refused
ERROR: undefined service FOO
"""
FURTHER = """\
service FOO as 62.103.127.150 tcp 39
pool SOME_POOL for FOO
help add
"""
ANSWERED = """\
Added new service FOO with dedicated IP 62.103.127.150 and TCP Port 39
Syntax: 'add' IP 'to' POOL
Example: add 192.168.1.100 to some_pool_name
"""


def test_it_is_typed_into_a_real_terminal(device: Device) -> None:
    """Fig. 8, lines 25 and 26: Tab shows the pools; what is written has colours, and its form stands below."""
    device.run("service FOO is 62.103.127.150 tcp 39", "pool SOME_POOL for FOO", status=None)
    state = f"LBSH_STORE={device.store} XDG_STATE_HOME={device.folder}"
    command = f"env PYTHONPATH={ROOT} {state} {sys.executable} -m lbsh shell"
    tmux = device.namespace.call(Tmux, device.folder, 90, command)
    try:
        tmux.until(">>")
        tmux.keys("-l", "add 192.168.1.10 to ")
        tmux.until("add TARGET[, TARGET…] to POOL")
        tmux.keys("Tab")
        tmux.until_line("ldap_pool mx_pool SOME_POOL")
        tmux.keys("-l", "s")
        tmux.keys("Tab", "Enter")
        tmux.until("Added 192.168.1.10 to pool SOME_POOL")
        tmux.keys("-l", "pool ANOTHER for BAR")
        tmux.keys("Enter")
        lines = tmux.until("ERROR: undefined service BAR")
        assert " " * len("  pool ANOTHER for ") + "^^^" in lines
        tmux.keys("-l", "drain 192.168.1.10")
        tmux.until(">> drain 192.168.1.10")
        written = next(line for line in tmux.screen("-e") if "drain" in line)
        assert "\x1b[36m192.168.1.10" in written, written
        tmux.keys("C-c", "C-d")
    finally:
        tmux.close()
    assert device.statements()[-1] == "add 192.168.1.10 to SOME_POOL"


def listening(place: tuple[str, int]) -> socket.socket:
    return socket.create_server(place)


@pytest.fixture
def device(bare: Device) -> Iterator[Device]:
    places = [f"192.168.1.{last}/32 dev lo" for last in (2, 3, 4)]
    bare.namespace.configure("link set lo up", *[f"addr replace {place}" for place in places])
    path = bare.folder / "site.lb"
    path.write_text(FIG_7)
    bare.lbsh("apply", "--no-addresses", str(path), status=None)
    yield bare
    bare.namespace.configure(*[f"addr del {place}" for place in places])


def test_the_session_of_the_figure(device: Device) -> None:
    """Word for word, but for the further lines that say what is not as it should be."""
    places = [("192.168.1.2", 25), ("192.168.1.3", 25), ("192.168.1.3", 389), ("192.168.1.4", 389)]
    servers = [device.namespace.call(listening, place) for place in places]
    try:
        with polling(device) as poller:
            while "UNKNOWN" in device.lbsh("status", status=None).out:
                poller.wait_for("rules")
            said = device.lbsh("shell", stdin=FIG_8, status=1).out
            shown = re.sub(r"\[\d+ days, [\d:]+\]", "[AGE]", re.sub(r"[\d.]+ s ago", "SECONDS ago", said))
            assert shown.startswith(SAID), shown
            assert device.lbsh("shell", stdin=FURTHER).out == ANSWERED
    finally:
        for server in servers:
            server.close()
    assert device.statements()[-2:] == ["service FOO as 62.103.127.150 tcp 39", "pool SOME_POOL for FOO"]
