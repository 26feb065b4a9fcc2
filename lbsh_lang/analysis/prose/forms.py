"""The meanings of statements and keywords, with their forms: the same words in completion and in hover."""

from __future__ import annotations

import re
from collections.abc import Iterable
from itertools import chain, repeat

from lbsh_lang.analysis.lines.form_parts import FormParts, all_forms
from lbsh_lang.analysis.prose import sentences
from lbsh_lang.analysis.prose.blocks import Block, Listing, Prose, paragraph
from lbsh_lang.syntax.language import Lbsh
from lbsh_lang.syntax.statement import AnyForm
from lbsh_lang.syntax.terminals import Terminal


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


def statement_parts(language: Lbsh, form: AnyForm) -> tuple[tuple[str, str], ...]:
    """The parts of a form that stand for words of the writer's, each once, with their meanings."""
    found: dict[str, str] = {}
    for parts in all_forms(language):
        for part in parts.parts if parts.form is form else ():
            names = dict.fromkeys(re.findall(r"[A-Z]{2,}|\bN\b", part.text))
            known = [sentences.of_part(language, one) for one in part.terminals if one in Terminal.__members__]
            meanings = [*dict.fromkeys(filter(None, known))]
            for name, meaning in zip(names, chain(meanings, repeat(meanings[-1] if meanings else "")), strict=False):
                found.setdefault(name, meaning)
    return tuple(found.items())
