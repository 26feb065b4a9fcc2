"""The session that a command is typed in, and whether a change would cut it."""

from __future__ import annotations

import socket
import subprocess
import sys

import pytest

from lbsh.drivers.protocol import Target
from lbsh.gateway.fates import Step
from lbsh.gateway.session import dangers_to
from lbsh.session import Session, session_in
from lbsh_lang.site.model import Site
from lbsh_lang.site.uplinks import DEFAULT_MARKS
from lbsh_lang.values import Address, Protocol
from tests.limits import LONGEST
from tests.reading import site_of

SITE = """\
interface external xl0
interface internal xl1
internal net 192.168.1.0/24
internal gw 192.168.1.1
external addr 203.0.113.1
service WEB is 203.0.113.150 tcp 80
pool web for WEB
add 192.168.1.2 to web
"""
CLIENT, SERVER = Address(4, 0xC6336407), Address(4, 0xCB007101)
SESSION = Session(CLIENT, 51000, SERVER, 22)
TAKER = "service ALL is 203.0.113.1 tcp 22\npool all for ALL\nadd 192.168.1.3 to all\n"


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        ("198.51.100.7 51000 203.0.113.1 22", SESSION),
        ("::ffff:198.51.100.7 51000 ::ffff:203.0.113.1 22", SESSION),
        (
            "fe80::1%xl0 51000 fe80::2 22",
            Session(Address(6, (0xFE80 << 112) + 1), 51000, Address(6, (0xFE80 << 112) + 2), 22),
        ),
        ("198.51.100.7 51000 2001:db8::1 22", None),
        ("198.51.100.7 51000 203.0.113.1", None),
        ("--help 51000 203.0.113.1 22", None),
        ("198.51.100.7 x 203.0.113.1 22", None),
        ("", None),
    ],
)
def test_what_sshd_says(words: str, expected: Session | None) -> None:
    assert session_in({"SSH_CONNECTION": words}) == expected


PRINT = "from lbsh.session import session_here; print(session_here())"
ABOVE = f"import subprocess, sys; subprocess.run([sys.executable, '-c', {PRINT!r}])"


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="only Linux has /proc/net/tcp")
@pytest.mark.parametrize("is_served", [True, False])
def test_the_connection_of_a_process_above(is_served: bool) -> None:
    """A server's process that holds an accepted connection starts a shell, which starts lbsh without the variable."""
    with socket.create_server(("127.0.0.1", 0)) as listener, socket.create_connection(listener.getsockname()) as client:
        served, _ = listener.accept()
        with served:
            held = served if is_served else client
            other = client if is_served else served
            done = subprocess.run(
                [sys.executable, "-c", ABOVE],
                pass_fds=[held.fileno()],
                env={},
                capture_output=True,
                text=True,
                check=True,
                timeout=LONGEST,
            )
            port = other.getsockname()[1]
    assert (f"client_port={port}, " in done.stdout) is is_served, done


def step(before: str, after: str, *, leaving: tuple[Address, ...] = (), targets: tuple[Target, ...] = ()) -> Step:
    old, new = (site_of(text) if text else Site() for text in (before, after))
    return Step(old, new, targets, DEFAULT_MARKS, DEFAULT_MARKS, frozenset(leaving))


FORGOTTEN = Target(SERVER, Protocol.TCP, ((22, 22),), None)


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        (step(SITE, SITE), ()),
        (step("", SITE), ()),
        (step(SITE, SITE + TAKER), ("its packets would go to a server of the service `ALL`",)),
        (step("", SITE + TAKER), ("its packets would go to a server of the service `ALL`",)),
        (step(SITE + TAKER, SITE + TAKER), ()),
        (step(SITE, SITE + TAKER.replace("tcp 22", "tcp 22 from 10.0.0.0/8")), ()),
        (step(SITE, SITE + TAKER.replace("tcp 22", "udp 22")), ()),
        (step(SITE, SITE + TAKER.replace("add 192.168.1.3 to all\n", "")), ()),
        (step(SITE, SITE, leaving=(SERVER,)), ("the device loses the address 203.0.113.1",)),
        (step(SITE, SITE, targets=(FORGOTTEN,)), ("the kernel would forget its connection",)),
    ],
)
def test_what_cuts_a_session(change: Step, expected: tuple[str, ...]) -> None:
    assert dangers_to(SESSION, change) == expected


def test_a_session_from_inside_is_cut_by_a_reflected_service_alone() -> None:
    inside = SESSION._replace(client=Address(4, 0xC0A80163))
    assert dangers_to(inside, step(SITE, SITE + TAKER)) == ()
    reflected = TAKER.replace("tcp 22", "tcp 22 reflect")
    assert dangers_to(inside, step(SITE, SITE + reflected)) != ()


UPLINKS = """\
interface external wan0
interface external wan1
internal net 192.168.1.0/24
internal gw 192.168.1.1
interface internal xl1
external addr 203.0.113.1 on wan0
external net 203.0.113.0/24 on wan0
external net 192.0.2.0/24 on wan1
external gw 203.0.113.2 on wan0
external gw 192.0.2.2 on wan1
"""


def test_another_uplink_for_answers() -> None:
    after = UPLINKS.replace("external gw 203.0.113.2 on wan0\n", "")
    assert dangers_to(SESSION, step(UPLINKS, after)) == ("its answers may leave by another uplink",)
