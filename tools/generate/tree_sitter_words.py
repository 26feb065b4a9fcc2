"""The nodes of words in trees of tree-sitter: their kinds, derived from the records of terminals, and their rules.

A kind says what a word is, not which part it plays: PORT and SERVER_PORT are both `port`. The field says the part
(`tree_sitter_rules`).
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import assert_never

from lbsh_lang.syntax import lowering
from lbsh_lang.syntax.automaton import AUTOMATON
from lbsh_lang.syntax.nodes import ALL_FORMS, Form
from lbsh_lang.syntax.terminals import TERMINALS, NameKind, Naming, Terminal, TokenType
from oyster.automaton import pieces_of

Json = dict[str, object]
"""A rule of tree-sitter as its grammars are stored: an object with its `type`."""

CLASSES: dict[str, Json] = {
    "WORD": {"type": "SYMBOL", "name": "_word"},
    "LETTERS": {"type": "SYMBOL", "name": "_word_of_letters"},
    "DIGITS": {"type": "SYMBOL", "name": "_number"},
    "ANY": {"type": "SYMBOL", "name": "_any_word"},
    "STRING": {"type": "SYMBOL", "name": "_text"},
    '","': {"type": "STRING", "value": ","},
}
"""The rules in grammar.js for the word classes of which terminals are made."""

EXCEPTIONS = {Terminal.SUBJECT: "subject"}
"""Nodes that no record gives. A subject names a thing of any sort; a query could not follow the name of a `value`."""


def node_of(terminal: Terminal, names: Naming | None) -> str:
    """The kind of node for the words of a terminal where they are names of something, or of nothing."""
    if terminal in EXCEPTIONS:
        return EXCEPTIONS[terminal]
    if names is not None and names.kind is not NameKind.SERVER:  # whose names are addresses
        return f"{names.kind.value}_name"
    return _node_of_type(terminal)


def _node_of_type(terminal: Terminal) -> str:
    kind = terminal.value.type
    match kind:
        case TokenType.ADDRESS:
            return "target" if terminal.value.read is lowering.lower_target else "address"
        case TokenType.TEXT:
            return "string"
        case TokenType.KEYWORD:
            return "topic"  # a statement's word that stands for a value: what help is wanted on
        case TokenType.SERVICE | TokenType.POOL | TokenType.DEVICE | TokenType.INTERFACE | TokenType.OPTION:
            return f"{kind.name.lower()}_name"
        case TokenType.PARAMETER | TokenType.NETWORK | TokenType.PORT | TokenType.DURATION | TokenType.NUMBER:
            return kind.name.lower()
        case TokenType.PROTOCOL | TokenType.ALGORITHM | TokenType.HELPER | TokenType.METHOD | TokenType.VALUE:
            return kind.name.lower()
        case TokenType.COMMENT | TokenType.CODE:
            raise AssertionError(terminal)  # no word of a statement is one
        case _:
            assert_never(kind)


def word(terminal: str, node: str) -> Json:
    """The rule for a word in a statement; that of the node, or an alias where the terminal admits fewer words."""
    classes = AUTOMATON.terminals[terminal]
    if terminal == Terminal.LEAVING.name:  # where statement words have a meaning of their own
        content = _preferred(node, {"type": "SYMBOL", "name": "_leaving_word"})
        return {"type": "ALIAS", "content": content, "named": True, "value": node}
    if classes == _classes_of_nodes()[node]:
        return {"type": "SYMBOL", "name": node}
    return {"type": "ALIAS", "content": _of_classes(classes), "named": True, "value": node}


def word_rules() -> dict[str, Json]:
    """The rules of all nodes for words.

    A node of a form `has_other_words` has precedence, as a line that may end behind a word is not unfinished there.
    """
    return {node: _preferred(node, _of_classes(classes)) for node, classes in _classes_of_nodes().items()}


def _preferred(node: str, words: Json) -> Json:
    """The rule of a node, with precedence for a node of a form that `has_other_words`."""
    preferred = {
        node_of(TERMINALS[slot.terminal], slot.names)
        for form in ALL_FORMS
        for slot in form.slots
        if form.lacks and slot.terminal in TERMINALS and slot.names != TERMINALS[slot.terminal].value.names
    }
    return {"type": "PREC", "value": 1, "content": words} if node in preferred else words


def has_other_words(form: Form) -> bool:
    """Whether a form that `lacks` a terminal gives a word another meaning than the longer form does, and so another node."""
    slots = (slot for slot in form.slots if slot.terminal in TERMINALS)
    return bool(form.lacks) and any(slot.names != TERMINALS[slot.terminal].value.names for slot in slots)


def _classes_of_nodes() -> dict[str, str]:
    """The word classes of each kind of node: those of its terminal that admits the most."""
    found: dict[str, str] = {}
    for terminal, names in _uses():
        node, classes = node_of(terminal, names), AUTOMATON.terminals[terminal.name]
        found[node] = max(found.get(node, classes), classes, key=_size)
    return found


def _uses() -> Iterator[tuple[Terminal, Naming | None]]:
    """The terminals of the grammar with what their words name, by their records and by the slots of forms."""
    yield from ((one, one.value.names) for one in Terminal if one.name in AUTOMATON.terminals)
    slots = (slot for form in ALL_FORMS for slot in form.slots)
    yield from ((TERMINALS[slot.terminal], slot.names) for slot in slots if slot.terminal in AUTOMATON.terminals)


def _size(classes: str) -> int:
    return len(pieces_of(classes, AUTOMATON.keywords, AUTOMATON.reserved))


def _of_classes(classes: str) -> Json:
    rules = [CLASSES[name] for name in classes.split(" | ")]
    return rules[0] if len(rules) == 1 else {"type": "CHOICE", "members": rules}
