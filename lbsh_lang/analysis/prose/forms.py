"""The meanings of statements and keywords, with their forms: the same words in completion and in hover."""

from __future__ import annotations

from collections.abc import Iterable

from lbsh_lang.analysis.lines.form_parts import FormParts
from lbsh_lang.analysis.prose import sentences
from lbsh_lang.analysis.prose.blocks import Block, Listing, Prose, paragraph
from lbsh_lang.syntax.language import Lbsh


def keyword_prose(language: Lbsh, terminal: str, forms: list[FormParts]) -> Prose:
    """The meaning of a keyword; for the first word of a statement, the meaning of the statement."""
    meaning = sentences.of_part(language, terminal)
    if meaning is not None and not all(language.words[terminal] in form.form.head.split() for form in forms):
        shown: list[Block] = [Listing("lbsh", (form.text,)) for form in forms[:1]]
        return (*shown, paragraph(meaning))
    return forms_prose(forms)


def forms_prose(forms: Iterable[FormParts]) -> Prose:
    """Forms with their meanings, without duplicate sentences."""
    by_text: dict[str, list[str]] = {}
    for form in forms:
        by_text.setdefault(sentences.of_form(form.form), []).append(form.text)
    blocks: list[Block] = []
    for text, lines in by_text.items():
        blocks += [Listing("lbsh", tuple(lines)), paragraph(text)]
    return tuple(blocks)
