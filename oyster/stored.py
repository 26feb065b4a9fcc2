"""An automaton as text: JSON for a cache, and a Python module for a program.

Reading checks a file in full: an altered file is refused, never used in part.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable

from oyster.automaton import CLASSES, Automaton, Moves, Row, moves_of, of_rows, pieces_of_terminals

KEYWORD = re.compile(r"[A-Za-z][A-Za-z0-9_-]*")
"""The form of a keyword, as a regular expression."""

TERMINAL = re.compile(r"_?[A-Z][_A-Z0-9]*")
"""The form of a terminal's name, as a regular expression."""


class DamagedAutomaton(ValueError):
    """A text that is not exactly what `to_json` makes of an automaton."""


def to_json(automaton: Automaton) -> str:
    """The automaton as one line of JSON."""
    stored = {
        "keywords": automaton.keywords,
        "reserved": sorted(automaton.reserved),
        "terminals": automaton.terminals,
        "rows": rows_of(automaton),
        "ends": sorted(automaton.ends),
    }
    return json.dumps(stored, separators=(",", ":"))


def from_json(text: str) -> Automaton:
    """The automaton that `to_json` wrote. Raises `DamagedAutomaton` on any other text."""
    try:
        automaton = _automaton(json.loads(text))
        same = automaton is not None and to_json(automaton) == text
    except (ValueError, KeyError, TypeError, RecursionError) as error:
        raise DamagedAutomaton(f"no automaton: {error}") from error
    if automaton is None or not same:
        raise DamagedAutomaton("no automaton: not what is written for one")
    return automaton


def _automaton(stored: object) -> Automaton | None:
    """The automaton that parsed JSON describes, None if it has another layout. A wrong value may raise an exception."""
    match stored:
        case {
            "keywords": dict(keywords),
            "reserved": list(reserved),
            "terminals": dict(terminals),
            "rows": list(rows),
            "ends": list(ends),
        }:
            if _are_words(keywords, set(reserved)) and _are_terminals(terminals, {*keywords.values()}):
                read = [_row(row) for row in rows]
                automaton = of_rows(keywords, frozenset(reserved), terminals, read, frozenset(ends))
                return automaton if _is_sound(automaton) else None
    return None


def _are_words(keywords: dict[str, object], reserved: set[object]) -> bool:
    names = [name for name in keywords.values() if isinstance(name, str) and TERMINAL.fullmatch(name)]
    return (
        all(map(KEYWORD.fullmatch, keywords))
        and len(set(names)) == len(keywords)
        and reserved <= {*keywords}  # so they are texts
    )


def _are_terminals(terminals: dict[str, object], taken: set[str]) -> bool:
    return all(
        TERMINAL.fullmatch(name) and name not in taken and isinstance(classes, str) and _are_classes(classes)
        for name, classes in terminals.items()
    )


def _are_classes(text: str) -> bool:
    names = text.split(" | ")
    return names == [name for name in CLASSES if name in names]


def _row(stored: object) -> Row:
    if isinstance(stored, dict):
        return {piece: _move(move) for piece, move in stored.items()}
    if isinstance(stored, list):
        return tuple([_move(move) for move in stored])
    raise TypeError("a row is neither a list nor an object")


def _move(stored: object) -> tuple[str, int]:
    match stored:
        case [str(terminal), int(after)] if not isinstance(after, bool):
            return terminal, after
    raise TypeError("a move is not a terminal and a situation")


def _is_sound(automaton: Automaton) -> bool:
    """Whether moves lead to situations behind the beginning, by pieces that their terminals admit."""
    pieces = pieces_of_terminals(automaton.keywords, automaton.reserved, automaton.terminals)
    situations = range(len(automaton.moves))
    return (
        all(isinstance(end, int) and not isinstance(end, bool) and end in situations for end in automaton.ends)
        and bool(automaton.moves)
        and all(
            piece in pieces[terminal] and after in situations[1:]
            for moves in automaton.moves
            for piece, (terminal, after) in moves.items()
        )
    )


def rows_of(automaton: Automaton) -> list[Row]:
    """The moves of each situation, in the short form where possible."""
    pieces = pieces_of_terminals(automaton.keywords, automaton.reserved, automaton.terminals)
    return [_row_of(moves, pieces) for moves in automaton.moves]


def _row_of(moves: Moves, pieces: dict[str, tuple[str, ...]]) -> Row:
    row = tuple(dict.fromkeys(moves.values()))
    return row if [*moves_of(row, pieces).items()] == [*moves.items()] else dict(moves)


def to_module(automaton: Automaton, docstring: str) -> str:
    """The text of a Python module whose constant `AUTOMATON` is the automaton."""
    rows = "".join(f"        {_row_text(row)},  # {number}\n" for number, row in enumerate(rows_of(automaton)))
    ends = ", ".join(map(str, sorted(automaton.ends)))
    return (
        f'"""{docstring}"""\n\n'
        "# fmt: off\n# ruff: noqa: E501\n\n"
        "from oyster.automaton import Automaton, of_rows\n\n"
        "AUTOMATON: Automaton = of_rows(\n"
        f"    keywords={{\n{_entries(automaton.keywords)}    }},\n"
        f"    reserved=frozenset((\n{_lines(sorted(automaton.reserved))}    )),\n"
        f"    terminals={{\n{_entries(automaton.terminals)}    }},\n"
        f"    rows=(\n{rows}    ),\n"
        f"    ends=frozenset(({ends})),\n"
        ")\n"
    )


def _entries(table: dict[str, str]) -> str:
    return "".join(f"        {_quoted(key)}: {_quoted(value)},\n" for key, value in table.items())


def _lines(texts: Iterable[str]) -> str:
    return "".join(f"        {_quoted(text)},\n" for text in texts)


def _row_text(row: Row) -> str:
    if isinstance(row, dict):
        return "{" + ", ".join(f"{_quoted(piece)}: {_move_text(move)}" for piece, move in row.items()) + "}"
    return "(" + "".join(f"{_move_text(move)}, " for move in row).removesuffix(" ") + ")"


def _move_text(move: tuple[str, int]) -> str:
    return f"({_quoted(move[0])}, {move[1]})"


def _quoted(text: str) -> str:
    return repr(text) if '"' in text else f'"{text}"'
