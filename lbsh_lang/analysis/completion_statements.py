"""Statements as a whole at the start of a line, and the keywords that may go on in one."""

from __future__ import annotations

from collections.abc import Iterator

from lbsh_lang.analysis import texts
from lbsh_lang.analysis.completion_items import Item, ItemKind, Spot, snippet_text
from lbsh_lang.analysis.form_parts import FormParts, Part, all_forms, forms_of
from lbsh_lang.analysis.prose import Block, Listing, Prose, paragraph
from lbsh_lang.syntax import grammar
from lbsh_lang.syntax.nodes import HelpStatement, SaveStatement, StatusStatement
from lbsh_lang.values import PROTOCOLS

_SHELL = (StatusStatement, SaveStatement, HelpStatement)
_ALTERNATIVES = {"IS": "AS", "AS": "IS"}
_WORDS = {terminal: word for word, terminal in grammar.keywords().items()}
_CHOICES = {"PROTOCOL": ",".join(PROTOCOLS)}


def statements(spot: Spot) -> Iterator[Item]:
    """The statements, each with its whole form to be filled in; only their first words where others follow already."""
    forms = sorted(all_forms(), key=lambda form: form.form.node in _SHELL)
    if spot.is_last:
        yield from map(_whole, forms)
        return
    for word in dict.fromkeys(form.head[0] for form in forms):
        alike = tuple(form for form in forms if form.head[0] == word)
        yield Item(word, ItemKind.STATEMENT, word, documentation=_prose(alike))


def topics(spot: Spot) -> Iterator[Item]:
    """The words that statements start with."""
    for word in dict.fromkeys(form.head[0] for form in all_forms()):
        alike = tuple(form for form in all_forms() if form.head[0] == word)
        yield Item(word, ItemKind.KEYWORD, word, documentation=_prose(alike))


def keyword(spot: Spot, terminal: str) -> Iterator[Item]:
    """A keyword of the line's statement, unless the line has it already."""
    word = _WORDS[terminal]
    known = grammar.keywords()
    given = {*spot.cursor.terminals[1:], *(known[text] for text in spot.cursor.after if text in known)}
    if terminal in given or _ALTERNATIVES.get(terminal) in given:
        return
    words = spot.cursor.words
    goes_on = grammar.read_shape((*grammar.shape_of(words), word)).expected is not None
    forms = [form for form in forms_of((*spot.cursor.terminals, terminal)) if form.part_of(terminal)]
    option = any(part.is_optional for form in forms if (part := form.part_of(terminal)))
    kind = ItemKind.OPTION if option else ItemKind.KEYWORD
    text = f"{word} " if goes_on and spot.is_last else word
    yield Item(word, kind, text, documentation=keyword_prose(terminal, forms))


def keyword_prose(terminal: str, forms: list[FormParts]) -> Prose:
    """What a keyword means; of a word that a statement begins with, what the statement does."""
    if terminal in texts.KEYWORDS and not all(_begins(form, terminal) for form in forms):
        shown: list[Block] = [Listing("lbsh", (form.text,)) for form in forms[:1]]
        return (*shown, paragraph(texts.KEYWORDS[terminal]))
    return _prose(tuple(forms))


def _begins(form: FormParts, terminal: str) -> bool:
    return _WORDS[terminal] in form.form.head.split()


def _prose(forms: tuple[FormParts, ...]) -> Prose:
    """Forms with what they do, each sentence once."""
    by_text: dict[str, list[str]] = {}
    for form in forms:
        by_text.setdefault(texts.STATEMENTS[form.form.node], []).append(form.text)
    blocks: list[Block] = []
    for text, lines in by_text.items():
        blocks += [Listing("lbsh", tuple(lines)), paragraph(text)]
    return tuple(blocks)


def _whole(form: FormParts) -> Item:
    head = " ".join(form.head)
    rest = [part for part in form.parts[len(form.head) :] if not part.is_optional]
    plain = head if not rest and len(form.parts) == len(form.head) else f"{head} "
    snippet = " ".join([head, *_places(rest)]) if rest else None
    return Item(head, ItemKind.STATEMENT, plain, form.text, snippet, _prose((form,)))


def _places(parts: list[Part]) -> Iterator[str]:
    """The parts of a form as places to fill in, keywords as they are."""
    number = 0
    for part in parts:
        if part.text in grammar.keywords():
            yield part.text
            continue
        number += 1
        terminal, name = part.terminals[0], part.text.partition("[")[0]
        if terminal in _CHOICES:
            yield f"${{{number}|{_CHOICES[terminal]}|}}"
        elif terminal == "STRING":
            yield f'"${{{number}:path}}"'
        else:
            yield f"${{{number}:{snippet_text(name)}}}"
