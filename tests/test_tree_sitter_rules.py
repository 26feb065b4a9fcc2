"""The rules for tree-sitter are those of the grammar, with nodes and fields from the tables of terminals and forms."""

from __future__ import annotations

import re

import pytest

from lbsh_lang.syntax.nodes import FORMS, Form
from oyster.grammar import GrammarError
from tools.generate.automaton import GRAMMAR
from tools.generate.derived import CannotGenerateError
from tools.generate.grammar_rules import Choice, Maybe, Repeat, Sequence, Symbol, rules_of, split, symbols_in
from tools.generate.tree_sitter_rules import rule_of, statement_rules
from tools.generate.tree_sitter_words import Json, word_rules

RULES = rules_of(GRAMMAR.read_text(encoding="utf-8"))
STATEMENTS = statement_rules(RULES)


def brief(rule: object) -> str:
    """A rule in one line: keywords in quotes, `|` for choices, fields with a colon, `~node` for an alias."""
    match rule:
        case {"type": "STRING", "value": str(word)}:
            return f"'{word}'"
        case {"type": "SYMBOL", "name": str(name)}:
            return name
        case {"type": "ALIAS", "content": content, "value": str(node)}:
            return f"{brief(content)}~{node}"
        case {"type": "FIELD", "name": str(field), "content": content}:
            return f"{field}:{brief(content)}"
        case {"type": "SEQ", "members": [*members]}:
            return f"({' '.join(map(brief, members))})"
        case {"type": "CHOICE", "members": [*members]}:
            return f"[{' | '.join(map(brief, members))}]"
        case {"type": "REPEAT", "content": content}:
            return f"{brief(content)}*"
        case {"type": "REPEAT1", "content": content}:
            return f"{brief(content)}+"
        case {"type": "PREC", "content": content}:
            return f"!{brief(content)}"
        case {"type": "BLANK"}:
            return "-"
    raise AssertionError(rule)


def derived(grammar: str) -> dict[str, Json]:
    return statement_rules(rules_of(grammar))


@pytest.mark.parametrize(
    ("name", "rule"),
    [
        (
            "interface_statement",
            "('interface' [side:'internal' | side:'external'] name:interface_name param:parameter*)",
        ),
        (
            "add_statement",
            "('add' target:target (',' target:target)* 'to' pool:pool_name "
            "[port_option | weight_option | backup:'backup' | ramp_option]*)",
        ),
        ("sticky_option", "(sticky:'sticky' [sticky_time:_number~duration | -] [('prefix' prefix:number) | -])"),
        (
            "remove_statement",
            "[('remove' service:!_leaving_word~service_name) | "
            "('remove' target:_leaving_word~target ((',' target:target)* [port_option | -] 'from' pool:pool_name))]",
        ),
    ],
)
def test_rules_of_statements(name: str, rule: str) -> None:
    assert brief(STATEMENTS[name]) == rule


def test_rules_of_words() -> None:
    rules = {node: brief(rule) for node, rule in word_rules().items()}
    assert rules["parameter"] == "[_any_word | _text | ',']"
    assert (rules["protocol"], rules["duration"], rules["string"]) == ("_word_of_letters", "_word", "_text")
    assert [node for node, rule in rules.items() if rule.startswith("!")] == ["service_name"]


@pytest.mark.parametrize("form", FORMS, ids=lambda form: form.head)
def test_every_field_of_a_form_is_in_the_rules_of_its_statement(form: Form) -> None:
    name = rule_of(form, RULES)
    used = [name, *sorted(symbols_in(RULES[name], RULES) & RULES.keys())]
    found = set(re.findall(r"(\w+):", " ".join([brief(STATEMENTS[one]) for one in used])))
    assert {field for field in form.fields if found.isdisjoint(_as_one(field))} == set()


def _as_one(field: str) -> set[str]:
    """The names that a field may have in a rule: its own, or its singular."""
    return {field, field.removesuffix("s"), field.removesuffix("es")}


def test_a_rule_that_several_statements_use_has_the_parts_of_all() -> None:
    grammar = """
    statement: one | other
    one: POOL NEW_POOL _where?
    other: DRAIN MEMBER _where
    _where: (PORT_WORD SERVER_PORT)+ | FROM POOL_NAME
    """
    assert brief(derived(grammar)["_where"]) == "[('port' port:port)+ | ('from' pool:pool_name)]"


def test_a_word_that_two_forms_see_in_another_way_is_refused() -> None:
    with pytest.raises(CannotGenerateError, match=r"LEAVING is .*'targets?', .*'service', .* in one rule"):
        derived("statement: one\none: REMOVE LEAVING")


@pytest.mark.parametrize(
    ("grammar", "reason"),
    [
        ("statement: POOL NEW_POOL", "a statement has no rule of its own"),
        ("statement: one | POOL\none: ADD", "a statement has no rule of its own"),
        ("statement: one\none: POOL VIRTUAL", "VIRTUAL has no record in lbsh_lang/syntax/terminals.py"),
    ],
)
def test_what_the_tables_do_not_know_is_refused(grammar: str, reason: str) -> None:
    with pytest.raises(CannotGenerateError, match=reason):
        derived(grammar)


# Rules as trees


def test_the_notation() -> None:
    a, b, c = Symbol("A"), Symbol("B"), Symbol("c")
    rules = rules_of('// First\none: A B? | [A] c+ // two ways\n   | (A ",")*\n\nc: B\nA.1: "a"\nB: WORD | STRING\n')
    assert rules == {
        "one": Choice(
            (
                Sequence((a, Maybe(b))),
                Sequence((Maybe(a), Repeat(c))),
                Maybe(Repeat(Sequence((a, Symbol("COMMA"))))),
            )
        ),
        "c": b,
    }


@pytest.mark.parametrize("rule", ["list{A}", "A ~ 2", '"a"', '"a".."b"', "A -> first"])
def test_other_notation_is_refused_with_its_line(rule: str) -> None:
    with pytest.raises(GrammarError, match="line 3: no rule of tree-sitter"):
        rules_of(f"\n\none: {rule}\nlist{{item}}: item\n")


@pytest.mark.parametrize("head", ["?one", "!one", "one.2", "one{item}"])
def test_rules_with_more_than_a_name_are_refused(head: str) -> None:
    with pytest.raises(GrammarError, match="line 2: no rule of tree-sitter can be made of"):
        rules_of(f"\n{head}: A\n")


def test_rules_do_not_nest() -> None:
    with pytest.raises(GrammarError, match="uses itself"):
        rules_of("one: two\ntwo: A one\n")


def test_a_rule_is_split_by_the_part_that_has_a_terminal() -> None:
    rule = rules_of("one: A (B C)? A?")["one"]
    a, b, c = Symbol("A"), Symbol("B"), Symbol("C")
    assert split(rule, "B", {}) == (Sequence((a, Sequence((b, c)), Maybe(a))), Sequence((a, Maybe(a))))
    with pytest.raises(GrammarError, match="A, which tells two forms apart, is not in one part that may be missing"):
        split(rules_of("one: A")["one"], "A", {})
