"""Renaming: all places of one entity get another name, or a sentence gives the reason why not.

Theory of operation. A script must mean the same after a rename, except for the name. Replacing all equal words would not do:

- A name may be removed and defined again. So the renamed places are those of one life (`occurrences`). Below, renaming `a`
  on line 1 or 2 changes these two lines, and the definition on line 3 keeps its name:

      1  service a is 10.0.0.1 tcp 80
      2  remove a
      3  service a is 10.0.0.2 tcp 80

- The new name may be taken, or an unreadable or useless statement may mention it. So it must not occur as a name of the kind
  in any file of the script, whether it is defined or not.
- A file may be included by several scripts, and a place in it then belongs to a life in each of them. So the places are
  closed under all scripts: a place in one script is looked up in the others that share its file, their lives add places,
  and so on until no script adds one.
- The new text may read in another way, such as a reserved word. So each changed line is parsed in its new form; it must be
  the same statement with the same names, apart from the new one.

The cost grows with the number of statements about the name, and with the square of the number of scripts that share files.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from itertools import groupby
from typing import NamedTuple

from lbsh_lang.analysis.live.documents import Document
from lbsh_lang.analysis.live.regions import Edits, Location, Region, TextEdit
from lbsh_lang.analysis.live.session import Session
from lbsh_lang.analysis.live.view import View
from lbsh_lang.analysis.names.occurrences import Named, made_up, named_at, names_in, places_of, words_in
from lbsh_lang.checks.wording import problem_text
from lbsh_lang.source import Position
from lbsh_lang.syntax import lowering
from lbsh_lang.syntax.faults import Problem
from lbsh_lang.syntax.language import Lbsh
from lbsh_lang.syntax.parser import LineParser
from lbsh_lang.syntax.statement import AnyStated, Statement
from lbsh_lang.syntax.terminals import NameKind, Role
from oyster.words import split_words

_ALIKE = (NameKind.SERVICE, NameKind.POOL)


class Refusal(NamedTuple):
    """The reason why an entity cannot be renamed, or not to this name; one line, in the style of findings."""

    reason: str


class Renaming(NamedTuple):
    """The region and the present name of a renamable word."""

    region: Region
    name: str


class Planned(NamedTuple):
    """The new name, and all of its places."""

    new: str
    places: list[Location]


def prepare_rename(view: View, at: Position) -> Renaming | Refusal:
    """The name at a position, or the reason why nothing can be renamed there."""
    named = _renamable(view, at)
    if isinstance(named, Refusal):
        return named
    return Renaming(view.session.region(named.at, named.token), named.name)


def plan_rename(view: View, at: Position, new: str, sessions: Sequence[Session] = ()) -> Planned | Refusal:
    """The places that a rename at a position changes, in its script and in those that share files with it."""
    named = _renamable(view, at)
    if isinstance(named, Refusal):
        return named
    reason = _what_is_wrong(view, named.kind, new)
    if reason is not None:
        return Refusal(reason)
    if new == named.name:
        return Planned(new, [])
    found: dict[Location, None] = {}
    for session, places in _places_everywhere(view, named, sessions):
        taken = _taken(session, named.kind, new)
        if taken is not None:
            return Refusal(_taken_reason(session, taken))
        maker = made_up(session, named)
        if maker is not None:
            return Refusal(_made_up_reason(session, maker, named))
        found.update(dict.fromkeys(session.location(one.at, one.token) for one in places))
    return Planned(new, list(found))


def edits_of(planned: Planned, document: Callable[[str], Document]) -> Edits | Refusal:
    """The edits of a rename, in documents by identity; needs no session, but parses each changed line."""
    edits: Edits = {}
    for identity, region in sorted(planned.places):
        edits.setdefault(identity, []).append(TextEdit(region, planned.new))
    other = next((refusal for identity in edits for refusal in _reread(document(identity), edits[identity])), None)
    return other or edits


def _renamable(view: View, at: Position) -> Named | Refusal:
    named = named_at(view, at)
    if named is None:
        return Refusal(_what_stands(view, at))
    if named.kind is NameKind.SERVER:
        return Refusal(f"{_shown(named.name)} is an address, which has no name of its own")
    return named


def _places_everywhere(view: View, named: Named, sessions: Sequence[Session]) -> Iterator[tuple[Session, list[Named]]]:
    """The places to rename, by script."""
    everyone = [view.session, *(session for session in sessions if session is not view.session)]
    waiting = [(view.session, named)]
    seen: set[tuple[int, int, int]] = set()
    while waiting:
        session, one = waiting.pop()
        if (id(session), one.at.rank, one.token.start) in seen:
            continue
        places = places_of(session, one)
        seen.update((id(session), each.at.rank, each.token.start) for each in places)
        yield session, places
        for other in everyone:
            if other is not session:
                waiting += [(other, there) for there in _same_words(session, places, other)]


def _same_words(session: Session, places: list[Named], other: Session) -> Iterator[Named]:
    """The names at the same places of another script."""
    documents = other.documents
    for one in places:
        identity, region = session.location(one.at, one.token)
        if identity in documents:
            there = named_at(View(other, documents[identity]), region.start)
            if there is not None and there.kind is one.kind:
                yield there


def _what_is_wrong(view: View, kind: NameKind, new: str) -> str | None:
    """The reason why a word cannot be a name of this kind in any script."""
    if kind is NameKind.INTERFACE:
        value = lowering.lower_interface(new)
    elif new in view.document.language.automaton.reserved:
        return f"{_shown(new)} is a reserved word"
    else:
        value = lowering.lower_name(new)
    return f"{_shown(new)} is no name: {problem_text(value)}" if isinstance(value, Problem) else None


def _taken(session: Session, kind: NameKind, new: str) -> Named | None:
    """A place with the new name for an entity of the kind.

    Services and pools count as one kind: where both have one name, `status` shows only the service.
    """
    facts = session.resolution.facts
    alike = _ALIKE if kind in _ALIKE else (kind,)
    stated = (*facts.services.get(new, ()), *facts.pools.get(new, ())) if kind in _ALIKE else facts.device
    there = [one for each in stated for one in names_in(session, each) if one.kind in alike and one.name == new]
    return min(there, key=lambda one: (one.kind is not kind, one.at.rank), default=None)


def _taken_reason(session: Session, taken: Named) -> str:
    document, line = session.document_of(taken.at), session.line_of(taken.at)
    article = "an" if taken.kind is NameKind.INTERFACE else "a"
    return f"there is {article} {taken.kind.value} `{taken.name}` already, in `{document.name}` line {line + 1}"


def _made_up_reason(session: Session, maker: AnyStated, named: Named) -> str:
    document, line = session.document_of(maker), session.line_of(maker)
    return f"the plug-in's statement in `{document.name}` line {line + 1} means `{named.name}` without writing it"


def _reread(document: Document, edits: list[TextEdit]) -> Iterator[Refusal]:
    """Parses the changed lines in their new form; yields a refusal for each that would mean something else."""
    parser = LineParser(document.language)
    for line, on_line in groupby(edits, key=_line):
        before, text, changed = document.parsed[line], document.lines[line], {}
        for (start, end), new in sorted(on_line, reverse=True):
            text = text[: start.column] + new + text[end.column :]
            changed[start.column] = new
        after = parser.parse(text)
        same = type(after.node) is type(before.node) and len(after.faults) <= len(before.faults)
        if (
            not same
            or before.node is None
            or after.node is None
            or _said(before.node, changed) != _said(after.node, {})
        ):
            yield Refusal(f"`{document.name}` line {line + 1} would be read in another way")


def _line(edit: TextEdit) -> int:
    return edit.region.start.line


def _said(node: Statement, changed: dict[int, str]) -> list[tuple[NameKind, Role, str]]:
    """The names in a statement, with replacements for those at some columns."""
    return [(kind, role, changed.get(token.start, token.text)) for kind, role, token in words_in(node)]


def _what_stands(view: View, at: Position) -> str:
    """A description of the word at a cursor that is no name."""
    document = view.document
    at = document.clamp(at)
    words = split_words(document.lines[at.line])
    if words.comment is not None and at.column > words.comment.start:
        return "a comment holds no names"
    for text, start in zip(words.texts, words.starts, strict=True):
        if start <= at.column <= start + len(text):
            return _what_it_is(document.language, text)
    return "there is no name here"


def _what_it_is(language: Lbsh, text: str) -> str:
    if text in language.automaton.keywords:
        return f"{_shown(text)} is a word of the language"
    if text[0] == '"':
        return "a text in quotes is no name"
    return "there is no name here" if text == "," else f"{_shown(text)} is no name that could be changed"


def _shown(word: str) -> str:
    """A word for a message: no longer than a name may be, and without unprintable characters."""
    short = word if len(word) <= 63 else word[:62] + "\u2026"
    return "`" + "".join(each if each.isprintable() else "\ufffd" for each in short) + "`"
