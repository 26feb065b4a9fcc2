"""The process that compares the rules in the filter with those that are loaded, for one without time (`resident.py`)."""

from __future__ import annotations

import gc
import json
import os
import sys

from lbsh import device, stores
from lbsh_lang.reported import ReportedError

_NICE = 10


def main(place: str) -> int:
    """Prints the differences, and the driver's notes of the moment, as JSON; the exit status is 0 if it could look."""
    gc.disable()
    os.nice(_NICE)
    try:
        seen = device.open_gateway(stores.open_store(place)).observe()
    except ReportedError as error:
        print(error, file=sys.stderr)
        return 1
    print(json.dumps({"drift": [[one.words, one.is_ours] for one in seen.drift], "notes": seen.notes}))
    return 0
