"""Times that operators write behind `confirm`."""

from __future__ import annotations

import re

from oyster.commands import Refused

_UNITS = {"s": 1000, "m": 60_000, "h": 3_600_000, "": 1000}
_SHORTEST, _LONGEST = 10_000, 86_400_000


def confirmation_of(word: str) -> int:
    """The time for a confirmation, in milliseconds. Raises `Refused`."""
    found = re.fullmatch(r"([0-9]{1,9})(s|m|h|)", word)
    milliseconds = int(found[1]) * _UNITS[found[2]] if found else 0
    if not _SHORTEST <= milliseconds <= _LONGEST:
        raise Refused("the time for a confirmation is 10s at least and 24h at most")
    return milliseconds
