"""The TextMate grammar `lbsh.tmLanguage.json` of VS Code, from the grammar of the language.

Theory of operation. Lines are read by an automaton (`lbsh_lang.syntax.automaton`, itself written from `grammar/lbsh.lark`).
A TextMate grammar has no automaton, but rules within rules, and a rule that has begun lasts to its end: so a move to
another situation begins a rule, which holds the moves of that situation and ends with the line. In long lists rules would
nest as deep as the list is long: a move back to the previous situation ends its rule instead. That is why rules are made
for pairs of situations. A word that cannot stand where it does is coloured by its form, and changes nothing; reporting it
is the task of the language server.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator
from typing import NamedTuple, assert_never

from lbsh_lang.probes.registry import built_in
from lbsh_lang.syntax.automaton import AUTOMATON
from lbsh_lang.syntax.methods import RECORD_TYPES
from lbsh_lang.syntax.nodes import FORMS
from lbsh_lang.syntax.ports import PORT_NAMES
from lbsh_lang.syntax.terminals import TERMINALS, Role, Terminal, TokenType
from lbsh_lang.values import ALGORITHMS, HELPERS, PROTOCOLS
from oyster import automaton
from oyster import grammar as grammars
from tools.generate.derived import ROOT, CannotGenerateError, Derived

WRITTEN = ROOT / "editors" / "vscode" / "syntaxes" / "lbsh.tmLanguage.json"

Rule = dict[str, object]


def scope_of(terminal: Terminal) -> str:
    """The scope of a terminal's words; or, with `#`, the rule of `looks` that decides on it."""
    if terminal in MIXED:
        return MIXED[terminal]
    declares = terminal.value.names is not None and terminal.value.names.role is Role.DEFINES
    match terminal.value.type:
        case TokenType.SERVICE:
            return "entity.name.type.service" if declares else "support.class.service"
        case TokenType.POOL:
            return "entity.name.variable.pool" if declares else "variable.other.pool"
        case TokenType.DEVICE:
            return "entity.name.type.device"
        case TokenType.INTERFACE:
            return "variable.other.constant.interface"
        case TokenType.PARAMETER:
            return "string.unquoted.parameter"
        case TokenType.ADDRESS | TokenType.NETWORK:
            return "#address"
        case TokenType.PROTOCOL:
            return "#protocol"
        case TokenType.PORT:
            return "#port"
        case TokenType.DURATION:
            return "#duration"
        case TokenType.ALGORITHM:
            return "#algorithm"
        case TokenType.HELPER:
            return "#helper"
        case TokenType.NUMBER:
            return "#number"
        case TokenType.METHOD:
            return "#method"
        case TokenType.TEXT:
            return "string.quoted.double"
        case TokenType.OPTION:
            return "#option"
        case TokenType.VALUE:
            return "#value"
        case TokenType.KEYWORD:
            return KEYWORD
        case TokenType.COMMENT | TokenType.CODE:
            raise AssertionError(terminal)  # no word of a statement is one
        case _:
            assert_never(terminal.value.type)


MIXED = {Terminal.LEAVING: "#leaving", Terminal.CHANGED: "#leaving", Terminal.SUBJECT: "#subject"}
"""The terminals whose words are of several kinds, by which `looks` tells them apart."""

KEYWORD, OPTION = "keyword.control", "storage.modifier"

SCOPES = {terminal.name: scope_of(terminal) for terminal in Terminal} | {"COMMA": "punctuation.separator.comma"}
"""The scopes of all words that are no keywords."""


def keyword_scopes() -> dict[str, str]:
    """The scope of each keyword. Options are the words that a statement can do without."""
    options = option_words()
    return {word: OPTION if word in options else KEYWORD for word in AUTOMATON.keywords}


def option_words() -> frozenset[str]:
    """Keywords with the name of the field they fill, and others that may be names, except heads."""
    heads = {word for form in FORMS for word in form.head.split()}
    fields = {slot.terminal: slot.field for form in FORMS for slot in form.slots}
    return frozenset(
        word
        for word, terminal in AUTOMATON.keywords.items()
        if (fields[terminal] == word if terminal in fields else word not in AUTOMATON.reserved | heads)
    )


# The words of the grammar

WORD = grammars.ANY.replace("[^", r"[^\r\n")  # here lines come with their ends
START, END = (f"({look}{WORD.removesuffix('+')})" for look in ("?<!", "?!"))
STRING = grammars.STRING + "?"  # also before its end is typed
LINE_END = r"(?=#)|$"


def one_of(words: Iterable[str]) -> str:
    """A pattern for just these words; the longest first, for `tcp` is also the beginning of `tcp+udp`."""
    return f"(?:{'|'.join(re.escape(word) for word in sorted(words, key=lambda word: (-len(word), word)))}){END}"


class Way(NamedTuple):
    """Pieces that lead from one situation to another by the same terminal."""

    terminal: str
    after: int
    pieces: tuple[str, ...]


def ways_of(situation: int) -> list[Way]:
    """The ways out of a situation, those by keywords first."""
    found: dict[tuple[str, int], list[str]] = {}
    for piece, (terminal, after) in AUTOMATON.moves[situation].items():
        found.setdefault((terminal, after), []).append(piece)
    ways = [Way(terminal, after, tuple(pieces)) for (terminal, after), pieces in found.items()]
    return sorted(ways, key=lambda way: automaton.WORD in way.pieces)


def pattern_for(way: Way) -> str:
    """A pattern for the words that go this way."""
    kinds = {automaton.WORD, automaton.DIGITS, automaton.STRING, automaton.COMMA}
    words = [piece for piece in way.pieces if piece not in kinds]
    choices = []
    if automaton.STRING in way.pieces:
        choices.append(STRING)
    if automaton.COMMA in way.pieces:
        choices.append(",")
    if automaton.WORD in way.pieces:
        others = [word for word in AUTOMATON.keywords if word not in words]
        digits = "" if automaton.DIGITS in way.pieces else "(?![0-9])"
        choices.append(f"{f'(?!{one_of(others)})' if others else ''}{digits}{WORD}")
    elif automaton.DIGITS in way.pieces:
        choices.append(f"(?=[0-9]){WORD}")
    elif words:
        choices.append(one_of(words))
    return "|".join(choices)


# Rules


def grammar_rules() -> dict[str, Rule]:
    """A rule for each situation together with the one before it, as far as lines lead there."""
    rules: dict[str, Rule] = {}
    ahead: list[tuple[int, int | None]] = [(0, None)]
    while ahead:
        situation, before = ahead.pop()
        name = name_of(situation, before)
        if name in rules:
            continue
        rest = "#unknown" if before is None else "#anywhere"
        rules[name] = {"patterns": [*moves(situation, before), {"include": rest}]}
        ahead += [(way.after, situation) for way in ways_of(situation) if way.after not in (situation, before)]
    return rules


def name_of(situation: int, before: int | None) -> str:
    return "line" if before is None else f"after-{before}-in-{situation}"


def moves(situation: int, before: int | None) -> Iterator[Rule]:
    """Rules for the ways out of a situation, but the way back, which is the end of a rule."""
    for way in ways_of(situation):
        pattern = pattern_for(way)
        if way.after == situation:
            yield {"match": pattern, "captures": capture("0", way)}
        elif way.after != before:
            yield {
                "begin": pattern,
                "beginCaptures": capture("0", way),
                **end(way.after, situation),
                "patterns": [{"include": f"#{name_of(way.after, situation)}"}],
            }


def end(situation: int, before: int) -> Rule:
    """The end of a rule for a situation: ways back to the previous situation, or the end of the statement."""
    back = [way for way in ways_of(situation) if way.after == before]
    patterns = [f"({pattern_for(way)})" for way in back]
    captures: Rule = {}
    for number, way in enumerate(back, 1):
        captures |= capture(str(number), way)
    return {"end": "|".join([*patterns, LINE_END]), **({"endCaptures": captures} if captures else {})}


def capture(number: str, way: Way) -> Rule:
    """The scope, or the rule, for the word of a way."""
    scope = ({AUTOMATON.keywords[word]: scope for word, scope in keyword_scopes().items()} | SCOPES)[way.terminal]
    if scope.startswith("#"):
        return {number: {"patterns": [{"include": scope}]}}
    if scope.startswith("string.quoted"):
        return {number: {"name": f"{scope}.lbsh", "patterns": [{"include": "#escape"}]}}
    if scope in (KEYWORD, OPTION):
        return {number: {"name": f"{scope}.{way.terminal.lower().replace('_', '-')}.lbsh"}}
    return {number: {"name": f"{scope}.lbsh"}}


# Words by their form


def looks() -> dict[str, Rule]:
    """Rules by the form of words, for terminals whose words are of several kinds."""
    four = r"[0-9]{1,3}(?:\.[0-9]{1,3}){3}"
    six = r"(?=[0-9A-Fa-f.]*:[0-9A-Fa-f.]*:)[0-9A-Fa-f:.]+"
    one = f"(?:{four}|{six})"
    options = {name for method in built_in().values() for name in method.options}
    return {
        "address": word(f"{one}(?:/[0-9]{{1,3}}|-(?:{one}|[0-9]{{1,3}}))?", "constant.numeric.address"),
        "duration": word("[0-9]+(?:ms|[smhd])", "constant.numeric.duration"),
        "number": word("[0-9]+", "constant.numeric.integer"),
        "port": either(
            word("[0-9]+(?:-[0-9]+)?", "constant.numeric.port"),
            word(one_of(PORT_NAMES), "constant.numeric.port.name"),
        ),
        "protocol": word(one_of(PROTOCOLS), "constant.language.protocol"),
        "algorithm": word(one_of(ALGORITHMS), "constant.language.algorithm"),
        "helper": word(one_of(HELPERS), "constant.language.helper"),
        "method": word(one_of(built_in()), "support.function.method"),
        "option": word(one_of(options), OPTION + ".probe"),
        "value": either(
            word(one_of(("on", "off", *RECORD_TYPES)), "constant.language.value"),
            word("[0-9]{3}(?:-[0-9]{3})?", "constant.numeric.status"),
        ),
        "leaving": either({"include": "#address"}, word(WORD, "support.class.service")),
        "subject": either({"include": "#address"}, word(WORD, "variable.other.subject")),
        "escape": {"match": r"\\.", "name": "constant.character.escape.lbsh"},
    }


def word(pattern: str, scope: str) -> Rule:
    """A rule for whole words."""
    return {"match": f"{START}(?:{pattern}){END}", "name": f"{scope}.lbsh"}


def either(*rules: Rule) -> Rule:
    return {"patterns": list(rules)}


def anywhere() -> Rule:
    """The rest of a line that cannot be read."""
    kinds: list[Rule] = [{"include": f"#{kind}"} for kind in ("address", "duration", "number", "protocol")]
    reserved: dict[str, list[str]] = {}
    for name, scope in keyword_scopes().items():
        if name in AUTOMATON.reserved:
            reserved.setdefault(scope, []).append(name)
    return either(
        {"match": STRING, "name": "string.quoted.double.lbsh"},
        *kinds,
        *(word(one_of(words), f"{scope}.misplaced") for scope, words in reserved.items()),
        {"match": WORD},
    )


def comment() -> Rule:
    """A comment; what it allows stands out."""
    return {
        "begin": "#",
        "beginCaptures": {"0": {"name": "punctuation.definition.comment.lbsh"}},
        "end": "$",
        "name": "comment.line.number-sign.lbsh",
        "patterns": [
            {
                "begin": r"\G\s*(lbsh:?)\s+(allow)\s+(?=[A-Za-z]+[0-9])",
                "beginCaptures": {group: {"name": "keyword.other.pragma.lbsh"} for group in "12"},
                "end": r"(?=[^\s,A-Za-z0-9])|$",
                "patterns": [
                    {"match": r"[A-Za-z]+[0-9]+", "name": "constant.other.code.lbsh"},
                    {"begin": r"[A-Za-z0-9]+", "end": "$"},
                ],
            }
        ],
    }


def files() -> Iterator[Derived]:
    """The grammar. Raises `CannotGenerateError` where a terminal has no record."""
    for terminal in AUTOMATON.terminals.keys() - {*TERMINALS, "COMMA"}:
        reason = f"{terminal} has no record in lbsh_lang/syntax/terminals.py"
        raise CannotGenerateError(WRITTEN, reason, "write it, then make generate")
    yield Derived(WRITTEN, text())


def text() -> str:
    """The whole grammar as a file."""
    unknown: Rule = {
        "begin": WORD,
        "beginCaptures": {"0": {"patterns": [{"include": "#anywhere"}]}},
        "end": LINE_END,
        "patterns": [{"include": "#anywhere"}],
    }
    kinds = {**looks(), "anywhere": anywhere(), "comment": comment(), "unknown": unknown}
    whole = {
        "information": "Written from grammar/lbsh.lark by make generate; not to be edited by hand.",
        "name": "lbsh",
        "scopeName": "source.lbsh",
        "fileTypes": ["lb"],
        "patterns": [{"include": "#comment"}, {"include": "#line"}],
        "repository": {**grammar_rules(), **kinds},
    }
    return json.dumps(whole, indent=1, ensure_ascii=False) + "\n"
