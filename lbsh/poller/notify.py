"""Tells systemd how this service is: sd_notify(3), without its library. Does nothing where nobody listens."""

from __future__ import annotations

import os
import socket
from collections.abc import Mapping


class Notifier:
    """The socket on which the system's manager listens, by the environment of this process.

    `watchdog` is the time in seconds within which the manager wants to hear from it again, None if it does not.
    """

    def __init__(self, environment: Mapping[str, str], process: int) -> None:
        address = environment.get("NOTIFY_SOCKET", "")
        self._address = f"\0{address[1:]}" if address.startswith("@") else address
        mine = environment.get("WATCHDOG_PID", str(process)) == str(process)
        microseconds = environment.get("WATCHDOG_USEC", "")
        is_watched = bool(self._address) and mine and microseconds.isascii() and microseconds.isdigit()
        self.watchdog = int(microseconds) / 1_000_000 if is_watched and int(microseconds) else None

    def say(self, *lines: str) -> None:
        """Sends assignments such as `READY=1`. That nobody hears them is no trouble of the poller's."""
        if not self._address:
            return
        try:
            with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as link:
                link.setblocking(False)
                link.sendto("\n".join(lines).encode(), self._address)
        except OSError:
            return


def own_notifier() -> Notifier:
    """That of this process. Programs that it starts do not get the variables: they are no part of the service's state."""
    notifier = Notifier(os.environ, os.getpid())
    for name in ("NOTIFY_SOCKET", "WATCHDOG_PID", "WATCHDOG_USEC"):
        os.environ.pop(name, None)
    return notifier
