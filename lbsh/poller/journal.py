"""The log of a poller: a line an event, as JSON for programs or in plain words for people. Never waits for who reads it.

A reader that does not keep up (a full pipe) loses lines; the next line says how many.
"""

from __future__ import annotations

import json
import os
import select
import threading
import time
from collections.abc import Callable, Mapping
from datetime import UTC, datetime

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
    """An event in words, for people. Who keeps the log knows the time."""
    shown = {name: printable(str(value))[:LONGEST] for name, value in values.items() if value not in (None, "")}
    words = _server(event, shown, values) if event.startswith("server-") else _FORMS.get(event, _other)(shown)
    return f"{words} ({shown['lost']} lines before this one were lost)" if "lost" in shown else words


def _rules(shown: Mapping[str, str]) -> str:
    count = shown["changes"]
    return (
        f"the rules of {count} change{'' if count == '1' else 's'} are loaded, in {float(shown['milliseconds']):.0f} ms"
    )


def _other(shown: Mapping[str, str]) -> str:
    return shown.get("text", "")


_FORMS: Mapping[str, Callable[[Mapping[str, str]], str]] = {
    "rules": _rules,
    "trouble": lambda shown: f"trouble, and all of it is tried again: {_other(shown)}",
}


def _server(event: str, shown: Mapping[str, str], values: Values) -> str:
    """A server that changed its state: the server, the state, and why."""
    port = f" port {shown['port']}" if values["port"] else ""
    why = ": ".join([shown[name] for name in ("reason", "detail") if name in shown])
    until, held = values["held_until"], ""
    if isinstance(until, int):
        held = f"; it flaps, and is held down until {datetime.fromtimestamp(until / 1000, UTC):%H:%M:%S} UTC"
    place = f"{shown['address']}{port} in {shown['pool']} for {shown['service']}"
    return f"{place} is {event.removeprefix('server-').upper()} ({why}), was {shown['before']}{held}"


def _short(value: str | float | None) -> str | float | None:
    return printable(value)[: LONGEST // 6] if isinstance(value, str) else value
