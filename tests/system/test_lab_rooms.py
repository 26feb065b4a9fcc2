"""Where the kernel refuses a laboratory, a line says why and what to do; at a terminal, every way out of it."""

from __future__ import annotations

import errno
import os
import pty
import subprocess
import sys
import termios
from collections.abc import Sequence
from pathlib import Path

import pytest

from lbsh.lab import rooms
from tests.limits import LONGEST
from tests.system.transcripts import ROOT

LAB = (sys.executable, "-m", "lbsh", "lab", "examples/mail.lb")

NO_NAMESPACES = 'echo 0 >/proc/sys/user/max_user_namespaces && exec setpriv --bounding-set=-all --inh-caps=-all "$@"'
"""A namespace of users, in which there can be no other, and no right to make further ones."""


def test_a_kernel_without_namespaces_for_users() -> None:
    command = ["unshare", "--user", "--map-root-user", "sh", "-c", NO_NAMESPACES, "sh", *LAB, "-c", "machines"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=LONGEST, check=False)
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr == (
        "lbsh: this kernel gives no network namespaces to users who are not root:"
        " run as root, or set `sysctl user.max_user_namespaces=10000`\n"
    )


@pytest.mark.parametrize(
    ("file", "value", "advice"),
    [
        ("_MOST_USERS", "0", "set `sysctl user.max_user_namespaces=10000`"),
        ("_RESTRICTED", "1", "set `sysctl kernel.apparmor_restrict_unprivileged_userns=0`"),
        ("_ALLOWED", "0", "set `sysctl kernel.unprivileged_userns_clone=1`"),
        ("_ALLOWED", "1", "(operation not permitted): run as root, outside containers"),
    ],
)
def test_the_reason_is_what_the_kernel_is_set_to(
    file: str, value: str, advice: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    for name in ("_MOST_USERS", "_RESTRICTED", "_ALLOWED"):
        monkeypatch.setattr(rooms, name, tmp_path / name)
    (tmp_path / file).write_text(f"{value}\n")
    assert advice in rooms.refusal(OSError(errno.EPERM, "Operation not permitted"))


TYPED = [
    pytest.param([b"connect LDAP\n", b"exit\n"], 0, id="exit"),
    pytest.param([b"\x04"], 0, id="Ctrl-D"),
    pytest.param([b"conn\x03"], 130, id="Ctrl-C"),
    pytest.param([b"connect LPAD\n", b"exit\n"], 1, id="a mistake"),
]


@pytest.mark.parametrize(("keys", "status"), TYPED)
def test_a_session_at_a_terminal(keys: Sequence[bytes], status: int) -> None:
    shown, ended, kept = typed(keys)
    assert ended == status, shown
    assert "lab> " in shown
    assert kept, "the terminal is as it was"
    if b"connect LDAP\n" in keys:
        assert "answers, and sees 198.51.100.3" in shown


def typed(keys: Sequence[bytes]) -> tuple[str, int, bool]:
    """Types keys at a laboratory, each at a prompt: what it shows, its status, whether the terminal is as it was."""
    above, below = pty.openpty()
    before = termios.tcgetattr(below)
    process = subprocess.Popen(
        ["setsid", "--ctty", "--wait", *LAB], cwd=ROOT, stdin=below, stdout=below, stderr=below, close_fds=True
    )
    shown = b""
    for key in keys:
        seen = len(shown)
        while b"lab> " not in shown[seen:]:
            shown += os.read(above, 4096)
        os.write(above, key)
    status = process.wait(LONGEST)
    os.set_blocking(above, False)
    while part := read(above):
        shown += part
    kept = termios.tcgetattr(below) == before
    os.close(above)
    os.close(below)
    return shown.decode(errors="replace"), status, kept


def read(descriptor: int) -> bytes:
    """What there is to be read, nothing if there is nothing."""
    try:
        return os.read(descriptor, 4096)
    except OSError:
        return b""
