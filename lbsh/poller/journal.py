"""The log of a poller: a line an event, as JSON for programs or in plain words for people. Never waits for who reads it.

A reader that does not keep up (a full pipe) loses lines; the next line says how many. A line is whole or not there: long
texts in it are cut, and what was taken of it in part is completed before another one is written.
"""

from __future__ import annotations

import json
import os
import select
import stat
import threading
import time
from collections.abc import Callable, Mapping
from datetime import UTC, datetime

from lbsh.poller.parts import Change
from lbsh_lang.renderings.terminal import printable

LONGEST = 4095
"""Bytes of a line without its end, so that it goes into a pipe at once (PIPE_BUF of pipe(7) is 4096 bytes)."""
_ROOMS = (2048, 512, 128, 20)
"""Characters of a text in an event: the first of these with which its line is not too long."""
_CUT = "…"

Values = Mapping[str, str | int | float | bool | None]
Form = Callable[[str, Values, int], str]
"""From an event, its values and its time, in milliseconds since 1970 (UTC), to its line."""


class Journal:
    """Writes events to a descriptor; any thread may."""

    def __init__(self, descriptor: int, form: Form, clock: Callable[[], int] = time.time_ns) -> None:
        self._descriptor, self._form, self._clock = descriptor, form, clock
        self._poll = select.poll()
        self._poll.register(descriptor, select.POLLOUT)
        self._lock = threading.Lock()
        self._rest = b""
        self.lost = 0
        """Lines that nobody took, since the last one that was written."""

    def note(self, event: str, **values: str | int | float | bool | None) -> None:
        """Writes an event with its values."""
        with self._lock:
            if not (self._is_ready() and self._is_completed()):
                self.lost += 1
                return
            if self.lost:
                values["lost"] = self.lost
            line = self._form(event, values, self._clock() // 1_000_000)
            self._rest = line.encode(errors="replace") + b"\n"
            if self._is_begun():
                self.lost = 0
            else:
                self._rest = b""
                self.lost += 1

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

    def _is_completed(self) -> bool:
        """Writes the rest of a line that was taken in part; whether none is left."""
        return not self._rest or (self._is_begun() and not self._rest)

    def _is_begun(self) -> bool:
        """Writes what can be written of the rest; whether that is anything."""
        try:
            size = os.write(self._descriptor, self._rest)
        except OSError:
            return False
        self._rest = self._rest[size:]
        return size > 0

    def _is_ready(self) -> bool:
        ready = self._poll.poll(0)
        return bool(ready) and not ready[0][1] & (select.POLLERR | select.POLLHUP | select.POLLNVAL)


def as_json(event: str, values: Values, time: int) -> str:
    """An event as a JSON object; the time is in milliseconds since 1970 (UTC)."""
    line = ""
    for room in _ROOMS:
        line = json.dumps({"time": time, "event": event, **{name: _short(one, room) for name, one in values.items()}})
        if len(line) <= LONGEST:
            break
    return line


def as_text(event: str, values: Values, time: int) -> str:
    """An event in words, for people whose log keeps the time of lines."""
    return _in_words(event, values, LONGEST)


def as_timed_text(event: str, values: Values, time: int) -> str:
    """An event in words behind its time (UTC), where nobody else keeps that."""
    moment = f"{datetime.fromtimestamp(time // 1000, UTC):%Y-%m-%dT%H:%M:%SZ} "
    return moment + _in_words(event, values, LONGEST - len(moment))


def text_form(descriptor: int) -> Form:
    """How people read lines at a descriptor: a terminal and a file keep no times, the log behind a pipe or a socket does."""
    keeps_none = stat.S_ISREG(os.fstat(descriptor).st_mode) or os.isatty(descriptor)
    return as_timed_text if keeps_none else as_text


def _in_words(event: str, values: Values, room: int) -> str:
    """An event in words, in so many bytes at most."""
    shown = {name: _cut(printable(str(value)), _ROOMS[0]) for name, value in values.items() if value not in (None, "")}
    words = _server(event, shown, values) if event.startswith("server-") else _FORMS.get(event, _other)(shown)
    behind = f" ({shown['lost']} lines before this one were lost)" if "lost" in shown else ""
    return _in_bytes(words, room - len(behind)) + behind


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


def _short(value: str | float | None, room: int) -> str | float | None:
    return _cut(printable(value), room) if isinstance(value, str) else value


def _cut(text: str, room: int) -> str:
    return text if len(text) <= room else text[: room - 1] + _CUT


def _in_bytes(text: str, room: int) -> str:
    """A text, cut so that it takes no more bytes than that."""
    data = text.encode(errors="replace")
    if len(data) <= room:
        return text
    return data[: room - len(_CUT.encode())].decode(errors="ignore") + _CUT
