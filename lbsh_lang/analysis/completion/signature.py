"""The forms that a line may still become, and the part of them at the cursor."""

from __future__ import annotations

from dataclasses import dataclass

from lbsh_lang.analysis.lines.cursor import Cursor, Place, cursor_at
from lbsh_lang.analysis.lines.form_parts import FormParts, Part, forms_of
from lbsh_lang.analysis.live.view import View
from lbsh_lang.analysis.prose import sentences
from lbsh_lang.analysis.prose.blocks import Prose, paragraph
from lbsh_lang.source import Position
from lbsh_lang.syntax.language import Lbsh
from lbsh_lang.syntax.methods import METHODS


@dataclass(frozen=True, slots=True)
class Parameter:
    """A part of a form: its start and end in the label, and its meaning."""

    start: int
    end: int
    documentation: Prose


@dataclass(frozen=True, slots=True)
class Signature:
    """A form. `active` is the parameter at the cursor, or one that may come next; None if the line has all of them."""

    label: str
    documentation: Prose
    parameters: tuple[Parameter, ...]
    active: int | None


def signature(view: View, at: Position) -> tuple[Signature, ...]:
    """The forms that the line may still become, the most likely first; none before the first word is complete."""
    language, cursor = view.document.language, cursor_at(view.document, at)
    if not cursor.terminals or cursor.place in (Place.COMMENT, Place.NOWHERE):
        return ()
    wanted = _wanted(language, cursor)
    forms = forms_of(language, (*cursor.terminals, wanted[0])) if cursor.typed and wanted else []
    found = sorted(forms or forms_of(language, cursor.terminals), key=lambda form: _contradicts(language, form, cursor))
    return tuple(_signature(language, form, wanted, cursor) for form in found)


def part_text(language: Lbsh, terminal: str) -> str:
    """The meaning of a part; empty for words that only distinguish statements."""
    return sentences.of_part(language, terminal) or ""


def _wanted(language: Lbsh, cursor: Cursor) -> list[str]:
    """The terminal of the typed word; if it has none yet, the possible terminals, the likeliest first."""
    if len(cursor.terminals) < len(cursor.words):
        return []
    automaton, words = language.automaton, language.words
    shape = automaton.shape_of(cursor.words)
    if cursor.typed and cursor.place is Place.WORD:
        reading = automaton.read_shape((*shape, *automaton.shape_of((cursor.typed,))))
        if len(reading.terminals) > len(shape):
            return [reading.terminals[-1]]
    possible = [one for one in cursor.expected if one not in _NO_PART and _is_open(language, cursor, one)]
    begun = [one for one in possible if cursor.typed and words.get(one, "").startswith(cursor.typed)]
    return begun or sorted(possible, key=words.__contains__)


def _is_open(language: Lbsh, cursor: Cursor, terminal: str) -> bool:
    """Whether a word of this part may still come."""
    method = METHODS.get(cursor.text_of("METHOD") or "")
    if terminal == "PORT_WORD" and method is not None and not method.has_port:
        return False
    if terminal == "METHOD_ARGUMENT":
        return method is not None and method.argument is not None
    if terminal == "PROBE_OPTION":
        return method is None or not {*method.options} <= {*cursor.texts_of("PROBE_OPTION"), *cursor.after}
    return terminal not in language.words or terminal not in cursor.terminals


def _contradicts(language: Lbsh, form: FormParts, cursor: Cursor) -> bool:
    """Whether the words that follow on the line rule a form out."""
    keywords = language.automaton.keywords
    given = {keywords[word] for word in cursor.after if word in keywords}
    return any(form.part_of(terminal) is None for terminal in given)


def _signature(language: Lbsh, form: FormParts, wanted: list[str], cursor: Cursor) -> Signature:
    parts = form.parts[1:]
    terminal = next((one for one in wanted if form.part_of(one) in parts), None)
    active = next((number for number, part in enumerate(parts) if terminal in part.terminals), None)
    does = sentences.of_form(form.form)
    parameters = tuple(
        Parameter(part.start, part.end, (paragraph(_text(language, part, terminal, cursor) or does),)) for part in parts
    )
    return Signature(form.text, (paragraph(does),), parameters, active)


def _text(language: Lbsh, part: Part, wanted: str | None, cursor: Cursor) -> str:
    """The meaning of a part; for the part at the cursor, the meaning of its word."""
    if wanted is None or wanted not in part.terminals:
        return part_text(language, part.terminals[0])
    method = METHODS.get(cursor.text_of("METHOD") or "")
    option = method.options.get(cursor.words[-1]) if method is not None else None
    if cursor.terminals[-1] == "PROBE_OPTION" and option is not None:
        return option.sentence
    if wanted == "METHOD_ARGUMENT" and method is not None and method.argument is not None:
        return method.argument.sentence
    return part_text(language, wanted)


_NO_PART = ("$END", "COMMA")
