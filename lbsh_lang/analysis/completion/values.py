"""Words of closed sets, and usual values in place of any number or duration: protocols, ports, methods, options."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import islice, takewhile
from typing import assert_never

from lbsh_lang.analysis.completion.items import CompletionItem, CompletionKind, Spot
from lbsh_lang.analysis.completion.names import family_of_line, service_then
from lbsh_lang.analysis.prose import sentences
from lbsh_lang.analysis.prose.blocks import Prose, paragraph
from lbsh_lang.probes.base import Method, OptionKind
from lbsh_lang.syntax.faults import Problem
from lbsh_lang.syntax.lowering import LONGEST_DURATION, lower_address, lower_duration, lower_port
from lbsh_lang.syntax.methods import METHODS, RECORD_TYPES, RESPONSE_CODES, SWITCHES
from lbsh_lang.syntax.nodes import SERVER_ABSENCES, SERVICE_OPTIONS, option_word
from lbsh_lang.syntax.ports import PORT_NAMES
from lbsh_lang.syntax.terminals import Terminal, Word
from lbsh_lang.values import ALGORITHMS, BITS, HELPERS, PROTOCOLS, PROTOCOLS_OF_HELPER, PortRange, Protocol
from oyster.automaton import COMMA

_MOST_PORTS = 100
_MOST_SERVICES = 50
_USUAL_PORTS = (
    "http",
    "https",
    "smtp",
    "submission",
    "imaps",
    "pop3s",
    "domain",
    "ldap",
    "ldaps",
    "ssh",
    "radius",
    "ftp",
)
_STATUSES = ("200", "200-299", "200-399")


def protocols(spot: Spot) -> Iterator[CompletionItem]:
    """The protocols, of a service with a helper those that fit it."""
    helper = HELPERS.get(spot.after("helper") or "")
    fitting = Protocol if helper is None else PROTOCOLS_OF_HELPER[helper]
    for word, meant in PROTOCOLS.items():
        if set(meant) <= set(fitting):
            yield _value(word, sentences.PROTOCOLS[meant])


def algorithms(spot: Spot) -> Iterator[CompletionItem]:
    for word, algorithm in ALGORITHMS.items():
        yield _value(word, sentences.ALGORITHMS[algorithm])


def helpers(spot: Spot) -> Iterator[CompletionItem]:
    """The helpers that fit the protocol of the service."""
    life = service_then(spot, spot.cursor.text_of("CHANGED") or "")
    token = life.node.protocol if life is not None else None
    wanted = PROTOCOLS.get(token.text if token is not None else spot.cursor.text_of("PROTOCOL") or "", ())
    for word, helper in HELPERS.items():
        if set(wanted) <= set(PROTOCOLS_OF_HELPER[helper]):
            yield _value(word, sentences.HELPERS[helper])


def ports(spot: Spot) -> Iterator[CompletionItem]:
    """Usual ports while nothing is typed, then those whose name contains, or whose number begins with, the typed text."""
    typed = spot.cursor.typed.lower()
    known = [*_ports_of_line(spot), *_ports_in_use(spot)]
    if typed.isdecimal():
        found = [(number, name) for name, number in PORT_NAMES.items() if str(number).startswith(typed)]
        for number, name in sorted(found)[:_MOST_PORTS]:
            if not _is_known(number, known):
                yield CompletionItem(str(number), CompletionKind.PORT, str(number), name)
        return
    names: Iterable[str] = (name for name in sorted(PORT_NAMES) if typed in name.lower()) if typed else _USUAL_PORTS
    for name in list(names)[:_MOST_PORTS]:
        if not _is_known(PORT_NAMES[name], known):
            yield CompletionItem(name, CompletionKind.PORT, name, str(PORT_NAMES[name]))


def server_ports(spot: Spot) -> Iterator[CompletionItem]:
    """Ports for the next item of the service's ports; for a range that range, since its servers often listen there."""
    life = service_then(spot, spot.cursor.text_of("SERVED_SERVICE") or "")
    place = len(spot.cursor.texts_of("POOL_PORT"))
    if life is not None and place >= len(life.node.ports):
        return
    asked = life.node.ports[place] if life is not None else None
    if asked is not None and asked.value is not None and not asked.value.is_single:
        yield CompletionItem(asked.text, CompletionKind.PORT, asked.text, "the ports of the service")
    else:
        yield from ports(spot)


def _is_known(number: int, known: list[PortRange]) -> bool:
    return any(port.first <= number <= port.last for port in known)


def _ports_of_line(spot: Spot) -> list[PortRange]:
    """The other ports of the line, before the cursor and behind it."""
    listed = takewhile(lambda word: word not in spot.language.automaton.keywords, spot.cursor.after)
    behind = listed if spot.cursor.after[:1] == (COMMA,) else ()
    ports = [lower_port(text) for text in (*spot.cursor.texts_of("PORT"), *spot.cursor.texts_of("POOL_PORT"), *behind)]
    return [port for port in ports if not isinstance(port, Problem)]


def _ports_in_use(spot: Spot) -> Iterator[PortRange]:
    """The ports on which the line's address has a service already."""
    address = lower_address(spot.cursor.text_of("SERVICE_ADDRESS") or "")
    protocols = PROTOCOLS.get(spot.cursor.text_of("PROTOCOL") or "", ())
    if isinstance(address, Problem):
        return
    for life in islice(spot.resolution.at.get(address, {}).values(), _MOST_SERVICES):
        token = life.node.protocol
        common = token is not None and token.value is not None and not {*token.value}.isdisjoint(protocols)
        if common and life.defined.line != spot.own:
            yield from [port.value for port in life.node.ports if port.value is not None]


def usual(word: Word, documentation: Prose = ()) -> Iterator[CompletionItem]:
    """The usual words of a terminal."""
    return (CompletionItem(text, CompletionKind.VALUE, text, documentation=documentation) for text in word.usual)


def client_prefixes(spot: Spot) -> Iterator[CompletionItem]:
    """Usual lengths of networks of the service's family; of both, if its address cannot be read."""
    family = family_of_line(spot)
    most = 128 if family is None else BITS[family]
    return (item for item in usual(Terminal.CLIENT_PREFIX.value) if int(item.text) <= most)


def absences(spot: Spot) -> Iterator[CompletionItem]:
    """The options that the line may take away: those of its service, or of its servers, that it does not name."""
    life = service_then(spot, spot.cursor.text_of("CHANGED") or "")
    for option in SERVICE_OPTIONS if "IN" not in spot.cursor.terminals else ():
        is_there = life is None or option_word(life.node, option) is not None
        if is_there and option.keyword not in (*spot.cursor.words, *spot.cursor.after):
            yield _keyword(spot, option.keyword)
    if "IN" in spot.cursor.terminals:
        yield from (_keyword(spot, word) for word in SERVER_ABSENCES)


def _keyword(spot: Spot, word: str) -> CompletionItem:
    sentence = sentences.of_part(spot.language, spot.language.automaton.keywords[word])
    return CompletionItem(
        word, CompletionKind.VALUE, word, documentation=(paragraph(sentence),) if sentence is not None else ()
    )


def intervals(spot: Spot) -> Iterator[CompletionItem]:
    """Usual intervals that are longer than the timeout, if that is given."""
    timeout = _duration(spot.cursor.text_of("TIMEOUT_TIME") or spot.after("timeout")) or 0
    return (item for item in usual(Terminal.EVERY_TIME.value) if (_duration(item.text) or 0) > timeout)


def timeouts(spot: Spot) -> Iterator[CompletionItem]:
    """Usual timeouts that are shorter than the interval, if that is given."""
    every = _duration(spot.cursor.text_of("EVERY_TIME") or spot.after("every")) or LONGEST_DURATION
    return (item for item in usual(Terminal.TIMEOUT_TIME.value) if (_duration(item.text) or 0) < every)


def methods(spot: Spot) -> Iterator[CompletionItem]:
    """The methods that fit the protocols of the service; all methods if these are not known."""
    life = service_then(spot, spot.cursor.text_of("PROBED_SERVICE") or "")
    token = life.node.protocol if life is not None else None
    wanted = frozenset(token.value) if token is not None and token.value is not None else frozenset()
    fitting = [method for method in METHODS.values() if wanted <= method.protocols]
    for method in fitting or METHODS.values():
        prose: Prose = (paragraph(method.sentence),)
        phrase = method.argument.phrase if method.argument is not None else None
        plain = f"{method.name} " if phrase is not None and spot.is_last else method.name
        snippet = f'{method.name} "${{1:{phrase}}}"' if phrase is not None and not has_text(spot) else None
        takes = "+".join(sorted(protocol.value for protocol in method.protocols))
        yield CompletionItem(method.name, CompletionKind.METHOD, plain, f"for {takes}", snippet, prose)


def method_argument(spot: Spot) -> Iterator[CompletionItem]:
    """The text in quotes behind the name of a method with an argument of its own."""
    method = _method(spot)
    if method is not None and method.argument is not None:
        yield from _quoted(spot, method.argument.phrase)


def lacks_argument(spot: Spot) -> bool:
    """Whether a probe method still lacks its argument, which comes before all options."""
    method = _method(spot)
    return method is not None and method.argument is not None and spot.cursor.text_of("METHOD_ARGUMENT") is None


def asks_no_port(spot: Spot) -> bool:
    """Whether a probe method has no port, or still lacks what comes before all options."""
    method = _method(spot)
    return lacks_argument(spot) or (method is not None and not method.has_port)


def probe_options(spot: Spot) -> Iterator[CompletionItem]:
    """The missing options of the line's method, required ones first."""
    method = _method(spot)
    if method is None or lacks_argument(spot):
        return
    given = {*spot.cursor.texts_of("PROBE_OPTION"), *spot.cursor.after}
    for name, option in sorted(method.options.items(), key=lambda named: not named[1].required):
        if name not in given:
            detail = option.kind.value.replace("`", "") + (", must be given" if option.required else "")
            text = f"{name} " if spot.is_last else name
            snippet = None if _has_value(spot, method) else _snippet(name, option.kind)
            yield CompletionItem(name, CompletionKind.OPTION, text, detail, snippet, (paragraph(option.sentence),))


def _has_value(spot: Spot, method: Method) -> bool:
    """Whether the next word is a value for the option at the cursor: neither another option nor a keyword."""
    following = spot.cursor.after[:1]
    others = {*method.options, *spot.language.automaton.keywords} - {"file"}
    return bool(following) and not others.issuperset(following)


def option_values(spot: Spot) -> Iterator[CompletionItem]:
    """Values of the option before the cursor."""
    method, name = _method(spot), spot.cursor.text_of("PROBE_OPTION") or ""
    option = method.options.get(name) if method is not None else None
    if spot.cursor.terminals[-1:] == ("FILE",):
        yield from _quoted(spot, "path")
    elif option is not None:
        yield from _values_of_kind(spot, name, option.kind)


def _values_of_kind(spot: Spot, name: str, kind: OptionKind) -> Iterator[CompletionItem]:
    """Values of an option by their kind."""
    match kind:
        case (
            OptionKind.TEXT
            | OptionKind.PATH
            | OptionKind.HOST
            | OptionKind.SITE
            | OptionKind.DOMAIN
            | OptionKind.FILTER
        ):
            yield from _quoted(spot, name)
        case OptionKind.FILE:
            text, snippet = ("file", None) if has_text(spot) else ("file ", 'file "${1:path}"')
            yield CompletionItem('file ""', CompletionKind.VALUE, text, f"the file with the {name}", snippet)
        case OptionKind.STATUSES:
            yield from _words(_STATUSES)
        case OptionKind.SWITCH:
            yield from _words(SWITCHES)
        case OptionKind.RECORD:
            yield from _words(RECORD_TYPES)
        case OptionKind.CODE:
            yield from _words(RESPONSE_CODES)
        case _:
            assert_never(kind)


def quoted(spot: Spot) -> Iterator[CompletionItem]:
    """A pair of quotes for a path, if there is none yet."""
    return _quoted(spot, "path")


def paths(spot: Spot) -> Iterator[CompletionItem]:
    """The files that may be included, with their quotes."""
    if not has_text(spot):
        yield from (CompletionItem(quote(path), CompletionKind.FILE, quote(path)) for path in spot.paths(""))


def has_text(spot: Spot) -> bool:
    """Whether a text in quotes follows already."""
    return spot.cursor.after[:1] != () and spot.cursor.after[0].startswith('"')


def quote(text: str) -> str:
    """A text in the notation of scripts."""
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'


def interfaces(spot: Spot) -> Iterator[CompletionItem]:
    """Interfaces of the script and of the machine, those without a side first."""
    device = spot.resolution.device
    sides: dict[str, list[str]] = {}
    for side, all_given in (("external", device.external), ("internal", device.internal)):
        for given in all_given:
            sides.setdefault(given.value, []).append(side)
    asked = spot.cursor.words[1] if spot.cursor.words[0] == "interface" else None
    names = dict.fromkeys([*spot.interfaces, *sides, *([device.sync.value] if device.sync else [])])
    for name in sorted(names, key=lambda name: name in sides):
        if asked is not None and asked in sides.get(name, ()):
            continue
        yield CompletionItem(
            name, CompletionKind.INTERFACE, name, f"{' and '.join(sides[name])} interface" if name in sides else ""
        )


def _snippet(name: str, kind: OptionKind) -> str | None:
    """An option with an empty text in quotes to fill in; None if its value has no quotes."""
    match kind:
        case (
            OptionKind.TEXT
            | OptionKind.PATH
            | OptionKind.HOST
            | OptionKind.SITE
            | OptionKind.DOMAIN
            | OptionKind.FILTER
        ):
            return f'{name} "${{1:{name}}}"'
        case OptionKind.FILE:
            return f'{name} file "${{1:path}}"'
        case OptionKind.STATUSES | OptionKind.SWITCH | OptionKind.RECORD | OptionKind.CODE:
            return None
        case _:
            assert_never(kind)


def _method(spot: Spot) -> Method | None:
    return METHODS.get(spot.cursor.text_of("METHOD") or "")


def _words(words: Iterable[str]) -> Iterator[CompletionItem]:
    return (CompletionItem(word, CompletionKind.VALUE, word) for word in words)


def _value(word: str, text: str) -> CompletionItem:
    return CompletionItem(word, CompletionKind.VALUE, word, documentation=(paragraph(text),))


def _quoted(spot: Spot, what: str) -> Iterator[CompletionItem]:
    """An empty text in quotes to fill in, unless a text follows already."""
    if not has_text(spot):
        yield CompletionItem('""', CompletionKind.VALUE, '""', what, f'"${{1:{what}}}"')


def _duration(text: str | None) -> int | None:
    time = lower_duration(text) if text else None
    return time if isinstance(time, int) else None
