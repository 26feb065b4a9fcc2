"""Complaints of OpenSSH as it prints them, and what an operator reads."""

from __future__ import annotations

import pytest

from lbsh.remote.sftp_words import reason
from lbsh.remote.urls import parse_url

CHANGED = """\
@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@
@    WARNING: REMOTE HOST IDENTIFICATION HAS CHANGED!     @
@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@
IT IS POSSIBLE THAT SOMEONE IS DOING SOMETHING NASTY!
Someone could be eavesdropping on you right now (man-in-the-middle attack)!
It is also possible that a host key has just been changed.
The fingerprint for the ED25519 key sent by the remote host is
SHA256:2nO/vTYM5RKXveagl9ZP8Zh8/C01KjJo0vzFycihJbY.
Please contact your system administrator.
Add correct host key in /root/.ssh/known_hosts to get rid of this message.
Offending ED25519 key in /root/.ssh/known_hosts:1
Host key for [backup]:2222 has changed and you have requested strict checking.
Host key verification failed.
Connection closed
"""

REVOKED = """\
@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@
@       WARNING: REVOKED HOST KEY DETECTED!               @
@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@
"""

UNKNOWN = """\
No ED25519 host key is known for [backup]:2222 and you have requested strict checking.
Host key verification failed.
Connection closed
"""

CASES: list[tuple[str, str]] = [
    (
        CHANGED,
        "WARNING: THE HOST KEY OF [backup]:2222 HAS CHANGED, and is now "
        "SHA256:2nO/vTYM5RKXveagl9ZP8Zh8/C01KjJo0vzFycihJbY. Somebody may be in between. Nothing was sent or fetched. Ask "
        "those who run the host; only if they changed it, remove the old key (line and file of the old one: "
        "/root/.ssh/known_hosts:1)",
    ),
    (REVOKED, "the host key of backup:2222 is marked as revoked here: this may be another machine"),
    (
        UNKNOWN,
        "the host key (ED25519) of [backup]:2222 is not known here: log in with `ssh -p 2222 ops@backup`, and compare the "
        "fingerprint that it shows with one that you have from elsewhere",
    ),
    (
        "ops@backup: Permission denied (publickey,password).\nConnection closed\n",
        "the server refuses the login as `ops` (publickey,password): that takes a key, nobody is asked for a password",
    ),
    (
        "ssh: connect to host backup port 2222: Connection refused\nConnection closed\n",
        "connect to host backup port 2222: Connection refused",
    ),
    ('File "/none.lb" not found.\n', 'File "/none.lb" not found.'),
    (
        'write remote "/site.lb": Failure\n',
        'write remote "/site.lb": Failure (the server gives no reason; its disk may be full)',
    ),
    ("Connection closed\n", "the connection was closed before the end"),
    ("", "the connection was closed before the end"),
    ("evil \x1b[2J\u202e words\n", "evil \ufffd[2J\ufffd words"),
    ("x" * 1000, "x" * 200 + "…"),
]


@pytest.mark.parametrize(("errors", "words"), CASES)
def test_complaint_is_put_into_words(errors: str, words: str) -> None:
    assert reason(errors, parse_url("sftp://ops@backup:2222/site.lb")) == words
