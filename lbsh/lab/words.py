"""The words of the laboratory's commands: numbers, ports, the machine behind `from`. All raise `LabError`."""

from __future__ import annotations

from lbsh.lab.errors import LabError

MOST_AT_ONCE = 10_000
"""Connections that a command opens."""
MOST_PORT = 65535
LONGEST_NUMBER = 9


def machine_in(words: list[str]) -> tuple[str | None, list[str]]:
    """The machine behind `from` at the beginning, and the other words."""
    if words[:1] != ["from"]:
        return None, words
    if len(words) < 2:
        raise LabError("say from which machine")
    return words[1], words[2:]


def number_behind(words: list[str], keyword: str, usual: int) -> tuple[int, list[str]]:
    """The number behind a keyword at the end, and the other words."""
    if keyword not in words:
        return usual, words
    place = words.index(keyword)
    if len(words) != place + 2:
        raise LabError(f"say a number behind `{keyword}`")
    return number_of(words[-1]), words[:place]


def number_of(word: str, least: int = 1) -> int:
    """The number of connections that a word says."""
    if not is_number(word) or not least <= int(word) <= MOST_AT_ONCE:
        raise LabError(f"`{word}` is not a number from {least} to {MOST_AT_ONCE}")
    return int(word)


def is_number(word: str) -> bool:
    """Whether a word is digits, and few enough for a number."""
    return word.isdecimal() and len(word) <= LONGEST_NUMBER


def port_of(word: str) -> int:
    """The port that a word says."""
    if not is_number(word) or not 1 <= int(word) <= MOST_PORT:
        raise LabError(f"`{word}` is not a port")
    return int(word)
