"""An OpenSSH server for tests: keys and configuration of its own, a process for each connection, and a way that can be cut.

The test has the listening socket, on a free port of loopback, and passes bytes on between the client and `sshd -i`. So it
can cut a connection after any number of them. All these processes live in one mount namespace, in which `/run` is empty and
a small disk exists; nothing of the machine's own SSH is read.
"""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from tempfile import TemporaryDirectory

from tests.limits import LONGEST

SSHD = "/usr/sbin/sshd"
USER = "nobody"
"""Who logs in besides root: without rights, and with a home that nobody has."""

PLAIN = "daemon"
"""Who logs in to a server that replaces no files, since it lacks the extension posix-rename@openssh.com."""

DISK = 64 * 1024
"""Bytes of the small disk."""

_PREPARE = f"""
mount -t tmpfs none /run && mkdir -m 755 /run/sshd && mount -t tmpfs -o size={DISK} none "$1" && chmod 777 "$1" &&
echo ready && exec cat
"""


def missing() -> str:
    """What there must be for this server and is not; empty if nothing is missing."""
    absent = [one for one in (SSHD, "sftp", "ssh-keygen", "unshare", "nsenter") if shutil.which(one) is None]
    return f"not installed: {', '.join(absent)}" if absent else ""


class SshServer:
    """A running server, with the folder `files` to lie files in and the folder `small` on a small disk."""

    def __init__(self, folder: Path, holder: int) -> None:
        self.folder = folder
        self.cut_after: int | None = None
        """Bytes from the client after which a connection is cut; those that begin from now on."""
        self.connections = 0
        self._holder = holder
        self._listening = socket.create_server(("127.0.0.1", 0))
        self.port: int = self._listening.getsockname()[1]
        self._thread = threading.Thread(target=self._accept, daemon=True)
        self._running: list[subprocess.Popen[bytes]] = []

    @property
    def files(self) -> Path:
        return self.folder / "files"

    @property
    def small(self) -> Path:
        """The small disk as this process sees it."""
        return Path(f"/proc/{self._holder}/root{self.folder / 'small'}")

    @property
    def programs(self) -> Path:
        """A folder with a program `sftp`, which reads the test's configuration in place of the user's."""
        return self.folder / "programs"

    def url(self, path: str, user: str = "root") -> str:
        return f"sftp://{user}@127.0.0.1:{self.port}{path}"

    def know(self, key: str) -> None:
        """Has the client know this key of the host (`host` is the right one)."""
        kind, public = (self.folder / f"{key}.pub").read_text().split()[:2]
        (self.folder / "known").write_text(f"[127.0.0.1]:{self.port} {kind} {public}\n")

    def forget(self) -> None:
        """Has the client know no key."""
        (self.folder / "known").write_text("")

    def start(self) -> None:
        self._thread.start()

    def end(self) -> None:
        with suppress(OSError):
            self._listening.shutdown(socket.SHUT_RDWR)
        self._listening.close()
        self._thread.join(LONGEST)
        for one in self._running:
            one.kill()
            one.wait()

    def _accept(self) -> None:
        with suppress(OSError):
            while True:
                client, _ = self._listening.accept()
                self.connections += 1
                threading.Thread(target=self._serve, args=(client, self.cut_after), daemon=True).start()

    def _serve(self, client: socket.socket, most: int | None) -> None:
        ours, theirs = socket.socketpair()
        with client, ours:
            with theirs:
                command = [
                    "nsenter",
                    f"--mount=/proc/{self._holder}/ns/mnt",
                    SSHD,
                    "-i",
                    "-e",
                    "-f",
                    str(self.folder / "sshd"),
                ]
                log = (self.folder / "log").open("ab")
                self._running.append(
                    subprocess.Popen(command, stdin=theirs.fileno(), stdout=theirs.fileno(), stderr=log)
                )
                log.close()
            back = threading.Thread(target=_pass_on, args=(ours, client, None), daemon=True)
            back.start()
            _pass_on(client, ours, most)
            with suppress(OSError):
                ours.shutdown(socket.SHUT_RDWR)
            back.join(LONGEST)


def _pass_on(source: socket.socket, target: socket.socket, most: int | None) -> None:
    """Passes bytes on until the end, or until there were as many; then nobody hears of the rest."""
    passed = 0
    with suppress(OSError):
        while part := source.recv(1 << 14):
            passed += len(part)
            if most is not None and passed > most:
                break
            target.sendall(part)
    with suppress(OSError):
        source.shutdown(socket.SHUT_RDWR)
    with suppress(OSError):
        target.shutdown(socket.SHUT_RDWR)


@contextmanager
def ssh_server() -> Iterator[SshServer]:
    """Runs a server whose key the client knows."""
    with TemporaryDirectory(prefix="lbsh-ssh-") as name:
        folder = Path(name)
        folder.chmod(0o755)  # USER has to get there
        for one in ("files", "small", "programs"):
            (folder / one).mkdir()
        for key in ("host", "other", "user"):
            subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", folder / key], check=True)
        _configure(folder)
        holder = subprocess.Popen(
            ["unshare", "--mount", "sh", "-c", _PREPARE, "sh", str(folder / "small")],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
        )
        try:
            assert holder.stdout is not None
            assert holder.stdout.readline() == b"ready\n"
            server = SshServer(folder, holder.pid)
            server.know("host")
            server.start()
            try:
                yield server
            finally:
                server.end()
        finally:
            holder.kill()
            holder.communicate()


def _configure(folder: Path) -> None:
    (folder / "sshd").write_text(f"""
HostKey {folder}/host
AuthorizedKeysFile {folder}/user.pub
PidFile none
UsePAM no
StrictModes no
PasswordAuthentication no
KbdInteractiveAuthentication no
PermitRootLogin yes
Banner {folder}/banner
Subsystem sftp internal-sftp
Match User {PLAIN}
  ForceCommand internal-sftp -P posix-rename
""")
    (folder / "banner").write_text("a banner \x1b[31m with an escape sequence\n")
    (folder / "client").write_text(f"""
IdentityFile {folder}/user
IdentitiesOnly yes
UserKnownHostsFile {folder}/known
GlobalKnownHostsFile /dev/null
StrictHostKeyChecking no
LogLevel DEBUG
""")
    program = folder / "programs" / "sftp"
    program.write_text(f'#!/bin/sh\nexec {shutil.which("sftp")} -F {folder}/client "$@"\n')
    program.chmod(0o755)
    os.chmod(folder / "user.pub", 0o644)  # noqa: PTH101
