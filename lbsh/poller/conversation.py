"""The protocol of a probe's conversation with a server, without I/O: bytes in, bytes or a verdict out.

A runner opens the connection (or sends the datagram), hands over what comes, and sends what it is told. Time is the runner's
affair: a conversation that reaches no verdict in time has failed. TLS is such a conversation too, around another one.
"""

from __future__ import annotations

from enum import Enum
from typing import NamedTuple, Protocol

from lbsh.poller.results import Reason
from lbsh.poller.targets import Target


class Transport(Enum):
    """How a conversation's bytes travel."""

    TCP = "tcp"
    UDP = "udp"


class Verdict(NamedTuple):
    """The end of a conversation: why the server counts as good or bad, in words what it said, and a last word to send.

    `farewell` is sent if it can be at once; nobody waits for it. `expiry` is the end of the server's certificate, in
    milliseconds since 1970 (UTC).
    """

    reason: Reason
    detail: str = ""
    farewell: bytes = b""
    expiry: int | None = None


class Retry(NamedTuple):
    """The same conversation begins once more, over another transport (dns: by TCP after a truncated answer).

    The runner opens it and calls `begin` again.
    """

    transport: Transport


Step = bytes | Verdict | Retry
"""What to do: send these bytes (none: wait for more), or end."""


class Conversation(Protocol):
    """One conversation, used once."""

    def begin(self) -> Step:
        """What to send as soon as the connection stands; empty if the server speaks first."""

    def receive(self, data: bytes) -> Step:
        """What to do after these bytes: a part of a stream, or a datagram. Empty: the stream has ended."""

    def silence(self) -> Reason:
        """The reason if time is over now."""


class Method(Protocol):
    """The probe of a service, prepared once: requests are encoded, files read, libraries imported."""

    @property
    def transport(self) -> Transport: ...

    def conversation(self, target: Target) -> Conversation:
        """A new conversation with a server. Costs next to nothing."""
