"""What may be written at a cursor: the keywords that the grammar lets stand there, and names and values of the right kind.

Theory of operation. The words before the cursor have a shape, and the grammar says which terminals may come next. What is
offered for a terminal follows from its record (`lbsh_lang.syntax.terminals`): existing names of a kind, the words of a
closed set, usual values. A few have a function of their own (`_SPECIAL`); keywords have one in common. The word that is
being typed plays no part in that: editors hold it against the offers themselves, as long as they have got all of them.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import assert_never

from lbsh_lang.analysis.completion import addresses, names, statements, values
from lbsh_lang.analysis.completion.comments import offers_in_comment
from lbsh_lang.analysis.completion.items import MOST_ITEMS, Item, ItemKind, Paths, Spot, snippet_text
from lbsh_lang.analysis.lines.cursor import Cursor, Place, cursor_at
from lbsh_lang.analysis.live.regions import Region, on_line
from lbsh_lang.analysis.live.view import View
from lbsh_lang.analysis.prose.blocks import Prose, paragraph
from lbsh_lang.source import Position
from lbsh_lang.syntax.language import Lbsh
from lbsh_lang.syntax.terminals import TERMINALS, NameKind, Naming, Role, Terminal, TokenType, Word
from oyster.automaton import COMMA, Automaton
from oyster.words import split_words

__all__ = ["MOST_ITEMS", "Completion", "Item", "ItemKind", "complete"]


@dataclass(frozen=True, slots=True)
class Completion:
    """Offers, the best first, and what they replace: `region` up to the cursor, `whole` with the rest of its word or text.

    `incomplete` tells that there are more, which show once more is typed.
    """

    items: tuple[Item, ...]
    region: Region
    whole: Region
    incomplete: bool


def complete(view: View, at: Position, interfaces: Sequence[str] = (), paths: Paths = lambda typed: ()) -> Completion:
    """What may be written at a place. `interfaces` are those of the machine, `paths` finds files that may be included."""
    cursor = cursor_at(view.document, at)
    now = view.session.rank_before(view.document, cursor.line)
    spot = Spot(view, cursor, now, interfaces, paths)
    if cursor.place is Place.COMMENT:
        start, found = offers_in_comment(spot)
        region = on_line(cursor.line, cursor.start + start, cursor.column)
        return Completion(found, region, region, incomplete=False)
    whole = on_line(cursor.line, cursor.start, cursor.stop)
    # A text in quotes is written with both of them, so it takes the place of the quote behind the cursor in any case.
    region = whole if cursor.place is Place.STRING else on_line(cursor.line, cursor.start, cursor.column)
    offers = {Place.WORD: _words, Place.STRING: _paths, Place.NOWHERE: _nothing}[cursor.place]
    items = list(islice(_each_once(_fitting(spot, offers(spot))), MOST_ITEMS + 1))
    more = len(items) > MOST_ITEMS or _is_sifted(spot)
    return Completion(tuple(items[:MOST_ITEMS]), region, whole, more)


def _words(spot: Spot) -> Iterator[Item]:
    if not spot.cursor.words:
        yield from statements.statements(spot)
        return
    language = spot.language
    for terminal in _in_order(language, spot.cursor):
        if terminal in language.words:
            yield from statements.keyword(spot, terminal)
        elif terminal in language.terminals:
            yield from _offers(spot, terminal, language.terminals[terminal])


def _in_order(language: Lbsh, cursor: Cursor) -> Iterator[str]:
    """The terminals that may come next: values before keywords, as these can always wait."""
    expected = cursor.expected
    if expected and cursor.terminals[-1:] == ("METHOD",) and "METHOD_ARGUMENT" in expected:
        yield "METHOD_ARGUMENT"
    yield from [terminal for terminal in expected if terminal not in language.words and terminal != "METHOD_ARGUMENT"]
    yield from [terminal for terminal in expected if terminal in language.words and not _is_value(cursor, terminal)]


def _is_value(cursor: Cursor, terminal: str) -> bool:
    """Whether a keyword stands where an option of a probe method has its value."""
    return terminal == "FILE" and cursor.words[:1] == ("probe",)


def _paths(spot: Spot) -> Iterator[Item]:
    """In quotes: the paths that may be included, each with its quotes; behind that of a folder there may be more."""
    if spot.cursor.words != ("include",):
        return
    for path in spot.paths(spot.cursor.typed[1:]):
        text = values.quote(path)
        snippet = f'{snippet_text(text[:-1])}$0"' if path.endswith("/") else None
        yield Item(path, ItemKind.FILE, text, snippet=snippet, matched=text)


def _nothing(spot: Spot) -> Iterator[Item]:
    return iter(())


def _fitting(spot: Spot, items: Iterator[Item]) -> Iterator[Item]:
    """Between the words of a statement that lacks nothing, only what leaves it one: options, which bring their own value."""
    automaton = spot.language.automaton
    words, typed, after = spot.cursor.words, spot.cursor.stop > spot.cursor.start, spot.cursor.after
    if typed or not after or not _is_statement(automaton, (*words, *after)):
        return items
    return (
        item
        for item in items
        if item.kind is ItemKind.OPTION or _is_statement(automaton, (*words, *split_words(item.text).texts, *after))
    )


def _is_statement(automaton: Automaton, words: tuple[str, ...]) -> bool:
    return automaton.read_shape(automaton.shape_of(words)).expected is None


def _each_once(items: Iterator[Item]) -> Iterator[Item]:
    seen = set()
    for item in items:
        key = (item.label, item.detail if item.kind is ItemKind.STATEMENT else "")
        if key not in seen:
            seen.add(key)
            yield item


def _is_sifted(spot: Spot) -> bool:
    """Whether offers were chosen by what is typed, so that another word would get others."""
    records = spot.language.terminals
    expected = [terminal for terminal in spot.cursor.expected if terminal in records]
    if any(records[terminal].type is TokenType.PORT for terminal in expected):
        return True
    indexes = (spot.resolution.services, spot.resolution.pools)
    named = any(terminal in _NAMES or _is_named(records[terminal]) for terminal in expected)
    return named and any(len(index) > MOST_ITEMS for index in indexes)


def _is_named(word: Word) -> bool:
    """Whether a word is the name of a service or a pool that exists."""
    names = word.names
    return names is not None and names.kind in (NameKind.SERVICE, NameKind.POOL) and names.role is not Role.DEFINES


_NAMES = ("NEW_POOL", "LEAVING", "SUBJECT")
"""Further terminals whose offers are chosen by what is typed where a script has very many names."""


def _leaving(spot: Spot) -> Iterator[Item]:
    if not {COMMA, "from"} & {*spot.cursor.after}:
        yield from names.services(spot)
    yield from addresses.members(spot)


def _subjects(spot: Spot) -> Iterator[Item]:
    yield from names.services(spot)
    yield from names.pools(spot)
    yield from addresses.services_and_servers(spot)


def _offers(spot: Spot, name: str, word: Word) -> Iterator[Item]:
    """What may be written for a terminal, which is no keyword: what its record says, unless there is a function for it."""
    special = _SPECIAL.get(TERMINALS[name]) if name in TERMINALS else None
    if special is not None:
        return special(spot)
    if word.names is not None:
        return _named(spot, word.names)
    own = spot.language.own_words.get(name)
    return _of_type(spot, word, (paragraph(own.sentence),) if own is not None else ())


_SPECIAL: dict[Terminal, Callable[[Spot], Iterator[Item]]] = {
    Terminal.SERVED_SERVICE: names.services_for_pool,
    Terminal.PROBED_SERVICE: names.services_for_probe,
    Terminal.NEW_POOL: names.new_pools,
    Terminal.JOINED_POOL: names.pools_for,
    Terminal.POOL_NAME: names.pools_with,
    Terminal.SERVICE_ADDRESS: addresses.service_addresses,
    Terminal.DEVICE_ADDRESS: addresses.device_addresses,
    Terminal.TARGET: addresses.targets,
    Terminal.LEAVING: _leaving,
    Terminal.METHOD_ARGUMENT: values.method_argument,
    Terminal.PROBE_WORD: values.option_values,
    Terminal.OPTION_TEXT: values.option_values,
    Terminal.EVERY_TIME: values.intervals,
    Terminal.TIMEOUT_TIME: values.timeouts,
    Terminal.PATH: values.paths,
    Terminal.SUBJECT: _subjects,
}
"""The terminals for which more is known than their records say: what else the line, or the script above it, has."""


def _named(spot: Spot, naming: Naming) -> Iterator[Item]:
    """All that has a name of a kind. A new name is the user's to make up, but for an interface, which the system names."""
    if naming.role is Role.DEFINES and naming.kind is not NameKind.INTERFACE:
        return iter(())
    match naming.kind:
        case NameKind.SERVICE:
            return names.services(spot)
        case NameKind.POOL:
            return names.pools(spot)
        case NameKind.SERVER:
            return addresses.members(spot)
        case NameKind.INTERFACE:
            return values.interfaces(spot)
        case NameKind.DEVICE:
            return iter(())
        case _:
            assert_never(naming.kind)


def _of_type(spot: Spot, word: Word, documentation: Prose) -> Iterator[Item]:
    """The words of a closed set, or usual ones."""
    match word.type:
        case TokenType.PORT:
            return values.ports(spot)
        case TokenType.PROTOCOL:
            return values.protocols(spot)
        case TokenType.ALGORITHM:
            return values.algorithms(spot)
        case TokenType.METHOD:
            return values.methods(spot)
        case TokenType.OPTION:
            return values.probe_options(spot)
        case TokenType.TEXT:
            return values.quoted(spot)
        case TokenType.KEYWORD:
            return statements.topics(spot)
        case TokenType.SERVICE | TokenType.POOL | TokenType.DEVICE | TokenType.INTERFACE | TokenType.PARAMETER:
            return values.usual(word, documentation)
        case TokenType.ADDRESS | TokenType.NETWORK | TokenType.DURATION | TokenType.NUMBER | TokenType.VALUE:
            return values.usual(word, documentation)
        case TokenType.COMMENT | TokenType.CODE:
            return iter(())
        case _:
            assert_never(word.type)
