"""The log of a poller: a line an event, as JSON or as words. Never waits for who reads it.

A reader that does not keep up (a full pipe) loses lines; the next line says how many.
"""

from __future__ import annotations

import json
import os
import select
import threading
import time
from collections.abc import Callable, Mapping

from lbsh.poller.parts import Change
from lbsh_lang.renderings.terminal import printable

LONGEST = 2048
"""Characters of a text in an event, so that a line goes into a pipe at once (PIPE_BUF of pipe(7) is 4096 bytes)."""

Values = Mapping[str, str | int | float | bool | None]


class Journal:
    """Writes events to a descriptor; any thread may."""

    def __init__(
        self, descriptor: int, form: Callable[[str, Values, int], str], clock: Callable[[], int] = time.time_ns
    ) -> None:
        self._descriptor, self._form, self._clock = descriptor, form, clock
        self._poll = select.poll()
        self._poll.register(descriptor, select.POLLOUT)
        self._lock = threading.Lock()
        self.lost = 0
        """Lines that nobody took, since the last one that was written."""

    def note(self, event: str, **values: str | int | float | bool | None) -> None:
        """Writes an event with its values."""
        with self._lock:
            if not self._is_ready():
                self.lost += 1
                return
            if self.lost:
                values["lost"] = self.lost
            line = self._form(event, values, self._clock() // 1_000_000)
            try:
                os.write(self._descriptor, line.encode(errors="replace")[:4095] + b"\n")
            except OSError:
                self.lost += 1
                return
            self.lost = 0

    def changed(self, change: Change) -> None:
        """Writes that a server changed its state."""
        server = change.server
        self.note(
            f"server-{change.new.value.lower()}",
            service=server.service,
            pool=server.pool,
            address=str(server.address),
            port=server.port,
            before=change.old.value,
            reason=change.reason.value,
            detail=change.detail,
            milliseconds=change.duration / 1000,
            held_until=change.held_until,
        )

    def _is_ready(self) -> bool:
        ready = self._poll.poll(0)
        return bool(ready) and not ready[0][1] & (select.POLLERR | select.POLLHUP | select.POLLNVAL)


def as_json(event: str, values: Values, time: int) -> str:
    """An event as a JSON object; the time is in milliseconds since 1970 (UTC)."""
    return json.dumps({"time": time, "event": event, **{name: _short(value) for name, value in values.items()}})


def as_text(event: str, values: Values, time: int) -> str:
    """An event in words. Who keeps the log knows the time."""
    said = [f"{name}={_word(value)}" for name, value in values.items() if value not in (None, "")]
    return " ".join([event, *said])


def _short(value: str | float | None) -> str | float | None:
    return printable(value)[: LONGEST // 6] if isinstance(value, str) else value


def _word(value: str | float | None) -> str:
    short = _short(value)
    if isinstance(short, float):
        return f"{short:g}"
    text = str(short)
    return (
        text
        if text and " " not in text and '"' not in text and "=" not in text
        else json.dumps(text, ensure_ascii=False)
    )
