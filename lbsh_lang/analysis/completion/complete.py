"""What may be written at a cursor: the keywords that the grammar lets stand there, and names and values of the right kind.

Theory of operation. The words before the cursor have a shape, and the grammar says which terminals may come next. Each
terminal has a function that makes offers for it; keywords have one in common. The word that is being typed plays no part
in that: editors hold it against the offers themselves, as long as they have got all of them.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import assert_never

from lbsh_lang.analysis.completion import addresses, names, statements, values
from lbsh_lang.analysis.completion.comments import offers_in_comment
from lbsh_lang.analysis.completion.items import MOST_ITEMS, Item, ItemKind, Paths, Spot, snippet_text
from lbsh_lang.analysis.lines.cursor import Cursor, Place, cursor_at
from lbsh_lang.analysis.live.regions import Region, on_line
from lbsh_lang.analysis.live.view import View
from lbsh_lang.analysis.prose.blocks import paragraph
from lbsh_lang.source import Position
from lbsh_lang.syntax.language import Lbsh
from lbsh_lang.syntax.slots import OwnWord
from lbsh_lang.syntax.terminals import TERMINALS, NameKind, Role, Terminal
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
        elif terminal in language.own_words:
            yield from _own_word(spot, language.own_words[terminal])
        elif terminal in TERMINALS:
            yield from _offers(spot, TERMINALS[terminal])


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
    expected = spot.cursor.expected
    if any(terminal in expected for terminal in ("PORT", "SERVER_PORT")):
        return True
    indexes = (spot.resolution.services, spot.resolution.pools)
    named = any(terminal in expected for terminal in _NAMES)
    return named and any(len(index) > MOST_ITEMS for index in indexes)


def _leaving(spot: Spot) -> Iterator[Item]:
    if not {COMMA, "from"} & {*spot.cursor.after}:
        yield from names.services(spot)
    yield from addresses.members(spot)


def _subjects(spot: Spot) -> Iterator[Item]:
    yield from names.services(spot)
    yield from names.pools(spot)
    yield from addresses.services_and_servers(spot)


def _own_word(spot: Spot, own: OwnWord) -> Iterator[Item]:
    """The values of a terminal of an extension, and the names of what its words name."""
    for text in own.values:
        yield Item(text, ItemKind.VALUE, text, documentation=(paragraph(own.sentence),))
    if own.word.names is not None and own.word.names.role is not Role.DEFINES:
        yield from _named(spot, own.word.names.kind)


def _named(spot: Spot, kind: NameKind) -> Iterator[Item]:
    """All that has a name of a kind."""
    match kind:
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
            assert_never(kind)


def _offers(spot: Spot, terminal: Terminal) -> Iterator[Item]:
    """What may be written for a terminal: nothing for new names, except those of pools, and for words of the user's own."""
    match terminal:
        case Terminal.SERVED_SERVICE:
            return names.services_for_pool(spot)
        case Terminal.PROBED_SERVICE:
            return names.services_for_probe(spot)
        case Terminal.NEW_POOL:
            return names.new_pools(spot)
        case Terminal.JOINED_POOL:
            return names.pools_for(spot)
        case Terminal.POOL_NAME:
            return names.pools_with(spot)
        case Terminal.IFNAME | Terminal.LINK:
            return values.interfaces(spot)
        case Terminal.SERVICE_ADDRESS:
            return addresses.service_addresses(spot)
        case Terminal.DEVICE_ADDRESS:
            return addresses.device_addresses(spot)
        case Terminal.MEMBER | Terminal.LEAVING_TARGET:
            return addresses.members(spot)
        case Terminal.TARGET:
            return addresses.targets(spot)
        case Terminal.LEAVING:
            return _leaving(spot)
        case Terminal.PROTOCOL:
            return values.protocols(spot)
        case Terminal.PORT | Terminal.SERVER_PORT:
            return values.ports(spot)
        case Terminal.STICKY_TIME:
            return values.sticky_times(spot)
        case Terminal.ALGORITHM:
            return values.algorithms(spot)
        case Terminal.WEIGHT_VALUE:
            return values.weights(spot)
        case Terminal.METHOD:
            return values.methods(spot)
        case Terminal.METHOD_ARGUMENT:
            return values.method_argument(spot)
        case Terminal.PROBE_OPTION:
            return values.probe_options(spot)
        case Terminal.PROBE_WORD | Terminal.OPTION_TEXT:
            return values.option_values(spot)
        case Terminal.EVERY_TIME:
            return values.intervals(spot)
        case Terminal.TIMEOUT_TIME:
            return values.timeouts(spot)
        case Terminal.RISE_COUNT | Terminal.FALL_COUNT:
            return values.rounds(spot)
        case Terminal.SKEW_VALUE:
            return values.skews(spot)
        case Terminal.PATH:
            return values.paths(spot)
        case Terminal.STRING:
            return values.quoted(spot)
        case Terminal.SUBJECT:
            return _subjects(spot)
        case Terminal.TOPIC:
            return statements.topics(spot)
        case Terminal.NEW_SERVICE | Terminal.NEW_DEVICE | Terminal.PARAM | Terminal.NETWORK | Terminal.PEER_ADDRESS:
            return iter(())
        case _:
            assert_never(terminal)


_NAMES = ("SERVED_SERVICE", "PROBED_SERVICE", "JOINED_POOL", "POOL_NAME", "NEW_POOL", "LEAVING", "SUBJECT")
"""The terminals whose offers are chosen by what is typed where a script has very many names."""
