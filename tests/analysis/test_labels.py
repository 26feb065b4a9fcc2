"""Labels stay in order, and there is room for them wherever a user types."""

from __future__ import annotations

import random
from collections.abc import Callable
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lbsh_lang.analysis.live.labels import ROOM, STEP, LineLabel, labels_behind, labels_between, last_rank
from lbsh_lang.syntax.extensions import MOST_MEANT

PLACES: dict[str, tuple[int, Callable[[int, int], int]]] = {
    "each below the last": (20_000, lambda turn, last: last + 1),
    "each above the last": (20_000, lambda turn, last: last),
    "always at one place": (20_000, lambda turn, last: 1),
    "above and below in turn": (16, lambda turn, last: last + turn % 2),
    "five below each other, then five above": (60, lambda turn, last: last + (turn // 5) % 2),
}
"""The least number of lines that can be typed without reading the script anew, and their places, given the last place."""


@pytest.mark.parametrize("pattern", PLACES)
def test_typing_line_by_line_does_not_use_up_the_room(pattern: str) -> None:
    turns, place_of = PLACES[pattern]
    labels, last = [LineLabel(STEP), LineLabel(2 * STEP)], 1
    for turn in range(turns):
        place = min(max(place_of(turn, last), 1), len(labels) - 1)
        new = labels_between(labels[place - 1], labels[place], 1)
        assert new is not None
        labels[place:place] = new
        last = place
    assert labels == sorted(set(labels))


@given(st.integers(0, 2**60), st.integers(2, 2**60), st.integers(1, 50))
def test_labels_lie_between_their_neighbours(low: int, gap: int, count: int) -> None:
    first, last = LineLabel(low * ROOM), LineLabel((low + gap) * ROOM)
    new = labels_between(first, last, count)
    if new is None:
        assert gap <= 2 * count + 2
    else:
        assert len(new) == count
        assert [first, *new, last] == sorted({first, *new, last})
        assert all(last_rank(one) < other for one, other in pairwise([first, *new, last]))


def test_all_that_a_line_may_mean_is_ranked_before_the_next_line() -> None:
    assert last_rank(LineLabel(STEP)) - STEP >= MOST_MEANT


def test_pasting_anywhere_keeps_the_order() -> None:
    dice = random.Random(3)
    start = LineLabel(0)
    labels, rooms = [start, *labels_behind(start, 3)], 0
    for _ in range(500):
        place = dice.randrange(1, len(labels) + 1)
        count = dice.randrange(1, 40)
        new = (
            labels_behind(labels[-1], count)
            if place == len(labels)
            else labels_between(labels[place - 1], labels[place], count)
        )
        rooms += new is not None
        labels[place:place] = new or []
        assert labels == sorted(set(labels))
    assert rooms == 500
