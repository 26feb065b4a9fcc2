"""A grammar of lines as text: the terminals that it defines, and the whole of it as plain Lark reads it. Needs no Lark.

A grammar is written in Lark's notation, with terminals of two sorts:

- A keyword is typed once, `POOL: "pool"`. It has its meaning where the grammar expects it, and is a name like any other
  elsewhere. With a priority, `POOL.1: "pool"`, it is reserved: never a name.
- Every other terminal is the part that a word plays, made of word classes: `ADDRESS: WORD`, `PARAM: ANY | STRING | ","`.
  WORD is any word that is not reserved, LETTERS are those that start with no digit, DIGITS those that do, ANY is any word
  at all, STRING a text in quotes. If a word can be two of them in one place, it is the one with the higher priority.

Rules use these terminals and `","`. The rule `statement` is a line that is not empty. Blanks and comments are ignored.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from typing import NamedTuple

from oyster.automaton import CLASSES, Automaton
from oyster.stored import KEYWORD

_BLANK = r' \t\f\v,"#'
_BOUNDARY = rf"(?![^{_BLANK}])"

ANY = rf"[^{_BLANK}]+"
"""Any word, as a regular expression."""

STRING = r'"(?:\\.|[^"\\])*"'
"""A text in quotes, as a regular expression."""


class GrammarError(ValueError):
    """A grammar that cannot be compiled. `line` is the place in the grammar's text, None if no single line is at fault."""

    def __init__(self, reason: str, line: int | None = None) -> None:
        super().__init__(reason if line is None else f"line {line}: {reason}")
        self.reason = reason
        self.line = line


class Definition(NamedTuple):
    """A terminal that a grammar defines: its priority, what it is made of, and where it stands in the text."""

    name: str
    priority: int
    parts: tuple[str, ...]
    line: int
    start: int
    end: int

    @property
    def is_keyword(self) -> bool:
        return len(self.parts) == 1 and self.parts[0].startswith('"') and self.parts[0] not in CLASSES


class Terminals(NamedTuple):
    """All terminals that the rules of a grammar may use, including those of the language that it extends.

    `classes` are the terminals other than keywords, each with the word classes that it is made of; `own` are the
    definitions of this grammar.
    """

    keywords: dict[str, str]
    reserved: frozenset[str]
    classes: dict[str, str]
    own: dict[str, Definition]

    def priority(self, name: str) -> int:
        return self.own[name].priority if name in self.own else 0


NOTHING = Automaton({}, frozenset(), {}, ({},), frozenset())
"""The language that a grammar extends if it extends none."""

_COMMENT = re.compile(r'("(?:\\.|[^"\\\n])*"|/(?!/)(?:\\.|[^/\\\n])+/)|//[^\n]*|#[^\n]*')
_DEFINITION = re.compile(
    r"^[ \t]*(_?[A-Z][_A-Z0-9]*)[ \t]*(?:\.[ \t]*(-?\d+))?[ \t]*:([^\n]*(?:\s*\n\s*\|[^\n]*)*)", re.MULTILINE
)
_PART = re.compile(r'"(?:\\.|[^"\\\n])*"i?|\w+|\S')
_DIRECTIVE = re.compile(r"^[ \t]*%\w*", re.MULTILINE)
_START = re.compile(r"^[ \t?!]*start\b", re.MULTILINE)
_LITERAL = re.compile(r'"(?:\\.|[^"\\\n])*"|/(?:\\.|[^/\\\n])+/')


def without_comments(text: str) -> str:
    """The text with nothing in place of its comments, line by line as it was."""
    return _COMMENT.sub(lambda match: match[1] or "", text)


def terminals_of(text: str, base: Automaton) -> Terminals:
    """The terminals of a grammar without comments. Raises `GrammarError` for what only Lark would understand."""
    own = _definitions(text, base)
    _refuse_the_compilers(text)
    _refuse_literals(text, own.values())
    keywords = dict(base.keywords)
    for one in own.values():
        if one.is_keyword:
            keywords[_word(one, keywords)] = one.name
    reserved = {one.parts[0][1:-1] for one in own.values() if one.is_keyword and one.priority > 0}
    classes = {one.name: _classes(one) for one in own.values() if not one.is_keyword}
    basic = {name: name for name in CLASSES if name.isalpha()}
    return Terminals(keywords, base.reserved | reserved, {**base.terminals, **basic, **classes, "COMMA": '","'}, own)


def _definitions(text: str, base: Automaton) -> dict[str, Definition]:
    """The terminals that a text defines, by their names."""
    own: dict[str, Definition] = {}
    for match in _DEFINITION.finditer(text):
        name, line = match[1], line_at(text, match.start(1))
        if name in CLASSES or name == "COMMA":
            raise GrammarError(f"{name} is the same in all grammars, and none defines it", line)
        if name in own:
            raise GrammarError(f"{name} is defined in line {own[name].line} already", line)
        if name in base.terminals or name in base.keywords.values():
            raise GrammarError(f"{name} is defined by the language that is extended", line)
        priority = int(match[2] or 0)
        own[name] = Definition(name, priority, tuple(_PART.findall(match[3])), line, match.start(1), match.end())
    return own


def _refuse_the_compilers(text: str) -> None:
    """Refuses definitions that the compiler itself adds to a grammar."""
    directive, start = _DIRECTIVE.search(text), _START.search(text)
    if directive:
        raise GrammarError(
            f"`{directive[0].strip()}` has no place in a grammar of lines", line_at(text, directive.end())
        )
    if start:
        raise GrammarError("the rule for a line is called `statement`, not `start`", line_at(text, start.end()))


def _refuse_literals(text: str, definitions: Iterable[Definition]) -> None:
    """Refuses texts and regular expressions in rules, where they would be terminals without a name."""
    own = [range(one.start, one.end) for one in definitions]
    for match in _LITERAL.finditer(text):
        if match[0] not in CLASSES and not any(match.start() in one for one in own):
            reason = f"{match[0]} stands in a rule: define a terminal, and use its name here"
            raise GrammarError(reason, line_at(text, match.start()))


def _word(one: Definition, keywords: Mapping[str, str]) -> str:
    """The word of a keyword's definition."""
    word = one.parts[0][1:-1]
    if not one.parts[0].endswith('"') or not KEYWORD.fullmatch(word):
        raise GrammarError(f"{one.parts[0]} is no keyword: a letter, then letters, digits, `-` and `_`", one.line)
    if word in keywords:
        raise GrammarError(f"the keyword `{word}` is {keywords[word]} already", one.line)
    return word


def _classes(one: Definition) -> str:
    """The word classes of a terminal's definition."""
    names, bars = one.parts[::2], one.parts[1::2]
    if not {*names} <= {*CLASSES} or {*bars} - {"|"} or len(bars) != len(names) - 1 or {*names} == {'","'}:
        reason = f"{one.name} is neither a keyword in quotes nor made of word classes, such as ANY | STRING"
        raise GrammarError(reason, one.line)
    return " | ".join(name for name in CLASSES if name in names)


def line_at(text: str, position: int) -> int:
    """The line of a position, the first being 1."""
    return text.count("\n", 0, position) + 1


def expanded(text: str, base: Automaton = NOTHING) -> str:
    """The whole grammar, as plain Lark reads it; its lines keep their numbers. Raises `GrammarError`."""
    text = without_comments(text)
    return whole(text, terminals_of(text, base))


def whole(text: str, terminals: Terminals) -> str:
    """The text with its keywords spelt out, and behind it all that it does not define."""
    top = 1 + max([0, *(one.priority for one in terminals.own.values())])
    keywords = {name: f"{name}.{top}: /{word}{_BOUNDARY}/" for word, name in terminals.keywords.items()}
    parts, behind = list[str](), 0
    for one in terminals.own.values():
        if one.is_keyword:
            parts += [text[behind : one.start], keywords[one.name]]
            behind = one.end
    own = "".join(parts) + text[behind:]
    inherited = [line for name, line in keywords.items() if name not in terminals.own]
    return "\n".join([own, "start: statement?", *inherited, *_classes_in_full(terminals), *_inherited(terminals), ""])


def _classes_in_full(terminals: Terminals) -> Iterator[str]:
    """The word classes, and what is ignored."""
    reserved = "|".join(word for word in terminals.keywords if word in terminals.reserved)
    yield f"WORD: /(?!(?:{reserved}){_BOUNDARY}){ANY}/" if reserved else f"WORD: /{ANY}/"
    yield rf"DIGITS: /[0-9][^{_BLANK}]*/"
    yield "LETTERS: /(?![0-9])/ WORD"
    yield f"ANY: /{ANY}/"
    yield f"STRING: /{STRING}/"
    yield "%ignore /#.*/"
    yield r"%ignore /[ \t\f\v]+/"


def _inherited(terminals: Terminals) -> Iterator[str]:
    """The terminals of the language that is extended, keywords aside."""
    for name, classes in terminals.classes.items():
        if name not in terminals.own and name not in CLASSES:
            yield f"{name}: {classes}"
