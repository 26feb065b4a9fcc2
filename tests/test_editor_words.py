"""The words in the editors' files are those of the grammar."""

from __future__ import annotations

import json
from pathlib import Path

from lbsh_lang.syntax.automaton import AUTOMATON
from tools.generate import editor_words
from tools.generate.tree_sitter_words import word_rules

EDITORS = Path(__file__).parents[1] / "editors"


def test_every_keyword_is_of_a_statement() -> None:
    statements = editor_words.statements()
    found = {one.head for one in statements} | {word for one in statements for word in one.keywords}
    assert found == set(AUTOMATON.keywords)


def test_every_word_has_a_colour_in_tree_sitter() -> None:
    """The query is written by hand, apart from its keywords."""
    query = (EDITORS / "tree-sitter-lbsh" / "queries" / "highlights.scm").read_text(encoding="utf-8")
    assert [node for node in word_rules() if f"({node})" not in query] == []


def test_the_committed_tree_sitter_parser_has_the_words() -> None:
    """What needs no node and no compiler to be seen; editors/test.sh makes the parser anew and compares."""
    grammar_json = json.loads((EDITORS / "tree-sitter-lbsh" / "src" / "grammar.json").read_text(encoding="utf-8"))
    strings = {node["value"] for node in _nodes(grammar_json["rules"]) if node.get("type") == "STRING"}
    assert strings - {","} == set(AUTOMATON.keywords)


def _nodes(value: object) -> list[dict[str, object]]:
    if isinstance(value, list):
        return [node for item in value for node in _nodes(item)]
    if isinstance(value, dict):
        return [value, *(node for item in value.values() for node in _nodes(item))]
    return []
