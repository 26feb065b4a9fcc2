"""Results that are JSON text already: large ones are serialized part by part beside the event loop (`background`).

Python's JSON encoder holds the interpreter's lock until it is done, so a large result is encoded in parts, between
which the event loop runs.
"""

from __future__ import annotations

import json
from collections.abc import Callable

Unstructure = Callable[[object], object]
"""Turns a value of the protocol into what `json` can encode."""


class Serialized(str):
    """The JSON text of a result or of a part of one. It is ASCII, and is sent as it is."""

    __slots__ = ()


def serialize(result: object, unstructure: Unstructure) -> Serialized:
    """Serializes a result; parts that are JSON text already are copied."""
    if isinstance(result, Serialized):
        return result
    if isinstance(result, list):
        return Serialized(f"[{','.join([_json(part, unstructure) for part in result])}]")
    return Serialized(_json(result, unstructure))


def _json(value: object, unstructure: Unstructure) -> str:
    return value if isinstance(value, Serialized) else json.dumps(value, default=unstructure)
