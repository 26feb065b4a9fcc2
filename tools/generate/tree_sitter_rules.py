"""The statements for tree-sitter: `editors/tree-sitter-lbsh/rules.json`, in the form in which its grammars are stored.

Theory of operation. A rule of the language's grammar is a rule of tree-sitter, and so a node of its trees. A word is a
node of the kind that the record of its terminal gives (`tree_sitter_words`), in the field that the statement's form gives.
A field that collects words is called by its singular, since tree-sitter puts each word into it by itself: the ports of a
service are `port: (port) port: (port)`.

The language's grammar cannot tell forms of a statement apart if one `lacks` a terminal of the other. Tree-sitter can, since
it decides at the end of the line. So each form has a rule there: `remove WEB` is about a service, and
`remove WEB from web_pool` about a server.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import NamedTuple, assert_never

from lbsh_lang.syntax.automaton import AUTOMATON
from lbsh_lang.syntax.nodes import ALL_FORMS, Form
from lbsh_lang.syntax.slots import Slot
from lbsh_lang.syntax.terminals import TERMINALS, NameKind, Role
from oyster.grammar import GrammarError
from tools.generate.automaton import GRAMMAR
from tools.generate.derived import ROOT, CannotGenerateError, Derived, fill
from tools.generate.editor_words import BEGIN, END
from tools.generate.grammar_rules import (
    COMMA,
    Choice,
    Maybe,
    Repeat,
    Rule,
    Sequence,
    Symbol,
    first_terminals,
    rules_of,
    split,
    symbols_in,
)
from tools.generate.tree_sitter_words import Json, has_other_words, node_of, word, word_rules

RULES = ROOT / "editors" / "tree-sitter-lbsh" / "rules.json"
LOCALS = RULES.parent / "queries" / "locals.scm"

SPELT = {terminal: spelling for spelling, terminal in AUTOMATON.keywords.items()} | {COMMA: ","}
"""The terminals that are spelt in one way, with their spelling."""


class Part(NamedTuple):
    """The part of a terminal in a statement: the field that it fills, and the kind of its node, None for a keyword."""

    field: str
    node: str | None


def files() -> Iterator[Derived]:
    """The rules and a query. Raises `CannotGenerateError` where the tables of forms and terminals do not fit the grammar."""
    yield Derived(RULES, text())
    yield Derived(LOCALS, fill(LOCALS.read_text(encoding="utf-8"), BEGIN, END, locals_query()))


def text() -> str:
    """The input of grammar.js: the rules of statements, those of their words, the words that cannot be names, and those of
    them that `remove` takes as words of their own."""
    try:
        statements = statement_rules(rules_of(GRAMMAR.read_text(encoding="utf-8")))
    except GrammarError as error:
        raise CannotGenerateError(RULES, f"grammar/lbsh.lark: {error}", "mend it, then make generate") from error
    reserved = [one for one in AUTOMATON.keywords if one in AUTOMATON.reserved]
    heads = [form.head.split() for form in ALL_FORMS]
    parts = list(dict.fromkeys(words[1] for words in heads if words[0] == "remove" and len(words) > 1))
    found = {"statements": statements, "words": word_rules(), "reserved": reserved, "parts": parts}
    return json.dumps(found, indent=1) + "\n"


def statement_rules(rules: dict[str, Rule]) -> dict[str, Json]:
    """The rules of tree-sitter for those of a grammar. The one for `statement` lists the statements."""
    forms = _forms_by_rule(rules)
    return {name: _forms_apart(rule, rules, forms.get(name, [])) for name, rule in rules.items()}


def _forms_by_rule(rules: dict[str, Rule]) -> dict[str, list[Form]]:
    """The forms of the statements that use a rule, `statement` itself aside."""
    found: dict[str, list[Form]] = {}
    for statement in _statements(rules["statement"], rules):
        heads = {SPELT[terminal] for terminal in first_terminals(statement, rules)}
        forms = [form for form in ALL_FORMS if form.head.split()[0] in heads]
        for name in symbols_in(statement, rules) & rules.keys():
            found[name] = [*found.get(name, []), *forms]
    return found


def _statements(whole: Rule, rules: dict[str, Rule]) -> Iterator[Symbol]:
    """The rules of the statements."""
    for way in whole.ways if isinstance(whole, Choice) else [whole]:
        if not isinstance(way, Symbol) or way.name not in rules:
            raise CannotGenerateError(RULES, "a statement has no rule of its own", "name it in grammar/lbsh.lark")
        yield way


def _forms_apart(rule: Rule, rules: dict[str, Rule], forms: list[Form]) -> Json:
    """The rule of tree-sitter for a rule of the grammar that occurs in statements of some forms."""
    lacking = [form for form in forms if form.lacks in symbols_in(rule, rules) and has_other_words(form)]
    ways = []
    for form in lacking:
        rule, shorter = split(rule, form.lacks, rules)
        ways.append(_of_forms(shorter, [form]))
    ways.append(_of_forms(rule, [form for form in forms if form not in lacking]))
    return ways[0] if len(ways) == 1 else {"type": "CHOICE", "members": ways}


def _of_forms(rule: Rule, forms: list[Form]) -> Json:
    """The rule of tree-sitter with what the words are by these forms, which must not differ."""
    own, parts = symbols_in(rule, {}), dict[str, Part]()
    for form in forms:
        for slot in [slot for slot in form.slots if slot.terminal in own]:
            part = _part(slot, slot.field in form.many or slot.field == form.joined)
            if parts.setdefault(slot.terminal, part) != part:
                reason = f"{slot.terminal} is {parts[slot.terminal]} and {part} in one rule"
                raise CannotGenerateError(RULES, reason, "make two terminals of it in grammar/lbsh.lark")
    return _json(rule, parts)


def _part(slot: Slot, collects: bool) -> Part:
    node = node_of(TERMINALS[slot.terminal], slot.names) if slot.terminal in TERMINALS else None
    return Part(_singular(slot.field) if collects else slot.field, node)


def rule_of(form: Form, rules: dict[str, Rule]) -> str:
    """The rule of a form's statements: of those that begin with the same word, the first that has all of its terminals."""
    wanted = {slot.terminal for slot in form.slots}
    for statement in _statements(rules["statement"], rules):
        heads = {SPELT[terminal] for terminal in first_terminals(statement, rules)}
        if form.head.split()[0] in heads and wanted <= symbols_in(statement, rules):
            return statement.name
    raise CannotGenerateError(RULES, f"no statement of the grammar fits the form {form.head}", "mend one of them")


def _node_with(slot: Slot, form: Form, rules: dict[str, Rule]) -> str:
    """The node whose field a word is: that of the statement, or of an option in it."""
    statement = rule_of(form, rules)
    within = sorted(symbols_in(rules[statement], rules) & rules.keys())
    return next(name for name in (statement, *within) if slot.terminal in symbols_in(rules[name], {}))


def locals_query() -> str:
    """The words that define and use names of services and pools, as patterns of a query."""
    rules = rules_of(GRAMMAR.read_text(encoding="utf-8"))
    patterns = [
        f"({_node_with(slot, form, rules)}\n  {part.field}: ({part.node}) @local.{_CAPTURES[slot.names.role]})"
        for form in ALL_FORMS
        for slot in form.slots
        if slot.names is not None and slot.names.kind in (NameKind.SERVICE, NameKind.POOL)
        for part in [_part(slot, slot.field in form.many)]
        if part.node is not None  # a keyword that is a name in its place stays a keyword here
    ]
    return "\n\n".join(dict.fromkeys(patterns)) + "\n"


_CAPTURES = {Role.DEFINES: "definition", Role.USES: "reference", Role.ENDS: "reference"}


def _singular(field: str) -> str:
    return field.removesuffix("es" if field.endswith("sses") else "s")


def _json(rule: Rule, parts: dict[str, Part]) -> Json:
    """A rule of tree-sitter."""
    match rule:
        case Symbol(name):
            return _symbol(name, parts)
        case Sequence(members):
            return {"type": "SEQ", "members": [_json(one, parts) for one in members]}
        case Choice(ways):
            return {"type": "CHOICE", "members": [_json(one, parts) for one in ways]}
        case Maybe(Repeat(content)):
            return {"type": "REPEAT", "content": _json(content, parts)}
        case Maybe(content):
            return {"type": "CHOICE", "members": [_json(content, parts), {"type": "BLANK"}]}
        case Repeat(content):
            return {"type": "REPEAT1", "content": _json(content, parts)}
        case _:
            assert_never(rule)


def _symbol(name: str, parts: dict[str, Part]) -> Json:
    """A terminal in its field, or another rule."""
    if name.islower():
        return {"type": "SYMBOL", "name": name}
    part = parts.get(name)
    content: Json = {"type": "STRING", "value": SPELT[name]} if name in SPELT else _value(name, part)
    return {"type": "FIELD", "name": part.field, "content": content} if part else content


def _value(name: str, part: Part | None) -> Json:
    if name not in TERMINALS:
        reason = f"{name} has no record in lbsh_lang/syntax/terminals.py"
        raise CannotGenerateError(RULES, reason, "write it, then make generate")
    return word(name, part.node if part and part.node else node_of(TERMINALS[name], TERMINALS[name].value.names))
