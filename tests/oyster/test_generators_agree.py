"""The compiler makes what the generator made that it replaces, by which every sample was parsed."""

from __future__ import annotations

from lbsh_lang.syntax.automaton import AUTOMATON
from tests.automaton import keywords, reserved, situations


def test_both_generators_make_the_same_automaton() -> None:
    assert [*AUTOMATON.keywords.items()] == [*keywords().items()]
    assert AUTOMATON.reserved == reserved()
    rows = [{**AUTOMATON.moves[number]} for number in range(len(AUTOMATON.moves))]
    assert rows == [situation.moves for situation in situations()]
    assert AUTOMATON.ends == {number for number, situation in enumerate(situations()) if situation.may_end}
