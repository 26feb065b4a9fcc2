"""What a driver loaded last, as JSON. Pure."""

from __future__ import annotations

import json

from lbsh.store.protocol import Loaded
from lbsh_lang.site.status import ServerId
from lbsh_lang.values import Address

_KINDS = (int, frozenset, str, dict, dict, str)
"""The types of the fields of `Loaded`, in their order."""


def loaded_text(loaded: Loaded) -> str:
    """The text that keeps it, always the same for the same values."""
    down = sorted((pool, service, *address, port) for pool, service, address, port in loaded.down)
    return json.dumps({**loaded._asdict(), "down": down}, separators=(",", ":"))


def read_loaded(text: str) -> Loaded:
    """Reads such a text. Raises `ValueError` for any other."""
    try:
        values = json.loads(text)
        down = frozenset(
            ServerId(pool, service, Address(*address), port) for pool, service, *address, port in values["down"]
        )
        loaded = Loaded(**{**values, "down": down})
    except (TypeError, KeyError) as error:
        raise ValueError(text) from error
    if not all(isinstance(value, kind) for value, kind in zip(loaded, _KINDS, strict=True)):
        raise ValueError(text)
    return loaded
