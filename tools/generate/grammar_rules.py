"""The rules of a grammar of lines as trees, read with the grammar of its notation that is part of Lark."""

from __future__ import annotations

import re
from graphlib import CycleError, TopologicalSorter
from typing import NamedTuple, assert_never

from lark import Lark, Token, Tree

from oyster.grammar import GrammarError

COMMA = "COMMA"
"""The terminal of `","`, which is the only one that rules spell out."""


class Symbol(NamedTuple):
    """A terminal or another rule, by its name."""

    name: str


class Sequence(NamedTuple):
    """Parts that follow each other."""

    parts: tuple[Rule, ...]


class Choice(NamedTuple):
    """A choice between rules."""

    ways: tuple[Rule, ...]


class Maybe(NamedTuple):
    """A rule, or nothing."""

    content: Rule


class Repeat(NamedTuple):
    """A rule once or several times."""

    content: Rule


Rule = Symbol | Sequence | Choice | Maybe | Repeat


def rules_of(text: str) -> dict[str, Rule]:
    """The rules of a grammar by their names, in its order. Raises `GrammarError` for notation that has no tree here."""
    notation = Lark.open_from_package(
        "lark", "lark.lark", ("grammars",), parser="lalr", maybe_placeholders=False, propagate_positions=True
    )
    defined = [one for one in notation.parse(text).children if isinstance(one, Tree) and one.data == "rule"]
    rules = {str(rule.children[0]): _read(rule.children[-1]) for rule in defined}
    for rule in defined:
        name, parameters, *rest = rule.children
        if len(rest) != 1 or not isinstance(parameters, Tree) or parameters.children or not _NAME.fullmatch(str(name)):
            reason = f"no rule of tree-sitter can be made of `{name}` with a sign, a priority or parameters"
            raise GrammarError(reason, rule.meta.line)
    _refuse_recursion(rules)
    return rules


_NAME = re.compile("_?[a-z][_a-z0-9]*")


def _refuse_recursion(rules: dict[str, Rule]) -> None:
    """Refuses rules that use themselves: statements do not nest."""
    uses = {name: symbols_in(rule, {}) & rules.keys() for name, rule in rules.items()}
    try:
        list(TopologicalSorter(uses).static_order())
    except CycleError as error:
        raise GrammarError(f"the rule `{error.args[1][0]}` uses itself") from error


def _read(tree: Tree[Token] | Token) -> Rule:
    assert isinstance(tree, Tree), tree
    match str(tree.data), tree.children:
        case "name", [Token() as name]:
            return Symbol(str(name))
        case "literal", ['","']:
            return Symbol(COMMA)
        case "alias", [content]:
            return _read(content)
        case "maybe", [content]:
            return Maybe(_read(content))
        case "expansion", parts:
            return Sequence(tuple([_read(part) for part in parts]))
        case "expansions", ways:
            return Choice(tuple([_read(way) for way in ways]))
        case "expr", [content]:
            return _read(content)
        case "expr", [content, "?"]:
            return Maybe(_read(content))
        case "expr", [content, "+"]:
            return Repeat(_read(content))
        case "expr", [content, "*"]:
            return Maybe(Repeat(_read(content)))
        case kind, _:
            raise GrammarError(f"no rule of tree-sitter can be made of this notation ({kind})", tree.meta.line)


def inside(rule: Rule) -> tuple[Rule, ...]:
    """The rules that a rule consists of."""
    match rule:
        case Symbol():
            return ()
        case Sequence(parts):
            return parts
        case Choice(ways):
            return ways
        case Maybe(content) | Repeat(content):
            return (content,)
        case _:
            assert_never(rule)


def symbols_in(rule: Rule, rules: dict[str, Rule]) -> set[str]:
    """The names of all terminals and rules that a rule uses, be it through other rules."""
    if isinstance(rule, Symbol):
        return {rule.name} | (symbols_in(rules[rule.name], rules) if rule.name in rules else set())
    return set[str]().union(*(symbols_in(part, rules) for part in inside(rule)))


def first_terminals(rule: Rule, rules: dict[str, Rule]) -> set[str]:
    """The terminals with which a rule begins, provided that its first part cannot be missing."""
    match rule:
        case Symbol(name):
            return first_terminals(rules[name], rules) if name in rules else {name}
        case Sequence(parts):
            return first_terminals(parts[0], rules)
        case Choice() | Maybe() | Repeat():
            return set[str]().union(*(first_terminals(part, rules) for part in inside(rule)))
        case _:
            assert_never(rule)


def split(rule: Rule, terminal: str, rules: dict[str, Rule]) -> tuple[Rule, Rule]:
    """The rule of the lines that have a terminal, and that of the lines that lack it.

    Raises `GrammarError` unless the terminal is in just one part of the rule, which may be missing or has other ways.
    """
    parts = rule.parts if isinstance(rule, Sequence) else (rule,)
    apart = {part: found for part in parts if (found := _ways_apart(part, terminal, rules)) is not None}
    if len(apart) != 1:
        raise GrammarError(f"{terminal}, which tells two forms apart, is not in one part that may be missing")
    having = [apart[part][0] if part in apart else part for part in parts]
    lacking = [part for one in parts for part in (apart[one][1] if one in apart else [one])]
    return Sequence(tuple(having)), Sequence(tuple(lacking))


def _ways_apart(part: Rule, terminal: str, rules: dict[str, Rule]) -> tuple[Rule, list[Rule]] | None:
    """A part with a terminal, and what stands in its place without it; None if the part has it always or never."""
    if terminal not in symbols_in(part, rules):
        return None
    if isinstance(part, Maybe):
        return part.content, []
    ways = part.ways if isinstance(part, Choice) else (part,)
    having = tuple([way for way in ways if terminal in symbols_in(way, rules)])
    other = tuple([way for way in ways if way not in having])
    return (Choice(having), [Choice(other)]) if other else None
