"""Every command of the laboratory, for root and for a user who is not: what sessions show is as it was written down."""

from __future__ import annotations

import re
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

import pytest

from lbsh.lab.commands import COMMANDS
from tests.limits import LONGEST
from tests.system.transcripts import ROOT, TRANSCRIPTS, UNPRIVILEGED, replay

USERS = {"root": (), "nobody": UNPRIVILEGED}

MANY_POOLS = 200


@pytest.mark.sampled
@pytest.mark.parametrize("user", USERS)
@pytest.mark.parametrize("path", TRANSCRIPTS, ids=lambda path: path.stem)
def test_a_session_shows_what_it_showed(path: Path, user: str) -> None:
    text = path.read_text(encoding="utf-8")
    assert replay(text, *USERS[user]) == text


def test_every_command_is_in_a_transcript() -> None:
    texts = [path.read_text(encoding="utf-8") for path in TRANSCRIPTS]
    used = {line.split()[1] for text in texts for line in text.splitlines() if line.startswith("lab> ")}
    assert used >= {*COMMANDS}


@pytest.mark.gate
@pytest.mark.parametrize(("user", "servers"), [("root", 10), ("nobody", 4)])
def test_two_hundred_pools(user: str, servers: int, tmp_path: Path) -> None:
    site = readable(tmp_path / "site.lb", many_pools(servers))
    last = f"10.0.7.{servers}"
    shown = lab(USERS[user], site, "spread web7 20", f"kill {last}", "spread web7 10", "connect from farm2 web199")
    lines = shown.splitlines()
    assert f"{site} is up: 205 machines, {200 * servers} servers, nftables on the device" in lines
    first = next(line for line in lines if "10.0.7.1 " in line)
    assert first.split()[-2:] == [str(20 // servers), "#" * (20 // servers)]
    assert any(line.split()[:1] == ["refused"] for line in lines)
    assert re.match(r"farm2 to web199 198.18.199.1 tcp 80: server\d+ \(10.0.199.1 port 80\) answers", lines[-1])


@pytest.mark.gate
def test_rules_that_the_kernel_takes_from_root_alone(tmp_path: Path) -> None:
    site = readable(tmp_path / "site.lb", many_pools(10))
    done = subprocess.run(
        [*UNPRIVILEGED, sys.executable, "-m", "lbsh", "lab", site, "-c", "connect web7"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=LONGEST,
        check=False,
    )
    assert (done.returncode, done.stderr) == (
        2,
        "lbsh: the rules of this site are longer than the kernel takes at once from users: run as root\n",
    )


def readable(path: Path, text: str) -> str:
    """Writes a file that everybody may read, wherever it lies; its path."""
    path.write_text(text)
    for folder in (path.parent, *path.parents[1:3]):
        folder.chmod(0o755)
    return str(path)


def many_pools(servers: int) -> str:
    """A large site."""
    lines = [
        f"service web{number} is 198.18.{number}.1 tcp 80 reflect\npool p{number} for web{number}\n"
        f"add 10.0.{number}.1-{servers} to p{number}"
        for number in range(MANY_POOLS)
    ]
    device = "interface external xl0\ninterface internal xl1\ninternal net 10.0.0.0/8\ninternal gw 10.255.255.254\n"
    return f"{device}external net 198.18.0.0/15\nexternal addr 198.18.255.1\n" + "\n".join(lines) + "\n"


@pytest.mark.parametrize("filter_", ["nftables", "iptables"])
def test_either_filter_may_drive_the_device(filter_: str) -> None:
    shown = lab((), "examples/mail.lb", "--driver", filter_, "connect from server2 SMTP")
    assert shown.splitlines()[0] == f"examples/mail.lb is up: 8 machines, 3 servers, {filter_} on the device"
    assert shown.splitlines()[-1].endswith("answers, and sees 192.168.1.1")


def test_commands_come_from_a_file_and_from_standard_input(tmp_path: Path) -> None:
    commands = "# a comment\n\n  connect LDAP  \nexit\nconnect SMTP\n"
    (tmp_path / "commands").write_text(commands)
    start = [sys.executable, "-m", "lbsh", "lab", "examples/mail.lb"]
    outputs = [
        subprocess.run(
            [*start, *more], cwd=ROOT, input=commands, capture_output=True, text=True, timeout=LONGEST, check=True
        ).stdout
        for more in ([str(tmp_path / "commands")], ["-"], [])
    ]
    assert outputs == outputs[:1] * 3
    assert outputs[0].splitlines()[1:] == [
        "lab> connect LDAP",
        "client1 to LDAP 62.103.127.157 tcp 389: server1 (192.168.1.2 port 389) answers, and sees 198.51.100.3",
        "lab> exit",
    ]


def lab(before: Sequence[str], site: str, *options: str) -> str:
    """What a session of these options and commands shows."""
    words: list[str] = []
    for option in options:
        words += [option] if option.startswith("-") or (words and words[-1] == "--driver") else ["-c", option]
    command = [*before, sys.executable, "-m", "lbsh", "lab", site, *words]
    done = subprocess.run(
        command, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, timeout=LONGEST, check=False
    )
    assert done.returncode < 2, done.stdout
    return done.stdout
