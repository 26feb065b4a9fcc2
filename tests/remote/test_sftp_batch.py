"""What `sftp` is given. That names mean nothing but themselves is shown with a real server in tests/system."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lbsh.remote import sftp_batch
from lbsh.remote.errors import TransferError
from lbsh.remote.limits import USUAL
from lbsh.remote.urls import parse_url

WEAK = """
Host backup
  HostName backup.example.net
  Port 2222
  User ops
  ProxyJump jump.example.net
StrictHostKeyChecking no
VerifyHostKeyDNS yes
NoHostAuthenticationForLocalhost yes
UpdateHostKeys yes
BatchMode no
ForwardAgent yes
ForwardX11 yes
ControlMaster auto
ControlPath /tmp/%C
LocalForward 8080 127.0.0.1:80
PermitLocalCommand yes
LocalCommand touch /tmp/x
RemoteCommand id
RequestTTY force
LogLevel QUIET
ConnectionAttempts 9
"""


@pytest.mark.skipif(shutil.which("ssh") is None, reason="not installed: openssh-client")
def test_nothing_in_the_operators_configuration_makes_it_weaker(tmp_path: Path) -> None:
    """OpenSSH itself says what counts in the end (`ssh -G`)."""
    path = tmp_path / "config"
    path.write_text(WEAK)
    _, *words = sftp_batch.arguments(parse_url("sftp://backup/site.lb"), USUAL)
    options = words[: words.index("-b")]
    command = ["ssh", "-F", str(path), "-G", *options, "--", words[-1]]
    shown = subprocess.run(command, check=True, capture_output=True, text=True).stdout
    counts = dict(line.partition(" ")[::2] for line in shown.splitlines())
    assert counts["stricthostkeychecking"] == "true"
    assert counts["batchmode"] == "yes"
    assert counts["loglevel"] == "ERROR"
    assert counts["requesttty"] == "false"
    assert counts["controlmaster"] == "false"
    for option in (
        *("verifyhostkeydns", "nohostauthenticationforlocalhost", "updatehostkeys"),
        *("forwardagent", "forwardx11", "permitlocalcommand"),
    ):
        assert counts[option] in {"no", "false"}, option
    assert counts["clearallforwardings"] == "yes"
    assert counts.get("controlpath", "none") == "none"
    assert counts.get("remotecommand", "none") == "none"
    assert counts["connectionattempts"] == "1"
    # What an operator has there to reach a host does count.
    assert (counts["hostname"], counts["port"], counts["user"]) == ("backup.example.net", "2222", "ops")
    assert counts["proxyjump"] == "jump.example.net"


def test_the_url_counts_more_than_the_configuration() -> None:
    words = sftp_batch.arguments(parse_url("sftp://me@[2001:db8::1]:2200/site.lb"), USUAL)
    assert "User=me" in words
    assert "Port=2200" in words
    assert words[-2:] == ("--", "[2001:db8::1]")
    assert words[-4:-2] == ("-b", "-")


def test_no_user_and_no_port_are_left_to_the_configuration() -> None:
    words = sftp_batch.arguments(parse_url("sftp://backup/site.lb"), USUAL)
    assert not [one for one in words if one.startswith(("User=", "Port="))]


@pytest.mark.parametrize(
    ("url", "path"), [("sftp://h/a/b", "/a/b"), ("sftp://h/~/a/b", "./a/b"), ("sftp://h/~a/b", "/~a/b")]
)
def test_a_path_begins_at_the_root_or_at_home(url: str, path: str) -> None:
    assert sftp_batch.remote_path(parse_url(url)) == path


@given(st.text())
def test_a_batch_has_the_lines_that_it_should_have(name: str) -> None:
    try:
        batch = sftp_batch.put_batch("/tmp/file", f"{name}.tmp", name)
    except TransferError:
        assert not name.isprintable()
        return
    put, rename, rest = batch.split("\n")
    assert put.startswith('put -f "/tmp/file" "')
    assert rename.startswith('rename "')
    assert rest == ""
    assert words_of(rename) == ["rename", f"{name}.tmp", name]


def words_of(line: str) -> list[str]:
    """A line's words, by the rules of `sftp` for double quotes."""
    words, word, is_quoted = [], "", False
    characters = iter(line)
    for character in characters:
        if character == '"':
            is_quoted = not is_quoted
        elif character == "\\" and is_quoted:
            word += next(characters)
        elif character == " " and not is_quoted:
            words.append(word)
            word = ""
        else:
            word += character
    assert not is_quoted
    return [*words, word]
