"""Extensions: statements that plug-ins add to the language, as plain values.

An extension is a grammar with a record for each of its forms, terminals and keywords. Parser, messages and editors read
these records like those of the language itself. The meaning of a statement is a pure function from its node to statements of
the language, so that checks, backends and traces know nothing of extensions. Knows no file and no way to find extensions:
`joining` makes a language from given ones.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple, get_args

from lbsh_lang.reported import ReportedError
from lbsh_lang.syntax.nodes import Fact, Token
from lbsh_lang.syntax.slots import OwnWord, Slot, flag, slot
from lbsh_lang.syntax.statement import AnyStated, ExtensionForm, ExtensionStatement, Meant, Statement, tokens_of

__all__ = ["Extension", "ExtensionForm", "OwnWord", "Slot", "flag", "slot"]


class ExtensionError(ReportedError):
    """An extension cannot be used; the text names it and gives the reason, in one line."""


class Extension(NamedTuple):
    """The additions of a plug-in to the language.

    `name` is the name by which scripts say that they need it, best that of the plug-in's distribution. `grammar` is written
    as `oyster.grammar` says; it may use the terminals and keywords of the language. `words` has a record for each terminal
    that the grammar defines, `keywords` a sentence for each keyword that it defines and that begins no statement.
    """

    name: str
    grammar: str
    forms: tuple[ExtensionForm, ...]
    words: tuple[OwnWord, ...]
    keywords: Mapping[str, str]


MOST_MEANT = 4000
"""The most statements that one statement may mean, so that each has a rank before that of the next line."""


class Failure(NamedTuple):
    """The reason why an extension fails to expand a statement."""

    words: str


def meaning_of(statement: ExtensionStatement) -> tuple[Fact, ...] | Failure:
    """The statements that a statement of an extension means, in the order in which they act."""
    try:
        meant = tuple(statement.form.means(statement.node))
    except Exception as error:  # code of a plug-in: whatever it raises, the editor must go on
        return Failure(" ".join(f"{type(error).__name__}: {error}".split()))
    if len(meant) > MOST_MEANT:
        return Failure(f"it means {len(meant)} statements, and may mean at most {MOST_MEANT}")
    for one in meant:
        if not isinstance(one, _FACTS):
            return Failure(f"{type(one).__name__} is no statement about a site")
        if not all(map(_is_field, one)):
            return Failure(f"a field of {type(one).__name__} is neither a token, nor a tuple of tokens, nor None")
    return meant


def acting(node: Statement | None) -> tuple[Statement, ...]:
    """The statements by which a line acts: its own, or those that it means."""
    if not isinstance(node, ExtensionStatement):
        return () if node is None else (node,)
    meant = meaning_of(node)
    return () if isinstance(meant, Failure) else meant


def acts_of(stated: AnyStated) -> list[AnyStated]:
    """The statements by which a line acts, with their places: they follow the extension's statement that means them."""
    if not isinstance(stated.node, ExtensionStatement):
        return [stated]
    return [
        Meant(rank, stated.source, stated.line, node) for rank, node in enumerate(acting(stated.node), stated.rank + 1)
    ]


def act_with(stated: AnyStated, column: int) -> AnyStated:
    """Of the statements by which a line acts, the first with a word at a column; the line's own statement if none has."""
    return next((one for one in acts_of(stated) if column in _columns(one.node)), stated)


def _is_field(value: object) -> bool:
    if isinstance(value, tuple) and not isinstance(value, Token):
        return all(isinstance(part, Token) for part in value)
    return value is None or isinstance(value, Token)


def _columns(node: Statement) -> set[int]:
    return {token.start for _, token in tokens_of(node)}


_FACTS: tuple[type, ...] = get_args(Fact)
