"""Hover: text about the word at a cursor, and about the entity that it names."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import assert_never

from lbsh_lang.analysis.hover.entities import (
    device_prose,
    holders_prose,
    interface_prose,
    pool_prose,
    rules_prose,
    server_prose,
    service_prose,
    share_prose,
)
from lbsh_lang.analysis.hover.sources import outbound_prose, sources_prose
from lbsh_lang.analysis.hover.values import address_prose, duration_prose, method_prose, network_prose, port_prose
from lbsh_lang.analysis.lines.form_parts import forms_of
from lbsh_lang.analysis.live.regions import Region, on_line
from lbsh_lang.analysis.live.view import View
from lbsh_lang.analysis.names.occurrences import lasts_at, pool_life, service_life
from lbsh_lang.analysis.names.ways import uplink_at, uplink_text
from lbsh_lang.analysis.prose import sentences
from lbsh_lang.analysis.prose.blocks import Code, Prose, paragraph
from lbsh_lang.analysis.prose.forms import keyword_prose
from lbsh_lang.checks import catalog
from lbsh_lang.probes.base import Option
from lbsh_lang.site.pool_lives import PoolLife
from lbsh_lang.site.server_keys import server_key
from lbsh_lang.site.services import ServiceLife
from lbsh_lang.source import Position
from lbsh_lang.syntax import nodes
from lbsh_lang.syntax.extensions import act_with, acts_of
from lbsh_lang.syntax.faults import Problem
from lbsh_lang.syntax.language import Lbsh
from lbsh_lang.syntax.lowering import lower_address, lower_name
from lbsh_lang.syntax.methods import METHODS
from lbsh_lang.syntax.parser import LONGEST_LINE
from lbsh_lang.syntax.statement import AnyStated
from lbsh_lang.syntax.terminals import TERMINALS, NameKind, Terminal, TokenType
from lbsh_lang.values import ALGORITHMS, HELPERS, PROTOCOLS, Address
from oyster.words import Comment, split_words

_OfServers = (
    nodes.AddStatement
    | nodes.RemoveStatement
    | nodes.DrainStatement
    | nodes.ResumeStatement
    | nodes.DownStatement
    | nodes.UpStatement
    | nodes.SetStatement
)
_CODE = re.compile(r"\bLB[0-9]{3}\b", re.ASCII)


@dataclass(frozen=True, slots=True)
class Hover:
    """A text, and its stretch of the line."""

    region: Region
    prose: Prose


@dataclass(frozen=True, slots=True)
class _Word:
    """A word of a line, and the terminals of the line's words, up to the first that the grammar does not allow."""

    view: View
    line: int
    index: int
    start: int
    texts: list[str]
    terminals: tuple[str, ...]

    @property
    def text(self) -> str:
        return self.texts[self.index]

    @property
    def stated(self) -> AnyStated | None:
        """The statement that has the word; for an extension's statement, the first statement with it that it means."""
        stated = self.view.session.stated_at(self.view.document, self.line)
        return act_with(stated, self.start) if stated is not None else None

    @property
    def language(self) -> Lbsh:
        return self.view.document.language

    def before(self, terminal: str) -> str | None:
        """The nearest word before this one with a terminal."""
        pairs = zip(self.texts[: self.index], self.terminals, strict=False)
        return next((text for text, other in reversed(list(pairs)) if other == terminal), None)


def hover(view: View, at: Position) -> Hover | None:
    """The text at a position, None if there is none."""
    at = view.document.clamp(at)
    line = view.document.lines[at.line]
    if len(line) > LONGEST_LINE:
        return None
    words, starts, comment = split_words(line)
    if comment is not None and at.column >= comment.start:
        return _in_comment(comment, at)
    found = [n for n, start in enumerate(starts) if start <= at.column <= start + len(words[n])]
    if not found:
        return None
    index = found[-1]  # where two words touch, the second
    automaton = view.document.language.automaton
    reading = automaton.read_shape(automaton.shape_of(words))
    if index >= len(reading.terminals):
        return None
    prose = _say(_Word(view, at.line, index, starts[index], words, reading.terminals))
    region = on_line(at.line, starts[index], starts[index] + len(words[index]))
    return Hover(region, prose) if prose else None


def _in_comment(comment: Comment, at: Position) -> Hover | None:
    """A diagnostic code: its title and the first sentences of its page."""
    for match in _CODE.finditer(comment.text):
        start, end = comment.start + match.start(), comment.start + match.end()
        check = catalog.PAGES.get(match.group())
        if start <= at.column <= end and check is not None:
            said = check.page.partition("\n\nWrong:")[0].split("\n\n")
            head = paragraph(Code(check.code), f": {check.title} ({check.severity.value})")
            blocks = [paragraph(" ".join(one.split())) for one in said]
            return Hover(on_line(at.line, start, end), (head, *blocks))
    return None


def _say(word: _Word) -> Prose:
    """The text about a word by its terminal: by the terminal's function if it has one, else by its record."""
    name, language = word.terminals[word.index], word.language
    if name in language.words:
        return _keyword(word, name)
    if name not in language.terminals:
        return ()
    special = _SPECIAL.get(TERMINALS[name]) if name in TERMINALS else None
    if special is not None:
        return special(word)
    record = language.terminals[name]
    own = _said(_own_sentence(word)) if name in language.own_words else ()
    if record.names is not None:
        return tuple(dict.fromkeys([*own, *_named(word, record.names.kind)]))
    return own or _of_type(word, record.type)


def _named(word: _Word, kind: NameKind) -> Prose:
    """The text about the entity that a word names."""
    match kind:
        case NameKind.SERVICE:
            return _service(word)
        case NameKind.POOL:
            return _pool(word)
        case NameKind.SERVER:
            return _address(word)
        case NameKind.INTERFACE:
            return _interface(word)
        case NameKind.DEVICE:
            return _device(word)
        case _:
            assert_never(kind)


def _of_type(word: _Word, kind: TokenType) -> Prose:
    """The text about a word that is no name, by its type."""
    match kind:
        case TokenType.ADDRESS:
            return _address(word)
        case TokenType.NETWORK:
            return network_prose(word.text)
        case TokenType.PORT:
            return port_prose(word.text)
        case TokenType.DURATION:
            return _duration(word)
        case TokenType.PROTOCOL:
            return _protocol(word)
        case TokenType.ALGORITHM:
            return _algorithm(word)
        case TokenType.HELPER:
            return _helper(word)
        case TokenType.METHOD:
            return method_prose(word.text)
        case TokenType.OPTION:
            return _option(word)
        case TokenType.TEXT:
            return _said(_own_sentence(word))
        case TokenType.NUMBER | TokenType.PARAMETER | TokenType.KEYWORD | TokenType.VALUE:
            return _value(word)
        case TokenType.SERVICE | TokenType.POOL | TokenType.DEVICE | TokenType.INTERFACE:
            return _value(word)
        case TokenType.COMMENT | TokenType.CODE:
            return ()
        case _:
            assert_never(kind)


_OF_SOURCES = frozenset({"MASQUERADE", "REFLECT"})
"""The options of a service that give connections another source."""


def _keyword(word: _Word, terminal: str) -> Prose:
    """The meaning of a keyword; at the head of a statement about a service, also the rules of the service.

    At an option that changes the source of connections, the source that servers see.
    """
    forms = forms_of(word.language, word.terminals) or forms_of(word.language, word.terminals[: word.index + 1])
    said = keyword_prose(word.language, terminal, forms)
    stated = word.stated
    if stated is not None and terminal in _OF_SOURCES and isinstance(stated.node, nodes.ServiceStatement):
        life = _service_of(word, stated)
        return (*said, *sources_prose(word.view.session, life)) if life is not None else said
    if word.index > 0 or stated is None:
        return said
    lives = ((act, _service_of(word, act)) for act in acts_of(stated))
    act, life = next(((act, life) for act, life in lives if life is not None), (stated, None))
    return (*said, *rules_prose(word.view.session, life, act)) if life is not None else said


def _service_of(word: _Word, stated: AnyStated) -> ServiceLife | None:
    """The service that a statement defines, or to which it gives a pool or servers."""
    match stated.node:
        case nodes.ServiceStatement(name=nodes.Token(value=str(name))):
            return _service_life(word, name, stated)
        case nodes.SetServiceStatement(service=nodes.Token(value=str(name))):
            return _service_life(word, name, stated)
        case nodes.PoolStatement(name=nodes.Token(value=str(name))):
            pool = _pool_life(word, name, stated)
            return pool.service if pool is not None else None
        case (
            nodes.AddStatement(pool=nodes.Token(value=str(name)))
            | nodes.SetStatement(pool=nodes.Token(value=str(name)))
        ):
            pool = _pool_life(word, name, stated)
            return pool.service if pool is not None else None
    return None


def _service(word: _Word) -> Prose:
    """A service by its name."""
    stated = word.stated
    life = _service_life(word, word.text, stated)
    if life is None or stated is None:
        return (paragraph("There is no service ", Code(word.text), " at this line."),)
    session = word.view.session
    return (*service_prose(session, life), *rules_prose(session, life, stated))


def _pool(word: _Word) -> Prose:
    """A pool by its name."""
    stated = word.stated
    pool = _pool_life(word, word.text, stated)
    if pool is None or stated is None:
        return (paragraph("There is no pool ", Code(word.text), " at this line."),)
    said = (*pool_prose(pool), *outbound_prose(word.view.session, pool.addresses))
    return said if pool.service is None else (*said, *rules_prose(word.view.session, pool.service, stated))


def _service_life(word: _Word, name: str, stated: AnyStated | None) -> ServiceLife | None:
    """The service of a name in a statement of this line, None if it does not exist there."""
    life = service_life(word.view.session, name, stated) if stated is not None else None
    return life if life is not None and stated is not None and lasts_at(life, stated) else None


def _pool_life(word: _Word, name: str, stated: AnyStated | None) -> PoolLife | None:
    life = pool_life(word.view.session, name, stated) if stated is not None else None
    return life if life is not None and stated is not None and lasts_at(life, stated) else None


def _leaving(word: _Word) -> Prose:
    """The object of `remove` or `set`: a service or servers."""
    return _address(word) if isinstance(lower_name(word.text), Problem) else _service(word)


def _absent(word: _Word) -> Prose:
    """An option that is taken away: what it means where it is given."""
    terminal = word.language.automaton.keywords.get(word.text)
    return _said(sentences.of_part(word.language, terminal) if terminal is not None else None)


def _subject(word: _Word) -> Prose:
    """The object of `status`: a service or a pool that exists there, or an address."""
    if isinstance(lower_name(word.text), Problem):
        address = lower_address(word.text)
        holders = holders_prose(word.view.session.resolution, address) if isinstance(address, Address) else ()
        return (*_address(word), *holders)
    life, pool = _service_life(word, word.text, word.stated), _pool_life(word, word.text, word.stated)
    if life is not None:
        return service_prose(word.view.session, life)
    return pool_prose(pool) if pool is not None else ()


def _address(word: _Word) -> Prose:
    """An address; for a server, also its options in its pool."""
    said = address_prose(word.view.session.resolution, word.text)
    pool, address = _pool_of(word), lower_address(word.text)
    if pool is None or not isinstance(address, Address):
        return said
    key = server_key(address)
    outbound = outbound_prose(word.view.session, [key]) if pool.at(key) else ()
    return (*said, *server_prose(pool, address), *outbound)


def _pool_of(word: _Word) -> PoolLife | None:
    """The pool whose servers the statement of a line adds, removes or drains."""
    stated = word.stated
    token = stated.node.pool if stated is not None and isinstance(stated.node, _OfServers) else None
    return _pool_life(word, token.value, stated) if token is not None and token.value is not None else None


def _value(word: _Word) -> Prose:
    """A value, by the keyword before it and by the kind of word."""
    return (*_said(_keyword_before(word)), *_said(_own_sentence(word)))


def _said(sentence: str | None) -> Prose:
    return (paragraph(sentence),) if sentence is not None else ()


def _own_sentence(word: _Word) -> str | None:
    return sentences.of_part(word.language, word.terminals[word.index])


def _keyword_before(word: _Word) -> str | None:
    """The meaning of the keyword before a word, if there is one."""
    name = word.terminals[word.index - 1] if word.index else ""
    return sentences.of_part(word.language, name) if name in word.language.words else None


def _weight(word: _Word) -> Prose:
    """A weight, and its share in the pool."""
    said, pool, stated = _value(word), _pool_of(word), word.stated
    if pool is None or stated is None or not isinstance(stated.node, nodes.AddStatement | nodes.SetStatement):
        return said
    return (*said, *share_prose(pool, stated.node))


def _interface(word: _Word) -> Prose:
    session = word.view.session
    uplink = uplink_at(session, word.text)
    ways = (paragraph(f"It is {uplink_text(uplink)}."),) if uplink is not None else ()
    return (*_said(_own_sentence(word)), *interface_prose(session.resolution.device, word.text), *ways)


def _device(word: _Word) -> Prose:
    return (*_said(_own_sentence(word)), *device_prose(word.view.session.resolution.device, word.text))


def _duration(word: _Word) -> Prose:
    return (*duration_prose(word.text), *_said(_keyword_before(word)))


def _protocol(word: _Word) -> Prose:
    meant = PROTOCOLS.get(word.text)
    return (paragraph(sentences.PROTOCOLS[meant]),) if meant is not None else ()


def _algorithm(word: _Word) -> Prose:
    algorithm = ALGORITHMS.get(word.text)
    return (paragraph(sentences.ALGORITHMS[algorithm]),) if algorithm is not None else ()


def _helper(word: _Word) -> Prose:
    helper = HELPERS.get(word.text)
    return (paragraph(sentences.HELPERS[helper]),) if helper is not None else ()


def _argument(word: _Word) -> Prose:
    """The argument of a probe method: its purpose."""
    method = METHODS.get(word.before("METHOD") or "")
    argument = method.argument if method is not None else None
    return _said(argument.sentence if argument is not None else _own_sentence(word))


def _option(word: _Word) -> Prose:
    option = _option_called(word, word.text)
    return (paragraph(option.sentence), paragraph(f"Takes {option.kind.value}.")) if option is not None else ()


def _option_called(word: _Word, name: str) -> Option | None:
    """An option of the line's probe method."""
    method = METHODS.get(word.before("METHOD") or "")
    return method.options.get(name) if method is not None else None


def _option_value(word: _Word) -> Prose:
    """The value of a probe's option: the purpose of the option."""
    option = _option_called(word, word.before("PROBE_OPTION") or "")
    return _said(option.sentence if option is not None else _own_sentence(word))


_SPECIAL: dict[Terminal, Callable[[_Word], Prose]] = {
    Terminal.LEAVING: _leaving,
    Terminal.CHANGED: _leaving,
    Terminal.ABSENT: _absent,
    Terminal.SUBJECT: _subject,
    Terminal.WEIGHT_VALUE: _weight,
    Terminal.METHOD_ARGUMENT: _argument,
    Terminal.PROBE_WORD: _option_value,
    Terminal.OPTION_TEXT: _option_value,
}
"""The terminals whose text depends on the rest of the line, and not on their records alone."""
