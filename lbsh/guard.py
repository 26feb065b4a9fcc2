"""The guard: a process that puts an unconfirmed change back at its deadline, whatever became of the one that made it.

Theory of operation. There are two, each in a session of its own, without a terminal. A socket connects them; each holds
one end of it, and the kernel closes that end with its process, however this ends. The other one sees it at once and starts a
successor, which says on the socket that it stands. So it takes two kills at the same moment to be rid of them. Then whoever
takes the lock of the store next, or the command at boot, puts the change back.

Both keep the same deadline, and the lock lets one of them act. They end when nothing waits any more. One that is told to
end (SIGTERM), as when the system ends all processes of a session, or stops, puts the change back at once.
"""

from __future__ import annotations

import os
import signal
import socket
import sys
import threading
import time
from contextlib import suppress

from lbsh import device, programs, stores
from lbsh.gateway.keeper import Keeper
from lbsh.guards import PARTNER, READY, SECONDS_TO_START, start_process
from lbsh.store.protocol import BusyError, Record, Store, StoreError
from lbsh_lang.reported import ReportedError

_GOODBYE = b"g"
_LONGEST_WAIT = 1.0
"""Seconds between looks at the clock, which goes on while the machine sleeps, unlike that of a wait."""
_LOCK_SECONDS, _BETWEEN_LOCKS = 10.0, 0.1
_LONGEST_PAUSE = 30.0
"""Seconds between attempts that fail."""


def main(arguments: list[str]) -> int:
    """Runs a guard of a store: the first one, which says on a pipe that both stand, or the other one, with its socket."""
    place, role, number = arguments
    for one in (signal.SIGHUP, signal.SIGINT, signal.SIGPIPE):
        signal.signal(one, signal.SIG_IGN)
    store = stores.open_store(place)
    keeper = device.open_gateway(store).keeper
    partner = Partner(place, store, socket.socket(fileno=int(number)) if role == PARTNER else None)
    programs.prepare()
    with suppress(ReportedError):
        keeper.prepare()
    ended = threading.Event()
    signal.signal(signal.SIGTERM, lambda *_: ended.set())
    if role == PARTNER:
        partner.tell()
    else:
        partner.hear()
        os.write(int(number), READY)
        os.close(int(number))
    partner.watch()
    _keep(keeper, store, ended)
    partner.leave()
    return 0


def _keep(keeper: Keeper, store: Store, ended: threading.Event) -> None:
    """Waits until nothing waits for confirmation any more."""
    pause, said = 0.0, ""
    while True:
        try:
            if ended.is_set():
                keeper.put_back_now(_LOCK_SECONDS)
            left = keeper.keep_deadline(_LOCK_SECONDS)
            if left is None:
                return
            pause = 0.0
        except BusyError:
            left = _BETWEEN_LOCKS
        except Exception as error:
            left = pause = min(pause * 2 or _LONGEST_WAIT, _LONGEST_PAUSE)
            if str(error) != said:
                said = str(error)
                device.audit([f"the former script is not back yet, and this is tried again: {said}"])
        with suppress(StoreError):
            store.wait_for_change(min(left, _LONGEST_WAIT))
        if pause > _LONGEST_WAIT:
            time.sleep(pause - _LONGEST_WAIT)


class Partner:
    """The other guard: a socket to it, which changes when it dies and has a successor, and its process if it is a child."""

    def __init__(self, place: str, store: Store, link: socket.socket | None) -> None:
        self._place = place
        self._store = store
        self._link = link or self._successor()

    def tell(self) -> None:
        """Lets it know that this guard stands."""
        with suppress(OSError):
            self._link.send(READY)

    def hear(self) -> None:
        """Waits until it stands. Raises `StoreError` if it does not, and `OSError`."""
        self._link.settimeout(SECONDS_TO_START)
        if self._link.recv(1) != READY:
            raise StoreError("the other guard does not start")
        self._link.settimeout(None)

    def watch(self) -> None:
        """Starts a successor whenever it dies, from now on."""
        threading.Thread(target=self._watch, daemon=True).start()

    def leave(self) -> None:
        """Lets it know that this guard ends because nothing is left to do."""
        with suppress(OSError):
            self._link.send(_GOODBYE)

    def _watch(self) -> None:
        began = 0.0
        while not self._says_goodbye():
            if time.monotonic() - began < _LONGEST_WAIT:  # it may be unable to run here
                time.sleep(_LONGEST_WAIT)
            if not self._replace():
                return
            began = time.monotonic()

    def _replace(self) -> bool:
        """Starts a successor, at once, and else as soon as that is possible; false if nothing waits any more."""
        while True:
            with suppress(ReportedError, OSError):
                self._link = self._successor()
                self.hear()
                return True
            with suppress(ReportedError):
                if self._store.record(Record.CONFIRMATION) is None:
                    return False
            time.sleep(_LONGEST_WAIT)

    def _says_goodbye(self) -> bool:
        """Waits for its end; whether that was in order."""
        with suppress(OSError), self._link as link:
            return link.recv(1) == _GOODBYE
        return False

    def _successor(self) -> socket.socket:
        """Starts another guard and returns the socket to it."""
        own, other = socket.socketpair()
        with other:
            start_process(self._place, PARTNER, other.fileno())
        return own


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
