"""Answers that are JSON already. Those with many thousand parts are made so beside the event loop (`aside`).

An encoder of Python's lets nobody else run until it is done, so an answer is encoded part by part.
"""

from __future__ import annotations

import json
from collections.abc import Callable


class Prepared(str):
    """The JSON of an answer, which is sent as it is; all of it is ASCII."""

    __slots__ = ()


def prepare(answer: object, plain: Callable[[object], object]) -> Prepared:
    """The JSON of an answer; `plain` turns a value of the protocol into what JSON has."""
    if isinstance(answer, Prepared):
        return answer
    if isinstance(answer, list):
        return Prepared(f"[{','.join([_json(one, plain) for one in answer])}]")
    return Prepared(_json(answer, plain))


def _json(value: object, plain: Callable[[object], object]) -> str:
    return value if isinstance(value, Prepared) else json.dumps(value, default=plain)
