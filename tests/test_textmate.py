"""The TextMate grammar of the editor extension scopes every word of the language, as do the other places that name words."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from lbsh_lang.probes.registry import built_in
from lbsh_lang.syntax.automaton import AUTOMATON
from lbsh_lang.syntax.parser import LineParser
from lbsh_lang.values import ALGORITHMS, PROTOCOLS
from tools.generate import textmate

VSCODE = Path(__file__).parents[1] / "editors" / "vscode"


def nested(value: object) -> Iterator[dict[str, object]]:
    """All objects within a JSON value."""
    if isinstance(value, dict):
        yield value
    for part in value.values() if isinstance(value, dict) else value if isinstance(value, list) else ():
        yield from nested(part)


RULES = list(nested(json.loads(textmate.WRITTEN.read_text(encoding="utf-8"))))
SCOPES = {str(rule["name"]) for rule in RULES if "name" in rule}


def test_every_terminal_has_a_scope() -> None:
    terminals = {terminal for moves in AUTOMATON.moves for terminal, _ in moves.values()}
    assert terminals == set(textmate.SCOPES) | set(AUTOMATON.keywords.values())


@pytest.mark.parametrize("word", AUTOMATON.keywords)
def test_every_keyword_is_scoped_by_a_pattern_that_matches_it(word: str) -> None:
    scope = re.compile(
        rf"(keyword\.control|storage\.modifier)\.{AUTOMATON.keywords[word].lower().replace('_', '-')}\.lbsh"
    )
    patterns = [pattern for pattern, capture in captures() if scope.fullmatch(capture)]
    assert patterns
    for pattern in patterns:
        assert pattern.fullmatch(word), pattern
        assert not pattern.fullmatch(word + "x"), pattern


def captures() -> Iterator[tuple[re.Pattern[str], str]]:
    """Each pattern of a rule with each scope that it gives to the whole of what it matches."""
    for rule in RULES:
        for key, names in (("match", "captures"), ("begin", "beginCaptures")):
            given = rule.get(names)
            name = given.get("0", {}).get("name") if isinstance(given, dict) else None
            if isinstance(name, str):
                yield re.compile(str(rule[key])), name
        ends = rule.get("endCaptures")
        if isinstance(ends, dict):
            groups = re.findall(r"\((?!\?)((?:[^()]|\((?:[^()]|\([^()]*\))*\))*)\)", str(rule["end"]))
            for number, capture in ends.items():
                if "name" in capture:
                    yield re.compile(groups[int(number) - 1]), capture["name"]


@pytest.mark.parametrize(
    ("kind", "words"),
    [("protocol", PROTOCOLS), ("algorithm", ALGORITHMS), ("method", built_in())],
    ids=str,
)
def test_known_words_are_coloured(kind: str, words: dict[str, object]) -> None:
    (rule,) = [rule[kind] for rule in RULES if kind in rule and "line" in rule]
    assert isinstance(rule, dict)
    assert all(re.fullmatch(rule["match"], word) for word in words)


def test_scopes_that_semantic_tokens_are_shown_as_are_those_of_the_grammar() -> None:
    manifest = json.loads((VSCODE / "package.json").read_text(encoding="utf-8"))
    (mapping,) = manifest["contributes"]["semanticTokenScopes"]
    for (scope,) in mapping["scopes"].values():
        assert any(one.startswith(scope.removesuffix(".lbsh")) for one in SCOPES), scope


SNIPPETS = json.loads((VSCODE / "snippets" / "lbsh.json").read_text(encoding="utf-8"))


@pytest.mark.parametrize("name", SNIPPETS)
def test_a_snippet_as_inserted_has_no_fault_in_any_line(name: str) -> None:
    text = "\n".join(SNIPPETS[name]["body"])
    defaults = dict(re.findall(r"\$\{(\d+)[:|]([^,|}]*)", text))
    text = re.sub(r"\$\{(\d+)[^}]*\}|\$(\d+)", lambda match: defaults.get(match[1] or match[2], ""), text)
    for line in text.splitlines():
        assert not LineParser().parse(line).faults, line
