"""Completion at a cursor: the keywords that the grammar allows there, and names and values of the right kind.

Theory of operation. The words before the cursor have a shape, and the grammar says which terminals may come next. The offers
for a terminal follow from its record (`lbsh_lang.syntax.terminals`): existing names of a kind, the words of a closed set,
usual values. Some terminals have a function of their own (`_SPECIAL`); keywords share one. The typed part of the word plays
no role: editors filter the offers by it, provided that they got all of them (`incomplete`).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import chain, islice
from typing import assert_never

from lbsh_lang.analysis.completion import addresses, clients, interfaces, names, statements, values
from lbsh_lang.analysis.completion.comments import offers_in_comment
from lbsh_lang.analysis.completion.items import MOST_ITEMS, CompletionItem, CompletionKind, Paths, Spot, snippet_text
from lbsh_lang.analysis.lines.cursor import Cursor, Place, cursor_at
from lbsh_lang.analysis.live.regions import Region, on_line
from lbsh_lang.analysis.live.view import View
from lbsh_lang.analysis.prose.blocks import paragraph
from lbsh_lang.source import Position
from lbsh_lang.syntax.language import Lbsh
from lbsh_lang.syntax.terminals import TERMINALS, NameKind, Naming, Role, Terminal, TokenType, Word
from oyster.automaton import COMMA, Automaton
from oyster.words import split_words

__all__ = ["MOST_ITEMS", "Completion", "CompletionItem", "CompletionKind", "complete"]


@dataclass(frozen=True, slots=True)
class Completion:
    """Offers, the best first, and the text that they replace: `region` ends at the cursor, `whole` with the word or text.

    `incomplete` tells that there are more offers, which appear when more is typed.
    """

    items: tuple[CompletionItem, ...]
    region: Region
    whole: Region
    incomplete: bool


def complete(view: View, at: Position, interfaces: Sequence[str] = (), paths: Paths = lambda typed: ()) -> Completion:
    """The offers at a place. `interfaces` are those of the machine, `paths` finds files that may be included."""
    cursor = cursor_at(view.document, at)
    now = view.session.rank_before(view.document, cursor.line)
    spot = Spot(view, cursor, now, interfaces, paths)
    if cursor.place is Place.COMMENT:
        start, found = offers_in_comment(spot)
        region = on_line(cursor.line, cursor.start + start, cursor.column)
        return Completion(found, region, region, incomplete=False)
    whole = on_line(cursor.line, cursor.start, cursor.stop)
    # The offer has both of its quotes, so it replaces the quote behind the cursor in any case.
    region = whole if cursor.place is Place.STRING else on_line(cursor.line, cursor.start, cursor.column)
    offers = {Place.WORD: _words, Place.STRING: _paths, Place.NOWHERE: _nothing}[cursor.place]
    items = list(islice(_each_once(_fitting(spot, offers(spot))), MOST_ITEMS + 1))
    more = len(items) > MOST_ITEMS or _is_sifted(spot)
    return Completion(tuple(items[:MOST_ITEMS]), region, whole, more)


def _words(spot: Spot) -> Iterator[CompletionItem]:
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
    """The terminals that may come next: values before keywords, which the user can always add later."""
    expected = cursor.expected
    if expected and cursor.terminals[-1:] == ("METHOD",) and "METHOD_ARGUMENT" in expected:
        yield "METHOD_ARGUMENT"
    yield from [terminal for terminal in expected if terminal not in language.words and terminal != "METHOD_ARGUMENT"]
    yield from [terminal for terminal in expected if terminal in language.words and not _is_value(cursor, terminal)]


def _is_value(cursor: Cursor, terminal: str) -> bool:
    """Whether a keyword stands where an option of a probe method has its value."""
    return terminal == "FILE" and cursor.words[:1] == ("probe",)


def _paths(spot: Spot) -> Iterator[CompletionItem]:
    """In quotes: the paths that may be included, with their quotes; completion may go on behind the path of a folder."""
    if spot.cursor.words != ("include",):
        return
    for path in spot.paths(spot.cursor.typed[1:]):
        text = values.quote(path)
        snippet = f'{snippet_text(text[:-1])}$0"' if path.endswith("/") else None
        yield CompletionItem(path, CompletionKind.FILE, text, snippet=snippet, matched=text)


def _nothing(spot: Spot) -> Iterator[CompletionItem]:
    return iter(())


def _fitting(spot: Spot, items: Iterator[CompletionItem]) -> Iterator[CompletionItem]:
    """Between the words of a complete statement, the offers that keep it complete: options, which include their value."""
    automaton = spot.language.automaton
    words, typed, after = spot.cursor.words, spot.cursor.stop > spot.cursor.start, spot.cursor.after
    if typed or not after or not _is_statement(automaton, (*words, *after)):
        return items
    return (
        item
        for item in items
        if item.kind is CompletionKind.OPTION
        or _is_statement(automaton, (*words, *split_words(item.text).texts, *after))
    )


def _is_statement(automaton: Automaton, words: tuple[str, ...]) -> bool:
    return automaton.read_shape(automaton.shape_of(words)).expected is None


def _each_once(items: Iterator[CompletionItem]) -> Iterator[CompletionItem]:
    seen = set()
    for item in items:
        key = (item.label, item.detail if item.kind is CompletionKind.STATEMENT else "")
        if key not in seen:
            seen.add(key)
            yield item


def _is_sifted(spot: Spot) -> bool:
    """Whether the typed text selected the offers, so that another text would get others."""
    records = spot.language.terminals
    expected = [terminal for terminal in spot.cursor.expected if terminal in records]
    if any(records[terminal].type is TokenType.PORT for terminal in expected):
        return True
    indexes = (spot.resolution.services, spot.resolution.pools)
    named = any(terminal in _NAMES or _is_named(records[terminal]) for terminal in expected)
    return named and any(len(index) > MOST_ITEMS for index in indexes)


def _is_named(word: Word) -> bool:
    """Whether a word is the name of an existing service or pool."""
    names = word.names
    return names is not None and names.kind in (NameKind.SERVICE, NameKind.POOL) and names.role is not Role.DEFINES


_NAMES = ("NEW_POOL", "LEAVING", "CHANGED", "SUBJECT")
"""Further terminals whose offers are selected by the typed text in a script with very many names."""


def _leaving(spot: Spot) -> Iterator[CompletionItem]:
    if not {COMMA, "from"} & {*spot.cursor.after}:
        yield from names.services(spot)
    yield from addresses.members(spot)


def _changed(spot: Spot) -> Iterator[CompletionItem]:
    """The service, or the first of the servers, that a `set` changes: what is set of it tells which."""
    if spot.cursor.after[:1] in ((COMMA,), ("port",), ("in",)):
        yield from addresses.members(spot)
        return
    yield from names.services_for_set(spot)
    yield from addresses.members(spot) if spot.is_last else ()


def _subjects(spot: Spot) -> Iterator[CompletionItem]:
    yield from names.services(spot)
    yield from names.pools(spot)
    yield from addresses.services_and_servers(spot)


def _offers(spot: Spot, name: str, word: Word) -> Iterator[CompletionItem]:
    """The offers for a terminal that is no keyword: by its function if it has one, else by its record."""
    special = _SPECIAL.get(TERMINALS[name]) if name in TERMINALS else None
    if special is not None:
        return special(spot)
    own = spot.language.own_words.get(name)
    usual = values.usual(word, (paragraph(own.sentence),) if own is not None else ())
    if word.names is not None:
        return chain(usual, _named(spot, word.names))
    return usual if word.usual else _of_type(spot, word.type)


_SPECIAL: dict[Terminal, Callable[[Spot], Iterator[CompletionItem]]] = {
    Terminal.SERVED_SERVICE: names.services_for_pool,
    Terminal.FURTHER_SERVICE: names.services_for_pool,
    Terminal.PROBED_SERVICE: names.services_for_probe,
    Terminal.NEW_POOL: names.new_pools,
    Terminal.JOINED_POOL: names.pools_for,
    Terminal.POOL_NAME: names.pools_with,
    Terminal.SERVICE_ADDRESS: addresses.service_addresses,
    Terminal.DEVICE_ADDRESS: addresses.device_addresses,
    Terminal.LINK_ADDRESS: addresses.own_addresses,
    Terminal.CLIENTS: clients.clients,
    Terminal.BOUND: interfaces.bound_interfaces,
    Terminal.LEASED: interfaces.bound_interfaces,
    Terminal.INSIDE: names.pools_inside,
    Terminal.WATCHED: addresses.next_hops,
    Terminal.TARGET: addresses.targets,
    Terminal.LEAVING: _leaving,
    Terminal.CHANGED: _changed,
    Terminal.ABSENT: values.absences,
    Terminal.METHOD_ARGUMENT: values.method_argument,
    Terminal.PROBE_WORD: values.option_values,
    Terminal.OPTION_TEXT: values.option_values,
    Terminal.CLIENT_PREFIX: values.client_prefixes,
    Terminal.POOL_PORT: values.server_ports,
    Terminal.EVERY_TIME: values.intervals,
    Terminal.TIMEOUT_TIME: values.timeouts,
    Terminal.PATH: values.paths,
    Terminal.SUBJECT: _subjects,
}
"""The terminals whose offers depend on the rest of the line, or on the script above it, and not on their records alone."""


def _named(spot: Spot, naming: Naming) -> Iterator[CompletionItem]:
    """The existing names of a kind. For a new name there are no offers, except for interfaces, which the system names."""
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


def _of_type(spot: Spot, kind: TokenType) -> Iterator[CompletionItem]:
    """The words of a closed set, or usual values."""
    match kind:
        case TokenType.PORT:
            return values.ports(spot)
        case TokenType.PROTOCOL:
            return values.protocols(spot)
        case TokenType.ALGORITHM:
            return values.algorithms(spot)
        case TokenType.HELPER:
            return values.helpers(spot)
        case TokenType.METHOD:
            return values.methods(spot)
        case TokenType.OPTION:
            return values.probe_options(spot)
        case TokenType.TEXT:
            return values.quoted(spot)
        case TokenType.KEYWORD:
            return statements.topics(spot)
        case TokenType.SERVICE | TokenType.POOL | TokenType.DEVICE | TokenType.INTERFACE | TokenType.PARAMETER:
            return iter(())
        case TokenType.ADDRESS | TokenType.NETWORK | TokenType.DURATION | TokenType.NUMBER | TokenType.VALUE:
            return iter(())
        case TokenType.COMMENT | TokenType.CODE:
            return iter(())
        case _:
            assert_never(kind)
