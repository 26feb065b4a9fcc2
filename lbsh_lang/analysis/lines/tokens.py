"""The kind of each word of a line, for highlighting: by its role in the statement, not by its spelling.

Nearly everything follows from the text of a line alone, so a client may cache the answer by the text. Only the drained
servers depend on other lines, and are computed separately. Knows no colours and no encoding.
"""

from __future__ import annotations

from collections.abc import Container, Iterable, Iterator
from enum import Enum, auto
from functools import cache, lru_cache
from typing import NamedTuple

from lbsh_lang.analysis.lines.form_parts import all_forms
from lbsh_lang.analysis.live.view import View
from lbsh_lang.checks.allowances import allowances_in
from lbsh_lang.site.pool_lives import target_with
from lbsh_lang.source import Source
from lbsh_lang.syntax.language import Lbsh
from lbsh_lang.syntax.nodes import RemoveServiceStatement, SetServiceStatement
from lbsh_lang.syntax.parser import LONGEST_LINE, Parsed
from lbsh_lang.syntax.statement import AnyStated, Statement, tokens_of
from lbsh_lang.syntax.terminals import Role, TokenType
from oyster.automaton import Shape
from oyster.words import Comment, Words, split_words


class TokenModifier(Enum):
    """A further property of a word."""

    DECLARATION = auto()
    DRAINED = auto()


Kind = tuple[TokenType, TokenModifier | None] | None
"""The kind of a word; None for a comma and for an unknown kind."""


class SemanticToken(NamedTuple):
    """A stretch of a line from its first column up to, but not including, `end`."""

    start: int
    end: int
    kind: TokenType
    mark: TokenModifier | None = None


def line_tokens(language: Lbsh, text: str, parsed: Parsed) -> tuple[SemanticToken, ...]:
    """The tokens of a parsed line, from left to right. A function of the language and the text."""
    if len(text) > LONGEST_LINE:
        return ()
    words = split_words(text)
    kinds = kinds_of(language, words, parsed.node)
    found = [
        SemanticToken(start, start + len(word), *kind)
        for word, start, kind in zip(words.texts, words.starts, kinds, strict=True)
        if kind is not None
    ]
    if words.comment is not None:
        found += _comment(text, words.comment)
    return tuple(found)


def kinds_of(language: Lbsh, words: Words, node: Statement | None) -> list[Kind]:
    """The kind of each word of a line; None for commas and for unknown kinds."""
    shape = language.automaton.shape_of(words.texts)
    kinds = list(_kinds(language, shape))
    if len(kinds) < len(shape):
        # The grammar does not allow the line from here on: the best guess is the parser's reading of the words.
        meant = _meant(language, node)
        for text, start in zip(words.texts[len(kinds) :], words.starts[len(kinds) :], strict=True):
            kinds.append(meant.get(start) or _lexical(language, text))
    if isinstance(node, RemoveServiceStatement | SetServiceStatement) and node.service is not None:
        # Only the rest of the line distinguishes this from the removal, or the change, of a server.
        kinds = [
            (TokenType.SERVICE, None) if start == node.service.start else kind
            for start, kind in zip(words.starts, kinds, strict=True)
        ]
    return kinds


def drained_places(view: View) -> dict[int, set[int]]:
    """The lines of a document that add servers which are drained or down by hand, with the columns of these servers.

    Only servers that are named singly count, not those of a range.
    """
    drained: dict[int, set[int]] = {}
    for history in view.session.resolution.pools.values():
        life = history.current
        for member in (*life.drained, *life.downed) if life is not None else ():
            assert life is not None
            stated = life.members[member]
            token = target_with(stated, member)
            if token is not None and token.value is not None and token.value.size == 1 and _is_in(view, stated):
                drained.setdefault(view.session.line_of(stated), set()).add(token.start)
    return drained


def mark_drained(tokens: Iterable[SemanticToken], starts: Container[int]) -> tuple[SemanticToken, ...]:
    """The tokens of a line, those at some columns marked as drained."""
    return tuple([token._replace(mark=TokenModifier.DRAINED) if token.start in starts else token for token in tokens])


def _is_in(view: View, stated: AnyStated) -> bool:
    return stated.source.identity == view.document.identity


@lru_cache(maxsize=4096)
def _kinds(language: Lbsh, shape: Shape) -> tuple[Kind, ...]:
    """The kinds of the words in all lines of a shape, up to the first word that the grammar does not allow."""
    kinds = _kinds_by_terminal(language)
    return tuple([kinds[terminal] for terminal in language.automaton.read_shape(shape).terminals[: len(shape)]])


@cache
def _kinds_by_terminal(language: Lbsh) -> dict[str, Kind]:
    """The kind of each terminal's words; a comma has none."""
    return {"COMMA": None, **dict(_words(language)), **dict(_keywords(language))}


def _keywords(language: Lbsh) -> Iterator[tuple[str, tuple[TokenType, None]]]:
    """The keywords by their terminals, divided into options and words that a statement requires.

    An option is a keyword that fills a field of its own name; of the other keywords, one that may be a name, unless a
    statement begins with it. An extension reserves no word: its options are the words in brackets in its forms.
    """
    heads = {word for form in language.forms for word in form.head.split()}
    fields = {slot.terminal: slot.field for form in language.forms for slot in form.slots}
    for word, terminal in language.automaton.keywords.items():
        if terminal in fields:
            optional = fields[terminal] == word
        elif terminal in language.sentences:
            parts = [form.part_of(terminal) for form in all_forms(language)]
            optional = any(part.is_optional for part in parts if part is not None)
        else:
            optional = word not in language.automaton.reserved | heads
        yield terminal, (TokenType.OPTION if optional else TokenType.KEYWORD, None)


def _words(language: Lbsh) -> Iterator[tuple[str, Kind]]:
    """The other terminals; a word that names a new entity is a declaration."""
    for name, word in language.terminals.items():
        declares = word.is_identifier and word.names is not None and word.names.role is Role.DEFINES
        yield name, (word.type, TokenModifier.DECLARATION if declares else None)


_NOWHERE = Source.of("", "")


def _meant(language: Lbsh, node: Statement | None) -> dict[int, Kind]:
    """The kinds that the parser guessed for the words of a faulty line, by their columns."""
    found: dict[int, Kind] = {}
    for slot, token in tokens_of(node) if node is not None else ():
        found.setdefault(token.start, _kinds_by_terminal(language)[slot.terminal])
    return found


def _lexical(language: Lbsh, text: str) -> Kind:
    """The kind of a word by its spelling alone."""
    terminal = language.automaton.keywords.get(text)
    if terminal is not None:
        return _kinds_by_terminal(language)[terminal]
    return (TokenType.TEXT, None) if text[0] == '"' else None


def _comment(text: str, comment: Comment) -> Iterator[SemanticToken]:
    """A comment; the codes that it allows are marked."""
    start = comment.start
    for allowance in allowances_in(_NOWHERE, 0, text) if "allow" in comment.text else ():
        code = allowance.code
        if code.value is None:
            break
        yield SemanticToken(start, code.start, TokenType.COMMENT)
        yield SemanticToken(code.start, code.end, TokenType.CODE)
        start = code.end
    if start < len(text):
        yield SemanticToken(start, len(text), TokenType.COMMENT)
