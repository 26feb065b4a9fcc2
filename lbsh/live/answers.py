"""Question and answer of the status socket, as lines of JSON. Pure.

The question is one line: the version and the names of pools, null for all. The answer is the facts; then for each service a
line with its probe, followed by a line for each of its servers; at last a line that says when the answer ended. Each line is
true at the time of its making; an answer that lacks its last line broke off. A poller that takes over a changed script while
it answers goes on with the servers of the former one.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from typing import NamedTuple, cast

from lbsh.live.facts import Facts
from lbsh_lang.reported import ReportedError
from lbsh_lang.site.status import ServerId, State
from lbsh_lang.values import Address

VERSION = 1


class LiveError(ReportedError):
    """No poller answers, or not as it should; the text is one clear phrase."""


class Probing(NamedTuple):
    """How a service is probed. `every`, `timeout` and `detection`, the longest time from failure to removal, are in
    milliseconds."""

    service: str
    pool: str
    method: str
    every: int
    timeout: int
    detection: int


class Found(NamedTuple):
    """What the poller knows of a server in a service. Times are in milliseconds since 1970 (UTC), 0 if there is none.

    `duration` is that of the last good probe in microseconds; `reason` and `detail` are of the last probe, if it was bad;
    `until` is the time until which a server that flaps is held down, `expiry` the end of its certificate.
    """

    family: int
    address: int
    port: int
    state: str
    since: int
    last: int
    duration: int
    good: int
    bad: int
    reason: str = ""
    detail: str = ""
    until: int = 0
    expiry: int = 0


class Live(NamedTuple):
    """An answer: the poller itself, services by pool and name, servers; and the time at which it ended."""

    facts: Facts
    services: Mapping[tuple[str, str], Probing]
    servers: Mapping[ServerId, Found]
    ended: int = 0


def question(pools: Iterable[str] | None) -> bytes:
    """The question for the servers of some pools, or of all."""
    return json.dumps([VERSION, None if pools is None else sorted(pools)]).encode() + b"\n"


def read_question(line: bytes) -> frozenset[str] | None:
    """The pools that a question is for, None for all. Raises `LiveError` if it is none."""
    try:
        version, pools = json.loads(line)
    except (ValueError, TypeError, RecursionError) as error:
        raise LiveError("this is no question") from error
    if version != VERSION or not (pools is None or _is_texts(pools)):
        raise LiveError("this is no question")
    return None if pools is None else frozenset(pools)


def line_of(one: Facts | Probing | Found) -> str:
    """A line of the answer, without its end."""
    return json.dumps(one)


def last_line(time: int) -> str:
    """The line that ends an answer."""
    return json.dumps(time)


def read_answer(text: bytes) -> Live:
    """An answer. Raises `LiveError` if it broke off, or is none."""
    if not text.endswith(b"\n"):
        raise LiveError("the poller's answer broke off")
    try:
        head, *lines = [json.loads(line) for line in text.splitlines()]
        facts = _facts(head)
        ended = lines.pop() if lines else None
        services, servers = _rows(lines)
    except (ValueError, TypeError, KeyError, RecursionError) as error:
        raise LiveError("the poller's answer is not understood: is it of another version of lbsh?") from error
    if not isinstance(ended, int):
        raise LiveError("the poller's answer broke off")
    return Live(facts, services, servers, ended)


_FACTS = Facts(0, "", 0, bounds=(0,), lateness=(0,), held=("",), shadows=("",))
_PROBING = Probing("", "", "", 0, 0, 0)
_FOUND = Found(0, 0, 0, "", 0, 0, 0, 0, 0)
"""Rows with values of the kinds that are expected."""


def _facts(head: object) -> Facts:
    values = [tuple(one) if isinstance(one, list) else one for one in _list(head)]
    _require(values, _FACTS)
    return Facts._make(values)


def _rows(lines: Sequence[object]) -> tuple[dict[tuple[str, str], Probing], dict[ServerId, Found]]:
    services: dict[tuple[str, str], Probing] = {}
    servers: dict[ServerId, Found] = {}
    current: Probing | None = None
    for line in lines:
        values = _list(line)
        if len(values) == len(Probing._fields):
            current = Probing._make(values)
            _require(current, _PROBING)
            services[current.pool, current.service] = current
            continue
        found = Found._make(values)
        _require(found, _FOUND)
        if current is None or found.state not in State.__members__:
            raise ValueError(found.state)
        address = Address(4 if found.family == 4 else 6, found.address)
        servers[ServerId(current.pool, current.service, address, found.port)] = found
    return services, servers


def _require(row: Sequence[object], like: Sequence[object]) -> None:
    """Raises if the values of a row are not of the kinds of those of another."""
    for value, kind in zip(row, like, strict=True):
        if type(value) is not type(kind):
            raise TypeError(value)
        if isinstance(value, tuple) and isinstance(kind, tuple):
            _require(value, kind * len(value))


def _list(value: object) -> Sequence[object]:
    if not isinstance(value, list):
        raise TypeError(value)
    return cast("list[object]", value)


def _is_texts(value: object) -> bool:
    return isinstance(value, list) and all(isinstance(one, str) for one in value)
