"""Playbooks of health: what happens to servers, with times, and what comes of it (tests/poller/playing.py)."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.poller.playing import cases, play

PLAYBOOKS = Path(__file__).parent / "playbooks"
CASES = [
    pytest.param(lines, id=f"{path.stem}: {title}")
    for path in sorted(PLAYBOOKS.glob("*.txt"))
    for title, lines in cases(path.read_text(encoding="utf-8"))
]


@pytest.mark.parametrize("lines", CASES)
def test_effects_are_those_of_the_playbook(lines: list[str]) -> None:
    assert play(lines) == lines
