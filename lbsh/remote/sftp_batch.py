"""What OpenSSH's `sftp` is given: its options, and batches of its commands, in which names mean nothing but themselves.

A batch has a command a line. A line that begins with `!` would run a shell here, blanks and `#` end a word, and `*`, `?` and
`[` find other names. So every line begins with a command of this module, each name stands in double quotes with `\\` before
what would end or change it, and what would end the line is no name. `sftp` takes the quotes away and protects what finds
other names (makeargv() in its sftp.c).

The first value of an option counts, and the command line comes before `~/.ssh/config` and `/etc/ssh/ssh_config`
(ssh_config(5)). These files are read: an operator has names of hosts, keys, ports and jump hosts there. Nothing in them
makes the check of host keys weaker, has a question asked, forwards anything, or lets another connection be used.
"""

from __future__ import annotations

import math

from lbsh.remote.errors import TransferError
from lbsh.remote.limits import Limits
from lbsh.remote.urls import Url

_ALIVE = 3
"""Messages to a silent server before it counts as gone (ServerAliveCountMax)."""

_FIXED = (
    "BatchMode=yes",
    "StrictHostKeyChecking=yes",
    "VerifyHostKeyDNS=no",
    "NoHostAuthenticationForLocalhost=no",
    "UpdateHostKeys=no",
    "FingerprintHash=sha256",
    "VisualHostKey=no",
    "LogLevel=ERROR",
    "ConnectionAttempts=1",
    "ControlMaster=no",
    "ControlPath=none",
    "ClearAllForwardings=yes",
    "ForwardAgent=no",
    "ForwardX11=no",
    "Tunnel=no",
    "AddKeysToAgent=no",
    "PermitLocalCommand=no",
    "RemoteCommand=none",
    "RequestTTY=no",
)


def arguments(url: Url, limits: Limits) -> tuple[str, ...]:
    """The argument vector, for a batch on standard input."""
    options = [
        *_FIXED,
        f"ConnectTimeout={math.ceil(limits.connect)}",
        f"ServerAliveInterval={math.ceil(limits.silence / _ALIVE)}",
        f"ServerAliveCountMax={_ALIVE}",
    ]
    options += [f"User={url.user}"] if url.user else []
    options += [] if url.has_usual_port else [f"Port={url.port}"]
    words = [word for option in options for word in ("-o", option)]
    return ("sftp", *words, "-b", "-", "--", url.host_in_brackets)


def remote_path(url: Url) -> str:
    """The name of the file for the server: from its root, or from where a login begins, which is the user's home."""
    return f".{url.path.removeprefix('/~')}" if url.path.startswith("/~/") else url.path


def get_batch(remote: str, local: str) -> str:
    """Fetches a file."""
    return f"get {quoted(remote)} {quoted(local)}\n"


def put_batch(local: str, aside: str, remote: str) -> str:
    """Stores a file beside the old one, has the server write it to its disk, and gives it the old one's name at once.

    `rename` replaces atomically where the server has the extension posix-rename@openssh.com; where it has not, a server
    refuses to replace. The first command that fails ends the batch.
    """
    return f"put -f {quoted(local)} {quoted(aside)}\nrename {quoted(aside)} {quoted(remote)}\n"


def remove_batch(remote: str) -> str:
    """Removes a file, if it is there."""
    return f"-rm {quoted(remote)}\n"


def quoted(name: str) -> str:
    """A name as a word of a batch. Raises `TransferError` if it can be none."""
    if not name.isprintable():
        raise TransferError("a name with characters that are not printable is not handed to sftp")
    return '"' + name.replace("\\", "\\\\").replace('"', '\\"') + '"'
