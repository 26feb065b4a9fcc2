"""Whole statements at the start of a line, and the keywords that may continue a statement."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from lbsh_lang.analysis.completion.items import CompletionItem, CompletionKind, Spot, snippet_text
from lbsh_lang.analysis.completion.names import has_one_port, pool_then
from lbsh_lang.analysis.completion.values import asks_no_port, lacks_argument
from lbsh_lang.analysis.lines.form_parts import FormParts, Part, all_forms, forms_of
from lbsh_lang.analysis.prose.forms import forms_prose, keyword_prose
from lbsh_lang.syntax.faults import Problem
from lbsh_lang.syntax.language import Lbsh
from lbsh_lang.syntax.lowering import lower_name, lower_target
from lbsh_lang.syntax.nodes import HelpStatement, SaveStatement, StatusStatement
from lbsh_lang.values import PROTOCOLS, AddressRange

_SHELL = (StatusStatement, SaveStatement, HelpStatement)
_CHOICES = {"PROTOCOL": ",".join(PROTOCOLS)}


def statements(spot: Spot) -> Iterator[CompletionItem]:
    """The statements, with their whole forms to be filled in; only their first words if other words follow already."""
    forms = sorted(all_forms(spot.language), key=lambda form: form.form.node in _SHELL)
    if spot.is_last:
        yield from (_whole(spot.language, form) for form in forms)
        return
    for word in dict.fromkeys(form.head[0] for form in forms):
        alike = tuple(form for form in forms if form.head[0] == word)
        yield CompletionItem(word, CompletionKind.STATEMENT, word, documentation=forms_prose(alike))


def topics(spot: Spot) -> Iterator[CompletionItem]:
    """The words with which statements begin."""
    forms = all_forms(spot.language)
    for word in dict.fromkeys(form.head[0] for form in forms):
        alike = tuple(form for form in forms if form.head[0] == word)
        yield CompletionItem(word, CompletionKind.KEYWORD, word, documentation=forms_prose(alike))


def keyword(spot: Spot, terminal: str) -> Iterator[CompletionItem]:
    """A keyword of the line's statement, unless the line has it already, or its context makes it wrong."""
    language, automaton = spot.language, spot.language.automaton
    word, words, after, known = language.words[terminal], spot.cursor.words, spot.cursor.after, automaton.keywords
    is_unfit = _UNFIT.get(terminal)
    if terminal in {*_terminals_given(spot), *(known[text] for text in after if text in known)}:
        return
    if words[0] == "set" and not _fits_set(spot, word):
        return
    if is_unfit is not None and is_unfit(spot):
        return
    goes_on = automaton.read_shape((*automaton.shape_of(words), word)).expected is not None
    forms = [form for form in forms_of(language, (*spot.cursor.terminals, terminal)) if form.part_of(terminal)]
    option = any(part.is_optional for form in forms if (part := form.part_of(terminal)))
    if not option and any(known.get(text) in spot.cursor.expected for text in after[:1]):
        return  # an alternative keyword stands in its place
    kind = CompletionKind.OPTION if option else CompletionKind.KEYWORD
    text = f"{word} " if goes_on and spot.is_last else word
    yield CompletionItem(word, kind, text, documentation=keyword_prose(language, terminal, forms))


def _terminals_given(spot: Spot) -> tuple[str, ...]:
    """The terminals before the cursor that the statement has once."""
    terminals = spot.cursor.terminals
    if terminals[0] != "SET":
        return terminals[1:]
    start = terminals.index("IN") if "IN" in terminals else 1  # `port` before it is no option
    return tuple([one for one in terminals[start:] if one != "NO"])


def _fits_set(spot: Spot, word: str) -> bool:
    """Whether a keyword can go on a `set` of a service, or one of servers."""
    if "IN" in spot.cursor.terminals:
        return True
    is_server = isinstance(lower_target(spot.cursor.words[1]), AddressRange) if len(spot.cursor.words) > 1 else True
    return is_server == (word in ("in", "port")) and word not in spot.cursor.texts_of("ABSENT")


def _is_service(spot: Spot) -> bool:
    """Whether the only name in a `remove` is no server, so that `from` a pool would be wrong."""
    leaving = spot.cursor.words[1:]
    return spot.cursor.words[0] == "remove" and len(leaving) == 1 and not isinstance(lower_name(leaving[0]), Problem)


def _takes_no_port(spot: Spot) -> bool:
    """Whether `port` would be wrong behind a probe's method, or servers and their pool."""
    match spot.cursor.words[0]:
        case "probe":
            return asks_no_port(spot)
        case "remove":
            return _is_service(spot)
        case "add" | "set":
            pool = pool_then(spot, spot.cursor.text_of("JOINED_POOL") or spot.cursor.text_of("POOL_NAME") or "")
            return pool is not None and not all(map(has_one_port, pool.served))
        case _:
            return False


def _has_no_interface(spot: Spot) -> bool:
    """Whether `of` would be wrong: no interface can be the next word, or the line names one behind `on`."""
    after = spot.cursor.after
    return bool(after) and (after[0] in spot.language.automaton.keywords or "on" in after)


_UNFIT: dict[str, Callable[[Spot], bool]] = {
    "FROM": _is_service,
    "OF": _has_no_interface,
    "PORT_WORD": _takes_no_port,
    **dict.fromkeys(("EVERY", "TIMEOUT", "RISE", "FALL", "RECHECK"), lacks_argument),
}
"""Conditions under which a keyword is wrong although the grammar allows it."""


def _whole(language: Lbsh, form: FormParts) -> CompletionItem:
    head = " ".join(form.head)
    rest = [part for part in form.parts[len(form.head) :] if not part.is_optional]
    plain = head if not rest and len(form.parts) == len(form.head) else f"{head} "
    snippet = " ".join([head, *_places(language, rest)]) if rest else None
    return CompletionItem(head, CompletionKind.STATEMENT, plain, form.text, snippet, forms_prose((form,)))


def _places(language: Lbsh, parts: list[Part]) -> Iterator[str]:
    """The parts of a form: keywords as they are, other parts as places to fill in."""
    number = 0
    for part in parts:
        if part.text in language.automaton.keywords:
            yield part.text
            continue
        number += 1
        terminal, name = part.terminals[0], part.text.partition("[")[0]
        if terminal in _CHOICES:
            yield f"${{{number}|{_CHOICES[terminal]}|}}"
        elif terminal in ("STRING", "PATH"):
            yield f'"${{{number}:path}}"'
        else:
            yield f"${{{number}:{snippet_text(name)}}}"
