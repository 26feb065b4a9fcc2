"""Namespaces without a name: cables between them, sockets and programs in them, and their end."""

from __future__ import annotations

import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import pytest

from lbsh.lab.namespaces import DRAWN_PORTS, Namespace
from lbsh.programs import CommandError
from tests.limits import LONGEST

ROOT = Path(__file__).parents[2]

KILLED = """
from lbsh.lab.namespaces import Namespace
one, other = Namespace("one"), Namespace("other")
one.configure(f"link add eth0 type veth peer name eth0 netns {other.path}")
print(one.path, other.path, flush=True)
input()
"""


@pytest.fixture
def pair() -> Iterator[tuple[Namespace, Namespace]]:
    """Two namespaces with a cable between them."""
    one, other = Namespace("one"), Namespace("other")
    one.configure(
        f"link add eth0 type veth peer name eth0 netns {other.path}",
        "link set eth0 up",
        "addr add 10.0.0.1/24 dev eth0",
    )
    other.configure("link set eth0 up", "addr add 10.0.0.2/24 dev eth0")
    yield one, other
    one.delete()
    other.delete()


def test_a_socket_belongs_to_the_namespace_in_which_it_was_opened(pair: tuple[Namespace, Namespace]) -> None:
    one, other = pair
    listener, caller = (here.socket(socket.AF_INET, socket.SOCK_STREAM) for here in (other, one))
    with listener, caller:
        listener.bind(("10.0.0.2", 80))
        listener.listen()
        caller.settimeout(LONGEST)
        caller.connect(("10.0.0.2", 80))
        accepted, peer = listener.accept()
        accepted.close()
    assert peer[0] == "10.0.0.1"
    assert peer[1] in DRAWN_PORTS


def test_programs_run_inside(pair: tuple[Namespace, Namespace]) -> None:
    one, other = pair
    assert "10.0.0.1/24" in one.run("ip", "address")
    done = subprocess.run(other.inside("ip", "address"), capture_output=True, text=True, timeout=LONGEST, check=True)
    assert "10.0.0.2/24" in done.stdout
    assert other.run("cat", text="what it reads") == "what it reads"


def test_what_fails_says_so(pair: tuple[Namespace, Namespace]) -> None:
    with pytest.raises(CommandError, match=r"`ip -force -batch -` failed.*nowhere"):
        pair[0].configure("link set nowhere up", "link set lo up")
    assert "LOOPBACK,UP" in pair[0].run("ip", "link", "show", "lo"), "the line behind it is carried out"
    with pytest.raises(CommandError, match="`no-such-program` is not installed"):
        pair[0].run("no-such-program")


def test_parameters_are_those_of_the_namespace(pair: tuple[Namespace, Namespace]) -> None:
    pair[0].set_sysctl("net.ipv4.ip_forward", 1)
    forwarding = Path("/proc/sys/net/ipv4/ip_forward")
    assert [here.call(forwarding.read_text).strip() for here in pair] == ["1", "0"]


def test_a_namespace_ends_with_its_process_and_has_no_name() -> None:
    named = {*Path("/run/netns").glob("*")}
    command = [sys.executable, "-c", KILLED]
    with subprocess.Popen(command, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        made = {Path(path).stat().st_ino for path in process.stdout.readline().split()}
        assert len(made) == 2
        held = {holder for holder in holders() if holder[1] in made}
        assert {number for _, number in held} == made
        process.kill()
    assert not held & holders()
    assert {*Path("/run/netns").glob("*")} == named


def holders() -> set[tuple[str, int]]:
    """All threads of the machine, each with the inode of its network namespace: other tests get a number that is free."""
    found = set()
    for path in Path("/proc").glob("[0-9]*/task/*/ns/net"):
        with suppress(OSError):  # it has ended
            found.add((str(path), path.stat().st_ino))
    return found
