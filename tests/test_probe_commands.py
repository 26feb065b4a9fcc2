"""The command of a probe by `exec`: an absolute path and plain words, and better methods than a mere connection."""

from __future__ import annotations

import pytest

from lbsh_lang.check import check_resolved
from lbsh_lang.probes.command import CommandFault, fault_of, words_of
from lbsh_lang.probes.registry import BUILT_IN
from lbsh_lang.syntax.methods import METHODS, method_at
from tests.reading import resolution_of

COMMANDS: dict[str, CommandFault | None] = {
    "/bin/true": None,
    "/usr/local/libexec/probe --port=80 a,b 1% user@host:/x_y +z": None,
    "/opt/pr\u00fcfung \u00e4": None,
    "bin/true": CommandFault.RELATIVE,
    "./true": CommandFault.RELATIVE,
    "true": CommandFault.RELATIVE,
    "": CommandFault.RELATIVE,
    " /bin/true": CommandFault.RELATIVE,
    "/bin/": CommandFault.RELATIVE,
    "/": CommandFault.RELATIVE,
    "/bin/true\n/bin/false": CommandFault.UNPRINTABLE,
    "/bin/true\x00": CommandFault.UNPRINTABLE,
    "/bin/\u202etrue": CommandFault.UNPRINTABLE,
    **{f"/bin/true a{char}b": CommandFault.CHARACTERS for char in "|&;<>()$`\\\"'*?[]#~{}!^"},
}


@pytest.mark.parametrize("command", COMMANDS)
def test_a_command_is_an_absolute_path_and_plain_words(command: str) -> None:
    assert fault_of(command) is COMMANDS[command]


def test_blanks_part_words_and_nothing_else_does() -> None:
    assert words_of("/bin/x  -v a,b ") == ("/bin/x", "-v", "a,b")
    assert words_of("/bin/true") == ("/bin/true",)


SERVICE = "interface external em0\nservice S is 203.0.113.1 {}\npool p for S\nadd 10.0.0.2 to p\nprobe S with {}\n"

ONLY_CONNECTS = {
    ("tcp 25", "tcp"): "`smtp` asks the service itself",
    ("tcp 80,443", "tcp every 5s"): "`http` asks the service itself",
    ("tcp 443", "syn"): "`https` asks the service itself",
    ("tcp 143", "tcp"): "`imap` asks the service itself",
    ("tcp pop3", "tcp"): "`pop3` asks the service itself",
    ("tcp+udp 53", "tcp"): "`dns` asks the service itself",
    ("tcp 514", "tcp port 389"): "`ldap` asks the service itself",
    ("udp 514", "tcp port 389"): None,
    ("tcp 4711", "tcp"): None,
    ("tcp 25", "tcp port 4711"): None,
    ("tcp 25", "smtp"): None,
    ("tcp 25", "icmp"): None,
    ("tcp 993", "tcp"): None,
    ("tcp 20-80", "tcp"): None,
}


@pytest.mark.parametrize(("place", "probe"), ONLY_CONNECTS)
def test_a_better_method_is_named_where_there_is_one(place: str, probe: str) -> None:
    found = check_resolved(resolution_of(SERVICE.format(place, probe))).diagnostics
    advice = ONLY_CONNECTS[place, probe]
    assert [(one.code, one.help, one.span.text) for one in found] == (
        [] if advice is None else [("LB506", (advice,), probe.split()[0])]
    )


def test_a_service_without_a_statement_of_its_probe_is_not_told() -> None:
    text = SERVICE.format("tcp 25", "tcp").rpartition("probe")[0]
    assert check_resolved(resolution_of(text)).diagnostics == ()


def test_each_port_has_one_method_at_most() -> None:
    ports = [port for name in BUILT_IN for port in METHODS[name].usual_ports]
    assert len(ports) == len(set(ports))
    assert all(method_at(port) is not None and 0 < port < 65536 for port in ports)
    assert not any(METHODS[name].connects_only and METHODS[name].usual_ports for name in BUILT_IN)
