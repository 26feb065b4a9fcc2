"""A running `lbsh poll` whose log is read as it comes, so that no line is lost and any can be looked at later."""

from __future__ import annotations

import fcntl
import json
import subprocess
import threading
from collections.abc import Iterator
from contextlib import contextmanager

from tests.limits import LONGEST
from tests.system.device import Device

Event = dict[str, object]


class Watched:
    """A poller, and what it has logged so far."""

    def __init__(self, process: subprocess.Popen[str]) -> None:
        self.process = process
        assert process.stdout is not None
        fcntl.fcntl(process.stdout, fcntl.F_SETPIPE_SZ, 1 << 20)  # thousands of servers come up at once
        self.events: list[Event] = []
        self._looked, self._is_over = 0, False
        self._changed = threading.Condition()
        threading.Thread(target=self._read, name="log", daemon=True).start()

    def wait_for(self, event: str, **values: object) -> Event:
        """The next event of this kind with these values; all before it are passed over."""
        found = self.hear(event, **values)
        assert found is not None, f"no {event} {values}: {self.events[-20:]}"
        return found

    def hear(self, event: str, **values: object) -> Event | None:
        """As `wait_for`, or None if the poller ends before."""

        def found() -> int | None:
            places = range(self._looked, len(self.events))
            return next((place for place in places if _is(self.events[place], event, values)), None)

        with self._changed:
            self._changed.wait_for(lambda: found() is not None or self._is_over, LONGEST)
            place = found()
            if place is None:
                assert self._is_over, f"no {event} {values}: {self.events[-20:]}"
                return None
            self._looked = place + 1
            return self.events[place]

    def wait_for_rules(self, event: str, **values: object) -> Event:
        """Waits until a change of a server is in the rules."""
        found = self.wait_for(event, **values)
        self.wait_for("rules")
        return found

    def skip(self) -> None:
        """Passes over all events so far."""
        with self._changed:
            self._looked = len(self.events)

    def of(self, event: str) -> list[Event]:
        """All events of a kind so far. None is missing."""
        with self._changed:
            assert not any("lost" in one for one in self.events)
            return [one for one in self.events if one["event"] == event]

    def _read(self) -> None:
        assert self.process.stdout is not None
        for line in self.process.stdout:
            with self._changed:
                self.events.append(json.loads(line))
                self._changed.notify_all()
        with self._changed:
            self._is_over = True
            self._changed.notify_all()


def _is(found: Event, event: str, values: dict[str, object]) -> bool:
    return found["event"] == event and all(found.get(name) == value for name, value in values.items())


@contextmanager
def polling(device: Device, *options: str) -> Iterator[Watched]:
    """A poller of a device."""
    with device.started("poll", "--log", "json", *options) as process:
        yield Watched(process)
