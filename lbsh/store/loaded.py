"""What a driver loaded last, as JSON. Pure.

Of ten thousands of servers that are down, few change from one note to the next. So their texts are kept in order, and a note
costs what differs, and the joining of texts.
"""

from __future__ import annotations

import json
from bisect import bisect_left, insort

from lbsh.store.protocol import Loaded
from lbsh_lang.site.status import ServerId
from lbsh_lang.values import Address

_KINDS = (int, frozenset, str, dict, dict, str)
"""The types of the fields of `Loaded`, in their order."""


class DownTexts:
    """The servers that were down at the last note, and their texts in order."""

    def __init__(self) -> None:
        self._down: frozenset[ServerId] = frozenset()
        self._texts: list[str] = []

    def of(self, down: frozenset[ServerId]) -> list[str]:
        """The texts of servers, always in the same order."""
        gone, new = self._down - down, down - self._down
        if len(gone) + len(new) > len(self._down) // _FEW:
            self._texts = sorted(map(_text_of, down))
        else:
            for server in gone:
                del self._texts[bisect_left(self._texts, _text_of(server))]
            for server in new:
                insort(self._texts, _text_of(server))
        self._down = down
        return self._texts


_FEW = 32
"""To sort all is quicker where more than this part of the servers changed."""


def _text_of(server: ServerId) -> str:
    pool, service, address, port = server
    return json.dumps((pool, service, *address, port), separators=(",", ":"))


def loaded_text(loaded: Loaded, texts: DownTexts | None = None) -> str:
    """The text that keeps it, always the same for the same values; `texts` are those of an earlier note."""
    down = (texts or DownTexts()).of(loaded.down)
    others = {key: value for key, value in loaded._asdict().items() if key != "down"}
    return f'{{"down":[{",".join(down)}],{json.dumps(others, separators=(",", ":"))[1:]}'


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
