"""Where the statement `save` writes a file, for each way by which statements come to the device."""

from __future__ import annotations

import pytest

from lbsh.gateway.saving import Entry, refusal_of_save

PERMITTED = {
    Entry.TYPED: {"own", "own, with a name"},
    Entry.FILE: {"own"},
    Entry.STREAM: set[str](),
    Entry.REMOTE: set[str](),
    Entry.LAB: set[str](),
}
PLACES = {
    "own": (False, False),
    "own, with a name": (False, True),
    "included": (True, False),
    "included, with a name": (True, True),
}


@pytest.mark.parametrize("entry", Entry)
@pytest.mark.parametrize("place", PLACES)
def test_where_save_writes(entry: Entry, place: str) -> None:
    is_included, has_path = PLACES[place]
    refusal = refusal_of_save(entry, is_included=is_included, has_path=has_path)
    assert (refusal == "") == (place in PERMITTED[entry])
    assert refusal == "" or "`save`" in refusal
