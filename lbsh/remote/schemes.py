"""The ways to files on other machines, and what each of them can do and cannot: a table."""

from __future__ import annotations

from enum import Enum
from typing import NamedTuple


class Scheme(Enum):
    """The word before `://`."""

    SFTP = "sftp"
    TFTP = "tftp"
    HTTPS = "https"


class Abilities(NamedTuple):
    """What a scheme can do."""

    port: int
    """Unless the URL names one."""
    is_encrypted: bool
    """Nobody on the way reads along."""
    proves_server: bool
    """Nobody on the way, and no other server, can hand over something else: a key or a certificate is checked."""
    takes_user: bool
    takes_query: bool
    replaces_whole: bool
    """A file that is stored replaces the old one at once: its name never leads to half a file."""
    note: str
    """What an operator is told before each use; empty if there is nothing to say."""

    @property
    def needs_consent(self) -> bool:
        """Whether a file acts only after its plan was shown and accepted, or with a digest that the operator gave."""
        return not self.proves_server


ABILITIES: dict[Scheme, Abilities] = {
    Scheme.SFTP: Abilities(
        port=22,
        is_encrypted=True,
        proves_server=True,
        takes_user=True,
        takes_query=False,
        replaces_whole=True,
        note="",
    ),
    Scheme.TFTP: Abilities(
        port=69,
        is_encrypted=False,
        proves_server=False,
        takes_user=False,
        takes_query=False,
        replaces_whole=False,
        note="tftp is clear text: anybody on the way can read and change the file, and nobody knows which server answers",
    ),
    Scheme.HTTPS: Abilities(
        port=443,
        is_encrypted=True,
        proves_server=True,
        takes_user=False,
        takes_query=True,
        replaces_whole=False,
        note="",
    ),
}
"""Of each scheme. Whether https replaces a file as a whole is up to its server, so it is not promised."""
